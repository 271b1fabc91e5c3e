package fuzz

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/gopacket/pcapgo"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/corpus/capture"
	"github.com/imapfuzz/imapfuzz/harness"
)

// testTime bounds a campaign in a test; they end earlier, when they have what
// they want.
const testTime = 60 * time.Second

// campaignIn is a campaign over the planted server, with this binary as worker.
func campaignIn(dir string) Campaign {
	return Campaign{Dir: dir, Targets: plantedSpecs()[:1], Workers: 1, Time: testTime, Seed: 1, Capture: capture.NG}
}

// runUntil runs c until good holds, and once more asks for progress.
func runUntil(t *testing.T, c Campaign, good func(Progress) bool) (*Summary, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c.OnProgress = func(p Progress) {
		if good(p) {
			cancel()
		}
	}
	s, err := c.Run(ctx)
	if s == nil {
		t.Fatal(err)
	}
	return s, err
}

// deadlyDir is a directory whose corpus ends the planted server's process.
func deadlyDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	store, err := corpus.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, steps := range []string{deadlySteps, "C: a1 XEXIT\n", "C: a1 XDEEP\n"} {
		if _, _, err := store.Add(serverCase(t, steps)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// minimized reports whether the folder of that bucket says that it was minimized.
func minimized(dir, bucket string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "findings", slug(bucket), corpus.FindingFile))
	return err == nil && bytes.Contains(text, []byte(`"minimized": true`))
}

// The buckets of the planted bugs.
const (
	bucketPanic = "crash/no-crash/fuzz.plantedPanic"
	bucketDeep  = "crash/R-FR-10/fuzz.plantedRecursion"
	bucketExit  = "crash/no-crash/unknown"
)

// exists reports whether there is a finding of that bucket.
func exists(dir, bucket string) bool {
	_, err := os.Stat(filepath.Join(dir, "findings", slug(bucket), corpus.FindingFile))
	return err == nil
}

// find returns the finding whose bucket contains part.
func find(s *Summary, part string) *Finding {
	for i := range s.Findings {
		if strings.Contains(s.Findings[i].Bucket, part) {
			return &s.Findings[i]
		}
	}
	return nil
}

