package harness

import (
	"bytes"
	"fmt"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// minInactivity is how long an authenticated client may be silent (RFC 9051,
// section 5.4).
const minInactivity = 30 * time.Minute

func endingRules() []Rule {
	return []Rule{
		{
			ID: "R-END-1", Section: "RFC 9051, sections 3.4 and 6.1.3", Side: faultnet.Server, Severity: Error, Kind: Protocol,
			Text:    "LOGOUT is answered with an untagged BYE, then the tagged OK, and then the server closes the connection.",
			Example: "C: a1 LOGOUT\nS: a1 OK bye\n# no BYE",
			check:   checkLogout,
		},
		{
			ID: "R-AL-1", Section: "RFC 9051, section 5.4", Side: faultnet.Server, Severity: Error, Kind: Protocol,
			Text:    "A server that logs out inactive clients waits at least 30 minutes, once they are authenticated.",
			Example: "C: a1 LOGIN test test\nT: 10m\nS: * BYE too slow",
			check:   checkInactivity,
		},
		{
			ID: "R-END-3", Section: "RFC 3501, section 3.4 (MUST NOT); RFC 9051, section 3.4 (SHOULD NOT); RFC 2683, section 3.1.2", Side: faultnet.Server, Severity: Warn, Kind: Protocol,
			Text:    "A server does not close a connection on its own account without an untagged BYE that says why.",
			Example: "C: a1 LOGIN test test\nT: 40m\n# the connection is closed, without a word",
			check:   checkBye,
		},
	}
}

// checkLogout holds the end of a session against the order BYE, OK, close.
func checkLogout(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for i := range s.Commands {
			c := &s.Commands[i]
			if c.Name != "LOGOUT" || c.Err != nil || c.Answer < 0 || s.Responses[c.Answer].Status != imapwire.OK {
				continue
			}
			j.reach(r)
			bye := false
			for k := 0; k < c.Answer; k++ {
				bye = bye || s.Responses[k].Status == imapwire.BYE
			}
			f := Finding{Conn: s.Conn, event: s.Responses[c.Answer].Event}
			switch {
			case !bye:
				f.Where, f.Summary = "no bye", "LOGOUT was completed without an untagged BYE before"
			case c.Answer+1 < len(s.Responses):
				f.Where, f.Summary = "goes on", "after the completion of LOGOUT the server still sent "+quoteUnit(s.Responses[c.Answer+1].Raw)
			case s.SelfGone < 0 && (s.PeerGone < 0 || s.PeerGone > s.settled(j.rec)) && !s.writesHeld(j.rec):
				f.Where, f.Summary = "not closed", "LOGOUT was completed, and the connection stayed open"
			default:
				continue
			}
			j.report(r, f)
			break
		}
	}
}

// checkInactivity looks for timers that are too short. Before authentication
// they may be (RFC 9051, section 5.4).
func checkInactivity(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		if s.Phase == Authenticated || s.Phase == Selected {
			j.reachSilence(r, s)
		}
		if !s.closedAlone() || s.writesHeld(j.rec) || s.Phase < Authenticated || s.Phase == LoggedOut || len(s.Pending) > 0 || len(s.open) > 0 || s.Broken >= 0 {
			continue
		}
		since := j.rec.Events[s.SelfGone].At - j.lastInput(s)
		if since < time.Second || since >= minInactivity {
			continue
		}
		j.report(r, Finding{
			Conn: s.Conn, event: s.SelfGone, Where: s.Phase.String(),
			Summary: fmt.Sprintf("the server ended the session after %v of inactivity", since),
		})
	}
}

// reachSilence notes that the client was silent, in one stretch or at the end,
// for nearly as long as it may.
func (j *judging) reachSilence(r Rule, s *Session) {
	var last time.Duration
	for i := range j.rec.Events {
		e := &j.rec.Events[i]
		if e.Conn != s.Conn && e.Kind != Settled {
			continue
		}
		if e.At-last >= minInactivity-time.Minute {
			j.reach(r)
		}
		if e.Kind == ServerGot || e.Kind == Opened {
			last = e.At
		}
	}
}

// lastInput returns when the last byte of the client reached the server.
func (j *judging) lastInput(s *Session) time.Duration {
	var at time.Duration
	for i := range j.rec.Events {
		if e := &j.rec.Events[i]; e.Kind == ServerGot && e.Conn == s.Conn {
			at = e.At
		}
	}
	return at
}

// checkBye looks for connections that the server closed without a word. Those
// after a syntax error are R-FR-7's.
func checkBye(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		if len(s.Responses) > 0 { // it may have closed from then on
			j.reach(r)
		}
		if !s.closedAlone() || s.writesHeld(j.rec) || s.saidBye() || s.Broken >= 0 || s.Phase == LoggedOut || s.TLS {
			continue
		}
		if c := s.droppedFor(j.rec); c != nil && c.Err != nil {
			continue
		}
		where, what := j.byeCause(s)
		j.report(r, Finding{Conn: s.Conn, event: s.SelfGone, Where: where, Summary: "the connection was closed without BYE " + what})
	}
}

// lastTag returns the tag of what the server worked on last.
func (s *Session) lastTag() []byte {
	if len(s.open) > 0 {
		return s.Commands[s.open[0]].Tag
	}
	return tagOf(s.Pending)
}

// byeCause says in what situation the server closed s. Timers are one cause,
// whatever they interrupt.
func (j *judging) byeCause(s *Session) (where, what string) {
	closed := j.rec.Events[s.SelfGone].At
	since := closed - j.lastInput(s)
	if len(s.open) > 0 {
		since = max(since, closed-j.rec.Events[s.Commands[s.open[0]].Begun].At)
	} else if n := len(s.Commands); n > 0 && s.Commands[n-1].Received < 0 {
		since = max(since, closed-j.rec.Events[s.Commands[n-1].Begun].At)
	}
	switch {
	case len(s.Responses) == 0 && since < time.Second:
		return "greeting", "before the greeting"
	case since >= time.Second && len(s.Pending) > 0:
		return "timer", fmt.Sprintf("after %v in which a command had not come whole", since)
	case since >= time.Second && len(s.open) > 0:
		return "timer", fmt.Sprintf("%v after %s had begun to come", since, s.describe(s.open[0]))
	case since >= time.Second:
		return "timer", fmt.Sprintf("after %v of inactivity (%v)", since, s.Phase)
	case bytes.IndexByte(s.lastTag(), ']') >= 0:
		return "tag", "on a tag with a bracket"
	case s.rest:
		return restPlace, "on the rest of a line that ended IDLE"
	case len(s.open) > 0:
		return "during " + s.Commands[s.open[0]].Name, "during " + s.describe(s.open[0])
	case len(s.Pending) > 0:
		return "in command", "on a command that had not come whole: " + quoteUnit(s.Pending)
	}
	return "at once", "for no reason that the exchange shows"
}
