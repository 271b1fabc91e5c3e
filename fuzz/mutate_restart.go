package fuzz

import (
	"math"
	"slices"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// maxRestarts is how many restarts a mutant has at most.
const maxRestarts = 3

// stepRestart restarts the server somewhere. What a connection does that has begun
// by then and goes on, it does on a new one, which logs in and selects first if the
// old one had.
func (m *mutator) stepRestart() bool {
	if !m.v.Restarts || m.c.Target != corpus.Server || len(m.c.Steps) == 0 || m.c.Restarts() >= maxRestarts {
		return false
	}
	at := m.someGap()
	var begun [corpus.MaxConns + 1]bool
	for i := range m.c.Steps[:at] {
		begun[m.c.Steps[i].Conn] = true
	}
	begun[0] = false
	made := []corpus.Step{{Op: corpus.Restart}}
	next := m.c.Conns() + 1
	for conn, yes := range begun {
		goesOn := func(s corpus.Step) bool { return s.Conn == conn }
		if !yes || next > maxConns || !slices.ContainsFunc(m.c.Steps[at:], goesOn) && !m.r.Chance(1, 2) {
			continue
		}
		made = append(made, m.again(m.stateAt(at, conn), next)...)
		for i := at; i < len(m.c.Steps); i++ {
			if s := &m.c.Steps[i]; s.Conn == conn {
				s.Conn = next
			}
		}
		next++
	}
	m.touch(at)
	m.c.Steps = slices.Insert(m.c.Steps, at, made...)
	return true
}

// again returns the steps that bring a new connection to a state.
func (m *mutator) again(st state, conn int) []corpus.Step {
	return m.write(func() {
		m.conn = conn
		if st != notAuth {
			m.login()
		}
		if st == selected {
			m.selectInbox()
		}
	})
}

// dropDead drops steps of connections that a restart has ended before, and restarts
// beyond those that a mutant may have. It returns the step from which on c has
// changed.
func dropDead(c *corpus.Case) (changed int) {
	if c.Restarts() == 0 {
		return len(c.Steps)
	}
	changed = math.MaxInt
	var used, ended [corpus.MaxConns + 1]bool
	kept := c.Steps[:0]
	for i, restarts := 0, 0; i < len(c.Steps); i++ {
		switch s := &c.Steps[i]; {
		case s.Op == corpus.Restart:
			if restarts++; restarts > maxRestarts {
				changed = min(changed, len(kept))
				continue
			}
			ended = used
			ended[0] = false
		case ended[s.Conn]:
			changed = min(changed, len(kept))
			continue
		default:
			used[s.Conn] = true
		}
		kept = append(kept, c.Steps[i])
	}
	c.Steps = kept
	return min(changed, len(kept))
}
