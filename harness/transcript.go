package harness

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// A Transcript is what really happened in a run, on both sides of the wire.
// Printed, it is a case that replays what it shows.
type Transcript struct {
	rec *Record
}

// Transcript returns the transcript of rec.
func (rec *Record) Transcript() *Transcript { return &Transcript{rec} }

// String prints t: the case with the replies that really came, and where the
// two sides saw something else, comments that say so.
func (t *Transcript) String() string { return string(corpus.Format(t.Case())) }

// Case returns t as a case: the steps of the case that was run, and as
// expectations what the target answered.
func (t *Transcript) Case() *corpus.Case {
	b := &transcriber{rec: t.rec, out: &corpus.Case{
		Note: t.rec.Case.Note, Target: t.rec.Case.Target, Honest: t.rec.Case.Honest,
		Rules: t.rec.Case.Rules, Plan: t.rec.Case.Plan,
	}, pending: make(map[stream][]byte)}
	for _, e := range inOrder(t.rec.Events) {
		b.event(e)
	}
	b.stepsUpTo(len(t.rec.Case.Steps))
	for _, k := range b.order {
		b.flush(k, true)
	}
	if len(b.out.Steps) > 0 {
		b.out.End = b.notes
	}
	return b.out
}

// transcriber builds a case from events.
type transcriber struct {
	rec     *Record
	out     *corpus.Case
	step    int               // next step of the original case
	pending map[stream][]byte // what was sent and is not yet written
	order   []stream
	notes   []string
	now     time.Duration
	said    time.Duration
}

// A stream is one direction of one connection.
type stream struct {
	conn int
	side faultnet.Side
}

// shown reports whether e is bytes that the transcript shows, and who sent them:
// what the target sent, as it reached the harness; and with an honest server
// both sides, as they were sent, since the harness scripted neither.
func (b *transcriber) shown(e *Event) (faultnet.Side, bool) {
	switch {
	case b.rec.Case.Honest:
		return map[EventKind]faultnet.Side{ServerSent: faultnet.Server, ClientSent: faultnet.Client}[e.Kind], e.Kind == ServerSent || e.Kind == ClientSent
	case b.rec.Tests == corpus.Client:
		return faultnet.Client, e.Kind == ServerGot
	}
	return faultnet.Server, e.Kind == ClientGot
}

// event takes one event.
func (b *transcriber) event(e *Event) {
	b.stepsUpTo(e.Step + 1)
	b.now = e.At
	side, shown := b.shown(e)
	switch {
	case shown && e.Conn > 0:
		k := stream{e.Conn, side}
		if _, ok := b.pending[k]; !ok {
			b.order = append(b.order, k)
		}
		b.pending[k] = append(b.pending[k], e.Data...)
		b.flush(k, false)
	case e.Kind == Struck && e.Strike != nil:
		b.note("struck at byte %d of the %s's stream: %s", e.Strike.At, e.Strike.Side, e.Strike.Fault)
	case e.Kind == ServerClosed || e.Kind == ServerEOF || e.Kind == ServerReset || e.Kind == ClientEOF || e.Kind == ClientReset || e.Kind == ClientClosed:
		if e.Conn > 0 {
			b.note("connection %d: %s", e.Conn, eventWords(e.Kind))
		}
	case e.Kind == Restarted && e.Conn > 0:
		b.note("connection %d: the restart ends it", e.Conn)
	case e.Kind == HungUp:
		b.note("connection %d: the harness hangs up", e.Conn)
	case e.Kind == Settled:
		b.note("all steps are done")
	case e.Kind == Claimed:
		b.note("the client claims %q: %s", e.Claim.Call, claimWords(e.Claim))
	}
}

func eventWords(k EventKind) string {
	switch k {
	case ServerClosed:
		return "the server closed it"
	case ServerEOF:
		return "the server read the end"
	case ServerReset:
		return "the server was told of a reset"
	case ClientEOF:
		return "the client read the end"
	case ClientReset:
		return "the client was told of a reset"
	}
	return "the client closed it"
}

