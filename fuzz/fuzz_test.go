package fuzz_test

import (
	"os"
	"testing"

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

func FuzzServer(f *testing.F) { fuzz.ServerWith(f, goimap.Server(), known(f)) }

func FuzzClient(f *testing.F) { fuzz.ClientWith(f, goimap.Client(), known(f)) }
