package harness

import (
	"fmt"
	"strings"
)

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
		case !ok && (without == nil || cmd.Name == without.Name && s.begunOK(cmd) && !s.begunOK(without)):
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
