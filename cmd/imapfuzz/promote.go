package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/imapfuzz/imapfuzz/fuzz/gotest"
)

const promoteUsage = `Writes a case as a regression test into a Go package: as a seed of the FuzzXxx
that can run it, below testdata/fuzz, where every go test runs it from then on.
CASE is a case, the folder of a finding, or - for standard input.

  imapfuzz promote imapfuzz.out/findings/NAME ./pkg
  imapfuzz promote -name issue-17 FILE ./pkg
`

func promoteVerb(ctx context.Context, e *env, args []string) int {
	f := newFlags(e, "promote", "[flags] CASE ./pkg", promoteUsage)
	name := f.String("name", "", "the name of the test; empty: that of the finding, or the case's ID")
	var p pkgFlags
	p.add(f)
	if status, ok := parse(e, f, args); !ok {
		return status
	}
	if f.NArg() != 2 {
		return fail(e, fmt.Errorf("promote: want a CASE and a package, got %d", f.NArg()))
	}
	file, c, err := readCase(e, f.Arg(0))
	if err != nil {
		return fail(e, err)
	}
	if *name == "" {
		*name = testName(file, c.ID())
	}
	if strings.ContainsAny(*name, `/\`) || strings.HasPrefix(*name, ".") {
		return fail(e, fmt.Errorf("promote: want the name of a file, got %q", *name))
	}
	dir, remove, err := newBuildDir()
	if err != nil {
		return fail(e, err)
	}
	defer remove()
	done, err := gotest.Promote(ctx, f.Arg(1), c, *name, gotest.Options{Dir: dir, Tags: p.tags, Fuzz: p.fuzz})
	if err != nil {
		return fail(e, fmt.Errorf("promote: %w", err))
	}
	fmt.Fprintf(e.out, "%s\n", done.File)
	if done.Fails {
		fmt.Fprintf(e.out, "go test fails there now, as it should until that is mended:\n")
	} else {
		fmt.Fprintf(e.out, "go test passes there now:\n")
	}
	fmt.Fprintf(e.out, "    go test -run %s %s\n", quoteArg("^"+strings.Replace(done.Test, "/", "$/^", 1)+"$"), quoteArg(f.Arg(1)))
	return statusClean
}

// testName is what the test of a case is called: like the folder of its finding, or
// by the case's own ID.
func testName(file, id string) string {
	switch filepath.Base(file) {
	case "min.case", "original.case":
		if abs, err := filepath.Abs(file); err == nil {
			return filepath.Base(filepath.Dir(abs))
		}
	}
	return id
}
