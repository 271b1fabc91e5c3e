package harness

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

const (
	maxRung   = 400 // bytes of a line that a ladder shows
	maxRungs  = 160 // rungs of a ladder that is shown whole
	nearRungs = 40  // of a longer one: this many at its ends and around what is marked
)

// A Rung is one line of a ladder: what one side said, or what happened to it.
type Rung struct {
	Who  string        `json:"who"` // "client", "server", "network", "harness", "target"
	Conn int           `json:"conn,omitempty"`
	At   time.Duration `json:"at,omitempty"`   // fake time since the run began
	Text string        `json:"text"`           // printable; of bytes the line without its CRLF
	Open bool          `json:"open,omitempty"` // bytes: the line had no CRLF, or what is shown is only its begin
}

// ladder returns what happened in a run as the target saw it, and beside found
// the rungs that show each finding, none if it is shown by the end alone.
func ladder(rec *Record, found []Finding) (rungs []Rung, marks [][]int) {
	b := &ladderer{rec: rec, pending: make(map[stream]*pendingRung), of: make(map[int][]int)}
	for i := range rec.Events {
		b.event(i, &rec.Events[i])
	}
	b.flushAll(0)
	marks = make([][]int, len(found))
	for i := range found {
		marks[i] = b.shows(&found[i])
	}
	return shorten(b.rungs, marks)
}

// ladderer builds a ladder from events.
type ladderer struct {
	rec     *Record
	rungs   []Rung
	of      map[int][]int // event -> the rungs that show it
	pending map[stream]*pendingRung
	order   []stream
}

// pendingRung is a line of which no end has come.
type pendingRung struct {
	data   []byte
	at     time.Duration
	events []int
}

// bytesOf returns whose bytes e brings, as the target sees them.
func (b *ladderer) bytesOf(e *Event) (faultnet.Side, bool) {
	in, out := ServerGot, ServerSent
	if b.rec.Tests == corpus.Client {
		in, out = ClientGot, ClientSent
	}
	if e.Kind != in && e.Kind != out {
		return 0, false
	}
	if e.Kind == ServerSent || e.Kind == ClientGot {
		return faultnet.Server, true
	}
	return faultnet.Client, true
}

func (b *ladderer) event(i int, e *Event) {
	if side, ok := b.bytesOf(e); ok {
		b.flushAll(e.Conn, stream{e.Conn, side})
		b.bytes(i, e, stream{e.Conn, side})
		return
	}
	who, text := b.words(e)
	if text == "" {
		return
	}
	b.flushAll(e.Conn)
	b.add(Rung{Who: who, Conn: e.Conn, At: e.At, Text: text}, i)
}

// words says what an event is that brings no bytes; "" leaves it out.
func (b *ladderer) words(e *Event) (who, text string) {
	who = b.rec.Tests.String()
	peer := "client"
	if who == "client" {
		peer = "server"
	}
	switch e.Kind {
	case Struck:
		if e.Strike != nil {
			return "network", fmt.Sprintf("%s, at byte %d of what the %s sends", e.Strike.Fault, e.Strike.At, e.Strike.Side)
		}
	case Passed:
		return "harness", fmt.Sprintf("%v pass", e.D)
	case Called:
		return "harness", "the client is asked to " + visible([]byte(e.Text))
	case Claimed:
		if e.Claim != nil {
			return "target", fmt.Sprintf("the client says of %s: %s", visible([]byte(e.Claim.Call)), visible([]byte(claimWords(e.Claim))))
		}
	case Logged:
		return "target", "log: " + visible([]byte(oneLine(e.Text)))
	case TLSUp:
		return "harness", "TLS is up"
	case Restarted:
		return "harness", "the restart of the server ends the connection"
	case HungUp:
		return "harness", "the harness hangs up"
	case ServerClosed, ClientClosed:
		if (e.Kind == ServerClosed) == (who == "server") {
			return "target", "the " + who + " closes the connection"
		}
	case ServerEOF, ClientEOF:
		if (e.Kind == ServerEOF) == (who == "server") {
			return "target", "the " + who + " reads the end of what the " + peer + " sends"
		}
	case ServerReset, ClientReset:
		if (e.Kind == ServerReset) == (who == "server") {
			return "target", "the " + who + " is told of a reset"
		}
	}
	return who, ""
}

