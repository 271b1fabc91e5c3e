package imapwire

import "iter"

// bounds returns a range in order, with last in place of "*".
func (r Range) bounds(last uint32) (lo, hi uint32) {
	lo, hi = r.First, r.Last
	if lo == 0 {
		lo = last
	}
	if hi == 0 {
		hi = last
	}
	if lo > hi {
		lo, hi = hi, lo
	}
	return lo, hi
}

// Numbers yields the numbers of the set, range by range in the order in which they
// are written, duplicates included; last is the largest number in use. Within a
// range they ascend, however it is written (RFC 9051, section 9, seq-range). A set
// of a few octets may have 4 billion numbers: bound your loop.
func (s Set) Numbers(last uint32) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for _, r := range s {
			lo, hi := r.bounds(last)
			for n := uint64(lo); n <= uint64(hi); n++ {
				if n > 0 && !yield(uint32(n)) {
					return
				}
			}
		}
	}
}

// Count returns how many numbers Numbers yields.
func (s Set) Count(last uint32) uint64 {
	n := uint64(0)
	for _, r := range s {
		if lo, hi := r.bounds(last); hi > 0 {
			n += uint64(hi) - uint64(max(lo, 1)) + 1
		}
	}
	return n
}

// Max returns the largest number of the set, or 0 if it has "*" or is empty.
func (s Set) Max() uint32 {
	most := uint32(0)
	for _, r := range s {
		if r.First == 0 || r.Last == 0 {
			return 0
		}
		most = max(most, r.First, r.Last)
	}
	return most
}

// HasStar tells whether "*" is in the set.
func (s Set) HasStar() bool {
	for _, r := range s {
		if r.First == 0 || r.Last == 0 {
			return true
		}
	}
	return false
}

// setRanges is set, and returns its ranges; "$" is not in them.
func (c *cursor) setRanges(use setUse) (Set, bool) {
	start := c.i
	if !c.set(use) {
		return nil, false
	}
	s := Set{}
	w := cursor{b: c.b[start:c.i]}
	for w.i < len(w.b) {
		if !w.skip('$') {
			first, _ := w.setValue()
			last := first
			if w.skip(':') {
				last, _ = w.setValue()
			}
			s = append(s, Range{first, last})
		}
		w.skip(',')
	}
	return s, true
}
