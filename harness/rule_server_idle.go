package harness

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

func serverIdleRules() []Rule {
	return []Rule{
		{
			ID: "R-IDLE-3", Section: "RFC 2177, section 3; RFC 9051, section 6.3.13", Side: faultnet.Server, Severity: Error, Kind: Protocol, Capability: "IDLE|IMAP4rev2",
			Text:    "DONE, in any case, ends IDLE with its tagged OK, and the server is ready for the next command.",
			Example: "C: a3 IDLE\nS: + idling\nC: DONE\nS: a3 BAD",
			check:   checkDone,
		},
		{
			ID: "R-IDLE-6", Section: "RFC 2177, section 3; RFC 9051, sections 5.4 and 6.3.13", Side: faultnet.Server, Severity: Warn, Kind: Protocol, Capability: "IDLE|IMAP4rev2", Needs: LongTime,
			Text:    "A server that has waited long enough for a client in IDLE logs it out with BYE. It does not complete the IDLE by itself: the client's DONE would then be a command.",
			Example: "C: a3 IDLE\nS: + idling\nT: 31m\nS: a3 NO you were silent for too long",
			check:   checkIdleEnded,
		},
		{
			ID: "R-IDLE-7", Section: "RFC 2177, section 3", Side: faultnet.Server, Severity: Error, Kind: Protocol, Capability: "IDLE|IMAP4rev2",
			Text:    "A line in IDLE that is not DONE is a protocol error: it ends the IDLE with BAD, or the connection with BYE, and is never executed.",
			Example: "C: a3 IDLE\nS: + idling\nC: a4 NOOP\nS: a4 OK",
			check:   checkNotDone,
		},
		{
			ID: "R-IDLE-9", Section: "RFC 9051, section 5.4; RFC 2177, section 3", Side: faultnet.Server, Severity: Info, Kind: Resource, Scenario: true, Capability: "IDLE|IMAP4rev2", Needs: LongTime,
			Text:    "A client that vanishes while it idles does not hold its session for ever: some time within a day it ends.",
			Example: "C: a3 IDLE\nS: + idling\n! client: hole\nT: 24h\n# the server still waits",
			check:   func(j *judging, r Rule) { j.checkHeld(r, (*Session).idlesLast) },
		},
	}
}

// idles calls f for each IDLE that the server went along with.
func (s *Session) idles(f func(k int, c *Command)) {
	for k := range s.Commands {
		c := &s.Commands[k]
		if c.Name != "IDLE" || c.Err != nil || c.Received < 0 {
			continue
		}
		if c.Reply != nil || slices.ContainsFunc(s.Responses, func(r Response) bool {
			return r.Type == imapwire.Continuation && r.InProgress == k && r.Event > c.Received
		}) {
			f(k, c)
		}
	}
}

// idlesLast reports whether the last that the client sent was an IDLE.
func (s *Session) idlesLast() bool {
	n := len(s.Commands) - 1
	return n >= 0 && s.Commands[n].Name == "IDLE" && s.Commands[n].Err == nil && s.Commands[n].Received >= 0 && s.Commands[n].Reply == nil
}

func isDone(line []byte) bool { return bytes.EqualFold(bytes.TrimRight(line, "\r\n"), []byte("DONE")) }

func checkDone(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		s.idles(func(k int, c *Command) {
			if !isDone(c.Reply) || bareCR(c.Reply) || c.Answer < 0 {
				return
			}
			resp := &s.Responses[c.Answer]
			if s.brokenBefore(resp.Event) || s.cutWrong(resp.Event) {
				return
			}
			j.reach(r)
			if resp.Status != imapwire.OK {
				j.report(r, Finding{Conn: s.Conn, event: resp.Event, Where: "refused", Summary: fmt.Sprintf("%s ended %s with %s", quoteUnit(c.Reply), quoteUnit(c.Raw), quoteUnit(resp.Raw))})
			}
		})
	}
}

func checkIdleEnded(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		s.idles(func(k int, c *Command) {
			end := len(j.rec.Events) - 1
			if c.Answer >= 0 {
				end = s.Responses[c.Answer].Event
			}
			since := j.rec.Events[end].At - j.rec.Events[c.Received].At
			if since >= minInactivity {
				j.reach(r)
			}
			if c.Answer < 0 || c.Reply != nil || j.spoke(s.Conn, c.Received, end) || s.brokenBefore(end) || s.cutWrong(end) || s.PeerGone >= 0 && s.PeerGone < end || j.byeBy(s, end) {
				return
			}
			j.report(r, Finding{Conn: s.Conn, event: end, Summary: fmt.Sprintf("%s was completed, after %v, although no DONE had come: %s", quoteUnit(c.Raw), since, quoteUnit(s.Responses[c.Answer].Raw))})
		})
	}
}

// spoke reports whether the client sent anything, of a line that has not ended
// yet, between two events: R-IDLE-7 says what becomes of that.
func (j *judging) spoke(conn, after, before int) bool {
	for i := after + 1; i <= before; i++ {
		if e := &j.rec.Events[i]; e.Conn == conn && e.Kind == ServerGot && len(e.Data) > 0 {
			return true
		}
	}
	return false
}

// byeBy reports whether the server had said BYE by that event, or did at that time.
func (j *judging) byeBy(s *Session, event int) bool {
	for i := range s.Responses {
		r := &s.Responses[i]
		if r.Status == imapwire.BYE && j.rec.Events[r.Event].At-j.rec.Events[event].At < time.Second {
			return true
		}
	}
	return false
}

func checkNotDone(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		s.idles(func(k int, c *Command) {
			if c.Reply == nil || isDone(c.Reply) || bareCR(c.Reply) || s.Hidden(tagOf(c.Reply)) || s.Murky >= 0 || s.cutWrong(c.Begun) {
				return
			}
			j.reach(r)
			if i := slices.IndexFunc(s.Responses, func(resp Response) bool {
				return resp.Type == imapwire.Tagged && resp.Event > c.Received && s.isOf(&resp, tagOf(c.Reply))
			}); i >= 0 {
				j.report(r, Finding{Conn: s.Conn, event: s.Responses[i].Event, Where: "executed", Summary: fmt.Sprintf("%s was sent in IDLE, and answered %s", quoteUnit(c.Reply), quoteUnit(s.Responses[i].Raw))})
				return
			}
			end := s.settled(j.rec)
			if c.Answer >= 0 || end < 0 || s.goneBy(end) || s.saidBye() || s.writesHeld(j.rec) || s.released > end || j.rec.Events[end].At-j.rec.Events[s.released].At < settleTime {
				return
			}
			j.report(r, Finding{Conn: s.Conn, event: end, from: c.Begun, Where: "silence", Kind: Hang, Summary: fmt.Sprintf("%s was sent in IDLE, and got no answer", quoteUnit(c.Reply))})
		})
	}
}

// isOf reports whether resp has that tag, and no command does.
func (s *Session) isOf(resp *Response, tag []byte) bool {
	if len(tag) == 0 || !bytes.Equal(resp.Tag, tag) {
		return false
	}
	return !slices.ContainsFunc(s.Commands, func(c Command) bool { return bytes.Equal(c.Tag, tag) })
}
