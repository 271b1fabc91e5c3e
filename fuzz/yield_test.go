package fuzz

import (
	"maps"
	"slices"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

// draws returns how often each kind of a group is drawn in n draws.
func draws(y *yields, group, n int) map[string]int {
	r := NewRand(1, 1)
	out := map[string]int{}
	for range n {
		out[kindName(y.pick(r, group))]++
	}
	return out
}

// paying returns yields of a search in which every 50th case was kept, and made had
// a part in each.
func paying(made string) *yields {
	y := newYields(0)
	for k := uint64(50); k <= 20_000; k += 50 {
		y.learn(&Kept{K: k, Made: made})
	}
	return y
}

func TestYield(t *testing.T) {
	const n = 100_000
	before := newYields(0)
	t.Run("what pays is drawn more often, mutations and faults alike", func(t *testing.T) {
		after := paying("generate+byte-truncate+!drip+!flip")
		for group, name := range []string{mutationGroup: "byte-truncate", networkGroup: "!drip", hostileGroup: "!flip", sourceGroup: "generate"} {
			a, b := draws(before, group, n)[name], draws(after, group, n)[name]
			if b < 2*a {
				t.Errorf("%s was drawn %d times, and is now %d times", name, a, b)
			}
		}
	})
	t.Run("what pays nothing is drawn less often, but does not starve", func(t *testing.T) {
		after := paying("generate+byte-truncate+!drip+!flip")
		for group := range after.groups {
			a, b := draws(before, group, n), draws(after, group, n)
			for _, name := range slices.Sorted(maps.Keys(a)) {
				if b[name] < a[name]/(4*yieldSpan) || b[name] == 0 {
					t.Errorf("%s starves: it was drawn %d times, and is now %d times", name, a[name], b[name])
				}
			}
			often := []string{mutationGroup: "arg-replace", networkGroup: "!chop", hostileGroup: "!insert", sourceGroup: "mutate"}[group]
			if b[often] >= a[often] {
				t.Errorf("%s was drawn %d times, and is now %d times", often, a[often], b[often])
			}
		}
	})
	t.Run("kinds that pay alike are drawn as before", func(t *testing.T) {
		y, r := newYields(0), NewRand(2, 1)
		for k := uint64(50); k <= 200_000; k += 50 {
			y.learn(&Kept{K: k, Made: madeNames([]kind{y.pick(r, mutationGroup), y.pick(r, networkGroup)})})
		}
		a, b := draws(before, mutationGroup, n), draws(y, mutationGroup, n)
		for name := range a {
			if a[name] > n/100 && (b[name] < a[name]/2 || b[name] > a[name]*2) {
				t.Errorf("%s was drawn %d times, and is now %d times", name, a[name], b[name])
			}
		}
	})
	t.Run("what paid once is forgotten when others do", func(t *testing.T) {
		y := paying("byte-truncate")
		for k := uint64(20_050); k <= 100_000; k += 50 {
			y.learn(&Kept{K: k, Made: "step-tls"})
		}
		if d := draws(y, mutationGroup, n); d["byte-truncate"] > d["step-tls"] {
			t.Errorf("%v", d)
		}
	})
	t.Run("new edges and new buckets count more than new sequences", func(t *testing.T) {
		y := newYields(0)
		for k := uint64(50); k <= 10_000; k += 100 {
			y.learn(&Kept{K: k, Made: "arg-nest"})
			y.learn(&Kept{K: k + 50, Made: "arg-drop", NewEdges: 1})
		}
		i, j := slices.Index(y.groups[0].kinds, y.kinds["arg-nest"]), slices.Index(y.groups[0].kinds, y.kinds["arg-drop"])
		if y.groups[0].credit[i] >= y.groups[0].credit[j] {
			t.Error("they do not")
		}
	})
	t.Run("a name that nobody knows, from another release, is no matter", func(t *testing.T) {
		y := newYields(0)
		y.learn(&Kept{K: 1, Made: "byte-explode+"})
	})
}

func TestEveryKindHasANameOfItsOwn(t *testing.T) {
	seen := map[string]bool{}
	for k := kind(faultnet.Cut); k < sourceKind(sources); k++ {
		name := kindName(k)
		if name == "" || seen[name] {
			t.Errorf("kind %d is called %q", k, name)
		}
		seen[name] = true
	}
	for _, f := range faultnet.Kinds() {
		if kind(f) >= firstMutation {
			t.Errorf("%v has the number of a mutation", f)
		}
	}
}

func TestWhatMadeCasesIsCounted(t *testing.T) {
	s := newTestSearch(t, 7, 1)
	_, kept := walk(t, s, 300)
	var sum kindTable
	sum.add(s.yields.take())
	if len(s.yields.take()) != 0 {
		t.Error("it is told twice")
	}
	keptBy := map[string]int64{}
	made := 0
	for _, e := range kept {
		if e.Made != "" {
			made++
		}
		for _, name := range splitMade(e.Made) {
			keptBy[name]++
		}
	}
	if made < len(kept)-len(someInputs(t)) {
		t.Errorf("of %d kept cases %d say what made them", len(kept), made)
	}
	faults := 0
	for _, y := range sum.table() {
		if y.Kept != keptBy[y.Kind] || y.Drawn < y.Kept || y.Drawn > 300 {
			t.Errorf("%+v, want %d kept", y, keptBy[y.Kind])
		}
		if y.Kind[0] == '!' {
			faults++
		}
	}
	if faults < 5 || sum["generate"][0] == 0 {
		t.Errorf("%d kinds of faults were drawn; table %v", faults, sum)
	}
}

func TestTheTableBeginsWithWhatPays(t *testing.T) {
	var sum kindTable
	sum.add(map[string][2]int64{"a": {10, 1}, "b": {10, 5}})
	sum.add(map[string][2]int64{"b": {10, 0}, "c": {1, 1}})
	var names []string
	for _, y := range sum.table() {
		names = append(names, y.Kind)
	}
	if !slices.Equal(names, []string{"c", "b", "a"}) {
		t.Errorf("%q", names)
	}
}

// Without yields, as under `go test -fuzz`, faults are drawn as the tables say.
func TestDecodingKnowsNoYields(t *testing.T) {
	g := newGen(NewRand(1, 1), corpus.Server, DefaultVocabulary(corpus.Server))
	g.c = &corpus.Case{Target: corpus.Server}
	if g.fault(faultnet.Server); g.made != nil {
		t.Errorf("%v", g.made)
	}
}
