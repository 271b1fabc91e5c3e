package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/harness"
)

// A Listed is a rule of the catalogue that the project set out to judge: an id,
// and who has to keep it.
type Listed struct {
	ID    string
	Sides []faultnet.Side
}

// ReadCatalogue reads a list of rules, one a line: the id, and "server",
// "client" or both. Errors are "name:line:col: want X, got Y".
func ReadCatalogue(name string, text []byte) ([]Listed, error) {
	var out []Listed
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		words := strings.Fields(line)
		if len(words) < 2 {
			return nil, fmt.Errorf("%s:%d:%d: want an id and its sides, got %q", name, i+1, 1, line)
		}
		l := Listed{ID: words[0]}
		for _, w := range words[1:] {
			switch w {
			case "server":
				l.Sides = append(l.Sides, faultnet.Server)
			case "client":
				l.Sides = append(l.Sides, faultnet.Client)
			default:
				return nil, fmt.Errorf("%s:%d:%d: want \"server\" or \"client\", got %q", name, i+1, strings.Index(line, w)+1, w)
			}
		}
		out = append(out, l)
	}
	return out, nil
}

// RulesPage writes a page in Markdown: each rule of the list, and how it is
// judged; then the rules that imapfuzz has beside them.
func RulesPage(w io.Writer, list []Listed) error {
	var b strings.Builder
	rows, checked := 0, 0
	var table strings.Builder
	listed := map[string]bool{}
	for _, l := range list {
		listed[l.ID] = true
		done := false
		for _, side := range l.Sides {
			rows++
			r, ok := harness.RuleFor(l.ID, side)
			done = done || ok && r.Checked()
			ruleLine(&table, l.ID, side, r, ok)
		}
		if done {
			checked++
		}
	}
	fmt.Fprintf(&b, rulesHead, len(list), rows, checked)
	b.WriteString(tableHead + table.String())
	b.WriteString("\n## Beside the catalogue\n\nWhat every program owes its user, whatever protocol it speaks.\n\n" + tableHead)
	for _, r := range harness.Catalogue() {
		if listed[r.ID] {
			continue
		}
		for _, side := range sidesOf(r) {
			ruleLine(&b, r.ID, side, r, true)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

const rulesHead = `# The rules

Made by ` + "`make rules`" + ` from the rules themselves. The catalogue has %d rules, %d with those that each side keeps in a
way of its own counted twice; of %d of them a breach is found. ` + "`imapfuzz explain ID`" + ` has the text of each.

A rule is judged always, which is in every run, fuzzed or not; or in scenarios, cases that bring a target to where the
rule can be kept or broken; or as another rule, which says the same; or not, and it is said why. The severity is that of
a breach, as the RFCs mean it that a profile names: an error fails a report card, a warning does not, and an info is
advice. Where one severity stands, it is the same under all profiles.

`

const tableHead = "| rule | side | section | judged | severity |\n|---|---|---|---|---|\n"

func sidesOf(r harness.Rule) []faultnet.Side {
	if r.Side == 0 {
		return []faultnet.Side{faultnet.Server, faultnet.Client}
	}
	return []faultnet.Side{r.Side}
}

// ruleLine writes one line of the table; ok says whether there is such a rule.
func ruleLine(b *strings.Builder, id string, side faultnet.Side, r harness.Rule, ok bool) {
	if !ok {
		fmt.Fprintf(b, "| %s | %s | | no rule yet | |\n", cell(id), side)
		return
	}
	severity := ""
	if r.Why == "" && r.Same == "" {
		severity = severities(r)
	}
	fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", cell(id), side, cell(r.Section), cell(judged(r, side)), severity)
}

// severities says how bad a breach is under each profile.
func severities(r harness.Rule) string {
	out := []string{string(r.Severity)}
	for _, p := range harness.Profiles() {
		if s := r.SeverityIn(p); s != r.Severity {
			out = append(out, fmt.Sprintf("%s: %s", p, s))
		}
	}
	return strings.Join(out, ", ")
}

// judged says how a rule is judged.
func judged(r harness.Rule, side faultnet.Side) string {
	switch {
	case r.Same != "":
		return "as " + r.Same
	case r.Why != "":
		return "not: " + r.Why
	}
	var in []string
	for _, s := range corpus.Scenarios() {
		if s.Case.Target.Sends().Other() == side && slices.Contains(s.Case.Rules, r.ID) {
			_, name, _ := strings.Cut(s.Name, "/")
			in = append(in, name)
		}
	}
	how := "always"
	if r.Scenario {
		how = "in scenarios"
	} else if len(in) > 0 {
		how = "always; scenarios"
	}
	if len(in) > 0 {
		how += " " + strings.Join(in, ", ")
	}
	if r.Capability != "" && side == faultnet.Server {
		how += "; if it offers " + strings.ReplaceAll(r.Capability, "|", " or ")
	}
	if r.Call != "" && side == faultnet.Client {
		how += "; if it has the call " + strings.ReplaceAll(r.Call, "|", " or ")
	}
	return how
}
