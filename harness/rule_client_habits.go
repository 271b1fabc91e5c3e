package harness

import (
	"fmt"
	"slices"
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

// selectionOpen reports whether a SELECT or EXAMINE that came before c has no completion
// that can be read: which mailbox is selected is open.
func (s *Session) selectionOpen(c *Command) bool {
	return slices.ContainsFunc(s.Commands, func(other Command) bool {
		return other.selects() && other.Begun < c.Begun && s.status(&other) == imapwire.None
	})
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
		if c.selectedName() && !s.selectionOpen(c) {
			j.report(r, Finding{Conn: s.Conn, event: c.Begun, Summary: quoteUnit(c.Raw) + " deletes the mailbox that is selected"})
			return
		}
	}
}
