package fuzz

import (
	"bytes"
	"slices"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

// someBytes picks a step in which the harness sends bytes; -1 if there is none.
func (m *mutator) someBytes() int {
	n := len(m.c.Steps)
	if n == 0 {
		return -1
	}
	at := m.r.N(n)
	for k := range n {
		if i := (at + k) % n; m.c.Steps[i].Sends(m.c.Target) && len(m.c.Steps[i].Data) > 0 {
			return i
		}
	}
	return -1
}

// stepJoin sends two steps in one.
func (m *mutator) stepJoin() bool {
	i := m.someBytes()
	if i < 0 {
		return false
	}
	s := &m.c.Steps[i]
	for j := i + 1; j < len(m.c.Steps); j++ {
		t := &m.c.Steps[j]
		if t.Expects(m.c.Target) && m.c.Target == corpus.Server && t.Conn == s.Conn {
			continue // it would no more be true
		}
		if t.Conn != s.Conn || !t.Sends(m.c.Target) || bytes.HasPrefix(t.Data, []byte("$")) {
			return false
		}
		s.Data = slices.Concat(s.Data, t.Data)
		m.c.Steps = slices.Delete(m.c.Steps, j, j+1)
		m.touch(i)
		return true
	}
	return false
}

// stepSplit sends a step in two.
func (m *mutator) stepSplit() bool {
	i := m.someBytes()
	if i < 0 || len(m.c.Steps[i].Data) < 2 {
		return false
	}
	s := m.c.Steps[i]
	at := m.r.Between(1, len(s.Data)-1)
	if m.r.Chance(1, 3) {
		at = max(1, len(s.Data)-m.r.Between(1, 3))
	}
	rest := corpus.Step{Op: corpus.Bytes, Conn: s.Conn, Side: s.Side, Data: s.Data[at:]}
	m.c.Steps[i].Data = s.Data[:at:at]
	m.c.Steps = slices.Insert(m.c.Steps, i+1, rest)
	m.touch(i)
	return true
}

func (m *mutator) stepTLS() bool {
	if m.c.Honest {
		return false
	}
	// Where nobody has spoken of TLS a handshake is only noise, and dear.
	i := slices.IndexFunc(m.c.Steps, func(s corpus.Step) bool {
		return bytes.Contains(bytes.ToUpper(s.Data), []byte("STARTTLS"))
	})
	if i < 0 {
		return false
	}
	m.c.Steps = slices.Insert(m.c.Steps, i+1, corpus.Step{Op: corpus.StartTLS, Conn: max(1, m.c.Steps[i].Conn)})
	m.touch(i + 1)
	return true
}

// retag gives commands whose tag was used before on their connection a new one.
func (m *mutator) retag() {
	var seen [corpus.MaxConns + 1][]string
	for i := range m.c.Steps {
		s := &m.c.Steps[i]
		if s.Side != faultnet.Client || !s.Sends(m.c.Target) {
			continue
		}
		n := tagLen(s.Data)
		if n == 0 {
			continue
		}
		used := &seen[s.Conn]
		if !slices.Contains(*used, string(s.Data[:n])) {
			*used = append(*used, string(s.Data[:n]))
			continue
		}
		tag := freshTag(m.c, s.Conn)
		s.Data = append([]byte(tag), s.Data[n:]...)
		*used = append(*used, tag)
	}
}

// freshTag returns a tag that no step of conn begins with.
func freshTag(c *corpus.Case, conn int) string {
	for k := 1; ; k++ {
		tag := tagOf(conn, k)
		used := false
		for i := range c.Steps {
			s := &c.Steps[i]
			if s.Conn == conn && len(s.Data) > len(tag) && s.Data[len(tag)] == ' ' && string(s.Data[:len(tag)]) == tag {
				used = true
				break
			}
		}
		if !used {
			return tag
		}
	}
}
