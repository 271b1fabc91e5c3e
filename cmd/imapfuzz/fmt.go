package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/imapfuzz/imapfuzz/corpus"
)

const fmtUsage = `Prints cases in canonical form, or, with -w, writes them back. Reading is strict:
the first file that is not a case stops it, before anything is written.

  imapfuzz fmt FILE
  imapfuzz fmt -w *.case
`

func fmtVerb(_ context.Context, e *env, args []string) int {
	f := newFlags(e, "fmt", "[-w] FILE...", fmtUsage)
	write := f.Bool("w", false, "write the files instead of printing them")
	if status, ok := parse(e, f, args); !ok {
		return status
	}
	if f.NArg() == 0 {
		return fail(e, fmt.Errorf("fmt: want at least one FILE"))
	}
	type job struct {
		file      string
		old, text []byte
	}
	var jobs []job
	for _, name := range f.Args() {
		file, old, err := readText(e, name)
		if err != nil {
			return fail(e, err)
		}
		c, err := corpus.Parse(file, old)
		if err != nil {
			return fail(e, err)
		}
		if *write && name == "-" {
			return fail(e, fmt.Errorf("fmt: want a file with -w, got standard input"))
		}
		jobs = append(jobs, job{file, old, corpus.Format(c)})
	}
	for _, j := range jobs {
		var err error
		switch {
		case !*write:
			_, err = e.out.Write(j.text)
		case !bytes.Equal(j.old, j.text):
			err = corpus.WriteFile(j.file, j.text)
		}
		if err != nil {
			return fail(e, err)
		}
	}
	return statusClean
}
