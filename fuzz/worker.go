package fuzz

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
)

const (
	// stallStatus is the exit status of a worker whose watchdog ended it.
	stallStatus = 3

	// maxStack is how deep a goroutine of a worker may recurse, in bytes: a
	// recursion without end is found in milliseconds, and long before memory is. Go's
	// own limit is 64 times as much: a depth that grows with the input shows on 64
	// times as little input.
	maxStack = 16 << 20

	// countsEvery is how often a worker that searches tells how far it is.
	countsEvery = 200 * time.Millisecond
)

// WorkerMain is the whole life of a worker process. It serves the requests of
// the campaign that started the process, on standard input and output, until
// standard input ends, and exits the process; it does not return. What the
// targets print goes to standard error.
//
// A program that runs a [Campaign] calls it when it is started with the
// campaign's WorkerArgs, before it touches its own flags.
func WorkerMain(specs []Spec) {
	w := newWorker(specs)
	os.Args = os.Args[:1]
	testing.Init()
	all := func(string, string) (bool, error) { return true, nil }
	testing.Main(all, []testing.InternalTest{{Name: "worker", F: func(t *testing.T) {
		if err := w.serve(t); err != nil {
			fmt.Fprintln(os.Stderr, "imapfuzz worker:", err)
			os.Exit(2)
		}
		os.Exit(0)
	}}}, nil, nil)
}

// newWorker makes the process a worker of its parent.
func newWorker(specs []Spec) *worker {
	runtime.GOMAXPROCS(1) // nothing crosses cores: a bubble is a third faster
	debug.SetMaxStack(maxStack)
	debug.SetGCPercent(1000)
	signal.Ignore(os.Interrupt) // the campaign decides
	out := os.Stdout
	os.Stdout = os.Stderr // package testing prints there, and so may targets
	return &worker{
		specs: specs, in: bufio.NewReader(os.Stdin), out: out, streams: map[streamKey]*stream{}, targets: map[string]*watched{},
		counters: programCounters(),
	}
}

type streamKey struct {
	target string
	stream uint64
}

// stream is a search in progress.
type stream struct {
	*Search
	target *watched
	told   map[string]bool // buckets whose first case was reported
}

type worker struct {
	specs   []Spec
	in      *bufio.Reader
	mu      sync.Mutex // out
	out     io.Writer
	targets map[string]*watched
	scratch harness.Scratch
	streams map[streamKey]*stream
	state   *os.File
	uids    string          // the file of the ledger of UIDs, "" if it is kept nowhere
	ledger  *harness.Ledger // once a target has needed it
	buf     []byte

	counters *counters                 // of the edges, nil without coverage
	skip     func(*corpus.Case) string // as Options.Skip
	about    *description              // of the only target, in a test binary
}

// requests reads lines until there are no more, which ends the process, whatever it
// is doing: then its parent is gone, and nobody wants to know the rest.
func (w *worker) requests() <-chan []byte {
	lines := make(chan []byte)
	go func() {
		for {
			line, err := w.in.ReadBytes('\n')
			if errors.Is(err, io.EOF) {
				os.Exit(0)
			}
			if err != nil {
				fmt.Fprintln(os.Stderr, "imapfuzz worker:", err)
				os.Exit(2)
			}
			lines <- line
		}
	}()
	return lines
}

// serve answers requests. It returns what goes wrong.
func (w *worker) serve(t *testing.T) error {
	for line := range w.requests() {
		var q request
		if err := json.Unmarshal(line, &q); err != nil {
			return fmt.Errorf("request: %w", err)
		}
		w.uids = q.UIDs
		err := w.note(q.State)
		if err != nil {
			return err
		}
		a := answer{Done: true}
		switch q.Do {
		case "describe":
			if a.About = w.about; a.About == nil {
				a.About = &description{Protocol: protocol, Edges: w.counters.len()}
			}
		case "open":
			err = w.open(&q)
		case "search":
			err = w.search(t, &q)
		case "run":
			a.Runs, err = w.run(t, &q)
		default:
			err = fmt.Errorf("no request is called %q", q.Do)
		}
		if err != nil {
			a.Err = err.Error()
		}
		if err := w.say(&a); err != nil {
			return err
		}
	}
	return nil
}

// note opens the state file, once.
func (w *worker) note(path string) (err error) {
	if w.state == nil && path != "" {
		w.state, err = os.OpenFile(path, os.O_WRONLY, 0)
	}
	return err
}

func (w *worker) say(a *answer) error {
	line, err := json.Marshal(a)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	_, err = w.out.Write(append(line, '\n'))
	return err
}

