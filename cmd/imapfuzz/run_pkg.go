package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/fuzz"
	"github.com/imapfuzz/imapfuzz/fuzz/gotest"
)

// pkgFlags are the flags that choose a target in somebody's Go package, and how
// its test binary is built.
type pkgFlags struct {
	pkg   string
	fuzz  string
	cover string
	tags  string
	race  bool
}

// add adds the flags that all verbs share.
func (p *pkgFlags) add(f *flag.FlagSet) {
	f.StringVar(&p.fuzz, "fuzz", "", "with a package: a regular expression of the names of its fuzz targets; empty: all")
	f.StringVar(&p.tags, "tags", "", "with a package: build tags, with commas between")
}

// addTarget adds -target, for verbs whose arguments are files.
func (p *pkgFlags) addTarget(f *flag.FlagSet) {
	f.StringVar(&p.pkg, "target", "", "the Go package whose fuzz targets are meant; empty: go-imap's server and client")
	p.add(f)
}

// built is what the cases of a verb run on.
type built struct {
	specs  []fuzz.Spec
	exe    string   // the program of the workers, empty: the command itself
	args   []string // beside exe
	env    []string // the same
	again  string   // the command that replays a case, but for its file
	remove func()
}

// build builds the package, or, if there is none, returns the built-in targets.
// Call remove when they are not used any more.
func (p *pkgFlags) build(ctx context.Context, e *env, coverage bool) (*built, error) {
	b := &built{specs: targets(), again: "imapfuzz replay", remove: func() {}}
	if p.pkg == "" {
		if p.fuzz != "" || p.tags != "" || p.race {
			return nil, fmt.Errorf("-fuzz, -tags and -race are for a Go package")
		}
		return b, nil
	}
	dir, remove, err := newBuildDir()
	if err != nil {
		return nil, err
	}
	b.remove = remove
	o := gotest.Options{Dir: dir, Tags: p.tags, Race: p.race, Fuzz: p.fuzz, Cover: []string{"none"}}
	if coverage {
		if o.Cover = nil; p.cover != "" {
			o.Cover = strings.Split(p.cover, ",")
		}
	}
	begun := time.Now()
	pkg, err := gotest.Build(ctx, p.pkg, o)
	if err != nil {
		b.remove()
		return nil, err
	}
	b.specs = pkg.Targets
	b.again = "imapfuzz replay -target " + quoteArg(p.pkg)
	if p.tags != "" {
		b.again += " -tags " + quoteArg(p.tags)
	}
	for _, line := range pkg.Notes {
		fmt.Fprintln(e.err, "imapfuzz:", line)
	}
	if coverage {
		var names []string
		for _, s := range pkg.Targets {
			names = append(names, strings.TrimPrefix(s.Name, pkg.Path+"."))
		}
		fmt.Fprintf(e.err, "built %s in %.1fs: %s, %d packages with coverage\n", pkg.Path, time.Since(begun).Seconds(), strings.Join(names, ", "), len(pkg.Covered))
	}
	return b, nil
}

// cover builds workers for the built-in targets that count the edges of their code,
// if there is a go command and the source, and it does not take a quarter of the
// time of the run. Otherwise it says why it goes on without.
func (b *built) cover(ctx context.Context, e *env, o *runOptions) {
	dir, remove, err := newBuildDir()
	if err == nil {
		b.remove = remove
		if o.time > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, o.time/buildShare)
			defer cancel()
		}
		var p *fuzz.Program
		p, err = gotest.BuildCommand(ctx, []string{workerVerb}, gotest.Options{Dir: dir, Cover: o.pkg.patterns()})
		if err == nil {
			b.exe, b.args, b.env = p.Exe, p.Args, p.Env
			if words, err := gotest.Compared(ctx, "", "", o.pkg.patterns()); err == nil {
				for i := range b.specs {
					b.specs[i].Words = words
				}
			}
			return
		}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.New("to build it takes too long for a run of this length; another one may find it built")
	}
	fmt.Fprintln(e.err, "imapfuzz: without coverage:", err)
}

// patterns returns the packages whose edges are counted in the built-in targets.
func (p *pkgFlags) patterns() []string {
	if p.cover != "" {
		return strings.Split(p.cover, ",")
	}
	return []string{"github.com/emersion/..."}
}

// only returns the targets that file can be for: if it is of a finding, which
// names its target, that one, and else all.
func (b *built) only(file string) []fuzz.Spec {
	text, err := os.ReadFile(filepath.Join(filepath.Dir(file), corpus.FindingFile))
	if err != nil {
		return b.specs
	}
	var of struct{ Target string }
	if json.Unmarshal(text, &of) != nil {
		return b.specs
	}
	for _, s := range b.specs {
		if s.Name == of.Target {
			return []fuzz.Spec{s}
		}
	}
	return b.specs
}
