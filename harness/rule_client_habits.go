package harness

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// Calls that leave to the client how it is done: only a client that can be asked
// for a task, and not just for a command, has habits.
const (
	callNews     = "news"     // is there new mail in the selected mailbox?
	callTree     = "tree"     // which mailboxes are there?
	callBelow    = "below"    // which mailboxes are there directly below one?
	callOverview = "overview" // what messages are there in the selected mailbox?
	callDownload = "download" // one message, as it is
	callRead     = "read"     // the text of one message
	callErase    = "erase"    // messages are to be gone for good
	callDrop     = "drop"     // a mailbox is to be gone
)

func clientHabitRules() []Rule {
	c := faultnet.Client
	return []Rule{
		{
			ID: "2683-3.1.1-f", Section: "RFC 2683, section 3.1.1; RFC 9051, section 6.3.11 (MUST NOT)", Side: c, Severity: Error, Kind: Protocol, Local: true, Call: callNews,
			Text:    "STATUS is not the way to look again and again for new mail in the selected mailbox, which reports itself: NOOP and IDLE are.",
			Example: "C: T2 SELECT INBOX\nC: T3 STATUS INBOX (MESSAGES)\nC: T4 STATUS INBOX (MESSAGES)",
			check:   checkStatusPolls(true),
		},
		{
			ID: "2683-3.1.1-e", Section: "RFC 2683, section 3.1.1; RFC 9051, section 6.3.11 (SHOULD NOT)", Side: c, Severity: Warn, Kind: Protocol, Local: true, Call: callNews,
			By:      By{RFC2683: Error},
			Text:    "No STATUS for the mailbox that the connection has selected.",
			Example: "C: T2 SELECT INBOX\nC: T3 STATUS INBOX (MESSAGES)",
			check:   checkStatusPolls(false),
		},
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
		{
			ID: "2683-3.2.1.2-a", Section: "RFC 2683, section 3.2.1.2", Side: c, Severity: Info, Kind: Protocol, Local: true, Call: callOverview,
			Text:    fmt.Sprintf("Of a large mailbox (here: more than %d messages) the messages are fetched in batches, so that other commands can come between.", manyMessages),
			Example: "S: * 100000 EXISTS\nD: overview\nC: T3 FETCH 1:* ALL",
			check:   checkBatches,
		},
		{
			ID: "2683-3.2.1.3-a", Section: "RFC 2683, section 3.2.1.3 (with erratum 3129)", Side: c, Severity: Info, Kind: Protocol, Call: callDownload,
			Text:    "A large part is fetched in pieces, each from the octet on at which the last one ended, counted from 0.",
			Example: "D: download 1 20000\nC: T3 FETCH 1 BODY.PEEK[]<0.20000>\nC: T4 FETCH 1 BODY.PEEK[]<20001.20000>",
			check:   checkPieces,
		},
		{
			ID: "2683-3.2.1.4-b", Section: "RFC 2683, section 3.2.1.4", Side: c, Severity: Info, Kind: Protocol, Local: true, Call: callRead,
			Text:    "A client that shows a message fetches the parts that it shows, not the whole message.",
			Example: "D: read 1\nC: T3 FETCH 1 BODY[]",
			check:   checkWholeMessages,
		},
		{
			ID: "2683-3.1.2-f", Section: "RFC 2683, section 3.1.2", Side: c, Severity: Error, Kind: Lie, Call: callErase + "|move|uid-move",
			Text:    "A client that wants messages gone sends EXPUNGE or CLOSE for it: the end of the session removes nothing.",
			Example: "D: erase 1\nC: T3 STORE 1 +FLAGS (\\Deleted)\nC: T4 LOGOUT",
			check:   checkPurged,
		},
		{
			ID: "2683-3.4.12-b", Section: "RFC 2683, section 3.4.12", Side: c, Severity: Warn, Kind: Protocol, Local: true, Call: callDrop,
			Text:    "A client does not delete the mailbox that it has selected: it closes it first.",
			Example: "D: select work\nD: drop work\nC: T3 DELETE work",
			check:   checkDeleteSelected,
		},
	}
}

// manyMessages is how many messages a mailbox has, at least, that is a large one.
const manyMessages = 500

