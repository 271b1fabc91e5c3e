package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/fuzz"
)

const replayUsage = `Runs cases again against the target they are for, built in or of a Go package, in a process of its
own, and says how often each finding shows. FILE is a case, the folder of a
finding, or - for standard input.

  imapfuzz replay imapfuzz.out/findings/NAME
  imapfuzz replay -n 100 -json FILE
  imapfuzz replay -target ./pkg FILE
`

func replayVerb(ctx context.Context, e *env, args []string) int {
	f := newFlags(e, "replay", "[flags] FILE...", replayUsage)
	n := f.Int("n", 10, "how often each case is run")
	asJSON := f.Bool("json", false, "print the findings as one JSON array")
	var p pkgFlags
	p.addTarget(f)
	f.BoolVar(&p.race, "race", false, "with a package: with the race detector")
	if status, ok := parse(e, f, args); !ok {
		return status
	}
	if f.NArg() == 0 || *n < 1 {
		return fail(e, fmt.Errorf("replay: want at least one FILE and -n of 1 or more"))
	}
	files, cases, err := readCases(e, f.Args())
	if err != nil {
		return fail(e, err)
	}
	b, err := p.build(ctx, e, false)
	if err != nil {
		return fail(e, fmt.Errorf("replay: %w", err))
	}
	defer b.remove()
	lab := &fuzz.Lab{Race: p.race}
	defer lab.Close()
	all := []fuzz.Finding{}
	for i, c := range cases {
		lab.Targets = b.only(files[i])
		rep, err := lab.Replay(ctx, c, *n)
		if err != nil {
			return fail(e, fmt.Errorf("%s: %w", files[i], err))
		}
		for j := range rep.Findings {
			rep.Findings[j].Case = files[i]
		}
		all = append(all, rep.Findings...)
		if !*asJSON {
			printReplay(e.out, files[i], rep, len(cases) == 1)
		}
	}
	if *asJSON {
		if err := json.NewEncoder(e.out).Encode(all); err != nil {
			return fail(e, err)
		}
	}
	if slices.ContainsFunc(all, func(f fuzz.Finding) bool { return !f.Known }) {
		return statusFinding
	}
	return statusClean
}

// readCases reads all files before anything is run: one that is not a case
// stops the verb.
func readCases(e *env, names []string) (files []string, cases []*corpus.Case, err error) {
	for _, name := range names {
		file, c, err := readCase(e, name)
		if err != nil {
			return nil, nil, err
		}
		files, cases = append(files, file), append(cases, c)
	}
	return files, cases, nil
}

// printReplay shows what came of one case.
func printReplay(w io.Writer, file string, rep *fuzz.Replay, alone bool) {
	if alone && rep.Transcript != "" {
		fmt.Fprintf(w, "%s\n", rep.Transcript)
	}
	if alone {
		for _, line := range rep.Log {
			fmt.Fprintln(w, "log:", line)
		}
	}
	for _, d := range rep.Diverged {
		fmt.Fprintf(w, "%s: not as the case expects: %s\n", file, d)
	}
	for _, u := range rep.Unfired {
		fmt.Fprintf(w, "%s: a fault never struck: %s\n", file, u)
	}
	for _, d := range rep.Differences {
		fmt.Fprintf(w, "%s: runs differ: %s\n", file, d)
	}
	if rep.Inconclusive > 0 {
		fmt.Fprintf(w, "%s: inconclusive: %d of %d runs could not go on in fake time\n", file, rep.Inconclusive, rep.Runs)
		if alone {
			fmt.Fprintln(w, indent(head(rep.InconclusiveStacks, 24)))
		}
	}
	if rep.Skipped != "" {
		fmt.Fprintf(w, "%s: not run: the target's Options.Skip says: %s\n", file, rep.Skipped)
		return
	}
	if len(rep.Findings) == 0 && rep.Inconclusive < rep.Runs {
		fmt.Fprintf(w, "%s: nothing found in %d runs against %s\n", file, rep.Runs, rep.Target)
	}
	for i, f := range rep.Findings {
		known := ""
		if f.Known {
			known = ", known"
		}
		fmt.Fprintf(w, "%s: %s %s [%s, %s%s] %s\n", file, f.Side, f.Rule, f.Kind, f.Severity, known, f.Summary)
		if alone && rep.Stacks[i] != "" {
			fmt.Fprintln(w, indent(head(rep.Stacks[i], 24)))
		}
		fmt.Fprintf(w, "    reproduces %s, bucket %s\n    imapfuzz explain %s\n", f.Reproduces, f.Bucket, f.Rule)
	}
}

// head returns the first n lines of s.
func head(s string, n int) string {
	lines := strings.SplitN(strings.TrimSpace(s), "\n", n+1)
	if len(lines) > n {
		lines[n] = "..."
	}
	return strings.Join(lines, "\n")
}

func indent(s string) string { return "    " + strings.ReplaceAll(s, "\n", "\n    ") }
