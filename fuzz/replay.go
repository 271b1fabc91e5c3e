package fuzz

import (
	"context"
	"fmt"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
)

// A Lab runs single cases in a worker process, which they may end. Targets is
// required; Exe, WorkerArgs and Mem are as in [Campaign]. Close it after use. A
// Lab is not safe for concurrent use.
type Lab struct {
	Targets    []Spec
	Exe        string
	WorkerArgs []string
	Mem        int64
	Race       bool // run cases with the race detector, where Targets have it

	lab *lab
}

// A Replay is what came of running a case several times.
type Replay struct {
	Target      string
	Runs        int
	Findings    []Finding // with how often each showed; Case is empty
	Stacks      []string  // beside Findings, "" for none
	Transcript  string    // of the first run; "" if it ended its process
	Log         []string
	Diverged    []string // expectations of the case that the first run did not meet
	Unfired     []string // faults that did not strike in the first run
	Differences []string // where runs differed from the first one
	Faults      int
	Skipped     string // why the target's author leaves the case out: it was not run

	// Inconclusive is how many of the runs could not go on in fake time: they
	// say nothing about the target. InconclusiveStacks is where the first of
	// them stood.
	Inconclusive       int
	InconclusiveStacks string
}

func (l *Lab) open() error {
	if l.lab != nil {
		l.lab.specs = l.Targets
		return nil
	}
	mem := l.Mem
	if mem == 0 {
		mem = DefaultMem
	}
	launch, err := newLaunch(l.Exe, l.WorkerArgs, mem)
	if err != nil {
		return err
	}
	l.lab = &lab{launch: launch, specs: l.Targets, race: l.Race}
	return nil
}

// Close ends the worker.
func (l *Lab) Close() {
	if l.lab != nil {
		l.lab.close()
	}
}

// Replay runs c n times (at least once) and returns what it showed. An error
// says that it could not be run, or that ctx is done.
func (l *Lab) Replay(ctx context.Context, c *corpus.Case, n int) (*Replay, error) {
	if err := l.open(); err != nil {
		return nil, err
	}
	spec, err := specFor(l.Targets, c)
	if err != nil {
		return nil, err
	}
	text := string(corpus.Format(c))
	n = max(n, 1)
	runs, err := l.lab.run(ctx, spec, text, n, n)
	if err != nil {
		return nil, err
	}
	first := &runs[0]
	rep := &Replay{
		Target: spec.Name, Runs: n, Transcript: first.Transcript, Log: first.Log,
		Diverged: first.Diverged, Unfired: first.Unfired, Faults: first.Faults,
	}
	for i := range runs {
		if runs[i].Inconclusive == "" {
			continue
		}
		if rep.Inconclusive++; rep.Inconclusive == 1 {
			rep.InconclusiveStacks = runs[i].Inconclusive
		}
	}
	rep.Skipped = first.Skipped
	rep.gather(&spec, runs, len(c.Steps))
	rep.compare(runs)
	return rep, nil
}

// gather counts the findings of the runs, in the order in which they show.
func (rep *Replay) gather(spec *Spec, runs []runReport, steps int) {
	index := map[string]int{}
	var hits []int
	for i := range runs {
		seen := map[string]bool{}
		for j := range runs[i].Findings {
			f := &runs[i].Findings[j]
			b := f.Bucket()
			if seen[b] {
				continue
			}
			seen[b] = true
			at, ok := index[b]
			if !ok {
				at = len(hits)
				index[b] = at
				hits = append(hits, 0)
				var d findingJSON
				d.describe(f)
				d.Steps, d.Known = steps, spec.known(f)
				rep.Findings = append(rep.Findings, d.Finding)
				rep.Stacks = append(rep.Stacks, f.Stack)
			}
			hits[at]++
		}
	}
	for i, n := range hits {
		rep.Findings[i].Reproduces = fmt.Sprintf("%d/%d", n, len(runs))
	}
}

// compare finds where the transcripts of the runs differ: the target draws lots
// there, since the harness does not.
func (rep *Replay) compare(runs []runReport) {
	told := map[int]bool{}
	for i := 1; i < len(runs); i++ {
		if runs[0].Transcript == "" || runs[i].Transcript == "" {
			continue // its process has ended: what happened before is lost
		}
		for _, d := range harness.Diff(runs[0].Transcript, runs[i].Transcript) {
			if told[d.Line] {
				continue
			}
			told[d.Line] = true
			if d.Unordered {
				rep.Differences = append(rep.Differences, fmt.Sprintf("line %d: the order of a list without order: %s", d.Line, d.A))
				continue
			}
			rep.Differences = append(rep.Differences, fmt.Sprintf("line %d: run 1 has %q, run %d has %q", d.Line, d.A, i+1, d.B))
			break // what follows may only be shifted
		}
	}
}

// Minimize returns the smallest case that the budget finds in the bucket of the
// first finding of c, that bucket, and how many runs that took. A case without
// a finding is an error.
func (l *Lab) Minimize(ctx context.Context, c *corpus.Case) (min *corpus.Case, bucket string, runs int, err error) {
	rep, err := l.Replay(ctx, c, 3)
	if err != nil {
		return nil, "", 0, err
	}
	if len(rep.Findings) == 0 && rep.Inconclusive > 0 {
		return nil, "", 0, fmt.Errorf("inconclusive: %d of %d runs could not go on in fake time, the others show no finding", rep.Inconclusive, rep.Runs)
	}
	if len(rep.Findings) == 0 {
		return nil, "", 0, fmt.Errorf("the case shows no finding in %d runs", rep.Runs)
	}
	bucket = rep.Findings[0].Bucket
	spec, err := specFor(l.Targets, c)
	if err != nil {
		return nil, "", 0, err
	}
	ignore := func(harness.Finding, string) {}
	min, runs, _ = l.lab.shrink(ctx, spec, c, bucket, nil, ignore)
	return min, bucket, runs, ctx.Err()
}
