package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pkgPath returns the path of a package that is there to be tested.
func pkgPath(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "fuzz", "gotest", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPackages(t *testing.T) {
	dir, tiny := t.TempDir(), pkgPath(t, "tiny")
	t.Run("a package that does not compile is told so in the compiler's words", func(t *testing.T) {
		got := imapfuzz(t, dir, "run", pkgPath(t, "broken"), "-t", "1s")
		if got.status != statusError || got.out != "" || !strings.Contains(got.err, "broken_test.go:5:40: undefined: undefinedName") {
			t.Errorf("status %d\n%s%s", got.status, got.out, got.err)
		}
	})
	t.Run("run of a package prints the same names, and says what it has built", func(t *testing.T) {
		got := imapfuzz(t, dir, "run", tiny, "-fuzz", "Client", "-t", "2s", "-json", "-dir", "d")
		if got.status != statusClean || !slices.Equal(names(t, []byte(got.out)), summaryNames) {
			t.Fatalf("status %d\n%s%s", got.status, got.out, got.err)
		}
		var s struct{ Cases, Edges int }
		if err := json.Unmarshal([]byte(got.out), &s); err != nil || s.Cases == 0 || s.Edges == 0 {
			t.Errorf("%v in %s", err, got.out)
		}
		if !strings.Contains(got.err, "built example.com/tiny in") || !strings.Contains(got.err, "FuzzClient, 1 packages with coverage") {
			t.Errorf("%s", got.err)
		}
	})
	t.Run("replay of a package runs the case, and says what its author lives with or leaves out", func(t *testing.T) {
		const head = "imapfuzz case 1\ntarget: server\n\nC: a1 LOGIN test test\n"
		put(t, dir, "dies.case", head+"C: a2 SELECT INBOX\nC: a3 STORE 1 -FLAGS.SILENT (\\Draft \\Flagged)\n")
		put(t, dir, "known.case", head+"C: a2 NAMESPACE\nC: a3 STATUS INBOX (MESSAGES)\n")
		put(t, dir, "skip.case", head+"C: a2 XSKIP\n")
		got := imapfuzz(t, dir, "replay", "-target", tiny, "-fuzz", "Server", "-n", "2", "dies.case", "known.case", "skip.case")
		for _, want := range []string{
			"dies.case: server no-crash [crash, error]", "tiny.removeFlags", "reproduces 2/2",
			", known] ", "skip.case: not run: the target's Options.Skip says: tiny is not ready for it",
		} {
			if !strings.Contains(got.out, want) {
				t.Errorf("want %q in", want)
			}
		}
		if got.status != statusFinding || t.Failed() {
			t.Errorf("status %d\n%s%s", got.status, got.out, got.err)
		}
		if got := imapfuzz(t, dir, "replay", "-target", tiny, "-fuzz", "Server", "-n", "1", "known.case"); got.status != statusClean {
			t.Errorf("what is known is a finding: status %d\n%s%s", got.status, got.out, got.err)
		}
	})
}
