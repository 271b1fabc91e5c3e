package harness

import (
	"bytes"
	"math"
	"regexp"
	"slices"
	"time"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// loneLFPlace is where findings are that come of an LF without CR.
const loneLFPlace = "bare LF"

// blankPlace is where findings are that come of a literal's size that is none.
const blankPlace = "blank behind a literal's size"

// loneLF reports whether the line that c ends with ends in an LF without CR. What
// comes behind it is more of the same line (RFC 9051, section 2.2).
func (c *Command) loneLF() bool {
	return bytes.HasSuffix(c.Raw, []byte("\n")) && !bytes.HasSuffix(c.Raw, []byte("\r\n"))
}

// lineTaken returns the event by which the server had shown that it took the LF
// without CR behind command k for the end of a line: it did what c says, answered
// what stands behind it, or closed the connection.
func (s *Session) lineTaken(rec *Record, k int) int {
	at := math.MaxInt
	if c := &s.Commands[k]; c.Answer >= 0 && c.takenFor(&s.Responses[c.Answer]) {
		at = s.Responses[c.Answer].Event
	}
	for k++; k < len(s.Commands); k++ {
		c := &s.Commands[k]
		if c.Answer >= 0 {
			at = min(at, s.Responses[c.Answer].Event)
		}
		if !c.loneLF() {
			break // the line ends here
		}
	}
	if s.closedAlone() && !s.writesHeld(rec) {
		at = min(at, s.SelfGone)
	}
	return at
}

// takenFor reports whether r shows that c was taken for a whole line. That a literal is
// too big, its header alone shows.
func (c *Command) takenFor(r *Response) bool {
	if c.Err == nil || c.Err.Pos < len(c.Raw)-1 {
		return false
	}
	return r.Status == imapwire.OK || r.Status == imapwire.NO && r.Code != "SERVERBUG" && (r.Code != "TOOBIG" || len(c.Literals) == 0)
}

// lineOpen reports whether f is that there was no answer to what stands on a line
// that has not ended: its LF had no CR.
func (j *judging) lineOpen(f *Finding) bool {
	if f.Conn == 0 || f.Conn > len(j.rec.Conns) || f.Kind != Hang || f.Rule != "R-FR-3" && f.Rule != "R-FR-7" && f.Rule != "R-LIT-5" {
		return false
	}
	s := j.rec.Conns[f.Conn-1]
	for k := range s.Commands {
		if c := &s.Commands[k]; c.loneLF() && c.Begun <= f.event && s.lineTaken(j.rec, k) == math.MaxInt {
			return true
		}
	}
	return false
}

// literalBlank is the size of a literal with blanks behind it, at the end of a
// line: no literal.
var literalBlank = regexp.MustCompile(`\{[0-9]+[+-]?\} +\r?\n$`)

// blankedLiteral reports whether c ends in what would be the header of a literal,
// but for a blank behind it.
func (c *Command) blankedLiteral() bool { return c.Err != nil && literalBlank.Match(c.Raw) }

// headEndsInCR reports whether c goes wrong in its head, and by a CR there: that
// it is refused shows nothing of what ends lines.
func (c *Command) headEndsInCR() bool {
	return c.Err != nil && c.Err.Pos < len(c.Raw) && c.Raw[c.Err.Pos] == '\r' && c.place() == "head"
}

// until returns the event up to which f goes on: data end with the completion that
// comes behind them.
func (s *Session) until(f *Finding) int {
	for i := range s.Responses {
		if r := &s.Responses[i]; r.Event >= f.event && r.Type == imapwire.Tagged {
			return r.Event
		}
	}
	return f.event
}

// openQuote reports whether command k has a quoted string that does not end on
// its line, or nearly one, and was not answered before more came, which then got
// no answer of its own, or before a timer fired.
func (j *judging) openQuote(s *Session, k int) bool {
	c := &s.Commands[k]
	if c.Err == nil || bareCR(c.Raw) || bytes.Count(c.Raw, []byte{'"'})%2 == 0 {
		return false
	}
	if k+1 >= len(s.Commands) {
		return j.lateAnswer(s, k)
	}
	late := c.Answer < 0 || s.Responses[c.Answer].Event > s.Commands[k+1].Begun
	return late && (c.Err.Production == imapwire.ProdQuoted || s.Commands[k+1].Answer < 0)
}

// lateAnswer reports whether command k, which came whole, was not answered before
// more came or a timer fired.
func (j *judging) lateAnswer(s *Session, k int) bool {
	c := &s.Commands[k]
	if c.Received < 0 {
		return false
	}
	if c.Answer < 0 {
		return k+1 < len(s.Commands) || s.closedAlone() && j.rec.Events[s.SelfGone].At-j.rec.Events[c.Received].At >= time.Second
	}
	r := &s.Responses[c.Answer]
	return k+1 < len(s.Commands) && s.Commands[k+1].Begun < r.Event || j.rec.Events[r.Event].At-j.rec.Events[c.Received].At >= time.Second
}

// ranOut reports whether command k was completed by a timer while the server
// waited for more of it, or thought so, and the connection stayed open.
func (j *judging) ranOut(s *Session, k int) bool {
	c := &s.Commands[k]
	at := j.rec.Events[s.Responses[c.Answer].Event].At
	if s.closedAlone() && j.rec.Events[s.SelfGone].At-at < time.Second {
		return false
	}
	return j.openQuote(s, k) || j.answeredByTimer(s, c)
}

// pause returns where in c, in octets, a second or more went by before more came;
// -1: nowhere.
func (j *judging) pause(s *Session, c *Command) int {
	got, last := 0, c.Begun
	for i := range j.rec.Events {
		e := &j.rec.Events[i]
		if e.Kind != ServerGot || e.Conn != s.Conn {
			continue
		}
		if got > c.Pos && got < c.Pos+len(c.Raw) && e.At-j.rec.Events[last].At >= time.Second {
			return got - c.Pos
		}
		got, last = got+len(e.Data), i
	}
	return -1
}

// slow reports whether c took its time to come, or never came whole, and was right
// as far as it had come until then.
func (j *judging) slow(s *Session, c *Command) bool {
	if len(c.Literals) == 0 || c.Received >= 0 && j.rec.Events[c.Received].At-j.rec.Events[c.Begun].At < time.Second {
		return false
	}
	if !c.malformed() {
		return true
	}
	at := j.pause(s, c)
	return at > 0 && c.Err.Pos >= at
}

// restPlace is where findings are that come of the rest of a line that ended IDLE
// or AUTHENTICATE in its middle.
const restPlace = "rest of a line"

// quoteBeforeLiteral reports whether the last line of c announces a literal
// inside a quoted string that has no end.
func (c *Command) quoteBeforeLiteral() bool {
	at := len(bytes.TrimRight(c.Raw, "\r\n"))
	return !bareCR(c.Raw) && bytes.Count(c.Raw[bytes.LastIndexByte(c.Raw[:at], '\n')+1:], []byte{'"'})%2 != 0
}

// swallowed reports whether the literal that command k ends with was refused, and
// the command behind it, which the client had sent without waiting for that,
// never answered, on a connection that stayed open: the server had taken it for
// more of k.
func (j *judging) swallowed(s *Session, k int) bool {
	c := &s.Commands[k]
	if !c.refusedSync() || k+1 >= len(s.Commands) || s.Hasty < 0 || s.hasteIn != modeAwait {
		return false
	}
	next := &s.Commands[k+1]
	if s.closedAlone() && j.rec.Events[s.SelfGone].At-j.rec.Events[next.Begun].At < time.Second {
		return false
	}
	return s.hastyAt == next.Pos && next.Answer < 0 && next.Begun <= s.Responses[c.Answer].Event
}

// refusedByTimer reports whether the server refused the last literal of c only some
// time after it had been announced.
func (j *judging) refusedByTimer(s *Session, c *Command) bool {
	if !c.refusedSync() || c.Answer < 0 {
		return false
	}
	asked := c.Literals[len(c.Literals)-1].Event
	return j.rec.Events[s.Responses[c.Answer].Event].At-j.rec.Events[asked].At >= time.Second
}

// oldestOpen reports whether no command before k waits for its completion.
func (s *Session) oldestOpen(k int) bool {
	return !slices.ContainsFunc(s.Commands[:k], func(c Command) bool { return c.Received >= 0 && c.Answer < 0 })
}
