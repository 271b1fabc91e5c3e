package tiny

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/fuzz"
	"github.com/imapfuzz/imapfuzz/harness"
)

// known are the rules that tiny, which does little, breaks by design.
func known() fuzz.Options {
	var o fuzz.Options
	for _, r := range harness.Rules() {
		if r.Kind != harness.Crash {
			o.Known = append(o.Known, r.ID)
		}
	}
	return o
}

func FuzzServer(f *testing.F) {
	f.Add([]byte("imapfuzz case 1\ntarget: server\n\nC: a1 LOGIN test test\nS: a1 OK\nC: a2 SELECT INBOX\nC: a3 STORE 1 +FLAGS (\\Seen)\n"))
	o := known()
	o.Skip = func(c *corpus.Case) string {
		for i := range c.Steps {
			if strings.Contains(string(c.Steps[i].Data), "XSKIP") {
				return "tiny is not ready for it"
			}
		}
		return ""
	}
	fuzz.ServerWith(f, &harness.Server{Start: Serve}, o)
}

func FuzzClient(f *testing.F) {
	fuzz.ClientWith(f, &harness.Client{Drive: func(_ context.Context, conn net.Conn) error { return Greet(conn) }}, known())
}

// FuzzOther is a fuzz target that has nothing to do with imapfuzz.
func FuzzOther(f *testing.F) {
	f.Add(1)
	f.Fuzz(func(*testing.T, int) {})
}
