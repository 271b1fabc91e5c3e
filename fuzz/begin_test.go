package fuzz

import (
	"io"
	"net"
	"runtime"
	"sync"
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
	target := goimap.Server().Wrapped(func(start harness.StartFunc) harness.StartFunc {
		return func(ln net.Listener, log io.Writer) (func(), error) {
			return start(readsListener{readsListener{ln, &all}, &of}, log)
		}
	})
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

// TestEveryRunAsksAServerTheSame has a case that takes INBOX away: who looks for it one
// by one notices before he asks what is in it, who asks all at once does not.
func TestEveryRunAsksAServerTheSame(t *testing.T) {
	var n atomic.Int64
	target := goimap.Server().Wrapped(func(start harness.StartFunc) harness.StartFunc {
		return func(ln net.Listener, log io.Writer) (func(), error) { return start(readsListener{ln, &n}, log) }
	})
	c := serverCase(t, "C: a1 LOGIN test test\nC: a2 DELETE INBOX\n")
	sc := new(harness.Scratch)
	asked := map[int64]int{}
	for range 140 {
		o := harness.Options{Scratch: sc, Begin: func() { n.Store(0) }}
		if res := harness.Run(t, target, c, o); res.Err != nil {
			t.Fatal(res.Err)
		}
		asked[n.Load()]++
	}
	if len(asked) != 1 {
		t.Errorf("bytes that the server read, and in how many runs: %v", asked)
	}
}

// endListener counts the connections of which a server has neither read the end nor
// closed them.
type endListener struct {
	net.Listener
	open *atomic.Int64
}

// Accept accepts a connection.
func (l endListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.open.Add(1)
	return &endConn{Conn: c, open: l.open}, nil
}

type endConn struct {
	net.Conn
	open *atomic.Int64
	once sync.Once
}

func (c *endConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil {
		c.once.Do(func() { c.open.Add(-1) })
	}
	return n, err
}

func (c *endConn) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}

// TestAServerIsStoppedWhileASessionIsThere has others go first before the server stops,
// as the scheduler may at any time: what it stops must not depend on that.
func TestAServerIsStoppedWhileASessionIsThere(t *testing.T) {
	for _, turns := range []int{0, 1, 100} {
		var open, stopped atomic.Int64
		target := goimap.Server().Wrapped(func(start harness.StartFunc) harness.StartFunc {
			return func(ln net.Listener, log io.Writer) (func(), error) {
				stop, err := start(endListener{ln, &open}, log)
				return func() {
					for range turns {
						runtime.Gosched()
					}
					stopped.Store(open.Load())
					stop()
				}, err
			}
		})
		res := harness.Run(t, target, serverCase(t, "C: a1 NOOP\n"), harness.Options{})
		if res.Err != nil || len(res.Findings) != 0 {
			t.Fatal(res.Err, res.Findings)
		}
		if stopped.Load() != 1 {
			t.Errorf("after %d turns of others, %d sessions when the server stops, want that of the bystander", turns, stopped.Load())
		}
	}
}
