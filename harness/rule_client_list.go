package harness

import (
	"fmt"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// clientListRules are about how a client asks for mailboxes.
func clientListRules() []Rule {
	c := faultnet.Client
	return []Rule{
		{
			ID: "2683-3.2.1.1-a", Section: "RFC 2683, section 3.2.1.1", Side: c, Severity: Warn, Kind: Protocol, Local: true, Call: callTree,
			Text:    "A client does not learn what mailboxes there are by LIST \"\" *: there may be very many.",
			Example: "D: tree\nC: T2 LIST \"\" *",
			check:   checkListAll,
		},
		{
			ID: "2683-3.4.9-d", Section: "RFC 2683, section 3.4.9", Side: c, Severity: Warn, Kind: Protocol, Local: true, Call: callTree,
			Text:    "A client that means no other place does without the reference of LIST: it is empty.",
			Example: "D: tree\nC: T2 LIST ~/ %",
			check:   checkNoReference,
		},
		{
			ID: "2683-3.4.9-e", Section: "RFC 2683, section 3.4.9", Side: c, Severity: Warn, Kind: Protocol, Local: true, Call: callBelow,
			Text:    "A reference ends with the delimiter.",
			Example: "S: * LIST () \"/\" work\nD: below work\nC: T3 LIST work %",
			check:   checkReferenceEnd,
		},
	}
}

// eachListCommand gives to f what the client lists on its own account.
func (j *judging) eachListCommand(r Rule, f func(s *Session, c *Command, l imapwire.ListArgs) bool) {
	s := j.client()
	if s == nil {
		return
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		if c.Name != "LIST" && c.Name != "LSUB" || j.asked(c.Name) {
			continue
		}
		l, ok := c.ListArgs()
		if !ok {
			continue
		}
		j.reach(r)
		if f(s, c, l) {
			return
		}
	}
}

func checkListAll(j *judging, r Rule) {
	j.eachListCommand(r, func(s *Session, c *Command, l imapwire.ListArgs) bool {
		all := false
		l.EachPattern(func(p []byte) { all = all || string(p) == "*" })
		if !all || len(l.Reference) > 0 || c.Name != "LIST" || l.Select != nil {
			return false
		}
		j.report(r, Finding{Conn: s.Conn, event: c.Begun, Summary: quoteUnit(c.Raw) + " asks for all mailboxes there are"})
		return true
	})
}

func checkNoReference(j *judging, r Rule) {
	j.eachListCommand(r, func(s *Session, c *Command, l imapwire.ListArgs) bool {
		named := j.calls(func(_ int, w []string) bool { return w[0] == callBelow })
		if len(l.Reference) == 0 || named {
			return false
		}
		j.report(r, Finding{Conn: s.Conn, event: c.Begun, Summary: quoteUnit(c.Raw) + " has a reference"})
		return true
	})
}

func checkReferenceEnd(j *judging, r Rule) {
	s := j.client()
	if s == nil || !j.called(callBelow) && hasCalls(j.rec) {
		return
	}
	j.eachListCommand(r, func(s *Session, c *Command, l imapwire.ListArgs) bool {
		named := j.calls(func(_ int, w []string) bool { return w[0] == callBelow })
		if len(l.Reference) == 0 || !named || l.Reference[len(l.Reference)-1] == s.delimiter() {
			return false
		}
		j.report(r, Finding{Conn: s.Conn, event: c.Begun, Summary: fmt.Sprintf("the reference of %s does not end with %q", quoteUnit(c.Raw), s.delimiter())})
		return true
	})
}