// called reports whether the case makes a call of that name.
func (j *judging) called(word string) bool {
	for i := range j.rec.Events {
		if e := &j.rec.Events[i]; e.Kind == Called && (e.Text == word || strings.HasPrefix(e.Text, word+" ")) {
			return true
		}
	}
	return false
}

// done reports whether a call of that name was made, and claims success.
func (j *judging) done(word string) bool {
	for i := range j.rec.Events {
		if e := &j.rec.Events[i]; e.Kind == Claimed && e.Claim.Err == nil && (e.Claim.Call == word || strings.HasPrefix(e.Claim.Call, word+" ")) {
			return true
		}
	}
	return false
}

// selectedName reports whether the mailbox of c is the one that is selected.
func (c *Command) selectedName() bool {
	return c.Phase == Selected && c.Mailbox != "" && mailboxArg(c.Args) == c.Mailbox
}

// checkStatusPolls returns the check of the two rules on STATUS of the selected
// mailbox: that it is sent at all, or again with no NOOP and no IDLE between.
func checkStatusPolls(again bool) func(*judging, Rule) {
	return func(j *judging, r Rule) {
		s := j.client()
		if s == nil {
			return
		}
		if j.done(callNews) {
			j.reach(r)
		}
		n := 0
		var first, second *Command
		for i := range s.Commands {
			c := &s.Commands[i]
			switch {
			case c.Name == "NOOP" || c.Name == "IDLE" || c.Name == "CHECK" || c.selects():
				n = 0
			case c.Name == "STATUS" && c.Err == nil:
				if c.Phase != Selected || j.asked("STATUS") {
					continue
				}
				if j.reach(r); !c.selectedName() {
					continue
				}
				if n++; first == nil {
					first = c
				}
				if n > 1 && second == nil {
					second = c
				}
			}
		}
		c := first
		if again != (second != nil) || c == nil {
			return
		}
		if again {
			c = second
		}
		j.report(r, Finding{Conn: s.Conn, event: c.Begun, Summary: quoteUnit(c.Raw) + " asks for the mailbox that is selected"})
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

// messagesIn returns how many messages the client knew of before that event.
func (s *Session) messagesIn(event int) uint32 {
	n := uint32(0)
	for i := range s.Responses {
		if r := &s.Responses[i]; r.Event < event && r.Name == "EXISTS" {
			n = r.Num
		}
	}
	return n
}

func checkBatches(j *judging, r Rule) {
	s := j.client()
	if s == nil || hasCalls(j.rec) && !j.called(callOverview) {
		return
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		if c.Name != "FETCH" && c.Name != "UID FETCH" || c.Err != nil || j.asked(c.Name) {
			continue
		}
		exists := s.messagesIn(c.Begun)
		if exists <= manyMessages {
			continue
		}
		j.reach(r)
		set, _, ok := c.Set()
		items := 0
		c.EachFetchAtt(func(a imapwire.FetchAtt) {
			items++
			if a.Name == "ALL" || a.Name == "FULL" || a.Name == "ENVELOPE" || a.Name == "BODYSTRUCTURE" {
				items++
			}
		})
		if ok && set.Count(exists) > manyMessages && items > 1 {
			j.report(r, Finding{Conn: s.Conn, event: c.Begun, Summary: fmt.Sprintf("%s, and the mailbox has %d messages", quoteUnit(c.Raw), exists)})
			return
		}
	}
}

// checkPieces follows the pieces of a download.
func checkPieces(j *judging, r Rule) {
	s := j.client()
	if s == nil || !j.called(callDownload) || s.TLS {
		return
	}
	next, section := uint64(0), ""
	for i := range s.Commands {
		c := &s.Commands[i]
		if c.Name != "FETCH" && c.Name != "UID FETCH" || c.Err != nil || j.asked(c.Name) {
			continue
		}
		var att imapwire.FetchAtt
		c.EachFetchAtt(func(a imapwire.FetchAtt) {
			if strings.HasPrefix(a.Name, "BODY") && a.Section != nil {
				att = a
			}
		})
		if att.Name == "" {
			continue
		}
		if s.misled(c.Begun) {
			return // the client may have read more, or less, than we do
		}
		j.reach(r)
		got, answered := s.bodyOf(c, string(att.Section))
		where := fmt.Sprintf("%s of [%s]", c.Args[:c.setLength()], att.Section)
		switch {
		case !att.Partial && answered && got > largePart:
			j.report(r, Finding{Conn: s.Conn, event: c.Begun, Where: "whole", Summary: fmt.Sprintf("%s fetched %d octets at once", quoteUnit(c.Raw), got)})
			return
		case att.Partial && section == where && att.Offset > next && next > 0:
			j.report(r, Finding{Conn: s.Conn, event: c.Begun, Where: "gap", Severity: Error,
				Summary: fmt.Sprintf("%s leaves out the octets from %d to %d", quoteUnit(c.Raw), next, att.Offset-1)})
			return
		}
		section, next = where, att.Offset+got
	}
}

// largePart is how many octets a large part has.
const largePart = 1 << 20

// bodyOf returns how many octets of a section the completed c brought.
func (s *Session) bodyOf(c *Command, section string) (n uint64, answered bool) {
	if c.Answer < 0 {
		return 0, false
	}
	for i := range s.Responses[:c.Answer] {
		resp := &s.Responses[i]
		if resp.Name != "FETCH" || resp.Event < c.Begun {
			continue
		}
		imapwire.EachFetchItem(resp.Response, func(name string, sec []byte, _ int64, value []byte) {
			if name == "BODY" && bytes.EqualFold(sec, []byte(section)) {
				text, _, _ := imapwire.NString(value)
				n, answered = n+uint64(len(text)), true
			}
		})
	}
	return n, answered
}

func checkWholeMessages(j *judging, r Rule) {
	s := j.client()
	if s == nil || !j.called(callRead) || j.called("download") || j.called("stream") { // those are to fetch it all
		return
	}
	if j.done(callRead) {
		j.reach(r)
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		if c.Name != "FETCH" && c.Name != "UID FETCH" || c.Err != nil || j.asked(c.Name) {
			continue
		}
		whole := false
		c.EachFetchAtt(func(a imapwire.FetchAtt) {
			whole = whole || a.Name == "RFC822" || strings.HasPrefix(a.Name, "BODY") && a.Section != nil && len(a.Section) == 0
		})
		if whole {
			j.report(r, Finding{Conn: s.Conn, event: c.Begun, Summary: quoteUnit(c.Raw) + " fetches the whole of a message that is to be shown"})
			return
		}
	}
}

// checkPurged asks of each call that makes messages go, and claims success, that
// a command was completed that does it. What is sent inside TLS may not be seen.
func checkPurged(j *judging, r Rule) {
	s := j.client()
	if s == nil || s.tlsDue {
		return
	}
	from := 0
	for i := range j.rec.Events {
		e := &j.rec.Events[i]
		if e.Kind != Claimed {
			continue
		}
		word, _, _ := strings.Cut(e.Claim.Call, " ")
		if e.Claim.Err == nil && (word == callErase || word == "move" || word == "uid-move") {
			j.reach(r)
			if !s.removed(from, i, j.gotBy(s, i)) {
				j.report(r, Finding{Conn: s.Conn, event: i, Where: word,
					Summary: fmt.Sprintf("%q claims success, and no EXPUNGE, CLOSE or MOVE was completed", e.Claim.Call)})
				return
			}
		}
		if inTurn(e.Claim.Call) {
			from = i
		}
	}
}

// removed reports whether a command that removes messages was sent and completed
// with OK between two events.
func (s *Session) removed(from, to, got int) bool {
	for i := range s.Commands {
		c := &s.Commands[i]
		switch c.Name {
		case "EXPUNGE", "UID EXPUNGE", "CLOSE", "MOVE", "UID MOVE":
			if c.Begun >= from && c.Begun <= to && s.toldOK(c, got) {
				return true
			}
		}
	}
	return false
}

func checkDeleteSelected(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	if j.done(callDrop) {
		j.reach(r)
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		if c.Name != "DELETE" || c.Err != nil || j.asked("DELETE") {
			continue
		}
		j.reach(r)
		if c.selectedName() {
			j.report(r, Finding{Conn: s.Conn, event: c.Begun, Summary: quoteUnit(c.Raw) + " deletes the mailbox that is selected"})
			return
		}
	}
}
