// Command imapfuzz tests IMAP servers and clients over a network that breaks on
// purpose. `imapfuzz help` lists what it can do.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"text/tabwriter"

	"github.com/imapfuzz/imapfuzz/fuzz"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
)

// The exit statuses. They are never mixed: a finding is not an error of the
// command, nor the other way round.
const (
	statusClean   = 0
	statusFinding = 1
	statusError   = 2
)

// verb is one thing that the command does.
type verb struct {
	name, args, does string
	run              func(ctx context.Context, e *env, args []string) int
}

func verbs() []verb {
	return []verb{
		{"run", "[./pkg] [flags]", "a campaign against a Go package's targets, or go-imap's", runVerb},
		{"replay", "[flags] FILE...", "run cases again; say how often each reproduces", replayVerb},
		{"sweep", "[flags] FILE", "one fault over every byte of a case's connection", sweepVerb},
		{"minimize", "[flags] FILE", "the smallest case in the same bucket", minimizeVerb},
		{"corpus", "stats|minimize|merge", "look after the corpus of a campaign", corpusVerb},
		{"check", "[./pkg] [flags]", "the report card: every recommendation, once", checkVerb},
		{"gofuzz", "[flags] ./pkg", "go-fuzz on a Go package; its finds become cases and findings", gofuzzVerb},
		{"promote", "[flags] CASE ./pkg", "a case becomes a regression test of a Go package", promoteVerb},
		{"proxy", "[flags]", "a faulty wire between any client and any server", proxyVerb},
		{"fmt", "[-w] FILE...", "the canonical form of cases", fmtVerb},
		{"explain", "[ID]", "a rule, or the table of all rules", explainVerb},
	}
}

// env is what a verb has of the world.
type env struct {
	in       io.Reader
	out, err io.Writer
}

// targets are the built-in ones.
func targets() []fuzz.Spec {
	return []fuzz.Spec{
		{Name: "go-imap server", New: func() harness.Target { return goimap.Server() }, Version: goimap.Version()},
		{Name: "go-imap client", New: func() harness.Target { return goimap.Client() }, Version: goimap.Version()},
	}
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == workerVerb {
		workerMain()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	e := &env{in: os.Stdin, out: os.Stdout, err: os.Stderr}
	os.Exit(command(ctx, e, os.Args[1:]))
}

// command runs the verb that args name, and returns the exit status.
func command(ctx context.Context, e *env, args []string) int {
	if len(args) == 0 {
		usage(e.err)
		return statusError
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		usage(e.out)
		return statusClean
	}
	for _, v := range verbs() {
		if v.name == args[0] {
			return v.run(ctx, e, args[1:])
		}
	}
	fmt.Fprintf(e.err, "imapfuzz: want a verb, got %q\n\n", args[0])
	usage(e.err)
	return statusError
}

func usage(w io.Writer) {
	fmt.Fprint(w, "imapfuzz tests IMAP servers and clients over a network that breaks on purpose.\n\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, v := range verbs() {
		fmt.Fprintf(t, "  imapfuzz %s %s\t%s\n", v.name, v.args, v.does)
	}
	t.Flush()
	fmt.Fprint(w, "\nimapfuzz VERB -h shows the flags of a verb.\n"+
		"Exit status: 0 nothing found, 1 a finding, 2 wrong usage or a failure of imapfuzz itself.\n")
}

// newFlags returns the flag set of a verb; text is the rest of its usage.
func newFlags(e *env, name, args, text string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(e.err)
	f.Usage = func() {
		fmt.Fprintf(f.Output(), "usage: imapfuzz %s %s\n\n%s\n", name, args, text)
		f.PrintDefaults()
	}
	return f
}

// parse reads the flags of a verb; ok is false if the verb is to end with that
// status.
func parse(e *env, f *flag.FlagSet, args []string) (status int, ok bool) {
	for _, a := range args {
		if a == "-h" || a == "-help" || a == "--help" {
			f.SetOutput(e.out)
		}
	}
	err := f.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return statusClean, false
	}
	return statusError, err == nil
}

// fail reports an error of the command itself.
func fail(e *env, err error) int {
	fmt.Fprintf(e.err, "imapfuzz: %v\n", err)
	return statusError
}
