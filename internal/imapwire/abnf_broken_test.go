package imapwire

import (
	"bytes"
	"testing"
)

// TestSentencesThatAreBrokenAreRejected makes mistakes that no sentence survives.
func TestSentencesThatAreBrokenAreRejected(t *testing.T) {
	breaks := []struct {
		name string
		do   func(s *speaker, b []byte) []byte // nil: not this one
	}{
		{"without CRLF", func(s *speaker, b []byte) []byte { return b[:len(b)-2] }},
		{"without CR", func(s *speaker, b []byte) []byte { return append(b[:len(b)-2], '\n') }},
		{"without LF", func(s *speaker, b []byte) []byte { return b[:len(b)-1] }},
		{"with more behind CRLF", func(s *speaker, b []byte) []byte { return append(b, '\n') }},
		{"with a NUL", func(s *speaker, b []byte) []byte {
			i := s.outside(b, "literal8")
			return append(b[:i:i], append([]byte{0}, b[i:]...)...)
		}},
		{"with a control character in a word", func(s *speaker, b []byte) []byte {
			return s.within(b, "atom", func(w []byte) []byte { return append(w, 0x7f) })
		}},
		{"with a number that is too large", func(s *speaker, b []byte) []byte {
			return s.within(b, "nz-number", func([]byte) []byte { return []byte("99999999999999999999") })
		}},
		{"with an unquoted control character", func(s *speaker, b []byte) []byte {
			return s.within(b, "quoted", func(w []byte) []byte { return append(append([]byte{'"'}, "\r\n"...), w[1:]...) })
		}},
		{"with a date that does not exist", func(s *speaker, b []byte) []byte {
			return s.within(b, "date-text", func([]byte) []byte { return []byte("31-Feb-2000") })
		}},
		{"with a literal that is too long", func(s *speaker, b []byte) []byte {
			return s.within(b, "literal", func([]byte) []byte { return []byte("{9999}\r\nabc") })
		}},
		{"with an envelope of nine fields", func(s *speaker, b []byte) []byte {
			return s.within(b, "envelope", func([]byte) []byte { return []byte("(NIL NIL NIL NIL NIL NIL NIL NIL NIL)") })
		}},
		{"with a list that is never closed", func(s *speaker, b []byte) []byte {
			return s.within(b, "flag-list", func(w []byte) []byte { return w[:len(w)-1] })
		}},
		{"with two spaces before a list", func(s *speaker, b []byte) []byte {
			return s.within(b, "msg-att", func(w []byte) []byte { return append([]byte(" "), w...) })
		}},
	}
	eachTalk(t, func(t *testing.T, k talk) {
		s := newSpeaker(k.abnf, 5, k.server)
		g := recognizer{abnf: k.abnf, server: k.server}
		done := make([]int, len(breaks))
		for n := range sentences(2000, 6000) {
			b := bytes.Clone(s.sentence())
			i := n % len(breaks)
			m := breaks[i].do(s, b)
			if m == nil {
				continue
			}
			done[i]++
			if err := k.parse(m, Any); err == nil {
				t.Errorf("%s: %q is accepted", breaks[i].name, m)
			}
			if len(m) <= maxSentence && g.sentence(m) {
				t.Errorf("%s: the grammar has %q", breaks[i].name, m)
			}
		}
		ran := 0
		for _, n := range done {
			if n > 0 {
				ran++
			}
		}
		if ran < 8 {
			t.Errorf("only %d kinds of mistakes were made: %d", ran, done)
		}
	})
}

// within replaces what one use of a rule became. The rule must stand where nothing
// else could: in no string, text or free list.
func (s *speaker) within(b []byte, rule string, f func([]byte) []byte) []byte {
	for _, sp := range s.spans {
		if s.rules[sp.rule].name != rule || s.free(sp) {
			continue
		}
		with := f(bytes.Clone(b[sp.from:sp.to]))
		return append(append(b[:sp.from:sp.from], with...), b[sp.to:]...)
	}
	return nil
}

// free tells whether a span is in a rule that would take nearly anything.
func (s *speaker) free(sp genSpan) bool {
	for _, o := range s.spans {
		if o.from <= sp.from && o.to >= sp.to && o != sp {
			switch s.rules[o.rule].name {
			case "tagged-value", "tagged-comp", "resp-text", "text", "plain-text", "literal", "literal8", "list-mailbox":
				return true
			}
		}
	}
	return false
}

// outside returns an offset that is in no use of a rule.
func (s *speaker) outside(b []byte, rule string) int {
	for {
		i := s.r.IntN(len(b))
		in := false
		for _, sp := range s.spans {
			in = in || s.rules[sp.rule].name == rule && sp.from < i && i < sp.to
		}
		if !in {
			return i
		}
	}
}
