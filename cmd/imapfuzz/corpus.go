package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/imapfuzz/imapfuzz/fuzz"
)

const corpusUsage = `Looks after the corpus of a campaign: the cases that it keeps in DIR.

  imapfuzz corpus stats DIR               # what is in it, and what it shows
  imapfuzz corpus minimize DIR            # removes cases that show nothing of their own
  imapfuzz corpus merge DIR OTHER...      # adds what other campaigns' cases show, too

Each runs the cases against the targets they are for, built in or those of a Go
package (-target ./pkg), and looks at states, replies, faults and, of a package,
the edges of its code. Findings are left alone. stats -n 10 runs each case ten
times, and says how many take the same edges each time, and how many as often, too
(STABLE: 1, 2, 3 times, and from there on in powers of two).
`

// corpusFlags are the flags of corpus.
type corpusFlags struct {
	pkg pkgFlags
	n   int
	dry bool
}

func corpusVerb(ctx context.Context, e *env, args []string) int {
	var o corpusFlags
	f := newFlags(e, "corpus", "stats|minimize|merge [flags] DIR [OTHER...]", corpusUsage)
	o.pkg.addTarget(f)
	f.IntVar(&o.n, "n", 1, "stats: how often each case is run")
	f.BoolVar(&o.dry, "dry", false, "minimize, merge: say what would be done, and do nothing")
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		what := args[0]
		if status, ok := parse(e, f, args[1:]); !ok {
			return status
		}
		return o.do(ctx, e, f, what)
	}
	if status, ok := parse(e, f, args); !ok {
		return status
	}
	return fail(e, fmt.Errorf("corpus: want stats, minimize or merge, and then DIR"))
}

func (o *corpusFlags) do(ctx context.Context, e *env, f *flag.FlagSet, what string) int {
	verbs := map[string]func(context.Context, *env, *fuzz.Lab, []string) error{"stats": o.stats, "minimize": o.minimize, "merge": o.merge}
	do, ok := verbs[what]
	switch {
	case !ok:
		return fail(e, fmt.Errorf("corpus: want stats, minimize or merge, got %q", what))
	case what == "merge" && f.NArg() < 2:
		return fail(e, fmt.Errorf("corpus merge: want DIR and at least one OTHER, got %d", f.NArg()))
	case what != "merge" && f.NArg() != 1:
		return fail(e, fmt.Errorf("corpus %s: want one DIR, got %d", what, f.NArg()))
	case o.n < 1:
		return fail(e, fmt.Errorf("corpus: want -n of 1 or more, got %d", o.n))
	}
	b, err := o.pkg.build(ctx, e, true)
	if err != nil {
		return fail(e, fmt.Errorf("corpus %s: %w", what, err))
	}
	defer b.remove()
	lab := &fuzz.Lab{Targets: b.specs}
	defer lab.Close()
	if err := do(ctx, e, lab, f.Args()); err != nil {
		return fail(e, fmt.Errorf("corpus %s: %w", what, err))
	}
	return statusClean
}

// shown reads the cases of a campaign's directory, and runs each n times.
func shown(ctx context.Context, e *env, lab *fuzz.Lab, dir string, n int) (*fuzz.Collection, error) {
	line := newStatusLine(e.err)
	defer line.end()
	begun := time.Now()
	last := begun
	k, err := lab.ShowAll(ctx, dir, n, func(done, of int) {
		if now := time.Now(); now.Sub(last) >= time.Second {
			last = now
			line.show(fmt.Sprintf("%s: %d of %d cases", dir, done, of), now.Sub(begun), false)
		}
	})
	if err != nil {
		return nil, err
	}
	for _, err := range k.Broken {
		fmt.Fprintln(e.err, err)
	}
	return k, nil
}

func (o *corpusFlags) minimize(ctx context.Context, e *env, lab *fuzz.Lab, args []string) error {
	k, err := shown(ctx, e, lab, args[0], 1)
	if err != nil {
		return err
	}
	gone, err := k.Minimize(o.dry)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "%s: %d cases show %d things; %d of them show all of it, %d %s\n",
		args[0], len(k.Cases), k.Things(), len(k.Cases)-gone, gone, done(o.dry, "removed"))
	return nil
}

// done says that something was done, or would be.
func done(dry bool, what string) string {
	if dry {
		return "would be " + what
	}
	return what
}

func (o *corpusFlags) merge(ctx context.Context, e *env, lab *fuzz.Lab, args []string) error {
	into, err := shown(ctx, e, lab, args[0], 1)
	if err != nil {
		return err
	}
	for _, dir := range args[1:] {
		k, err := shown(ctx, e, lab, dir, 1)
		if err != nil {
			return err
		}
		added, news, err := into.Merge(k, o.dry)
		if err != nil {
			return err
		}
		fmt.Fprintf(e.out, "%s: %d cases; %d that show %d new things %s to %s\n", dir, len(k.Cases), added, news, done(o.dry, "added"), args[0])
	}
	return nil
}

func (o *corpusFlags) stats(ctx context.Context, e *env, lab *fuzz.Lab, args []string) error {
	k, err := shown(ctx, e, lab, args[0], o.n)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "%s: %d cases show %d things\n\n", args[0], len(k.Cases), k.Things())
	t := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "TARGET\tCASES\tSTEPS\tBYTES\tWITH FAULTS\tEDGES\tEND THEIR PROCESS\tSAME EDGES\tSTABLE")
	for _, s := range k.Stats() {
		target := cmp.Or(s.Target, "(none runs them)")
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\tup to %d\t%d\t%s\t%s\n",
			target, s.Cases, s.Steps, s.Size, s.Faults, s.Edges, s.Died, share(s.Same, s.Cases), share(s.Stable, s.Cases))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprint(e.out, "\nfaults:")
	for _, f := range k.Faults() {
		fmt.Fprintf(e.out, " %s %d", f.Kind, f.Count)
	}
	_, err = fmt.Fprintln(e.out)
	return err
}

// share says how many of n.
func share(k, n int) string { return fmt.Sprintf("%d (%.2f%%)", k, 100*float64(k)/float64(n)) }
