package fuzz

import (
	"bytes"
	"testing"
)

func TestEdges(t *testing.T) {
	t.Run("an edge is new once, and again when it is taken far more often", func(t *testing.T) {
		counters := make([]byte, 21) // no multiple of a word
		m := newEdgeMap(counters)
		for i, step := range []struct {
			edge      int
			count     byte
			new, rare int
		}{
			{0, 1, 1, 1}, {0, 1, 0, 0}, {0, 2, 0, 1}, {0, 2, 0, 0}, {0, 5, 0, 1}, {0, 7, 0, 0}, {0, 255, 0, 1}, {0, 200, 0, 0},
			{20, 3, 1, 1}, {20, 3, 0, 0}, {8, 1, 1, 1}, {15, 1, 1, 1}, {15, 1, 0, 0},
		} {
			m.reset()
			counters[step.edge] = step.count
			m.look()
			if m.new != step.new || m.rare != step.rare {
				t.Errorf("step %d: %d new and %d rare, want %d and %d", i, m.new, m.rare, step.new, step.rare)
			}
			if err := m.admit(m.taken()); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Run("what a case that is not kept has shown stays new", func(t *testing.T) {
		counters := make([]byte, 16)
		m := newEdgeMap(counters)
		for range 3 {
			m.reset()
			counters[3] = 1
			if m.look(); m.new != 1 {
				t.Fatalf("%d new", m.new)
			}
		}
	})
	t.Run("packing loses nothing but the exact counts", func(t *testing.T) {
		counters := make([]byte, 3000)
		for i := range counters {
			counters[i] = byte(i * i / 7)
		}
		m := newEdgeMap(counters)
		want := make([]byte, len(counters))
		for i, n := range counters {
			want[i] = classes[n]
		}
		if err := m.admit(m.taken()); err != nil || !bytes.Equal(m.seen, want) {
			t.Errorf("%v", err)
		}
	})
	t.Run("the edges of another program are an error, not a panic", func(t *testing.T) {
		m := newEdgeMap(make([]byte, 4))
		for _, taken := range [][]byte{{0xff}, {4 << 3}, {1 << 3, 3 << 3}, bytes.Repeat([]byte{0xff}, 11)} {
			if m.admit(taken) == nil {
				t.Errorf("%x is taken", taken)
			}
		}
	})
	t.Run("a campaign counts an edge once, whichever stream takes it, and not those under the race detector", func(t *testing.T) {
		counters := []byte{1, 0, 9}
		taken := newEdgeMap(counters).taken()
		var total edgeTotal
		a, b := &Program{Exe: "a"}, &Program{Exe: "b"}
		for _, p := range []*Program{a, {Exe: "a"}, {Exe: "a.race", Race: true}} {
			if total.add(p, taken); total.n != 2 {
				t.Errorf("%d edges", total.n)
			}
		}
		if total.add(b, taken); total.n != 4 {
			t.Errorf("%d edges of two programs", total.n)
		}
	})
}

func TestRareEdgesAreDrawnFromMoreOften(t *testing.T) {
	counters := make([]byte, 64)
	m := newEdgeMap(counters)
	e := rareEdges{kept: make([]uint32, len(counters)), best: make([]*keptCase, len(counters))}
	for k := range 100 {
		m.reset()
		for i := range 40 {
			counters[i] = 1
		}
		if k == 50 {
			counters[60] = 1
		}
		e.admit(keptCase{k: uint64(k), c: serverCase(t, "C: a1 NOOP\n"), size: 100 - k%10}, m.taken())
	}
	r := NewRand(1, 1)
	rare, common := 0, map[uint64]int{}
	for range 1000 {
		if c := e.pick(r); c.k == 50 {
			rare++
		} else {
			common[c.k]++
		}
	}
	if rare < 50 { // one edge of 41, four draws: 9 % of all
		t.Errorf("the only case that takes a rare edge was drawn %d times in 1000", rare)
	}
	if len(common) != 1 || common[9] == 0 {
		t.Errorf("of the others not the first of the smallest was drawn: %v", common)
	}
}
