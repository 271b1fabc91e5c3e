package fuzz

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
)

// listCases makes TestSameCases print what it draws, for another process.
const listCases = "IMAPFUZZ_TEST_LIST_CASES"

// calmSeed is of a search that comes upon no LIST for which go-imap's server computes
// for minutes: see docs/FOUND.md.
const calmSeed = 9

// drawn returns the hashes of the first n cases of a search as a worker makes
// it: seeds first, then what comes of the results.
func drawn(t *testing.T, n int) (out []string) {
	t.Helper()
	target := goimap.Server()
	var inputs []*corpus.Case
	for _, seed := range seedsFor(target) {
		inputs = append(inputs, seed.Case)
	}
	if len(inputs) >= n/2 {
		t.Fatalf("%d inputs leave too little to draw", len(inputs))
	}
	texts, kept := walk(t, NewSearch(corpus.Server, calmSeed, 1, inputs, vocabulary(target)), n)
	if len(kept) <= len(inputs)/2 {
		t.Fatalf("only %d cases were kept", len(kept))
	}
	for _, text := range texts {
		out = append(out, fmt.Sprintf("%x", sha256.Sum256(text)))
	}
	return out
}

func TestSameCases(t *testing.T) {
	const n = 500
	here := drawn(t, n)
	if os.Getenv(listCases) != "" {
		fmt.Printf("%s\n", strings.Join(here, "\n"))
		return
	}
	t.Run("the first 500 cases of a seed are the same in another process", func(t *testing.T) {
		exe, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		c := exec.Command(exe, "-test.run=^TestSameCases$")
		c.Env = append(os.Environ(), listCases+"=1")
		out, err := c.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		there := bytes.Fields(out)
		if len(there) < n {
			t.Fatalf("%d cases there", len(there))
		}
		for i, hash := range here {
			if string(there[i]) != hash {
				t.Fatalf("case %d differs", i+1)
			}
		}
	})
}

// searched returns what worker processes say of the first cases of a stream, each of so
// many, one after the other, as if a case had ended the one before: the cases that they
// keep, with what they showed, and those that fell into a new bucket.
func searched(t *testing.T, spec Spec, parts ...int) (out []string) {
	t.Helper()
	l, err := newLaunch("", nil, DefaultMem)
	if err != nil {
		t.Fatal(err)
	}
	s := &searching{spec: spec, stream: 1, kept: spool[Kept]{dir: t.TempDir(), broken: func(err error) { t.Error(err) }}}
	defer s.kept.close()
	for _, seed := range seedsFor(spec.New()) {
		s.seeds = append(s.seeds, string(corpus.Format(seed.Case)))
	}
	cases, kept, fell := 0, 0, 0
	take := func(a *answer) {
		if a.Kept != nil {
			kept++
			s.kept.add(*a.Kept)
			out = append(out, fmt.Sprintf("%d is kept for %x, %q: %s", a.Kept.K, a.Kept.Features, a.Kept.Buckets, a.Kept.Case))
		}
		if a.Found != nil {
			fell++
			out = append(out, fmt.Sprintf("%d falls into %s: %s", a.Found.K, a.Found.Finding.Bucket(), a.Found.Case))
		}
		if a.Counts != nil {
			cases += int(a.Counts.Cases)
			s.next = max(s.next, a.Counts.Next)
		}
	}
	n := 0
	for _, part := range parts {
		n += part
		p, err := l.start()
		if err != nil {
			t.Fatal(err)
		}
		defer p.close()
		q := request{Do: "search", Target: spec.Name, Stream: 1, Seed: calmSeed, N: part}
		d, err := new(searcher).open(t.Context(), p, s, q)
		if err == nil && d == nil {
			d, err = p.ask(t.Context(), q, take)
		}
		if err != nil || d != nil {
			t.Fatalf("the worker ended: %+v, %v", d, err)
		}
	}
	if cases != n || kept == 0 || fell == 0 {
		t.Fatalf("%d of %d cases, %d kept, %d buckets", cases, n, kept, fell)
	}
	return out
}

// What differs between whole campaigns of a seed is how far each worker comes in
// its time, and what the laboratory has minimized by then: no two machines are
// equally fast. What a worker does with the first n cases is the same.
func TestSameSearches(t *testing.T) {
	t.Run("two workers keep and find the same in the same 1000 cases, and so do two that go on where others ended", func(t *testing.T) {
		spec := plantedSpecs()[0]
		a, b := searched(t, spec, 1000), searched(t, spec, 600, 150, 250)
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				t.Fatalf("they part:\n%s\n%s", a[i], b[i])
			}
		}
		if len(a) != len(b) {
			t.Fatalf("one says %d things, the other %d", len(a), len(b))
		}
	})
}

func TestSameRuns(t *testing.T) {
	const times = 100
	c := serverCase(t, "C: a1 LOGIN test test\nC: a2 SELECT INBOX\nC: a3 FETCH 1:* (FLAGS UID)\nC: a4 APPEND INBOX {30}\nC= \"From: a\"\n! client: cut\nT: 31m\n")
	t.Run("a case shows the same 100 times of 100, and in another process", func(t *testing.T) {
		var reps []*Replay
		for range 2 {
			lab := &Lab{Targets: plantedSpecs()}
			defer lab.Close()
			rep, err := lab.Replay(t.Context(), c, times)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range rep.Differences {
				if !strings.Contains(d, "the order of a list without order") {
					t.Error(d)
				}
			}
			for _, f := range rep.Findings {
				if f.Reproduces != "100/100" {
					t.Errorf("%+v", f)
				}
			}
			if rep.Faults != 1 {
				t.Errorf("%d faults struck", rep.Faults)
			}
			reps = append(reps, rep)
		}
		for _, d := range harness.Diff(reps[0].Transcript, reps[1].Transcript) {
			if !d.Unordered {
				t.Errorf("the processes differ: %+v", d)
			}
		}
		if a, b := fmt.Sprint(reps[0].Findings), fmt.Sprint(reps[1].Findings); a != b {
			t.Errorf("the processes found\n%s\n%s", a, b)
		}
	})
}
