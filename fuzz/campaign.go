package fuzz

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/corpus/trace"
	"github.com/imapfuzz/imapfuzz/harness"
)

// DefaultMem is how many bytes of memory a worker may have unless a campaign
// says otherwise.
const DefaultMem = 2 << 30

// A Campaign is a long run over many cases: it searches with worker processes,
// which the targets may end as they like, and keeps what it finds in Dir.
// Targets and Dir are required; the zero values of all other fields are
// sensible.
type Campaign struct {
	// Dir keeps the corpus and the findings ([corpus.Store]). A run goes on from
	// what earlier ones have left there, however they ended.
	Dir     string
	Targets []Spec
	Workers int           // processes that search; 0: one a core
	Time    time.Duration // of the whole run, minimizing included, real time; 0: until the context is done
	Cases   int64         // that the search runs, of all targets, beside seeds that are checked and what is minimized; 0: no limit
	Seed    uint64        // of all chance; the same seed gives each worker the same cases
	Mem     int64         // bytes that a worker may have resident; 0: DefaultMem; below 0: no limit

	// Since is when the run has begun, for Time and for all that tells how long it
	// took: what was done before Run counts, too. Zero: when Run is called.
	Since time.Time

	// UntilNew, if not 0, ends the search when nothing new has been seen for so long:
	// no edge of the targets' code, or without coverage no state or reply.
	UntilNew time.Duration

	// Exe is the program that the workers run, with WorkerArgs, and that calls
	// [WorkerMain] with the same targets then. Empty: the running program, with
	// the argument "worker". WorkerEnv is what the program has beside the
	// environment of this one: "NAME=value".
	Exe        string
	WorkerArgs []string
	WorkerEnv  []string

	// OnProgress, if not nil, is called about once a second and at the end.
	OnProgress func(Progress)
	// Capture, if not nil, makes the capture file of a finding; package capture
	// has it. It stands here so that a target's own test binary, which imports
	// this package, does not carry what writes such files.
	Capture func([]trace.Conn) ([]byte, error)

	// OnProblem, if not nil, is called with what a person should know at once:
	// seeds that do not hold, files that cannot be written. One line each.
	OnProblem func(string)

	shareEvery time.Duration // how often it looks for what other campaigns have added; 0: shareEvery
	tellEvery  time.Duration // how often OnProgress is called; 0: progressEvery
}

// Progress is how far a campaign is.
type Progress struct {
	Elapsed  time.Duration
	Cases    int64
	Rate     float64 // cases a second since the last Progress
	Corpus   int     // cases on the disk
	States   int     // different states and replies seen
	Edges    int     // of the targets' code that cases have taken; 0 without coverage
	Faults   int64   // that struck
	Rules    int     // armed
	Findings int     // buckets seen in this run
	Waiting  int     // of these, not minimized yet
	Restarts int64   // of workers that a case has ended
	Final    bool    // the search is over

	Yield []KindYield // what kinds of mutations and faults have brought; only when Final
}

// Summary is what a campaign reports at its end.
type Summary struct {
	Cases       int64     `json:"cases"`
	ElapsedS    float64   `json:"elapsed_s"`   // of the whole run
	CasesPerS   float64   `json:"cases_per_s"` // while it searched
	Steps       int64     `json:"steps"`
	FaultsFired int64     `json:"faults_fired"`
	RulesArmed  int       `json:"rules_armed"`
	Corpus      int       `json:"corpus"`
	States      int       `json:"states"`
	Edges       int       `json:"edges"`    // of the targets' code that cases have taken; 0 without coverage
	Findings    []Finding `json:"findings"` // sorted: errors first, then by bucket

	// Yield is what kinds of mutations and faults have brought, the most fruitful ones
	// first.
	Yield []KindYield `json:"yield,omitempty"`

	// Inconclusive runs could not go on in fake time, because goroutines waited
	// for a lock whose holder waited for the network: they say nothing about the
	// target, and their processes were ended.
	Inconclusive int64 `json:"-"`
}

// running is a campaign in progress.
type running struct {
	Campaign
	launch launch
	store  *corpus.Store
	begun  time.Time
	inputs []pending
	work   chan struct{} // a token: the queue has grown
	keeper *keeper
	log    *progressLog
	strict bool // what minimizing shows by the way is left alone

	left         atomic.Int64 // of Cases
	restarts     atomic.Int64
	inconclusive atomic.Int64

	mu       sync.Mutex
	total    counts
	yield    kindTable
	features map[uint64]struct{}
	edges    edgeTotal
	plateau  plateau
	buckets  buckets
	disk     error // the first error of writing
	search   time.Duration
	waited   time.Duration // that all workers together have waited in the closing
	closing  closing       // zero: there is none
}

// Run runs the campaign and blocks until its time is over, or ctx is done; it ends
// two seconds before or after that. It returns what was found even if it also
// returns an error: that of a directory that cannot be written, or of workers
// that do not work.
func (c Campaign) Run(ctx context.Context) (*Summary, error) {
	r, err := c.prepare()
	if err != nil {
		return nil, err
	}
	if err := r.recall(); err != nil {
		return nil, err
	}
	if c.Time > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, r.begun.Add(c.Time))
		defer cancel()
	}
	if r.log, err = openProgressLog(c.Dir); err != nil {
		r.keeper.close()
		return nil, err
	}
	r.log.memory = r.launch.memory
	stopTicker := r.ticker()
	old, err := r.check(ctx)
	if err == nil {
		err = r.hunt(ctx, old)
	}
	stopTicker()
	r.keeper.close()
	err = errors.Join(err, r.log.close())
	s := r.summary()
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = nil // an orderly end
	}
	return s, errors.Join(err, r.disk)
}

