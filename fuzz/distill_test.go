package fuzz

import (
	"slices"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
)

func TestDistill(t *testing.T) {
	show := func(size int, shows ...uint64) *Shown { return &Shown{Target: "x", Size: size, Shows: shows} }
	lost := show(9, 1)
	lost.Died = true
	for _, test := range []struct {
		name string
		all  []*Shown
		want []int
	}{
		{"nothing of nothing", nil, nil},
		{"of two that show the same, the smaller stays", []*Shown{show(9, 1, 2), show(5, 1, 2)}, []int{1}},
		{"of two alike, the first stays", []*Shown{show(5, 1), show(5, 1)}, []int{0}},
		{"a small one that two larger make needless goes", []*Shown{show(8, 1, 3), show(9, 2, 4), show(5, 1, 2)}, []int{0, 1}},
		{"small ones of which a larger shows all go", []*Shown{show(90, 1, 2, 3), show(5, 1), show(6, 2)}, []int{0}},
		{"what no target runs, or ends its process, stays", []*Shown{{Size: 50}, lost, show(3, 2)}, []int{0, 1, 2}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := Distill(test.all)
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
			checkCovers(t, test.all, got)
		})
	}
	t.Run("whatever is shown, is still shown", func(t *testing.T) {
		r := NewRand(1, 2)
		for range 500 {
			var all []*Shown
			for range r.N(30) {
				s := show(r.N(100))
				for range r.N(8) {
					s.Shows = append(s.Shows, uint64(r.N(20)))
				}
				slices.Sort(s.Shows)
				s.Shows = slices.Compact(s.Shows)
				all = append(all, s)
			}
			checkCovers(t, all, Distill(all))
		}
	})
}

func checkCovers(t *testing.T, all []*Shown, kept []int) {
	t.Helper()
	have := map[uint64]bool{}
	for _, i := range kept {
		for _, f := range all[i].Shows {
			have[f] = true
		}
	}
	for i, s := range all {
		for _, f := range s.Shows {
			if !have[f] {
				t.Errorf("%v does not show %d of case %d", kept, f, i)
			}
		}
	}
}

func TestEdgesAreTheSameHoweverOftenTheyAreTaken(t *testing.T) {
	once, twice, other := newEdgeMap([]byte{0, 1, 1}), newEdgeMap([]byte{0, 2, 1}), newEdgeMap([]byte{1, 1, 1})
	if a, b := edgesOf(once.taken()), edgesOf(twice.taken()); !slices.Equal(a, b) || len(a) != 2 {
		t.Errorf("%v, and more often %v", a, b)
	}
	if a, b := edgesOf(once.taken()), edgesOf(other.taken()); slices.Equal(a, b) {
		t.Errorf("%v and %v are the same", a, b)
	}
}

func TestWhatACaseShows(t *testing.T) {
	l := &Lab{Targets: plantedSpecs()}
	defer l.Close()
	show := func(c *corpus.Case, n int) *Shown {
		s, err := l.Show(t.Context(), c, n)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	noop := serverCase(t, "C: a1 LOGIN test test\nC: a2 NOOP\n")
	first := show(noop, 3)
	if first.Target != "planted server" || len(first.Shows) == 0 || first.Died || !first.Stable {
		t.Errorf("%+v", first)
	}
	if again := show(noop, 1); !slices.Equal(again.Shows, first.Shows) {
		t.Error("it shows something else each time")
	}
	more := show(serverCase(t, "C: a1 LOGIN test test\nC: a2 NOOP\nC: a3 SELECT INBOX\n"), 1)
	if len(more.Shows) <= len(first.Shows) {
		t.Errorf("%d, and with another command %d", len(first.Shows), len(more.Shows))
	}
	if s := show(serverCase(t, "C: a1 XPANIC\n"), 1); !s.Died || len(s.Buckets) == 0 {
		t.Errorf("%+v", s)
	}
	l.Targets = l.Targets[1:] // clients
	if s := show(noop, 1); s.Target != "" {
		t.Errorf("a server's case is run by %q", s.Target)
	}
}
