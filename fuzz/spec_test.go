package fuzz

import (
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/plants"
)

func TestASearchBeginsWithSeedsAndScenarios(t *testing.T) {
	for _, target := range []harness.Target{plants.Server(), plants.Client()} {
		spec := Spec{Name: "x", New: func() harness.Target { return target }}
		seeds, inputs := spec.seeds(), spec.inputs()
		if len(inputs) < len(seeds)+40 {
			t.Errorf("%s: %d inputs, %d of them seeds", target.Tests(), len(inputs), len(seeds))
		}
		for i, c := range inputs {
			if i < len(seeds) {
				continue
			}
			if len(c.Rules) > 0 || len(c.Note) > 0 || len(c.Steps) > maxScenario || dataSize(c) > maxScenarioData || c.Target != target.Tests() {
				t.Errorf("input %d has rules, notes, or is too large:\n%s", i, corpus.Format(c))
			}
			checkCase(t, c, "input")
		}
	}
}
