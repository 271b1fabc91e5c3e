package harness_test

import (
	"io"
	"net"
	"slices"
	"testing"

	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/plants"
)

// keepsOne is a listener that keeps a goroutine for each connection until the server is
// stopped.
type keepsOne struct {
	net.Listener
	stopped chan struct{}
}

// Accept accepts a connection.
func (l keepsOne) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		go func() { <-l.stopped }()
	}
	return c, err
}

func TestALeakIsSeenInEveryRunThatUsesOneScratch(t *testing.T) {
	target := plants.Server().Wrapped(func(start harness.StartFunc) harness.StartFunc {
		return func(ln net.Listener, log io.Writer) (func(), error) {
			kept := keepsOne{ln, make(chan struct{})}
			stop, err := start(kept, log)
			return func() {
				close(kept.stopped)
				stop()
			}, err
		}
	})
	c := parse(t, head+"\nC: a1 LOGIN test test\nC: a2 NOOP\n")
	scratch := new(harness.Scratch)
	for i := range 4 {
		r := harness.Run(t, target, c, harness.Options{Scratch: scratch})
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		if !slices.ContainsFunc(r.Findings, func(f harness.Finding) bool { return f.Rule == "no-leak" }) {
			t.Errorf("run %d: want no-leak, got %s", i+1, list(r.Findings))
		}
	}
}
