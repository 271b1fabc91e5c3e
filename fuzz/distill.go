package fuzz

import (
	"bytes"
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// Shown is what a case shows: what it is kept for.
type Shown struct {
	Target  string   // "" if no target can run it
	Size    int      // bytes of its text
	Shows   []uint64 // states, replies, faults, edges of the target's code, and buckets; sorted
	Edges   int
	Buckets []string
	Same    bool // all runs took the same edges
	Stable  bool // and as often, by class
	Died    bool // a run ended its process: what it showed before is lost
}

// Show runs c n times (at least once) and returns what the first run showed. A
// case that no target can run shows nothing. An error says that it could not be
// run, or that ctx is done.
func (l *Lab) Show(ctx context.Context, c *corpus.Case, n int) (*Shown, error) {
	if err := l.open(); err != nil {
		return nil, err
	}
	text := string(corpus.Format(c))
	s := &Shown{Size: len(text), Same: true, Stable: true}
	spec, err := specFor(l.Targets, c)
	if err != nil {
		return s, nil
	}
	s.Target = spec.Name
	l.lab.features = true
	runs, err := l.lab.run(ctx, spec, text, max(n, 1), 0)
	l.lab.features = false
	if err != nil {
		return nil, err
	}
	s.take(&runs[0])
	for i := range runs {
		s.Died = s.Died || runs[i].Features == nil && runs[i].Skipped == ""
		s.Stable = s.Stable && bytes.Equal(runs[i].Taken, runs[0].Taken)
		s.Same = s.Same && slices.Equal(edgesOf(runs[i].Taken), edgesOf(runs[0].Taken))
	}
	return s, nil
}

// edgesOf returns the edges that a run has taken, ascending.
func edgesOf(taken []byte) (edges []int) {
	eachEdge(taken, math.MaxInt, func(edge int, _ byte) { edges = append(edges, edge) })
	return edges
}

// take notes what a run showed.
func (s *Shown) take(run *runReport) {
	s.Shows = slices.Clone(run.Features)
	eachEdge(run.Taken, math.MaxInt, func(edge int, class byte) {
		s.Edges++
		s.Shows = append(s.Shows, mark("edge", uint64(edge)<<8|uint64(class)))
	})
	for i := range run.Findings {
		b := run.Findings[i].Bucket()
		s.Buckets = append(s.Buckets, b)
		s.Shows = append(s.Shows, mark(b, 0))
	}
	for i := range s.Shows { // what different targets show is different
		s.Shows[i] = mark(s.Target, s.Shows[i])
	}
	slices.Sort(s.Shows)
	s.Shows = slices.Compact(s.Shows)
}

// mark hashes (FNV-1a) a word and a number.
func mark(word string, n uint64) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(word) {
		h = (h ^ uint64(word[i])) * 1099511628211
	}
	for range 8 {
		h = (h ^ n&0xff) * 1099511628211
		n >>= 8
	}
	return h
}

// Distill returns the indexes, ascending, of cases that together show all that
// all of them show: the smaller ones first, and of these each that shows what none
// before did, but for those that later ones made needless. Cases that no target
// can run, and those that ended a process, are all among them: what they show is
// not known.
func Distill(all []*Shown) []int {
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(all[a].Size, all[b].Size) })
	count := map[uint64]int{} // how many of those that are kept show it
	var keep []int
	for _, i := range order {
		s := all[i]
		fresh := s.Target == "" || s.Died
		for _, f := range s.Shows {
			fresh = fresh || count[f] == 0
		}
		if !fresh {
			continue
		}
		keep = append(keep, i)
		for _, f := range s.Shows {
			count[f]++
		}
	}
	// From the largest on: whatever others show as well is needless.
	for k := len(keep) - 1; k >= 0; k-- {
		s := all[keep[k]]
		if s.Target == "" || s.Died || slices.ContainsFunc(s.Shows, func(f uint64) bool { return count[f] == 1 }) {
			continue
		}
		for _, f := range s.Shows {
			count[f]--
		}
		keep = slices.Delete(keep, k, k+1)
	}
	slices.Sort(keep)
	return keep
}
