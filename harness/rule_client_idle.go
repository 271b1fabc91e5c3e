package harness

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

const (
	// idleAnew is how long an IDLE may last before a client begins another (RFC
	// 2177, section 3).
	idleAnew = 29 * time.Minute

	// keepAliveLow is the mean time between keep-alives below which a client is
	// said to poll too often: well below the 25 minutes of RFC 2683, section
	// 3.1.2, since middleboxes forget connections sooner than that.
	keepAliveLow = 8 * time.Minute

	// idleHole is how long after the wire has died an idling client may take to
	// notice: until it begins IDLE anew, and then a reply's time.
	idleHole = time.Hour
)

func clientIdleRules() []Rule {
	c := faultnet.Client
	return []Rule{
		{
			ID: "R-IDLE-2", Section: "RFC 9051, section 6.3.13", Side: c, Severity: Error, Kind: Protocol, Call: "idle",
			Text:    "While IDLE runs a client sends DONE and nothing else, and not before the server has agreed to IDLE.",
			Example: "C: T3 IDLE\nS: + idling\nC: T4 NOOP",
			check:   checkIdleTalk,
		},
		{
			ID: "R-IDLE-5", Section: "RFC 2177, section 3; RFC 9051, section 6.3.13", Side: c, Severity: Warn, Kind: Protocol, Call: "idle", Needs: LongTime,
			Text:    fmt.Sprintf("IDLE is ended and begun anew at least every %v, or the server may take the client for inactive.", idleAnew),
			Example: "C: T3 IDLE\nS: + idling\n# an hour later it is still the same IDLE",
			check:   checkIdleAnew,
		},
		{
			ID: "R-IDLE-8", Section: "RFC 2177, section 3", Side: c, Severity: Error, Kind: State, Scenario: true, Call: "mailbox",
			Text:    "A client that uses IDLE takes what the server tells unasked at any other time as well: between DONE and the completion, and with any command.",
			Example: "C: DONE\nS: * 5 EXISTS\nS: T3 OK done\n# the client still believes in 3 messages",
			check:   checkTold,
		},
		{
			ID: "R-IDLE-9", Section: "RFC 2177, section 3", Side: c, Severity: Warn, Kind: Hang, Scenario: true, Call: "idle", Needs: LongTime,
			Text:    fmt.Sprintf("A client that idles on a wire that has died notices: at the latest when it begins IDLE anew and nobody answers. Here: %v.", idleHole),
			Example: "C: T3 IDLE\nS: + idling\n! server: hole\n# hours later the client still waits for news",
			check:   checkIdleHole,
		},
		{
			ID: "2683-3.1.2-k", Section: "RFC 2683, section 3.1.2", Side: c, Severity: Info, Kind: Protocol, Local: true, Call: "rest", Needs: LongTime,
			Text:    fmt.Sprintf("A client that has nothing to do need not say so more often than about every 25 minutes. Here: %v on average.", keepAliveLow),
			Example: "C: T3 NOOP\n# a minute later\nC: T4 NOOP\n# and so on for an hour",
			check:   checkKeepAlive,
		},
	}
}

func checkIdleTalk(j *judging, r Rule) {
	s := j.client()
	if s == nil || s.TLS {
		return
	}
	for i := range s.Commands {
		if s.Commands[i].Name == "IDLE" {
			j.reach(r)
		}
	}
	if s.Hasty < 0 || s.hasteIn != modeIdle && s.hasteIn != modeIdleAwait || s.misled(s.Hasty) {
		return
	}
	if s.hasteIn == modeIdleAwait && bytes.HasSuffix(s.Residue, []byte("\r")) {
		return // refused, but for the line feed
	}
	j.report(r, Finding{Conn: s.Conn, event: s.Hasty, Where: pick(s.hasteIn == modeIdle, "", "not agreed to"),
		Summary: "in IDLE the client sent " + quoteUnit(s.in[s.hastyAt:])})
}

