package fuzz

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/corpus/trace"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

// A Sweep moves faults over every byte of one connection of a case, with all
// rules armed: it runs the case as it is to measure the connection's two streams,
// and then once for each point, which is a fault at a position of one stream, in
// worker processes, which the target may end. Dir, Targets and Case are required;
// the zero values of all other fields are sensible.
type Sweep struct {
	Dir     string // keeps the findings, as that of a [Campaign]
	Targets []Spec // the first that can run Case is swept
	Case    *corpus.Case
	Conn    int              // the connection of the case, from 1; 0: the first
	Faults  []faultnet.Fault // empty: cut, reset and stall 31m
	Sides   []faultnet.Side  // whose streams; empty: both
	Workers int              // processes that run cases; 0: one a core
	Mem     int64            // as in Campaign

	// Exe and WorkerArgs are as in Campaign.
	Exe        string
	WorkerArgs []string

	// OnProgress, if not nil, is called before the first point, when their number
	// is known, about once a second, and when the last one is done. Calls do not
	// overlap.
	OnProgress func(SweepProgress)
	// Capture and OnProblem are as in Campaign.
	Capture   func([]trace.Conn) ([]byte, error)
	OnProblem func(string)
}

// SweepProgress is how far a sweep is.
type SweepProgress struct {
	Elapsed  time.Duration
	Points   int  // that there are
	Done     int  // that have been run
	Findings int  // buckets seen
	Final    bool // no point is run any more; what was found is minimized now
}

// SweepSummary is what came of a sweep.
type SweepSummary struct {
	Target      string    `json:"target"`
	Conn        int       `json:"conn"`
	ClientBytes int64     `json:"client_bytes"` // of the case without a fault
	ServerBytes int64     `json:"server_bytes"`
	Points      int       `json:"points"`
	Ran         int       `json:"ran"` // fewer than Points if the sweep was ended
	FaultsFired int       `json:"faults_fired"`
	ElapsedS    float64   `json:"elapsed_s"` // without minimizing
	RulesArmed  int       `json:"rules_armed"`
	Known       []string  `json:"known"` // buckets of the case itself, which are no news
	Stretches   []Stretch `json:"stretches"`
	Unreached   []Stretch `json:"unreached"` // where the fault never struck: the case is not the same each time
	Findings    []Finding `json:"findings"`  // sorted: errors first, then by bucket

	// Inconclusive points say nothing: their runs could not go on in fake time.
	Inconclusive []Stretch `json:"inconclusive"`
}

// A Stretch is neighbouring positions at which the same fault shows the same.
type Stretch struct {
	Side   string `json:"side"` // whose stream
	From   int64  `json:"from"` // bytes before the first position
	To     int64  `json:"to"`   // bytes before the last one
	Place  string `json:"place"`
	Fault  string `json:"fault"`
	Bucket string `json:"bucket,omitempty"`
	Kind   string `json:"kind,omitempty"`
	Rule   string `json:"rule,omitempty"`
}

// String returns "server bytes 188..412, inside the FETCH literal: cut: data-loss
// R-AT-1 (partial)"; the last part is where the bucket says.
func (s Stretch) String() string {
	at := fmt.Sprintf("%s byte %d", s.Side, s.From)
	if s.To > s.From {
		at = fmt.Sprintf("%s bytes %d..%d", s.Side, s.From, s.To)
	}
	line := fmt.Sprintf("%s, %s: %s", at, s.Place, s.Fault)
	if s.Bucket == "" {
		return line
	}
	line += fmt.Sprintf(": %s %s", s.Kind, s.Rule)
	if where, ok := strings.CutPrefix(s.Bucket, s.Kind+"/"+s.Rule+"/"); ok {
		line += " (" + where + ")"
	}
	return line
}

// ErrBareCase is the error of a sweep of a case that ends the target's process, or
// cannot go on, without any fault.
var ErrBareCase = errors.New("the case cannot be swept: without a fault already")

