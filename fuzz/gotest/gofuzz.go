package gotest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/fuzz"
)

// goFuzzModule has go-fuzz's commands.
const goFuzzModule = "github.com/dvyukov/go-fuzz"

// A GoFuzz is how go-fuzz is run. Dir, Func and Time are required.
type GoFuzz struct {
	Dir       string // go-fuzz's working directory: corpus, crashers, and what is built
	Func      string // the entry point: func(data []byte) int
	Time      time.Duration
	Procs     int       // 0: one a core
	LibFuzzer bool      // build the archive for libFuzzer, too
	Log       io.Writer // go-fuzz's own words; nil: nobody's
}

// GoFuzzed is what came of a run of go-fuzz.
type GoFuzzed struct {
	Execs    int64
	Cases    []*corpus.Case // its corpus, and its crashers, as cases
	Crashers []Crasher
}

// A Crasher is an input on which the entry point panicked, or its process ended.
type Crasher struct {
	File string
	Says string // the first line of what was said
}

// Run builds the package that pattern means with go-fuzz-build, which it takes, like
// go-fuzz, from the module of that package; seeds it with our cases, and runs it. It
// is an error, in the words of the tools, if they are not there, if the package does
// not build, or if the target was never reached.
func (g *GoFuzz) Run(ctx context.Context, pattern string) (*GoFuzzed, error) {
	where, inside := place(pattern)
	l, err := find(ctx, where, inside, "gofuzz")
	if err != nil {
		return nil, err
	}
	tests := corpus.Server
	if strings.Contains(g.Func, "Client") {
		tests = corpus.Client
	}
	dir, err := filepath.Abs(g.Dir)
	if err != nil {
		return nil, err
	}
	if err := g.seed(dir, tests); err != nil {
		return nil, err
	}
	archive, err := g.build(ctx, where, l.ImportPath, dir)
	if err != nil {
		return nil, err
	}
	said, err := g.search(ctx, dir, archive)
	if err != nil {
		return nil, err
	}
	got := &GoFuzzed{Execs: executions(said)}
	if got.Execs == 0 {
		return nil, fmt.Errorf("go-fuzz ran nothing in %v:\n%s", g.Time, said)
	}
	return got, got.collect(dir, tests)
}

// seed puts our cases into go-fuzz's corpus.
func (g *GoFuzz) seed(dir string, tests corpus.Target) error {
	if err := os.MkdirAll(filepath.Join(dir, "corpus"), 0o777); err != nil {
		return err
	}
	for _, s := range corpus.Seeds() {
		if s.Case.Target != tests {
			continue
		}
		name := filepath.Join(dir, "corpus", strings.ReplaceAll(s.Name, "/", "-")+".case")
		if err := os.WriteFile(name, corpus.Format(s.Case), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// build builds the tools and what they run.
func (g *GoFuzz) build(ctx context.Context, where, pkg, dir string) (string, error) {
	for _, tool := range []string{"go-fuzz", "go-fuzz-build"} {
		if _, err := goTool(ctx, where, "build", "-o", filepath.Join(dir, tool), goFuzzModule+"/"+tool); err != nil {
			return "", fmt.Errorf("%w\nthe package's module needs go-fuzz: go get %s/go-fuzz-dep %s/go-fuzz %s/go-fuzz-build", err, goFuzzModule, goFuzzModule, goFuzzModule)
		}
	}
	archive := filepath.Join(dir, "fuzz.zip")
	// With the Go of today go-fuzz-build fails without -preserve.
	args := []string{"-preserve", "crypto/internal/fips140/bigmod", "-func", g.Func}
	if err := g.tool(ctx, where, filepath.Join(dir, "go-fuzz-build"), append(args, "-o", archive, pkg)...); err != nil {
		return "", err
	}
	if g.LibFuzzer {
		if err := g.tool(ctx, where, filepath.Join(dir, "go-fuzz-build"), append(args, "-libfuzzer", "-o", filepath.Join(dir, "fuzz.a"), pkg)...); err != nil {
			return "", err
		}
	}
	return archive, nil
}

func (g *GoFuzz) tool(ctx context.Context, where, name string, args ...string) error {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = where
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(name), err, bytes.TrimSpace(out))
	}
	return nil
}

// search runs go-fuzz for g.Time, and returns what it said.
func (g *GoFuzz) search(ctx context.Context, dir, archive string) (string, error) {
	procs := g.Procs
	if procs <= 0 {
		procs = runtime.NumCPU()
	}
	timed, cancel := context.WithTimeout(ctx, g.Time)
	defer cancel()
	c := exec.CommandContext(timed, filepath.Join(dir, "go-fuzz"), "-bin", archive, "-func", g.Func, "-procs", strconv.Itoa(procs), "-minimize", "1s", "-workdir", dir)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 5 * time.Second
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	if g.Log != nil {
		c.Stdout = io.MultiWriter(&said, g.Log)
		c.Stderr = c.Stdout
	}
	err := c.Run()
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case timed.Err() != nil:
		return said.String(), nil // its time is over
	case err == nil:
		err = errors.New("it ended before its time")
	}
	return "", fmt.Errorf("go-fuzz: %w\n%s", err, said.String())
}

var execsWord = regexp.MustCompile(`execs: (\d+) `)

// executions returns how many executions go-fuzz has last told of.
func executions(said string) int64 {
	all := execsWord.FindAllStringSubmatch(said, -1)
	if len(all) == 0 {
		return 0
	}
	n, _ := strconv.ParseInt(all[len(all)-1][1], 10, 64)
	return n
}

// collect reads go-fuzz's working directory.
func (f *GoFuzzed) collect(dir string, tests corpus.Target) error {
	for _, sub := range []string{"corpus", "crashers"} {
		entries, err := os.ReadDir(filepath.Join(dir, sub))
		if err != nil && sub == "crashers" {
			return nil // there was none
		}
		if err != nil {
			return err
		}
		for _, e := range entries {
			path := filepath.Join(dir, sub, e.Name())
			if sub == "crashers" && filepath.Ext(path) != "" {
				continue // what was said of an input
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if c := fuzz.Decode(tests, data, nil); c.Valid() == nil {
				f.Cases = append(f.Cases, c)
			}
			if sub == "crashers" {
				f.Crashers = append(f.Crashers, Crasher{File: path, Says: says(path + ".output")})
			}
		}
	}
	return nil
}

// says returns the first line of a file that says something.
func says(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return "nothing was said"
}
