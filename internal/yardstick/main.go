package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"syscall"
	"time"

	"github.com/imapfuzz/imapfuzz/internal/plants"
)

func main() {
	quick := flag.Bool("quick", false, "our campaign alone, once, with a limit of -t 20s")
	reps := flag.Int("reps", 5, "how often each engine searches for each plant")
	limit := flag.Duration("t", time.Minute, "for how long")
	only := flag.String("plants", "", "a regular expression of names; empty: all")
	engine := flag.String("engines", "1111", "which run, 0 or 1 each: ours, go test over cases, go test over raw bytes, go-fuzz over raw bytes")
	flag.Parse()
	if *quick {
		*reps, *engine = 1, "1000"
		if !given("t") {
			*limit = 20 * time.Second
		}
	}
	match, err := regexp.Compile(*only)
	if err != nil || *reps < 1 || *limit <= 0 || !regexp.MustCompile(`^1[01]{3}$`).MatchString(*engine) || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "yardstick: want -reps of 1 or more, a time, four of 0 and 1 with a 1 first, a regular expression, and no arguments")
		os.Exit(2)
	}
	var which [engines]bool
	for i := range which {
		which[i] = (*engine)[i] == '1'
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := measure(ctx, which, *reps, *limit, match); err != nil {
		fmt.Fprintln(os.Stderr, "yardstick:", err)
		os.Exit(2)
	}
}

// given reports whether a flag was set.
func given(name string) (yes bool) {
	flag.Visit(func(f *flag.Flag) { yes = yes || f.Name == name })
	return yes
}

// measure lets all engines search for all plants.
func measure(ctx context.Context, which [engines]bool, reps int, limit time.Duration, match *regexp.Regexp) error {
	dir, err := os.MkdirTemp("", "imapfuzz-yardstick-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b, err := prepare(ctx, dir, limit, which)
	if err != nil {
		return err
	}
	all := plants.Bugs()
	var rows []row
	for _, name := range marks() {
		if !match.MatchString(name) {
			continue
		}
		p := all[slices.IndexFunc(all, func(p plants.Plant) bool { return p.Name == name })]
		r := row{plant: name, times: make([][]float64, engines)}
		for i := range which {
			for rep := 0; which[i] && rep < reps; rep++ {
				at, err := b.run(ctx, i, p, uint64(rep+1))
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				if ctx.Err() != nil {
					return ctx.Err()
				}
				r.times[i] = append(r.times[i], at)
			}
		}
		r.print(os.Stdout)
		rows = append(rows, r)
	}
	total(os.Stdout, rows, limit.Seconds())
	return b.clean(ctx, reps)
}

// clean searches the clean twins, as often as the plants: what is reported there is
// our mistake.
func (b *bench) clean(ctx context.Context, reps int) error {
	for _, p := range []plants.Plant{{}, {Client: true}} {
		for rep := range reps {
			// Without a name, the target is the clean twin.
			at, err := b.run(ctx, ours0, p, uint64(rep+1))
			if err != nil {
				return fmt.Errorf("clean twin: %w", err)
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if at != never {
				return fmt.Errorf("the clean twin of the %s was reported after %.1fs, with seed %d: see %s", side(p), at, rep+1, b.kept)
			}
		}
		fmt.Printf("clean %s -\n", side(p))
	}
	return nil
}
