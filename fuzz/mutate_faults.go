package fuzz

import (
	"slices"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

// faultRef says where a fault of a case is.
type faultRef struct {
	step int // index of the step; -1: the plan
	k    int // index within the plan or the step's faults; -1: the step is the fault
}

// faultRefs lists the faults of c: the plan's, then the steps'.
func faultRefs(c *corpus.Case) []faultRef {
	var refs []faultRef
	for k := range c.Plan {
		refs = append(refs, faultRef{-1, k})
	}
	for i := range c.Steps {
		if c.Steps[i].Op == corpus.Strike {
			refs = append(refs, faultRef{i, -1})
		}
		for k := range c.Steps[i].Faults {
			refs = append(refs, faultRef{i, k})
		}
	}
	return refs
}

// rule returns the rule of a fault of c, to be changed in place.
func (f faultRef) rule(c *corpus.Case) *faultnet.Rule {
	switch {
	case f.step < 0:
		return &c.Plan[f.k].Rule
	case f.k < 0:
		return &c.Steps[f.step].Fault
	}
	return &c.Steps[f.step].Faults[f.k]
}

// drop takes a fault out of c.
func (f faultRef) drop(c *corpus.Case) {
	switch {
	case f.step < 0:
		c.Plan = slices.Delete(c.Plan, f.k, f.k+1)
	case f.k < 0:
		c.Steps = slices.Delete(c.Steps, f.step, f.step+1)
	default:
		c.Steps[f.step].Faults = slices.Delete(c.Steps[f.step].Faults, f.k, f.k+1)
	}
}

// someFault picks a fault of the case.
func (m *mutator) someFault() (f faultRef, ok bool) {
	refs := faultRefs(m.c)
	if len(refs) == 0 {
		return f, false
	}
	f = Pick(m.r, refs)
	m.touch(max(0, f.step))
	return f, true
}

func (m *mutator) faultAdd() bool {
	if countFaults(m.c) >= maxFaults {
		return false
	}
	m.addFault()
	m.touch(0)
	return true
}

func (m *mutator) faultDrop() bool {
	f, ok := m.someFault()
	if !ok || f.step >= 0 && f.k < 0 && len(m.c.Steps) == 1 {
		return false
	}
	f.drop(m.c)
	return true
}

// faultMove lets a fault strike elsewhere.
func (m *mutator) faultMove() bool {
	f, ok := m.someFault()
	if !ok {
		return false
	}
	r := f.rule(m.c)
	if f.step >= 0 && f.k < 0 { // a step of its own: among the steps
		s := m.c.Steps[f.step]
		m.c.Steps = slices.Delete(m.c.Steps, f.step, f.step+1)
		at := m.r.N(len(m.c.Steps) + 1)
		m.c.Steps = slices.Insert(m.c.Steps, at, s)
		m.touch(at)
		return true
	}
	if f.step >= 0 {
		made := m.made // what is drawn beside the place has no part in the case
		*r = faultnet.Rule{Side: r.Side, When: m.besideFault(&m.c.Steps[f.step], r.Side).When, Fault: r.Fault}
		m.made = made
	} else {
		*r = faultnet.Rule{Side: r.Side, When: m.when(r.Side, 600), Fault: r.Fault}
	}
	return true
}

// faultShift moves a fault a little along its stream.
func (m *mutator) faultShift() bool {
	f, ok := m.someFault()
	if !ok || f.step >= 0 && f.k < 0 {
		return false
	}
	r := f.rule(m.c)
	switch {
	case r.When.Time > 0:
		r.When.Time = Pick(m.r, delays[:])
	case r.When.Chance > 0:
		r.When.Seed = uint64(m.r.N(1000))
	case r.When.Nth > 0 && m.r.Chance(1, 2):
		r.When.Nth = max(1, r.When.Nth+int64(m.r.Between(0, 2))-1)
	case r.When.Line > 0 && m.r.Chance(1, 2):
		r.When.Line = max(1, r.When.Line+int64(m.r.Between(0, 2))-1)
	default:
		r.When.At = max(0, r.When.At+int64(m.r.Between(0, 8))-4)
	}
	return true
}

// faultKind lets something else happen there.
func (m *mutator) faultKind() bool {
	f, ok := m.someFault()
	if !ok {
		return false
	}
	r := f.rule(m.c)
	r.Fault = m.fault(r.Side)
	return true
}
