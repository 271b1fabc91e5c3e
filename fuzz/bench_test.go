package fuzz_test

import (
	"bytes"
	"context"
	"io"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/fuzz"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
)

// benchCases returns the cases that the benchmark runs: what a campaign makes of
// the server seeds, but for those on which go-imap is known to spin (LIST
// patterns with many wildcards): they would measure the watchdog.
func benchCases(n int) []*corpus.Case {
	var seeds []*corpus.Case
	for _, s := range corpus.Seeds() {
		if s.Case.Target == corpus.Server {
			seeds = append(seeds, s.Case)
		}
	}
	r, v := fuzz.NewRand(1, 1), fuzz.DefaultVocabulary(corpus.Server)
	var out []*corpus.Case
	for len(out) < n {
		c, _ := fuzz.Mutate(r, fuzz.Pick(r, seeds), fuzz.Pick(r, seeds), v)
		if calm(c) {
			out = append(out, c)
		}
	}
	return out
}

func calm(c *corpus.Case) bool {
	for i := range c.Steps {
		d := c.Steps[i].Data
		if bytes.Count(d, []byte("*"))+bytes.Count(d, []byte("%")) > 6 || c.Steps[i].Op == corpus.StartTLS {
			return false
		}
	}
	return true
}

// BenchmarkServerCases runs cases against go-imap's server with all rules armed,
// a bystander and a check-up, in one process on one processor, as a worker of a
// campaign does; and the same bytes of the same clients bare: over the same
// pipe, with nobody watching, judging or checking. A campaign has a worker a
// core: its rate is that of one, times the cores.
func BenchmarkServerCases(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	cases := benchCases(2000)
	var judged, bare time.Duration
	n := 0
	for b.Loop() {
		judged += inTest(func(t *testing.T) {
			sc := new(harness.Scratch)
			for _, c := range cases {
				if res := harness.Run(t, goimap.Server(), c, harness.Options{Scratch: sc}); res.Err != nil {
					b.Fatal(res.Err)
				}
			}
		})
		start := time.Now()
		for _, c := range cases {
			runBare(b, c)
		}
		bare += time.Since(start)
		n += len(cases)
	}
	b.ReportMetric(float64(n)/judged.Seconds(), "cases/s")
	b.ReportMetric(float64(n)/bare.Seconds(), "bare-cases/s")
	b.ReportMetric(judged.Seconds()/bare.Seconds(), "judged/bare")
}

// inTest runs f in a test, which bubbles want, and returns how long it took.
func inTest(f func(t *testing.T)) (took time.Duration) {
	testing.RunTests(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: "bench", F: func(t *testing.T) {
		start := time.Now()
		f(t)
		took = time.Since(start)
	}}})
	return took
}

// runBare sends what the clients of c send, as fast as it is taken, reads what
// comes, and hangs up.
func runBare(b *testing.B, c *corpus.Case) {
	ln := faultnet.NewListener(faultnet.ListenOptions{})
	stop, err := goimap.Server().Start(ln, io.Discard)
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		stop()
		ln.Close()
	}()
	var wg sync.WaitGroup
	for conn := 1; conn <= c.Conns(); conn++ {
		link, err := ln.Dial(context.Background(), faultnet.Options{})
		if err != nil {
			b.Fatal(err)
		}
		end := link.Client()
		wg.Go(func() { io.Copy(io.Discard, end) })
		for i := range c.Steps {
			if s := &c.Steps[i]; s.Conn == conn && s.Sends(corpus.Server) {
				if _, err := end.Write(s.Data); err != nil {
					break
				}
			}
		}
		end.CloseWrite()
	}
	wg.Wait()
}
