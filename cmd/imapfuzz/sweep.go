package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus/capture"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/fuzz"
)

const sweepUsage = `Moves faults over every byte of a connection of FILE, one at a time, against the
target it is for, built in or of a Go package, with all rules armed; says in which stretches what is
found, and keeps a minimized case of each bucket. What FILE shows without a fault
is not counted. FILE is a case, the folder of a finding, or - for standard input.

  imapfuzz sweep FILE
  imapfuzz sweep -faults 'cut, stall 5m' -side server -conn 2 FILE
  imapfuzz sweep -target ./pkg FILE
  imapfuzz sweep -json FILE        # for programs: one object at the end
`

// sweepOptions are the flags of sweep.
type sweepOptions struct {
	faults  faultsFlag
	side    sideFlag
	conn    int
	dir     string
	workers int
	mem     memFlag
	json    bool
	pkg     pkgFlags
}

func sweepVerb(ctx context.Context, e *env, args []string) int {
	o := sweepOptions{mem: fuzz.DefaultMem, side: "both"}
	f := newFlags(e, "sweep", "[flags] FILE", sweepUsage)
	if err := o.faults.Set("cut, reset, stall 31m"); err != nil {
		return fail(e, err)
	}
	f.Var(&o.faults, "faults", "what is moved, with commas between")
	f.Var(&o.side, "side", "whose bytes: server, client or both")
	f.IntVar(&o.conn, "conn", 1, "the connection of the case")
	f.StringVar(&o.dir, "dir", "imapfuzz.out", "where findings are kept")
	f.IntVar(&o.workers, "workers", 0, "processes that run cases; 0: one a core")
	f.Var(&o.mem, "mem", "memory that a worker may have, such as 512MiB or 2GiB")
	f.BoolVar(&o.json, "json", false, "print one JSON object at the end, and nothing else, to standard output")
	o.pkg.addTarget(f)
	if status, ok := parse(e, f, args); !ok {
		return status
	}
	if f.NArg() != 1 {
		return fail(e, fmt.Errorf("sweep: want one FILE, got %d", f.NArg()))
	}
	if o.conn < 1 || o.workers < 0 {
		return fail(e, fmt.Errorf("sweep: want -conn of 1 or more and -workers of 0 or more, got %d and %d", o.conn, o.workers))
	}
	return sweep(ctx, e, o, f.Arg(0))
}

func sweep(ctx context.Context, e *env, o sweepOptions, name string) int {
	file, c, err := readCase(e, name)
	if err != nil {
		return fail(e, err)
	}
	b, err := o.pkg.build(ctx, e, false)
	if err != nil {
		return fail(e, fmt.Errorf("sweep: %w", err))
	}
	defer b.remove()
	line := newStatusLine(e.err)
	s, err := fuzz.Sweep{
		Dir: o.dir, Targets: b.only(file), Case: c, Conn: o.conn, Faults: o.faults.all, Sides: o.side.streams(),
		Workers: o.workers, Mem: int64(o.mem), Capture: capture.NG, OnProblem: line.problem,
		OnProgress: func(p fuzz.SweepProgress) { line.sweep(file, p) },
	}.Run(ctx)
	line.end()
	if s != nil {
		if o.json {
			if e := json.NewEncoder(e.out).Encode(s); err == nil {
				err = e
			}
		} else {
			printSweep(e.out, s, o.dir, b.again)
		}
	}
	switch {
	case err != nil:
		return fail(e, fmt.Errorf("%s: %w", file, err))
	case len(s.Findings) > 0:
		return statusFinding
	}
	return statusClean
}

// sweep shows how far a sweep is.
func (l *statusLine) sweep(file string, p fuzz.SweepProgress) {
	if p.Done == 0 {
		l.show(fmt.Sprintf("%s: %d points to go over", file, p.Points), p.Elapsed, true)
		return
	}
	l.show(fmt.Sprintf("%v  %d of %d points  findings %d", p.Elapsed.Round(time.Second), p.Done, p.Points, p.Findings), p.Elapsed, p.Final)
}

// printSweep closes a sweep for a person.
func printSweep(w io.Writer, s *fuzz.SweepSummary, dir, again string) {
	fmt.Fprintf(w, "%s, connection %d: client %d bytes, server %d bytes\n", s.Target, s.Conn, s.ClientBytes, s.ServerBytes)
	fmt.Fprintf(w, "%d of %d points in %.1fs, %d faults fired, %d rules armed\n", s.Ran, s.Points, s.ElapsedS, s.FaultsFired, s.RulesArmed)
	for _, b := range s.Known {
		fmt.Fprintf(w, "without a fault already, and not counted: %s\n", b)
	}
	for _, part := range []struct {
		title string
		all   []fuzz.Stretch
	}{{"", s.Stretches}, {"could not go on in fake time: ", s.Inconclusive}, {"never struck: ", s.Unreached}} {
		for _, t := range part.all {
			fmt.Fprintf(w, "%s%s\n", part.title, t)
		}
	}
	if len(s.Stretches) > 0 {
		fmt.Fprintln(w)
	}
	printFindings(w, s.Findings, dir, again)
}

// faultsFlag is the value of -faults.
type faultsFlag struct {
	text string
	all  []faultnet.Fault
}

// String returns the text.
func (f *faultsFlag) String() string { return f.text }

// Set reads faults with commas between; a comma in double quotes is none.
func (f *faultsFlag) Set(text string) error {
	var all []faultnet.Fault
	for at := 0; at <= len(text); {
		end := at + unquotedComma(text[at:])
		one, err := faultnet.ParseFault(text[at:end])
		if err != nil {
			if bad := (*faultnet.SyntaxError)(nil); errors.As(err, &bad) {
				bad.Col += at
			}
			return err
		}
		all = append(all, one)
		at = end + 1
	}
	f.text, f.all = text, all
	return nil
}

// unquotedComma returns where the first comma of s is that is not in quotes, or
// its length.
func unquotedComma(s string) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case quoted && s[i] == '\\':
			i++
		case s[i] == ',' && !quoted:
			return i
		}
	}
	return len(s)
}

// streams returns whose bytes are meant.
func (s sideFlag) streams() []faultnet.Side {
	switch s {
	case "client":
		return []faultnet.Side{faultnet.Client}
	case "server":
		return []faultnet.Side{faultnet.Server}
	}
	return []faultnet.Side{faultnet.Client, faultnet.Server}
}
