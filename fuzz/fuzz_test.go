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

func FuzzClient(f *testing.F) {
	o := known(f)
	o.Skip = func(c *corpus.Case) string {
		open := 0
		for i := range c.Steps {
			d := c.Steps[i].Data
			open += bytes.Count(d, []byte("("))
			if s := bytes.ToUpper(d); bytes.Contains(s, []byte("CAPABILITY")) || bytes.Contains(s, []byte("ENABLED")) {
				if bytes.Contains(s, []byte("(")) {
					return "a parenthesis among capabilities: go-imap's client reads them for ever"
				}
			}
		}
		if open > 10000 {
			return "deep nesting: the stack of go-imap's client overflows"
		}
		for _, p := range c.Plan {
			if p.Rule.Fault.Kind.Hostile() {
				return "" + hostileSkip(p.Rule.Fault.Data)
			}
		}
		return ""
	}
	fuzz.ClientWith(f, goimap.Client(), o)
}

// hostileSkip is the same question about bytes that a fault inserts.
func hostileSkip(data []byte) string {
	if bytes.Contains(data, []byte("(")) {
		return "a parenthesis is inserted, perhaps among capabilities"
	}
	return ""
}