// checkIdleAnew looks at how long each IDLE lasts once the server has agreed.
func checkIdleAnew(j *judging, r Rule) {
	s := j.client()
	if s == nil || s.TLS || s.Faulted >= 0 {
		return
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		if c.Name != "IDLE" || c.Received < 0 || s.misled(len(j.rec.Events)) {
			continue
		}
		from, to := -1, s.settled(j.rec)
		for k := range s.Responses {
			if resp := &s.Responses[k]; resp.Event > c.Received && resp.Type == imapwire.Continuation {
				from = resp.Event
				break
			}
		}
		if from < 0 || to < 0 {
			continue
		}
		for k := range j.rec.Events[from:to] {
			if e := &j.rec.Events[from+k]; e.Conn == s.Conn && (e.Kind == ClientSent || e.Kind == ClientClosed || e.Kind == ClientEOF || e.Kind == ClientReset) {
				to = from + k
				break
			}
		}
		lasted := j.rec.Events[to].At - j.rec.Events[from].At
		if lasted > idleAnew/2 {
			j.reach(r)
		}
		if lasted > idleAnew && (c.Answer < 0 || s.Responses[c.Answer].Event > to) {
			j.report(r, Finding{Conn: s.Conn, event: to, from: c.Begun, Summary: fmt.Sprintf("an IDLE lasted %v", lasted)})
			return
		}
	}
}

// checkTold holds what a client believes of its mailbox against what it was told.
func checkTold(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	for i := range j.rec.Events {
		e := &j.rec.Events[i]
		if e.Kind != Claimed || strings.TrimSpace(e.Claim.Call) != "mailbox" {
			continue
		}
		count := uint64(0)
		for k := range s.Responses {
			resp := &s.Responses[k]
			if resp.Event < i && resp.Name == "EXISTS" {
				count = uint64(resp.Num)
			} else if resp.Event < i && resp.Name == "EXPUNGE" {
				count--
			}
		}
		j.reach(r)
		if want := fmt.Sprintf("%d messages", count); !strings.HasPrefix(e.Claim.Text, want) {
			j.report(r, Finding{Conn: s.Conn, event: i, Summary: fmt.Sprintf("the server has told of %s, and the client believes in %s", want, e.Claim.Text)})
			return
		}
	}
}

// checkIdleHole looks at what a client does on a wire that a hole has swallowed.
// One that waits in a call is checkSilence's to find.
func checkIdleHole(j *judging, r Rule) {
	s := j.client()
	if s == nil || s.TLS || s.Faulted < 0 || !struckAny(j.rec, faultnet.Hole) {
		return
	}
	idle := false
	for i := range s.Commands {
		idle = idle || s.Commands[i].Name == "IDLE"
	}
	end := s.settled(j.rec)
	if !idle || end < 0 || j.rec.Events[end].At-j.rec.Events[s.Faulted].At < idleHole {
		return
	}
	j.reach(r)
	if d := j.rec.Driven; s.SelfGone >= 0 && s.SelfGone < end || d != nil && d.Silent > 0 {
		return
	}
	j.report(r, Finding{Conn: s.Conn, event: end, from: s.Faulted,
		Summary: fmt.Sprintf("%v after the wire had died the client still takes it for alive", j.rec.Events[end].At-j.rec.Events[s.Faulted].At)})
}

// checkKeepAlive looks at the NOOPs that nobody asked for.
func checkKeepAlive(j *judging, r Rule) {
	s := j.client()
	if s == nil || s.TLS {
		return
	}
	first, n := -1, 0
	last := 0
	for i := range s.Commands {
		c := &s.Commands[i]
		if c.Name != "NOOP" && c.Name != "CHECK" {
			continue
		}
		if n == 0 {
			first = c.Begun
		}
		n, last = n+1, c.Begun
	}
	if n < 3 || j.asked("NOOP") || j.asked("CHECK") {
		return
	}
	took := j.rec.Events[last].At - j.rec.Events[first].At
	if took < time.Hour/2 {
		return
	}
	j.reach(r)
	if mean := took / time.Duration(n-1); mean < keepAliveLow {
		j.report(r, Finding{Conn: s.Conn, event: last, from: first, Summary: fmt.Sprintf("%d NOOPs in %v, one every %v", n, took, mean)})
	}
}
