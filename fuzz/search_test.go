package fuzz

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
)

// seeds returns a few inputs for a server.
func someInputs(t *testing.T) []*corpus.Case {
	return []*corpus.Case{
		serverCase(t, "C: a1 LOGIN test test\nC: a2 SELECT INBOX\nC: a3 FETCH 1:* (FLAGS UID)\n"),
		serverCase(t, "C: a1 LOGIN test test\nC: a2 LIST \"\" *\nC: a3 STATUS INBOX (MESSAGES)\n"),
	}
}

// walk draws n cases, runs them, and returns their texts and what was kept.
func walk(t *testing.T, s *Search, n int) (texts [][]byte, kept []Kept) {
	t.Helper()
	target := goimap.Server()
	for range n {
		c, _ := s.Next()
		texts = append(texts, corpus.Format(c))
		res := harness.Run(t, target, c, harness.Options{})
		if res.Err != nil {
			t.Fatal(res.Err)
		}
		if e := s.Done(c, res); e != nil {
			kept = append(kept, *e)
		}
	}
	return texts, kept
}

func newTestSearch(t *testing.T, seed, stream uint64) *Search {
	return NewSearch(corpus.Server, seed, stream, someInputs(t), DefaultVocabulary(corpus.Server))
}

func TestSearch(t *testing.T) {
	const n = 60
	texts, kept := walk(t, newTestSearch(t, 7, 1), n)
	if len(kept) < 10 {
		t.Fatalf("only %d of %d cases were kept: nothing is tested", len(kept), n)
	}
	t.Run("the inputs come first, as they are", func(t *testing.T) {
		for i, c := range someInputs(t) {
			if !bytes.Equal(texts[i], corpus.Format(c)) {
				t.Errorf("case %d is not input %d", i+1, i+1)
			}
		}
	})
	t.Run("the same seed and stream give the same cases", func(t *testing.T) {
		again, _ := walk(t, newTestSearch(t, 7, 1), n)
		for i := range texts {
			if !bytes.Equal(texts[i], again[i]) {
				t.Fatalf("case %d differs:\n%s\n%s", i+1, texts[i], again[i])
			}
		}
	})
	t.Run("another seed and another stream give others", func(t *testing.T) {
		for _, s := range []*Search{newTestSearch(t, 8, 1), newTestSearch(t, 7, 2)} {
			other, _ := walk(t, s, 6)
			if bytes.Equal(bytes.Join(texts[2:6], nil), bytes.Join(other[2:6], nil)) {
				t.Error("the cases are the same")
			}
		}
	})
	t.Run("a restored search goes on as if it had never ended", func(t *testing.T) {
		first, some := walk(t, newTestSearch(t, 7, 1), n/2)
		line, err := json.Marshal(some) // as it goes over the pipe
		if err != nil {
			t.Fatal(err)
		}
		var back []Kept
		if err := json.Unmarshal(line, &back); err != nil {
			t.Fatal(err)
		}
		s := newTestSearch(t, 7, 1)
		if err := s.Restore(uint64(len(first)), back); err != nil {
			t.Fatal(err)
		}
		rest, _ := walk(t, s, n-n/2)
		for i, text := range rest {
			if !bytes.Equal(text, texts[n/2+i]) {
				t.Fatalf("case %d differs after the restart", n/2+i+1)
			}
		}
	})
	t.Run("a banned case has no offspring", func(t *testing.T) {
		s := newTestSearch(t, 7, 1)
		if err := s.Restore(n, kept); err != nil {
			t.Fatal(err)
		}
		banned := kept[len(kept)-1].K
		s.Ban(banned)
		drawn := 0
		for range 300 {
			s.Next()
			if s.Parent() == banned {
				t.Fatal("it was mutated")
			}
			if s.Parent() != 0 {
				drawn++
			}
		}
		if drawn == 0 {
			t.Error("nothing was mutated at all")
		}
	})
	t.Run("a limit keeps large cases out", func(t *testing.T) {
		s := newTestSearch(t, 7, 1)
		if err := s.Restore(n, kept); err != nil {
			t.Fatal(err)
		}
		s.Limit(300)
		for range 300 {
			if c, k := s.Next(); dataSize(c) >= 300 {
				t.Fatalf("case %d has %d bytes", k, dataSize(c))
			}
		}
	})
	t.Run("what is kept is bounded", func(t *testing.T) {
		s := newTestSearch(t, 7, 1)
		c := someInputs(t)[0]
		for k := range uint64(maxKept + 100) {
			s.admit(Kept{K: k + 1, Features: []uint64{k}}, c)
		}
		if len(s.kept) != maxKept || s.Features() != maxKept+100 {
			t.Errorf("%d kept, %d features", len(s.kept), s.Features())
		}
	})
	t.Run("a kept case that does not parse is an error", func(t *testing.T) {
		if err := newTestSearch(t, 1, 1).Restore(1, []Kept{{K: 1, Case: "nonsense"}}); err == nil {
			t.Error("no error")
		}
	})
}

