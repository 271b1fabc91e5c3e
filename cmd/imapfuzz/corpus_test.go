package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// campaignDir is a campaign's directory with the cases of these steps.
func campaignDir(t *testing.T, steps ...string) string {
	t.Helper()
	dir := t.TempDir()
	store, err := corpus.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range steps {
		c, err := corpus.Parse(t.Name(), []byte("imapfuzz case 1\ntarget: server\n\n"+s))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := store.Add(c); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	shortSteps = "C: a1 LOGIN test test\nC: a2 NOOP\n"
	longSteps  = "C: a1 LOGIN test test\nC: a2 SELECT INBOX\n! client: cut\n"
	sameSteps  = "C: aa1 LOGIN test test\nC: aa2 NOOP\n"
)

func caseFiles(t *testing.T, dir string) int {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "corpus", "*.case"))
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

func TestCorpus(t *testing.T) {
	t.Run("minimize removes what shows nothing of its own, and then nothing more", func(t *testing.T) {
		dir := campaignDir(t, shortSteps, longSteps, sameSteps)
		before := snapshot(t, dir)
		if o := imapfuzz(t, dir, "corpus", "minimize", "-dry", "."); o.status != 0 || !strings.Contains(o.out, "1 would be removed") {
			t.Errorf("%+v", o)
		}
		if !maps.Equal(before, snapshot(t, dir)) {
			t.Error("-dry did something")
		}
		if o := imapfuzz(t, dir, "corpus", "minimize", "."); o.status != 0 || !strings.Contains(o.out, "1 removed") {
			t.Errorf("%+v", o)
		}
		if o := imapfuzz(t, dir, "corpus", "minimize", "."); o.status != 0 || !strings.Contains(o.out, "0 removed") {
			t.Errorf("%+v", o)
		}
		if n := caseFiles(t, dir); n != 2 {
			t.Errorf("%d cases are left", n)
		}
		for _, text := range snapshot(t, dir) {
			if strings.Contains(text, "aa1") {
				t.Error("the longer of two that show the same was kept")
			}
		}
	})
	t.Run("merge adds what shows something new, and leaves the other directory alone", func(t *testing.T) {
		dir, other := campaignDir(t, shortSteps), campaignDir(t, sameSteps, longSteps)
		before := snapshot(t, other)
		if o := imapfuzz(t, dir, "corpus", "merge", ".", other); o.status != 0 || !strings.Contains(o.out, "2 cases; 1 that show") {
			t.Errorf("%+v", o)
		}
		if n := caseFiles(t, dir); n != 2 {
			t.Errorf("%d cases", n)
		}
		if !maps.Equal(before, snapshot(t, other)) {
			t.Error("the other directory was changed")
		}
	})
	t.Run("stats tells targets, steps, faults and stability", func(t *testing.T) {
		dir := campaignDir(t, shortSteps, longSteps, "C: a1 LOGIN test test\nT: 1h\n")
		o := imapfuzz(t, dir, "corpus", "stats", "-n", "3", ".")
		for _, want := range []string{"3 cases", "go-imap server", "3 (100.00%)", "faults: cut 1\n"} {
			if o.status != 0 || !strings.Contains(o.out, want) {
				t.Errorf("no %q in %+v", want, o)
			}
		}
	})
	t.Run("what it cannot do, it says, and makes nothing", func(t *testing.T) {
		dir := t.TempDir()
		for _, test := range []struct{ args, want string }{
			{"corpus", "want stats, minimize or merge"},
			{"corpus shrink .", `got "shrink"`},
			{"corpus stats", "want one DIR, got 0"},
			{"corpus merge .", "want DIR and at least one OTHER"},
			{"corpus stats -n 0 .", "want -n of 1 or more, got 0"},
			{"corpus minimize nowhere", "want the directory of a campaign"},
			{"corpus merge nowhere either", "want the directory of a campaign"},
		} {
			if o := imapfuzz(t, dir, strings.Fields(test.args)...); o.status != 2 || !strings.Contains(o.err, test.want) || o.out != "" {
				t.Errorf("%s: %+v, want %q", test.args, o, test.want)
			}
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%v, %v", left, err)
		}
	})
}