// bytes takes bytes of a stream, and writes the lines that are whole.
func (b *ladderer) bytes(i int, e *Event, k stream) {
	for data := e.Data; len(data) > 0; {
		p := b.pending[k]
		if p == nil {
			p = &pendingRung{at: e.At}
			b.pending[k] = p
			b.order = append(b.order, k)
		}
		n := bytes.IndexByte(data, '\n') + 1
		whole := n > 0
		if !whole {
			n = len(data)
		}
		p.data, p.events = append(p.data, data[:n]...), append(p.events, i)
		data = data[n:]
		if whole {
			b.flush(k)
		}
	}
}

// flushAll writes the begun lines of a connection, of all if conn is 0, but for
// those of keep.
func (b *ladderer) flushAll(conn int, keep ...stream) {
	for _, k := range slices.Clone(b.order) {
		if (conn == 0 || k.conn == conn) && !slices.Contains(keep, k) {
			b.flush(k)
		}
	}
}

func (b *ladderer) flush(k stream) {
	p := b.pending[k]
	delete(b.pending, k)
	b.order = slices.DeleteFunc(b.order, func(s stream) bool { return s == k })
	line, whole := bytes.CutSuffix(p.data, []byte("\r\n"))
	cut := len(line) > maxRung
	b.add(Rung{
		Who: k.side.String(), Conn: k.conn, At: p.at, Text: visible(line[:min(len(line), maxRung)]), Open: !whole || cut,
	}, p.events...)
}

func (b *ladderer) add(r Rung, events ...int) {
	for _, e := range events {
		b.of[e] = append(b.of[e], len(b.rungs))
	}
	b.rungs = append(b.rungs, r)
}

// shows returns the rungs of the event that shows f: if it brought several lines,
// those that the summary quotes, if it does.
func (b *ladderer) shows(f *Finding) []int {
	all := b.of[f.event]
	if len(all) < 2 {
		return all
	}
	quoted := slices.DeleteFunc(slices.Clone(all), func(i int) bool {
		return b.rungs[i].Text == "" || !strings.Contains(f.Summary, b.rungs[i].Text)
	})
	if len(quoted) > 0 {
		return quoted
	}
	return all
}

// shorten leaves out the middle of a long ladder, but for what is near a mark.
func shorten(rungs []Rung, marks [][]int) ([]Rung, [][]int) {
	if len(rungs) <= maxRungs {
		return rungs, marks
	}
	keep := make([]bool, len(rungs))
	near := func(i int) {
		for k := max(0, i-nearRungs); k <= min(i+nearRungs/4, len(rungs)-1); k++ {
			keep[k] = true
		}
	}
	near(nearRungs)
	near(len(rungs) - 1)
	for _, m := range marks {
		for _, i := range m[:min(len(m), 1)] {
			near(i)
		}
	}
	var out []Rung
	moved := make(map[int]int)
	left := 0
	for i := range rungs {
		if !keep[i] {
			left++
			continue
		}
		out = leftOut(out, left)
		left = 0
		moved[i] = len(out)
		out = append(out, rungs[i])
	}
	for i, m := range marks {
		marks[i] = nil
		for _, k := range m {
			if keep[k] {
				marks[i] = append(marks[i], moved[k])
			}
		}
	}
	return out, marks
}

func leftOut(out []Rung, n int) []Rung {
	if n == 0 {
		return out
	}
	return append(out, Rung{Who: "harness", Text: fmt.Sprintf("%d lines are left out here", n)})
}

// visible returns b as printable text on one line: what is not printable stands
// there as in a quoted string of Go.
func visible(b []byte) string {
	var out strings.Builder
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&out, `\x%02x`, b[0])
		case r == '\r':
			out.WriteString(`\r`)
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\t':
			out.WriteString(`\t`)
		case r < 0x80 && !unicode.IsPrint(r):
			fmt.Fprintf(&out, `\x%02x`, r)
		case !unicode.IsPrint(r):
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			out.WriteRune(r)
		}
		b = b[n:]
	}
	return out.String()
}