// stall reports a run that does not end, and ends the process. It is called
// outside the bubble, while the target goes on.
func (w *worker) stall(s harness.Stall) {
	w.say(&answer{Stalled: &s.Finding})
	os.Exit(stallStatus)
}

// begin writes down which case is about to be run.
func (w *worker) begin(c *corpus.Case, k, parent uint64) error {
	if w.state == nil {
		return nil
	}
	w.buf = append(w.buf[:0], make([]byte, stateHead)...)
	w.buf = c.Append(w.buf)
	putState(w.buf, k, parent)
	_, err := w.state.WriteAt(w.buf, 0)
	return err
}

// watched is a target and its watchdog.
type watched struct {
	harness.Target
	dog    *harness.Watchdog
	ledger *harness.Ledger // nil: its store does not outlive a run
	warm   bool            // a case was run in this process
}

// target returns the target of that name.
func (w *worker) target(name string) (*watched, error) {
	if t := w.targets[name]; t != nil {
		if t.ledger != nil {
			return t, t.ledger.Err()
		}
		return t, nil
	}
	if w.about != nil {
		name = w.specs[0].Name // the parent's name of it does not matter
	}
	spec, err := specByName(w.specs, name)
	if err != nil {
		return nil, err
	}
	target := spec.New()
	ledger, err := w.ledgerFor(target)
	if err != nil {
		return nil, err
	}
	t := &watched{Target: target, dog: harness.NewWatchdog(target, w.stall), ledger: ledger}
	w.targets[name] = t
	return t, nil
}

func (w *worker) options(t *watched) harness.Options {
	return harness.Options{Scratch: &w.scratch, Watch: t.dog, Ledger: t.ledger}
}

// counting is options for a run whose edges are counted: those that its steps lead
// to, and what comes after.
func (w *worker) counting(t *watched, edges *edgeMap) harness.Options {
	o := w.options(t)
	if w.counters != nil {
		o.Begin = edges.reset
	}
	return o
}

// warmUp runs a case once more than is asked for, if edges are counted: what the target
// sets up when it is first used (tables of a sync.Once) is no part of the case.
func (w *worker) warmUp(t *testing.T, target *watched, c *corpus.Case) {
	if w.counters != nil {
		harness.Run(t, target.Target, c, w.options(target))
	}
	target.warm = true
}

// search goes on with a stream.
func (w *worker) search(t *testing.T, q *request) error {
	s, err := w.stream(q)
	if err != nil {
		return err
	}
	s.target.dog.Expect(q.Deadly)
	for _, text := range q.News {
		c, err := corpus.Parse("case of another campaign", []byte(text))
		if err != nil {
			return err
		}
		s.Hand(c)
	}
	end := time.Now().Add(time.Duration(q.Ms) * time.Millisecond)
	told := time.Now()
	n := counts{Buckets: map[string]int{}}
	for i := 0; q.N == 0 || i < q.N; i++ {
		if now := time.Now(); q.Ms != 0 && now.After(end) {
			break
		} else if now.Sub(told) > countsEvery {
			told = now
			n.Yield = s.yields.take()
			if err := w.say(&answer{Counts: &n}); err != nil {
				return err
			}
			n = counts{Buckets: map[string]int{}}
		}
		c, k := s.Next()
		if w.skipped(c) != "" {
			n.Next = k
			continue
		}
		if err := w.begin(c, k, s.Parent()); err != nil {
			return err
		}
		if !s.target.warm {
			w.warmUp(t, s.target, c) // what later cases are the first to use counts as theirs
		}
		res := harness.Run(t, s.target.Target, c, w.counting(s.target, s.edges))
		n.Next, n.Cases = k, n.Cases+1
		if res.Err != nil {
			n.Failed++
			n.Why = res.Err.Error()
			continue
		}
		n.Steps += int64(res.Record.Steps)
		n.Faults += int64(res.Record.Faults)
		n.Reach.note(res.Record)
		if err := w.judge(t, s, c, k, res, &n); err != nil {
			return err
		}
	}
	n.Yield = s.yields.take()
	return w.say(&answer{Counts: &n})
}

// judge reports what a case of a search showed.
func (w *worker) judge(t *testing.T, s *stream, c *corpus.Case, k uint64, res *harness.Result, n *counts) error {
	for i := range res.Findings {
		f := &res.Findings[i]
		b := f.Bucket()
		n.Buckets[b]++
		if s.told[b] {
			continue
		}
		s.told[b] = true
		if err := w.say(&answer{Found: &found{Finding: *f, Case: string(corpus.Format(c)), K: k}}); err != nil {
			return err
		}
	}
	e := s.Done(c, res)
	if e == nil {
		return nil
	}
	if s.total%againEvery == 0 {
		w.again(t, s, c, res, &n.Reach)
	}
	return w.say(&answer{Kept: e})
}

