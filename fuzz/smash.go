package fuzz

import (
	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

// How often each new way into the target's code is tried with a fault, over its
// steps in order, and with a part of another case.
const (
	smashFaults  = 12
	smashSplices = 6
	maxSmashes   = 64 // that wait
)

// A smash is what is done once to a kept case that takes a new edge, while it is
// new: each part of it is broken, and others are put behind it. What waits follows
// from the cases that were kept alone, so that a restored search goes on the same.
type smash struct {
	e    keptCase
	done int
}

// smashes reports whether the next case is a smash: every second one is, while
// there are some.
func (s *Search) smashes() bool { return len(s.pending) > 0 && s.next%2 == 0 }

// forward takes the smashes from the queue that are made up to case k.
func (s *Search) forward(k uint64) {
	for ; s.next < k && len(s.pending) > 0; s.next++ {
		if (s.next+1)%2 == 0 && s.next+1 > uint64(len(s.inputs)) {
			s.takeSmash()
		}
	}
	s.next = k
}

// takeSmash takes the next smash from the queue.
func (s *Search) takeSmash() (e keptCase, i int) {
	p := &s.pending[0]
	e, i = p.e, p.done
	if p.done++; p.done == smashFaults+smashSplices {
		s.pending = s.pending[1:]
	}
	return e, i
}

// smash returns the next smash.
func (s *Search) smash(r *Rand) *corpus.Case {
	e, i := s.takeSmash()
	if s.banned[e.k] {
		return s.draw(r)
	}
	s.parent = e.k
	m := newMutator(s.newGen(r), e.c, s.pick(r).c)
	switch {
	case i < smashFaults:
		m.breakStep(i)
		m.madeBy(sourceKind(smashFault))
	case i%2 == 0:
		m.stepSplice()
		m.madeBy(sourceKind(smashSplice))
	default:
		m.stepTake()
		m.madeBy(sourceKind(smashTake))
	}
	if m.finish(e.c); m.c.Valid() != nil {
		return s.mutate(r, e.c, nil)
	}
	s.made = m.made
	return m.c
}

// breakFaults are what strikes in a smash, one after the other.
var breakFaults = func() (all []faultnet.Fault) {
	for _, text := range []string{"cut", "reset", "stall 31m"} {
		f, err := faultnet.ParseFault(text)
		if err != nil {
			panic(err)
		}
		all = append(all, f)
	}
	return all
}()

// breakStep lets the i-th of smashFaults faults strike: over the steps in order, in
// the middle of what the step sends and of what it is answered with in turn.
func (m *mutator) breakStep(i int) {
	var sends []int
	for k := range m.c.Steps {
		if m.c.Steps[k].Op == corpus.Bytes {
			sends = append(sends, k)
		}
	}
	if len(sends) == 0 {
		m.addFault()
		return
	}
	s := &m.c.Steps[sends[i*len(sends)/smashFaults]]
	rule := faultnet.Rule{Side: s.Side, When: faultnet.When{At: int64(len(s.Data) / 2)}, Fault: breakFaults[i%len(breakFaults)]}
	if i%2 == 1 {
		rule.Side, rule.When.At = s.Side.Other(), int64(m.r.N(64))
	}
	s.Faults = append(s.Faults, rule)
}
