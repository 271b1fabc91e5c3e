package harness

import (
	"bytes"
	"fmt"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// clientRefusedRules are about what a client does when it was refused.
func clientRefusedRules() []Rule {
	c := faultnet.Client
	return []Rule{
		{
			ID: "2683-3.4.4-d", Section: "RFC 2683, section 3.4.4", Side: c, Severity: Warn, Kind: Protocol, Scenario: true, Local: true, Call: callShow,
			Text:    "When FETCH, completed with OK, brought nothing of a message, NOOP comes next, so that the server can tell what is gone.",
			Example: "D: show 1:2 flags\nC: T3 FETCH 1:2 FLAGS\nS: * 1 FETCH (FLAGS ())\nS: T3 OK done\nC: T4 FETCH 1:2 FLAGS",
			check:   checkNoopNext(imapwire.OK),
		},
		{
			ID: "R-MA-3", Section: "RFC 2180, sections 4.1.2, 4.1.3 and 4.2", Side: c, Severity: Warn, Kind: Protocol, Scenario: true, Local: true, Call: callShow,
			Text:    "When FETCH was answered NO, since messages are gone, NOOP comes next.",
			Example: "D: show 1:2 flags\nC: T3 FETCH 1:2 FLAGS\nS: T3 NO some are gone\nC: T4 FETCH 1:2 FLAGS",
			check:   checkNoopNext(imapwire.NO),
		},
		{
			ID: "2683-3.4.8-a", Section: "RFC 2683, section 3.4.8", Side: c, Severity: Error, Kind: Protocol, Scenario: true, Local: true, Call: callSave,
			Text:    "A client copes with it that a mailbox of special use cannot be created: it does not try again and again.",
			Example: "C: T2 CREATE Drafts\nS: T2 NO\nC: T3 CREATE Drafts",
			check:   checkRepeats("CREATE", imapwire.NO),
		},
		{
			ID: "R-LIT-16", Section: "RFC 7888, section 4", Side: c, Severity: Warn, Kind: Protocol, Scenario: true, Local: true, Call: callSave,
			Text:    "A message that the server found too large is not sent again.",
			Example: "C: T2 APPEND INBOX {100000}\nS: T2 NO [TOOBIG]\nC: T3 APPEND INBOX {100000}",
			check:   checkRepeats("APPEND", imapwire.NO),
		},
		{
			ID: "R-LL-3", Section: "RFC 7162, section 4", Side: c, Severity: Warn, Kind: Protocol, Scenario: true, Local: true, Call: callShow,
			Text:    "A line that the server refused with BAD, as too long, is not sent again as it was.",
			Example: "C: T3 FETCH 1,3,5,7...\nS: T3 BAD line too long\nC: T4 FETCH 1,3,5,7...",
			check:   checkRepeats("FETCH", imapwire.BAD),
		},
	}
}

// eachRefusal gives to f the commands of calls that were answered with that
// status, with what was sent behind them for the same call.
func (j *judging) eachRefusal(s *Session, status imapwire.Status, f func(m *madeCall, c *Command, answer *Response, later []*Command) bool) {
	try := func(m *madeCall) bool {
		for i, c := range m.commands {
			if c.Answer >= 0 && s.Responses[c.Answer].Status == status && f(m, c, &s.Responses[c.Answer], m.commands[i+1:]) {
				return true
			}
		}
		return false
	}
	if found := false; !found {
		j.eachCall(s, func(m *madeCall) bool { found = try(m); return found })
		if m := j.lastCall(s); m != nil && !found {
			try(m)
		}
	}
}

// checkNoopNext returns the check of what follows a FETCH of the call "show" that
// was completed with that status and without some of its messages.
func checkNoopNext(status imapwire.Status) func(*judging, Rule) {
	return func(j *judging, r Rule) {
		s := j.client()
		if s == nil {
			return
		}
		j.eachRefusal(s, status, func(m *madeCall, c *Command, answer *Response, later []*Command) bool {
			if m.word != callShow || c.Name != "FETCH" || status == imapwire.OK && !s.fetchedLess(c, answer) {
				return false
			}
			j.reach(r)
			if len(later) > 0 && later[0].Name == "NOOP" {
				return false
			}
			f := Finding{Conn: s.Conn, event: answer.Event, Summary: "messages are missing, and no NOOP asks for what has gone"}
			if len(later) > 0 {
				f.event, f.Summary = later[0].Begun, "messages are missing, and the client goes on with "+quoteUnit(later[0].Raw)
			}
			j.report(r, f)
			return true
		})
	}
}

// fetchedLess reports whether nothing came of some message that c asked for.
func (s *Session) fetchedLess(c *Command, answer *Response) bool {
	word, _, _ := bytes.Cut(c.Args, []byte(" "))
	set, err := imapwire.ParseSet(word)
	if err != nil {
		return false
	}
	came := make(map[uint32]bool)
	for i := range s.Responses {
		if r := &s.Responses[i]; r.Name == "FETCH" && r.Event > c.Begun && r.Event <= answer.Event {
			came[r.Num] = true
		}
	}
	for n := uint32(1); n <= 100; n++ {
		if set.Contains(n, 0) && !came[n] {
			return true
		}
	}
	return false
}

// checkRepeats returns the check that no call sends a command again, as it was,
// that was refused with that status.
func checkRepeats(name string, status imapwire.Status) func(*judging, Rule) {
	return func(j *judging, r Rule) {
		s := j.client()
		if s == nil {
			return
		}
		j.eachRefusal(s, status, func(_ *madeCall, c *Command, answer *Response, later []*Command) bool {
			if c.Name != name || name == "APPEND" && answer.Code == "TRYCREATE" {
				return false
			}
			j.reach(r)
			for _, l := range later {
				if l.Name == name && bytes.Equal(afterTag(l.Raw), afterTag(c.Raw)) {
					j.report(r, Finding{Conn: s.Conn, event: l.Begun, Summary: fmt.Sprintf("%s was answered %s, and is sent again", quoteUnit(c.Raw), quoteUnit(answer.Raw))})
					return true
				}
			}
			return false
		})
	}
}

func afterTag(b []byte) []byte {
	_, rest, _ := bytes.Cut(bytes.TrimRight(b, "\r\n"), []byte(" "))
	return rest
}
