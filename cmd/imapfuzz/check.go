package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/fuzz"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/harness/report"
)

const checkUsage = `The report card of go-imap's server and client: runs every scenario and every seed
once, and prints a row for each rule and side: pass, fail, warn, not offered, or
cannot be judged, and why. A pass says that the target came to where the rule can
be broken, and did not break it. The case behind each fail is kept.

  imapfuzz check
  imapfuzz check -side server -profile rev2
  imapfuzz check -rule R-AT-1,R-AT-2 -json
`

// checkOptions are the flags of check.
type checkOptions struct {
	profile profileFlag
	rules   rulesFlag
	side    sideFlag
	dir     string
	mem     memFlag
	json    bool
}

func checkVerb(ctx context.Context, e *env, args []string) int {
	o := checkOptions{mem: fuzz.DefaultMem, side: "both"}
	f := newFlags(e, "check", "[flags]", checkUsage)
	f.Var(&o.profile, "profile", "by which RFC breaches are weighed: rev1, rev2 or 2683")
	f.Var(&o.rules, "rule", "only this rule; again, or with commas, for more")
	f.Var(&o.side, "side", "what to test: server, client or both")
	f.StringVar(&o.dir, "dir", "imapfuzz.out", "where the cases behind failures are kept, in a folder check")
	f.Var(&o.mem, "mem", "memory that a worker may have, such as 512MiB or 2GiB")
	f.BoolVar(&o.json, "json", false, "print one JSON object, and nothing else, to standard output")
	if status, ok := parse(e, f, args); !ok {
		return status
	}
	if f.NArg() > 0 {
		return fail(e, fmt.Errorf("check: want no argument, got %q", f.Arg(0)))
	}
	return check(ctx, e, o)
}

func check(ctx context.Context, e *env, o checkOptions) int {
	line := newStatusLine(e.err)
	begun := time.Now()
	card, err := fuzz.Check{
		Targets: o.side.of(targets()), Profile: harness.Profile(o.profile), Rules: o.rules, Mem: int64(o.mem),
		OnProgress: func(done, all int) {
			line.show(fmt.Sprintf("%d of %d cases", done, all), time.Since(begun), false)
		},
	}.Run(ctx)
	line.end()
	if err != nil {
		return fail(e, err)
	}
	file, err := report.Cases(filepath.Join(o.dir, "check"), card)
	if err != nil {
		return fail(e, err)
	}
	write := report.Text
	if o.json {
		write = report.JSON
	}
	if err := write(e.out, card, file); err != nil {
		return fail(e, err)
	}
	if len(card.Fails()) > 0 {
		return statusFinding
	}
	return statusClean
}

// profileFlag is the value of -profile.
type profileFlag harness.Profile

func (p *profileFlag) String() string { return string(*p) }

func (p *profileFlag) Set(v string) error {
	for _, known := range harness.Profiles() {
		if string(known) == v {
			*p = profileFlag(v)
			return nil
		}
	}
	return fmt.Errorf("want rev1, rev2 or 2683, got %q", v)
}

// rulesFlag is the value of -rule.
type rulesFlag []string

func (r *rulesFlag) String() string { return strings.Join(*r, ",") }

func (r *rulesFlag) Set(v string) error {
	for id := range strings.SplitSeq(v, ",") {
		if _, ok := harness.RuleByID(id); !ok {
			return fmt.Errorf("want the id of a rule (imapfuzz explain lists them), got %q", id)
		}
		*r = append(*r, id)
	}
	return nil
}
