package fuzz

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// argLiteral gives a literal other octets, and mostly announces as many.
func (m *mutator) argLiteral() bool {
	for k, at := 0, m.r.N(len(m.c.Steps)+1); k < len(m.c.Steps); k++ {
		i := (at + k) % len(m.c.Steps)
		s := &m.c.Steps[i]
		if !s.Sends(m.c.Target) {
			continue
		}
		at, size, ok := opener(s.Data)
		j := blockEnd(m.c, i) - 1
		if !ok || j == i || size > uint64(len(m.c.Steps[j].Data)) {
			continue
		}
		for j > i+1 && !m.c.Steps[j].Sends(m.c.Target) {
			j--
		}
		m.newLiteral(s, at, &m.c.Steps[j], min(int(size), len(m.c.Steps[j].Data)))
		m.touch(i)
		return true
	}
	return false
}

// newLiteral writes a message for the size octets that t starts with, and announces
// it at the end of s.
func (m *mutator) newLiteral(s *corpus.Step, at int, t *corpus.Step, size int) {
	content := m.message()
	if m.r.Chance(1, 3) {
		content = bytes.Repeat([]byte("x"), Pick(m.r, []int{0, 1, 2, 4095, 4096, 4097, 8192, 65536}))
	}
	n := len(content)
	if m.r.Chance(1, 5) {
		n = max(0, n+Pick(m.r, []int{-1, 1, 2, -2, 100, 1 << 30}))
	}
	nonSync := s.Data[len(s.Data)-4] == '+'
	head := strconv.AppendInt(append(s.Data[:at:at], '{'), int64(n), 10)
	if nonSync {
		head = append(head, '+')
	}
	s.Data = append(head, "}\r\n"...)
	t.Data = slices.Concat(content, t.Data[size:])
}

// argForm writes a literal's header in another form, or an atom or a quoted string
// as a literal.
func (m *mutator) argForm() bool {
	i, l, k, ok := m.argument(false)
	if !ok {
		return false
	}
	t := l.toks[k]
	old := l.data[t.a:t.b]
	switch {
	case old[0] == '{' || old[0] == '~':
		form := strings.Trim(string(old), "~{+}")
		m.splice(i, t.a, t.b, func() {
			m.s(strings.Replace(Pick(m.r, []string{"{#}", "{#+}", "~{#}", "~{#+}", "{0#}", "{#-}", "{ #}", "{+#}", "{#}x"}), "#", form, 1))
		})
	case old[0] == '"' && len(old) > 1:
		m.splice(i, t.a, t.b, func() { m.anyLiteral(old[1 : len(old)-1]) })
	case old[0] != '(':
		m.splice(i, t.a, t.b, func() {
			if m.r.Chance(1, 2) {
				m.quoted(old)
			} else {
				m.anyLiteral(old)
			}
		})
	default:
		return false
	}
	return true
}

// anyLiteral writes b as the side that the case scripts would.
func (m *mutator) anyLiteral(b []byte) {
	if m.c.Target == corpus.Server {
		m.literal(b)
	} else {
		m.serverLiteral(b)
	}
}
