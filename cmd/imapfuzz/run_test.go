package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/fuzz"
)

// The names in what is printed for programs.
var (
	summaryNames = []string{"cases", "cases_per_s", "corpus", "edges", "elapsed_s", "faults_fired", "findings", "rules_armed", "states", "steps"}
	findingNames = []string{"bucket", "case", "kind", "known", "reproduces", "rule", "severity", "side", "steps", "summary"}
)

// summary is what these tests look at in the output of run -json.
type summary struct {
	Cases    int64
	Findings []struct {
		Bucket, Case, Reproduces string
		Known                    bool
	}
}

// names returns the names of a JSON object, sorted.
func names(t *testing.T, text []byte) []string {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return slices.Sorted(maps.Keys(m))
}

func TestRunJSON(t *testing.T) {
	dir := t.TempDir()
	var got outcome
	var s summary
	for range 5 { // a slow machine has not minimized anything after one
		got = imapfuzz(t, dir, "run", "-t", "4s", "-json", "-seed", "7", "-dir", "d")
		if got.status != statusFinding {
			t.Fatalf("status %d\n%s\n%s", got.status, got.out, got.err)
		}
		if err := json.Unmarshal([]byte(got.out), &s); err != nil || strings.Count(got.out, "\n") != 1 {
			t.Fatalf("not one object on one line: %v\n%s", err, got.out)
		}
		if strings.Contains(got.out, `"reproduces":"10/10"`) {
			break
		}
	}
	t.Run("run -json has exactly the names that programs know", func(t *testing.T) {
		if n := names(t, []byte(got.out)); !slices.Equal(n, summaryNames) {
			t.Errorf("%q", n)
		}
		var raw struct{ Findings []json.RawMessage }
		if err := json.Unmarshal([]byte(got.out), &raw); err != nil || len(raw.Findings) == 0 {
			t.Fatalf("%v, %d findings", err, len(raw.Findings))
		}
		for _, f := range raw.Findings {
			if n := names(t, f); !slices.Equal(n, findingNames) {
				t.Errorf("%q", n)
			}
		}
	})
	t.Run("a case falls into its bucket again, and replay -json has the same names", func(t *testing.T) {
		replayed := 0
		for _, f := range s.Findings {
			// On a slow machine nothing may be minimized yet; then it is the case that
			// was found.
			if replayed == 3 {
				break
			}
			replayed++
			again := imapfuzz(t, dir, "replay", "-n", "2", "-json", f.Case)
			var all []json.RawMessage
			if err := json.Unmarshal([]byte(again.out), &all); err != nil || again.status != statusFinding || len(all) == 0 {
				t.Fatalf("status %d, %v\n%s%s", again.status, err, again.out, again.err)
			}
			if n := names(t, all[0]); !slices.Equal(n, findingNames) {
				t.Errorf("%q", n)
			}
			bucket, _ := json.Marshal(f.Bucket)
			if !strings.Contains(again.out, string(bytes.TrimSpace(bucket))) {
				t.Errorf("%s is not in %s", bucket, again.out)
			}
		}
		if replayed == 0 {
			t.Error("nothing was replayed")
		}
	})
}

// begin starts a campaign and returns once it has written a finding and
// a case of its corpus.
func begin(t *testing.T, dir string) (stop func(syscall.Signal) (outcome, time.Duration)) {
	t.Helper()
	c := child(t, dir, "run", "-t", "0", "-dir", "d", "-workers", "1")
	var out, stderr bytes.Buffer
	c.Stdout, c.Stderr = &out, &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for range 3000 {
		found, _ := filepath.Glob(filepath.Join(dir, "d", "findings", "*", corpus.FindingFile))
		kept, _ := filepath.Glob(filepath.Join(dir, "d", "corpus", "*.case"))
		if len(found) > 0 && len(kept) > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond) // a process cannot be waited for in fake time
	}
	return func(sig syscall.Signal) (outcome, time.Duration) {
		c.Process.Signal(sig)
		at := time.Now()
		c.Wait()
		return outcome{c.ProcessState.ExitCode(), out.String(), stderr.String()}, time.Since(at)
	}
}

func TestInterrupt(t *testing.T) {
	dir := t.TempDir()
	got, took := begin(t, dir)(syscall.SIGINT)
	if got.status != statusFinding || !strings.Contains(got.out, "REPRODUCES") || took > 3*time.Second {
		t.Errorf("status %d after %v\n%s\n%s", got.status, took, got.out, got.err)
	}
}

// age makes the temporary files below dir old: a run leaves alone what another one
// may be writing.
func age(t *testing.T, dir string) {
	t.Helper()
	then := time.Now().Add(-24 * time.Hour)
	filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".tmp") {
			err = os.Chtimes(path, then, then)
		}
		if err != nil {
			t.Error(err)
		}
		return nil
	})
}

// TestKill kills the command; package fuzz kills campaigns at 50 moments.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(1, 2))
	for range 3 {
		stop := begin(t, dir)
		time.Sleep(time.Duration(r.IntN(2000)) * time.Millisecond)
		if got, _ := stop(syscall.SIGKILL); got.status != -1 {
			t.Fatalf("it had ended before: %+v", got)
		}
		whole, _ := filepath.Glob(filepath.Join(dir, "d", "findings", "*", corpus.FindingFile))
		for _, name := range whole {
			if text, err := os.ReadFile(name); err != nil || !json.Valid(text) {
				t.Errorf("%s is torn: %v\n%s", name, err, text)
			}
		}
	}
	before, _ := filepath.Glob(filepath.Join(dir, "d", "findings", "*", corpus.FindingFile))
	cases, _ := filepath.Glob(filepath.Join(dir, "d", "corpus", "*.case"))
	age(t, dir)
	got := imapfuzz(t, dir, "run", "-t", "4s", "-json", "-dir", "d")
	var s summary
	if err := json.Unmarshal([]byte(got.out), &s); err != nil || got.status != statusFinding {
		t.Fatalf("status %d, %v\n%s", got.status, err, got.err)
	}
	known := 0
	for _, f := range s.Findings {
		if f.Known {
			known++
		}
	}
	if known == 0 || len(before) == 0 || s.Cases == 0 {
		t.Errorf("%d of %d findings are known, %d cases", known, len(before), s.Cases)
	}
	if after, _ := filepath.Glob(filepath.Join(dir, "d", "corpus", "*.case")); len(cases) == 0 || len(after) < len(cases) {
		t.Errorf("%d cases, there were %d", len(after), len(cases))
	}
	filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || strings.HasSuffix(path, ".tmp") {
			t.Errorf("%s is left, %v", path, err)
		}
		return nil
	})
}

func TestTheTableOfYieldsHasARowForEachKind(t *testing.T) {
	var out bytes.Buffer
	printYield(&out, []fuzz.KindYield{{Kind: "step-splice", Drawn: 200, Kept: 3}, {Kind: "!cut", Drawn: 0}})
	for _, want := range []string{"step-splice    200     3     15.0\n", "!cut      0     0      0.0\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	out.Reset()
	if printYield(&out, nil); out.Len() > 0 {
		t.Errorf("without -yield: %q", out.String())
	}
}