// prepare fills in what c leaves out, and opens the directory.
func (c Campaign) prepare() (*running, error) {
	if len(c.Targets) == 0 {
		return nil, errors.New("fuzz: a campaign without targets")
	}
	if c.Workers <= 0 {
		c.Workers = runtime.NumCPU()
	}
	if c.Workers == 1 && slices.ContainsFunc(c.Targets, func(s Spec) bool { return s.Race != nil }) {
		c.Workers = 2 // one with the race detector, and one without
	}
	if c.Mem == 0 {
		c.Mem = DefaultMem
	}
	if c.shareEvery == 0 {
		c.shareEvery = shareEvery
	}
	if c.tellEvery == 0 {
		c.tellEvery = progressEvery
	}
	if c.Since.IsZero() {
		c.Since = time.Now()
	}
	l, err := newLaunch(c.Exe, c.WorkerArgs, c.Mem)
	if err != nil {
		return nil, err
	}
	l.env = c.WorkerEnv
	l.memory = new(gauge)
	store, err := corpus.Open(c.Dir)
	if err != nil {
		return nil, err
	}
	if l.uids, err = filepath.Abs(filepath.Join(c.Dir, ledgerName)); err != nil {
		return nil, fmt.Errorf("fuzz: %w", err)
	}
	r := &running{
		Campaign: c, store: store, begun: c.Since, work: make(chan struct{}, c.Workers), launch: l,
		features: map[uint64]struct{}{}, buckets: buckets{all: map[string]*bucket{}, family: map[string]int{}},
	}
	r.left.Store(c.Cases)
	r.keeper = newKeeper(store, r.broken)
	return r, nil
}

// newLaunch fills in the defaults of how a worker is started.
func newLaunch(exe string, args []string, mem int64) (launch, error) {
	if exe == "" {
		self, err := os.Executable()
		if err != nil {
			return launch{}, fmt.Errorf("fuzz: %w", err)
		}
		exe = self
		if args == nil {
			args = []string{"worker"}
		}
	}
	return launch{exe: exe, args: args, mem: mem}, nil
}

// hunt searches until it is time to end, and examines what was found.
func (r *running) hunt(ctx context.Context, old map[string][]string) error {
	begun := time.Now()
	search, stop := context.WithCancel(ctx)
	defer stop()
	drain, closing := make(chan struct{}), make(chan struct{})
	begin := sync.OnceFunc(func() { close(closing) })
	if end, ok := ctx.Deadline(); ok {
		r.closing = newClosing(time.Until(end))
		begins := time.AfterFunc(time.Until(r.closing.from), begin)
		defer begins.Stop()
	}
	var labs, workers sync.WaitGroup
	labs.Go(func() { r.laboratory(ctx, closing, drain) })
	labs.Go(func() {
		<-closing
		for range r.Workers - 1 {
			labs.Go(func() { r.laboratory(ctx, closing, drain) })
		}
	})
	errs := make([]error, r.Workers)
	searchers := make([]*searcher, r.Workers)
	for i := range searchers {
		searchers[i] = r.newSearcher(i, old)
	}
	labs.Go(func() { r.share(search, searchers) })
	labs.Go(func() { r.watch(search, stop) })
	for i, w := range searchers {
		workers.Go(func() {
			if errs[i] = w.loop(search); errs[i] != nil {
				stop()
			}
		})
	}
	workers.Wait()
	stop()
	r.mu.Lock()
	r.search = time.Since(begun) - r.waited/time.Duration(r.Workers)
	r.mu.Unlock()
	begin()
	close(drain)
	labs.Wait()
	return errors.Join(errs...)
}

// raceShare is how many workers there are for one with the race detector, which
// is slower by far.
const raceShare = 4

// raced reports whether worker i, from 0, has the race detector: the last ones, a
// quarter of them, and at least one.
func (r *running) raced(i int) bool {
	has := slices.ContainsFunc(r.Targets, func(s Spec) bool { return s.Race != nil })
	return has && i >= r.Workers-max(1, r.Workers/raceShare)
}

// broken notes an error of writing; the campaign goes on in memory.
func (r *running) broken(err error) {
	r.mu.Lock()
	first := r.disk == nil
	if first {
		r.disk = err
	}
	r.mu.Unlock()
	if first {
		r.problem(err.Error() + "; going on in memory")
	}
}

// problem tells a person something.
func (r *running) problem(line string) {
	if r.OnProblem != nil {
		r.OnProblem(line)
	}
}

// armed returns how many rules judge the targets.
func (r *running) armed() int {
	ids := map[string]bool{}
	for _, spec := range r.Targets {
		for _, rule := range harness.RulesFor(spec.New().Tests()) {
			ids[rule.ID] = true
		}
	}
	return len(ids)
}
