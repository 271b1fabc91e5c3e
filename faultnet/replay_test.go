package faultnet

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"testing/synctest"
)

// TestAJournalReplaysToTheSameBytes makes random plans of several faults on the
// server's stream, and replays what struck.
func TestAJournalReplaysToTheSameBytes(t *testing.T) {
	const plans = 2000
	ran, several := 0, 0
	for seed := range uint64(plans) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		var p Plan
		for range 2 + rnd.IntN(4) {
			e, tr := effects[rnd.IntN(len(effects))], triggers[rnd.IntN(len(triggers))]
			r, err := ParseRule("server" + tr.when + ": " + e.what)
			if err != nil {
				t.Fatal(err)
			}
			p.Rules = append(p.Rules, r)
		}
		synctest.Test(t, func(t *testing.T) {
			l := NewLink(Options{Plan: p, NewMarker: newWords})
			first := deliver(l, 1+rnd.IntN(len(stream)))
			journal := l.Journal()
			if len(journal) > 1 {
				several++
			}
			if len(journal)+len(l.Unfired()) != len(p.Rules) {
				t.Errorf("%s%d struck and %d did not", p, len(journal), len(l.Unfired()))
			}
			again := NewLink(Options{Plan: JournalPlan(journal)})
			second := deliver(again, 1+rnd.IntN(len(stream)))
			if first.got != second.got || first.end != second.end {
				t.Errorf("%sread %q %s,\nits journal\n%sgives %q %s", p, first.got, first.end, JournalPlan(journal), second.got, second.end)
			}
			whole := NewLink(Options{Plan: p, NewMarker: newWords})
			third := deliver(whole, len(stream))
			if first.got != third.got || first.end != third.end || !reflect.DeepEqual(places(journal), places(whole.Journal())) {
				t.Errorf("%sdepends on how the bytes are written: %q %s and %q %s", p, first.got, first.end, third.got, third.end)
			}
			ran++
		})
	}
	if ran != plans || several < plans/2 {
		t.Errorf("%d plans ran, %d struck twice or more", ran, several)
	}
}

// places is a journal without its times.
func places(journal []Strike) []Strike {
	var p []Strike
	for _, s := range journal {
		s.Since = 0
		p = append(p, s)
	}
	return p
}
