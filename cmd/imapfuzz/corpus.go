package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
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
func shown(ctx context.Context, e *env, lab *fuzz.Lab, dir string, n int) (*corpus.Store, []*corpus.Case, []*fuzz.Shown, error) {
	store, err := corpus.Existing(dir)
	if err != nil {
		return nil, nil, nil, err
	}
	cases, errs := store.All()
	for _, err := range errs {
		fmt.Fprintln(e.err, err)
	}
	line := newStatusLine(e.err)
	defer line.end()
	all := make([]*fuzz.Shown, len(cases))
	begun := time.Now()
	last := begun
	for i, c := range cases {
		if all[i], err = lab.Show(ctx, c, n); err != nil {
			return nil, nil, nil, fmt.Errorf("%s: %w", store.Path(c.ID()), err)
		}
		if now := time.Now(); now.Sub(last) >= time.Second {
			last = now
			line.show(fmt.Sprintf("%s: %d of %d cases", dir, i+1, len(cases)), now.Sub(begun), false)
		}
	}
	return store, cases, all, nil
}

// total returns how much all of it shows together.
func total(all []*fuzz.Shown) int {
	seen := map[uint64]struct{}{}
	for _, s := range all {
		for _, f := range s.Shows {
			seen[f] = struct{}{}
		}
	}
	return len(seen)
}

func (o *corpusFlags) minimize(ctx context.Context, e *env, lab *fuzz.Lab, args []string) error {
	store, cases, all, err := shown(ctx, e, lab, args[0], 1)
	if err != nil {
		return err
	}
	keep := fuzz.Distill(all)
	gone := 0
	for i, c := range cases {
		if _, ok := slices.BinarySearch(keep, i); ok {
			continue
		}
		gone++
		if !o.dry {
			if err := store.Remove(c.ID()); err != nil {
				return err
			}
		}
	}
	fmt.Fprintf(e.out, "%s: %d cases show %d things; %d of them show all of it, %d %s\n",
		args[0], len(cases), total(all), len(keep), gone, done(o.dry, "removed"))
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
	_, _, have, err := shown(ctx, e, lab, args[0], 1)
	if err != nil {
		return err
	}
	seen := map[uint64]bool{}
	for _, s := range have {
		for _, f := range s.Shows {
			seen[f] = true
		}
	}
	into, err := corpus.Open(args[0])
	if err != nil {
		return err
	}
	for _, dir := range args[1:] {
		_, cases, all, err := shown(ctx, e, lab, dir, 1)
		if err != nil {
			return err
		}
		added, news := 0, 0
		for _, i := range fuzz.Distill(all) {
			fresh := 0
			for _, f := range all[i].Shows {
				if !seen[f] {
					seen[f] = true
					fresh++
				}
			}
			if fresh == 0 {
				continue
			}
			added, news = added+1, news+fresh
			if !o.dry {
				if _, _, err := into.Add(cases[i]); err != nil {
					return err
				}
			}
		}
		fmt.Fprintf(e.out, "%s: %d cases; %d that show %d new things %s to %s\n", dir, len(cases), added, news, done(o.dry, "added"), args[0])
	}
	return nil
}

func (o *corpusFlags) stats(ctx context.Context, e *env, lab *fuzz.Lab, args []string) error {
	_, cases, all, err := shown(ctx, e, lab, args[0], o.n)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "%s: %d cases show %d things\n\n", args[0], len(cases), total(all))
	t := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "TARGET\tCASES\tSTEPS\tBYTES\tWITH FAULTS\tEDGES\tEND THEIR PROCESS\tSAME EDGES\tSTABLE")
	for _, target := range targetsOf(all) {
		targetStats(t, target, cases, all)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return faultStats(e.out, cases)
}

// targetsOf returns the names of the targets that cases are for, sorted.
func targetsOf(all []*fuzz.Shown) []string {
	var names []string
	for _, s := range all {
		if !slices.Contains(names, s.Target) {
			names = append(names, s.Target)
		}
	}
	slices.Sort(names)
	return names
}

// targetStats prints the line of one target. Steps and bytes are those of the
// case in the middle.
func targetStats(w io.Writer, target string, cases []*corpus.Case, all []*fuzz.Shown) {
	var steps, size []int
	var faults, edges, died, same, stable int
	for i, s := range all {
		if s.Target != target {
			continue
		}
		steps, size = append(steps, len(cases[i].Steps)), append(size, s.Size)
		if len(cases[i].Faults()) > 0 {
			faults++
		}
		if s.Died {
			died++
		}
		if s.Same {
			same++
		}
		if s.Stable {
			stable++
		}
		edges = max(edges, s.Edges)
	}
	slices.Sort(steps)
	slices.Sort(size)
	n := len(steps)
	if target == "" {
		target = "(none runs them)"
	}
	fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\tup to %d\t%d\t%s\t%s\n", target, n, steps[n/2], size[n/2], faults, edges, died, share(same, n), share(stable, n))
}

// share says how many of n.
func share(k, n int) string { return fmt.Sprintf("%d (%.2f%%)", k, 100*float64(k)/float64(n)) }

// faultStats prints how many faults of each kind the cases have.
func faultStats(w io.Writer, cases []*corpus.Case) error {
	count := map[string]int{}
	var kinds []string
	for _, c := range cases {
		for _, r := range c.Faults() {
			word := r.Fault.Kind.String()
			if count[word]++; count[word] == 1 {
				kinds = append(kinds, word)
			}
		}
	}
	slices.SortFunc(kinds, func(a, b string) int {
		if count[a] != count[b] {
			return count[b] - count[a]
		}
		return strings.Compare(a, b)
	})
	fmt.Fprint(w, "\nfaults:")
	for _, k := range kinds {
		fmt.Fprintf(w, " %s %d", k, count[k])
	}
	_, err := fmt.Fprintln(w)
	return err
}
