package faultnet

import (
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
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
			p.Rules = append(p.Rules, randomRule(t, rnd, Server))
		}
		synctest.Test(t, func(t *testing.T) {
			l := NewLink(Options{Plan: p, NewMarker: newWords})
			first := deliver(l, 1+rnd.IntN(len(stream)))
			journal := l.Journal()
			if len(journal) > 1 {
				several++
			}
			if n := len(journal) + len(l.Unfired()); n < len(p.Rules) || n > len(p.Rules) && !longer(p) {
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

// randomRule makes a rule about the stream of side from the tables of effects and
// triggers, which may repeat and end.
func randomRule(t *testing.T, rnd *rand.Rand, side Side) Rule {
	t.Helper()
	e, tr := effects[rnd.IntN(len(effects))], triggers[rnd.IntN(len(triggers))]
	again := ""
	if rnd.IntN(5) == 0 && !strings.Contains(tr.when, "write") { // how many there are is not ours to say
		again = fmt.Sprintf(" every %d", 1+rnd.IntN(9))
	}
	if end := triggers[rnd.IntN(len(triggers))]; rnd.IntN(5) == 0 && end.at > 0 && !strings.Contains(end.when, "write") {
		again += " until" + end.when
	}
	r, err := ParseRule(side.String() + tr.when + again + ": " + e.what)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// longer reports whether p may strike more often than it has rules.
func longer(p Plan) bool {
	return slices.ContainsFunc(p.Rules, func(r Rule) bool {
		return r.Repeat != (Repeat{}) || r.Until != (When{}) || r.Fault.Kind == Quiet
	})
}

// TestTheSamePlanMakesTheSameJournal1000TimesOf1000 runs one plan on processors
// enough and too few, with both sides sending at once.
func TestTheSamePlanMakesTheSameJournal1000TimesOf1000(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	p, err := ParsePlan(`server chance 0.1 seed 3 every 1: insert "+"; server line 2 every 1: delay 1s..5s; server brace 2: chop 1..4
		client every 7 until @40: flip 0x20; client after "l": throttle 20B/s; client line 4: hole; server time 30s: quiet`)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for i := range 1000 {
		runtime.GOMAXPROCS(1 + i%4)
		synctest.Test(t, func(t *testing.T) {
			l := NewLink(Options{Plan: p, NewMarker: newWords, Buffer: 16})
			var wg sync.WaitGroup
			got := make([]string, 2)
			for k, c := range []*Conn{l.Client(), l.Server()} {
				wg.Go(func() { c.Write([]byte(stream + stream)); c.CloseWrite() })
				wg.Go(func() {
					c.SetReadDeadline(time.Now().Add(time.Hour))
					b, err := io.ReadAll(c)
					got[k] = fmt.Sprintf("%s %v", b, err)
				})
			}
			wg.Wait()
			seen[fmt.Sprintf("%q\n%s", got, sorted(JournalPlan(l.Journal())))]++
			if len(l.Journal()) < 20 {
				t.Fatalf("only %d strikes", len(l.Journal()))
			}
		})
	}
	if len(seen) != 1 {
		for s, n := range seen {
			t.Errorf("%d times:\n%s", n, s)
		}
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
