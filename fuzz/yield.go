package fuzz

import (
	"slices"
	"strings"

	"github.com/imapfuzz/imapfuzz/faultnet"
)

// A kind is a way in which a case is made: a kind of fault that was drawn, by its
// number; from firstMutation on a mutation; behind these a source of whole cases.
type kind int

const (
	firstMutation = kind(faultnet.SlowConnect) + 1
	sources       = 6
)

// sourceNames are whole cases: invented ones, mutants, what is done to new ones, and
// invented histories.
var sourceNames = [sources]string{"generate", "mutate", "smash-fault", "smash-splice", "smash-take", "history"}

const (
	fromNothing = iota
	fromKept
	smashFault
	smashSplice
	smashTake
	fromHistory
)

func mutationKind(i int) kind { return firstMutation + kind(i) }
func sourceKind(i int) kind   { return mutationKind(len(mutations)) + kind(i) }

// kindName returns the name of k: that of the mutation, or "!" and the word of the
// fault.
func kindName(k kind) string {
	switch {
	case k < firstMutation:
		return "!" + faultnet.Kind(k).String()
	case k < sourceKind(0):
		return mutations[k-firstMutation].name
	}
	return sourceNames[k-sourceKind(0)]
}

// yields is what kinds of mutations and faults have brought in one search, and how
// often each is drawn for it. What it learns follows from the kept cases and their
// numbers alone, so that a restored search goes on the same: it counts how often a
// kind was to be expected, not how often it came.
type yields struct {
	groups  []kindGroup
	kinds   map[string]kind
	at      uint64 // the case up to which draws are expected
	sampled [][2]int64
}

// A kindGroup is kinds of which one is drawn at a time.
type kindGroup struct {
	kinds  []kind
	base   []int // how often each is drawn as long as nothing is known
	weight []int
	sum    int     // of weight
	expect []int64 // draws of each, in cases with yieldUnit to one
	credit []int64 // what each has brought
}

const (
	yieldUnit = 1 << 10

	// A kind is drawn at most yieldSpan times as often as its base says, and at
	// least that part of it: what pays nothing now may pay later.
	yieldSpan = 4

	// yieldPrior is how much must have come before it counts; what lies back is
	// forgotten by half whenever a group has brought yieldMemory.
	yieldPrior  = 8
	yieldMemory = 512

	// A case that takes a new edge, or falls in a new bucket, is worth so much more
	// than one that shows a new sequence.
	yieldEdge   = 4
	yieldBucket = 8
)

// The groups.
const (
	mutationGroup = iota
	networkGroup
	hostileGroup
	sourceGroup
)

func newYields(first uint64) *yields {
	y := &yields{at: first, kinds: map[string]kind{}}
	var m kindGroup
	for i := range mutations {
		m.kinds, m.base = append(m.kinds, mutationKind(i)), append(m.base, mutations[i].weight)
	}
	y.groups = []kindGroup{m, faultGroup(networkKinds[:]), faultGroup(hostileKinds[:]), {
		kinds: []kind{sourceKind(fromNothing), sourceKind(fromKept), sourceKind(fromHistory)}, base: []int{2, 10, 2},
	}}
	for i := range y.groups {
		g := &y.groups[i]
		g.expect, g.credit, g.weight = make([]int64, len(g.kinds)), make([]int64, len(g.kinds)), make([]int, len(g.kinds))
		g.weigh()
	}
	for k := range sourceKind(sources) {
		y.kinds[kindName(k)] = k
	}
	y.sampled = make([][2]int64, sourceKind(sources))
	return y
}

// faultGroup is a group of a list that has the frequent kinds several times.
func faultGroup(list []faultnet.Kind) (g kindGroup) {
	for _, f := range list {
		i := slices.Index(g.kinds, kind(f))
		if i < 0 {
			i = len(g.kinds)
			g.kinds, g.base = append(g.kinds, kind(f)), append(g.base, 0)
		}
		g.base[i]++
	}
	return g
}

// weigh sets the weights by what the kinds have brought, in whole numbers: they are
// the same on every machine.
func (g *kindGroup) weigh() {
	var expect, credit int64
	for i := range g.kinds {
		expect += g.expect[i]
		credit += g.credit[i]
	}
	g.sum = 0
	for i, base := range g.base {
		fair := g.expect[i] * credit / max(expect, 1) // if all brought the same
		share := 16 * (g.credit[i] + yieldPrior) / (fair + yieldPrior)
		g.weight[i] = base * int(min(max(share, 16/yieldSpan), 16*yieldSpan))
		g.sum += g.weight[i]
	}
	if credit > yieldMemory {
		for i := range g.kinds {
			g.expect[i] /= 2
			g.credit[i] /= 2
		}
	}
}

// pick draws a kind of a group.
func (y *yields) pick(r *Rand, group int) kind {
	g := &y.groups[group]
	k := r.N(g.sum)
	for i, w := range g.weight {
		if k -= w; k < 0 {
			return g.kinds[i]
		}
	}
	return g.kinds[0]
}

// learn takes note of a kept case.
func (y *yields) learn(e *Kept) {
	cases := int64(e.K) - int64(y.at)
	if cases <= 0 {
		return
	}
	y.at = e.K
	worth := int64(1)
	if e.NewEdges > 0 {
		worth += yieldEdge
	}
	if len(e.Buckets) > 0 {
		worth += yieldBucket
	}
	var made []kind
	for _, name := range splitMade(e.Made) {
		if k, ok := y.kinds[name]; ok {
			made = append(made, k)
		}
	}
	for i := range y.groups {
		g := &y.groups[i]
		for j, w := range g.weight {
			g.expect[j] += cases * yieldUnit * int64(w) / int64(g.sum)
			if slices.Contains(made, g.kinds[j]) {
				g.credit[j] += worth
			}
		}
		g.weigh()
	}
}

// note counts a case that was made so, for the table.
func (y *yields) note(made []kind, kept bool) {
	for _, k := range made {
		y.sampled[k][0]++
		y.sampled[k][1] += int64(one(kept))
	}
}

// take returns what was counted since it was last asked: by name, how many were
// drawn and how many of these kept.
func (y *yields) take() map[string][2]int64 {
	out := map[string][2]int64{}
	for k, n := range y.sampled {
		if n[0] > 0 {
			out[kindName(kind(k))] = n
		}
	}
	clear(y.sampled)
	return out
}

// splitMade returns the names that madeNames has joined.
func splitMade(made string) []string { return strings.Split(made, "+") }

// madeNames joins the names of what made a case.
func madeNames(made []kind) string {
	var names []string
	for _, k := range made {
		names = append(names, kindName(k))
	}
	return strings.Join(names, "+")
}
