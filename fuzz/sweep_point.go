package fuzz

import (
	"context"
	"slices"
	"strings"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/harness"
)

// A pointError is what one point shows that the case alone does not.
type pointError struct {
	findings     []harness.Finding // one a bucket
	inconclusive bool
}

// Error returns the buckets: points with the same ones make a stretch.
func (e *pointError) Error() string {
	if e.inconclusive {
		return "inconclusive"
	}
	var all []string
	for i := range e.findings {
		all = append(all, e.findings[i].Bucket())
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// session runs the case with the last rule of o.Plan, if there is one, in a worker
// process, and tells o.Tap what happened there.
func (w *caseSweep) session(ctx context.Context, o faultnet.Options) error {
	for _, side := range [...]faultnet.Side{faultnet.Client, faultnet.Server} {
		o.Tap(faultnet.Event{Op: faultnet.Sent, Side: side, Pos: w.good.of(side).Len})
	}
	if len(o.Plan.Rules) == 0 {
		return nil // the baseline has been run
	}
	rule := o.Plan.Rules[len(o.Plan.Rules)-1]
	run, err := w.point(ctx, rule)
	if err != nil {
		return err
	}
	text := rule.String()
	if !slices.Contains(run.Unfired, text) || slices.Contains(w.rest, text) {
		o.Tap(faultnet.Event{Op: faultnet.Struck, Side: rule.Side, Pos: rule.When.At, Strike: &faultnet.Strike{
			Order: 1, Side: rule.Side, At: rule.When.At, Fault: rule.Fault, Rule: text,
		}})
	}
	return w.judge(run)
}

// point runs the case with the rule.
func (w *caseSweep) point(ctx context.Context, rule faultnet.Rule) (*runReport, error) {
	c := w.Case.Clone()
	c.Plan = append(c.Plan, corpus.PlanRule{Conn: w.Conn, Rule: rule})
	l := <-w.labs
	defer func() { w.labs <- l }()
	w.mu.Lock()
	l.deadly = l.deadly[:0:0]
	for b := range w.seen {
		l.deadly = append(l.deadly, b)
	}
	failed := w.failed
	w.mu.Unlock()
	if failed != nil {
		return nil, failed
	}
	runs, err := l.run(ctx, w.spec, string(corpus.Format(c)), 1, 0)
	if err != nil {
		w.mu.Lock()
		if w.failed == nil && ctx.Err() == nil {
			w.failed = err
		}
		w.mu.Unlock()
		return nil, err
	}
	return &runs[0], nil
}

// judge returns what the run shows that the case alone does not.
func (w *caseSweep) judge(run *runReport) error {
	if run.Inconclusive != "" {
		return &pointError{inconclusive: true}
	}
	var e pointError
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range run.Findings {
		f := run.Findings[i]
		b := f.Bucket()
		if slices.Contains(w.known, b) || slices.ContainsFunc(e.findings, func(g harness.Finding) bool { return g.Bucket() == b }) {
			continue
		}
		e.findings = append(e.findings, f)
		w.seen[b] = true
	}
	if len(e.findings) == 0 {
		return nil
	}
	return &e
}
