package faultnet

// A cipher notices that a stream goes over to TLS: a record (RFC 8446, section
// 5.1) begins where it begins, or behind an LF, as after STARTTLS. From there on
// it is not text: what looks like a line, a pattern or a mark in it is chance, and
// another one in each run.
type cipher struct {
	on    bool
	begun bool // a byte has come
	last  byte
	typed bool // last is the type of a record, where one may begin
}

// byteAt takes the next byte, and reports whether it is the one that shows TLS.
func (s *cipher) byteAt(c byte) bool {
	if s.on {
		return false
	}
	const changeCipherSpec, applicationData, major = 0x14, 0x17, 0x03
	s.on = s.typed && c == major
	s.typed = (!s.begun || s.last == '\n') && c >= changeCipherSpec && c <= applicationData
	s.begun, s.last = true, c
	return s.on
}

// hush lets rest what looks for text.
func (f *flow) hush() {
	for i := range f.watches {
		if w := &f.watches[i]; w.rule.When.text() {
			w.look = false
		}
	}
}

// text reports whether w is a point of a text.
func (w When) text() bool { return w.Line > 1 || w.After != "" || w.Mark != "" }
