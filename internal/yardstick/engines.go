package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/fuzz"
	"github.com/imapfuzz/imapfuzz/fuzz/gotest"
	"github.com/imapfuzz/imapfuzz/internal/plants"
	"github.com/imapfuzz/imapfuzz/internal/yardstick/raw"
)

// The engines, in the order of the columns.
const (
	ours0 = iota
	casesTest
	rawTest
	rawGoFuzz
	engines
)

const pkg = "github.com/imapfuzz/imapfuzz/internal/yardstick"

// bench has what the engines run.
type bench struct {
	dir    string
	limit  time.Duration
	pkg    *gotest.Package
	test   string // the test binary of this package, with go test -fuzz's own instrumentation
	gofuzz string // go-fuzz
	zips   map[string]string
	kept   string // what a campaign on a clean twin has left, if it found something
}

// command runs a program of the build, with its output where it helps.
func command(ctx context.Context, env []string, name string, args ...string) error {
	c := exec.CommandContext(ctx, name, args...)
	c.Env = append(os.Environ(), env...)
	out, err := c.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

// prepare builds what the engines run.
func prepare(ctx context.Context, dir string, limit time.Duration, which [engines]bool) (*bench, error) {
	b := &bench{dir: dir, limit: limit, test: filepath.Join(dir, "yard.test"), gofuzz: filepath.Join(dir, "go-fuzz"), zips: map[string]string{}}
	var err error
	if which[ours0] {
		if b.pkg, err = gotest.Build(ctx, pkg, gotest.Options{Dir: dir, Fuzz: "^FuzzCases", Cover: []string{"github.com/imapfuzz/imapfuzz/internal/plants"}}); err != nil {
			return nil, err
		}
		if len(b.pkg.Covered) == 0 {
			return nil, fmt.Errorf("no coverage: %s", strings.Join(b.pkg.Notes, "; "))
		}
	}
	if which[casesTest] || which[rawTest] {
		if err := command(ctx, nil, "go", "test", "-c", "-fuzz=.", "-o", b.test, pkg); err != nil {
			return nil, err
		}
	}
	if which[rawGoFuzz] {
		if err := command(ctx, nil, "go", "build", "-o", dir+"/", "github.com/dvyukov/go-fuzz/go-fuzz", "github.com/dvyukov/go-fuzz/go-fuzz-build"); err != nil {
			return nil, err
		}
		for _, side := range []string{"Server", "Client"} {
			zip := filepath.Join(dir, side+".zip")
			if err := command(ctx, nil, filepath.Join(dir, "go-fuzz-build"), "-preserve", "crypto/internal/fips140/bigmod", "-func", "Fuzz"+side, "-o", zip, pkg+"/raw"); err != nil {
				return nil, err
			}
			b.zips[side] = zip
		}
	}
	return b, nil
}

func side(p plants.Plant) string {
	if p.Client {
		return "Client"
	}
	return "Server"
}

// run lets an engine search for a plant, and returns after how many seconds it was
// found.
func (b *bench) run(ctx context.Context, engine int, p plants.Plant, seed uint64) (float64, error) {
	dir, err := os.MkdirTemp(b.dir, "run-")
	if err != nil {
		return never, err
	}
	defer os.RemoveAll(dir)
	// The limit kills an engine, and what it keeps elsewhere would stay.
	env := []string{raw.Variable + "=" + p.Name, "TMPDIR=" + dir}
	ctx, cancel := context.WithTimeout(ctx, b.limit)
	defer cancel()
	switch engine {
	case ours0:
		return b.campaign(ctx, dir, env, side(p), seed)
	case casesTest:
		return b.goTest(ctx, dir, env, "FuzzCases"+side(p))
	case rawTest:
		return b.goTest(ctx, dir, env, "FuzzRaw"+side(p))
	}
	return b.goFuzz(ctx, dir, env, p)
}

// campaign is ours.
func (b *bench) campaign(ctx context.Context, dir string, env []string, side string, seed uint64) (float64, error) {
	var specs []fuzz.Spec
	for _, s := range b.pkg.Targets {
		if strings.HasSuffix(s.Name, ".FuzzCases"+side) {
			program := *s.Program
			program.Env = append(program.Env[:len(program.Env):len(program.Env)], env...)
			s.Program = &program
			specs = append(specs, s)
		}
	}
	ctx, found := context.WithCancel(ctx)
	defer found()
	begun := time.Now()
	at := never
	done := make(chan struct{})
	go func() {
		defer close(done)
		if watch(ctx, filepath.Join(dir, "findings", "*", corpus.FindingFile)) {
			at = time.Since(begun).Seconds()
			found()
		}
	}()
	_, err := fuzz.Campaign{Dir: dir, Targets: specs, Seed: seed}.Run(ctx)
	found()
	<-done
	if errors.Is(err, context.DeadlineExceeded) {
		err = nil
	}
	if at != never && env[0] == raw.Variable+"=" {
		// A false alarm: nothing else tells what it was.
		if b.kept, err = os.MkdirTemp("", "imapfuzz-clean-twin-"); err == nil {
			err = os.CopyFS(b.kept, os.DirFS(dir))
		}
	}
	return at, err
}

// watch returns true when a file matches the pattern, and false when ctx is done.
func watch(ctx context.Context, pattern string) bool {
	every := time.NewTicker(50 * time.Millisecond)
	defer every.Stop()
	for {
		if files, _ := filepath.Glob(pattern); len(files) > 0 {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-every.C:
		}
	}
}

// goTest is `go test -fuzz`, which ends when it has found something.
func (b *bench) goTest(ctx context.Context, dir string, env []string, target string) (float64, error) {
	cmd := exec.CommandContext(ctx, b.test, "-test.run=^$", "-test.fuzz=^"+target+"$", "-test.fuzzcachedir="+dir, "-test.fuzzminimizetime=1x")
	cmd.Dir = dir // where it writes what it finds
	cmd.Env = append(os.Environ(), env...)
	cmd.WaitDelay = time.Second
	begun := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(begun).Seconds()
	if ctx.Err() != nil {
		return never, nil
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && strings.Contains(string(out), "FAIL") {
		return took, nil
	}
	return never, fmt.Errorf("%s: it ended without a finding: %v\n%s", target, err, out)
}

// goFuzz is go-fuzz.
func (b *bench) goFuzz(ctx context.Context, dir string, env []string, p plants.Plant) (float64, error) {
	if err := os.Mkdir(filepath.Join(dir, "corpus"), 0o777); err != nil {
		return never, err
	}
	tests := corpus.Server
	if p.Client {
		tests = corpus.Client
	}
	for i, seed := range raw.Seeds(tests) {
		if err := os.WriteFile(filepath.Join(dir, "corpus", fmt.Sprint(i)), seed, 0o666); err != nil {
			return never, err
		}
	}
	ctx, found := context.WithCancel(ctx)
	defer found()
	cmd := exec.CommandContext(ctx, b.gofuzz, "-bin", b.zips[side(p)], "-func", "Fuzz"+side(p), "-procs", "2", "-minimize", "1s", "-workdir", dir)
	cmd.Env = append(os.Environ(), env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return never, err
	}
	at := never
	if watch(ctx, filepath.Join(dir, "crashers", "*.output")) {
		at = time.Since(begun).Seconds()
	}
	found()
	cmd.Wait() // it is interrupted: that is no failure
	return at, nil
}
