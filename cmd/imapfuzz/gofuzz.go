package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/corpus/capture"
	"github.com/imapfuzz/imapfuzz/fuzz"
	"github.com/imapfuzz/imapfuzz/fuzz/gotest"
)

const gofuzzUsage = `Runs go-fuzz (github.com/dvyukov/go-fuzz) on a Go package, and turns what it finds
back into cases and findings. The package has a func FuzzXxx(data []byte) int, in
a file that is no test (go-fuzz builds with the tag gofuzz), that returns
gofuzz.Run(target, data, nil) of package fuzz/gofuzz; with Client in its name if
the target is one. Its module needs github.com/dvyukov/go-fuzz:

  go get github.com/dvyukov/go-fuzz/go-fuzz-dep
  imapfuzz gofuzz -t 10m ./pkg
  imapfuzz gofuzz -func FuzzClient ./pkg

The corpus and the crashers become cases in -dir, where imapfuzz run ./pkg goes on
from them. If the package has fuzz targets for imapfuzz too, the cases are run
against these at once, and what they show is reported as by run.
`

func gofuzzVerb(ctx context.Context, e *env, args []string) int {
	f := newFlags(e, "gofuzz", "[flags] ./pkg", gofuzzUsage)
	var o gotest.GoFuzz
	f.StringVar(&o.Func, "func", "Fuzz", "the entry point")
	f.DurationVar(&o.Time, "t", time.Minute, "how long go-fuzz runs")
	f.IntVar(&o.Procs, "procs", 0, "processes; 0: one a core")
	f.BoolVar(&o.LibFuzzer, "libfuzzer", false, "build the archive for libFuzzer, too, into -dir")
	dir := f.String("dir", "imapfuzz.out", "where cases and findings are kept, and go-fuzz works (in go-fuzz)")
	examine := f.Duration("examine", 20*time.Second, "how long what was found is run and minimized; 0: not at all")
	if status, ok := parse(e, f, args); !ok {
		return status
	}
	if f.NArg() != 1 || o.Time <= 0 || *examine < 0 {
		return fail(e, fmt.Errorf("gofuzz: want one package and times above 0, got %d packages", f.NArg()))
	}
	o.Dir = filepath.Join(*dir, "go-fuzz")
	o.Log = e.err
	found, err := o.Run(ctx, f.Arg(0))
	if err != nil {
		return fail(e, fmt.Errorf("gofuzz: %w", err))
	}
	fresh, err := keepAll(*dir, found.Cases)
	if err != nil {
		return fail(e, fmt.Errorf("gofuzz: %w", err))
	}
	fmt.Fprintf(e.out, "%d executions, %d inputs that end the process; %d cases, %d of them new in %s\n",
		found.Execs, len(found.Crashers), len(found.Cases), fresh, *dir)
	for _, c := range found.Crashers {
		fmt.Fprintf(e.out, "%s: %s\n", c.File, c.Says)
	}
	status := statusClean
	if len(found.Crashers) > 0 {
		status = statusFinding
	}
	if *examine == 0 {
		return status
	}
	return max(status, examineAll(ctx, e, f.Arg(0), *dir, *examine))
}

// keepAll adds cases to the corpus in dir.
func keepAll(dir string, cases []*corpus.Case) (fresh int, err error) {
	store, err := corpus.Open(dir)
	if err != nil {
		return 0, err
	}
	for _, c := range cases {
		_, is, err := store.Add(c)
		if err != nil {
			return fresh, err
		}
		if is {
			fresh++
		}
	}
	return fresh, nil
}

// examineAll runs the corpus in dir against the package's own fuzz targets.
func examineAll(ctx context.Context, e *env, pkg, dir string, t time.Duration) int {
	p := pkgFlags{pkg: pkg}
	b, err := p.build(ctx, e, false)
	if err != nil {
		fmt.Fprintf(e.err, "imapfuzz: the cases are not run: %v\n", err)
		return statusClean
	}
	defer b.remove()
	line := newStatusLine(e.err)
	s, err := fuzz.Campaign{
		Dir: dir, Targets: b.specs, Time: t, Seed: 1, OnProgress: line.progress, OnProblem: line.problem, Capture: capture.NG,
	}.Run(ctx)
	line.end()
	if err != nil {
		return fail(e, err)
	}
	printFindings(e.out, s.Findings, dir, b.again)
	if len(s.Findings) > 0 {
		return statusFinding
	}
	return statusClean
}
