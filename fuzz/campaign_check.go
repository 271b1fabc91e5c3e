package fuzz

import (
	"context"
	"errors"
	"fmt"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// check runs, before the search, the seeds and what earlier runs have found,
// and returns the cases of earlier runs by target. Seeds whose expectations do
// not hold are reported: dead seeds spoil a campaign unseen.
func (r *running) check(ctx context.Context) (map[string][]string, error) {
	cases, errs := r.keeper.news()
	for _, err := range errs {
		r.problem(err.Error())
	}
	old := map[string][]string{}
	for _, c := range cases {
		if spec, err := specFor(r.Targets, c); err == nil {
			old[spec.Name] = append(old[spec.Name], string(corpus.Format(c)))
		}
	}
	l := &lab{launch: r.launch, specs: r.Targets}
	defer l.close()
	for _, spec := range r.Targets {
		var dead []string
		seeds := spec.seeds()
		for _, seed := range seeds {
			run, err := r.try(ctx, l, spec, string(corpus.Format(seed.Case)))
			if err != nil {
				return nil, fmt.Errorf("seed %s: %w", seed.Name, err)
			}
			if len(run.Diverged) > 0 {
				dead = append(dead, fmt.Sprintf("seed %s does not hold: %s", seed.Name, run.Diverged[0]))
			}
		}
		r.tellDead(spec, dead, len(seeds))
	}
	for _, p := range r.inputs {
		if _, err := r.try(ctx, l, p.spec, p.text); err != nil {
			return nil, err
		}
	}
	return old, nil
}

// tellDead says which of a target's seeds do not get the replies that they state;
// a target that does only a part of IMAP has many such.
func (r *running) tellDead(spec Spec, dead []string, seeds int) {
	for i, line := range dead {
		if i == maxDead {
			r.problem(fmt.Sprintf("%s: %d of %d seeds do not get the replies that they state", spec.Name, len(dead), seeds))
			return
		}
		r.problem(line)
	}
}

// maxDead bounds how many dead seeds are named.
const maxDead = 5

// try runs one case and notes what it shows.
func (r *running) try(ctx context.Context, l *lab, spec Spec, text string) (*runReport, error) {
	before, stuck := l.deaths, l.inconclusive
	runs, err := l.run(ctx, spec, text, 1, 0)
	if own := (*ownFailure)(nil); errors.As(err, &own) {
		r.ours(err, text)
		return &runReport{}, nil
	}
	if err != nil {
		return nil, err
	}
	r.inconclusive.Add(int64(l.inconclusive - stuck))
	for i := range runs[0].Findings {
		r.found(spec, &runs[0].Findings[i], text, 1, l.deaths > before)
	}
	r.count(&counts{Cases: 1, Steps: int64(runs[0].Steps), Faults: int64(runs[0].Faults)})
	return &runs[0], nil
}
