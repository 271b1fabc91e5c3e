package harness

import (
	"fmt"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

func serverEndingRules() []Rule {
	return []Rule{
		{
			ID: "R-END-7", Section: "RFC 9051, sections 7.1.5 and 9 (response-fatal)", Side: faultnet.Server, Severity: Error, Kind: Protocol,
			Text:    "After a BYE that no LOGOUT asked for nothing comes but the end of the connection, and that at once.",
			Example: "S: * BYE you were silent for too long\nC: a9 NOOP\nS: a9 OK",
			check:   checkAfterBye,
		},
		{
			ID: "2683-3.1.1-h", Section: "RFC 2683, section 3.1.1; RFC 2180, section 3", Side: faultnet.Server, Severity: Error, Kind: State, Scenario: true, Needs: SecondSession,
			Text:    "A server may refuse a second session in the same mailbox, or end the first with BYE. It does not quietly take the mailbox away.",
			Example: "C: a2 SELECT INBOX\nC2: b2 SELECT INBOX\nC: a3 FETCH 1 FLAGS\nS: a3 BAD no mailbox is selected",
			check:   checkBothSelected,
		},
		{
			ID: "2683-3.1.2-c", Section: "RFC 2683, section 3.1.2", Side: faultnet.Server, Severity: Error, Kind: State, Scenario: true, Needs: SecondSession,
			Text:    "A connection that ends without LOGOUT is a logout: the mailbox is free for the next session.",
			Example: "C: a2 SELECT INBOX\n! client: cut\nC2: b2 SELECT INBOX\nS2: b2 NO [INUSE]",
			check:   checkFreed,
		},
		{
			ID: "R-AL-2", Section: "RFC 9051, section 5.4; RFC 3501, section 5.4", Side: faultnet.Server, Severity: Warn, By: By{Rev2: Error}, Kind: Protocol, Scenario: true, Needs: LongTime,
			Text:    "Each command begins the time of inactivity anew, one that fails too.",
			Example: "C: a2 NOOP\nT: 29m\nC: a3 NOOP\nT: 29m\nS: * BYE you were silent for too long",
			check:   checkTimerReset,
		},
		{
			ID: "R-AL-3", Section: "RFC 9051, section 5.4 (by analogy)", Side: faultnet.Server, Severity: Info, Kind: Resource, Scenario: true, Needs: LongTime,
			Text:    "A command that has begun to come and does not go on does not hold a session for ever: some time within a day it ends.",
			Example: "C= \"a2 NO\"\nT: 24h\n# the server still waits",
			check:   func(j *judging, r Rule) { j.checkHeld(r, func(s *Session) bool { return len(s.Pending) > 0 }) },
		},
	}
}

// checkAfterBye looks at what follows a BYE. The completion of what was under way
// then may.
func checkAfterBye(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for i := range s.Responses {
			bye := &s.Responses[i]
			if bye.Status != imapwire.BYE || bye.Type != imapwire.Untagged {
				continue
			}
			if s.loggingOut(bye.Event) || s.brokenBefore(bye.Event) {
				break
			}
			j.reach(r)
			f := Finding{Conn: s.Conn, event: bye.Event}
			end := s.settled(j.rec)
			if next := s.newAfter(i); next != nil {
				f.Where, f.Summary = "goes on", fmt.Sprintf("after %s the server still sent %s", quoteUnit(bye.Raw), quoteUnit(next.Raw))
			} else if s.SelfGone < 0 && end > bye.Event && !s.goneBy(end) && !s.writesHeld(j.rec) {
				f.Where, f.Summary = "not closed", fmt.Sprintf("after %s the connection stayed open", quoteUnit(bye.Raw))
			} else {
				break
			}
			j.report(r, f)
			break
		}
	}
}

// loggingOut reports whether the client had sent what may be a LOGOUT by then.
func (s *Session) loggingOut(event int) bool {
	for k := range s.Commands {
		if c := &s.Commands[k]; c.Begun <= event && strings.EqualFold(c.Name, "LOGOUT") {
			return true
		}
	}
	return false
}

// newAfter returns the first response behind that at bye that answers something
// that came later, or is the second completion; nil if there is none.
func (s *Session) newAfter(bye int) *Response {
	completions := 0
	for i := bye + 1; i < len(s.Responses); i++ {
		resp := &s.Responses[i]
		c := s.completed(resp)
		if c == nil {
			continue // data of what was under way, or more of the farewell
		}
		if completions++; completions > 1 || c.Received > s.Responses[bye].Event {
			return resp
		}
	}
	return nil
}

