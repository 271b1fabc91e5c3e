package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/harness"
)

// actAs makes this test binary be the command.
const actAs = "IMAPFUZZ_TEST_ACT_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(actAs) != "" {
		main()
	}
	os.Exit(m.Run())
}

// quiet is a case that shows nothing.
const quiet = "imapfuzz case 1\ntarget: server\n\nC: a1 LOGIN test test\nS: a1 OK\nC: a2 LOGOUT\n"

// messy is a case that is not in canonical form.
const messy = "imapfuzz case 1\ntarget:   server\n\nC: a1 LOGIN test test\n"

// child returns the command, ready to run in dir.
func child(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(exe, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), actAs+"=1")
	return c
}

// outcome is what came of a run of the command.
type outcome struct {
	status   int
	out, err string
}

func imapfuzz(t *testing.T, dir string, args ...string) outcome {
	t.Helper()
	c := child(t, dir, args...)
	var out, stderr bytes.Buffer
	c.Stdout, c.Stderr = &out, &stderr
	err := c.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{c.ProcessState.ExitCode(), out.String(), stderr.String()}
}

// put writes a file below dir.
func put(t *testing.T, dir, name, text string) {
	t.Helper()
	name = filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// snapshot maps the files below dir to what is in them.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		text := []byte("folder")
		if !d.IsDir() {
			if text, err = os.ReadFile(path); err != nil {
				return err
			}
		}
		all[path] = string(text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func same(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if w, ok := b[k]; !ok || v != w {
			return false
		}
	}
	return true
}

func TestStatus(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "quiet.case", quiet)
	put(t, dir, "messy.case", messy)
	put(t, dir, "pkg/x.go", "package x\n")
	for _, tt := range []struct {
		args   string
		status int
		out    string // a part of standard output
		err    string // a part of standard error
	}{
		{"", 2, "", "usage|imapfuzz run"},
		{"help", 0, "imapfuzz run", ""},
		{"-h", 0, "Exit status", ""},
		{"run -h", 0, "usage: imapfuzz run", ""},
		{"replay -h", 0, "usage: imapfuzz replay", ""},
		{"nonsense", 2, "", `want a verb, got "nonsense"`},
		{"replay -n 2 quiet.case", 0, "nothing found in 2 runs", ""},
		{"replay -n 2 -json quiet.case", 0, "[]\n", ""},
		{"replay", 2, "", "want at least one FILE"},
		{"replay -n 0 quiet.case", 2, "", "want at least one FILE and -n"},
		{"replay missing.case", 2, "", "missing.case"},
		{"replay pkg quiet.case", 2, "", "say -target pkg before the cases"},
		{"sweep -h", 0, "usage: imapfuzz sweep", ""},
		{"sweep", 2, "", "want one FILE, got 0"},
		{"sweep quiet.case messy.case", 2, "", "want one FILE, got 2"},
		{"sweep missing.case", 2, "", "missing.case"},
		{"sweep -conn 0 quiet.case", 2, "", "want -conn of 1 or more"},
		{"sweep -conn 2 quiet.case", 2, "", "quiet.case: want a connection of the case, which has 1, got 2"},
		{"sweep -workers -1 quiet.case", 2, "", "-workers of 0 or more"},
		{"sweep -faults explode quiet.case", 2, "", `1:1: want a fault, got "explode"`},
		{"sweep -faults cut, quiet.case", 2, "", "1:5: want a fault, got the end"},
		{"sweep -faults cut,delay quiet.case", 2, "", "1:10: want a duration"},
		{"sweep -faults refuse quiet.case", 2, "", "refuse has no point in a stream"},
		{"sweep -side left quiet.case", 2, "", `got "left"`},
		{"sweep -dir quiet.case/below quiet.case", 2, "", "quiet.case"},
		{"check -h", 0, "usage: imapfuzz check", ""},
		{"check ./a ./b", 2, "", `want one package, got "./b", too`},
		{"check -tags x", 2, "", "are for a Go package"},
		{"check -profile rev3", 2, "", `want rev1, rev2 or 2683, got "rev3"`},
		{"check -rule R-AT-1,R-NO-1", 2, "", `want the id of a rule (imapfuzz explain lists them), got "R-NO-1"`},
		{"check -side left", 2, "", `got "left"`},
		{"check -baseline missing.txt", 2, "", "missing.txt"},
		{"check -baseline quiet.case", 2, "", `quiet.case:1:1: want "imapfuzz baseline 1", got "imapfuzz case 1"`},
		{"minimize quiet.case", 2, "", "no finding"},
		{"minimize", 2, "", "want one FILE, got 0"},
		{"minimize quiet.case messy.case", 2, "", "want one FILE, got 2"},
		{"fmt messy.case", 0, "target: server\n", ""},
		{"fmt", 2, "", "want at least one FILE"},
		{"fmt -w -", 2, "", "imapfuzz"},
		{"explain", 0, "R-FR-1", ""},
		{"explain R-AT-1", 0, "RFC", ""},
		{"explain R-NO-1", 2, "", `got "R-NO-1"`},
		{"explain a b", 2, "", "want one ID, got 2"},
		{"run ./x ./y", 2, "", `want one package, got "./y", too`},
		{"run ./x", 2, "", "go list:"},
		{"replay -target ./x quiet.case", 2, "", "go list:"},
		{"replay -fuzz X quiet.case", 2, "", "-fuzz, -tags and -race are for a Go package"},
		{"run -t -1s", 2, "", "want -t"},
		{"run -t soon", 2, "", `"soon"`},
		{"run -mem much", 2, "", `got "much"`},
		{"run -side left", 2, "", `got "left"`},
		{"run -workers -1", 2, "", "want -t, -n, -workers and"},
		{"run -nonsense", 2, "", "-nonsense"},
		{"run -dir quiet.case/below -t 1s", 2, "", "quiet.case"},
	} {
		t.Run("imapfuzz "+tt.args, func(t *testing.T) {
			before := snapshot(t, dir)
			got := imapfuzz(t, dir, strings.Fields(tt.args)...)
			if got.status != tt.status || !strings.Contains(got.out, tt.out) || !regexp.MustCompile(loose(tt.err)).MatchString(got.err) {
				t.Errorf("status %d\n%s\n%s", got.status, got.out, got.err)
			}
			if tt.status == statusError && got.out != "" {
				t.Errorf("an error has standard output: %q", got.out)
			}
			if !same(before, snapshot(t, dir)) {
				t.Error("files have changed")
			}
		})
	}
}

