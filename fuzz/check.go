package fuzz

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
)

// A Check makes the report card of targets: it runs every scenario and every
// seed that a target can run, its own among them, once, each target's in a worker
// process, which may die. Targets is required, at most one server and one client; Exe, WorkerArgs and Mem are as in [Campaign].
type Check struct {
	Targets []Spec
	Profile harness.Profile
	Rules   []string // ids of the rules that are wanted; empty: all

	Exe        string
	WorkerArgs []string
	Mem        int64

	// OnProgress, if not nil, is told after each case how many of how many have
	// been run, by the goroutine that called Run.
	OnProgress func(done, all int)
}

// A NotReadyError says that a target does not even greet, log in and select: a
// card of it would say nothing.
type NotReadyError struct {
	Target string
	Err    error
}

// Error returns one line: what was tried, and what came back.
func (e *NotReadyError) Error() string { return e.Target + ": " + e.Err.Error() }

// Unwrap returns what came back.
func (e *NotReadyError) Unwrap() error { return e.Err }

// Run makes the card. The error is a [NotReadyError], ctx's, or our own.
func (k Check) Run(ctx context.Context) (*harness.Card, error) {
	type todo struct {
		spec   Spec
		target harness.Target
		cases  []corpus.Seed
		left   []string
	}
	var work []todo
	all, done := 0, 0
	of := map[corpus.Target]string{}
	for _, spec := range k.Targets {
		target := spec.New()
		if other, ok := of[target.Tests()]; ok {
			return nil, fmt.Errorf("want one %s, got %s and %s", target.Tests(), other, spec.Name)
		}
		of[target.Tests()] = spec.Name
		cases, left, err := casesFor(spec, target)
		if err != nil {
			return nil, err
		}
		all += len(cases)
		work = append(work, todo{spec, target, cases, left})
	}
	var tested []*harness.Tested
	for _, w := range work {
		t, err := k.one(ctx, w.spec, w.target, w.cases, func() {
			if done++; k.OnProgress != nil {
				k.OnProgress(done, all)
			}
		})
		if err != nil {
			return nil, err
		}
		t.LeftOut = w.left
		tested = append(tested, t)
	}
	return harness.NewCard(k.Profile, k.Rules, tested...), nil
}

// casesFor returns the cases by which target is judged: the scenarios, the
// seeds, and those that spec brings. Of those for its side that it cannot run, left
// says how many there are, and why.
func casesFor(spec Spec, target harness.Target) (out []corpus.Seed, left []string, err error) {
	count := map[string]int{}
	add := func(name string, c *corpus.Case) {
		if err := unfit(target, c); err == nil {
			out = append(out, corpus.Seed{Name: name, Case: c})
		} else if c.Target == target.Tests() {
			count[err.Error()]++
		}
	}
	for _, s := range corpus.Scenarios() {
		add("scenarios/"+s.Name, s.Case)
	}
	for _, s := range corpus.Seeds() {
		add("seeds/"+s.Name, s.Case)
	}
	for i, text := range spec.Seeds {
		name := fmt.Sprintf("%s/%d", spec.Name, i+1)
		c, err := corpus.Parse(name, []byte(text))
		if err != nil {
			return nil, nil, err
		}
		add(name, c)
	}
	for _, why := range slices.Sorted(maps.Keys(count)) {
		left = append(left, fmt.Sprintf("%d of its cases are not run: %s", count[why], why))
	}
	return out, left, nil
}

// one tries one target.
func (k Check) one(ctx context.Context, spec Spec, target harness.Target, cases []corpus.Seed, tick func()) (*harness.Tested, error) {
	mem := k.Mem
	if mem == 0 {
		mem = DefaultMem
	}
	launch, err := newLaunch(k.Exe, k.WorkerArgs, mem)
	if err != nil {
		return nil, err
	}
	l := &lab{launch: launch, specs: k.Targets}
	defer l.close()
	first, err := l.try(ctx, spec, "preflight", harness.Preflight(target), k.Profile)
	if err != nil {
		return nil, err
	}
	if err := first.Ready(); err != nil {
		return nil, &NotReadyError{spec.Name, err}
	}
	t := &harness.Tested{Name: spec.Name, Version: spec.Version, Tests: target.Tests()}
	if c, ok := target.(*harness.Client); ok {
		t.Calls = c.Calls
	}
	for _, s := range cases {
		tr, err := l.try(ctx, spec, s.Name, s.Case, k.Profile)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		t.Trials = append(t.Trials, tr)
		tick()
	}
	return t, nil
}

// try runs one case once.
func (l *lab) try(ctx context.Context, spec Spec, name string, c *corpus.Case, p harness.Profile) (*harness.Trial, error) {
	tr := harness.NewTrial(name, c)
	runs, d, err := l.once(ctx, &spec, request{Do: "run", Target: spec.Name, Case: tr.Text, Times: 1, Trial: name, Profile: p})
	switch {
	case err != nil:
		return nil, err
	case d != nil && d.Inconclusive:
		tr.Lost = "the run could not go on in fake time"
	case d != nil:
		f := *d.judge(spec.New())
		tr.Findings, tr.All = []harness.Finding{f}, []harness.Finding{f}
		tr.Lost = "the run ended its process"
	case len(runs) == 1 && runs[0].Skipped != "":
		tr.Lost = "the target's author leaves it out: " + runs[0].Skipped
	case len(runs) != 1 || runs[0].Trial == nil:
		return nil, errors.New("fuzz: a worker said nothing of a trial")
	default:
		tr = runs[0].Trial
	}
	return tr, nil
}
