package harness_test

import (
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/plants"
)

// parse reads a case of a test.
func parse(t *testing.T, text string) *corpus.Case {
	t.Helper()
	c, err := corpus.Parse(t.Name(), []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return c
}

// play runs a case; the harness must be able to.
func play(t *testing.T, target harness.Target, c *corpus.Case) *harness.Result {
	t.Helper()
	r := harness.Run(t, target, c, harness.Options{})
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	return r
}

// wantNone fails if anything was found.
func wantNone(t *testing.T, r *harness.Result) {
	t.Helper()
	if len(r.Findings) > 0 {
		t.Errorf("want no finding, got\n%s\n%s", list(r.Findings), r.Record.Transcript())
	}
}

func list(findings []harness.Finding) string {
	var b strings.Builder
	for i := range findings {
		fmt.Fprintf(&b, "%s\n\t%s\n", findings[i].Bucket(), findings[i].String())
	}
	return b.String()
}

func TestEveryPlantIsFoundAndItsTwinIsClean(t *testing.T) {
	if name := os.Getenv(plantVariable); name != "" {
		child(t, name)
		return
	}
	found := 0
	for _, p := range plants.Bugs() {
		t.Run(p.Name, func(t *testing.T) {
			c := parse(t, p.Text())
			t.Run("the clean twin raises nothing", func(t *testing.T) {
				r := play(t, p.Target(true), c)
				wantNone(t, r)
				if rule, ok := harness.RuleFor(p.Rule, sideOf(p)); ok && !r.Reached(rule) {
					t.Errorf("the clean twin was never where %s can be kept: its pass says nothing\n%s", p.Rule, r.Record.Transcript())
				}
				if len(r.Record.Diverged) > 0 {
					t.Errorf("the case does not fit the clean twin: %v\n%s", r.Record.Diverged, r.Record.Transcript())
				}
			})
			t.Run("the bug is found", func(t *testing.T) {
				var r *harness.Result
				if p.Dies {
					r = &harness.Result{Findings: []harness.Finding{fatal(t, p)}}
				} else {
					r = play(t, p.Target(false), c)
				}
				found++
				if breaks(r.Findings, p) {
					return
				}
				t.Errorf("want findings of %s (%s) alone, got %d\n%s", p.Rule, p.Kind, len(r.Findings), list(r.Findings))
				if r.Record != nil {
					t.Logf("%s", r.Record.Transcript())
				}
			})
		})
	}
	if found == 0 {
		t.Fatal("no plant was run")
	}
}

// breaks reports whether something was found, and nothing but breaches of the
// rule that p breaks.
func breaks(found []harness.Finding, p plants.Plant) bool {
	for i := range found {
		if found[i].Rule != p.Rule || found[i].Kind != p.Kind {
			return false
		}
	}
	return len(found) > 0
}

func sideOf(p plants.Plant) faultnet.Side {
	if p.Client {
		return faultnet.Client
	}
	return faultnet.Server
}

func TestEveryRuleHasAPlant(t *testing.T) {
	type kept struct {
		rule   string
		client bool
	}
	planted := make(map[kept]int)
	names := make(map[string]bool)
	for _, p := range plants.Bugs() {
		if names[p.Name] {
			t.Errorf("there are two plants %q", p.Name)
		}
		names[p.Name] = true
		planted[kept{p.Rule, p.Client}]++
		if r, ok := harness.RuleFor(p.Rule, sideOf(p)); !ok || r.Why != "" {
			t.Errorf("%s breaks the rule %s, which is not armed", p.Name, p.Rule)
		}
	}
	rows := 0
	for _, side := range []corpus.Target{corpus.Server, corpus.Client} {
		for _, r := range harness.RulesFor(side) {
			rows++
			if planted[kept{r.ID, side == corpus.Client}] == 0 {
				t.Errorf("no plant of a %s breaks %s", side, r.ID)
			}
		}
	}
	if rows == 0 {
		t.Fatal("there are no rules")
	}
	t.Logf("%d rules of servers and clients, %d plants", rows, len(names))
}

// plantVariable names the plant that a child process is to run.
const plantVariable = "IMAPFUZZ_TEST_PLANT"

// fatal runs a plant that ends its process, in a child, and judges what the
// child left.
func fatal(t *testing.T, p plants.Plant) harness.Finding {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestEveryPlantIsFoundAndItsTwinIsClean$", "-test.v")
	cmd.Env = append(os.Environ(), plantVariable+"="+p.Name)
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("the child ended well:\n%s", out)
	}
	if _, stall, ok := strings.Cut(string(out), stallMark); ok {
		f := strings.Fields(stall)
		return harness.Finding{Rule: f[0], Kind: harness.Kind(f[1]), Summary: stall}
	}
	return harness.FatalFinding(p.Target(false), out)
}

// stallMark is what the child prints before the rule and the kind of a run that
// did not end.
const stallMark = "STALL "

// child is what the child of [fatal] runs.
func child(t *testing.T, name string) {
	debug.SetMaxStack(1 << 20)
	for _, p := range plants.Bugs() {
		if p.Name != name {
			continue
		}
		dog := harness.NewWatchdog(p.Target(false), func(s harness.Stall) {
			fmt.Printf("\n%s%s %s %s\n", stallMark, s.Finding.Rule, s.Finding.Kind, s.Finding.Where)
			os.Exit(3)
		})
		defer dog.Stop()
		r := harness.Run(t, p.Target(false), parse(t, p.Text()), harness.Options{Watch: dog})
		t.Logf("the run came to its end: %s", list(r.Findings))
	}
}