// loose quotes an expectation, in which | separates alternatives.
func loose(s string) string { return strings.ReplaceAll(regexp.QuoteMeta(s), `\|`, "|") }

func TestBadCases(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "quiet.case", quiet)
	place := regexp.MustCompile(`(?m)^imapfuzz: bad\.case:\d+:\d+: want .+, got .+$`)
	ran := 0
	for _, bad := range []string{
		"", "nonsense\n", "imapfuzz case 2\n", "imapfuzz case 1\ntarget: proxy\n",
		"imapfuzz case 1\ntarget: server\nplan: server @5: explode\n\nC: a1 NOOP\n",
		"imapfuzz case 1\ntarget: server\nplan: server @x: cut\n\nC: a1 NOOP\n",
		"imapfuzz case 1\ntarget: server\n\nX: a1 NOOP\n",
		"imapfuzz case 1\ntarget: server\n\nC= \"open\n",
		"imapfuzz case 1\ntarget: server\n\nT: soon\n",
		"imapfuzz case 1\ntarget: server\n\nC: a1 NOOP\n! client: explode\n",
	} {
		put(t, dir, "bad.case", bad)
		before := snapshot(t, dir)
		for _, args := range [][]string{
			{"replay", "quiet.case", "bad.case"}, {"sweep", "bad.case"}, {"minimize", "-o", "new.case", "bad.case"},
			{"fmt", "quiet.case", "bad.case"}, {"fmt", "-w", "quiet.case", "bad.case"},
		} {
			ran++
			got := imapfuzz(t, dir, args...)
			if got.status != statusError || !place.MatchString(got.err) || got.out != "" {
				t.Errorf("%v of %q: status %d\n%s%s", args, bad, got.status, got.out, got.err)
			}
		}
		if !same(before, snapshot(t, dir)) {
			t.Errorf("files have changed over %q", bad)
		}
	}
	if ran != 50 {
		t.Errorf("%d commands were run", ran)
	}
}

func TestFmt(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "messy.case", messy)
	put(t, dir, "pkg/x.go", "package x\n")
	first := imapfuzz(t, dir, "fmt", "messy.case")
	if first.status != 0 {
		t.Fatal(first.err)
	}
	if got := imapfuzz(t, dir, "fmt", "-w", "messy.case"); got.status != 0 || got.out != "" {
		t.Fatalf("%+v", got)
	}
	text, err := os.ReadFile(filepath.Join(dir, "messy.case"))
	if err != nil || string(text) != first.out {
		t.Errorf("fmt -w wrote %q, fmt prints %q, %v", text, first.out, err)
	}
	if again := imapfuzz(t, dir, "fmt", "messy.case"); again.out != first.out {
		t.Errorf("it is no fixed point: %q", again.out)
	}
}

func TestExplain(t *testing.T) {
	rules := harness.Rules()
	if len(rules) == 0 {
		t.Fatal("no rules")
	}
	for _, r := range rules {
		var out, stderr bytes.Buffer
		status := command(t.Context(), &env{out: &out, err: &stderr}, []string{"explain", r.ID})
		if status != statusClean || !strings.HasPrefix(out.String(), r.ID+" ") || !strings.Contains(out.String(), r.Text) || stderr.Len() > 0 {
			t.Errorf("%s: status %d\n%s%s", r.ID, status, out.String(), stderr.String())
		}
	}
}
