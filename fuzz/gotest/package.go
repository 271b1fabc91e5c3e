package gotest

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path"
	"regexp"
	"strings"

	"github.com/imapfuzz/imapfuzz/fuzz"
)

// A Package is a Go package whose test binary is the workers of a campaign.
type Package struct {
	Path    string
	Targets []fuzz.Spec // one for each FuzzXxx that hands its target to package fuzz
	Covered []string    // patterns of the packages whose edges are counted; empty: no coverage
	Notes   []string    // what a person should know, one line each
}

// Build builds the test binary of the package that pattern means, and asks each of
// its fuzz targets what it is. It is an error, in the words of the go command where
// there are such, if there is no such package, if it does not compile, if it has no
// target, or if a target cannot run the empty case.
//
// Where edges cannot be counted, the programs are built without, and Notes says why.
func Build(ctx context.Context, pattern string, o Options) (*Package, error) {
	match, err := regexp.Compile(o.Fuzz)
	if err != nil {
		return nil, fmt.Errorf("want a regular expression of names, got %q: %w", o.Fuzz, err)
	}
	where, inside := place(pattern)
	l, err := find(ctx, where, inside, o.Tags)
	if err != nil {
		return nil, err
	}
	b := &builder{Options: o, pkg: &Package{Path: l.ImportPath}, where: where, dir: l.Dir}
	exe, err := b.binary(ctx, false)
	if err != nil {
		return nil, err
	}
	race := ""
	if o.Race {
		if race, err = b.binary(ctx, true); err != nil {
			return nil, err
		}
	}
	names, err := targets(ctx, exe, l.Dir)
	if err != nil {
		return nil, err
	}
	if len(b.pkg.Covered) > 0 {
		if b.words, err = Compared(ctx, where, o.Tags, b.pkg.Covered); err != nil {
			b.note("without what it compares with: %s", lastLine(err))
		}
	}
	for _, name := range names {
		if match.MatchString(name) {
			if err := b.probe(ctx, exe, race, name); err != nil {
				return nil, err
			}
		}
	}
	if len(b.pkg.Targets) == 0 {
		return nil, noTarget(l.ImportPath, o.Fuzz, names)
	}
	if b.edges == 0 {
		b.pkg.Covered = nil
	}
	return b.pkg, nil
}

// noTarget says what is missing.
func noTarget(pkg, fuzz string, names []string) error {
	what := "it has no FuzzXxx"
	if len(names) > 0 {
		what = "it has " + strings.Join(names, ", ")
	}
	if fuzz != "" {
		fuzz = " that matches " + fuzz
	}
	return fmt.Errorf("%s: want a FuzzXxx%s that calls fuzz.Server or fuzz.Client, but %s", pkg, fuzz, what)
}

// builder is a Build in progress.
type builder struct {
	Options
	pkg   *Package
	where string   // the go command runs
	dir   string   // of the package
	words []string // that it compares with
	edges int      // that the empty case takes, in all targets
}

// binary builds the test binary, with coverage if that works.
func (b *builder) binary(ctx context.Context, race bool) (string, error) {
	name := path.Base(b.pkg.Path) + ".test"
	if race {
		name = path.Base(b.pkg.Path) + ".race.test"
	}
	exe, err := absolute(b.Dir, name)
	if err != nil {
		return "", err
	}
	patterns, why := b.patterns(ctx)
	var failed error
	if len(patterns) > 0 {
		failed = b.compile(ctx, exe, race, b.flags(patterns, race))
		if failed == nil {
			b.pkg.Covered = patterns
			return exe, nil
		}
	}
	if err := b.compile(ctx, exe, race, b.flags(nil, race)); err != nil {
		return "", err
	}
	if failed != nil {
		why = "it does not build with coverage: " + lastLine(failed)
	}
	b.pkg.Covered = nil
	if why != "" && !race {
		b.pkg.Notes = append(b.pkg.Notes, "without coverage: "+why)
	}
	return exe, nil
}

// patterns returns the packages whose edges are to be counted, or why there are none.
func (b *builder) patterns(ctx context.Context) (patterns []string, why string) {
	switch {
	case b.noCover():
		return nil, ""
	case !supported():
		return nil, "edges can be counted on amd64 and arm64 only"
	case len(b.Cover) > 0:
		return b.Cover, ""
	}
	all, err := covered(ctx, b.where, b.pkg.Path, b.Tags, true)
	switch {
	case err != nil:
		return nil, lastLine(err)
	case len(all) == 0:
		return nil, "all its packages are imapfuzz's own or the standard library's; -cover PATTERN chooses others"
	}
	return all, ""
}

func (b *builder) compile(ctx context.Context, exe string, race bool, flags []string) error {
	args := append([]string{"test", "-c", "-vet=off", "-o", exe}, flags...)
	if race {
		args = append(args, "-race")
	}
	if _, err := goTool(ctx, b.where, append(args, b.pkg.Path)...); err != nil {
		return err
	}
	if !present(exe) {
		return noTarget(b.pkg.Path, "", nil)
	}
	return nil
}

func lastLine(err error) string {
	text := strings.TrimSpace(err.Error())
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// targets returns the names of the fuzz targets in a test binary.
func targets(ctx context.Context, exe, dir string) ([]string, error) {
	c := exec.CommandContext(ctx, exe, "-test.list=^Fuzz")
	c.Dir = dir
	out, err := c.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("the test binary does not list its targets: %w\n%s", err, out)
	}
	var names []string
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "Fuzz") && !strings.ContainsAny(line, " \t") {
			names = append(names, line)
		}
	}
	return names, nil
}

// probe asks the target of that name what it is. One that is not for this package
// is left out.
func (b *builder) probe(ctx context.Context, exe, race, name string) error {
	p := fuzz.TestProgram(exe, b.dir, name, false)
	spec, edges, shows, err := p.Probe(ctx, b.pkg.Path+"."+name)
	if errors.Is(err, fuzz.ErrNoTarget) {
		b.note("%s is left out: %v", name, err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s.%s: %w", b.pkg.Path, name, err)
	}
	b.edges += edges
	if len(b.pkg.Covered) > 0 && edges == 0 {
		b.note("%s: without coverage: the empty case takes no edge of %s (what stands in _test.go files is not counted)", name, strings.Join(b.pkg.Covered, ", "))
	}
	for _, line := range shows {
		b.note("%s: the empty case shows already: %s", name, line)
	}
	if race != "" {
		spec.Race = fuzz.TestProgram(race, b.dir, name, true)
	}
	spec.Words = b.words
	b.pkg.Targets = append(b.pkg.Targets, spec)
	return nil
}

// note adds to what a person should know.
func (b *builder) note(format string, args ...any) {
	b.pkg.Notes = append(b.pkg.Notes, fmt.Sprintf(format, args...))
}
