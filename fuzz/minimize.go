package fuzz

import (
	"crypto/sha256"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// defaultBudget is how often Keep is called if nobody says.
const defaultBudget = 2000

// A Minimizer makes a case smaller while it still shows the same finding.
type Minimizer struct {
	// Keep reports whether a candidate still shows the same bucket. It must not
	// change the candidate, and may be called with the same one only once.
	Keep func(*corpus.Case) bool
	// Budget is how often Keep is called at most; 0 is 2000.
	Budget int
}

// Run returns the smallest case that it found, and how often it called Keep. It
// takes away connections, steps, faults, expectations and notes, then shortens
// times, arguments, literals (with the sizes that announce them) and bytes, and at
// last numbers connections and tags from the start; again, until nothing more goes
// or the budget is used up. Every case that it returns is one for which Keep was
// true, but for a copy of c itself, which comes back if Keep is not true for c. c
// is not changed.
func (m *Minimizer) Run(c *corpus.Case) (min *corpus.Case, calls int) {
	s := &shrinker{keep: m.Keep, budget: m.Budget, seen: make(map[[sha256.Size]byte]struct{})}
	if s.budget <= 0 {
		s.budget = defaultBudget
	}
	if !s.try(c.Clone()) {
		return c.Clone(), s.calls
	}
	for before := -1; before != s.kept && s.calls < s.budget; {
		before = s.kept
		s.shrinkConns()
		s.shrinkSteps()
		s.shrinkFaults()
		s.shrinkNotes()
		s.shrinkTimes()
		s.shrinkLiterals()
		s.shrinkRuns()
		s.shrinkArgs()
		s.shrinkBytes()
	}
	s.canonical()
	return s.best, s.calls
}

// shrinker is one run of a Minimizer.
type shrinker struct {
	keep   func(*corpus.Case) bool
	budget int
	calls  int
	kept   int // candidates that were kept
	best   *corpus.Case
	seen   map[[sha256.Size]byte]struct{} // candidates that were tried, by their text
	text   []byte
}

// try makes c the best case if it is new, and Keep is true for it. c must share
// nothing that is written with the best case.
func (s *shrinker) try(c *corpus.Case) bool {
	if c == nil || s.calls >= s.budget || c.Valid() != nil {
		return false
	}
	s.text = c.Append(s.text[:0])
	key := sha256.Sum256(s.text)
	if _, ok := s.seen[key]; ok {
		return false
	}
	s.seen[key] = struct{}{}
	s.calls++
	if !s.keep(c) {
		return false
	}
	s.best = c
	s.kept++
	return true
}

// edit tries a copy of the best case that f has changed. f returns false if there
// is nothing to try.
func (s *shrinker) edit(f func(c *corpus.Case) bool) bool {
	if s.calls >= s.budget {
		return false
	}
	c := s.best.Clone()
	return f(c) && s.try(c)
}

// remove takes things out of the best case, many at once first, from the end to the
// start: without returns it without the things a to b-1 of count.
func (s *shrinker) remove(count func() int, without func(a, b int) bool) {
	for size := max(1, count()/2); s.calls < s.budget; size /= 2 {
		for b := count(); b > 0 && s.calls < s.budget; {
			a := max(0, b-size)
			without(a, b)
			b = min(a, count())
		}
		if size <= 1 {
			return
		}
	}
}

// least lowers a number: try(n) reports whether n is enough; high is known to be.
// It supposes that what is enough stays enough above, and returns the least number
// from low on that was.
func least(low, high int, try func(n int) bool) int {
	if low < high && try(low) {
		return low
	}
	for low+1 < high {
		mid := low + (high-low)/2
		if try(mid) {
			high = mid
		} else {
			low = mid
		}
	}
	return high
}
