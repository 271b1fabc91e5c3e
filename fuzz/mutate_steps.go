package fuzz

import (
	"bytes"
	"slices"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// blockEnd returns where the block that starts at step i ends: a command with the
// steps of its literals, or, in a case for a client, a call with all that answers
// it.
func blockEnd(c *corpus.Case, i int) int {
	s := &c.Steps[i]
	end := i + 1
	if c.Target == corpus.Client {
		if s.Op == corpus.Do {
			for end < len(c.Steps) && c.Steps[end].Op == corpus.Bytes {
				end++
			}
		}
		return end
	}
	for s.Sends(c.Target) && opensLiteral(s.Data) {
		next := end
		for next < len(c.Steps) && c.Steps[next].Conn == s.Conn && c.Steps[next].Expects(c.Target) {
			next++
		}
		if next == len(c.Steps) || c.Steps[next].Conn != s.Conn || !c.Steps[next].Sends(c.Target) {
			break
		}
		s, end = &c.Steps[next], next+1
	}
	return end
}

// opensLiteral reports whether d ends with the header of a literal.
func opensLiteral(d []byte) bool {
	return bytes.HasSuffix(d, []byte("}\r\n")) && bytes.LastIndexByte(d[max(0, len(d)-32):], '{') >= 0
}

// someBlock picks a block; its steps are a to b-1. The case must have steps.
func (m *mutator) someBlock() (a, b int) {
	a = m.r.N(len(m.c.Steps))
	return a, blockEnd(m.c, a)
}

// someGap picks a place between blocks, or any place now and then: the index of the
// step before which something is put in.
func (m *mutator) someGap() int {
	at := m.r.N(len(m.c.Steps) + 1)
	if at == 0 || m.r.Chance(1, 10) {
		return at
	}
	return blockEnd(m.c, at-1)
}

// stateAt says what state conn is thought to be in before step at.
func (m *mutator) stateAt(at, conn int) state {
	st := notAuth
	for i := range m.c.Steps[:at] {
		s := &m.c.Steps[i]
		if s.Conn != conn || !s.Sends(m.c.Target) || len(s.Data) > 512 {
			continue
		}
		_, rest, _ := bytes.Cut(s.Data, []byte(" "))
		switch verb, _, _ := bytes.Cut(bytes.TrimRight(rest, "\r\n"), []byte(" ")); string(verb) {
		case "LOGIN", "AUTHENTICATE", "CLOSE", "UNSELECT":
			st = auth
		case "SELECT", "EXAMINE":
			st = selected
		case "UNAUTHENTICATE", "LOGOUT":
			st = notAuth
		}
	}
	return st
}

// stepInsert puts a generated command, call or reply somewhere.
func (m *mutator) stepInsert() bool {
	at := m.someGap()
	m.conn = 1
	if m.c.Target == corpus.Server {
		m.conn = m.r.Between(1, min(max(1, m.c.Conns()), maxConns))
	}
	fresh := m.mayConnect() && m.c.Conns() < maxConns && m.r.Chance(1, 12)
	if fresh {
		m.conn = m.c.Conns() + 1
	}
	m.conns[m.conn].state = m.stateAt(at, m.conn)
	made := m.write(func() {
		switch {
		case fresh:
			m.login()
			m.selectInbox()
			m.anyCommand()
		case m.c.Target == corpus.Server:
			m.anyCommand()
		case m.c.Honest:
			m.do(m.vary(Pick(m.r, m.v.calls())))
		case m.r.Chance(1, 2):
			m.call(m.vary(Pick(m.r, m.v.calls())))
		default:
			m.bad = m.r.Chance(1, 2)
			m.anyReply()
			m.bad = false
		}
	})
	m.touch(at)
	m.c.Steps = slices.Insert(m.c.Steps, at, made...)
	return len(made) > 0
}

func (m *mutator) stepDelete() bool {
	if len(m.c.Steps) < 2 {
		return false
	}
	a, b := m.someBlock()
	if m.r.Chance(1, 6) {
		b = min(len(m.c.Steps), b+m.r.N(4))
	}
	if b-a == len(m.c.Steps) {
		return false
	}
	m.c.Steps = slices.Delete(m.c.Steps, a, b)
	m.touch(a)
	return true
}

func (m *mutator) stepDuplicate() bool {
	if len(m.c.Steps) == 0 {
		return false
	}
	a, b := m.someBlock()
	at := b
	if m.r.Chance(1, 2) {
		at = m.someGap()
	}
	m.c.Steps = slices.Insert(m.c.Steps, at, copySteps(m.c.Steps[a:b])...)
	m.touch(at)
	return true
}

// stepRepeat does a block again and again.
func (m *mutator) stepRepeat() bool {
	if len(m.c.Steps) == 0 {
		return false
	}
	a, b := m.someBlock()
	n := m.r.Between(2, 8)
	if len(m.c.Steps)+n*(b-a) > maxSteps {
		return false
	}
	block := copySteps(m.c.Steps[a:b])
	for range n {
		m.c.Steps = slices.Insert(m.c.Steps, b, copySteps(block)...)
	}
	m.touch(b)
	return true
}

// copySteps returns copies of steps that share nothing that is written.
func copySteps(steps []corpus.Step) []corpus.Step {
	out := make([]corpus.Step, len(steps))
	for i := range steps {
		out[i] = steps[i].Clone()
	}
	return out
}

func (m *mutator) stepSwap() bool {
	if len(m.c.Steps) < 2 {
		return false
	}
	a, b := m.someBlock()
	if b == len(m.c.Steps) {
		return false
	}
	d := blockEnd(m.c, b)
	both := slices.Concat(m.c.Steps[b:d], m.c.Steps[a:b])
	copy(m.c.Steps[a:], both)
	m.touch(a)
	return true
}

// fits reports whether parts of the other case can be taken.
func (m *mutator) fits() bool {
	return m.other != nil && m.other.Target == m.c.Target && m.other.Honest == m.c.Honest && len(m.other.Steps) > 0 && m.other.Conns() <= maxConns
}

// stepSplice goes on as the other case does.
func (m *mutator) stepSplice() bool {
	if !m.fits() || len(m.c.Steps) == 0 {
		return false
	}
	at := m.someGap()
	from := m.r.N(len(m.other.Steps))
	m.c.Steps = append(m.c.Steps[:at:at], copySteps(m.other.Steps[from:])...)
	m.touch(at)
	return true
}

// stepTake takes a block or a few from the other case.
func (m *mutator) stepTake() bool {
	if !m.fits() {
		return false
	}
	a := m.r.N(len(m.other.Steps))
	b := a
	for n := m.r.Between(1, 3); n > 0 && b < len(m.other.Steps); n-- {
		b = blockEnd(m.other, b)
	}
	at := m.someGap()
	taken := copySteps(m.other.Steps[a:b])
	if conns := m.c.Conns(); m.mayConnect() && conns > 0 && m.r.Chance(1, 2) {
		conn := m.r.Between(1, conns)
		for i := range taken {
			if taken[i].Conn > 0 {
				taken[i].Conn = conn
			}
		}
	}
	m.c.Steps = slices.Insert(m.c.Steps, at, taken...)
	m.touch(at)
	return true
}

func (m *mutator) stepTruncate() bool {
	if len(m.c.Steps) < 2 {
		return false
	}
	m.c.Steps = m.c.Steps[:m.r.Between(1, len(m.c.Steps)-1)]
	return true
}

// stepTime lets time pass, or another time.
func (m *mutator) stepTime() bool {
	d := Pick(m.r, times[:])
	for i := range m.c.Steps {
		if m.c.Steps[i].Op == corpus.Time && m.r.Chance(1, 2) {
			if m.c.Steps[i].D == d || m.r.Chance(1, 4) {
				m.c.Steps = slices.Delete(m.c.Steps, i, i+1)
			} else {
				m.c.Steps[i].D = d
			}
			m.touch(i)
			return true
		}
	}
	at := m.r.N(len(m.c.Steps) + 1)
	m.c.Steps = slices.Insert(m.c.Steps, at, corpus.Step{Op: corpus.Time, D: d})
	m.touch(at)
	return true
}
