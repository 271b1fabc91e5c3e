package refuses

import (
	"errors"
	"io"
	"net"
	"testing"

	"github.com/imapfuzz/imapfuzz/fuzz"
	"github.com/imapfuzz/imapfuzz/harness"
)

// FuzzRefuses has a target that does not start.
func FuzzRefuses(f *testing.F) {
	fuzz.Server(f, &harness.Server{Start: func(net.Listener, io.Writer) (func(), error) {
		return nil, errors.New("no licence")
	}})
}

// FuzzPanics has a target that dies of every case.
func FuzzPanics(f *testing.F) {
	fuzz.Server(f, &harness.Server{Start: func(ln net.Listener, _ io.Writer) (func(), error) {
		go func() { panic("born to die") }()
		return func() { ln.Close() }, nil
	}})
}
