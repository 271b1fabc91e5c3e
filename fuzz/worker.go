package fuzz

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
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
	w.say(&answer{Stalled: &s.Finding, Spins: s.Spins})
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
