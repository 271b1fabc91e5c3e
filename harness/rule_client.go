package harness

import (
	"fmt"
	"strings"

	"github.com/imapfuzz/imapfuzz/faultnet"
)

func clientRules() []Rule {
	return []Rule{
		{
			ID: "2683-3.1.2-a", Section: "RFC 2683, section 3.1.2", Side: faultnet.Client, Severity: Error, Kind: Hang,
			Text:    fmt.Sprintf("When the connection has ended, every call that waits on it returns, within %v.", afterEnd),
			Example: "D: fetch 1 body[]\nS= \"* 1 FETCH (BODY[] {100}\\r\\nabc\"\n! server: cut\n# the call never returns",
			check:   checkAfterFault,
		},
		{
			ID: "close-returns", Section: "RFC 2683, section 3.1.2", Side: faultnet.Client, Severity: Error, Kind: Hang,
			Text:    fmt.Sprintf("When the client is told to close, the calls that wait return, and so does closing, within %v.", afterEnd),
			Example: "D: idle\nD: close\n# nothing returns",
			check:   checkAfterClose,
		},
		{
			ID: "silence", Section: "RFC 2683, section 3.1.2", Side: faultnet.Client, Severity: Warn, Kind: Hang,
			Text:    fmt.Sprintf("A client notices that an outside force has cut the wire without a word: a call does not wait for ever. Here: %v.", silence),
			Example: "D: noop\n! server: hole\n# an hour later the call still waits",
			check:   checkSilence,
		},
		{
			ID: "R-CL-7", Section: "RFC 9051, sections 2.2.2 and 4.3", Side: faultnet.Client, Severity: Error, Kind: Lie,
			Text:    "A response that was cut is never handed on as whole: a call succeeds only if its tagged OK arrived, a literal is only complete with its last octet.",
			Example: "D: stream 1 body[]\nS= \"* 1 FETCH (BODY[] {100}\\r\\nabc\"\n! server: cut\n# three octets are read, then a clean end",
			check:   checkPrefix,
		},
		{
			ID: "R-CL-1", Section: "RFC 9051, sections 2.2.2 and 7", Side: faultnet.Client, Severity: Error, Kind: Protocol,
			Text:    "A client is prepared to accept any response at any time: a legal one never makes it give up the connection.",
			Example: "S: * ID NIL\n# the client closes the connection",
			check:   checkAnyResponse,
		},
	}
}

// stuck names the place where a client's call waits: the frame of the target's
// own code on which the stack of the call stands.
func (j *judging) stuck() (where, stack string) {
	for _, pass := range []bool{true, false} {
		for _, s := range j.rec.Driven.Stacks {
			own := s.own(j.packages)
			if len(own) > 0 && (!pass || strings.Contains(s.Text, "harness.(*clientPlay).drive")) {
				return own[0], s.Text
			}
		}
	}
	return "unknown", ""
}

func checkAfterFault(j *judging, r Rule) {
	d := j.rec.Driven
	if len(j.rec.Conns) > 0 && j.rec.Conns[0].PeerGone >= 0 {
		j.reach(r)
	}
	if d == nil || d.AfterFault < 0 {
		return
	}
	where, stack := j.stuck()
	j.report(r, Finding{Where: where, Stack: stack, event: len(j.rec.Events),
		Summary: fmt.Sprintf("%v after the connection had ended, %q still waits in %s", d.AfterFault, d.InCall, where)})
}

func checkAfterClose(j *judging, r Rule) {
	d := j.rec.Driven
	if d != nil {
		j.reach(r)
	}
	if d == nil || !d.AfterClose {
		return
	}
	where, stack := j.stuck()
	if len(j.rec.Conns) > 0 {
		if s := j.rec.Conns[0]; s.closedAlone() || s.SelfGone >= 0 && s.SelfGone < s.settled(j.rec) {
			r = j.rule("2683-3.1.2-a") // it has closed, and the end of the connection is not noticed
		}
	}
	j.report(r, Finding{Where: where, Stack: stack, event: len(j.rec.Events),
		Summary: fmt.Sprintf("%v after the client was told to close, %q still waits in %s", afterEnd, d.InCall, where)})
}

// checkSilence asks only about wires that a fault made silent.
func checkSilence(j *judging, r Rule) {
	if struckAny(j.rec, faultnet.Hole, faultnet.Stall, faultnet.NoRead) {
		j.reach(r)
	}
	d := j.rec.Driven
	if d == nil || d.Silent == 0 || !struckAny(j.rec, faultnet.Hole, faultnet.Stall, faultnet.NoRead) {
		return
	}
	where, stack := j.stuck()
	j.report(r, Finding{Stack: stack, event: len(j.rec.Events),
		Summary: fmt.Sprintf("after %v of silence %q still waits in %s", d.Silent, d.InCall, where)})
}

func struckAny(rec *Record, kinds ...faultnet.Kind) bool {
	for i := range rec.Events {
		if s := rec.Events[i].Strike; s != nil {
			for _, k := range kinds {
				if s.Fault.Kind == k {
					return true
				}
			}
		}
	}
	return false
}

// checkDriven asks a client that makes no single claims: nil from Drive claims
// that all was done.
func (j *judging) checkDriven(r Rule, s *Session) {
	d := j.rec.Driven
	if d != nil && d.Returned {
		j.reach(r)
	}
	if d == nil || !d.Returned || d.Err != nil || d.Panic != nil || hasCalls(j.rec) {
		return
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		if c.Answer < 0 && c.Name != "LOGOUT" && c.Name != "IDLE" && s.Broken < 0 {
			j.report(r, Finding{Conn: 1, event: c.Begun, Where: "claimed " + c.Name,
				Summary: "Drive returned no error, and " + quoteUnit(c.Raw) + " was never completed"})
			return
		}
	}
}

func hasCalls(rec *Record) bool {
	for i := range rec.Events {
		if rec.Events[i].Kind == Called {
			return true
		}
	}
	return false
}
