package fuzz

import (
	"slices"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

// The marks of either stream, and patterns that occur in it often.
var (
	serverMarks    = [...]string{"greeting", "untagged", "tagged", "completion", "continuation", "literal-header", "literal", "literal-end", "cr-lf", "fetch"}
	clientMarks    = [...]string{"command", "tag-end", "literal-header", "literal", "literal-end", "cr-lf", "done"}
	serverPatterns = [...]string{"BODY[", "OK", "* ", "FETCH (", "EXISTS", "{", "}\r\n", "\r", "ENVELOPE (", "CAPABILITY", "+ ", "BODYSTRUCTURE ", "UID "}
	clientPatterns = [...]string{"APPEND", "SELECT", "{", "}\r", "FETCH", "IDLE", "LOGIN ", "\r", "SEARCH", "STORE", "MOVE", "EXPUNGE"}
)

// What hostile faults bring into a stream.
var (
	serverInserts = [...]string{
		"* BYE bye\r\n", "\r\n", "\x00", "* 1 EXPUNGE\r\n", "* 0 EXPUNGE\r\n", "+ \r\n", "* OK x\r\n", "* 4294967295 EXISTS\r\n", "{5}\r\n", "(", ")", "\"", " ", "\xff",
		"* 1 FETCH (FLAGS ())\r\n", "T1 OK done\r\n", "* PREAUTH hi\r\n", "\n", "NIL", "{4294967295}\r\n", "* NO [ALERT] x\r\n", "* X Y Z\r\n", "((((((((((",
	}
	clientInserts = [...]string{
		"zz9 NOOP\r\n", "zz9 CREATE canary\r\n", "\r\n", "\x00", "DONE\r\n", "{5}", "{5}\r\n", "(", "\"", " ", "\xff", "\n", "~", "zz9 LOGOUT\r\n", "xxxxxxxxxxxxxxxx", "+", "}",
	}
)

// delays are durations for faults that wait.
var delays = [...]time.Duration{
	time.Millisecond, 200 * time.Millisecond, time.Second, 2 * time.Second, time.Minute, 29 * time.Minute, 29*time.Minute + 59*time.Second, 31 * time.Minute, 36 * time.Minute, 24 * time.Hour,
}

// faults adds faults to the case: none to somewhat more than half of all cases.
func (g *gen) faults() {
	n := 0
	switch k := g.r.N(20); {
	case k >= 18:
		n = g.r.Between(2, 4)
	case k >= 11:
		n = 1
	}
	for range n {
		g.addFault()
	}
}

// addFault adds one fault: to a plan, beside a step, or as a step.
func (g *gen) addFault() {
	c := g.c
	side := g.faultSide()
	if g.r.Chance(2, 5) || len(c.Steps) == 0 {
		conn := 1
		if n := c.Conns(); n > 1 {
			conn = g.r.Between(1, n)
		}
		c.Plan = append(c.Plan, corpus.PlanRule{Conn: conn, Rule: g.rule(side, g.when(side, 600))})
		return
	}
	i := g.r.N(len(c.Steps))
	if s := &c.Steps[i]; (s.Op == corpus.Bytes || s.Op == corpus.Do) && g.r.Chance(2, 3) {
		s.Faults = append(s.Faults, g.besideFault(s, side))
		return
	}
	s := corpus.Step{Op: corpus.Strike, Conn: max(1, c.Steps[i].Conn), Fault: faultnet.Rule{Side: side, Fault: g.fault(side)}}
	c.Steps = slices.Insert(c.Steps, i+1, s)
}

// besideFault makes a fault that belongs to s.
func (g *gen) besideFault(s *corpus.Step, side faultnet.Side) faultnet.Rule {
	reach := 80
	if s.Op == corpus.Bytes && s.Side == side {
		reach = len(s.Data)
	}
	when := g.when(side, reach)
	if g.r.Chance(1, 6) {
		when = faultnet.When{}
	}
	return g.rule(side, when)
}

// faultSide returns whose stream a fault is in: more often the one that the target
// reads.
func (g *gen) faultSide() faultnet.Side {
	if g.r.Chance(2, 3) {
		return g.c.Target.Sends()
	}
	return g.c.Target.Sends().Other()
}

// rule returns a rule that strikes side's stream at when: once, or seldom again
// and again; what lasts may have an end.
func (g *gen) rule(side faultnet.Side, when faultnet.When) faultnet.Rule {
	r := faultnet.Rule{Side: side, When: when, Fault: g.fault(side)}
	if !r.Fault.Kind.Terminal() && g.r.Chance(1, 8) {
		// A few times: a strike at every byte shows no more, and costs as much as
		// hundreds of cases.
		r.Repeat = faultnet.Repeat{Every: int64(Pick(g.r, []int{1, 1, 2, 10, 100})), Times: int64(g.r.Between(2, 5))}
		if when.Time > 0 {
			r.Repeat.Every, r.Repeat.Period = 0, Pick(g.r, delays[:])
		}
	}
	if r.Fault.Kind.Lasting() && g.r.Chance(1, 4) {
		if r.Until = g.when(side, 600); r.Until == (faultnet.When{}) {
			r.Until.Time = Pick(g.r, delays[:])
		}
	}
	return r
}

// when returns a point of side's stream: a byte (in the first reach ones, the
// small ones more often), a line, a pattern, or a mark.
func (g *gen) when(side faultnet.Side, reach int) faultnet.When {
	var w faultnet.When
	switch g.r.N(10) {
	case 8:
		w.Time = Pick(g.r, delays[:])
		return w
	case 9:
		w.Chance, w.Seed = Pick(g.r, []float64{0.5, 0.1, 0.01, 0.001}), uint64(g.r.N(1000))
		return w
	case 0, 1, 2:
		if w.At = int64(g.r.N(min(reach, 40) + 1)); g.r.Chance(1, 2) {
			w.At = int64(g.r.N(reach + 1))
		}
		return w
	case 3:
		w.Line = int64(g.r.Between(1, 8))
	case 4:
		w.After = Pick(g.r, clientPatterns[:])
		if side == faultnet.Server {
			w.After = Pick(g.r, serverPatterns[:])
		}
	default:
		w.Mark = Pick(g.r, clientMarks[:])
		if side == faultnet.Server {
			w.Mark = Pick(g.r, serverMarks[:])
		}
	}
	if w.Line == 0 && g.r.Chance(1, 3) {
		w.Nth = int64(g.r.Between(2, 5))
	}
	if g.r.Chance(1, 3) {
		w.At = int64(Pick(g.r, []int{1, 2, 3, 5, 8, 10, 13, 40, 100}))
	}
	return w
}

// networkKinds are what a network does, the frequent ones first; hostileKinds are
// what only a hostile peer does.
var (
	networkKinds = [...]faultnet.Kind{
		faultnet.Cut, faultnet.Cut, faultnet.Reset, faultnet.Reset, faultnet.Half, faultnet.Hole, faultnet.Stall, faultnet.Delay, faultnet.Chop, faultnet.Chop,
		faultnet.Join, faultnet.NoRead, faultnet.Throttle, faultnet.Drip, faultnet.Heal, faultnet.Quiet,
	}
	hostileKinds = [...]faultnet.Kind{
		faultnet.Truncate, faultnet.Insert, faultnet.Insert, faultnet.Replace, faultnet.Drop, faultnet.Duplicate, faultnet.Flip,
	}
)

// fault returns a fault for side's stream. Content changes only in the stream that
// the target reads: of the other one the target would never know.
func (g *gen) fault(side faultnet.Side) faultnet.Fault {
	list, group := networkKinds[:], networkGroup
	if side == g.c.Target.Sends() && g.r.Chance(2, 5) {
		list, group = hostileKinds[:], hostileGroup
	}
	if g.yields == nil {
		return g.faultOf(Pick(g.r, list), side)
	}
	k := g.yields.pick(g.r, group)
	g.madeBy(k)
	return g.faultOf(faultnet.Kind(k), side)
}

// madeBy notes that k has a part in the case.
func (g *gen) madeBy(k kind) {
	if g.yields != nil && !slices.Contains(g.made, k) {
		g.made = append(g.made, k)
	}
}

// faultOf returns a fault of that kind.
func (g *gen) faultOf(kind faultnet.Kind, side faultnet.Side) faultnet.Fault {
	f := faultnet.Fault{Kind: kind}
	switch kind {
	case faultnet.Stall, faultnet.NoRead:
		f.D = Pick(g.r, delays[:])
	case faultnet.Delay:
		f.D = Pick(g.r, delays[:])
		if g.r.Chance(1, 3) {
			f.DMax = f.D + Pick(g.r, delays[:])
		}
	case faultnet.Join:
		if g.r.Chance(1, 3) {
			f.D = Pick(g.r, delays[:])
		}
	case faultnet.Chop:
		f.N = int64(Pick(g.r, []int{1, 1, 1, 2, 3, 7, 16, 1000}))
		if g.r.Chance(1, 4) {
			f.NMax = f.N + int64(g.r.Between(1, 20))
		}
	case faultnet.Throttle:
		f.N = int64(Pick(g.r, []int{1000, 10_000, 1_000_000}))
	case faultnet.Drip:
		f.N, f.D = int64(Pick(g.r, []int{16, 100, 1000})), Pick(g.r, delays[:])
	case faultnet.Drop, faultnet.Duplicate:
		if f.Line = g.r.Chance(1, 3); !f.Line {
			f.N = int64(Pick(g.r, []int{1, 1, 2, 3, 5, 10, 40, 100, 1000}))
		}
	case faultnet.Insert, faultnet.Replace:
		if side == faultnet.Server {
			f.Data = []byte(Pick(g.r, serverInserts[:]))
		} else {
			f.Data = []byte(Pick(g.r, clientInserts[:]))
		}
	case faultnet.Flip:
		f.Mask = Pick(g.r, []byte{0x01, 0x08, 0x20, 0x80, 0xff, 0x10})
	}
	return f
}
