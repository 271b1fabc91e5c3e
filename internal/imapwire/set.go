package imapwire

import (
	"fmt"
	"strconv"
)

// setUse says what a set may hold.
type setUse uint8

const (
	setSeq   setUse = iota // sequence-set: "*" and "$"
	setAll                 // sequence-set without "$"
	setUID                 // uid-set: numbers only
	setKnown               // sequence-set without "*" (RFC 7162)
)

// set is sequence-set or uid-set.
func (c *cursor) set(use setUse) bool {
	prod := ProdSequenceSet
	if use == setUID {
		prod = ProdUIDSet
	}
	for {
		if use == setSeq && c.skip('$') { // RFC 5182: the saved result, always last
			return true
		}
		if !c.setNumber(prod, use) {
			return false
		}
		if c.skip(':') && !c.setNumber(prod, use) {
			return false
		}
		if !c.skip(',') {
			return true
		}
	}
}

func (c *cursor) setNumber(prod string, use setUse) bool {
	if use < setUID && c.skip('*') {
		return true
	}
	_, ok := c.numberIn(prod, max32, true)
	return ok
}

// Range is one element of a set: the numbers from First to Last, in either order.
// 0 stands for "*", the largest number in use.
type Range struct{ First, Last uint32 }

// Set is a sequence-set or uid-set.
type Set []Range

// ParseSet parses a sequence-set (RFC 9051, section 9), without the "$" of
// SEARCHRES. Ranges are returned as they are written: not sorted, not merged.
func ParseSet(b []byte) (Set, error) {
	c := cursor{b: b}
	var s Set
	for {
		first, ok := c.setValue()
		if !ok {
			break
		}
		last := first
		if c.skip(':') {
			if last, ok = c.setValue(); !ok {
				break
			}
		}
		s = append(s, Range{first, last})
		if c.i == len(b) {
			return s, nil
		}
		if !c.expect(',', ProdSequenceSet, `"," or the end`) {
			break
		}
	}
	return nil, fmt.Errorf("sequence set: %w", c.err())
}

func (c *cursor) setValue() (uint32, bool) {
	if c.skip('*') {
		return 0, true
	}
	v, ok := c.numberIn(ProdSequenceSet, max32, true)
	return uint32(v), ok
}

// FormatSet returns the text of a set: a range of equal ends is one number.
func FormatSet(s Set) string { return string(AppendSet(nil, s)) }

// AppendSet appends what FormatSet returns to dst.
func AppendSet(dst []byte, s Set) []byte {
	for i, r := range s {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendSeq(dst, r.First)
		if r.First != r.Last {
			dst = appendSeq(append(dst, ':'), r.Last)
		}
	}
	return dst
}

func appendSeq(dst []byte, n uint32) []byte {
	if n == 0 {
		return append(dst, '*')
	}
	return strconv.AppendUint(dst, uint64(n), 10)
}

// Contains tells whether the set has n, when last is the largest number in use.
func (s Set) Contains(n, last uint32) bool {
	for _, r := range s {
		lo, hi := r.First, r.Last
		if lo == 0 {
			lo = last
		}
		if hi == 0 {
			hi = last
		}
		if lo > hi {
			lo, hi = hi, lo
		}
		if n >= lo && n <= hi {
			return true
		}
	}
	return false
}
