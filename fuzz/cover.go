package fuzz

import (
	"encoding/binary"
	"errors"
	"math"
	"math/bits"
)

// edgeMap is what a search knows of the edges of the target's code: how often kept
// cases have taken each, in classes.
type edgeMap struct {
	program  *counters // the program's own, nil without coverage and in tests
	counters []byte    // as the last run has left them
	seen     []byte    // for each counter, a bit a class that kept cases have shown
	last     []byte    // counters as they were in the last run, where nothing was new
	new      int       // edges of the last run that no kept case takes
	rare     int       // edges of the last run that are new or taken in a new class
}

// newProgramMap returns the map of a program that counts in c, which may be nil.
func newProgramMap(c *counters) *edgeMap {
	m := newEdgeMap(make([]byte, c.len()))
	m.program = c
	return m
}

// newEdgeMap returns the map of a program whose counts somebody puts into counters.
func newEdgeMap(counters []byte) *edgeMap {
	return &edgeMap{counters: counters, seen: make([]byte, len(counters)), last: make([]byte, len(counters))}
}

// classes maps a count to its class, which is a bit: 1, 2, 3, and from there on
// powers of two. Loops that turn a few times more are no news.
var classes = func() (c [256]byte) {
	for bit, from := range [...]int{1, 2, 3, 4, 8, 16, 32, 128} {
		for n := from; n < 256; n++ {
			c[n] = 1 << bit
		}
	}
	return c
}()

// reset begins a run.
func (m *edgeMap) reset() {
	if m.program == nil {
		clear(m.counters)
		return
	}
	m.program.clear()
}

// read takes the counts of the run that has ended.
func (m *edgeMap) read() {
	if m.program != nil {
		m.program.read(m.counters)
	}
}

// look ends a run, and counts what is new. It goes by words of eight counters:
// most are 0, and most others are as they were in the run before.
func (m *edgeMap) look() {
	m.read()
	m.new, m.rare = 0, 0
	n := len(m.counters) &^ 7
	for i := 0; i < n; i += 8 {
		w := binary.LittleEndian.Uint64(m.counters[i:])
		if w == 0 || w == binary.LittleEndian.Uint64(m.last[i:]) {
			continue
		}
		if m.word(i, 8) == 0 {
			binary.LittleEndian.PutUint64(m.last[i:], w)
		}
	}
	m.word(n, len(m.counters)-n)
}

// word counts what is new in the n counters from i on.
func (m *edgeMap) word(i, n int) (rare int) {
	for j := i; j < i+n; j++ {
		if m.seen[j]&classes[m.counters[j]] == classes[m.counters[j]] {
			continue
		}
		rare++
		if m.seen[j] == 0 {
			m.new++
		}
	}
	m.rare += rare
	return rare
}

// taken returns the edges of the last run, packed: for each the distance from the
// one before, and the class, in one varint.
func (m *edgeMap) taken() []byte {
	var out []byte
	before := 0
	for i, n := range m.counters {
		if n > 0 {
			out = binary.AppendUvarint(out, uint64(i-before)<<3|uint64(bits.TrailingZeros8(classes[n])))
			before = i
		}
	}
	return out
}

// adds reports whether an edge is among those of a case that no kept case takes.
func (m *edgeMap) adds(taken []byte) (adds bool) {
	eachEdge(taken, len(m.seen), func(edge int, _ byte) { adds = adds || m.seen[edge] == 0 })
	return adds
}

// admit takes the edges of a kept case for known.
func (m *edgeMap) admit(taken []byte) error {
	return eachEdge(taken, len(m.seen), func(edge int, class byte) { m.seen[edge] |= class })
}

var errEdges = errors.New("fuzz: the edges of a kept case are of another program")

// eachEdge unpacks what taken has packed, for a program with n counters.
func eachEdge(taken []byte, n int, do func(edge int, class byte)) error {
	edge := 0
	for len(taken) > 0 {
		v, size := binary.Uvarint(taken)
		if size <= 0 {
			return errEdges
		}
		taken = taken[size:]
		if edge += int(v >> 3); edge < 0 || edge >= n {
			return errEdges
		}
		do(edge, 1<<(v&7))
	}
	return nil
}

// edgeTotal counts the edges that all streams of a campaign have taken.
type edgeTotal struct {
	n    int
	seen map[string]map[int]struct{} // by program: each numbers its edges in its own way
}

// add takes the edges of a case that p has run. The same code has other numbers in
// a program with the race detector: it is not counted twice.
func (t *edgeTotal) add(p *Program, taken []byte) {
	exe := ""
	if p != nil {
		if exe = p.Exe; p.Race {
			return
		}
	}
	if t.seen == nil {
		t.seen = map[string]map[int]struct{}{}
	}
	if t.seen[exe] == nil {
		t.seen[exe] = map[int]struct{}{}
	}
	eachEdge(taken, math.MaxInt, func(edge int, _ byte) {
		if _, ok := t.seen[exe][edge]; !ok {
			t.seen[exe][edge] = struct{}{}
			t.n++
		}
	})
}
