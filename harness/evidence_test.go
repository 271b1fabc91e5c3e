package harness

import (
	"slices"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

func TestARowSaysWhyThereIsNoVerdict(t *testing.T) {
	rule := Rule{ID: "R-X-1"}
	offered, called := rule, rule
	offered.Capability, called.Call = "MOVE|IMAP4rev2", "move|uidmove"
	for _, tt := range []struct {
		name   string
		rule   Rule
		tested Tested
		want   Verdict
		why    string
	}{
		{"no case is for it", rule, Tested{}, CannotJudge, "no case came to where it can be kept or broken"},
		{"the case was elsewhere", rule, Tested{Trials: []*Trial{{Name: "s", Rules: []string{"R-X-1"}}}}, CannotJudge, "s did not come to where it can be kept or broken"},
		{"the premises did not hold", rule, Tested{Trials: []*Trial{{Name: "s", Rules: []string{"R-X-1"}, Diverged: []string{`step 2: want "a1 OK", got "a1 NO"`}}}},
			CannotJudge, `s did not hold: step 2: want "a1 OK", got "a1 NO"`},
		{"the run was lost", rule, Tested{Trials: []*Trial{{Name: "s", Rules: []string{"R-X-1"}, Lost: "it could not go on"}}}, CannotJudge, "s: it could not go on"},
		{"other runs were lost", rule, Tested{Trials: []*Trial{{Name: "s", Lost: "it could not go on"}}}, CannotJudge, "no case came to where it can be kept or broken; 1 came to no end, the first of them s"},
		{"an extension is not there", offered, Tested{Trials: []*Trial{{Caps: []string{"IMAP4REV1"}}}}, NotOffered, "the server does not advertise MOVE or IMAP4rev2"},
		{"an extension is there", offered, Tested{Trials: []*Trial{{Caps: []string{"IMAP4REV2"}}}}, CannotJudge, "no case came to where it can be kept or broken"},
		{"what a client cannot be asked", called, Tested{Tests: corpus.Client, Calls: []string{"noop", "fetch 1 flags"}}, NotOffered, "the client has no call move or uidmove"},
		{"what a client can be asked", called, Tested{Tests: corpus.Client, Calls: []string{"move 1 x"}}, CannotJudge, "no case came to where it can be kept or broken"},
		{"a capability is the server's", offered, Tested{Tests: corpus.Client}, CannotJudge, "no case came to where it can be kept or broken"},
		{"a scenario asks for more", rule, Tested{Tests: corpus.Client, Calls: []string{"noop"}, Trials: []*Trial{{Name: "s", Rules: []string{"R-X-1"}, Calls: []string{"noop", "idle"}}}},
			NotOffered, "the client has no call idle, which s needs"},
		{"no harness can", Rule{ID: "R-X-1", Why: "nobody looks"}, Tested{}, CannotJudge, "nobody looks"},
	} {
		row := newEvidence(&tt.tested).row(tt.rule, sideOf(tt.tested.Tests))
		if row.Verdict != tt.want || row.Why != tt.why {
			t.Errorf("%s: want %s: %s\ngot %s: %s", tt.name, tt.want, tt.why, row.Verdict, row.Why)
		}
	}
}

func TestAVerdictIsThatOfTheWorstFinding(t *testing.T) {
	found := func(rule, where string, s Severity) Finding {
		return Finding{Rule: rule, Severity: s, Where: where, Summary: where, Side: faultnet.Server}
	}
	advice, warning, fail := found("R-X-1", "a", Info), found("R-X-1", "b", Warn), found("R-X-1", "c", Error)
	for _, tt := range []struct {
		name   string
		trials []*Trial
		want   Verdict
		why    string
	}{
		{"advice", []*Trial{{All: []Finding{advice}, Findings: []Finding{advice}}}, Warned, "advice: a"},
		{"a SHOULD", []*Trial{{All: []Finding{advice, warning}, Findings: []Finding{advice, warning}}}, Warned, "b (and 1 more)"},
		{"a MUST", []*Trial{{All: []Finding{advice, fail}, Findings: []Finding{advice, fail}}}, Failed, "c (and 1 more)"},
		{"a consequence does not count", []*Trial{{All: []Finding{fail}, Reached: []string{"R-X-1"}, Name: "s"}}, Pass, "reached in s"},
		{"... but where the case is for the rule", []*Trial{{All: []Finding{fail}, Rules: []string{"R-X-1"}}}, Failed, "c (after another breach in the same case)"},
		{"a cause is better evidence", []*Trial{{All: []Finding{fail}, Rules: []string{"R-X-1"}}, {All: []Finding{fail}, Findings: []Finding{fail}}}, Failed, "c"},
		{"another rule's", []*Trial{{All: []Finding{found("R-X-2", "d", Error)}, Findings: []Finding{found("R-X-2", "d", Error)}, Reached: []string{"R-X-1"}, Name: "s"}}, Pass, "reached in s"},
		{"the case that is for it is named", []*Trial{{Name: "a", Reached: []string{"R-X-1"}}, {Name: "b", Rules: []string{"R-X-1"}, Reached: []string{"R-X-1"}}}, Pass, "reached in b and 1 more"},
	} {
		row := newEvidence(&Tested{Trials: tt.trials}).row(Rule{ID: "R-X-1"}, faultnet.Server)
		if row.Verdict != tt.want || row.Why != tt.why {
			t.Errorf("%s: want %s: %s\ngot %s: %s", tt.name, tt.want, tt.why, row.Verdict, row.Why)
		}
	}
}

func TestARuleThatIsTheSameTakesTheVerdict(t *testing.T) {
	a := &Row{Rule: Rule{ID: "A"}, Side: faultnet.Server, Verdict: Failed, Why: "broken"}
	b := &Row{Rule: Rule{ID: "B", Same: "A"}, Side: faultnet.Server}
	c := &Row{Rule: Rule{ID: "C", Same: "B"}, Side: faultnet.Client}
	circle := &Row{Rule: Rule{ID: "D", Same: "D"}, Side: faultnet.Server}
	nobody := &Row{Rule: Rule{ID: "E", Same: "F"}, Side: faultnet.Server}
	card := &Card{Rows: []*Row{a, b, c, circle, nobody}}
	for _, r := range card.Rows {
		card.inherit(r)
	}
	for _, r := range []*Row{b, c} {
		if r.Verdict != Failed || r.Why != "as A: broken" || r.As != a {
			t.Errorf("%s: %s: %s", r.Rule.ID, r.Verdict, r.Why)
		}
	}
	for _, r := range []*Row{circle, nobody} {
		if r.Verdict != CannotJudge || !strings.Contains(r.Why, "there is no row") {
			t.Errorf("%s: %s: %s", r.Rule.ID, r.Verdict, r.Why)
		}
	}
}

func TestRowsStandInTheOrderOfTheRFCs(t *testing.T) {
	var rows []*Row
	for _, r := range []Rule{
		{ID: "R-9", Section: "– (defence)"},
		{ID: "R-FR-10", Section: "RFC 9051, section 9 (x)"},
		{ID: "R-FR-2", Section: "RFC 9051, section 9"},
		{ID: "R-A-1", Section: "RFC 9051, sections 6.3.2 and 1"},
		{ID: "R-A-2", Section: "RFC 9051, section 6.10"},
		{ID: "R-B-1", Section: "RFC 2177, section 3; RFC 9051, section 1"},
		{ID: "2683-3.4.10-a", Section: "RFC 9051, section 1"},
		{ID: "2683-3.4.9-b", Section: "RFC 2683, section 3.4.9"},
		{ID: "bystander", Section: "RFC 2683, section 3.1"},
	} {
		rows = append(rows, &Row{Rule: r, Side: faultnet.Client}, &Row{Rule: r, Side: faultnet.Server})
	}
	slices.SortStableFunc(rows, compareRows)
	var got []string
	for i, r := range rows {
		if want := []faultnet.Side{faultnet.Server, faultnet.Client}[i%2]; r.Side != want {
			t.Errorf("row %d is the %s's", i, r.Side)
		}
		if i%2 == 0 {
			got = append(got, r.Rule.ID)
		}
	}
	want := []string{"bystander", "2683-3.4.9-b", "2683-3.4.10-a", "R-B-1", "R-A-1", "R-A-2", "R-FR-2", "R-FR-10", "R-9"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
