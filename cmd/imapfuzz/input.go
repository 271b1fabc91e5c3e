package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// readText reads a file that a person named: "-" is standard input, and a
// folder is that of a finding, of which the smallest case is meant.
func readText(e *env, name string) (file string, text []byte, err error) {
	if name == "-" {
		text, err = io.ReadAll(io.LimitReader(e.in, corpus.MaxData))
		return "stdin", text, err
	}
	info, err := os.Stat(name)
	if err == nil && info.IsDir() {
		for _, in := range []string{"min.case", "original.case"} {
			path := filepath.Join(name, in)
			if text, err := os.ReadFile(path); err == nil {
				return path, text, nil
			}
		}
		if gofiles, _ := filepath.Glob(filepath.Join(name, "*.go")); len(gofiles) > 0 {
			return name, nil, fmt.Errorf("%s: want a case or the folder of a finding, got a folder of Go files: for the targets of a package, say -target %s before the cases", name, name)
		}
		return name, nil, fmt.Errorf("%s: want a case or the folder of a finding, got a folder without a case", name)
	}
	text, err = os.ReadFile(name)
	return name, text, err
}

// readCase reads a case strictly.
func readCase(e *env, name string) (string, *corpus.Case, error) {
	file, text, err := readText(e, name)
	if err != nil {
		return file, nil, err
	}
	c, err := corpus.Parse(file, text)
	return file, c, err
}
