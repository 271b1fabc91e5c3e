package fuzz

import (
	"slices"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// argument picks a step with arguments, and one of them; deep says that it may be
// one inside a list. ok is false if there is none.
func (m *mutator) argument(deep bool) (i int, l line, k int, ok bool) {
	if i = m.someBytes(); i < 0 {
		return 0, l, 0, false
	}
	var buf [maxTokens]token
	l, ok = parseLine(m.c.Steps[i].Data, m.c.Target == corpus.Server, buf[:0])
	if !ok {
		return 0, l, 0, false
	}
	l.toks = slices.Clone(l.toks)
	k = m.r.N(len(l.toks))
	for deep && m.r.Chance(1, 2) {
		in := inner(nil, l.data, l.toks[k])
		if len(in) == 0 {
			break
		}
		l.toks = in
		k = m.r.N(len(in))
	}
	return i, l, k, true
}

// splice puts what f writes in the place of data[a:b] of step i. A literal that
// waits makes further steps.
func (m *mutator) splice(i, a, b int, f func()) {
	s := m.c.Steps[i]
	m.conn = s.Conn
	made := m.write(func() {
		m.buf = append(m.buf, s.Data[:a]...)
		f()
		m.buf = append(m.buf, s.Data[b:]...)
	})
	m.touch(i)
	if len(made) == 0 {
		m.c.Steps = slices.Delete(m.c.Steps, i, i+1)
		return
	}
	made[0].Faults = s.Faults
	m.c.Steps = slices.Replace(m.c.Steps, i, i+1, made...)
}

// argReplace writes another argument of the same grammar class.
func (m *mutator) argReplace() bool {
	if m.c.Target == corpus.Client && (m.c.Honest || m.r.Chance(1, 8)) {
		return m.callReplace()
	}
	i, l, k, ok := m.argument(true)
	if !ok {
		return false
	}
	t := l.toks[k]
	m.bad = m.r.Chance(2, 5)
	m.splice(i, t.a, t.b, func() {
		if m.c.Target == corpus.Server {
			m.commandArg(l.verb, l.data[t.a:t.b], k)
		} else {
			before := ""
			if k > 0 {
				before = wordOf(l.data, l.toks[k-1])
			}
			m.replyArg(before, l.data[t.a:t.b])
		}
	})
	m.bad = false
	return true
}

// argVerb keeps the arguments and changes the command.
func (m *mutator) argVerb() bool {
	i := m.someBytes()
	if i < 0 || m.c.Target == corpus.Client {
		return false
	}
	d := m.c.Steps[i].Data
	toks := tokenize(nil, d, 0, min(len(d), 64))
	if len(toks) < 2 {
		return false
	}
	m.splice(i, toks[1].a, toks[1].b, func() { m.s(Pick(m.r, serverVerbs[:]).name) })
	return true
}

// argNest puts an argument into parentheses, some or very many.
func (m *mutator) argNest() bool {
	i, l, k, ok := m.argument(true)
	if !ok {
		return false
	}
	t := l.toks[k]
	n := 1
	if m.r.Chance(1, 2) {
		n = m.depth()
	}
	m.splice(i, t.a, t.b, func() {
		m.repeat("(", n)
		m.buf = append(m.buf, l.data[t.a:t.b]...)
		m.repeat(")", n)
	})
	return true
}

func (m *mutator) argDrop() bool {
	i, l, k, ok := m.argument(true)
	if !ok {
		return false
	}
	t := l.toks[k]
	if t.a > 0 && l.data[t.a-1] == ' ' {
		t.a--
	}
	m.splice(i, t.a, t.b, func() {})
	return true
}

func (m *mutator) argDuplicate() bool {
	i, l, k, ok := m.argument(true)
	if !ok {
		return false
	}
	t := l.toks[k]
	n := 1
	if m.r.Chance(1, 10) {
		n = m.size(10, 100, 1000)
	}
	m.splice(i, t.b, t.b, func() {
		m.repeat(" "+string(l.data[t.a:t.b]), min(n, maxData/(t.b-t.a+1)))
	})
	return true
}

func (m *mutator) argSwap() bool {
	i, l, k, ok := m.argument(true)
	if !ok || len(l.toks) < 2 {
		return false
	}
	k = min(k, len(l.toks)-2)
	a, b := l.toks[k], l.toks[k+1]
	m.splice(i, a.a, b.b, func() {
		m.buf = append(m.buf, l.data[b.a:b.b]...)
		m.buf = append(m.buf, l.data[a.b:b.a]...)
		m.buf = append(m.buf, l.data[a.a:a.b]...)
	})
	return true
}

// argWord writes a word that the target said, or one of the RFCs'.
func (m *mutator) argWord() bool {
	i, l, k, ok := m.argument(true)
	if !ok {
		return false
	}
	t := l.toks[k]
	m.splice(i, t.a, t.b, func() { m.s(m.v.word(m.r)) })
	return true
}

// argAwaited writes a word that the target compares with.
func (m *mutator) argAwaited() bool {
	if len(m.v.awaited) == 0 {
		return false
	}
	i, l, k, ok := m.argument(true)
	if !ok {
		return false
	}
	m.splice(i, l.toks[k].a, l.toks[k].b, func() { m.s(Pick(m.r, m.v.awaited)) })
	return true
}
