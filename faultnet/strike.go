package faultnet

import (
	"slices"
	"time"
)

// A Strike is a fault that took effect.
type Strike struct {
	Order int           // 1 for the first strike of the connection, and so on
	Side  Side          // whose stream
	At    int64         // how many bytes of the original stream came before it
	Fault Fault         // what happened
	Since time.Duration // when, since the connection was made
	Rule  string        // the rule that asked for it, in canonical form
}

// JournalPlan returns the plan that makes the same strikes again, at the same
// positions of the streams: it needs no marks, no patterns and no clock, and
// without one of its rules all others strike where they did. Strikes of the
// making of a connection are in it too.
//
// What was healed before another byte came needs no healing in it: a stall lasts
// as long as it did, all else is left out.
func JournalPlan(journal []Strike) Plan {
	strikes := slices.Clone(journal)
	for i, s := range strikes {
		if s.Fault.Kind.class() != classHeal {
			continue
		}
		strikes[i].Fault = Fault{Kind: Heal, Heals: s.Fault.Heals} // of Quiet too: there are no rules to silence
		for j := range strikes[:i] {
			if b := &strikes[j]; b.Side == s.Side && b.At == s.At {
				b.Fault = b.Fault.healedAfter(s.Since-b.Since, s.Fault.Heals)
			}
		}
	}
	var p Plan
	for _, s := range strikes {
		if s.Fault.Kind != 0 {
			p.Rules = append(p.Rules, Rule{Side: s.Side, When: When{At: s.At}, Fault: s.Fault})
		}
	}
	return p
}

// healedAfter returns what is left of f when the kind k, or all that lasts for 0,
// is healed d later and nothing came in between.
func (f Fault) healedAfter(d time.Duration, k Kind) Fault {
	switch {
	case !f.Kind.Lasting() || k != 0 && k != f.Kind:
		return f
	case (f.Kind == Stall || f.Kind == NoRead) && d > 0:
		if f.D == 0 || d < f.D {
			f.D = d
		}
		return f
	}
	return Fault{}
}
