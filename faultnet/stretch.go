package faultnet

import (
	"fmt"
	"strings"
)

// A SweepReport is what came of a [Sweep].
type SweepReport struct {
	Client, Server int64 // bytes that the two sent in the session without a fault
	Points         int   // that the sweep has
	Ran            int   // of these; fewer if it was ended
	Struck         int   // of those that ran: the fault took effect
	// Stretches are the points at which the fault took effect and the session did
	// not end as it should: by fault, side and position, neighbours with the same
	// outcome together.
	Stretches []Stretch
	// Unreached are points at which the fault never took effect, because the
	// stream was shorter than it had been: such a session is not the same each
	// time.
	Unreached []Stretch
}

// A Stretch is neighbouring points of one fault with the same outcome.
type Stretch struct {
	Side     Side
	From, To int64 // the first and the last position
	Fault    Fault
	Outcome  string // the text of Err, or that the points were not reached
	Err      error  // of the first point
	Name     string // what stands there, "" if nobody has said
}

// Points returns how many points s has.
func (s Stretch) Points() int { return int(s.To-s.From) + 1 }

// String returns "server 188..412, inside the literal: stall 31m: hang".
func (s Stretch) String() string {
	where := fmt.Sprintf("%s %d", s.Side, s.From)
	if s.To > s.From {
		where = fmt.Sprintf("%s..%d", where, s.To)
	}
	if s.Name != "" {
		where += ", " + s.Name
	}
	return fmt.Sprintf("%s: %s: %s", where, s.Fault, s.Outcome)
}

// name asks what stands at the two ends of s.
func (s *Stretch) name(of func(Side, int64) string) {
	if of == nil {
		return
	}
	s.Name = of(s.Side, s.From)
	if last := of(s.Side, s.To); last != s.Name {
		s.Name = fmt.Sprintf("from %s to %s", s.Name, last)
	}
}

// String returns a line about the sweep, and one for each stretch.
func (r *SweepReport) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "client %d bytes, server %d bytes: %d points, %d run, %d struck\n", r.Client, r.Server, r.Points, r.Ran, r.Struck)
	for _, all := range [][]Stretch{r.Stretches, r.Unreached} {
		for _, s := range all {
			fmt.Fprintln(&b, s)
		}
	}
	return b.String()
}

// grow returns all with p, which comes after all the others, in its last stretch
// if it continues that, and in another one otherwise.
func grow(all []Stretch, p point, outcome string) []Stretch {
	side, at, fault := p.rule.Side, p.rule.When.At, p.rule.Fault
	if n := len(all); n > 0 {
		last := &all[n-1]
		if last.Side == side && last.To == at-1 && last.Outcome == outcome && last.Fault.String() == fault.String() {
			last.To = at
			return all
		}
	}
	return append(all, Stretch{Side: side, From: at, To: at, Fault: fault, Outcome: outcome, Err: p.err})
}