func TestAKeptCaseEndsWithWhatWasNew(t *testing.T) {
	for _, x := range []struct {
		name, text string
		n, want    int
	}{
		{"what follows is cut", "C: a1 NOOP\nC: a2 NOOP\nC: a3 NOOP\n", 2, 2},
		{"a literal that has begun is whole", "C: a1 NOOP\nC: a2 LOGIN {4}\nS: +\nC: test test\nC: a3 NOOP\n", 2, 4},
		{"what shows at the end needs all", "C: a1 NOOP\nC: a2 NOOP\n", 3, 2},
		{"a case that shows nothing stays whole", "C: a1 NOOP\nC: a2 NOOP\n", 0, 2},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := serverCase(t, x.text)
			if got := cut(c, x.n); len(got.Steps) != x.want || got.Valid() != nil {
				t.Errorf("%d steps are left, want %d: %v", len(got.Steps), x.want, got.Valid())
			}
		})
	}
	t.Run("a case for a client stays whole", func(t *testing.T) {
		c := serverCase(t, "C: a1 NOOP\nC: a2 NOOP\n")
		c.Target = corpus.Client
		if got := cut(c, 1); len(got.Steps) != 2 {
			t.Errorf("%d steps are left", len(got.Steps))
		}
	})
}

func TestState(t *testing.T) {
	t.Run("a state reads back, whatever was in the file before", func(t *testing.T) {
		b := append(make([]byte, stateHead), "the case"...)
		putState(b, 7, 3)
		k, parent, text, err := getState(append(b, "leftovers"...))
		if err != nil || k != 7 || parent != 3 || string(text) != "the case" {
			t.Errorf("%d %d %q %v", k, parent, text, err)
		}
	})
	t.Run("half a state is an error", func(t *testing.T) {
		b := append(make([]byte, stateHead), "the case"...)
		putState(b, 7, 3)
		for n := range len(b) {
			if _, _, _, err := getState(b[:n]); err == nil {
				t.Errorf("%d bytes were read", n)
			}
		}
	})
}

func TestSlug(t *testing.T) {
	seen := map[string]string{}
	for _, b := range []string{
		"crash/no-crash/imapserver.(*Conn).serve", "crash/no-crash/imapserver.(*Conn)serve",
		"..", "", "Ä/ö", "protocol/R-FR-1/closed quoted", string(bytes.Repeat([]byte("long/"), 100)),
	} {
		s := slug(b)
		if len(s) > 120 || s[0] == '.' || seen[s] != "" {
			t.Errorf("%q has the folder %q", b, s)
		}
		seen[s] = b
	}
	if s := slug("crash/no-crash/imapserver.(*Conn).serve"); s[:len(s)-6] != "crash-no-crash-imapserver.-conn-serve-" {
		t.Errorf("got %q", s)
	}
}

func TestACommonFeatureIsKnownAndItsNeighbourIsNot(t *testing.T) {
	s := NewSearch(corpus.Server, 1, 1, nil, DefaultVocabulary(corpus.Server))
	s.features[7], s.features[7+commonSize] = struct{}{}, struct{}{}
	for range 2 { // from the map, and from the table
		for f, want := range map[uint64]bool{7: true, 7 + commonSize: true, 7 + 2*commonSize: false, 8: false} {
			if s.known(f) != want {
				t.Errorf("feature %d is known: %v", f, !want)
			}
		}
	}
}