// again runs a case once more, whose result has been judged, to see whether it takes
// the same way.
func (w *worker) again(t *testing.T, s *stream, c *corpus.Case, res *harness.Result, n *reach) {
	first := s.edges.way(res.Record)
	s.edges.reset()
	res = harness.Run(t, s.target.Target, c, w.counting(s.target, s.edges))
	if res.Err == nil {
		n.Again++
		n.Same += one(bytes.Equal(first, s.edges.way(res.Record)))
	}
}

// stream returns the stream that q means.
func (w *worker) stream(q *request) (*stream, error) {
	if s := w.streams[streamKey{q.Target, q.Stream}]; s != nil {
		return s, nil
	}
	return nil, errors.New("the stream has not begun")
}

// open makes a stream, or goes on with that, and brings it further.
func (w *worker) open(q *request) error {
	if q.Begin {
		if err := w.make(q); err != nil {
			return err
		}
	}
	s, err := w.stream(q)
	if err != nil {
		return err
	}
	if err := s.Restore(q.From, q.Kept); err != nil {
		return err
	}
	for _, e := range q.Kept {
		for _, b := range e.Buckets {
			s.told[b] = true
		}
	}
	return nil
}

// make makes a new stream.
func (w *worker) make(q *request) error {
	target, err := w.target(q.Target)
	if err != nil {
		return err
	}
	var inputs []*corpus.Case
	for _, text := range q.Inputs {
		c, err := corpus.Parse("input", []byte(text))
		if err != nil {
			return err
		}
		inputs = append(inputs, c)
	}
	v := vocabulary(target.Target)
	v.await(q.Words)
	s := &stream{
		Search: NewSearch(target.Tests(), q.Seed, q.Stream, inputs, v),
		target: target, told: map[string]bool{},
	}
	s.cover(w.counters)
	for _, k := range q.Banned {
		s.Ban(k)
	}
	s.Limit(q.Limit)
	w.streams[streamKey{q.Target, q.Stream}] = s
	return nil
}

// run runs one case several times.
func (w *worker) run(t *testing.T, q *request) ([]runReport, error) {
	target, err := w.target(q.Target)
	if err != nil {
		return nil, err
	}
	c, err := corpus.Parse("case", []byte(q.Case))
	if err != nil {
		return nil, err
	}
	target.dog.Expect(q.Deadly)
	var out []runReport
	if why := w.skipped(c); why != "" {
		return slices.Repeat([]runReport{{Skipped: why}}, max(q.Times, 1)), nil
	}
	for i := range max(q.Times, 1) {
		if err := w.begin(c, uint64(i+1), 0); err != nil {
			return nil, err
		}
		if q.Features && i == 0 {
			w.warmUp(t, target, c)
		}
		edges := newProgramMap(w.counters)
		edges.reset()
		o := w.counting(target, edges)
		o.Profile = q.Profile
		res := harness.Run(t, target.Target, c, o)
		out = append(out, report(res, i < q.Show))
		if q.Trial != "" {
			out[i] = runReport{Trial: harness.NewTrial(q.Trial, c)}
			out[i].Trial.Take(res)
		}
		edges.read()
		out[i].Edges = len(edges.counters) - bytes.Count(edges.counters, []byte{0})
		if q.Features && res.Record != nil {
			out[i].Taken = edges.taken()
			out[i].Features = []uint64{}
			res.Record.Features(func(f uint64, _ int) { out[i].Features = append(out[i].Features, f) })
		}
	}
	return out, nil
}

// skipped returns why the target's author leaves c out, or "".
func (w *worker) skipped(c *corpus.Case) string {
	if w.skip == nil {
		return ""
	}
	return w.skip(c)
}

// report copies what is to be known of a run; show asks for all of it.
func report(res *harness.Result, show bool) runReport {
	if res.Err != nil {
		return runReport{Err: res.Err.Error()}
	}
	rec := res.Record
	r := runReport{Findings: res.Findings, Steps: rec.Steps, Faults: rec.Faults, Diverged: rec.Diverged, Unfired: rec.Unfired}
	if show {
		r.Transcript = rec.Transcript().String()
		r.Log = rec.Log
		r.Trace = traceOf(rec)
		r.Wires = wiresOf(rec)
	}
	return r
}
