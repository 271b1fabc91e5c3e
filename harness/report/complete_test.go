package report_test

import (
	"testing"

	"github.com/imapfuzz/imapfuzz/harness"
)

func TestEveryRowOfTheCatalogueIsJudgedOrHasAReason(t *testing.T) {
	list := catalogue(t)
	checked, open := 0, 0
	for _, l := range list {
		done := false
		for _, side := range l.Sides {
			r, ok := harness.RuleFor(l.ID, side)
			if !ok || !r.Checked() && r.Why == "" {
				open++
				t.Errorf("%s of the %s: want a check, the rule that is the same, or why there is none", l.ID, side)
				continue
			}
			if _, there := harness.RuleFor(r.Same, side); r.Same != "" && !there {
				t.Errorf("%s of the %s: want a rule of the %s that is the same, got %s", l.ID, side, side, r.Same)
			}
			done = done || r.Checked()
		}
		if done {
			checked++
		}
	}
	if len(list) != 225 {
		t.Errorf("want the 225 rows of the catalogue, got %d", len(list))
	}
	if checked < 150 {
		t.Errorf("want at least 150 rules of which a breach is found, got %d", checked)
	}
	t.Logf("%d rules, %d of them checked, %d rows and sides open", len(list), checked, open)
}
