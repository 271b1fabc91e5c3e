package faultnet

import "bytes"

// An edit is what the content faults are doing to a stream just now. The bytes
// pass replace, flip, drop and duplicate in this order.
type edit struct {
	on        bool
	onto      []byte // replace: what is left to overwrite with
	mask      byte   // flip: the next byte
	drop      int64
	dropLine  bool
	dup       int64
	dupLine   bool
	copied    []byte // what arrives a second time
	truncated bool   // when nothing more is dropped, cut
}

// start begins the content fault f, or the dropping half of Truncate.
func (e *edit) start(f Fault) {
	e.on = true
	switch f.Kind {
	case Replace:
		e.onto = f.Data
	case Flip:
		e.mask ^= f.Mask
	case Drop:
		e.drop = max(e.drop, f.N)
		e.dropLine = e.dropLine || f.Line
	case Duplicate:
		e.dup = max(e.dup, f.N)
		e.dupLine = e.dupLine || f.Line
	case Truncate:
		e.drop = max(e.drop, f.N)
		e.dropLine, e.truncated = e.dropLine || f.N == 0, true
	}
}

// apply passes p on to out, which it returns, and reports how many bytes of p it
// took: all, unless a truncated stretch ended before.
func (e *edit) apply(out, p []byte) ([]byte, int) {
	for i, c := range p {
		lf := c == '\n'
		if len(e.onto) > 0 {
			c, e.onto = e.onto[0], e.onto[1:]
		}
		c ^= e.mask
		e.mask = 0
		dropped := e.drop > 0 || e.dropLine
		e.drop = max(e.drop-1, 0)
		e.dropLine = e.dropLine && !lf
		if !dropped {
			out = append(out, c)
		}
		if e.dup > 0 || e.dupLine {
			if !dropped {
				e.copied = append(e.copied, c)
			}
			e.dup = max(e.dup-1, 0)
			e.dupLine = e.dupLine && !lf
			if e.dup == 0 && !e.dupLine {
				out = e.flush(out)
			}
		}
		if e.over() {
			return out, i + 1
		}
		if e.idle() {
			e.on = false
			return append(out, p[i+1:]...), len(p)
		}
	}
	return out, len(p)
}

// skip passes p on to nobody.
func (e *edit) skip(p []byte) {
	if e.on {
		e.apply(nil, p)
	}
}

// flush ends a duplicate, of which what was collected arrives again.
func (e *edit) flush(out []byte) []byte {
	out = append(out, bytes.Clone(e.copied)...)
	e.copied, e.dup, e.dupLine = nil, 0, false
	return out
}

func (e *edit) idle() bool {
	return len(e.onto) == 0 && e.mask == 0 && e.drop == 0 && !e.dropLine && e.dup == 0 && !e.dupLine
}

// over reports whether a truncated stretch has ended.
func (e *edit) over() bool { return e.truncated && e.drop == 0 && !e.dropLine }
