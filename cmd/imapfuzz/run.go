package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/corpus/capture"
	"github.com/imapfuzz/imapfuzz/fuzz"
)

const runUsage = `Tortures the targets of a Go package, or else go-imap's server and client, in process and in fake time, with
cases that it invents and a network that breaks. Keeps the corpus and a folder
for each finding in a directory, and goes on from there the next time.

  imapfuzz run                     # a minute, into imapfuzz.out
  imapfuzz run -t 0 -side server   # until Ctrl-C
  imapfuzz run -t 10m -json        # for programs: one object at the end
`

// runOptions are the flags of run.
type runOptions struct {
	time    time.Duration
	cases   int64
	dir     string
	seed    uint64
	workers int
	mem     memFlag
	json    bool
	yield   bool
	side    sideFlag
	pkg     pkgFlags

	untilNew time.Duration
}

func runVerb(ctx context.Context, e *env, args []string) int {
	o := runOptions{mem: fuzz.DefaultMem, side: "both"}
	f := newFlags(e, "run", "[./pkg] [flags]", runUsage)
	f.DurationVar(&o.time, "t", time.Minute, "how long the run takes, in real time, minimizing included, but not the build of a package; 0: until Ctrl-C")
	f.Int64Var(&o.cases, "n", 0, "end after so many cases of the search; 0: no limit")
	f.StringVar(&o.dir, "dir", "imapfuzz.out", "where corpus and findings are kept")
	f.Uint64Var(&o.seed, "seed", 1, "of all chance: the same seed gives the same cases")
	f.IntVar(&o.workers, "workers", 0, "processes that search; 0: one a core")
	f.Var(&o.mem, "mem", "memory that a worker may have, such as 512MiB or 2GiB")
	f.BoolVar(&o.json, "json", false, "print one JSON object at the end, and nothing else, to standard output")
	f.BoolVar(&o.yield, "yield", false, "say at the end what each kind of mutation and fault has brought")
	f.Var(&o.side, "side", "what to test: server, client or both")
	f.DurationVar(&o.untilNew, "until-new-coverage", 0, "end when no new edge, or without coverage no new state, was seen for so long; 0: never")
	o.pkg.add(f)
	f.StringVar(&o.pkg.cover, "cover", "", "the packages whose edges are counted: patterns, with commas between; empty: the target's; none: no coverage")
	f.BoolVar(&o.pkg.race, "race", false, "with a package: run some of the workers with the race detector")
	if status, ok := parse(e, f, args); !ok {
		return status
	}
	if f.NArg() > 0 {
		o.pkg.pkg = f.Arg(0)
		if status, ok := parse(e, f, f.Args()[1:]); !ok {
			return status
		}
	}
	if f.NArg() > 0 {
		return fail(e, fmt.Errorf("run: want one package, got %q, too", f.Arg(0)))
	}
	if o.time < 0 || o.cases < 0 || o.workers < 0 || o.untilNew < 0 {
		return fail(e, fmt.Errorf("run: want -t, -n, -workers and -until-new-coverage of 0 or more, got %v, %d, %d and %v", o.time, o.cases, o.workers, o.untilNew))
	}
	return campaign(ctx, e, o)
}

func campaign(ctx context.Context, e *env, o runOptions) int {
	since := time.Now()
	b, err := o.pkg.build(ctx, e, true)
	if err != nil {
		return fail(e, fmt.Errorf("run: %w", err))
	}
	defer func() { b.remove() }() // cover sets another
	if o.pkg.pkg == "" && o.pkg.cover != "none" {
		b.cover(ctx, e, &o)
	} else {
		since = time.Now()
	}
	line := newStatusLine(e.err)
	c := fuzz.Campaign{
		Exe: b.exe, WorkerArgs: b.args, WorkerEnv: b.env,
		Dir: o.dir, Targets: o.side.of(b.specs), Workers: o.workers, Time: o.time, Cases: o.cases, Seed: o.seed, Mem: int64(o.mem),
		Since: since, UntilNew: o.untilNew,
		OnProgress: line.progress,
		OnProblem:  line.problem,
		Capture:    capture.NG,
	}
	s, err := c.Run(ctx)
	line.end()
	if s != nil {
		if !o.yield {
			s.Yield = nil
		}
		if o.json {
			if e := json.NewEncoder(e.out).Encode(s); err == nil {
				err = e
			}
		} else {
			printSummary(e.out, s, o.dir, b.again)
		}
	}
	switch {
	case err != nil:
		return fail(e, err)
	case len(s.Findings) > 0:
		return statusFinding
	}
	return statusClean
}

