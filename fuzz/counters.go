package fuzz

import "math"

// counters are what code that is built with -covermode=count counts in: for each
// function three words about it, of which the first is how many counters it has,
// and then those. The three words are written when the function is entered, so
// all is zero for one that has never run.
type counters struct {
	words []uint32
	known []stretch // of the functions that have run, in order
}

// A stretch is the counters of one function.
type stretch struct{ from, to int }

// headWords is how many words stand before the counters of a function.
const headWords = 3

// len returns how many words there are: a bound on the number of any edge.
func (c *counters) len() int {
	if c == nil {
		return 0
	}
	return len(c.words)
}

// clear sets all counters to 0. What stands before them stays, since a function
// that runs now may not be entered again.
func (c *counters) clear() {
	if c == nil {
		return
	}
	c.learn()
	for _, s := range c.known {
		clear(c.words[s.from:s.to])
	}
}

// read copies the counters to out, which is as long, one byte each: more than 255
// is 255, and what is no counter is 0.
func (c *counters) read(out []byte) {
	c.learn()
	for _, s := range c.known {
		to := out[s.from:s.to]
		for i, n := range c.words[s.from:s.to] {
			to[i] = byte(min(n, math.MaxUint8))
		}
	}
}

// learn looks for functions that have run for the first time, between those that
// are known.
func (c *counters) learn() {
	at := 0
	for k := 0; k <= len(c.known); k++ {
		end, next := len(c.words), len(c.words)
		if k < len(c.known) {
			end, next = c.known[k].from-headWords, c.known[k].to
		}
		if found := c.search(at, end); len(found) > 0 {
			c.known = append(c.known[:k:k], append(found, c.known[k:]...)...)
			k += len(found)
		}
		at = next
	}
}

// search returns the functions between two words.
func (c *counters) search(from, to int) (found []stretch) {
	for i := from; i < to; {
		n := int(c.words[i])
		if n == 0 {
			i++
			continue
		}
		s := stretch{i + headWords, i + headWords + n}
		if s.to > to {
			break // a function that is being entered right now, or none
		}
		found = append(found, s)
		i = s.to
	}
	return found
}
