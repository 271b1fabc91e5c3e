package fuzz

import "github.com/imapfuzz/imapfuzz/corpus"

// draw invents a case or mutates one.
func (s *Search) draw(r *Rand) *corpus.Case {
	s.parent = 0
	if len(s.kept) == 0 {
		return s.invent(r)
	}
	switch s.yields.pick(r, sourceGroup) {
	case sourceKind(fromNothing):
		return s.invent(r)
	case sourceKind(fromHistory):
		if s.target == corpus.Server {
			return s.recount(r)
		}
		return s.invent(r)
	}
	for range 8 {
		e := s.pick(r)
		if s.banned[e.k] {
			continue
		}
		s.parent = e.k
		return s.mutate(r, e.c, s.pick(r).c)
	}
	return s.invent(r)
}

// newGen returns a gen that draws what pays more often.
func (s *Search) newGen(r *Rand) *gen {
	g := newGen(r, s.target, s.vocab)
	g.yields = s.yields
	return g
}

// invent is [Generate], with what pays.
func (s *Search) invent(r *Rand) *corpus.Case {
	g := s.newGen(r)
	g.madeBy(sourceKind(fromNothing))
	g.wholeCase(s.target)
	s.made = g.made
	return g.c
}

// recount invents a history.
func (s *Search) recount(r *Rand) *corpus.Case {
	g := s.newGen(r)
	g.madeBy(sourceKind(fromHistory))
	g.historyCase()
	s.made = g.made
	return g.c
}

// mutate is [Mutate], with what pays.
func (s *Search) mutate(r *Rand, c, other *corpus.Case) *corpus.Case {
	m := newMutator(s.newGen(r), c, other)
	names := m.mutate(c)
	if names == nil {
		return s.invent(r)
	}
	m.madeBy(sourceKind(fromKept))
	for _, name := range names {
		m.madeBy(s.yields.kinds[name])
	}
	s.made = m.made
	return m.c
}

// pick prefers what takes rare edges, what is recent, what showed much that was new, and what is small.
func (s *Search) pick(r *Rand) *keptCase {
	if len(s.rare.known) > 0 && r.Chance(1, 2) {
		return s.rare.pick(r)
	}
	if r.Chance(1, 3) {
		return &s.kept[len(s.kept)-1-r.N(min(recent, len(s.kept)))]
	}
	a, b := &s.kept[r.N(len(s.kept))], &s.kept[r.N(len(s.kept))]
	if a.worth() >= b.worth() {
		return a
	}
	return b
}

// worth is how much a case showed for its length: long cases show much, and take
// long.
func (e *keptCase) worth() int {
	return 1024*min(e.rare, 32)/(len(e.c.Steps)+4) - min(e.size, 1<<16)/16
}
