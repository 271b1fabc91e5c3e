package fuzz

import (
	"bytes"
	"slices"
)

// bytesStep picks a step whose bytes are changed, and a stretch of it.
func (m *mutator) bytesStep() (i, a, b int, ok bool) {
	if i = m.someBytes(); i < 0 {
		return 0, 0, 0, false
	}
	n := len(m.c.Steps[i].Data)
	a = m.r.N(n)
	return i, a, min(n, a+1+m.r.N(Pick(m.r, []int{1, 2, 4, 16, 64}))), true
}

// set the data of step i, and says that it changed. An empty step goes.
func (m *mutator) setData(i int, d []byte) {
	m.touch(i)
	if len(d) == 0 {
		m.c.Steps = slices.Delete(m.c.Steps, i, i+1)
		return
	}
	m.c.Steps[i].Data = d
}

func (m *mutator) byteFlip() bool {
	i, a, _, ok := m.bytesStep()
	if !ok {
		return false
	}
	m.c.Steps[i].Data[a] ^= Pick(m.r, []byte{0x01, 0x02, 0x08, 0x20, 0x80, 0xff})
	m.touch(i)
	return true
}

// oddBytes are what lexers trip over.
var oddBytes = [...]string{"\x00", "\r", "\n", "\r\n", " ", "  ", "\t", "\"", "\\", "(", ")", "{", "}", "[", "]", "<", ">", "*", "%", "+", "~", "&", "-", "\x7f", "\x80", "\xff", "\xc3\x28", "\xe2\x82", "\xf0\x9f\x92\xa9", "{0}\r\n", "{1+}\r\n"}

func (m *mutator) byteInsert() bool {
	i, a, _, ok := m.bytesStep()
	if !ok {
		return false
	}
	s := Pick(m.r, oddBytes[:])
	if m.r.Chance(1, 4) {
		s = string([]byte{byte(m.r.N(256))})
	}
	m.setData(i, slices.Insert(m.c.Steps[i].Data, a, []byte(s)...))
	return true
}

func (m *mutator) byteDelete() bool {
	i, a, b, ok := m.bytesStep()
	if !ok {
		return false
	}
	d := m.c.Steps[i].Data
	if b-a == len(d) && len(m.c.Steps) == 1 {
		return false
	}
	m.setData(i, slices.Delete(d, a, b))
	return true
}

func (m *mutator) byteDuplicate() bool {
	i, a, b, ok := m.bytesStep()
	if !ok {
		return false
	}
	d := m.c.Steps[i].Data
	n := 1
	if m.r.Chance(1, 4) {
		n = m.size(2, 16, 256, 4096)
	}
	m.setData(i, slices.Concat(d[:b], bytes.Repeat(d[a:b], n), d[b:]))
	return true
}

// byteTruncate ends a step early.
func (m *mutator) byteTruncate() bool {
	i, a, _, ok := m.bytesStep()
	if !ok || a == 0 {
		return false
	}
	m.setData(i, m.c.Steps[i].Data[:a])
	return true
}

// byteLineEnd changes how a line ends.
func (m *mutator) byteLineEnd() bool {
	i := m.someBytes()
	if i < 0 {
		return false
	}
	d := m.c.Steps[i].Data
	at := bytes.LastIndex(d, []byte("\r\n"))
	if at < 0 {
		m.setData(i, append(d[:len(d):len(d)], '\r', '\n'))
		return true
	}
	if at == 0 && len(d) == 2 {
		return false
	}
	end := Pick(m.r, []string{"", "\n", "\r", "\r\r\n", "\n\r", " \r\n", "\r\n\r\n", "\x00\r\n", "\t\r\n", "\r\n "})
	m.setData(i, slices.Concat(d[:at], []byte(end), d[at+2:]))
	return true
}

// byteWord writes a word over or between bytes, grammar or not.
func (m *mutator) byteWord() bool {
	i, a, b, ok := m.bytesStep()
	if !ok {
		return false
	}
	if m.r.Chance(1, 2) {
		b = a
	}
	m.setData(i, slices.Replace(m.c.Steps[i].Data, a, b, []byte(m.v.word(m.r))...))
	return true
}

// byteLong blows a step up in its middle.
func (m *mutator) byteLong() bool {
	i, a, _, ok := m.bytesStep()
	if !ok {
		return false
	}
	unit := Pick(m.r, []string{"x", "(", " ", "1,", "\"", "a/", "*", "\r\n", "&-", "\\"})
	n := m.size(64, 1000, 8192, 65536)
	m.setData(i, slices.Insert(m.c.Steps[i].Data, a, bytes.Repeat([]byte(unit), n)...))
	return true
}
