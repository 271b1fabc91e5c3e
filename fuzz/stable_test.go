package fuzz

import (
	"bytes"
	"io"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
)

// counted is a worker of go-imap's server whose edges the test itself counts: taken is
// called when the last connection of the case is accepted, with the counters of a function
// with four edges.
func counted(taken func(edges []uint32)) (*worker, *request) {
	words := []uint32{4, 1, 1, 0, 0, 0, 0}
	target := goimap.Server().Wrapped(func(inner harness.StartFunc) harness.StartFunc {
		return func(ln net.Listener, log io.Writer) (func(), error) {
			return inner(&sixthAccepted{Listener: ln, do: func() { taken(words[headWords:]) }}, log)
		}
	})
	w := &worker{
		targets: map[string]*watched{}, counters: &counters{words: words},
		specs: []Spec{{Name: "counted", New: func() harness.Target { return target }}},
	}
	c, err := corpus.Parse("case", []byte("imapfuzz case 1\ntarget: server\n\nC: a1 NOOP\nC2: b1 NOOP\nC3: c1 NOOP\nC4: d1 NOOP\nC5: e1 NOOP\n"))
	if err != nil {
		panic(err)
	}
	return w, &request{Target: "counted", Case: string(corpus.Format(c)), Times: 3, Features: true}
}

// sixthAccepted calls do when it accepts its sixth connection: no run has so many but for those
// of a case with some.
type sixthAccepted struct {
	net.Listener
	n  int
	do func()
}

// Accept accepts a connection.
func (l *sixthAccepted) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if l.n++; l.n == 6 {
		l.do()
	}
	return c, err
}

func TestWhatATargetSetsUpOnceIsNoPartOfACase(t *testing.T) {
	var once sync.Once
	w, q := counted(func(edges []uint32) {
		edges[0]++
		once.Do(func() { edges[1]++ })
	})
	other := *q
	other.Case = "imapfuzz case 1\ntarget: server\n\nT: 1s\n" // it does not come that far
	if _, err := w.run(t, &other); err != nil {
		t.Fatal(err)
	}
	runs, err := w.run(t, q)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range runs {
		if edges := edgesOf(r.Taken); !slices.Equal(edges, []int{headWords}) || !bytes.Equal(r.Taken, runs[0].Taken) {
			t.Errorf("run %d takes the edges %v, want the one that every run takes", i+1, edges)
		}
	}
}
