package harness

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// traceFraming gives findings their cause: once the octets of a refused literal
// have been left in the stream, or a line was cut in the wrong place, unknown
// tags, closed connections, silence, and data that nobody asked for are only how
// it shows.
func (j *judging) traceFraming() {
	j.found = slices.DeleteFunc(j.found, func(f Finding) bool { return j.lineOpen(&f) })
	for i := range j.found {
		f := &j.found[i]
		if f.Rule == "R-END-3" && f.Where == restPlace {
			f.Rule, f.Kind, f.Severity = ruleCanary, Injection, Error
			f.Summary = "the rest of a line that was refused in its middle was taken for commands: " + f.Summary
		}
		if f.Conn == 0 || f.Conn > len(j.rec.Conns) || !traceable(f) {
			continue
		}
		s := j.rec.Conns[f.Conn-1]
		for k := range s.Commands {
			if c := &s.Commands[k]; c.Begun <= f.event && j.blame(f, s, k) {
				break
			}
		}
	}
}

// traceable reports whether f may be the consequence of a frame that was lost.
func traceable(f *Finding) bool {
	switch f.Rule {
	case "R-FR-3", "R-FR-7", ruleNeedlessGo, "R-END-3", "R-LIT-5", "R-ST-1", "R-CAP-5", "R-MA-7", ruleCanary, ruleLiteralData:
		return true
	case "R-FR-1":
		return f.Where == "continuation"
	case "R-SEQ-1":
		return f.Where == "no command"
	}
	return false
}

// blame turns f into the finding that command k of s is the cause of, if it is.
func (j *judging) blame(f *Finding, s *Session, k int) bool {
	c := &s.Commands[k]
	turn := func(id string, kind Kind, where, format string, args ...any) bool {
		if f.Rule == id && f.Where == where {
			return true
		}
		f.Rule, f.Kind, f.Severity, f.Where, f.local = id, kind, Error, where, false
		f.Summary = fmt.Sprintf(format, args...) + ": " + f.Summary
		return true
	}
	// That a server hangs up on a client that is silent shows nothing of what it took for commands.
	silent := f.Rule == "R-END-3" && f.Where == "timer"
	answered := c.Answer >= 0 && s.Responses[c.Answer].Event <= f.event
	until := s.until(f)
	if f.Rule == ruleNeedlessGo { // it is what it says, but where what asks was never a command
		switch {
		case c.blankedLiteral():
			return turn("R-FR-1", Protocol, blankPlace, "the size of a literal in %s is none, since a blank stands behind it, and was taken for one", quoteUnit(c.Raw))
		case answered && bareCR(c.Raw):
			return turn(ruleCanary, Injection, bareCRPlace, "the CR without LF in %s was taken for the end of a line", quoteUnit(c.Raw))
		case !answered && c.refusable() && c.hidesQuestion():
			return turn("R-FR-7", Hang, c.unanswered(), "%s got no answer, and its literal was taken for commands", quoteUnit(c.Raw))
		case answered && c.hidesQuestion():
			return turn(refusedLiteral(c), Injection, "", "after %s was refused, its literal was taken for commands", quoteUnit(c.Raw))
		}
		return false
	}
	if f.Rule == "R-SEQ-1" { // the SELECT stands where c should have gone on
		return !answered && c.refusable() && turn("R-FR-7", Hang, c.unanswered(), "%s got no answer, and the server went on", quoteUnit(c.Raw))
	}
	if j.side == faultnet.Server && c.loneLF() && f.event >= s.lineTaken(j.rec, k) {
		turn("R-FR-7", Protocol, loneLFPlace, "the LF without CR in %s was taken for the end of a line", quoteUnit(c.Raw))
		f.Severity = j.rule("R-FR-7").SeverityIn(j.profile)
		return true
	}
	if c.blankedLiteral() && (f.Where == "continuation" || j.lateAnswer(s, k)) {
		return turn("R-FR-1", Protocol, blankPlace, "the size of a literal in %s is none, since a blank stands behind it, and was taken for one", quoteUnit(c.Raw))
	}
	if (c.lateRefusal() || j.refusedByTimer(s, c)) && c.quoteBeforeLiteral() {
		return turn("R-FR-7", Hang, imapwire.ProdQuoted, "the quoted string in %s has no end on its line, and what followed was taken for more of it", quoteUnit(c.Raw))
	}
	if c.lateRefusal() && c.refusable() && (c.manyMessages() || c.Literals[len(c.Literals)-1].Size <= maxNonSync) { // more is too much, whatever stands before it
		return turn("R-FR-7", Hang, c.unanswered(), "%s got no answer until more came", quoteUnit(c.Raw))
	}
	if f.Rule == "R-MA-7" && !(answered && s.Responses[c.Answer].Event == f.event && (j.ranOut(s, k) || j.refusedByTimer(s, c))) {
		return false // it is what it says: an answer
	}
	if c.lateRefusal() {
		return turn("R-LIT-5", Hang, "", "the literal of %s was neither asked for nor refused until more came, which was taken for part of it", quoteUnit(c.Raw))
	}
	if answered && (j.swallowed(s, k) || j.refusedByTimer(s, c)) {
		return turn("R-LIT-5", Hang, "", "the literal of %s was neither asked for nor refused until more came, which was taken for part of it", quoteUnit(c.Raw))
	}
	if answered && c.literalAfter(s.Responses[c.Answer].Event) {
		return turn(refusedLiteral(c), Injection, "", "%s was answered before its literal had come, which was taken for commands", quoteUnit(c.Raw))
	}
	if answered && !j.openQuote(s, k) && okStatus(&s.Responses[c.Answer]) {
		return false
	}
	if j.openQuote(s, k) {
		return turn("R-FR-7", Hang, imapwire.ProdQuoted, "the quoted string in %s has no end on its line, and what followed was taken for more of it", quoteUnit(c.Raw))
	}
	if answered && f.Rule == "R-FR-3" && f.Kind == Hang && c.refusable() && s.answersLater(c) {
		return turn("R-FR-7", Hang, c.unanswered(), "%s got no answer, but a later command of its tag did", quoteUnit(c.Raw))
	}
	if !answered && bareCR(c.Raw) && !silent && !c.headEndsInCR() {
		return turn(ruleCanary, Injection, bareCRPlace, "the CR without LF in %s was taken for the end of a line", quoteUnit(c.Raw))
	}
	if answered && j.answeredByTimer(s, c) {
		return turn(ruleCanary, Injection, "timer", "%s was answered by a timer before it had come whole, and the rest was taken for commands", quoteUnit(c.Raw))
	}
	if !answered && j.slow(s, c) && (s.wentOn(c, until) || s.closedAlone() && j.rec.Events[s.SelfGone].At-j.rec.Events[c.Begun].At >= time.Second) {
		return turn(ruleCanary, Injection, "timer", "a timer ended %s before it had come whole, and the rest was taken for commands", quoteUnit(c.Raw))
	}
	if !answered && c.refusable() && (s.wentOn(c, until) || f.Rule == "R-END-3" && f.Where != "timer" && s.oldestOpen(k)) {
		return turn("R-FR-7", Hang, c.unanswered(), "%s got no answer, and the server went on", quoteUnit(c.Raw))
	}
	if answered && c.nonSync() && !silent {
		return turn(refusedLiteral(c), Injection, "", "after %s was refused, its literal was taken for commands", quoteUnit(c.Raw))
	}
	if answered && longLine(c.Raw) && f.Rule != ruleCanary {
		return turn(ruleCanary, Injection, "long line", "the rest of the long line %s was taken for commands", quoteUnit(c.Raw))
	}
	if bareCR(c.Raw) && !silent && (answered || !c.headEndsInCR()) {
		return turn(ruleCanary, Injection, bareCRPlace, "the CR without LF in %s was taken for the end of a line", quoteUnit(c.Raw))
	}
	return false
}

