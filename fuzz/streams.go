package fuzz

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
)

const (
	// slice is how long a worker searches before its parent may want something
	// else of it.
	slice = time.Second

	// maxRation is how many cases of a limited number a worker takes at a time: few
	// enough that the others have something to do.
	maxRation = 1000

	// patienceWithDeaths is how often a stream may end its worker in the same
	// bucket before what leads there is avoided.
	patienceWithDeaths = 3

	// smallDeath is how many bytes of data a deadly case may have without its
	// size being held for the reason.
	smallDeath = 4 << 10

	// serverShare is the part of the time, in percent, that servers get if
	// there are clients too: they have more states.
	serverShare = 60
)

// searching is a stream of a target, as the parent keeps it: enough to go on in
// another process.
type searching struct {
	spec    Spec
	program *Program // that runs its cases
	stream  uint64
	weight  float64
	seeds   []string
	earlier spool[string] // cases of earlier runs
	next    uint64
	kept    spool[Kept]
	banned  []uint64
	limit   int
	deaths  map[string]int
	kills   kills
	used    time.Duration
	open    bool     // the worker's process has it
	news    []string // cases of other campaigns
}

// searcher is one worker of a campaign, with a stream for each target.
type searcher struct {
	*running
	streams []*searching
	race    bool // its processes have the race detector, where there are such
	crew    crew
	starts  int // that came to nothing, in a row
	newsMu  sync.Mutex
}

// newSearcher returns worker i, from 0. old are the cases of earlier runs, by
// target: each worker takes its part.
func (r *running) newSearcher(i int, old map[string][]string) *searcher {
	w := &searcher{running: r, race: r.raced(i)}
	dir := filepath.Dir(r.store.Path(""))
	servers, clients := 0, 0
	for _, spec := range r.Targets {
		if spec.New().Tests() == corpus.Server {
			servers++
		} else {
			clients++
		}
	}
	for _, spec := range r.Targets {
		target := spec.New()
		s := &searching{
			spec: spec, program: spec.program(w.race), stream: uint64(i + 1), weight: 1, deaths: map[string]int{},
			earlier: spool[string]{dir: dir, broken: r.broken}, kept: spool[Kept]{dir: dir, broken: r.broken},
		}
		if target.Tests() == corpus.Server && clients > 0 {
			s.weight = serverShare / float64(servers)
		} else if servers > 0 && clients > 0 {
			s.weight = (100 - serverShare) / float64(clients)
		}
		for _, c := range spec.inputs() {
			s.seeds = append(s.seeds, string(corpus.Format(c)))
		}
		for n, text := range old[spec.Name] {
			if n%r.Workers == i {
				s.earlier.add(text)
			}
		}
		w.streams = append(w.streams, s)
	}
	return w
}

// least returns the stream whose share of the time is most overdue.
func (w *searcher) least() *searching {
	best := w.streams[0]
	for _, s := range w.streams[1:] {
		if float64(s.used)/s.weight < float64(best.used)/best.weight {
			best = s
		}
	}
	return best
}

// loop searches until ctx is done. An error means that workers do not work.
func (w *searcher) loop(ctx context.Context) error {
	defer w.close()
	for w.goOn(ctx) {
		n, ok := w.ration()
		if !ok {
			return nil
		}
		if err := w.turn(ctx, w.least(), n); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
	}
	return nil
}

// ration takes part of what is left of Campaign.Cases; 0 is no limit. ok is false if
// nothing is left.
func (w *searcher) ration() (n int64, ok bool) {
	if w.Cases == 0 {
		return 0, true
	}
	for {
		left := w.left.Load()
		n = min(left, maxRation)
		if n <= 0 || w.left.CompareAndSwap(left, left-n) {
			return n, n > 0
		}
	}
}

// turn lets the worker search in s for a slice of time, and for n cases if n is not
// 0; what it does not use of them, it gives back.
func (w *searcher) turn(ctx context.Context, s *searching, n int64) error {
	from := s.next
	if n > 0 {
		defer func() { w.left.Add(n - int64(s.next-from)) }()
	}
	proc, err := w.crew.worker(w.launch, s.program)
	if err != nil {
		return err
	}
	q := request{Do: "search", Target: s.spec.Name, Stream: s.stream, Seed: w.Seed, Ms: int(w.turnTime() / time.Millisecond), N: int(n)}
	begun := time.Now()
	var d *death
	if !s.open {
		d, err = w.open(ctx, proc, s, q)
	}
	if d == nil && err == nil {
		q.Deadly = w.deadly(s.spec.Name)
		q.News = w.takeNews(s)
		d, err = proc.ask(ctx, q, func(a *answer) { w.take(s, a) })
	}
	s.used += time.Since(begun)
	if err != nil {
		return err
	}
	if d == nil {
		w.starts = 0
		return nil
	}
	w.crew.drop(proc)
	for _, other := range w.streams {
		if other.program == s.program {
			other.open = false // it goes on in the next process
		}
	}
	return w.died(s, d)
}

