package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/fuzz"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/harness/report"
)

const checkUsage = `The report card of the targets of a Go package, or of go-imap's server and client:
runs every scenario and every seed once, and prints a row for each rule and side: pass, fail, warn, not offered, or
cannot be judged, and why. A pass says that the target came to where the rule can
be broken, and did not break it. The case behind each fail is kept.

  imapfuzz check
  imapfuzz check ./pkg -fuzz FuzzMyServer
  imapfuzz check -side server -profile rev2
  imapfuzz check -rule R-AT-1,R-AT-2 -json
  imapfuzz check -html card.html -junit card.xml
  imapfuzz check -write-baseline known.txt; imapfuzz check -baseline known.txt
`

// checkOptions are the flags of check.
type checkOptions struct {
	profile profileFlag
	rules   rulesFlag
	side    sideFlag
	dir     string
	mem     memFlag
	json    bool

	junit, html, markdown string
	baseline, write       string

	pkg pkgFlags
}

func checkVerb(ctx context.Context, e *env, args []string) int {
	o := checkOptions{mem: fuzz.DefaultMem, side: "both"}
	f := newFlags(e, "check", "[./pkg] [flags]", checkUsage)
	f.Var(&o.profile, "profile", "by which RFC breaches are weighed: rev1, rev2 or 2683")
	f.Var(&o.rules, "rule", "only this rule; again, or with commas, for more")
	f.Var(&o.side, "side", "what to test: server, client or both")
	f.StringVar(&o.dir, "dir", "imapfuzz.out", "where the cases behind failures are kept, in a folder check")
	f.Var(&o.mem, "mem", "memory that a worker may have, such as 512MiB or 2GiB")
	f.BoolVar(&o.json, "json", false, "print one JSON object, and nothing else, to standard output")
	f.StringVar(&o.html, "html", "", "also write a page of HTML to this file")
	f.StringVar(&o.junit, "junit", "", "also write JUnit's XML to this file")
	f.StringVar(&o.markdown, "markdown", "", "also write a table in Markdown to this file")
	f.StringVar(&o.baseline, "baseline", "", "a file of known findings: they do not make a fail of the whole")
	f.StringVar(&o.write, "write-baseline", "", "write what fails to this file, as known for 90 days")
	o.pkg.add(f)
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
		return fail(e, fmt.Errorf("check: want one package, got %q, too", f.Arg(0)))
	}
	return check(ctx, e, o)
}

func check(ctx context.Context, e *env, o checkOptions) int {
	known, err := readBaseline(e, o.baseline)
	if err != nil {
		return fail(e, err)
	}
	b, err := o.pkg.build(ctx, e, false)
	if err != nil {
		return fail(e, fmt.Errorf("check: %w", err))
	}
	defer b.remove()
	line := newStatusLine(e.err)
	begun := time.Now()
	card, err := fuzz.Check{
		Targets: o.side.of(b.specs), Profile: harness.Profile(o.profile), Rules: o.rules, Mem: int64(o.mem),
		OnProgress: func(done, all int) {
			line.show(fmt.Sprintf("%d of %d cases", done, all), time.Since(begun), false)
		},
	}.Run(ctx)
	line.end()
	if err != nil {
		return fail(e, err)
	}
	for _, t := range card.Targets {
		for _, why := range t.LeftOut {
			fmt.Fprintf(e.err, "imapfuzz: %s: %s\n", t.Name, why)
		}
	}
	card.Accept(known, begun)
	if err := writeCard(e, o, card, b.again, begun); err != nil {
		return fail(e, err)
	}
	if len(card.Fails()) > 0 {
		return statusFinding
	}
	return statusClean
}

// readBaseline reads what is known, which is nothing if there is no name.
func readBaseline(e *env, name string) (*harness.Baseline, error) {
	if name == "" {
		return &harness.Baseline{}, nil
	}
	file, text, err := readText(e, name)
	if err != nil {
		return nil, err
	}
	return harness.ParseBaseline(file, text)
}

// knownFor is for how long a baseline that is written lets things be.
const knownFor = 90 * 24 * time.Hour

// writeCard writes card in all the ways that were asked for.
func writeCard(e *env, o checkOptions, card *harness.Card, again string, now time.Time) error {
	files, err := report.Write(filepath.Join(o.dir, "check"), card)
	if err != nil {
		return err
	}
	files.Again = again
	about := report.About{Made: now, Go: runtime.Version()}
	for _, out := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{o.html, func(w io.Writer) error { return report.HTML(w, card, files, about) }},
		{o.junit, func(w io.Writer) error { return report.JUnit(w, card, files) }},
		{o.markdown, func(w io.Writer) error { return report.Markdown(w, card) }},
		{o.write, func(w io.Writer) error {
			_, err := io.WriteString(w, card.Baseline(now.Add(knownFor), "found by imapfuzz check on "+now.UTC().Format(time.DateOnly)).String())
			return err
		}},
	} {
		if out.name == "" {
			continue
		}
		var b bytes.Buffer
		if err := out.write(&b); err != nil {
			return err
		}
		if err := os.WriteFile(out.name, b.Bytes(), 0o666); err != nil {
			return err
		}
	}
	if o.json {
		return report.JSON(e.out, card, files)
	}
	return report.Text(e.out, card, files)
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
