package fuzz

import (
	"fmt"
	"slices"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
	"github.com/imapfuzz/imapfuzz/internal/plants"
)

func newHistory(k uint64) *corpus.Case {
	g := newGen(NewRand(5, k), corpus.Server, DefaultVocabulary(corpus.Server))
	g.historyCase()
	return g.c
}

func TestHistories(t *testing.T) {
	t.Run("are cases, and the same key gives the same one", func(t *testing.T) {
		for k := range uint64(10_000) {
			c := newHistory(k)
			if k >= 500 {
				continue // it need only come to its end
			}
			checkCase(t, c, fmt.Sprintf("history %d", k))
			if c.Conns() > 3 || len(c.Steps) > 64 || !c.Equal(newHistory(k)) {
				t.Fatalf("history %d has %d connections and %d steps, or differs", k, c.Conns(), len(c.Steps))
			}
		}
	})
	t.Run("lead to where rules of several commands and sessions can be broken, and break none", func(t *testing.T) {
		const n = 1000
		target, scratch := plants.Server(), new(harness.Scratch)
		ok, all := 0, 0
		came := map[string]int{}
		for k := range uint64(n) {
			c := newHistory(k)
			r := harness.Run(t, target, c, harness.Options{Scratch: scratch})
			if r.Err != nil || len(r.Findings) > 0 {
				t.Fatalf("history %d: %v %v\n%s", k, r.Err, r.Findings, corpus.Format(c))
			}
			for _, s := range r.Record.Conns {
				for i := range s.Responses {
					if s.Responses[i].Type == imapwire.Tagged {
						all++
						ok += int(one(s.Responses[i].Status == imapwire.OK))
					}
				}
			}
			for _, id := range []string{"R-MA-2", "R-MA-4", "R-MA-6", "R-SEQ-12", "R-UID-1", "R-UID-5", "R-UID-6", "R-UID-8", "R-AT-2"} {
				if rule, known := harness.RuleFor(id, faultnet.Server); known && r.Reached(rule) {
					came[id]++
				}
			}
		}
		t.Logf("%d of %d commands are OK; rules that were reached: %v", ok, all, came)
		between(t, "commands that are OK", ok, all, 75, 100)
		for id, least := range map[string]int{
			"R-MA-2": 50, "R-MA-4": 10, "R-MA-6": 5, "R-SEQ-12": 20, "R-UID-1": 200, "R-UID-5": 5, "R-UID-6": 100, "R-UID-8": 100, "R-AT-2": 50,
		} {
			if came[id] < least {
				t.Errorf("%s was reached in %d of %d histories, want %d", id, came[id], n, least)
			}
		}
	})
}

func TestASearchDrawsHistories(t *testing.T) {
	s := newTestSearch(t, 7, 1)
	if _, kept := walk(t, s, 200); !slices.ContainsFunc(kept, func(e Kept) bool { return e.Made == sourceNames[fromHistory] }) {
		t.Error("none was kept")
	}
}
