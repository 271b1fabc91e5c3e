package fuzz

import (
	"io"
	"net"
	"sync/atomic"
	"testing"

	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
)

// readsListener counts what a server reads, in bytes.
type readsListener struct {
	net.Listener
	n *atomic.Int64
}

func (l readsListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &readsConn{c, l.n}, nil
}

type readsConn struct {
	net.Conn
	n *atomic.Int64
}

func (c *readsConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.n.Add(int64(n))
	return n, err
}

// TestWhatComesBeforeACaseIsNoPartOfIt counts as edges are counted: the harness reads
// what a fresh store holds in some runs and not in others.
func TestWhatComesBeforeACaseIsNoPartOfIt(t *testing.T) {
	var all, of atomic.Int64
	target := goimap.Server()
	start := target.Start
	target.Start = func(ln net.Listener, log io.Writer) (func(), error) {
		return start(readsListener{readsListener{ln, &all}, &of}, log)
	}
	c := serverCase(t, "C: a1 LOGIN test test\nC: a2 NOOP\n")
	sc := new(harness.Scratch)
	whole, counted, begun := map[int64]int{}, map[int64]int{}, 0
	for range 70 {
		all.Store(0)
		begin := func() {
			begun++
			of.Store(0)
		}
		if res := harness.Run(t, target, c, harness.Options{Scratch: sc, Begin: begin}); res.Err != nil {
			t.Fatal(res.Err)
		}
		whole[all.Load()]++
		counted[of.Load()]++
	}
	if begun != 70 || len(counted) != 1 || len(whole) < 2 {
		t.Errorf("begun %d times; bytes read in whole runs %v, from the first step on %v", begun, whole, counted)
	}
}
