package fuzz

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
)

func TestWhatComputesTooLongIsNotMinimizedToWhatJustDoesNot(t *testing.T) {
	t.Parallel()
	const most = 40
	l := &Lab{Targets: plantedSpecs()[:1]}
	defer l.Close()
	if err := l.open(); err != nil {
		t.Fatal(err)
	}
	l.lab.spin = 800 * time.Millisecond
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

func TestWhatTakesTooMuchMemoryIsMinimizedWithSomethingToSpare(t *testing.T) {
	l := &Lab{Targets: plantedSpecs()[:1]}
	defer l.Close()
	if err := l.open(); err != nil {
		t.Fatal(err)
	}
	const most = 300
	c := serverCase(t, "C: a1 NOOP\nC: a2 XHOG "+strings.Repeat("z", most)+"\nC: a3 NOOP\n")
	const bucket = "resource/bounded-memory/XHOG"
	smallest, _, _ := l.lab.shrink(t.Context(), l.Targets[0], c, bucket, nil, nil)
	text := corpus.Format(smallest)
	runs, err := l.lab.run(t.Context(), l.Targets[0], string(text), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(text, []byte("z")); len(smallest.Steps) != 1 || n >= most/2 {
		t.Errorf("%d steps are left, and %d z of %d", len(smallest.Steps), n, most)
	}
	if f := runs[0].bucket(bucket); f == nil || f.Close {
		t.Errorf("want %s, not closely, got %+v", bucket, runs[0].Findings)
	}
}
