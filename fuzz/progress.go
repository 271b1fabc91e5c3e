package fuzz

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/imapfuzz/imapfuzz/harness"
)

// progressEvery is how often OnProgress is called.
const progressEvery = time.Second

// count adds n to the totals.
func (r *running) count(n *counts) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total.Cases += n.Cases
	r.total.Steps += n.Steps
	r.total.Faults += n.Faults
	r.total.Reach.add(&n.Reach)
	if r.total.Failed += n.Failed; n.Failed > 0 {
		r.total.Why = n.Why
	}
	r.yield.add(n.Yield)
	for name, k := range n.Buckets {
		if b := r.buckets.all[name]; b != nil {
			b.seen += k
		}
	}
}

// keep notes a case that a stream of p keeps, and has it written.
func (r *running) keep(p *Program, e *Kept) {
	r.mu.Lock()
	r.edges.add(p, e.Edges)
	defer r.mu.Unlock()
	for _, f := range e.Features {
		if len(r.features) < maxFeatures {
			r.features[f] = struct{}{}
		}
	}
	r.news()
	r.keeper.add(e.Case)
}

// ticker calls OnProgress and writes the log of progress until the function that it returns is called, which
// does so once more.
func (r *running) ticker() (stop func()) {
	var last Progress
	tell := func(final bool) {
		p := r.progress()
		if p.Final = final; final {
			p.Yield = r.yields()
		}
		if d := (p.Elapsed - last.Elapsed).Seconds(); d > 0 {
			p.Rate = float64(p.Cases-last.Cases) / d
		}
		last = p
		if err := r.log.add(&p); err != nil {
			r.broken(err)
		}
		if r.OnProgress != nil {
			r.OnProgress(p)
		}
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		t := time.NewTicker(r.tellEvery)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				tell(false)
			case <-done:
				return
			}
		}
	})
	return func() {
		close(done)
		wg.Wait()
		tell(true)
	}
}

func (r *running) progress() Progress {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := Progress{
		Elapsed: time.Since(r.begun), Cases: r.total.Cases, Corpus: r.keeper.count(),
		States: len(r.features), Edges: r.edges.n, Faults: r.total.Faults, Rules: r.armed(), Restarts: r.restarts.Load(),
	}
	for _, b := range r.buckets.all {
		if b.Known && b.seen > 0 || b.saved { // what is told must not be lost
			p.Findings++
			if !b.done {
				p.Waiting++
			}
		}
	}
	return p
}

// summary is what came of the campaign.
func (r *running) summary() *Summary {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &Summary{
		Cases: r.total.Cases, ElapsedS: time.Since(r.begun).Seconds(), Steps: r.total.Steps, FaultsFired: r.total.Faults,
		RulesArmed: r.armed(), Corpus: r.keeper.count(), States: len(r.features), Edges: r.edges.n, Findings: []Finding{},
		Inconclusive: r.inconclusive.Load(), Yield: r.yield.table(),
	}
	if r.search > 0 {
		s.CasesPerS = float64(s.Cases) / r.search.Seconds()
	}
	for _, b := range r.buckets.all {
		if b.seen > 0 || !b.Known {
			s.Findings = append(s.Findings, b.Finding)
		}
	}
	sortFindings(s.Findings)
	return s
}

// yields returns the table of what kinds have brought.
func (r *running) yields() []KindYield {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.yield.table()
}

// sortFindings puts errors before warnings, servers before clients.
func sortFindings(all []Finding) {
	rank := map[string]int{string(harness.Error): 0, string(harness.Warn): 1, string(harness.Info): 2}
	slices.SortFunc(all, func(a, b Finding) int {
		return cmp.Or(
			-cmp.Compare(a.Side, b.Side),
			cmp.Compare(rank[a.Severity], rank[b.Severity]),
			cmp.Compare(a.Bucket, b.Bucket),
		)
	})
}
