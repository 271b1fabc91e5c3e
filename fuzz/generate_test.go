package fuzz

import (
	"bytes"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// targets are both sides, for tests that hold for either.
var targets = [...]corpus.Target{corpus.Server, corpus.Client}

// checkCase fails the test unless c is a case that its own text brings back.
func checkCase(t *testing.T, c *corpus.Case, what string) {
	t.Helper()
	if err := c.Valid(); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	text := corpus.Format(c)
	d, err := corpus.Parse("case", text)
	if err != nil {
		t.Fatalf("%s: %v\n%.2000s", what, err, text)
	}
	if !c.Equal(d) {
		t.Fatalf("%s: the text does not bring the case back:\n%.2000s\nread as\n%.2000s", what, text, corpus.Format(d))
	}
	if again := corpus.Format(d); !bytes.Equal(text, again) {
		t.Fatalf("%s: the text is no fixed point", what)
	}
}
