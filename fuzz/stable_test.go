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
// called when the connection of the case is accepted, with the counters of a function
// with four edges.
func counted(taken func(edges []uint32)) (*worker, *request) {
	words := []uint32{4, 1, 1, 0, 0, 0, 0}
	target := goimap.Server().Wrapped(func(inner harness.StartFunc) harness.StartFunc {
		return func(ln net.Listener, log io.Writer) (func(), error) {
			return inner(&secondAccepted{Listener: ln, do: func() { taken(words[headWords:]) }}, log)
		}
	})
	w := &worker{
		targets: map[string]*watched{}, counters: &counters{words: words},
		specs: []Spec{{Name: "counted", New: func() harness.Target { return target }}},
	}
	c, err := corpus.Parse("case", []byte("imapfuzz case 1\ntarget: server\n\nC: a1 LOGIN test test\n"))
	if err != nil {
		panic(err)
	}
	return w, &request{Target: "counted", Case: string(corpus.Format(c)), Times: 3, Features: true}
}

// secondAccepted calls do when it accepts its second connection: the first is the
// bystander's.
type secondAccepted struct {
	net.Listener
	n  int
	do func()
}

// Accept accepts a connection.
func (l *secondAccepted) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if l.n++; l.n == 2 {
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
