package harness_test

import (
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/plants"
)

// tried runs the cases against target, and returns what a card needs of them.
func tried(t *testing.T, target harness.Target, cases ...corpus.Seed) *harness.Tested {
	t.Helper()
	tested := &harness.Tested{Name: target.TargetName(), Tests: target.Tests()}
	if c, ok := target.(*harness.Client); ok {
		tested.Calls = c.Calls
	}
	for _, s := range cases {
		tr := harness.NewTrial(s.Name, s.Case)
		tr.Take(play(t, target, s.Case))
		tested.Trials = append(tested.Trials, tr)
	}
	return tested
}

// rowOf returns the row of a card.
func rowOf(t *testing.T, c *harness.Card, id string, side faultnet.Side) *harness.Row {
	t.Helper()
	for _, r := range c.Rows {
		if r.Rule.ID == id && r.Side == side {
			return r
		}
	}
	t.Fatalf("the card has no row for %s of the %s", id, side)
	return nil
}

func TestAPlantedBugFailsInItsRowAlone(t *testing.T) {
	failed := 0
	for _, p := range plants.Bugs() {
		if p.Dies {
			continue
		}
		t.Run(p.Name, func(t *testing.T) {
			card := harness.NewCard("", nil, tried(t, p.Target(false), corpus.Seed{Name: p.Name, Case: parse(t, p.Text())}))
			row := rowOf(t, card, p.Rule, sideOf(p))
			if row.Verdict != harness.Failed && row.Verdict != harness.Warned {
				t.Errorf("want %s broken, got %s: %s", p.Rule, row.Verdict, row.Why)
			}
			if row.Why == "" || row.Trial == nil {
				t.Errorf("want why, and the case: %+v", row)
			}
			for _, r := range card.Rows {
				// A case may be for several rules, and one breach lead to another.
				if r != row && r.As != row && (r.Verdict == harness.Failed || r.Verdict == harness.Warned) && r.Shown[0].Cause {
					t.Errorf("%s is broken too: %s", r.Rule.ID, r.Why)
				}
			}
			failed++

			card = harness.NewCard("", nil, tried(t, p.Target(true), corpus.Seed{Name: p.Name, Case: parse(t, p.Text())}))
			if row := rowOf(t, card, p.Rule, sideOf(p)); row.Verdict != harness.Pass || !strings.HasPrefix(row.Why, "reached in "+p.Name) {
				t.Errorf("the clean twin: want a pass, got %s: %s", row.Verdict, row.Why)
			}
		})
	}
	if failed == 0 {
		t.Fatal("no plant was run")
	}
}