func claimWords(c *Claim) string {
	w := "done"
	if c.Err != nil {
		w = "error: " + oneLine(c.Err.Error())
	}
	for _, body := range c.Bodies {
		w += fmt.Sprintf("; %d of %d octets", body.Got, body.Announced)
	}
	if len(c.Caps) > 0 {
		w += "; capabilities " + strings.Join(c.Caps, " ")
	}
	if c.Text != "" {
		w += "; " + oneLine(c.Text)
	}
	return w
}

// note remembers a line for the next step, with the time if it has moved.
func (b *transcriber) note(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if b.now != b.said {
		line = fmt.Sprintf("%v: %s", b.now, line)
		b.said = b.now
	}
	b.notes = append(b.notes, line)
}

// stepsUpTo copies the steps of the original case that come before n: those of
// the harness; expectations are replaced by what really came.
func (b *transcriber) stepsUpTo(n int) {
	for ; b.step < min(n, b.rec.Steps, len(b.rec.Case.Steps)); b.step++ {
		s := b.rec.Case.Steps[b.step]
		if s.Expects(b.rec.Case.Target) && len(s.Faults) == 0 {
			continue
		}
		for _, k := range b.order {
			b.flush(k, true)
		}
		b.add(s)
	}
}

func (b *transcriber) add(s corpus.Step) {
	s.Note = append(b.notes[:len(b.notes):len(b.notes)], s.Note...)
	b.notes = nil
	b.out.Steps = append(b.out.Steps, s)
}

// inOrder returns events with those that happen at the same instant, in the same
// step, on several connections sorted by connection: which goroutine of the
// target came first is chance.
func inOrder(events []Event) []*Event {
	out := make([]*Event, len(events))
	for i := range events {
		out[i] = &events[i]
	}
	for from := 0; from < len(out); {
		to := from + 1
		for first := out[from]; to < len(out) && first.Conn > 0 && out[to].Conn > 0 && out[to].At == first.At && out[to].Step == first.Step; {
			to++
		}
		slices.SortStableFunc(out[from:to], func(a, b *Event) int { return a.Conn - b.Conn })
		from = to
	}
	return out
}

// unit returns the length of what b begins with and what is expected in one
// piece: of a server's stream a response with its literals, else a line. It is
// all of b if there is no whole one.
func unit(b []byte, side faultnet.Side) (n int, whole bool) {
	if side == faultnet.Server {
		n, whole = imapwire.ResponseUnit(b)
	} else if n = bytes.IndexByte(b, '\n') + 1; n > 0 {
		whole = true
	}
	if !whole {
		n = len(b)
	}
	return n, whole
}

// flush writes the whole units of a stream, and at the end the rest too.
func (b *transcriber) flush(k stream, all bool) {
	data := b.pending[k]
	for len(data) > 0 {
		n, whole := unit(data, k.side)
		if !whole && !all {
			break
		}
		line := data[:n]
		data = data[len(line):]
		b.add(corpus.Step{Op: corpus.Bytes, Conn: k.conn, Side: k.side, Data: bytes.Clone(line)})
	}
	b.pending[k] = data
}

// Difference is a line in which two transcripts of the same case differ.
type Difference struct {
	Line      int // 1-based
	A, B      string
	Unordered bool // only the order of a list without order differs: the target draws lots
}

// Diff compares two printed transcripts line by line.
func Diff(a, b string) []Difference {
	var out []Difference
	la, lb := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range max(len(la), len(lb)) {
		var x, y string
		if i < len(la) {
			x = la[i]
		}
		if i < len(lb) {
			y = lb[i]
		}
		if x != y {
			out = append(out, Difference{Line: i + 1, A: x, B: y, Unordered: sameLine([]byte(x), []byte(y))})
		}
	}
	return out
}
