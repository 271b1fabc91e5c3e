package fuzz_test

import (
	"bytes"
	"context"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
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

// tenCommands is a plain session: its rate says how fast the machine is.
var tenCommands = &corpus.Case{Target: corpus.Server, Steps: clientLines(
	"a1 LOGIN test test", `a2 LIST "" *`, "a3 SELECT INBOX", "a4 FETCH 1:* (UID FLAGS)", "a5 STORE 1 +FLAGS (\\Seen)",
	"a6 SEARCH UNSEEN", "a7 NOOP", "a8 STATUS INBOX (MESSAGES)", "a9 CLOSE", "a10 LOGOUT")}

func clientLines(lines ...string) (steps []corpus.Step) {
	for _, line := range lines {
		steps = append(steps, corpus.Step{Op: corpus.Bytes, Conn: 1, Side: faultnet.Client, Data: []byte(line + "\r\n")})
	}
	return steps
}

// BenchmarkServerCases runs cases against go-imap's server with all rules armed,
// a bystander and a check-up, in one process on one processor, as a worker of a
// campaign does; and the same bytes bare, over the same pipe, with nobody
// watching or judging: those of the case's own clients, and those of the
// bystander and the check-up too. Beside them stands a plain session of ten commands,
// bare: what the machine can do at all. A campaign has a worker a core: its rate is
// that of one, times the cores. All rates are by time of the processor.
func BenchmarkServerCases(b *testing.B) {
	defer asWorker()()
	cases := benchCases(2000)
	var judged, alone, all, ten time.Duration
	plain := slices.Repeat([]*corpus.Case{tenCommands}, 100)
	n := 0
	sc, target := new(harness.Scratch), goimap.Server()
	for b.Loop() {
		// Turns are short, so that what else the machine does slows all alike.
		for some := range slices.Chunk(cases, 100) {
			judged += inTest(func(t *testing.T) {
				for _, c := range some {
					if res := harness.Run(t, target, c, harness.Options{Scratch: sc}); res.Err != nil {
						b.Fatal(res.Err)
					}
				}
			})
			alone += inTest(func(*testing.T) { runBare(b, some, false) })
			all += inTest(func(*testing.T) { runBare(b, some, true) })
			ten += inTest(func(*testing.T) { runBare(b, plain[:len(some)], false) })
		}
		n += len(cases)
	}
	b.ReportMetric(float64(n)/judged.Seconds(), "cases/s")
	b.ReportMetric(float64(n)/alone.Seconds(), "bare-cases/s")
	b.ReportMetric(float64(n)/all.Seconds(), "bare-all/s")
	b.ReportMetric(float64(n)/ten.Seconds(), "bare-ten-commands/s")
	b.ReportMetric(judged.Seconds()/alone.Seconds(), "judged/bare")
	b.ReportMetric(judged.Seconds()/all.Seconds(), "judged/bare-all")
}

// BenchmarkServerSearch does what a worker of a campaign does: it draws cases,
// runs and judges them, and keeps what shows something new.
func BenchmarkServerSearch(b *testing.B) {
	defer asWorker()()
	var inputs []*corpus.Case
	for _, s := range corpus.Seeds() {
		if s.Case.Target == corpus.Server {
			inputs = append(inputs, s.Case)
		}
	}
	var took time.Duration
	n := 0
	for b.Loop() {
		took += inTest(func(t *testing.T) {
			s := fuzz.NewSearch(corpus.Server, 1, 1, inputs, fuzz.DefaultVocabulary(corpus.Server))
			sc, target := new(harness.Scratch), goimap.Server()
			for range 5000 {
				c, _ := s.Next()
				if !calm(c) {
					continue
				}
				res := harness.Run(t, target, c, harness.Options{Scratch: sc})
				if res.Err != nil {
					b.Fatal(res.Err)
				}
				s.Done(c, res)
				n++
			}
		})
	}
	b.ReportMetric(float64(n)/took.Seconds(), "cases/s")
}

// asWorker sets the process up as a worker of a campaign is, and returns what
// undoes it.
func asWorker() (undo func()) {
	procs, gc := runtime.GOMAXPROCS(1), debug.SetGCPercent(1000)
	return func() {
		runtime.GOMAXPROCS(procs)
		debug.SetGCPercent(gc)
	}
}

// inTest runs f in a test, which bubbles want, and returns how long it took, in
// time of the processors: what else the machine does is no part of it.
func inTest(f func(t *testing.T)) (took time.Duration) {
	testing.RunTests(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: "bench", F: func(t *testing.T) {
		runtime.GOMAXPROCS(1) // RunTests has set its own
		start := cpuTime()
		f(t)
		took = cpuTime() - start
	}}})
	return took
}

// What the harness's own sessions send in a run, but for the bystander's work,
// which is done every four steps.
var (
	bystanderFirst = []string{"b1 LOGIN \"test\" \"test\"\r\n", "b2 SELECT " + harness.BystanderMailbox() + "\r\n"}
	bystanderWork  = []string{"b3 STATUS INBOX (MESSAGES)\r\n", "b4 NOOP\r\n"}
	bystanderLast  = []string{"b5 UID FETCH 1:* (UID BODY.PEEK[])\r\n"}
	checkUp        = []string{
		"c1 LOGIN \"test\" \"test\"\r\n", "c2 EXAMINE INBOX\r\n",
		"c3 UID FETCH 1:* (UID FLAGS RFC822.SIZE)\r\n", "c4 LOGOUT\r\n",
	}
)

// runBare runs the cases bare; all is with the harness's own sessions.
func runBare(b *testing.B, cases []*corpus.Case, all bool) {
	for _, c := range cases {
		ln := faultnet.NewListener(faultnet.ListenOptions{})
		stop, err := goimap.Server().Serve(ln, io.Discard)
		if err != nil {
			b.Fatal(err)
		}
		if all {
			lines := slices.Clone(bystanderFirst)
			for i := range len(c.Steps) / 4 {
				lines = append(lines, bystanderWork[i%2])
			}
			talk(b, ln, append(lines, bystanderLast...))
		}
		for conn := 1; conn <= c.Conns(); conn++ {
			var sent []string
			for i := range c.Steps {
				if s := &c.Steps[i]; s.Conn == conn && s.Sends(corpus.Server) {
					sent = append(sent, string(s.Data))
				}
			}
			talk(b, ln, sent)
		}
		if all {
			talk(b, ln, checkUp)
		}
		stop()
		ln.Close()
	}
}

// talk connects, sends what a client sends, as fast as it is taken, reads what
// comes, and hangs up.
func talk(b *testing.B, ln *faultnet.Listener, sent []string) {
	link, err := ln.Dial(context.Background(), faultnet.Options{})
	if err != nil {
		b.Fatal(err)
	}
	end := link.Client()
	var wg sync.WaitGroup
	wg.Go(func() { io.Copy(io.Discard, end) })
	for _, data := range sent {
		if _, err := io.WriteString(end, data); err != nil {
			break
		}
	}
	end.CloseWrite()
	wg.Wait()
}
