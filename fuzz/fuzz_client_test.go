//go:build !race

// Left out under the race detector: imapclient reads a short literal again after
// its end, while its decoder goes on, a data race of its own.

package fuzz_test

import (
	"bytes"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/fuzz"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
)

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
