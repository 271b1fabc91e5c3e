package fuzz

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/harness/goimap"
)

func TestTheInputThatAWorkerDiedOnIsToldAsACase(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	target := goimap.Server()
	old := write("old", "go test fuzz v1\n[]byte(\"imapfuzz case 1\\ntarget: server\\n\\nC: a1 NOOP\\n\")\n")
	fresh := write("new", "go test fuzz v1\n[]byte(\"imapfuzz case 1\\ntarget: server\\n\\nC: a1 LOGOUT\\n\")\n")
	v := vocabulary(target)
	if got := newCase(target, v, []string{old}, []string{old, fresh}); !strings.Contains(got, "\nC: a1 LOGOUT\n") {
		t.Errorf("got %q", got)
	}
	if got := newCase(target, v, []string{old}, []string{old}); got != "" {
		t.Errorf("nothing is new, got %q", got)
	}
	for _, text := range []string{"", "go test fuzz v1\n", "go test fuzz v1\nint(3)\n", "go test fuzz v1\n[]byte(\"\n"} {
		if got := newCase(target, v, nil, []string{write("broken", text)}); got != "" {
			t.Errorf("of %q: got %q", text, got)
		}
	}
}
