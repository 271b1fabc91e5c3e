package harness

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// clientMailboxRules are about what a client does with a mailbox, after what it was told of it.
func clientMailboxRules() []Rule {
	c := faultnet.Client
	return []Rule{
		{
			ID: "2683-3.3.2-a", Section: "RFC 2683, section 3.3.2", Side: c, Severity: Warn, Kind: Protocol, Scenario: true, Local: true, Call: callOpen,
			Text:    "A mailbox that LIST marks \\Noselect is not selected.",
			Example: "S: * LIST (\\Noselect) \"/\" work\nD: open work\nC: T3 SELECT work",
			check:   checkNoSelect,
		},
		{
			ID: "2683-3.3.2-b", Section: "RFC 2683, section 3.3.2", Side: c, Severity: Warn, Kind: Protocol, Scenario: true, Local: true, Call: callMake,
			Text:    "Nothing is created below a mailbox that LIST marks \\Noinferiors.",
			Example: "S: * LIST (\\Noinferiors) \"/\" work\nD: make work/new\nC: T3 CREATE work/new",
			check:   checkNoInferiors,
		},
		{
			ID: "2683-3.3.2-c", Section: "RFC 2683, section 3.3.2; RFC 9051, section 6.3.12", Side: c, Severity: Warn, Kind: Protocol, Scenario: true, Local: true, Call: callSave + "|" + callFile,
			Text:    "When APPEND or COPY fails the mailbox is created only if the server said TRYCREATE.",
			Example: "D: save work \"...\"\nS: T1 NO over quota\nC: T2 CREATE work",
			check:   checkCreatesOnWord,
		},
		{
			ID: "2683-3.3.2-d", Section: "RFC 2683, section 3.3.2", Side: c, Severity: Warn, Kind: Protocol, Scenario: true, Local: true, Call: callErase,
			Text:    "Nothing is expunged from a mailbox that is open READ-ONLY.",
			Example: "S: T1 OK [READ-ONLY] selected\nD: erase 1\nC: T3 EXPUNGE",
			check:   checkReadOnly,
		},
		{
			ID: "2683-3.4.12-a", Section: "RFC 2683, section 3.4.12", Side: c, Severity: Error, Kind: State, Scenario: true, Local: true, Call: callPurge,
			Text:    "When DELETE of a mailbox fails since there are messages in it, a client empties it and deletes it then.",
			Example: "D: purge work\nC: T1 DELETE work\nS: T1 NO it is not empty\n# nothing more is done",
			check:   checkPurge,
		},
		{
			ID: "2683-3.2.1.1-b", Section: "RFC 2683, section 3.2.1.1", Side: c, Severity: Warn, Kind: Resource, Scenario: true, Call: callTree,
			Text:    fmt.Sprintf("A client that walks the tree level by level comes to an end where it is bottomless: here, not below level %d.", deepTree),
			Example: "C: T1 LIST \"\" a/%\nS: * LIST () \"/\" a/a\nC: T2 LIST \"\" a/a/%\nS: * LIST () \"/\" a/a/a\n# ... and so on",
			check:   checkTreeEnds,
		},
	}
}

// deepTree is as many levels of mailboxes as nobody means: RFC 2683, section
// 3.2.1.1, suggests that servers tell no more than 20.
const deepTree = 20

// attributes returns what LIST told last, before event, of a mailbox; the
// delimiter, too.
func (s *Session) attributes(name string, event int) (attrs imapwire.Words, ok bool) {
	for i := range s.Responses {
		r := &s.Responses[i]
		if l, is := r.List(); is && r.Event < event && r.Name == "LIST" && imapwire.MailboxName(l.Mailbox) == name {
			attrs, ok = l.Attributes, true
		}
	}
	return attrs, ok
}

func (c *Command) named() (string, bool) {
	octets, ok := c.Command.Mailbox()
	return imapwire.MailboxName(octets), ok
}

func checkNoSelect(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	if j.called(callOpen) {
		j.reach(r)
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		name, ok := c.named()
		if !c.selects() || !ok || j.asked(c.Name) {
			continue
		}
		if attrs, told := s.attributes(name, c.Begun); told && (attrs.Has(`\Noselect`) || attrs.Has(`\NonExistent`)) {
			j.report(r, Finding{Conn: s.Conn, event: c.Begun, Summary: quoteUnit(c.Raw) + " selects what LIST marks as not to be selected"})
			return
		}
	}
}

