package fuzz

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/harness"
)

// conclude writes a folder for each bucket, and minimizes its case, until ctx is
// done.
func (w *caseSweep) conclude(ctx context.Context, r *running, report *faultnet.SweepReport) (*SweepSummary, error) {
	s := &SweepSummary{
		Target: w.spec.Name, Conn: w.Conn, ClientBytes: report.Client, ServerBytes: report.Server,
		Points: report.Points, Ran: report.Ran, FaultsFired: report.Struck, ElapsedS: time.Since(w.begun).Seconds(),
		Known: append([]string{}, w.known...), Stretches: []Stretch{}, Unreached: []Stretch{}, Inconclusive: []Stretch{},
	}
	s.RulesArmed = r.armed()
	w.gather(s, report, func(f *harness.Finding, rule faultnet.Rule) { r.swept(w, f, rule) })
	drain := make(chan struct{})
	close(drain)
	var labs sync.WaitGroup
	for range w.Workers {
		labs.Go(func() { r.laboratory(ctx, drain, drain) })
	}
	labs.Wait()
	s.Findings = r.summary().Findings
	return s, r.disk
}

// gather fills in the stretches of s, and calls found with each bucket of a
// stretch and the rule of the stretch's first point.
func (w *caseSweep) gather(s *SweepSummary, report *faultnet.SweepReport, found func(*harness.Finding, faultnet.Rule)) {
	names := placesOf(&w.good)
	for i := range report.Stretches {
		t := &report.Stretches[i]
		var e *pointError
		switch {
		case !errors.As(t.Err, &e):
		case e.inconclusive:
			s.Inconclusive = append(s.Inconclusive, newStretch(t, nil))
		default:
			for j := range e.findings {
				f := &e.findings[j]
				s.Stretches = join(s.Stretches, newStretch(t, f))
				found(f, faultnet.Rule{Side: t.Side, When: faultnet.When{At: t.From}, Fault: t.Fault})
			}
		}
	}
	for i := range report.Unreached {
		s.Unreached = append(s.Unreached, newStretch(&report.Unreached[i], nil))
	}
	for _, all := range [][]Stretch{s.Stretches, s.Unreached, s.Inconclusive} {
		for i := range all {
			side := faultnet.Client
			if all[i].Side == faultnet.Server.String() {
				side = faultnet.Server
			}
			all[i].Place = names.name(side, all[i].From, all[i].To)
		}
	}
}

// newStretch returns t as a stretch of the bucket of f, if there is one.
func newStretch(t *faultnet.Stretch, f *harness.Finding) Stretch {
	s := Stretch{Side: t.Side.String(), From: t.From, To: t.To, Fault: t.Fault.String()}
	if f != nil {
		s.Bucket, s.Kind, s.Rule = f.Bucket(), string(f.Kind), f.Rule
	}
	return s
}

// join returns all with x, in the stretch that it continues if there is one: where
// points show several buckets, others begin and end within.
func join(all []Stretch, x Stretch) []Stretch {
	i := slices.IndexFunc(all, func(s Stretch) bool {
		return s.Side == x.Side && s.Fault == x.Fault && s.Bucket == x.Bucket && s.To == x.From-1
	})
	if i < 0 {
		return append(all, x)
	}
	all[i].To = x.To
	return all
}

// swept notes a bucket that a sweep has found. One that an earlier run has found,
// and not minimized, is minimized now.
func (r *running) swept(w *caseSweep, f *harness.Finding, rule faultnet.Rule) {
	c := w.Case.Clone()
	c.Plan = append(c.Plan, corpus.PlanRule{Conn: w.Conn, Rule: rule})
	r.mu.Lock()
	b := r.buckets.all[f.Bucket()]
	if b != nil && b.seen == 0 && !b.done {
		r.enqueue(b)
	}
	r.mu.Unlock()
	r.found(w.spec, f, string(corpus.Format(c)), 1, false)
}
