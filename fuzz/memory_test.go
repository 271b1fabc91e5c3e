package fuzz

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
)

const (
	keptSize   = 32 << 10 // bytes that a search may take for a case that it keeps
	strayBytes = 100      // and for any other, in the mean: buffers that grow with the largest
)

// TestASearchDoesNotGrow looks at what lives on the heap after so many cases: the
// second half may add what it has learned, and nothing for each case.
func TestASearchDoesNotGrow(t *testing.T) {
	half := 6000
	if testing.Short() {
		half = 1500
		t.Logf("-short: %d cases instead of 12000", 2*half)
	}
	target := goimap.Server()
	var inputs []*corpus.Case
	for _, s := range seedsFor(target) {
		inputs = append(inputs, s.Case)
	}
	s := NewSearch(corpus.Server, 1, 1, inputs, vocabulary(target))
	sc := new(harness.Scratch)
	kept := 0
	run := func(n int) int64 {
		for range n {
			c, _ := s.Next()
			if stuck(c) {
				continue
			}
			res := harness.Run(t, target, c, harness.Options{Scratch: sc})
			if res.Err != nil {
				t.Fatal(res.Err)
			}
			if s.Done(c, res) != nil {
				kept++
			}
		}
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	first := run(half)
	before := kept
	grown := run(half) - first
	runtime.KeepAlive(s)
	runtime.KeepAlive(sc)
	told := fmt.Sprintf("%d KiB live after %d cases, %d KiB more after as many again, of which %d are kept", first>>10, half, grown>>10, kept-before)
	t.Log(told)
	if grown > int64(keptSize*(kept-before)+strayBytes*half) {
		t.Error("too much: ", told)
	}
	if n := runtime.NumGoroutine(); n > 20 {
		t.Errorf("%d goroutines", n)
	}
}

// stuck reports whether go-imap may search for minutes for what a LIST pattern of c
// matches: that is for worker processes.
func stuck(c *corpus.Case) bool {
	for i := range c.Steps {
		if n := strings.Count(string(c.Steps[i].Data), "*") + strings.Count(string(c.Steps[i].Data), "%"); n > 6 || c.Steps[i].Op == corpus.StartTLS {
			return true
		}
	}
	return false
}

func TestAWorkersGarbageIsNotTakenForMemoryThatTheTargetNeeds(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "")
	for _, tt := range []struct {
		mem  int64
		want string
	}{
		{2 << 30, "GOMEMLIMIT=268435456"},
		{0, "GOMEMLIMIT=268435456"},
		{-1, "GOMEMLIMIT=268435456"},
		{64 << 20, "GOMEMLIMIT=67108864"},
	} {
		if got := memoryLimit(tt.mem); len(got) != 1 || got[0] != tt.want {
			t.Errorf("%d bytes: %q, want %s", tt.mem, got, tt.want)
		}
	}
	t.Setenv("GOMEMLIMIT", "1GiB")
	if got := memoryLimit(0); got != nil {
		t.Errorf("the user's own limit is changed: %q", got)
	}
}

func TestTheLogOfProgressTellsMemory(t *testing.T) {
	if resident(os.Getpid()) == 0 {
		t.Skip("how much memory a process has is not known on this system")
	}
	dir := t.TempDir()
	if _, err := runUntil(t, campaignIn(dir), func(p Progress) bool { return p.Elapsed.Seconds() > 1.5 && p.Cases > 200 }); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, progressFile))
	if err != nil {
		t.Fatal(err)
	}
	most := int64(0)
	for line := range strings.Lines(string(text)) {
		var l progressLine
		if err := json.Unmarshal([]byte(line), &l); err != nil || l.MemoryMB < 5 {
			t.Errorf("%v in %q", err, line)
		}
		most = max(most, l.WorkersMB)
	}
	if most < 5 || most > 1000 {
		t.Errorf("a worker had %d MB", most)
	}
}
