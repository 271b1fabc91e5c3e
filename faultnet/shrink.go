package faultnet

// shrinkCalls is how often a Shrinker asks if nobody says.
const shrinkCalls = 2000

// Shrink returns the simplest plan that it finds for which fails is still true:
// a [Shrinker] with the usual budget.
func Shrink(p Plan, fails func(Plan) bool) Plan {
	small, _ := Shrinker{Fails: fails}.Run(p)
	return small
}

// A Shrinker makes a plan simpler while it still does the same harm. It is best
// given the plan of a journal ([JournalPlan]), whose positions are plain.
type Shrinker struct {
	// Fails reports whether a plan still does the harm that it is about. It is
	// only shown plans that pass Check, never the same one twice, and must not
	// change them. To end a Shrinker early, let Fails return false from then on.
	Fails func(Plan) bool
	// Budget is how often Fails is called at most; 0 is 2000.
	Budget int
}

// Run returns the simplest plan that it found, and how often it called Fails. It
// takes away rules, many at once first; then it makes what is left simpler: the
// kind of the fault, the point at which it strikes and the one at which it ends,
// how often it repeats, durations, counts and bytes;
// again, until nothing more goes or the budget is used up. It asks the same
// questions in the same order each time. Fails was true for every plan that it
// returns, but for p itself, which comes back if it is not a plan that passes
// Check and fails. p is not changed.
func (s Shrinker) Run(p Plan) (small Plan, calls int) {
	r := &shrinking{fails: s.Fails, left: s.Budget, best: p, seen: make(map[string]bool)}
	if r.left <= 0 {
		r.left = shrinkCalls
	}
	budget := r.left
	if !r.try(p.with(p.Rules...)) {
		return p, budget - r.left
	}
	for before := -1; before != r.kept && r.left > 0; {
		before = r.kept
		r.fewer()
		for i := range r.best.Rules {
			r.simpler(i)
		}
	}
	return r.best, budget - r.left
}

// with returns p with these rules, in a slice of their own, in the place of its
// own ones.
func (p Plan) with(rules ...Rule) Plan {
	p.Rules = append([]Rule(nil), rules...)
	return p
}

// shrinking is one run of a Shrinker.
type shrinking struct {
	fails func(Plan) bool
	left  int // calls
	kept  int // plans that were taken
	best  Plan
	seen  map[string]bool // plans that were tried, by their text
}

// try makes p the best plan if it is new and fails.
func (r *shrinking) try(p Plan) bool {
	if r.left <= 0 || p.Check() != nil {
		return false
	}
	text := p.String()
	if r.seen[text] {
		return false
	}
	r.seen[text] = true
	r.left--
	if !r.fails(p) {
		return false
	}
	r.best = p
	r.kept++
	return true
}

// fewer takes rules away: halves, quarters and so on, then single ones, from the
// end to the start.
func (r *shrinking) fewer() {
	for size := max(1, len(r.best.Rules)/2); ; size /= 2 {
		for b := len(r.best.Rules); b > 0 && r.left > 0; {
			a := max(0, b-size)
			rules := r.best.Rules
			r.try(r.best.with(append(rules[:a:a], rules[b:]...)...))
			b = min(a, len(r.best.Rules))
		}
		if size <= 1 {
			return
		}
	}
}

// simpler makes the ith rule simpler until nothing more goes.
func (r *shrinking) simpler(i int) {
	for again := true; again && r.left > 0; {
		again = false
		for _, x := range simplerRules(r.best.Rules[i]) {
			if r.swap(i, x) {
				again = true
				break
			}
		}
	}
}

// swap tries the best plan with x as its ith rule.
func (r *shrinking) swap(i int, x Rule) bool {
	p := r.best.with(r.best.Rules...)
	p.Rules[i] = x
	return r.try(p)
}
