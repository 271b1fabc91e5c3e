package main

import (
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/fuzz"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/plants"
	"github.com/imapfuzz/imapfuzz/internal/yardstick/raw"
)

// The targets of the engines. Plain go test runs their seeds against the clean
// twins, which must pass.

func FuzzCasesServer(f *testing.F) { fuzz.Server(f, raw.Target(false).(*harness.Server)) }

func FuzzCasesClient(f *testing.F) { fuzz.Client(f, raw.Target(true).(*harness.Client)) }

func FuzzRawServer(f *testing.F) { fuzzRaw(f, corpus.Server) }

func FuzzRawClient(f *testing.F) { fuzzRaw(f, corpus.Client) }

func fuzzRaw(f *testing.F, tests corpus.Target) {
	for _, seed := range raw.Seeds(tests) {
		f.Add(seed)
	}
	target := raw.Target(tests == corpus.Client)
	f.Fuzz(func(t *testing.T, data []byte) {
		r := harness.Run(t, target, raw.Case(tests, data), harness.Options{})
		if r.Err != nil {
			t.Skip(r.Err)
		}
		for i := range r.Findings {
			t.Errorf("%v", &r.Findings[i])
		}
	})
}

func TestTheMarksOfTheYardstick(t *testing.T) {
	all := map[string]plants.Plant{}
	for _, p := range plants.Bugs() {
		all[p.Name] = p
	}
	seen, kinds := map[string]bool{}, map[harness.Kind]bool{}
	for _, m := range marks() {
		p, ok := all[m]
		if !ok {
			t.Errorf("there is no plant %q", m)
			continue
		}
		if seen[m] {
			t.Errorf("%s is there twice", m)
		}
		side := faultnet.Server
		if p.Client {
			side = faultnet.Client
		}
		if r, ok := harness.RuleFor(p.Rule, side); !ok || r.Scenario {
			t.Errorf("%s breaks %s, which is judged in scenarios alone: no search can find it", m, p.Rule)
		}
		seen[m], kinds[p.Kind] = true, true
	}
	if len(seen) < 40 {
		t.Errorf("%d plants, want 40", len(seen))
	}
	for _, k := range []harness.Kind{
		harness.Crash, harness.Hang, harness.Leak, harness.Resource, harness.DataLoss, harness.Duplicate,
		harness.Lie, harness.Protocol, harness.State, harness.Injection,
	} {
		if !kinds[k] {
			t.Errorf("no plant is a %s", k)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, tt := range []struct {
		in   []float64
		want float64
	}{
		{[]float64{3}, 3},
		{[]float64{never, 1, 2}, 2},
		{[]float64{never, never, 2}, never},
		{[]float64{4, 2}, 4}, // of an even number the later one: a median that was measured
	} {
		if got := median(tt.in); got != tt.want {
			t.Errorf("median of %v is %v, want %v", tt.in, got, tt.want)
		}
	}
}