func checkNoInferiors(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	if j.called(callMake) {
		j.reach(r)
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		name, ok := c.named()
		if c.Name != "CREATE" || !ok || j.asked("CREATE") {
			continue
		}
		for k := range name {
			if attrs, told := s.attributes(name[:k], c.Begun); told && attrs.Has(`\Noinferiors`) && strings.HasPrefix(name[k:], string(s.delimiter())) {
				j.report(r, Finding{Conn: s.Conn, event: c.Begun, Summary: quoteUnit(c.Raw) + " is below a mailbox that LIST marks \\Noinferiors"})
				return
			}
		}
	}
}

func checkCreatesOnWord(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	j.eachRefusal(s, imapwire.NO, func(m *madeCall, c *Command, answer *Response, later []*Command) bool {
		if c.Name != "APPEND" && !strings.HasSuffix(c.Name, "COPY") && !strings.HasSuffix(c.Name, "MOVE") {
			return false
		}
		j.reach(r)
		if len(later) == 0 || later[0].Name != "CREATE" || answer.Code == "TRYCREATE" {
			return false
		}
		j.report(r, Finding{Conn: s.Conn, event: later[0].Begun, Summary: fmt.Sprintf("%s follows %s, which says nothing of TRYCREATE", quoteUnit(later[0].Raw), quoteUnit(answer.Raw))})
		return true
	})
}

func checkReadOnly(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	for i := range j.rec.Events {
		if e := &j.rec.Events[i]; e.Kind == Called && strings.HasPrefix(e.Text, callErase) && s.readOnlyAt(i) {
			j.reach(r)
		}
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		switch c.Name {
		case "EXPUNGE", "UID EXPUNGE", "MOVE", "UID MOVE":
			if s.readOnlyAt(c.Begun) && !j.asked(c.Name) {
				j.report(r, Finding{Conn: s.Conn, event: c.Begun, Summary: quoteUnit(c.Raw) + " is sent in a mailbox that is READ-ONLY"})
				return
			}
		}
	}
}

// readOnlyAt reports whether the last word on it, before event, was READ-ONLY.
func (s *Session) readOnlyAt(event int) (only bool) {
	for i := range s.Responses {
		if r := &s.Responses[i]; r.Event < event && (r.Code == "READ-ONLY" || r.Code == "READ-WRITE") {
			only = r.Code == "READ-ONLY"
		}
	}
	return only
}

func checkPurge(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	j.eachRefusal(s, imapwire.NO, func(m *madeCall, c *Command, _ *Response, later []*Command) bool {
		if m.word != callPurge || c.Name != "DELETE" || m.claim == nil {
			return false
		}
		marked, removed, again, refused := false, false, false, false
		for _, l := range later {
			refused = refused || l.Answer < 0 || s.Responses[l.Answer].Status != imapwire.OK
			marked = marked || strings.HasSuffix(l.Name, "STORE")
			removed = removed || marked && (l.Name == "CLOSE" || strings.HasSuffix(l.Name, "EXPUNGE"))
			again = again || removed && l.Name == "DELETE"
		}
		if refused {
			return false
		}
		j.reach(r)
		if again {
			return false
		}
		j.report(r, Finding{Conn: s.Conn, event: m.to, Where: pick(len(later) == 0, "", "half"), Summary: quoteUnit(c.Raw) + " was refused, and the mailbox was not emptied and deleted then"})
		return true
	})
}

func checkTreeEnds(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	if j.called(callTree) {
		j.reach(r)
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		l, ok := c.ListArgs()
		if !ok {
			continue
		}
		levels := 0
		l.EachPattern(func(p []byte) { levels = max(levels, bytes.Count(p, []byte("/"))) })
		if levels >= deepTree {
			j.report(r, Finding{Conn: s.Conn, event: c.Begun, Summary: fmt.Sprintf("the client goes down to level %d of the mailboxes", levels)})
			return
		}
	}
}
