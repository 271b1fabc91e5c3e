package fuzz

import (
	"bytes"
	"testing"
)

// function lays out the words of a function: those before its counters, and those.
func function(counts ...uint32) []uint32 {
	return append([]uint32{uint32(len(counts)), 7, 9}, counts...)
}

func TestCounters(t *testing.T) {
	t.Run("what stands before a function's counters is no edge", func(t *testing.T) {
		c := &counters{words: append(make([]uint32, 5), function(1, 0, 3)...)}
		m := newProgramMap(c)
		if m.look(); m.new != 2 || !bytes.Equal(m.counters, []byte{0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 3}) {
			t.Errorf("%d new, %v", m.new, m.counters)
		}
	})
	t.Run("many are 255", func(t *testing.T) {
		m := newProgramMap(&counters{words: function(1 << 31)})
		if m.read(); m.counters[headWords] != 255 {
			t.Errorf("%v", m.counters)
		}
	})
	t.Run("a function that goes on after the counters were cleared is still known", func(t *testing.T) {
		c := &counters{words: append(function(1, 2), function(4)...)}
		m := newProgramMap(c)
		m.reset()
		c.words[headWords+1] = 6 // it is not entered again
		if m.read(); !bytes.Equal(m.counters, []byte{0, 0, 0, 0, 6, 0, 0, 0, 0}) {
			t.Errorf("%v", m.counters)
		}
	})
	t.Run("functions that run later are found between the others", func(t *testing.T) {
		all := [][]uint32{function(1), function(2, 2), function(3), function(4, 4, 4), function(5)}
		for _, order := range [][]int{{0, 1, 2, 3, 4}, {4, 3, 2, 1, 0}, {2, 0, 4, 1, 3}, {1, 3, 0, 4, 2}} {
			words := make([]uint32, 0, 64)
			var at []int
			for _, f := range all {
				at = append(at, len(words))
				words = words[:len(words)+len(f)]
			}
			c := &counters{words: words}
			for n, k := range order {
				copy(words[at[k]:], all[k])
				c.learn()
				if len(c.known) != n+1 {
					t.Errorf("%v: after %d functions %v are known", order, n+1, c.known)
				}
			}
			for k, s := range c.known {
				if s.from != at[k]+headWords || s.to-s.from != len(all[k])-headWords {
					t.Errorf("%v: %v", order, c.known)
				}
			}
			out := make([]byte, len(words))
			if c.read(out); out[at[3]+headWords] != 4 {
				t.Errorf("%v", out)
			}
			c.clear()
			if c.read(out); bytes.Count(out, []byte{0}) != len(out) {
				t.Errorf("after clear: %v", out)
			}
		}
	})
	t.Run("what looks like a function that is too long is left alone", func(t *testing.T) {
		c := &counters{words: []uint32{9, 1, 1, 1}}
		if c.clear(); len(c.known) != 0 || c.words[3] != 1 {
			t.Errorf("%v", c)
		}
	})
	t.Run("a program without has no edges", func(t *testing.T) {
		var c *counters
		m := newProgramMap(c)
		m.reset()
		if m.look(); c.len() != 0 || m.new != 0 {
			t.Errorf("%v", m)
		}
	})
}
