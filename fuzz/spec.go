package fuzz

import (
	"fmt"
	"slices"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
)

// A Spec is a target of a campaign: a name, by which the campaign and its
// workers, which are processes of their own, mean the same target, and how to
// make it. New must be cheap and have no effect.
type Spec struct {
	Name string
	New  func() harness.Target

	// Version is that of what is tested, if it is known: for report cards.
	Version string

	// Program is what runs the target's cases, if it is not the campaign's own
	// worker: New need then not return the target itself, but only something like
	// it. Race, if not nil, is the same with the race detector.
	Program *Program
	Race    *Program

	// Seeds are cases as text that are run beside the seeds that everybody has.
	Seeds []string

	// Words are what the target's code compares with, for the generator: those that are
	// printable and known from nowhere else.
	Words []string

	// Known are the findings that do not count, as in [Options].
	Known []string
}

// program returns what runs the target's cases: with the race detector, if that is
// asked for and there is one.
func (s *Spec) program(race bool) *Program {
	if race && s.Race != nil {
		return s.Race
	}
	return s.Program
}

// known reports whether f does not count.
func (s *Spec) known(f *harness.Finding) bool {
	return slices.Contains(s.Known, f.Rule) || slices.Contains(s.Known, f.Bucket())
}

// vocabulary returns what the generator should know of a target to begin with.
func vocabulary(t harness.Target) *Vocabulary {
	v := DefaultVocabulary(t.Tests())
	if c, ok := t.(*harness.Client); ok {
		if len(c.Calls) > 0 {
			v.Calls = c.Calls
		}
		v.Honest, v.Scripted = c.Peer != nil, true
	}
	v.Restarts = harness.CanRestart(t)
	return v
}

// DecodeFor is [Decode] with what is known of target from the start: the calls
// that a client understands, whether it has an honest peer, and whether a server can
// be restarted.
func DecodeFor(target harness.Target, data []byte) *corpus.Case {
	return Decode(target.Tests(), data, vocabulary(target))
}

// fits reports whether target can run c.
func fits(target harness.Target, c *corpus.Case) bool { return unfit(target, c) == nil }

// unfit returns why target cannot run c, nil if it can.
func unfit(target harness.Target, c *corpus.Case) error {
	name := target.TargetName()
	client, ok := target.(*harness.Client)
	switch {
	case c.Target != target.Tests():
		return fmt.Errorf("%s is a %s, the case is for a %s", name, target.Tests(), c.Target)
	case ok && c.Honest && client.Peer == nil:
		return fmt.Errorf("%s: %w", name, harness.ErrNoPeer)
	case c.Restarts() > 0 && !harness.CanRestart(target):
		return fmt.Errorf("%s: %w", name, harness.ErrNoRestart)
	}
	return nil
}

// seedsFor returns the seeds that target can run.
func seedsFor(target harness.Target) []corpus.Seed {
	var out []corpus.Seed
	for _, s := range corpus.Seeds() {
		if fits(target, s.Case) {
			out = append(out, s)
		}
	}
	return out
}

// seeds returns the seeds that the target can run, and its own.
func (s *Spec) seeds() []corpus.Seed {
	target := s.New()
	out := seedsFor(target)
	for i, text := range s.Seeds {
		if c, err := corpus.Parse("seed", []byte(text)); err == nil && fits(target, c) {
			out = append(out, corpus.Seed{Name: fmt.Sprintf("%s/own-%d", s.Name, i+1), Case: c})
		}
	}
	return out
}

// inputs returns what a search for the target begins with: the seeds, and what the
// scenarios do, which leads to where rules can be broken that few cases come to. Of
// a scenario only what it does is taken, not what it judges: that is for report
// cards.
func (s *Spec) inputs() []*corpus.Case {
	var out []*corpus.Case
	for _, seed := range s.seeds() {
		out = append(out, seed.Case)
	}
	target := s.New()
	for _, scenario := range corpus.Scenarios() {
		c := scenario.Case
		if !fits(target, c) || len(c.Steps) > maxScenario || dataSize(c) > maxScenarioData {
			continue
		}
		c.Note, c.End, c.Rules = nil, nil, nil
		for i := range c.Steps {
			c.Steps[i].Note = nil
		}
		out = append(out, c)
	}
	return out
}

// How large a scenario may be that a search begins with: its mutants are as slow as
// it is.
const (
	maxScenario     = 40
	maxScenarioData = 4 << 10
)

// specByName returns the spec of that name.
func specByName(specs []Spec, name string) (Spec, error) {
	for _, s := range specs {
		if s.Name == name {
			return s, nil
		}
	}
	return Spec{}, fmt.Errorf("fuzz: no target named %q", name)
}

// specFor returns the first spec that can run c.
func specFor(specs []Spec, c *corpus.Case) (Spec, error) {
	var why error
	for _, s := range specs {
		target := s.New()
		err := unfit(target, c)
		if err == nil {
			return s, nil
		}
		if target.Tests() == c.Target {
			why = err
		}
	}
	if why != nil {
		return Spec{}, fmt.Errorf("fuzz: no target for the case: %w", why)
	}
	return Spec{}, fmt.Errorf("fuzz: no target for a %s case", c.Target)
}
