package fuzz

import (
	"slices"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// collected makes a campaign's directory with the cases of these steps.
func collected(t *testing.T, steps ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	store, err := corpus.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range steps {
		if _, _, err := store.Add(serverCase(t, s)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	noopSteps   = "C: a1 LOGIN test test\nC: a2 NOOP\n"
	selectSteps = "C: a1 LOGIN test test\nC: a2 SELECT INBOX\n! client: cut\n"
	noopAgain   = "C: aa1 LOGIN test test\nC: aa2 NOOP\n" // shows what noopSteps do
)

func TestACollection(t *testing.T) {
	l := &Lab{Targets: plantedSpecs()}
	defer l.Close()
	all := func(t *testing.T, dir string) *Collection {
		t.Helper()
		ticks := 0
		k, err := l.ShowAll(t.Context(), dir, 2, func(done, _ int) { ticks = done })
		if err != nil {
			t.Fatal(err)
		}
		if ticks != len(k.Cases) {
			t.Errorf("%d of %d cases were told", ticks, len(k.Cases))
		}
		return k
	}
	t.Run("loses what shows nothing of its own, and then nothing more", func(t *testing.T) {
		dir := collected(t, noopSteps, selectSteps, noopAgain)
		k := all(t, dir)
		for _, dry := range []bool{true, false} {
			if gone, err := k.Minimize(dry); gone != 1 || err != nil {
				t.Errorf("dry %t: %d gone, %v", dry, gone, err)
			}
		}
		left := all(t, dir)
		if len(left.Cases) != 2 || left.Things() != k.Things() {
			t.Errorf("%d cases show %d things, want 2 that show %d", len(left.Cases), left.Things(), k.Things())
		}
		if gone, err := left.Minimize(false); gone != 0 || err != nil {
			t.Errorf("once more: %d gone, %v", gone, err)
		}
	})
	t.Run("takes from another what shows something new", func(t *testing.T) {
		dir, theirs := collected(t, noopSteps), collected(t, noopAgain, selectSteps)
		dry := all(t, dir)
		if added, news, err := dry.Merge(all(t, theirs), true); added != 1 || news == 0 || err != nil {
			t.Errorf("dry: %d, %d, %v", added, news, err)
		}
		if n := len(all(t, dir).Cases); n != 1 {
			t.Errorf("dry: %d cases", n)
		}
		k := all(t, dir)
		before := k.Things()
		added, news, err := k.Merge(all(t, theirs), false)
		if added != 1 || news == 0 || err != nil {
			t.Errorf("%d, %d, %v", added, news, err)
		}
		if now := all(t, dir); len(now.Cases) != 2 || now.Things() != before+news {
			t.Errorf("%d cases show %d things, want 2 that show %d", len(now.Cases), now.Things(), before+news)
		}
		if n := len(all(t, theirs).Cases); n != 2 {
			t.Errorf("the other one has %d cases now", n)
		}
	})
	t.Run("counts by target, and its faults", func(t *testing.T) {
		k := all(t, collected(t, noopSteps, selectSteps, "C: a1 LOGIN test test\nT: 1h\nC: a2 NOOP\n! server: stall 1s\n"))
		stats := k.Stats()
		if len(stats) != 1 {
			t.Fatalf("%+v", stats)
		}
		if s := stats[0]; s.Target != "planted server" || s.Cases != 3 || s.Faults != 2 || s.Steps != 3 || s.Size == 0 || s.Stable != 3 || s.Died != 0 {
			t.Errorf("%+v", s)
		}
		if got, want := k.Faults(), []FaultCount{{"cut", 1}, {"stall", 1}}; !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
	t.Run("is not made of what is no campaign's directory", func(t *testing.T) {
		if _, err := l.ShowAll(t.Context(), t.TempDir(), 1, nil); err == nil {
			t.Error("it was")
		}
	})
}
