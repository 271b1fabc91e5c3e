package fuzz

import (
	"bytes"
	"slices"
	"strings"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// level is one of the levels on which a case is mutated.
type level uint8

const (
	connLevel level = iota
	stepLevel
	argLevel
	byteLevel
	faultLevel
)

// mutation is one way to change a case.
type mutation struct {
	name   string
	level  level
	weight int
	apply  func(*mutator) bool // false: there was nothing to change, and nothing changed
}

// mutations are all there are. Never written to.
var mutations = [...]mutation{
	{"conn-add", connLevel, 2, (*mutator).connAdd},
	{"conn-drop", connLevel, 2, (*mutator).connDrop},
	{"conn-move", connLevel, 3, (*mutator).connMove},
	{"conn-interleave", connLevel, 4, (*mutator).connInterleave},
	{"step-insert", stepLevel, 12, (*mutator).stepInsert},
	{"step-delete", stepLevel, 10, (*mutator).stepDelete},
	{"step-duplicate", stepLevel, 5, (*mutator).stepDuplicate},
	{"step-repeat", stepLevel, 1, (*mutator).stepRepeat},
	{"step-swap", stepLevel, 4, (*mutator).stepSwap},
	{"step-splice", stepLevel, 5, (*mutator).stepSplice},
	{"step-take", stepLevel, 9, (*mutator).stepTake},
	{"step-truncate", stepLevel, 4, (*mutator).stepTruncate},
	{"step-time", stepLevel, 3, (*mutator).stepTime},
	{"step-join", stepLevel, 3, (*mutator).stepJoin},
	{"step-split", stepLevel, 3, (*mutator).stepSplit},
	{"step-tls", stepLevel, 1, (*mutator).stepTLS},
	{"arg-replace", argLevel, 22, (*mutator).argReplace},
	{"arg-number", argLevel, 6, (*mutator).argNumber},
	{"arg-literal", argLevel, 5, (*mutator).argLiteral},
	{"arg-form", argLevel, 4, (*mutator).argForm},
	{"arg-verb", argLevel, 3, (*mutator).argVerb},
	{"arg-nest", argLevel, 2, (*mutator).argNest},
	{"arg-drop", argLevel, 3, (*mutator).argDrop},
	{"arg-duplicate", argLevel, 3, (*mutator).argDuplicate},
	{"arg-swap", argLevel, 2, (*mutator).argSwap},
	{"arg-word", argLevel, 4, (*mutator).argWord},
	{"arg-awaited", argLevel, 6, (*mutator).argAwaited},
	{"arg-double", argLevel, 2, (*mutator).argDouble},
	{"arg-same", argLevel, 4, (*mutator).argSame},
	{"byte-flip", byteLevel, 2, (*mutator).byteFlip},
	{"byte-insert", byteLevel, 3, (*mutator).byteInsert},
	{"byte-delete", byteLevel, 3, (*mutator).byteDelete},
	{"byte-duplicate", byteLevel, 2, (*mutator).byteDuplicate},
	{"byte-truncate", byteLevel, 1, (*mutator).byteTruncate},
	{"byte-line-end", byteLevel, 2, (*mutator).byteLineEnd},
	{"byte-word", byteLevel, 3, (*mutator).byteWord},
	{"byte-long", byteLevel, 1, (*mutator).byteLong},
	{"fault-add", faultLevel, 6, (*mutator).faultAdd},
	{"fault-drop", faultLevel, 4, (*mutator).faultDrop},
	{"fault-move", faultLevel, 6, (*mutator).faultMove},
	{"fault-kind", faultLevel, 4, (*mutator).faultKind},
	{"fault-shift", faultLevel, 2, (*mutator).faultShift},
	{"step-restart", stepLevel, 3, (*mutator).stepRestart},
}

// allWeights is the sum of the weights of mutations.
var allWeights = func() (sum int) {
	for i := range mutations {
		sum += mutations[i].weight
	}
	return sum
}()

// Mutate returns a changed copy of c, and the names of the mutations that made it,
// joined with "+", for statistics of what pays off. It draws from r alone. other is
// a case for the same target from which parts are taken; it may be nil or c itself,
// and v may be nil. Neither c nor other is changed.
//
// One to four mutations are applied, each on one of five levels: connections,
// steps, arguments by grammar, bytes, faults. What a case expects of a server holds
// only as far as nothing has changed before it, and is dropped behind that; what it
// expects of a client says when replies are due, and stays. Notes and rule ids,
// which speak about c, are dropped.
//
// The result has at most 12 steps, 5 connections, 6 faults and 1 MiB of data (4 MiB
// in rare cases), or as much as c has, if that is more. If nothing could be changed,
// it is a generated case, named "generate".
func Mutate(r *Rand, c, other *corpus.Case, v *Vocabulary) (*corpus.Case, string) {
	if v == nil {
		v = DefaultVocabulary(c.Target)
	}
	m := newMutator(newGen(r, c.Target, v), c, other)
	names := m.mutate(c)
	if names == nil {
		return Generate(r, c.Target, v), sourceNames[fromNothing]
	}
	return m.c, strings.Join(names, "+")
}

// newMutator returns a mutator whose case is a copy of c.
func newMutator(g *gen, c, other *corpus.Case) *mutator {
	m := &mutator{gen: g, other: other, first: len(c.Steps)}
	m.c = c.Clone()
	m.c.Note, m.c.Rules = nil, nil
	return m
}

// mutate changes the case of m, which is a copy of before, and returns what changed
// it; nil if nothing could.
func (m *mutator) mutate(before *corpus.Case) (names []string) {
	for n := 1 + m.r.Weighted([]int{8, 4, 2, 1}); n > 0; n-- {
		for range 6 {
			t := m.pickMutation()
			if t.apply(m) {
				names = append(names, t.name)
				break
			}
		}
	}
	m.finish(before)
	if len(m.c.Steps) == 0 || m.c.Valid() != nil {
		return nil
	}
	return names
}

func (m *mutator) pickMutation() *mutation {
	if m.yields != nil {
		return &mutations[m.yields.pick(m.r, mutationGroup)-firstMutation]
	}
	k := m.r.N(allWeights)
	for i := range mutations {
		if k -= mutations[i].weight; k < 0 {
			return &mutations[i]
		}
	}
	return &mutations[0]
}

// mutator changes the case of its gen.
type mutator struct {
	*gen
	other *corpus.Case
	first int // expectations from this step on may be wrong
}

// touch says that the steps from i on are not what they were.
func (m *mutator) touch(i int) { m.first = min(m.first, i) }

// finish makes the case whole again: expectations, tags, bounds.
func (m *mutator) finish(before *corpus.Case) {
	c := m.c
	if c.Target == corpus.Server {
		m.shed(before)
		m.touch(dropDead(c))
		kept := c.Steps[:0]
		for i := range c.Steps {
			if i < m.first || !c.Steps[i].Expects(c.Target) {
				kept = append(kept, c.Steps[i])
			}
		}
		c.Steps = kept
		if !m.r.Chance(1, 16) {
			m.retag()
		}
	}
	m.bound(before)
	for i := range c.Steps {
		c.Steps[i].Note = nil
	}
}

// shortSteps is how many steps most mutants have at most: what a case shows, it
// shows with few, and each costs as much as the next.
const shortSteps = 5

// shed drops, most of the time, what the case has grown by, from anywhere: its last
// steps are those for which it was kept.
func (m *mutator) shed(before *corpus.Case) {
	n := max(shortSteps, len(before.Steps)*3/4)
	if m.r.Chance(1, 5) {
		return
	}
	for tries := 0; len(m.c.Steps) > n && tries < 32; tries++ {
		a, b := m.someBlock()
		if b-a == len(m.c.Steps) || m.opens(a) && !m.r.Chance(1, 8) {
			continue
		}
		m.c.Steps = slices.Delete(m.c.Steps, a, b)
		m.touch(a)
	}
}

// opens reports whether step i logs in or selects: most of what follows would be
// refused without it.
func (m *mutator) opens(i int) bool {
	_, rest, _ := bytes.Cut(m.c.Steps[i].Data, []byte(" "))
	return bytes.HasPrefix(rest, []byte("LOGIN ")) || bytes.HasPrefix(rest, []byte("SELECT "))
}

// bound cuts the case down to the limits, or to what it had before.
func (m *mutator) bound(before *corpus.Case) {
	c := m.c
	if n := max(maxSteps, len(before.Steps)); len(c.Steps) > n {
		c.Steps = c.Steps[:n]
	}
	limit := maxData
	if m.r.Chance(1, 64) {
		limit = maxRare
	}
	for i := range before.Steps {
		limit = max(limit, len(before.Steps[i].Data))
	}
	for i := range c.Steps {
		if n := len(c.Steps[i].Data); n > limit {
			c.Steps[i].Data = c.Steps[i].Data[:limit]
			limit = 0
		} else {
			limit -= n
		}
	}
	if countFaults(c) > max(maxFaults, countFaults(before)) {
		m.first = 0
		for countFaults(c) > maxFaults && m.faultDrop() {
		}
	}
}

// countFaults returns how many faults c has, in its plan and steps.
func countFaults(c *corpus.Case) int {
	n := len(c.Plan)
	for i := range c.Steps {
		n += len(c.Steps[i].Faults)
		if c.Steps[i].Op == corpus.Strike {
			n++
		}
	}
	return n
}

// write lets f write into an empty list of steps and returns them.
func (m *mutator) write(f func()) []corpus.Step {
	kept := m.c.Steps
	m.c.Steps = nil
	f()
	m.flush()
	made := m.c.Steps
	m.c.Steps = kept
	return made
}