// answeredByTimer reports whether c was completed before it had come whole, some
// time after its last byte.
func (j *judging) answeredByTimer(s *Session, c *Command) bool {
	r := &s.Responses[c.Answer]
	return (c.Received < 0 || c.Received > r.Event) && j.rec.Events[r.Event].At-j.rec.Events[c.Begun].At >= time.Second
}

// malformed reports whether the grammar refuses what came of c, not only that
// more should have come.
func (c *Command) malformed() bool {
	if c.Err == nil || c.Err.Pos >= len(c.Raw) {
		return false
	}
	// The last word of what has not come whole may still become right.
	return c.Received >= 0 || bytes.IndexByte(c.Raw[c.Err.Pos:], ' ') >= 0
}

// refusable reports whether a server may refuse c for its syntax: it is
// malformed, or an APPEND of several messages, which only MULTIAPPEND knows (RFC
// 3502).
func (c *Command) refusable() bool {
	return c.malformed() || c.manyMessages()
}

func (c *Command) manyMessages() bool { return c.Name == "APPEND" && len(c.Literals) > 1 }

func (c *Command) nonSync() bool {
	for _, l := range c.Literals {
		if l.NonSync {
			return true
		}
	}
	return false
}

// hidesQuestion reports whether there is a command in a literal of c that a server
// answers with a continuation request.
func (c *Command) hidesQuestion() bool {
	return slices.ContainsFunc(c.Literals, func(l CommandLiteral) bool {
		data := bytes.ToUpper(l.Data)
		return bytes.Contains(data, []byte(" IDLE")) || bytes.Contains(data, []byte(" AUTHENTICATE ")) || bytes.Contains(data, []byte("}\r\n")) || bytes.Contains(data, []byte("}\n"))
	})
}

// literalAfter reports whether a non-synchronizing literal of c came, or should have,
// after event.
func (c *Command) literalAfter(event int) bool {
	return slices.ContainsFunc(c.Literals, func(l CommandLiteral) bool {
		return l.NonSync && (l.Whole < 0 || l.Whole > event)
	})
}

// wentOn reports whether the server completed something that came after c, or
// inside it, up to that event: it is not still waiting for the rest of c.
func (s *Session) wentOn(c *Command, event int) bool {
	if c.Err != nil && c.Err.Production == imapwire.ProdQuoted && bytes.Count(c.Raw, []byte{'"'})%2 != 0 {
		return false // that is no literal's fault
	}
	for i := range s.Responses {
		r := &s.Responses[i]
		if r.Type == imapwire.Tagged && r.Event > c.Begun && r.Event <= event && !bytes.Equal(r.Tag, c.Tag) && (r.Command < 0 || s.Commands[r.Command].Begun > c.Begun) {
			return true
		}
	}
	return false
}

// answersLater reports whether the answer to c may be that to a later command with
// the same tag, which has none.
func (s *Session) answersLater(c *Command) bool {
	return slices.ContainsFunc(s.Commands, func(d Command) bool {
		return d.Begun > c.Begun && d.Answer < 0 && bytes.Equal(d.Tag, c.Tag) && d.Begun < s.Responses[c.Answer].Event
	})
}

// lateRefusal reports whether the server answered an announced literal only when
// more came.
func (c *Command) lateRefusal() bool {
	n := len(c.Literals) - 1
	return n >= 0 && c.Literals[n].Late
}
