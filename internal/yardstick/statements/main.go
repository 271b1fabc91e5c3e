package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	self   = "github.com/imapfuzz/imapfuzz/internal/yardstick/statements"
	module = "github.com/emersion/go-imap/v2"
	server = module + "/imapserver"

	// storeVariable names the store that TestReplay runs.
	storeVariable = "IMAPFUZZ_STATEMENTS_STORE"
)

// The rows: targets of this package under go test -fuzz, then our campaign.
var rows = []string{"FuzzNothing", "FuzzRawLine", "FuzzRaw", "FuzzDecodedAlone", "FuzzDecoded", campaign}

const campaign = "campaign"

func main() {
	n := flag.Int("n", 150_000, "how many executions each engine has")
	t := flag.Duration("t", 0, "how long each engine searches, whatever -n says; 0: as long as its executions take")
	only := flag.String("rows", "", "a regular expression of rows: "+strings.Join(rows, ", ")+"; empty: all")
	workers := flag.Int("workers", 0, "processes of each engine; 0: one a core")
	seed := flag.Uint64("seed", 1, "of the campaign's chance")
	list := flag.Bool("uncovered", false, "list the statements of imapserver that the last row has not reached")
	flag.Parse()
	match, err := regexp.Compile(*only)
	if err != nil || *n < 1 || *t < 0 || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "statements: want a number, a duration, a regular expression, and no arguments")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := measure(ctx, os.Stdout, match, setup{n: *n, time: *t, workers: *workers, seed: *seed, list: *list}); err != nil {
		fmt.Fprintln(os.Stderr, "statements:", err)
		os.Exit(2)
	}
}

type setup struct {
	n, workers int
	time       time.Duration // instead of n, if it is not 0
	seed       uint64
	list       bool
	dir        string
}

// in returns the path of a file in the directory of the measurement.
func (s *setup) in(name ...string) string { return filepath.Join(append([]string{s.dir}, name...)...) }

func measure(ctx context.Context, out *os.File, match *regexp.Regexp, s setup) (err error) {
	if s.dir, err = os.MkdirTemp("", "imapfuzz-statements-"); err != nil {
		return err
	}
	defer os.RemoveAll(s.dir)
	for _, args := range [][]string{
		{"test", "-c", "-fuzz=.", "-o", s.in("fuzz.test"), self},
		{"test", "-c", "-cover", "-coverpkg=" + module + "/...", "-o", s.in("cover.test"), self},
		{"build", "-o", s.in("imapfuzz"), "github.com/imapfuzz/imapfuzz/cmd/imapfuzz"},
	} {
		if err := run(ctx, "", nil, "go", args...); err != nil {
			return err
		}
	}
	var last *profile
	for _, row := range rows {
		if !match.MatchString(row) {
			continue
		}
		if last, err = s.row(ctx, row); err != nil {
			return fmt.Errorf("%s: %w", row, err)
		}
		fmt.Fprintf(out, "%s imapserver %.1f%% imapmemserver %.1f%% edges %d inputs %d\n",
			row, last.share(server), last.share(server+"/imapmemserver"), last.edges(), last.inputs)
	}
	if s.list && last != nil {
		last.uncovered(out, server)
	}
	return nil
}

// row searches, and runs what the search has kept once more.
func (s *setup) row(ctx context.Context, row string) (*profile, error) {
	dir := s.in(row)
	if err := os.MkdirAll(filepath.Join(dir, "testdata", "fuzz"), 0o777); err != nil {
		return nil, err
	}
	if row == campaign {
		return s.campaign(ctx, dir)
	}
	inputs := filepath.Join(dir, "testdata", "fuzz")
	if row != "FuzzNothing" {
		args := []string{"-test.run=^$", "-test.fuzz=^" + row + "$", "-test.fuzzcachedir=" + inputs, "-test.fuzztime=" + s.fuzztime()}
		if s.workers > 0 {
			args = append(args, "-test.parallel="+strconv.Itoa(s.workers))
		}
		if err := run(ctx, s.dir, nil, s.in("fuzz.test"), args...); err != nil {
			return nil, err
		}
	}
	return s.replay(ctx, dir, "^"+row+"$", filepath.Join(inputs, row), nil)
}

// fuzztime returns how long go test searches.
func (s *setup) fuzztime() string {
	if s.time > 0 {
		return s.time.String()
	}
	return strconv.Itoa(s.n) + "x"
}

// campaign is the row of ours. One that has a number of cases is stopped once it has
// run them: what it has found need not be minimized.
func (s *setup) campaign(ctx context.Context, dir string) (*profile, error) {
	store := filepath.Join(dir, "store")
	searching, stop := context.WithCancel(ctx)
	defer stop()
	length := []string{"-t", s.time.String()}
	if s.time == 0 {
		length = append(length, "-n", strconv.Itoa(s.n))
		go s.stopWhenDone(searching, stop, filepath.Join(store, "progress.jsonl"))
	}
	err := run(searching, "", nil, s.in("imapfuzz"), append([]string{"run", "-side", "server", "-dir", store,
		"-workers", strconv.Itoa(s.workers), "-seed", strconv.FormatUint(s.seed, 10), "-json"}, length...)...)
	if exit, ok := err.(*failure); ok && exit.status == 1 {
		err = nil // it found something
	}
	if err != nil {
		return nil, err
	}
	return s.replay(ctx, dir, "^TestReplay$", filepath.Join(store, "corpus"), []string{storeVariable + "=" + store})
}

// stopWhenDone calls stop once the log of a campaign says that it has run its cases.
func (s *setup) stopWhenDone(ctx context.Context, stop func(), log string) {
	for ctx.Err() == nil && !done(log, s.n) {
		time.Sleep(time.Second)
	}
	stop()
}

// done reports whether the log of a campaign says that so many cases have been run.
func done(log string, n int) bool {
	text, err := os.ReadFile(log)
	if err != nil {
		return false
	}
	var last struct{ Cases int }
	for line := range strings.Lines(string(text)) {
		json.Unmarshal([]byte(line), &last) // half a line is read again
	}
	return last.Cases >= n
}

// replay runs a test, whose inputs are the files in a directory, and counts
// statements.
func (s *setup) replay(ctx context.Context, dir, test, inputs string, env []string) (*profile, error) {
	name := filepath.Join(dir, "profile")
	if err := run(ctx, dir, env, s.in("cover.test"), "-test.run="+test, "-test.coverprofile="+name); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	p, err := parseProfile(string(text))
	if err != nil {
		return nil, err
	}
	files, _ := os.ReadDir(inputs)
	p.inputs = len(files)
	return p, nil
}

// A failure is the error of a program that ended with a status.
type failure struct {
	what   string
	status int
}

// Error says what failed, and what it printed.
func (f *failure) Error() string { return f.what }

func run(ctx context.Context, dir string, env []string, name string, args ...string) error {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir, c.Env = dir, append(os.Environ(), env...)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = time.Minute
	out, err := c.CombinedOutput()
	if err != nil {
		return &failure{fmt.Sprintf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out), c.ProcessState.ExitCode()}
	}
	return nil
}
