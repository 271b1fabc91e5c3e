package fuzz_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/fuzz"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
)

// known reads what go-imap is known for: without it, a fuzzing engine would
// stop at the first input.
func known(f *testing.F) fuzz.Options {
	f.Helper()
	const name = "testdata/known.txt"
	file, err := os.Open(name)
	if err != nil {
		f.Fatal(err)
	}
	defer file.Close()
	list, err := fuzz.ReadKnown(name, file)
	if err != nil {
		f.Fatal(err)
	}
	return fuzz.Options{Known: list}
}

func FuzzServer(f *testing.F) {
	o := known(f)
	o.Skip = func(c *corpus.Case) string {
		wild := 0
		for i := range c.Steps {
			wild += bytes.Count(c.Steps[i].Data, []byte("*")) + bytes.Count(c.Steps[i].Data, []byte("%"))
		}
		if wild > 8 {
			return "many wildcards: go-imap's LIST takes time that is exponential in them"
		}
		return ""
	}
	fuzz.ServerWith(f, goimap.Server(), o)
}
