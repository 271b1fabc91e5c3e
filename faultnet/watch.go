package faultnet

import (
	"math"
	"time"
)

// A Marker names positions in the streams of one connection, so that a protocol
// may say "the second literal" where the network knows only bytes.
//
// Scan is shown the bytes of each direction in order, each once, and calls emit
// for every mark: off within p (0 to len(p)) is where it stands, and a fault
// there strikes before p[off]. The marks must be a function of the bytes of that
// direction alone. The network shows one byte at a time, so that a fault strikes
// alike however the bytes were written; a mark with off 0 is found when the byte
// after it comes, a mark with off len(p) as soon as the byte before it went.
// emit must not be kept.
type Marker interface {
	Scan(side Side, p []byte, emit func(name string, off int))
}

// A watch is one rule as one connection runs it: it finds the points at which
// the rule strikes.
type watch struct {
	rule  Rule
	look  bool    // more points may be found
	bytes bool    // in the bytes of the stream
	pos   int64   // where it strikes next, or never
	more  []int64 // where it strikes then
	left  int64   // lines, matches, marks, ... up to the next point
	times int64   // how many points may still be found
	wake  time.Duration
	draw  draw
	match matcher
	recs  records

	struck, fired int // strikes that began, and that took effect
	ends          int // the index, from 1, of the watch whose Until this is
}

// newWatch starts a rule whose base is the position base, at the time now. key
// keys its draws.
func newWatch(r Rule, base int64, now time.Duration, key uint64) watch {
	w := watch{rule: r, pos: never, times: 1, look: true, bytes: true}
	if r.Repeat.Every > 0 || r.Repeat.Period > 0 {
		if w.times = r.Repeat.Times; w.times == 0 {
			w.times = math.MaxInt64
		}
	}
	switch {
	case r.When.Line > 0:
		if w.left = r.When.Line - 1; w.left == 0 {
			w.point(base)
		}
	case r.When.After != "":
		w.left, w.match = r.When.nth(), newMatcher(r.When.After)
	case r.When.Record > 0:
		w.left, w.recs = r.When.Record, newRecords()
	case r.When.Chance > 0:
		w.left, w.draw = 1, newDraw(r.When, key)
		w.maybe(base)
	case r.When.Mark != "":
		w.left, w.bytes = r.When.nth(), false
	case r.When.Write > 0:
		w.left, w.bytes = r.When.Write, false
	case r.When.Read > 0:
		w.left, w.bytes = r.When.Read, false
	case r.When.Time > 0:
		w.wake, w.bytes = now+r.When.Time, false
	default:
		w.look = false
		w.times--
		w.pos = base + r.When.At
	}
	return w
}

// point says that the point from which At counts is at pos.
func (w *watch) point(pos int64) {
	if at := pos + w.rule.When.At; w.pos == never {
		w.pos = at
	} else {
		w.more = append(w.more, at)
	}
	w.left = w.rule.Repeat.Every
	if w.times--; w.times == 0 {
		w.look = false
	}
}

// count passes one of the things that are counted, which stands at pos.
func (w *watch) count(pos int64) {
	if w.left--; w.left == 0 {
		w.point(pos)
	}
}

// next goes on to the next point, after a strike.
func (w *watch) next() {
	switch {
	case len(w.more) > 0:
		w.pos, w.more = w.more[0], w.more[1:]
	case !w.look && w.rule.When.plain() && w.times > 0 && w.pos != never:
		w.times--
		w.pos += w.rule.Repeat.Every
	default:
		w.pos = never
	}
}

// plain reports whether w counts bytes alone.
func (w When) plain() bool { return w == When{At: w.At} }

// rest lets the rule strike no more.
func (w *watch) rest() { w.look, w.pos, w.more, w.wake, w.times = false, never, nil, 0, 0 }

// byteAt looks at the byte c, which stands at position pos.
func (w *watch) byteAt(c byte, pos int64) {
	switch {
	case w.rule.When.Line > 0:
		if c == '\n' {
			w.count(pos + 1)
		}
	case w.rule.When.After != "":
		if w.match.match(w.rule.When.After, c) {
			w.count(pos + 1)
		}
	case w.rule.When.Record > 0:
		if start, ok := w.recs.byteAt(c, pos); ok {
			w.count(start)
		}
	case w.rule.When.Chance > 0:
		w.maybe(pos + 1)
	}
}

// maybe draws for the position pos.
func (w *watch) maybe(pos int64) {
	if w.draw.hits(pos) {
		w.count(pos)
	}
}

// A draw says by lot, for each position alike in every run, whether it hits.
type draw struct {
	key, limit uint64
	always     bool
}

func newDraw(w When, key uint64) draw {
	d := draw{key: mix(mix(w.Seed) ^ key), always: w.Chance == 1}
	if !d.always {
		d.limit = uint64(w.Chance * (1 << 64))
	}
	return d
}

func (d draw) hits(pos int64) bool { return d.always || mix(d.key+uint64(pos)) < d.limit }
