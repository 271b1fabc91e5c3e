package faultnet

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// A Sweep moves faults over every byte of a session that goes well without them:
// it runs the session once to measure both streams, and then once for each point,
// which is a fault at a position of one stream (from 0, before the first byte, to
// the end, behind the last one). Session is its only required field.
type Sweep struct {
	// Session is run once a point, each time with a plan that has that point's
	// rule. One that may hang wants Within, or a bubble of package faulttest.
	Session Session
	// Faults are moved one after the other. Empty: cut, reset and stall 31m.
	Faults []Fault
	// Sides are whose streams are swept. Empty: both.
	Sides []Side
	// Options are what the session is given each time. A Plan is added to; a Tap
	// is called too, by several connections at once if there are Workers.
	Options Options
	// Name, if not nil, says in words what stands at a position of a stream, such
	// as "the greeting". It is only asked about positions that are reported.
	Name func(side Side, at int64) string
	// Workers is how many sessions run at once: 0 is one, and below 0 one for each
	// processor. What is reported does not depend on it, as far as the session
	// itself does not.
	Workers int
	// OnProgress, if not nil, is called before the first point, when the number of
	// points is known, and after each one. Calls do not overlap.
	OnProgress func(SweepProgress)
}

// SweepProgress is how far a sweep is.
type SweepProgress struct {
	Points int // that there are
	Done   int // that have been run
	Bad    int // whose session did not end as it should
}

// Run sweeps, and returns when no point is left. If ctx is done before, it returns
// what it has, and the error of ctx. Other errors are those of a sweep that makes
// no sense: a fault that cannot be, a session that fails without faults or makes
// no connection with its Options.
func (s Sweep) Run(ctx context.Context) (*SweepReport, error) {
	if len(s.Faults) == 0 {
		s.Faults = []Fault{{Kind: Cut}, {Kind: Reset}, {Kind: Stall, D: 31 * time.Minute}}
	}
	if len(s.Sides) == 0 {
		s.Sides = []Side{Client, Server}
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("faultnet: sweep: %w", err)
	}
	good := s.run(ctx, nil)
	if good.err != nil {
		return nil, fmt.Errorf("faultnet: sweep: without a fault the session ends with: %w", good.err)
	}
	if good.sent == ([2]int64{}) {
		return nil, errors.New("faultnet: sweep: nothing was sent on a connection with the session's options")
	}
	r := &sweeping{Sweep: s, report: &SweepReport{Client: good.sent[0], Server: good.sent[1]}, early: make(map[int]point)}
	for _, f := range s.Faults {
		for _, side := range s.Sides {
			r.stretches = append(r.stretches, Stretch{Side: side, Fault: f, To: good.sent[side-1]})
			r.report.Points += int(good.sent[side-1]) + 1
		}
	}
	r.tell()
	r.work(ctx)
	r.finish()
	return r.report, ctx.Err()
}

// check reports what cannot be.
func (s *Sweep) check() error {
	if s.Session == nil {
		return errors.New("there is no session")
	}
	for _, f := range s.Faults {
		for _, side := range s.Sides {
			if err := (Rule{Side: side, When: When{At: 1}, Fault: f}).Check(); err != nil {
				return err
			}
		}
	}
	return s.Options.Plan.Check()
}

// A point is what came of one run of the session.
type point struct {
	rule   Rule
	sent   [2]int64 // bytes of the two streams
	struck bool
	err    error
}

// run runs the session with the rule, if there is one.
func (s *Sweep) run(ctx context.Context, rule *Rule) point {
	var p point
	var mu sync.Mutex
	o := s.Options
	text := ""
	if rule != nil {
		p.rule, text = *rule, rule.String()
		o.Plan = o.Plan.with(append(o.Plan.Rules[:len(o.Plan.Rules):len(o.Plan.Rules)], *rule)...)
	}
	o.Tap = func(e Event) {
		if s.Options.Tap != nil {
			s.Options.Tap(e)
		}
		mu.Lock()
		defer mu.Unlock()
		switch e.Op {
		case Sent:
			p.sent[e.Side-1] = max(p.sent[e.Side-1], e.Pos+int64(len(e.Data)))
		case Struck:
			p.struck = p.struck || e.Strike.Rule == text
		}
	}
	err := s.Session(ctx, o)
	mu.Lock() // connections may outlive their session
	defer mu.Unlock()
	p.err = err
	return p
}

// sweeping is a sweep in progress.
type sweeping struct {
	Sweep
	stretches []Stretch // those to go over, each whole: one a fault and side
	report    *SweepReport

	mu    sync.Mutex
	next  int           // the next point to be run
	done  int           // points that have been run
	bad   int           // of these
	added int           // points that are in the report: all before this one
	early map[int]point // points that came before their turn
}

// rule returns the rule of the ith point.
func (r *sweeping) rule(i int) Rule {
	for _, s := range r.stretches {
		n := int(s.To) + 1
		if i < n {
			return Rule{Side: s.Side, When: When{At: int64(i)}, Fault: s.Fault}
		}
		i -= n
	}
	panic("faultnet: a sweep has no such point")
}

// work runs all points.
func (r *sweeping) work(ctx context.Context) {
	n := r.Workers
	if n < 0 {
		n = runtime.GOMAXPROCS(0)
	}
	if n <= 1 {
		r.worker(ctx)
		return
	}
	var all sync.WaitGroup
	for range n {
		all.Go(func() { r.worker(ctx) })
	}
	all.Wait()
}

// worker runs points until none is left or ctx is done.
func (r *sweeping) worker(ctx context.Context) {
	for ctx.Err() == nil {
		r.mu.Lock()
		i := r.next
		r.next++
		r.mu.Unlock()
		if i >= r.report.Points {
			return
		}
		rule := r.rule(i)
		p := r.run(ctx, &rule)
		if ctx.Err() != nil {
			return // its end says nothing
		}
		r.mu.Lock()
		r.add(i, p)
		r.tell()
		r.mu.Unlock()
	}
}

// tell reports how far the sweep is.
func (r *sweeping) tell() {
	if r.OnProgress != nil {
		r.OnProgress(SweepProgress{Points: r.report.Points, Done: r.done, Bad: r.bad})
	}
}

// add takes what came of the ith point, and puts points into the report in their
// order.
func (r *sweeping) add(i int, p point) {
	r.done++
	if p.err != nil {
		r.bad++
	}
	r.early[i] = p
	for {
		p, ok := r.early[r.added]
		if !ok {
			return
		}
		delete(r.early, r.added)
		r.added++
		r.put(p)
	}
}

// put puts a point into the report.
func (r *sweeping) put(p point) {
	r.report.Ran++
	if p.struck {
		r.report.Struck++
		if p.err != nil {
			r.report.Stretches = grow(r.report.Stretches, p, p.err.Error())
		}
		return
	}
	outcome := "not reached"
	if p.err != nil {
		outcome += ": " + p.err.Error()
	}
	r.report.Unreached = grow(r.report.Unreached, p, outcome)
}

// finish puts the points into the report that came before the turn of one that
// did not come any more, and names the stretches.
func (r *sweeping) finish() {
	for i := r.added; len(r.early) > 0; i++ {
		if p, ok := r.early[i]; ok {
			delete(r.early, i)
			r.put(p)
		}
	}
	for _, all := range [][]Stretch{r.report.Stretches, r.report.Unreached} {
		for i := range all {
			all[i].name(r.Name)
		}
	}
}
