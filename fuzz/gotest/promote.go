package gotest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/fuzz"
)

// A Promoted is a case that has become a regression test of a package.
type Promoted struct {
	File  string // that was written
	Test  string // its name, as `go test -run` takes it: "FuzzXxx/name"
	Fails bool   // the test fails now
	Said  string // what it printed then
}

// Promote writes c as a seed of the fuzz target of the package that pattern means
// and that can run c, below the package's testdata/fuzz, where every `go test` runs
// it from then on; and runs it once. name is the name of the file. A file of that
// name with the same case is left as it is, with another it is an error. It is an
// error, too, if the package has several targets that can run c: o.Fuzz chooses.
func Promote(ctx context.Context, pattern string, c *corpus.Case, name string, o Options) (*Promoted, error) {
	o.Cover = []string{"none"}
	p, err := Build(ctx, pattern, o)
	if err != nil {
		return nil, err
	}
	spec, err := p.targetOf(c)
	if err != nil {
		return nil, err
	}
	text := corpus.Format(c)
	if !fuzz.DecodeFor(spec.New(), text).Equal(c) {
		return nil, errors.New("the case is too large for a seed: want at most 256 steps, 5 connections, 4 MiB of data and 48h a step; imapfuzz minimize makes it smaller")
	}
	target := strings.TrimPrefix(spec.Name, p.Path+".")
	pr := &Promoted{File: filepath.Join(spec.Program.Dir, "testdata", "fuzz", target, name), Test: target + "/" + name}
	if err := writeSeed(pr.File, text); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, spec.Program.Exe, "-test.run=^"+target+"$/^"+regexp.QuoteMeta(name)+"$", "-test.timeout=2m", "-test.v")
	cmd.Dir = spec.Program.Dir
	out, err := cmd.CombinedOutput()
	pr.Said = string(out)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		pr.Fails = true
	} else if err != nil {
		return nil, fmt.Errorf("run the test: %w", err)
	} else if !strings.Contains(pr.Said, pr.Test) {
		return nil, fmt.Errorf("%s was written, and go test does not run it:\n%s", pr.File, pr.Said)
	}
	return pr, nil
}

// targetOf returns the one target that can run c.
func (p *Package) targetOf(c *corpus.Case) (fuzz.Spec, error) {
	var fit []fuzz.Spec
	var names []string
	for _, s := range p.Targets {
		if s.New().Tests() == c.Target {
			fit, names = append(fit, s), append(names, strings.TrimPrefix(s.Name, p.Path+"."))
		}
	}
	switch len(fit) {
	case 0:
		return fuzz.Spec{}, fmt.Errorf("%s: want a target that tests a %s, got none", p.Path, c.Target)
	case 1:
		return fit[0], nil
	}
	return fuzz.Spec{}, fmt.Errorf("%s: want one target that tests a %s, got %s; -fuzz chooses", p.Path, c.Target, strings.Join(names, ", "))
}

// writeSeed writes a file of package testing's corpus, which has a line for each
// argument.
func writeSeed(path string, text []byte) error {
	seed := []byte("go test fuzz v1\n[]byte(" + strconv.Quote(string(text)) + ")\n")
	old, err := os.ReadFile(path)
	switch {
	case err == nil && string(old) == string(seed):
		return nil
	case err == nil:
		return fmt.Errorf("%s: want a new file, got one with another case; -name chooses another name", path)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return corpus.WriteFile(path, seed)
}
