package magic

import (
	"testing"

	"github.com/imapfuzz/imapfuzz/fuzz"
	"github.com/imapfuzz/imapfuzz/harness"
)

func FuzzServer(f *testing.F) {
	var o fuzz.Options
	for _, r := range harness.Rules() {
		if r.Kind != harness.Crash {
			o.Known = append(o.Known, r.ID) // magic, which does little, breaks them by design
		}
	}
	f.Add([]byte("imapfuzz case 1\ntarget: server\n\nC: a1 LIST \"\" *\n"))
	fuzz.ServerWith(f, &harness.Server{Start: Serve}, o)
}
