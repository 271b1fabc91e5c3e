package gotest

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/fuzz"
)

const compares = `package x

import "strings"

const magic = "con" + "stant"

var table = map[string]int{"a-key": 1}

var list = []string{"no-comparison"}

func f(s string, b []byte) bool {
	switch s {
	case "a-case", magic:
	}
	println("no comparison")
	return s == "equal" || "left" != s || strings.EqualFold(s, "folded") || string(b) == string("converted") || len(s) == 7
}
`

func TestWordsThatTheSourceComparesWith(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.com/x\n", "x.go": compares, "x_test.go": "package x\n\nvar _ = \"\" == \"in-a-test\"\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	words, err := Compared(t.Context(), dir, "", []string{"example.com/x"})
	if want := []string{"a-case", "a-key", "constant", "converted", "equal", "folded", "left"}; err != nil || !slices.Equal(words, want) {
		t.Errorf("%q, %v; want %q", words, err, want)
	}
}

func TestACampaignFindsABugBehindAWordThatTheTargetComparesWith(t *testing.T) {
	pkg, err := Build(t.Context(), "./testdata/magic", Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, found := context.WithTimeout(t.Context(), 2*time.Minute)
	defer found()
	s, err := fuzz.Campaign{
		Dir: t.TempDir(), Targets: pkg.Targets, Seed: 1, Workers: 1,
		OnProgress: func(p fuzz.Progress) {
			if p.Findings > 0 && p.Waiting == 0 {
				found()
			}
		},
	}.Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Findings) != 1 || s.Findings[0].Kind != "crash" || !strings.Contains(s.Findings[0].Bucket, "magic.list") {
		t.Fatalf("after %d cases: %+v", s.Cases, s.Findings)
	}
	t.Logf("%d cases", s.Cases)
}