// Run sweeps, and then minimizes a case for each bucket that the case alone does
// not show. If ctx is done before, it returns what it has, without an error.
// Errors are those of a case or a fault that cannot be swept, of a directory that
// cannot be written, or of workers that do not work.
func (s Sweep) Run(ctx context.Context) (*SweepSummary, error) {
	spec, err := specFor(s.Targets, s.Case)
	if err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	s.Conn = max(s.Conn, 1)
	if s.Workers <= 0 {
		s.Workers = runtime.NumCPU()
	}
	l, err := newLaunch(s.Exe, s.WorkerArgs, s.memory())
	if err != nil {
		return nil, err
	}
	w := &caseSweep{Sweep: s, spec: spec, labs: make(chan *lab, s.Workers), seen: map[string]bool{}, begun: time.Now()}
	for range s.Workers {
		l := &lab{launch: l, specs: s.Targets}
		defer l.close()
		w.labs <- l
	}
	if err := w.baseline(ctx); err != nil {
		return nil, err
	}
	r, err := w.open()
	if err != nil {
		return nil, err
	}
	defer r.keeper.close()
	report, err := w.sweep(ctx)
	if report == nil || w.failed != nil {
		return nil, errors.Join(err, w.failed)
	}
	return w.conclude(ctx, r, report)
}

// open opens the directory.
func (w *caseSweep) open() (*running, error) {
	r, err := Campaign{
		Dir: w.Dir, Targets: []Spec{w.spec}, Workers: w.Workers, Mem: w.Mem, Exe: w.Exe, WorkerArgs: w.WorkerArgs,
		Capture: w.Capture, OnProblem: w.OnProblem,
	}.prepare()
	if err != nil {
		return nil, err
	}
	if err := r.recall(); err != nil {
		r.keeper.close()
		return nil, err
	}
	r.buckets.queue, r.strict = nil, true // what other runs have left is not this one's
	return r, nil
}

// check reports a fault that cannot be.
func (s *Sweep) check() error {
	for _, f := range s.Faults {
		if err := (faultnet.Rule{Side: faultnet.Client, When: faultnet.When{At: 1}, Fault: f}).Check(); err != nil {
			return err
		}
	}
	return s.Case.Valid()
}

func (s *Sweep) memory() int64 {
	if s.Mem == 0 {
		return DefaultMem
	}
	return s.Mem
}

// caseSweep is a sweep in progress.
type caseSweep struct {
	Sweep
	spec  Spec
	labs  chan *lab // those that nobody uses
	begun time.Time
	good  wire     // the connection without a fault
	known []string // buckets of the case itself
	rest  []string // its own faults that never strike

	mu     sync.Mutex
	seen   map[string]bool // buckets
	told   time.Time       // when OnProgress was called last
	failed error           // a worker does not work
}

// baseline runs the case as it is.
func (w *caseSweep) baseline(ctx context.Context) error {
	l := <-w.labs
	defer func() { w.labs <- l }()
	runs, err := l.run(ctx, w.spec, string(corpus.Format(w.Case)), repeats, 1)
	if err != nil {
		return err
	}
	for i := range runs {
		if runs[i].Inconclusive != "" {
			return fmt.Errorf("%w it cannot go on in fake time", ErrBareCase)
		}
		for j := range runs[i].Findings {
			if b := runs[i].Findings[j].Bucket(); !slices.Contains(w.known, b) {
				w.known = append(w.known, b)
			}
		}
	}
	slices.Sort(w.known)
	if l.deaths > 0 {
		return fmt.Errorf("%w it ends the target's process: %s", ErrBareCase, strings.Join(w.known, ", "))
	}
	for _, d := range runs[0].Diverged {
		w.problem("the case does not hold: " + d)
	}
	if len(runs[0].Wires) < w.Conn {
		return fmt.Errorf("want a connection of the case, which has %d, got %d", len(runs[0].Wires), w.Conn)
	}
	w.good, w.rest = runs[0].Wires[w.Conn-1], runs[0].Unfired
	return nil
}

func (w *caseSweep) problem(line string) {
	if w.OnProblem != nil {
		w.OnProblem(line)
	}
}

// sweep runs all points.
func (w *caseSweep) sweep(ctx context.Context) (*faultnet.SweepReport, error) {
	report, err := faultnet.Sweep{
		Session: w.session, Faults: w.Faults, Sides: w.Sides, Workers: w.Workers, OnProgress: w.progress,
	}.Run(ctx)
	if report != nil && ctx.Err() != nil {
		err = nil // an orderly end
	}
	return report, err
}

// progress hands on how far the sweep is, about once a second.
func (w *caseSweep) progress(p faultnet.SweepProgress) {
	w.mu.Lock()
	defer w.mu.Unlock()
	final := p.Done == p.Points
	if w.OnProgress == nil || p.Done > 0 && !final && time.Since(w.told) < progressEvery {
		return
	}
	w.told = time.Now()
	w.OnProgress(SweepProgress{Elapsed: time.Since(w.begun), Points: p.Points, Done: p.Done, Findings: len(w.seen), Final: final})
}
