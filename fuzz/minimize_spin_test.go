package fuzz

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
)

func TestWhatComputesTooLongIsNotMinimizedToWhatJustDoesNot(t *testing.T) {
	const most = 16
	l := &Lab{Targets: plantedSpecs()[:1]}
	defer l.Close()
	if err := l.open(); err != nil {
		t.Fatal(err)
	}
	l.lab.spin = 200 * time.Millisecond
	c := serverCase(t, "C: a1 NOOP\nC: a2 XBURN "+strings.Repeat("z", most)+"\nC: a3 NOOP\n")
	const bucket = "hang/no-hang/fuzz.plantedLoop"
	smallest, calls, sure := l.lab.shrink(t.Context(), l.Targets[0], c, bucket, nil, nil)
	text := corpus.Format(smallest)
	if n := bytes.Count(text, []byte("z")); !sure || len(smallest.Steps) != 1 || n == most {
		t.Errorf("%d calls left %d steps, and %d z of %d", calls, len(smallest.Steps), n, most)
	}
	l.lab.deadly = nil // as a replay knows nothing
	runs, err := l.lab.run(t.Context(), l.Targets[0], string(text), 3, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range runs {
		if runs[i].bucket(bucket) == nil {
			t.Errorf("run %d of the smallest: want %s, got %v\n%s", i+1, bucket, runs[i].Findings, text)
		}
	}
}