func TestCampaign(t *testing.T) {
	dir := deadlyDir(t)
	var s *Summary
	t.Run("goes on when the target ends its process, and minimizes what did", func(t *testing.T) {
		var err error
		s, err = runUntil(t, campaignIn(dir), func(p Progress) bool {
			return p.Restarts >= 3 && p.Cases > 200 && minimized(dir, bucketPanic) && exists(dir, bucketDeep) && exists(dir, bucketExit)
		})
		if err != nil {
			t.Fatal(err)
		}
		f := find(s, "plantedPanic")
		if f == nil {
			t.Fatalf("the planted panic was not found: %+v", s)
		}
		if f.Kind != "crash" || f.Side != "server" || f.Reproduces != "10/10" || f.Steps != 1 || f.Known {
			t.Errorf("%+v", f)
		}
		if find(s, "plantedRecursion") == nil {
			t.Error("the stack overflow was not found")
		}
		if find(s, "no-crash/unknown") == nil {
			t.Error("the exit was not found")
		}
		if s.Cases <= 200 || s.Steps == 0 || s.RulesArmed == 0 || s.States == 0 || s.Corpus == 0 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("the folder of a finding is whole", func(t *testing.T) {
		f := find(s, "plantedPanic")
		folder := filepath.Dir(f.Case)
		for _, name := range []string{minFile, originalFile, transcriptFile, captureFile, stackFile, corpus.FindingFile} {
			if b, err := os.ReadFile(filepath.Join(folder, name)); err != nil || len(b) == 0 {
				t.Errorf("%s: %d bytes, %v", name, len(b), err)
			}
		}
		text, _ := os.ReadFile(f.Case)
		if c, err := corpus.Parse(f.Case, text); err != nil || !bytes.Contains(corpus.Format(c), []byte("XPANIC")) {
			t.Errorf("the smallest case: %v\n%s", err, text)
		}
		stack, _ := os.ReadFile(filepath.Join(folder, stackFile))
		if !bytes.Contains(stack, []byte("panic: planted")) {
			t.Errorf("the stack: %s", stack)
		}
		readCapture(t, filepath.Join(folder, captureFile))
	})
	t.Run("the next run knows what was found, and goes on", func(t *testing.T) {
		before, _ := filepath.Glob(filepath.Join(dir, "corpus", "*.case"))
		// The seeds run twice, for they are checked first; then come the old cases.
		inputs := 2*len(seedsFor(plantedSpecs()[0].New())) + len(before)
		again, err := runUntil(t, campaignIn(dir), func(p Progress) bool { return p.Cases > int64(inputs)+50 })
		if err != nil {
			t.Fatal(err)
		}
		if f := find(again, "plantedPanic"); f == nil || !f.Known || f.Reproduces != "10/10" {
			t.Errorf("%+v", f)
		}
		if again.Corpus < len(before) {
			t.Errorf("%d cases, there were %d", again.Corpus, len(before))
		}
	})
	t.Run("a folder that a killed run left half written is examined again", func(t *testing.T) {
		folder := filepath.Dir(find(s, "plantedPanic").Case)
		if err := os.Remove(filepath.Join(folder, corpus.FindingFile)); err != nil {
			t.Fatal(err)
		}
		again, err := runUntil(t, campaignIn(dir), func(Progress) bool { return minimized(dir, bucketPanic) })
		if err != nil {
			t.Fatal(err)
		}
		if f := find(again, "plantedPanic"); f == nil || f.Known || f.Reproduces != "10/10" {
			t.Errorf("%+v", f)
		}
	})
	t.Run("the summary has the names that programs know", func(t *testing.T) {
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{
			"cases", "elapsed_s", "cases_per_s", "steps", "faults_fired", "rules_armed", "corpus", "states", "findings",
			"bucket", "kind", "rule", "severity", "side", "summary", "case", "reproduces", "known",
		} {
			if !bytes.Contains(text, []byte(`"`+name+`":`)) {
				t.Errorf("no %q in %s", name, text)
			}
		}
	})
}

func readCapture(t *testing.T, path string) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := pcapgo.NewNgReader(file, pcapgo.DefaultNgReaderOptions)
	n := 0
	for err == nil {
		if _, _, err = r.ReadPacketData(); err == nil {
			n++
		}
	}
	if !errors.Is(err, io.EOF) || n < 4 {
		t.Errorf("%d packets, %v", n, err)
	}
}

func TestCampaignTrouble(t *testing.T) {
	t.Run("a directory that cannot be written is an error at once", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := campaignIn(filepath.Join(file, "dir")).Run(t.Context()); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a finding that cannot be written is reported, and is in the summary all the same", func(t *testing.T) {
		dir := deadlyDir(t)
		c := campaignIn(dir)
		var told atomic.Int64
		var blocked atomic.Bool
		c.OnProblem = func(line string) {
			if strings.Contains(line, "going on in memory") {
				told.Add(1)
			}
		}
		// The folders of findings become files' names as soon as the run begins.
		c.Targets = []Spec{{Name: c.Targets[0].Name, New: func() harness.Target {
			if blocked.CompareAndSwap(false, true) {
				os.MkdirAll(filepath.Join(dir, "findings"), 0o777)
				f := slug(bucketPanic)
				os.WriteFile(filepath.Join(dir, "findings", f), nil, 0o666)
			}
			return plantedSpecs()[0].New()
		}}}
		s, err := runUntil(t, c, func(p Progress) bool { return p.Restarts >= 3 })
		if err == nil || told.Load() != 1 {
			t.Errorf("error %v, told %d times", err, told.Load())
		}
		if find(s, "plantedPanic") == nil {
			t.Error("the finding is lost")
		}
	})
	t.Run("workers that do not work end the campaign", func(t *testing.T) {
		c := campaignIn(t.TempDir())
		c.Exe, c.WorkerArgs = os.Args[0], []string{"stillborn"}
		if _, err := c.Run(t.Context()); err == nil {
			t.Error("no error")
		}
	})
	t.Run("the end of the context ends the campaign within two seconds", func(t *testing.T) {
		c := campaignIn(t.TempDir())
		var at time.Time
		_, err := runUntil(t, c, func(p Progress) bool { at = time.Now(); return !p.Final && p.Cases > 0 })
		if err != nil {
			t.Fatal(err)
		}
		if d := time.Since(at); d > 2*time.Second {
			t.Errorf("it took %v", d)
		}
	})
	t.Run("no file has a name that a kill could leave behind", func(t *testing.T) {
		if runtime.GOOS != "linux" {
			t.Skip("files without names: only on Linux")
		}
		t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "missing"))
		if _, err := runUntil(t, campaignIn(t.TempDir()), func(p Progress) bool { return p.Cases > 0 }); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("no state file is left", func(t *testing.T) {
		tmp := t.TempDir()
		t.Setenv("TMPDIR", tmp)
		if _, err := runUntil(t, campaignIn(t.TempDir()), func(p Progress) bool { return p.Cases > 0 }); err != nil {
			t.Fatal(err)
		}
		if left, _ := os.ReadDir(tmp); len(left) > 0 {
			t.Errorf("%v is left", left)
		}
	})
}