// checkBothSelected looks at sessions that have the same mailbox selected. The
// case brings only commands that succeed.
func checkBothSelected(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for k := range s.Commands {
			c := &s.Commands[k]
			if c.Err != nil || c.Answer < 0 || !j.alsoSelected(s, c) {
				continue
			}
			j.reach(r)
			resp := &s.Responses[c.Answer]
			f := Finding{Conn: s.Conn, event: resp.Event, Summary: fmt.Sprintf("%s, in a mailbox that another session has selected as well, was answered %s", quoteUnit(c.Raw), quoteUnit(resp.Raw))}
			switch {
			case resp.Status != imapwire.BAD:
				continue
			case c.selects():
				f.Where = "refused with BAD"
			default:
				f.Where = "taken away"
			}
			j.report(r, f)
			break
		}
	}
}

// alsoSelected reports whether c opens or works in a mailbox that another session
// had opened before c was answered.
func (j *judging) alsoSelected(s *Session, c *Command) bool {
	name := c.Mailbox
	if c.selects() {
		name = mailboxArg(c.Args)
	} else if c.Phase != Selected {
		return false
	}
	for _, other := range j.rec.Conns {
		if other == s {
			continue
		}
		for k := range other.Commands {
			o := &other.Commands[k]
			if o.selects() && o.Answer >= 0 && okStatus(&other.Responses[o.Answer]) && other.Responses[o.Answer].Event < c.Begun && strings.EqualFold(mailboxArg(o.Args), name) {
				return true
			}
		}
	}
	return false
}

// checkFreed looks at mailboxes that a session had selected which then just ended.
func checkFreed(j *judging, r Rule) {
	for _, gone := range j.rec.Conns {
		if gone.PeerGone < 0 || gone.Phase != Selected || gone.loggingOut(gone.PeerGone) {
			continue
		}
		for _, s := range j.rec.Conns {
			for k := range s.Commands {
				c := &s.Commands[k]
				if s == gone || !c.selects() || c.Err != nil || c.Begun < gone.PeerGone || c.Answer < 0 || !strings.EqualFold(mailboxArg(c.Args), gone.Mailbox) {
					continue
				}
				j.reach(r)
				if resp := &s.Responses[c.Answer]; resp.Status != imapwire.OK {
					j.report(r, Finding{Conn: s.Conn, event: resp.Event, Summary: fmt.Sprintf("the session that had %q is gone; %s was answered %s", gone.Mailbox, quoteUnit(c.Raw), quoteUnit(resp.Raw))})
				}
			}
		}
	}
}

// checkTimerReset looks for sessions that ended although the client was never
// silent for long. The case brings nothing else that ends one.
func checkTimerReset(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		if s.Phase < Authenticated || s.Phase == LoggedOut || len(s.Commands) == 0 {
			continue
		}
		first, last := j.rec.Events[s.Commands[0].Begun].At, j.lastInput(s)
		if last-first >= minInactivity {
			j.reach(r)
		}
		if !s.closedAlone() || s.writesHeld(j.rec) || j.rec.Events[s.SelfGone].At-first < minInactivity {
			continue
		}
		if since := j.rec.Events[s.SelfGone].At - last; since < minInactivity {
			j.report(r, Finding{
				Conn: s.Conn, event: s.Commands[len(s.Commands)-1].Begun,
				Summary: fmt.Sprintf("the session ended %v after the last command, %v after the first", since, j.rec.Events[s.SelfGone].At-first),
			})
		}
	}
}

// day is how long a server may hold what a client that is silent has begun.
const day = 24 * time.Hour

// checkHeld looks for sessions of clients that are silent for a day, in the state
// that waits says, and that the server still holds.
func (j *judging) checkHeld(r Rule, waits func(*Session) bool) {
	for _, s := range j.rec.Conns {
		end := s.settled(j.rec)
		if end < 0 || !waits(s) || s.PeerGone >= 0 && s.PeerGone < end {
			continue
		}
		if j.rec.Events[end].At-j.lastInput(s) < day {
			continue
		}
		j.reach(r)
		if s.SelfGone < 0 || s.SelfGone > end {
			j.report(r, Finding{Conn: s.Conn, event: end, Where: s.Phase.String(), Summary: fmt.Sprintf("after %v of silence the server still holds the session", j.rec.Events[end].At-j.lastInput(s))})
		}
	}
}
