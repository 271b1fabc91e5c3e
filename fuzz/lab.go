package fuzz

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
)

const (
	// repeats is how often a minimized case is run again.
	repeats = 10

	// repeatsOfLoops is the same where each run may compute as long as any may.
	repeatsOfLoops = 3

	// The budget of a minimization: runs, runs that end their process, and real
	// time.
	minimizeRuns   = 3000
	minimizeDeaths = 120
	minimizeTime   = 12 * time.Second
)

// A lab runs single cases in a worker process that may die. It belongs to one
// goroutine. Its zero value is of no use: set launch and specs.
type lab struct {
	launch launch
	specs  []Spec
	crew   crew
	deaths int

	inconclusive int           // of the deaths
	race         bool          // cases are run with the race detector, where there is one
	features     bool          // tell what runs show
	deadly       []string      // buckets that are expected: a known loop is told sooner
	spin         time.Duration // how long a run may compute, 0: as usual

	// polite, if not nil, is closed when nobody else needs the processors any more:
	// until then the lab rests for restFor times as long as it has worked.
	polite <-chan struct{}
}

const (
	// restFor is how long a polite lab rests: a search finds more in the time that
	// its findings are minimized later.
	restFor = 2

	// maxRest bounds that: what takes longer waits for a process to start.
	maxRest = 20 * time.Millisecond
)

// rest lets others go first, after work that took so long.
func (l *lab) rest(ctx context.Context, took time.Duration) {
	if l.polite == nil {
		return
	}
	t := time.NewTimer(min(restFor*took, maxRest))
	defer t.Stop()
	select {
	case <-t.C:
	case <-l.polite:
	case <-ctx.Done():
	}
}

// close ends the lab's worker.
func (l *lab) close() {
	l.crew.dismiss()
}

// run runs the case with this text so often and returns what each run showed.
// A run that ends its process is a run with one finding. show asks for the
// transcript of so many runs. An error is the campaign's own, or ctx's.
func (l *lab) run(ctx context.Context, spec Spec, text string, times, show int) ([]runReport, error) {
	var out []runReport
	var k kills
	for len(out) < times {
		runs, d, err := l.once(ctx, &spec, request{
			Do: "run", Target: spec.Name, Case: text, Times: times - len(out), Show: show - len(out), Deadly: l.deadly, Spin: l.spin, Features: l.features,
		})
		if err != nil {
			return out, err
		}
		if d != nil && k.excuse(d) {
			continue
		}
		out = append(out, runs...)
		if d != nil {
			l.deaths++
			if d.Case == "" {
				return out, errEarly(d)
			}
			// The runs before the deadly one were not reported.
			for i := uint64(1); i < d.K; i++ {
				out = append(out, runReport{})
			}
			if d.Inconclusive {
				l.inconclusive++
				out = append(out, runReport{Inconclusive: inconclusiveStacks(d)})
				continue
			}
			f := d.judge(spec.New())
			if d.ours != nil {
				return out, d.ours
			}
			out = append(out, runReport{Findings: []harness.Finding{*f}, Spun: d.spun})
		}
	}
	return out[:times], nil
}

// inconclusiveStacks is never empty: an empty one would be a run like any other.
func inconclusiveStacks(d *death) string {
	if d.Output == "" {
		return "(no stacks)"
	}
	return d.Output
}

// once asks the lab's worker, and starts one if there is none.
func (l *lab) once(ctx context.Context, spec *Spec, q request) (runs []runReport, d *death, err error) {
	p, err := l.crew.worker(l.launch, spec.program(l.race))
	if err != nil {
		return nil, nil, err
	}
	begun := time.Now()
	d, err = p.ask(ctx, q, func(a *answer) { runs = a.Runs })
	if d != nil || err != nil {
		l.crew.drop(p)
	}
	l.rest(ctx, time.Since(begun))
	if err == nil && d == nil {
		for _, r := range runs {
			if r.Err != "" {
				return runs, nil, errors.New(r.Err)
			}
		}
	}
	if d != nil && d.Case == "" && !d.outside {
		return nil, nil, errEarly(d)
	}
	return runs, d, err
}

func errEarly(d *death) error {
	return fmt.Errorf("fuzz: a worker ended before it ran anything: %s", d.Output)
}

// shrink returns the smallest case in the bucket that the budget finds, or that it has
// found when over, if not nil, returns true, and how many runs that took. other is
// told of findings in other buckets. The case is sure if it will be found again by who
// does not expect it.
func (l *lab) shrink(ctx context.Context, spec Spec, c *corpus.Case, bucket string, over func() bool, other func(harness.Finding, string)) (min *corpus.Case, runs int, sure bool) {
	l.deadly = []string{bucket}
	end := time.Now().Add(minimizeTime)
	if l.polite != nil {
		end = end.Add(restFor * minimizeTime)
	}
	deaths := l.deaths + minimizeDeaths
	closely := true         // so is the finding of the smallest so far
	var spun []*corpus.Case // that were kept, each smaller than the one before
	keep := func(c *corpus.Case) bool {
		if ctx.Err() != nil || l.deaths >= deaths || time.Now().After(end) || over != nil && over() {
			return false
		}
		text := string(corpus.Format(c))
		runs, err := l.run(ctx, spec, text, 1, 0)
		if err != nil {
			return false
		}
		hit := false
		for _, f := range runs[0].Findings {
			if f.Bucket() == bucket {
				hit = closely || !f.Close
				closely = closely && (f.Close || !hit)
			} else if other != nil {
				other(f, text)
			}
		}
		if hit && runs[0].Spun {
			spun = append(spun, c)
		}
		return hit
	}
	m := &Minimizer{Keep: keep, Budget: minimizeRuns}
	if min, runs = m.Run(c); len(spun) == 0 {
		return min, runs, true
	}
	smallest, more, sure := l.surest(ctx, spec, append([]*corpus.Case{c}, spun...), bucket)
	return smallest, runs + more, sure
}

// surest returns the smallest of cases, each smaller than the one before, that computes
// half as long again as a run may, and how many runs that took. A loop that is expected is
// told much sooner: the smallest of all may end by itself before anybody else would take it
// for one. The first of them is not tried, and not sure.
func (l *lab) surest(ctx context.Context, spec Spec, cases []*corpus.Case, bucket string) (smallest *corpus.Case, runs int, sure bool) {
	spin := l.spin
	defer func() { l.spin = spin }()
	l.deadly, l.spin = nil, cmp.Or(spin, harness.SpinAfter)*3/2
	last := len(cases) - 1
	back := least(0, last, func(n int) bool {
		runs++
		r, err := l.run(ctx, spec, string(corpus.Format(cases[last-n])), 1, 0)
		return err == nil && r[0].bucket(bucket) != nil
	})
	return cases[last-back], runs, back < last
}

// rate runs the case so often and returns how often it fell into the bucket, with the
// first run that did, if any; that one has its transcript. What is expected is told sooner
// if it is a loop.
func (l *lab) rate(ctx context.Context, spec Spec, text, bucket string, times int, expected bool) (int, *runReport, error) {
	if l.deadly = nil; expected {
		l.deadly = []string{bucket}
	}
	runs, err := l.run(ctx, spec, text, times, 1)
	if err != nil {
		return 0, nil, err
	}
	n := 0
	var first *runReport
	for i := range runs {
		if runs[i].bucket(bucket) == nil {
			continue
		}
		n++
		if first == nil || first.Transcript == "" {
			first = &runs[i]
		}
	}
	return n, first, nil
}
