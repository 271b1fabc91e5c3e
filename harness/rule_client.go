package harness

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
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
	if len(j.rec.Conns) > 0 && j.rec.Conns[0].closedAlone() {
		r = j.rule("2683-3.1.2-a") // it has closed, and the end of the connection is not noticed
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

// checkPrefix holds what the client claims against what had reached it.
func checkPrefix(j *judging, r Rule) {
	if len(j.rec.Conns) == 0 {
		return
	}
	s := j.rec.Conns[0]
	got := 0  // bytes of the server that had reached the client
	from := 0 // calls are made one after the other: what was sent since the last claim is this call's
	for i := range j.rec.Events {
		e := &j.rec.Events[i]
		switch {
		case e.Kind == ClientGot && e.Conn == s.Conn:
			got += len(e.Data)
		case e.Kind == Called && s.TLS:
			from = i
		case e.Kind == Claimed:
			j.reach(r)
			for _, b := range e.Claim.Bodies {
				if b.Err == nil && b.Got < b.Announced {
					j.report(r, Finding{Conn: 1, event: i, Where: "short literal",
						Summary: fmt.Sprintf("%s handed over %d of %d octets as a whole literal", e.Claim.Call, b.Got, b.Announced)})
					return
				}
			}
			if s.TLS && j.pendingCalls(e.Claim.Call, i) > 1 {
				continue // which of them it is about nobody can say
			}
			if c := j.unfounded(s, e.Claim, from, j.sentBy(s, i), got); c != nil {
				rule := r
				if s.TLS && !s.begunOK(c) {
					rule = j.rule("R-TLS-5")
				}
				where := "claimed " + c.Name
				if s.begunOK(c) {
					where = "unfinished completion"
				}
				j.report(rule, Finding{Conn: 1, event: i, Where: where,
					Summary: fmt.Sprintf("%q claims success, and %s had no tagged OK", e.Claim.Call, quoteUnit(c.Raw))})
				return
			}
			if inTurn(e.Claim.Call) {
				from = i
			}
		}
	}
	j.checkDriven(r, s)
}

// sentBy returns the event by which what s had sent before event i was recorded.
// Inside TLS that is when the harness reads it, which can be after the claim.
func (j *judging) sentBy(s *Session, i int) int {
	if !s.TLS {
		return i
	}
	for k := i; k < len(j.rec.Events); k++ {
		if e := &j.rec.Events[k]; e.Kind == Called || e.Kind == Settled {
			return k
		}
	}
	return len(j.rec.Events)
}

// unfounded returns a command that the call had sent between the events from
// and sent, and that was not completed with OK in the first got bytes of what the
// server sent, if the claim is one of success.
func (j *judging) unfounded(s *Session, c *Claim, from, sent, got int) *Command {
	word, _, _ := strings.Cut(c.Call, " ")
	if c.Err != nil || !claimsCompletion(word) {
		return nil
	}
	var without *Command
	for i := range s.Commands {
		cmd := &s.Commands[i]
		if s.TLS && cmd.Name != strings.ToUpper(strings.ReplaceAll(word, "-", " ")) {
			continue // what was sent inside TLS is recorded late: it may be the next call's
		}
		if cmd.Name == "" {
			continue // a line that the server did not wait for, as behind an AUTHENTICATE that was completed meanwhile
		}
		if string(cmd.Tag) == "DONE" || cmd.Begun < from || cmd.Begun > sent || cmd.Name == "CAPABILITY" && word != "capability" || cmd.Name == "IDLE" && word != "done" {
			continue
		}
		ok := s.toldOK(cmd, got) || s.mayHaveReadOK(cmd, j.gotBy(s, cmd.Begun), got)
		switch {
		case ok && word == "capability":
			return nil // the client may have asked on its own account as well
		case !ok && without == nil:
			without = cmd
		case ok && without != nil && cmd.Name == without.Name && cmd.Received >= 0:
			without = nil // it was done again, after what stood in its way had been cleared
		}
	}
	return without
}

// pendingCalls returns how many calls of that text had been made by an event and not
// been claimed.
func (j *judging) pendingCalls(text string, by int) (n int) {
	for i := range by {
		switch e := &j.rec.Events[i]; {
		case e.Kind == Called && e.Text == text:
			n++
		case e.Kind == Claimed && e.Claim.Call == text:
			n--
		}
	}
	return n
}

// inTurn reports whether a call waits for those before it: others are made at
// once.
func inTurn(call string) bool {
	word, _, _ := strings.Cut(call, " ")
	switch word {
	case "close", "mailbox", "state", "unilateral", "caps":
		return false
	}
	return true
}

// claimsCompletion reports whether a nil error of that call means that its
// commands were completed.
func claimsCompletion(word string) bool {
	switch word {
	case "connect", "greeting", "caps", "mailbox", "state", "close", "idle", "starttls", "unilateral":
		return false
	}
	return true
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

// checkAnyResponse looks for a client that gave up the connection although
// everything that it had got was legal.
func checkAnyResponse(j *judging, r Rule) {
	if len(j.rec.Conns) == 0 {
		return
	}
	s := j.rec.Conns[0]
	if len(s.Responses) > 1 {
		j.reach(r)
	}
	end := s.settled(j.rec)
	if s.SelfGone < 0 || end >= 0 && s.SelfGone > end || s.PeerGone >= 0 && s.PeerGone < s.SelfGone || s.Faulted >= 0 || len(s.Responses) == 0 || s.TLS || len(s.Residue) > 0 {
		return
	}
	for i := range j.rec.Events[:s.SelfGone] {
		e := &j.rec.Events[i]
		if e.Kind == Called && (strings.HasPrefix(e.Text, "close") || strings.HasPrefix(e.Text, "logout") && !s.leaving() || strings.HasPrefix(e.Text, "quit") || strings.HasPrefix(e.Text, "starttls") || strings.HasPrefix(e.Text, "secure")) {
			return
		}
	}
	var m numbering
	for i := range s.Responses {
		resp := &s.Responses[i]
		if !s.legal(resp, i) {
			return
		}
		if rule, _ := m.step(resp, s.inProgress(resp)); rule != "" {
			return
		}
	}
	last := &s.Responses[len(s.Responses)-1]
	where := orDefault(strings.ToLower(strings.TrimSpace(last.Name+" "+last.Code)), "continuation")
	if n := len(s.Responses); n > 1 && s.Responses[n-2].Event == last.Event {
		return // several came at once: nobody can say which it was
	}
	if last.Type == imapwire.Tagged && s.Commands[last.Command].refusedSync() {
		where = "refused literal"
	} else if last.Type == imapwire.Tagged {
		where = strings.ToLower(last.Name + " to " + s.Commands[last.Command].Name)
	}
	if otherNIL(last.Raw) {
		where = "nil"
	}
	if j.lateGo(s) {
		where = "late continuation"
	}
	if j.rec.Events[s.SelfGone].At-j.rec.Events[last.Event].At > time.Second {
		return // it gave up waiting: that is another matter
	}
	j.report(r, Finding{Conn: 1, event: s.SelfGone, Where: where,
		Summary: "the client gave up the connection on " + quoteUnit(last.Raw)})
}

// leaving reports whether a LOGOUT was sent, and an answer to it has begun to come:
// until its completion the client has to read on.
func (s *Session) leaving() bool {
	last := &s.Responses[len(s.Responses)-1]
	for i := range s.Commands {
		if c := &s.Commands[i]; c.Name == "LOGOUT" && c.Received >= 0 {
			return c.Answer < 0 && c.Received < last.Event
		}
	}
	return false
}

// latePatience is how long a server may take to ask for a literal, or for SASL's
// answer: more than this is what tells a timer of the client from other causes.
const latePatience = 10 * time.Second

// lateGo reports whether the last thing that came, or the one before it, was a
// continuation request that the client had long waited for.
func (j *judging) lateGo(s *Session) bool {
	for i := max(0, len(s.Responses)-2); i < len(s.Responses); i++ {
		r := &s.Responses[i]
		if r.Type != imapwire.Continuation {
			continue
		}
		sent := time.Duration(-1)
		for k := range j.rec.Events[:r.Event] {
			if e := &j.rec.Events[k]; e.Kind == ClientSent && e.Conn == s.Conn {
				sent = e.At
			}
		}
		if sent >= 0 && j.rec.Events[r.Event].At-sent >= latePatience {
			return true
		}
	}
	return false
}

// base reports whether a response is one of IMAP4rev1 or IMAP4rev2, without
// extensions that a client would first have to ask for.
func base(resp *Response) bool {
	switch resp.Name {
	case "SORT", "THREAD", "QUOTA", "QUOTAROOT", "ACL", "LISTRIGHTS", "MYRIGHTS", "METADATA", "VANISHED", "LANGUAGE", "COMPARATOR", "XLIST", "URLFETCH", "GENURLAUTH":
		return false
	case "FETCH":
		known := true
		imapwire.EachFetchItem(resp.Response, func(name string, _ []byte, _ int64, _ []byte) {
			switch name {
			case "MODSEQ", "EMAILID", "THREADID", "SAVEDATE", "PREVIEW":
				known = false
			}
		})
		if !known {
			return false
		}
	}
	switch resp.Code {
	case "APPENDUID", "COPYUID", "MODIFIED", "HIGHESTMODSEQ", "NOMODSEQ", "MAILBOXID", "METADATA":
		return false
	}
	_, err := imapwire.ParseResponse(resp.Raw, imapwire.Rev1)
	if err == nil || err.Production == imapwire.ProdUTF7 {
		return err == nil
	}
	_, err = imapwire.ParseResponse(resp.Raw, imapwire.Rev2)
	return err == nil
}

// legal reports whether a server may send resp there.
func (s *Session) legal(resp *Response, i int) bool {
	switch {
	case resp.Err != nil, resp.Command == noReason, resp.Status == imapwire.BYE, !base(resp):
		return false
	case resp.Type == imapwire.Tagged:
		return resp.Command >= 0 && (resp.Status != imapwire.OK || s.Commands[resp.Command].Received >= 0 && !s.Commands[resp.Command].refusedSync())
	case i == 0:
		return resp.Status == imapwire.OK || resp.Status == imapwire.PREAUTH
	}
	return resp.Status != imapwire.PREAUTH && !bytes.Contains(resp.Raw, []byte{0})
}
