package imapwire

import "math"

// itemEnds are the offsets behind the values of a FETCH response, as they were
// parsed, so that who walks over the items does not read the values again. Few
// responses have more than it holds; what is behind those is read twice.
type itemEnds struct {
	n  uint32
	at [7]uint32
}

// add remembers the end of the next value.
func (e *itemEnds) add(end int) {
	if int(e.n) < len(e.at) && uint64(end) <= math.MaxUint32 {
		e.at[e.n] = uint32(end)
		e.n++
	}
}

// knownValue moves over a value whose end is known. It reads no further than the
// unit's end, whatever the unit was changed to.
func (c *cursor) knownValue() bool {
	k := c.item
	c.item++
	if k >= int(c.ends.n) || k >= len(c.ends.at) {
		return false
	}
	end := int(c.ends.at[k])
	if end <= c.i || end > len(c.b) {
		return false
	}
	c.i = end
	return true
}
