package fuzz

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
)

// lastInput marks the end of what a FuzzXxx has added itself.
var lastInput = []byte("\x00imapfuzz: the campaign goes on from here\x00")

// serveCampaign makes the test binary that runs f a worker, and does not return:
// the campaign that started it asks, and the process ends with the campaign.
// Package testing gives what a bubble needs, a *testing.T, and runs the target's
// FuzzXxx as its author has written it, with all that it prepares.
func serveCampaign(f *testing.F, target harness.Target, o Options) {
	var own [][]byte
	f.Add(lastInput)
	f.Fuzz(func(t *testing.T, data []byte) {
		if !bytes.Equal(data, lastInput) {
			own = append(own, bytes.Clone(data))
			return
		}
		files, _ := filepath.Glob(filepath.Join("testdata", "fuzz", f.Name(), "*"))
		for _, name := range files {
			if data, err := readInput(name); err == nil {
				own = append(own, data)
			}
		}
		w := newWorker([]Spec{{Name: os.Getenv(workerVariable), New: func() harness.Target { return target }}})
		w.skip = o.Skip
		w.about = describe(target)
		w.about.Known, w.about.Own = o.Known, ownCases(target, own)
		if err := w.serve(t); err != nil {
			fmt.Fprintln(os.Stderr, "imapfuzz worker:", err)
			os.Exit(2)
		}
		os.Exit(0)
	})
}

// ownCases returns the inputs as cases, in canonical text.
func ownCases(target harness.Target, inputs [][]byte) []string {
	var out []string
	v := vocabulary(target)
	for _, data := range inputs {
		if c := Decode(target.Tests(), data, v); fits(target, c) && c.Valid() == nil {
			out = append(out, string(corpus.Format(c)))
		}
	}
	return out
}
