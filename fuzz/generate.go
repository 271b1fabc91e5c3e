package fuzz

import (
	"slices"
	"strconv"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

// Bounds of what the generator and the mutations make.
const (
	maxSteps  = 12 // of what mutations make; what is generated may have more
	maxConns  = 5
	maxFaults = 6
	maxData   = 1 << 20 // bytes of a case, most of the time
	maxRare   = 4 << 20 // bytes of a case, rarely
)

// Generate makes a case for target from the grammar and the states of IMAP, in r's
// draws alone: the same r and v give the same case. v may be nil.
//
// A case for a server has one to three connections, which mostly log in and select
// INBOX; about three quarters of its commands are well-formed. A case for a client
// has a scripted server, or, if v says that there is one, an honest server and a
// plan. Somewhat more than half of the cases have no fault, a third has one, the
// others several.
func Generate(r *Rand, target corpus.Target, v *Vocabulary) *corpus.Case {
	if v == nil {
		v = DefaultVocabulary(target)
	}
	g := newGen(r, target, v)
	g.wholeCase(target)
	return g.c
}

// wholeCase makes a case for target.
func (g *gen) wholeCase(target corpus.Target) {
	v := g.v
	g.c = &corpus.Case{Target: target, Steps: make([]corpus.Step, 0, 24)}
	switch {
	case target == corpus.Server:
		g.serverCase()
	case v.Honest && (!v.Scripted || g.r.Chance(1, 4)):
		g.c.Honest = true
		g.honestCase()
	default:
		g.clientCase()
	}
}

// gen makes steps. Their bytes lie one behind the other in buf.
type gen struct {
	r     *Rand
	v     *Vocabulary
	c     *corpus.Case
	side  faultnet.Side // that the case scripts
	buf   []byte
	from  int  // where the step in the making starts in buf
	conn  int  // of the step in the making
	bad   bool // what is made may break the grammar
	huge  bool // the case has something above 10,000 bytes
	conns [maxConns + 1]connState
	boxes []string // mailboxes that the case has created

	yields *yields // by which kinds are drawn; nil: as the tables say
	made   []kind  // that were drawn, each once; only with yields
}

// connState is what a connection is thought to be in, if all goes well.
type connState struct {
	state state
	tags  int // commands so far
}

// state is a set of the states of RFC 9051, section 3.
type state uint8

const (
	notAuth state = 1 << iota
	auth
	selected

	anyState = notAuth | auth | selected
	inAuth   = auth | selected
)

// newGen returns a gen for cases for target. It has no case yet.
func newGen(r *Rand, target corpus.Target, v *Vocabulary) *gen {
	return &gen{r: r, v: v, side: target.Sends(), conn: 1, buf: make([]byte, 0, 1024)}
}

// flush ends the step in the making, if it has any bytes.
func (g *gen) flush() {
	if g.from == len(g.buf) {
		return
	}
	g.c.Steps = append(g.c.Steps, corpus.Step{Op: corpus.Bytes, Conn: g.conn, Side: g.side, Data: g.cut()})
}

// cut takes the bytes in the making.
func (g *gen) cut() []byte {
	d := g.buf[g.from:len(g.buf):len(g.buf)]
	g.from = len(g.buf)
	return d
}

func (g *gen) s(s string)  { g.buf = append(g.buf, s...) }
func (g *gen) sp()         { g.buf = append(g.buf, ' ') }
func (g *gen) crlf()       { g.buf = append(g.buf, '\r', '\n') }
func (g *gen) byte(c byte) { g.buf = append(g.buf, c) }
func (g *gen) int(n int)   { g.buf = strconv.AppendInt(g.buf, int64(n), 10) }

// repeat writes s n times.
func (g *gen) repeat(s string, n int) {
	if n <= 0 {
		return
	}
	at, want := len(g.buf), n*len(s)
	g.buf = slices.Grow(g.buf, want)
	g.buf = append(g.buf, s...)
	for done := len(s); done < want; done = len(g.buf) - at {
		g.buf = append(g.buf, g.buf[at:at+min(done, want-done)]...)
	}
}

// size returns one of sizes, which rise: the large ones more rarely, and what is
// above 1,000 rarely, and at most once in a case, so that most cases are quick.
func (g *gen) size(sizes ...int) int {
	n := sizes[min(g.r.N(len(sizes)), g.r.N(len(sizes)))]
	if n <= 1000 {
		return n
	}
	if g.huge || !g.r.Chance(1, 4) {
		return sizes[0]
	}
	g.huge = true
	return n
}

// pass lets time pass.
func (g *gen) pass(d time.Duration) {
	g.c.Steps = append(g.c.Steps, corpus.Step{Op: corpus.Time, D: d})
}

// expect states what the target is to send: the beginning of a line.
func (g *gen) expect(line string) {
	g.flush()
	at := len(g.buf)
	g.s(line)
	g.crlf()
	g.from = len(g.buf)
	g.c.Steps = append(g.c.Steps, corpus.Step{Op: corpus.Bytes, Conn: g.conn, Side: g.side.Other(), Data: g.buf[at:len(g.buf):len(g.buf)]})
}

// do asks the client under test to do something.
func (g *gen) do(call string) {
	g.flush()
	g.s(call)
	g.c.Steps = append(g.c.Steps, corpus.Step{Op: corpus.Do, Conn: 1, Data: g.cut()})
}

// wild reports whether the next argument of a command that may break the grammar
// does.
func (g *gen) wild() bool { return g.bad && g.r.Chance(1, 3) }

// tag writes the next tag of the connection: a1, a2, on connection 2 b1, b2.
func (g *gen) tag() {
	g.conns[g.conn].tags++
	g.byte(byte('a' + (g.conn-1)%26))
	g.int(g.conns[g.conn].tags)
}