// buildShare is the part of the time of a run that a build of the built-in targets
// may take: a quarter.
const buildShare = 4

// printSummary closes a campaign for a person.
func printSummary(w io.Writer, s *fuzz.Summary, dir, again string) {
	fmt.Fprintf(w, "%d cases in %.0fs (%.0f/s), %d steps, %d faults fired, %d rules armed, corpus %d, states %d\n",
		s.Cases, s.ElapsedS, s.CasesPerS, s.Steps, s.FaultsFired, s.RulesArmed, s.Corpus, s.States)
	if s.Inconclusive > 0 {
		fmt.Fprintf(w, "%d runs could not go on in fake time\n", s.Inconclusive)
	}
	if s.Edges > 0 {
		fmt.Fprintf(w, "%d edges of the targets' code were taken\n", s.Edges)
	}
	printFindings(w, s.Findings, dir, again)
	printYield(w, s.Yield)
}

// printYield is the table of what paid.
func printYield(w io.Writer, yield []fuzz.KindYield) {
	if len(yield) == 0 {
		return
	}
	fmt.Fprint(w, "\nWhat kinds of mutations and faults (!) brought: of the cases in which they had a part, those that showed something new.\n\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "KIND\tDRAWN\tKEPT\tIN 1000\t")
	for _, y := range yield {
		fmt.Fprintf(t, "%s\t%d\t%d\t%.1f\t\n", y.Kind, y.Drawn, y.Kept, 1000*float64(y.Kept)/float64(max(y.Drawn, 1)))
	}
	t.Flush()
}

// printFindings is the closing table; again is the command that replays a case.
func printFindings(w io.Writer, findings []fuzz.Finding, dir, again string) {
	if len(findings) == 0 {
		fmt.Fprintln(w, "nothing found")
		return
	}
	fmt.Fprintf(w, "%d findings:\n\n", len(findings))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "SIDE\tRULE\tKIND\tSEVERITY\tREPRODUCES\tSTEPS\t")
	for _, f := range findings {
		known := ""
		if f.Known {
			known = "known"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%d\t%s\n", f.Side, f.Rule, f.Kind, f.Severity, f.Reproduces, f.Steps, known)
	}
	t.Flush()
	fmt.Fprintln(w)
	for _, f := range findings {
		how := again
		if f.ByDetector() {
			how += " -race"
		}
		fmt.Fprintf(w, "%s %s: %s\n    %s %s\n", f.Side, f.Rule, f.Summary, how, quoteArg(f.Case))
	}
	fmt.Fprintf(w, "\nEach folder below %s has the transcript, a capture and more.\n", filepath.Join(dir, "findings"))
}

// quoteArg quotes a file name for a shell if it needs it.
func quoteArg(s string) string {
	if strings.ContainsAny(s, " \t\n\"'\\$`*?[]{}()<>|&;#~!") {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}

// sideFlag is the value of -side.
type sideFlag string

func (s *sideFlag) String() string { return string(*s) }

func (s *sideFlag) Set(v string) error {
	if v != "server" && v != "client" && v != "both" {
		return fmt.Errorf("want server, client or both, got %q", v)
	}
	*s = sideFlag(v)
	return nil
}

// of returns those targets that are of that side.
func (s sideFlag) of(all []fuzz.Spec) []fuzz.Spec {
	var out []fuzz.Spec
	for _, spec := range all {
		side := corpus.Target.String(spec.New().Tests())
		if s == "both" || string(s) == side {
			out = append(out, spec)
		}
	}
	return out
}
