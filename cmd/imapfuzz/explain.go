package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/imapfuzz/imapfuzz/harness"
)

const explainUsage = `Prints a rule: what it asks for, the sections of the RFCs that it rests on, and
an exchange that breaks it. Without an ID: the table of all rules.

  imapfuzz explain
  imapfuzz explain R-AT-1
`

func explainVerb(_ context.Context, e *env, args []string) int {
	f := newFlags(e, "explain", "[ID]", explainUsage)
	if status, ok := parse(e, f, args); !ok {
		return status
	}
	if f.NArg() > 1 {
		return fail(e, fmt.Errorf("explain: want one ID, got %d", f.NArg()))
	}
	if f.NArg() == 0 {
		t := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "ID\tSIDE\tKIND\tSEVERITY\tSECTION")
		for _, r := range harness.Rules() {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", r.ID, sideWord(r), r.Kind, r.Severity, r.Section)
		}
		t.Flush()
		return statusClean
	}
	found := false
	for _, r := range harness.Catalogue() {
		if r.ID != f.Arg(0) {
			continue
		}
		if found {
			fmt.Fprintln(e.out)
		}
		found = true
		explain(e, r)
	}
	if !found {
		return fail(e, fmt.Errorf("explain: want the id of a rule (imapfuzz explain lists them), got %q", f.Arg(0)))
	}
	return statusClean
}

// explain prints one rule.
func explain(e *env, r harness.Rule) {
	if r.Why != "" {
		fmt.Fprintf(e.out, "%s  (%s, not judged)\n%s\n\n%s\n\nNot judged: %s\n", r.ID, sideWord(r), r.Section, r.Text, r.Why)
		return
	}
	if r.Same != "" {
		fmt.Fprintf(e.out, "%s  (%s)\n%s\n\n%s\n\nIt is judged as %s.\n", r.ID, sideWord(r), r.Section, r.Text, r.Same)
		return
	}
	fmt.Fprintf(e.out, "%s  (%s, %s, %s)\n%s\n\n%s\n", r.ID, sideWord(r), r.Kind, severityWord(r), r.Section, r.Text)
	if r.Needs != 0 {
		fmt.Fprintf(e.out, "\nIt needs %v.\n", r.Needs)
	}
	if r.Example != "" {
		fmt.Fprintf(e.out, "\n%s\n", indent(strings.TrimRight(r.Example, "\n")))
	}
}

// severityWord says how bad a breach is, under each profile in which that is
// another matter.
func severityWord(r harness.Rule) string {
	word := string(r.Severity)
	for _, p := range harness.Profiles() {
		if s := r.SeverityIn(p); s != r.Severity {
			word += fmt.Sprintf(", %s: %s", p, s)
		}
	}
	return word
}

// sideWord says who has to keep a rule.
func sideWord(r harness.Rule) string {
	if r.Side == 0 {
		return "both"
	}
	return r.Side.String()
}
