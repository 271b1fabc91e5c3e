package gotest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/fuzz"
)

func TestACampaignFindsABugBehindAnArgument(t *testing.T) {
	pkg, err := Build(t.Context(), "./testdata/tiny", Options{Dir: t.TempDir(), Fuzz: "Server|Other"})
	if err != nil {
		t.Fatal(err)
	}
	if len(pkg.Targets) != 1 || pkg.Targets[0].Name != "example.com/tiny.FuzzServer" {
		t.Fatalf("targets: %+v", pkg.Targets)
	}
	if len(pkg.Covered) != 1 || pkg.Covered[0] != "example.com/tiny" {
		t.Errorf("covered: %q", pkg.Covered)
	}
	if notes := strings.Join(pkg.Notes, "\n"); !strings.Contains(notes, "FuzzOther is left out") {
		t.Errorf("notes: %s", notes)
	}
	ctx, found := context.WithTimeout(t.Context(), 3*time.Minute)
	defer found()
	dir := t.TempDir()
	s, err := fuzz.Campaign{
		Dir: dir, Targets: pkg.Targets, Seed: 1,
		OnProgress: func(p fuzz.Progress) {
			if p.Findings > 0 && p.Waiting == 0 {
				found()
			}
		},
	}.Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Findings) != 1 || s.Findings[0].Kind != "crash" || !strings.Contains(s.Findings[0].Bucket, "tiny.removeFlags") {
		t.Fatalf("after %d cases: %+v", s.Cases, s.Findings)
	}
	t.Logf("%d cases, %d edges", s.Cases, s.Edges)
	if s.Edges < 20 {
		t.Errorf("%d edges were taken", s.Edges)
	}
	log, err := os.ReadFile(filepath.Join(dir, "progress.jsonl"))
	if err != nil || !strings.Contains(string(log), fmt.Sprintf(`"edges":%d`, s.Edges)) {
		t.Errorf("%v, %d edges are not in\n%s", err, s.Edges, log)
	}
}

func TestARaceIsAFindingOfItsOwnKind(t *testing.T) {
	if testing.Short() {
		t.Skip("in short mode nothing is built with the race detector")
	}
	pkg, err := Build(t.Context(), "./testdata/tiny", Options{Dir: t.TempDir(), Fuzz: "Server", Race: true})
	if err != nil {
		t.Fatal(err)
	}
	c, err := corpus.Parse("race", []byte("imapfuzz case 1\ntarget: server\n\n"+
		"C: a1 LOGIN test test\nC: a2 SELECT INBOX\nC: a3 CHECK\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, race := range []bool{true, false} {
		lab := &fuzz.Lab{Targets: pkg.Targets, Race: race}
		defer lab.Close()
		rep, err := lab.Replay(t.Context(), c, 5)
		if err != nil {
			t.Fatal(err)
		}
		hit := slices.ContainsFunc(rep.Findings, func(f fuzz.Finding) bool {
			return f.Kind == "race" && f.ByDetector() && f.Reproduces == "5/5" && strings.Contains(f.Bucket, "tiny.(*session).check")
		})
		if hit != race {
			t.Errorf("with the detector: %v, found %+v", race, rep.Findings)
		}
		if race && !strings.Contains(strings.Join(rep.Stacks, ""), "DATA RACE") {
			t.Errorf("stacks: %q", rep.Stacks)
		}
	}
}

func TestWhatCannotBeTestedIsSaidInWords(t *testing.T) {
	for _, tt := range []struct{ pkg, fuzz, want string }{
		{"./testdata/broken", "", "broken_test.go:5:40: undefined: undefinedName"},
		{"./testdata/none", "", "want a FuzzXxx that calls fuzz.Server or fuzz.Client"},
		{"./testdata/tiny", "Nobody", "it has FuzzServer, FuzzClient, FuzzOther"},
		{"./testdata/refuses", "Refuses", "FuzzRefuses: it fails on the empty case: start server: no licence"},
		{"./testdata/refuses", "Panics", "FuzzPanics: it dies of the empty case: the process died: panic: born to die"},
		{"./testdata/missing", "", "testdata/missing"},
		{"./testdata/tiny", "(", "want a regular expression"},
	} {
		t.Run(tt.pkg+" "+tt.fuzz, func(t *testing.T) {
			_, err := Build(t.Context(), tt.pkg, Options{Dir: t.TempDir(), Fuzz: tt.fuzz})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestWithoutCoverageACampaignGoesOn(t *testing.T) {
	pkg, err := Build(t.Context(), "./testdata/tiny", Options{Dir: t.TempDir(), Fuzz: "Server", Cover: []string{"example.com/nobody/..."}})
	if err != nil {
		t.Fatal(err)
	}
	if len(pkg.Targets) != 1 || len(pkg.Covered) != 0 || !strings.Contains(strings.Join(pkg.Notes, "\n"), "without coverage: the empty case takes no edge of example.com/nobody") {
		t.Errorf("%+v", pkg)
	}
}
