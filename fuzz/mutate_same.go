package fuzz

import (
	"bytes"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// argDouble repeats a part of an argument, a few times or very many, each twice as
// often as the one before: what takes time or depth in more than proportion shows
// somewhere on the way.
func (m *mutator) argDouble() bool {
	i, l, k, ok := m.argument(true)
	if !ok {
		return false
	}
	t := l.toks[k]
	a := m.r.Between(t.a, t.b-1)
	b := min(t.b, a+m.r.Between(1, 4))
	if m.r.Chance(1, 4) {
		a, b = t.a, t.b
	}
	unit := bytes.Clone(l.data[a:b])
	n := m.size(2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096, 16384, 65536)
	m.splice(i, b, b, func() { m.repeat(string(unit), min(n, maxData/len(unit))) })
	return true
}

// argSame writes what another command names: the same mailbox, number, set or flags.
func (m *mutator) argSame() bool {
	if m.c.Target != corpus.Server {
		return false
	}
	i, l, k, ok := m.argument(false)
	if !ok {
		return false
	}
	old := l.data[l.toks[k].a:l.toks[k].b]
	for n, at := 0, m.r.N(len(m.c.Steps)); n < len(m.c.Steps); n++ {
		j := (at + n) % len(m.c.Steps)
		s := &m.c.Steps[j]
		if j == i || !s.Sends(m.c.Target) {
			continue
		}
		var buf [maxTokens]token
		from, ok := parseLine(s.Data, true, buf[:0])
		if !ok {
			continue
		}
		for _, t := range from.toks {
			if word := from.data[t.a:t.b]; from.verb != "LOGIN" && classOf(word) == classOf(old) && !bytes.Equal(word, old) {
				word = bytes.Clone(word)
				m.splice(i, l.toks[k].a, l.toks[k].b, func() { m.buf = append(m.buf, word...) })
				return true
			}
		}
	}
	return false
}

// classOf says what kind of argument a word is, as far as that can be seen.
func classOf(word []byte) byte {
	switch c := word[0]; {
	case c == '(' || c == '{' || c == '~':
		return c
	case isSetWord(string(word)):
		return '1'
	}
	return 'a'
}
