package faultnet

import "time"

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
func JournalPlan(journal []Strike) Plan {
	var p Plan
	for _, s := range journal {
		ft := s.Fault
		if ft.Kind == Quiet { // the journal has no rules to silence, only what lasts
			ft = Fault{Kind: Heal}
		}
		p.Rules = append(p.Rules, Rule{Side: s.Side, When: When{At: s.At}, Fault: ft})
	}
	return p
}