// errEnded ends the reading of what was kept for a worker that has ended.
var errEnded = errors.New("the worker has ended")

// open has a process go on with s: q is the request for that. What was kept is sent
// piece by piece, since all of it at once would take the memory that its file saves.
func (w *searcher) open(ctx context.Context, proc *process, s *searching, q request) (d *death, err error) {
	inputs, err := s.inputs()
	if err != nil {
		return nil, err
	}
	q.Do, q.Begin, q.Inputs, q.Banned, q.Limit, q.Words = "open", true, inputs, s.banned, s.limit, s.spec.Words
	err = s.kept.each(func(kept []Kept, last bool) (err error) {
		if q.Kept = kept; last {
			q.From = s.next
		} else {
			q.From = kept[len(kept)-1].K
		}
		if d, err = proc.ask(ctx, q, func(*answer) {}); err == nil && d != nil {
			err = errEnded
		}
		q.Begin, q.Inputs, q.Banned, q.Words = false, nil, nil, nil
		return err
	})
	if errors.Is(err, errEnded) {
		err = nil
	}
	s.open = d == nil && err == nil
	return d, err
}

// inputs returns the cases that s begins with.
func (s *searching) inputs() ([]string, error) {
	all := slices.Clone(s.seeds)
	err := s.earlier.each(func(texts []string, _ bool) error {
		all = append(all, texts...)
		return nil
	})
	return all, err
}

// close ends the processes, and removes what only they needed.
func (w *searcher) close() {
	w.crew.dismiss()
	for _, s := range w.streams {
		if err := errors.Join(s.kept.close(), s.earlier.close()); err != nil {
			w.broken(err)
		}
	}
}

// take notes what the worker says.
func (w *searcher) take(s *searching, a *answer) {
	if a.Kept != nil {
		s.kept.add(*a.Kept)
		w.keep(s.program, a.Kept)
	}
	if a.Found != nil {
		w.found(s.spec, &a.Found.Finding, a.Found.Case, 0, false)
	}
	if n := a.Counts; n != nil {
		s.next = max(s.next, n.Next)
		w.count(n)
	}
}

// died notes that a case has ended the worker, and whether to avoid its like.
func (w *searcher) died(s *searching, d *death) error {
	if d.Case == "" {
		if w.starts++; w.starts > patienceWithDeaths {
			return errors.New("fuzz: workers end before they run anything: " + d.Output)
		}
		return nil
	}
	w.starts = 0
	if s.kills.excuse(d) {
		s.next = max(s.next, d.K-1)
		w.problem(fmt.Sprintf("%s has killed a worker (SIGKILL): case %d is run again", d.killer(), d.K))
		return nil
	}
	b := "" // no bucket has this name: that of inconclusive runs
	if d.Inconclusive {
		w.inconclusive.Add(1)
	} else {
		f := d.judge(s.spec.New())
		if b = f.Bucket(); d.ours != nil {
			w.ours(d.ours, d.Case)
		} else {
			w.found(s.spec, f, d.Case, 1, true)
		}
	}
	lost := &counts{Next: d.K, Cases: int64(d.K) - int64(s.next)}
	if d.K <= s.next {
		return fmt.Errorf("fuzz: a worker went back from case %d to %d", s.next, d.K)
	}
	s.next = d.K
	w.count(lost)
	w.restarts.Add(1)
	if s.deaths[b]++; s.deaths[b] <= patienceWithDeaths {
		return nil
	}
	if d.Parent != 0 {
		s.banned = append(s.banned, d.Parent)
	}
	c, err := corpus.Parse("case", []byte(d.Case))
	if err != nil {
		return fmt.Errorf("fuzz: the case that ended a worker: %w", err)
	}
	if n := dataSize(c); n > smallDeath && (s.limit == 0 || n < s.limit) {
		s.limit = n
	}
	return nil
}
