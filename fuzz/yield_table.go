package fuzz

import (
	"cmp"
	"slices"
)

// A KindYield is what one kind of mutation or fault, or one source of cases, has
// brought in a campaign.
type KindYield struct {
	Kind  string `json:"kind"`  // its name; of a fault, its word behind "!"
	Drawn int64  `json:"drawn"` // cases that it had a part in
	Kept  int64  `json:"kept"`  // of these, that showed something new
}

// kindTable adds up what all streams of a campaign say, by name: drawn, kept.
type kindTable map[string][2]int64

func (t *kindTable) add(more map[string][2]int64) {
	if *t == nil {
		*t = kindTable{}
	}
	for name, n := range more {
		sum := (*t)[name]
		(*t)[name] = [2]int64{sum[0] + n[0], sum[1] + n[1]}
	}
}

// table returns the kinds, the most fruitful ones first.
func (t kindTable) table() []KindYield {
	out := make([]KindYield, 0, len(t))
	for name, n := range t {
		out = append(out, KindYield{Kind: name, Drawn: n[0], Kept: n[1]})
	}
	slices.SortFunc(out, func(a, b KindYield) int {
		return cmp.Or(-cmp.Compare(a.Kept*max(b.Drawn, 1), b.Kept*max(a.Drawn, 1)), cmp.Compare(a.Kind, b.Kind))
	})
	return out
}
