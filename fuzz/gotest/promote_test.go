package gotest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// copyOfTiny is the module tiny in a directory where tests may write.
func copyOfTiny(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/tiny")); err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	mod := filepath.Join(dir, "go.mod")
	text, err := os.ReadFile(mod)
	if err == nil {
		err = os.WriteFile(mod, []byte(strings.Replace(string(text), "../../../..", root, 1)), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func caseOf(t *testing.T, text string) *corpus.Case {
	t.Helper()
	c, err := corpus.Parse("x.case", []byte("imapfuzz case 1\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPromote(t *testing.T) {
	dir := copyOfTiny(t)
	sound := caseOf(t, "# It is answered. RFC 9051.\ntarget: server\n\nC: a1 LOGIN test test\nS: a1 OK\n")
	for _, tt := range []struct {
		name  string
		c     *corpus.Case
		fails bool
		says  string
	}{
		{"sound", sound, false, "PASS"},
		{"sound", sound, false, "PASS"}, // again: it is there
		{"panics", caseOf(t, "target: server\n\nC: a1 LOGIN test test\nC: a2 SELECT INBOX\nC: a3 STORE 1 -FLAGS.SILENT (\\Draft \\Flagged)\n"), true, "removeFlags"},
		{"quoted", caseOf(t, "target: server\n\nC= \"a1 `\\x00\\xff\\r\\n\"\n"), false, "PASS"},
	} {
		t.Run("the case "+tt.name+" becomes a test", func(t *testing.T) {
			p, err := Promote(t.Context(), dir, tt.c, tt.name, Options{Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			if p.Test != "FuzzServer/"+tt.name || p.Fails != tt.fails || !strings.Contains(p.Said, tt.says) {
				t.Errorf("%+v", p)
			}
			if want := filepath.Join(dir, "testdata", "fuzz", p.Test); p.File != want {
				t.Errorf("%s was written, want %s", p.File, want)
			}
		})
	}
	t.Run("another case of that name is refused, and nothing is overwritten", func(t *testing.T) {
		other := caseOf(t, "target: server\n\nC: a1 NOOP\n")
		if _, err := Promote(t.Context(), dir, other, "sound", Options{Dir: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "want a new file") {
			t.Errorf("%v", err)
		}
	})
	t.Run("a case that a seed cannot hold is refused", func(t *testing.T) {
		long := caseOf(t, "target: server\n\n"+strings.Repeat("C: a1 NOOP\n", 300))
		if _, err := Promote(t.Context(), dir, long, "long", Options{Dir: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "too large for a seed") {
			t.Errorf("%v", err)
		}
	})
	t.Run("a package without a target for the side is told so", func(t *testing.T) {
		c := caseOf(t, "target: client\n\nS: * OK\n")
		if _, err := Promote(t.Context(), dir, c, "client", Options{Dir: t.TempDir(), Fuzz: "Server"}); err == nil || !strings.Contains(err.Error(), "want a target that tests a client") {
			t.Errorf("%v", err)
		}
	})
}
