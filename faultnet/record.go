package faultnet

// A records finds the TLS records of a stream (RFC 8446, section 5.1): a type, a
// version and a length, five bytes in all, and that many more.
type records struct {
	in     bool // the stream is one of records
	header int  // how many bytes of a header have come
	body   int  // how many bytes are still to come behind it
	last   byte // before the first record: the byte before
}

// handshake is the type of the record with which TLS begins.
const handshake = 0x16

// newRecords begins where a record, or a line, may begin.
func newRecords() records { return records{last: '\n'} }

// byteAt takes the byte c, which stands at pos, and returns where a record begins
// that is known from it: the first one before c, all others behind it.
func (r *records) byteAt(c byte, pos int64) (start int64, ok bool) {
	if !r.in {
		r.in = r.last == '\n' && c == handshake
		r.last = c
		if !r.in {
			return 0, false
		}
		r.header = 1
		return pos, true
	}
	switch {
	case r.header < 3: // the version
		r.header++
	case r.header < 5:
		r.header++
		if r.body = r.body<<8 | int(c); r.header < 5 {
			return 0, false
		}
	default:
		r.body--
	}
	if r.header < 5 || r.body > 0 {
		return 0, false
	}
	r.header = 0
	return pos + 1, true
}