func TestLab(t *testing.T) {
	lab := &Lab{Targets: plantedSpecs()}
	defer lab.Close()
	t.Run("a case that ends its process reproduces every time", func(t *testing.T) {
		rep, err := lab.Replay(t.Context(), serverCase(t, deadlySteps), 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(rep.Findings) != 1 || rep.Findings[0].Reproduces != "3/3" || !strings.Contains(rep.Stacks[0], "plantedPanic") {
			t.Errorf("%+v", rep)
		}
	})
	t.Run("it is minimized to what ends the process", func(t *testing.T) {
		c, bucket, runs, err := lab.Minimize(t.Context(), serverCase(t, deadlySteps))
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Steps) != 1 || !strings.Contains(bucket, "plantedPanic") || runs == 0 {
			t.Errorf("%d runs, bucket %s:\n%s", runs, bucket, corpus.Format(c))
		}
	})
	t.Run("a case with nothing to find has a transcript that is a case", func(t *testing.T) {
		rep, err := lab.Replay(t.Context(), serverCase(t, "C: a1 LOGIN test test\nS: a1 OK\nC: a2 LOGOUT\n"), 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(rep.Findings) != 0 || len(rep.Diverged) != 0 || rep.Target != "planted server" {
			t.Errorf("%+v", rep)
		}
		if _, err := corpus.Parse("transcript", []byte(rep.Transcript)); err != nil {
			t.Error(err)
		}
	})
	t.Run("a case without a finding cannot be minimized", func(t *testing.T) {
		if _, _, _, err := lab.Minimize(t.Context(), serverCase(t, "C: a1 LOGOUT\n")); err == nil {
			t.Error("no error")
		}
	})
	t.Run("a case for a target that is not there is an error", func(t *testing.T) {
		l := &Lab{Targets: plantedSpecs()[1:]}
		if _, err := l.Replay(t.Context(), serverCase(t, "C: a1 LOGOUT\n"), 1); err == nil {
			t.Error("no error")
		}
	})
}

func TestReadKnown(t *testing.T) {
	t.Run("a line is a bucket or a rule, and a reason", func(t *testing.T) {
		got, err := ReadKnown("known.txt", strings.NewReader("# head\n\ncrash/no-crash/x because\nR-FR-1  see there\n"))
		if err != nil || len(got) != 2 || got[0] != "crash/no-crash/x" || got[1] != "R-FR-1" {
			t.Errorf("%q, %v", got, err)
		}
	})
	t.Run("a line without a reason is an error with its place", func(t *testing.T) {
		_, err := ReadKnown("known.txt", strings.NewReader("\nR-FR-1 \n"))
		if err == nil || err.Error() != "known.txt:2:7: want a reason, got end of line" {
			t.Errorf("got %v", err)
		}
	})
}

func TestACampaignEndsAfterSoManyCases(t *testing.T) {
	const n = 700
	c := campaignIn(t.TempDir())
	c.Cases, c.Workers = n, 2
	seeds := int64(len(c.Targets[0].seeds()))
	s, err := c.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s.Cases != n+seeds {
		t.Errorf("%d cases, want %d beside %d seeds that are checked", s.Cases, n, seeds)
	}
}
