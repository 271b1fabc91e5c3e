package fuzz

// rareEdges says which kept cases take edges that few others take: from these a
// mutation is most likely to go where none has been.
type rareEdges struct {
	kept  []uint32    // for each edge, the kept cases that take it
	best  []*keptCase // for each edge, the smallest of them
	known []int       // edges that are taken, in the order in which they were first
}

// edgeDraws is how many edges are drawn, of which the rarest is taken.
const edgeDraws = 4

// admit takes note of a kept case.
func (e *rareEdges) admit(c keptCase, taken []byte) {
	eachEdge(taken, len(e.kept), func(edge int, _ byte) {
		if e.kept[edge]++; e.kept[edge] == 1 {
			e.known = append(e.known, edge)
		}
		if b := e.best[edge]; b == nil || c.cost() < b.cost() {
			e.best[edge] = &c
		}
	})
}

// cost is what a run of the case takes, roughly.
func (e *keptCase) cost() int { return len(e.c.Steps)*16 + e.size }

// pick returns the smallest case that takes a rare edge, nil if there is none.
func (e *rareEdges) pick(r *Rand) *keptCase {
	if len(e.known) == 0 {
		return nil
	}
	rarest := e.known[r.N(len(e.known))]
	for range edgeDraws - 1 {
		if edge := e.known[r.N(len(e.known))]; e.kept[edge] < e.kept[rarest] {
			rarest = edge
		}
	}
	return e.best[rarest]
}
