package main

import (
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/fuzz"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/yardstick/raw"
)

func text(c *corpus.Case) []byte { return corpus.Format(c) }

func compact(c *corpus.Case) []byte {
	data, _ := fuzz.Encode(c)
	return data
}

// What bytes mean is up to the seeds: those that begin as a text does are a text,
// all others are the compact code.

func FuzzText(f *testing.F) { searchFor(f, text, nil) }

func FuzzCompact(f *testing.F) { searchFor(f, compact, nil) }

// The fixed-size records cannot say most seeds, so the two are compared without.

func FuzzCompactAlone(f *testing.F) { searchFor(f, nil, nil) }

func FuzzFixedAlone(f *testing.F) { searchFor(f, nil, fixed) }

// The layout of the compact code: a byte of flags, then records whose first byte says
// what they are; one kind has bytes behind it.
const (
	recordSize = 8
	kinds      = 16
	rawKind    = 12
	anyKind    = 7
)

// fixed makes of data some whose records all have one size: those with bytes behind
// them become commands.
func fixed(data []byte) []byte {
	out := append([]byte(nil), data...)
	for i := 1; i < len(out); i += recordSize {
		if out[i]%kinds == rawKind {
			out[i] = anyKind
		}
	}
	return out
}

func searchFor(f *testing.F, seed func(*corpus.Case) []byte, change func([]byte) []byte) {
	target := raw.Target(false)
	f.Add([]byte(nil))
	if seed != nil {
		for _, s := range corpus.Seeds() {
			if s.Case.Target == corpus.Server {
				f.Add(seed(s.Case))
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if change != nil {
			data = change(data)
		}
		r := harness.Run(t, target, fuzz.DecodeFor(target, data), harness.Options{})
		if r.Err != nil {
			t.Skip(r.Err)
		}
		for i := range r.Findings {
			t.Errorf("%v", &r.Findings[i])
		}
	})
}

func TestFixedRecordsHaveNothingBehindThem(t *testing.T) {
	target := raw.Target(false)
	data := append([]byte{3, rawKind, 0, 0, 0, 8, 0, 0, 0}, "canary\r\n"...) // both bits of 3: nothing else is done
	has := func(data []byte) bool {
		for _, s := range fuzz.DecodeFor(target, data).Steps {
			if string(s.Data) == "canary\r\n" {
				return true
			}
		}
		return false
	}
	if !has(data) {
		t.Error("the compact code has changed: the measurement means something else")
	}
	if has(fixed(data)) {
		t.Error("bytes stand for themselves")
	}
}

func TestExecutionsAreReadFromWhatGoTestSays(t *testing.T) {
	for said, want := range map[string]string{
		"fuzz: elapsed: 0s, gathering baseline coverage: 0/144 completed\n--- FAIL: FuzzText":                                    "seed",
		"fuzz: elapsed: 3s, execs: 212 (71/sec), new interesting: 1\nfuzz: elapsed: 4s, execs: 512 (71/sec)\n--- FAIL: FuzzText": "512",
		"fuzz: elapsed: 15s, execs: 212 (71/sec), new interesting: 1 (total: 145)\nPASS":                                         "-",
	} {
		if got := verdict(said); got != want {
			t.Errorf("%q: %s, want %s", said, got, want)
		}
	}
}
