package fuzz

import (
	"slices"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// mayConnect reports whether the case is one that may have several connections.
func (m *mutator) mayConnect() bool { return m.c.Target == corpus.Server }

// connAdd lets another connection do what one does already.
func (m *mutator) connAdd() bool {
	n := m.c.Conns()
	if !m.mayConnect() || n == 0 || n >= maxConns || len(m.c.Steps) > maxSteps/2 {
		return false
	}
	from := m.r.Between(1, n)
	var all []corpus.Step
	interleave := m.r.Chance(1, 2)
	for i := range m.c.Steps {
		s := &m.c.Steps[i]
		if s.Conn != from || s.Expects(m.c.Target) {
			continue
		}
		d := s.Clone()
		d.Conn = n + 1
		all = append(all, d)
	}
	if len(all) == 0 {
		return false
	}
	at := len(m.c.Steps)
	if interleave {
		at = m.r.N(len(m.c.Steps) + 1)
	}
	m.touch(at)
	m.c.Steps = slices.Insert(m.c.Steps, at, all...)
	if interleave {
		m.connInterleave()
	}
	return true
}

// connDrop removes a connection; the higher ones move up.
func (m *mutator) connDrop() bool {
	n := m.c.Conns()
	if n < 2 {
		return false
	}
	gone := m.r.Between(1, n)
	if m.c.Target == corpus.Client {
		gone = n
	}
	left := dropConn(m.c, gone)
	if len(left.Steps) == 0 {
		return false
	}
	m.c.Steps, m.c.Plan = left.Steps, left.Plan
	m.touch(0)
	return true
}

// dropConn returns c without connection n; the higher ones move up.
func dropConn(c *corpus.Case, n int) *corpus.Case {
	d := *c
	d.Steps, d.Plan = nil, nil
	for _, s := range c.Steps {
		if s.Conn == n {
			continue
		}
		if s.Conn > n {
			s.Conn--
		}
		d.Steps = append(d.Steps, s)
	}
	for _, p := range c.Plan {
		if p.Conn == n {
			continue
		}
		if p.Conn > n {
			p.Conn--
		}
		d.Plan = append(d.Plan, p)
	}
	return &d
}

// connMove moves a few steps to another connection.
func (m *mutator) connMove() bool {
	n := m.c.Conns()
	if !m.mayConnect() || n == 0 || len(m.c.Steps) == 0 {
		return false
	}
	to := m.r.Between(1, min(n+1, maxConns))
	a, b := m.someBlock()
	moved := false
	for i := a; i < b; i++ {
		if s := &m.c.Steps[i]; s.Conn != 0 && s.Conn != to {
			s.Conn = to
			moved = true
		}
	}
	m.touch(a)
	return moved
}

// connInterleave mixes the steps of the connections anew; those of one stay in
// order.
func (m *mutator) connInterleave() bool {
	n := m.c.Conns()
	if n < 2 || m.c.Restarts() > 0 { // which part the connections
		return false
	}
	queues := make([][]corpus.Step, n+1) // 0: time
	for _, s := range m.c.Steps {
		queues[s.Conn] = append(queues[s.Conn], s)
	}
	last := 0
	for i := range m.c.Steps {
		if len(queues[last]) == 0 || !m.r.Chance(1, 2) {
			last = m.r.N(n + 1)
		}
		for len(queues[last]) == 0 {
			last = (last + 1) % (n + 1)
		}
		m.c.Steps[i] = queues[last][0]
		queues[last] = queues[last][1:]
	}
	m.touch(0)
	return true
}
