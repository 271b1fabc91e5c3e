package fuzz

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
)

// stuckClient waits for the server with a lock held that another of its
// goroutines wants: real time would go on, fake time cannot.
func stuckClient() harness.Target {
	return &harness.Client{
		Name:     "stuck client",
		Drive:    stuckDrive,
		Packages: []string{"github.com/imapfuzz/imapfuzz/fuzz.stuck"},
	}
}

func stuckDrive(ctx context.Context, conn net.Conn) error {
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	var mu sync.Mutex
	mu.Lock()
	done := make(chan struct{})
	go stuckWaiter(&mu, done)
	_, err := io.Copy(io.Discard, conn)
	mu.Unlock()
	<-done
	return err
}

func stuckWaiter(mu *sync.Mutex, done chan<- struct{}) {
	mu.Lock()
	defer mu.Unlock()
	close(done)
}

const stuckCase = "imapfuzz case 1\ntarget: client\n\nS: * PREAUTH hello\nT: 1m\nS: * BYE\n"

func TestInconclusive(t *testing.T) {
	specs := plantedSpecs()
	c, err := corpus.Parse("stuck", []byte(stuckCase))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("a replay says so, and finds nothing", func(t *testing.T) {
		lab := &Lab{Targets: specs[2:]}
		defer lab.Close()
		rep, err := lab.Replay(t.Context(), c, 2)
		if err != nil {
			t.Fatal(err)
		}
		if rep.Inconclusive != 2 || len(rep.Findings) != 0 || !strings.Contains(rep.InconclusiveStacks, "stuckDrive") {
			t.Errorf("%+v", rep)
		}
		if _, _, _, err := lab.Minimize(t.Context(), c); err == nil || !strings.Contains(err.Error(), "inconclusive") {
			t.Errorf("minimize: %v", err)
		}
	})
	t.Run("a campaign counts it, and goes on", func(t *testing.T) {
		camp := Campaign{Dir: t.TempDir(), Targets: specs[2:], Workers: 1, Time: testTime, Seed: 1}
		r, err := camp.prepare()
		if err != nil {
			t.Fatal(err)
		}
		defer r.keeper.close()
		w := r.newSearcher(0, nil)
		defer w.crew.dismiss()
		w.streams[0].seeds = []string{stuckCase, stuckCase}
		for w.restarts.Load() < 2 {
			if err := w.turn(t.Context(), w.streams[0], 0); err != nil {
				t.Fatal(err)
			}
		}
		if s := r.summary(); s.Inconclusive != 2 || len(s.Findings) != 0 || s.Cases != 2 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("what leads there again and again is avoided", func(t *testing.T) {
		r := &running{}
		w := &searcher{running: r}
		s := &searching{spec: specs[2], deaths: map[string]int{}}
		for k := uint64(1); k <= patienceWithDeaths+1; k++ {
			if err := w.died(s, &death{Case: stuckCase, K: k, Parent: 7, Inconclusive: true}); err != nil {
				t.Fatal(err)
			}
		}
		if len(s.banned) != 1 || s.banned[0] != 7 || r.inconclusive.Load() != patienceWithDeaths+1 {
			t.Errorf("banned %v after %d", s.banned, r.inconclusive.Load())
		}
	})
	t.Run("a fuzz target gives the run up, and the next one is judged", func(t *testing.T) {
		k := newKennel(specs[2].New(), func(*harness.Finding) bool { return false })
		defer func() { k.close() }()
		if res := k.run(t, c); res != nil {
			t.Errorf("got %+v", res)
		}
		k.target = plantedSpecs()[1].New()
		quiet, err := corpus.Parse("quiet", []byte("imapfuzz case 1\ntarget: client\n\nS: * BYE hello\n"))
		if err != nil {
			t.Fatal(err)
		}
		if res := k.run(t, quiet); res == nil || res.Err != nil || res.Record.Steps == 0 {
			t.Errorf("got %+v", res)
		}
	})
}
