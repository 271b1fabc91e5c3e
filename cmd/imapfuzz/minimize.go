package main

import (
	"context"
	"fmt"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/fuzz"
)

const minimizeUsage = `Prints the smallest case that shows the first finding of FILE: the same bucket,
not just any. FILE is a case, the folder of a finding, or - for standard input.

  imapfuzz minimize FILE
  imapfuzz minimize -o small.case FILE
  imapfuzz minimize -target ./pkg FILE
`

func minimizeVerb(ctx context.Context, e *env, args []string) int {
	f := newFlags(e, "minimize", "[-o OUT] FILE", minimizeUsage)
	out := f.String("o", "", "the file to write; empty: standard output")
	var p pkgFlags
	p.addTarget(f)
	f.BoolVar(&p.race, "race", false, "with a package: with the race detector")
	if status, ok := parse(e, f, args); !ok {
		return status
	}
	if f.NArg() != 1 {
		return fail(e, fmt.Errorf("minimize: want one FILE, got %d", f.NArg()))
	}
	file, c, err := readCase(e, f.Arg(0))
	if err != nil {
		return fail(e, err)
	}
	b, err := p.build(ctx, e, false)
	if err != nil {
		return fail(e, fmt.Errorf("minimize: %w", err))
	}
	defer b.remove()
	lab := &fuzz.Lab{Targets: b.only(file), Race: p.race}
	defer lab.Close()
	small, bucket, runs, err := lab.Minimize(ctx, c)
	if err != nil {
		return fail(e, fmt.Errorf("%s: %w", file, err))
	}
	fmt.Fprintf(e.err, "%s: %d steps, were %d; %d runs; bucket %s\n", file, len(small.Steps), len(c.Steps), runs, bucket)
	text := corpus.Format(small)
	if *out != "" {
		err = corpus.WriteFile(*out, text)
	} else {
		_, err = e.out.Write(text)
	}
	if err != nil {
		return fail(e, err)
	}
	if *out != "" {
		fmt.Fprintf(e.err, "%s %s\n", b.again, quoteArg(*out))
	}
	return statusFinding
}
