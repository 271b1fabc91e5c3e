package fuzz

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// A Collection is the corpus of a campaign, with what each of its cases shows.
type Collection struct {
	Dir    string
	Cases  []*corpus.Case
	Shown  []*Shown // by case
	Broken []error  // files of the corpus that are no cases

	store *corpus.Store
	seen  map[uint64]bool // what the cases show, and what was added to them
}

// ShowAll reads the cases of a campaign's directory, and runs each n times. tick, if
// it is not nil, is told after each how many of how many were run.
func (l *Lab) ShowAll(ctx context.Context, dir string, n int, tick func(done, of int)) (*Collection, error) {
	store, err := corpus.Existing(dir)
	if err != nil {
		return nil, err
	}
	k := &Collection{Dir: dir, store: store, seen: map[uint64]bool{}}
	k.Cases, k.Broken = store.All()
	for i, c := range k.Cases {
		s, err := l.Show(ctx, c, n)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", store.Path(c.ID()), err)
		}
		k.Shown = append(k.Shown, s)
		k.add(s)
		if tick != nil {
			tick(i+1, len(k.Cases))
		}
	}
	return k, nil
}

// add notes what a case shows, and returns how much of it is new.
func (k *Collection) add(s *Shown) (fresh int) {
	for _, f := range s.Shows {
		if !k.seen[f] {
			k.seen[f] = true
			fresh++
		}
	}
	return fresh
}

// Things returns how much all of the cases show together.
func (k *Collection) Things() int { return len(k.seen) }

// Minimize removes the cases that show nothing of their own from the directory, and
// returns how many those were; with dry it removes none.
func (k *Collection) Minimize(dry bool) (gone int, err error) {
	keep := Distill(k.Shown)
	for i, c := range k.Cases {
		if _, ok := slices.BinarySearch(keep, i); ok {
			continue
		}
		gone++
		if dry {
			continue
		}
		if err := k.store.Remove(c.ID()); err != nil {
			return gone, err
		}
	}
	return gone, nil
}

// Merge adds to k's directory the cases of other that show something that none in it
// does, and returns how many those were and how much they showed; with dry it adds
// none.
func (k *Collection) Merge(other *Collection, dry bool) (added, news int, err error) {
	into := k.store
	if !dry {
		if into, err = corpus.Open(k.Dir); err != nil {
			return 0, 0, err
		}
	}
	for _, i := range Distill(other.Shown) {
		fresh := k.add(other.Shown[i])
		if fresh == 0 {
			continue
		}
		added, news = added+1, news+fresh
		if dry {
			continue
		}
		if _, _, err := into.Add(other.Cases[i]); err != nil {
			return added, news, err
		}
	}
	return added, news, nil
}

// TargetStats says what the cases of one target are like.
type TargetStats struct {
	Target      string // "" for cases that no target can run
	Cases       int
	Steps, Size int // of the case in the middle; Size in bytes
	Faults      int // cases with faults
	Edges       int // of the case that takes most
	Died        int // cases that end their process
	Same        int // cases that take the same edges each time
	Stable      int // and as often, by class
}

// Stats returns what the cases are like, by target, sorted by their names.
func (k *Collection) Stats() []TargetStats {
	type sizes struct{ steps, size []int }
	var out []TargetStats
	var of []sizes
	for i, s := range k.Shown {
		n := slices.IndexFunc(out, func(t TargetStats) bool { return t.Target == s.Target })
		if n < 0 {
			n, out, of = len(out), append(out, TargetStats{Target: s.Target}), append(of, sizes{})
		}
		t := &out[n]
		of[n].steps, of[n].size = append(of[n].steps, len(k.Cases[i].Steps)), append(of[n].size, s.Size)
		t.Cases++
		t.Faults += int(one(len(k.Cases[i].Faults()) > 0))
		t.Died += int(one(s.Died))
		t.Same += int(one(s.Same))
		t.Stable += int(one(s.Stable))
		t.Edges = max(t.Edges, s.Edges)
	}
	for n := range out {
		slices.Sort(of[n].steps)
		slices.Sort(of[n].size)
		out[n].Steps, out[n].Size = of[n].steps[out[n].Cases/2], of[n].size[out[n].Cases/2]
	}
	slices.SortFunc(out, func(a, b TargetStats) int { return cmp.Compare(a.Target, b.Target) })
	return out
}

// A FaultCount says how many faults of a kind there are.
type FaultCount struct {
	Kind  string
	Count int
}

// Faults counts the faults of the cases by their kinds, the most frequent first.
func (k *Collection) Faults() []FaultCount {
	count := map[string]int{}
	var out []FaultCount
	for _, c := range k.Cases {
		for _, r := range c.Faults() {
			word := r.Fault.Kind.String()
			if count[word]++; count[word] == 1 {
				out = append(out, FaultCount{Kind: word})
			}
		}
	}
	for i := range out {
		out[i].Count = count[out[i].Kind]
	}
	slices.SortFunc(out, func(a, b FaultCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Kind, b.Kind))
	})
	return out
}
