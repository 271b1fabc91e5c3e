package fuzz

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
)

// leftVariable names the directory in which the workers of `go test -fuzz` leave
// what they said when they died.
const leftVariable = "IMAPFUZZ_LEFT"

// aftermath arranges that f tells what took a worker of `go test -fuzz` down:
// package testing starts them without an output, and knows only that one "hung or
// terminated unexpectedly". Call tell after f.Fuzz.
func aftermath(f *testing.F, target harness.Target, v *Vocabulary) (tell func()) {
	switch {
	case flagValue("test.fuzzworker") == "true":
		if dir := os.Getenv(leftVariable); dir != "" {
			leaveIn(dir)
		}
	case flagValue("test.fuzz") != "":
		dir, inputs := f.TempDir(), filepath.Join("testdata", "fuzz", f.Name(), "*")
		f.Setenv(leftVariable, dir)
		before, _ := filepath.Glob(inputs)
		return func() {
			if !f.Failed() {
				return
			}
			all, _ := filepath.Glob(filepath.Join(dir, "*"))
			for _, name := range all {
				out, err := os.ReadFile(name)
				if err != nil || len(out) == 0 {
					continue
				}
				said, ok := stallWords(out)
				if !ok {
					after, _ := filepath.Glob(inputs)
					said = deathWords(target, out) + newCase(target, v, before, after)
				}
				f.Logf("a process of the search ended: %s", said)
			}
		}
	}
	return func() {}
}

func flagValue(name string) string {
	if fl := flag.Lookup(name); fl != nil {
		return fl.Value.String()
	}
	return ""
}

// leaveIn has the runtime write what it says when the process dies to a file in
// dir. Without it, only that text is missing.
func leaveIn(dir string) {
	file, err := os.Create(filepath.Join(dir, strconv.Itoa(os.Getpid())))
	if err != nil {
		return
	}
	defer file.Close()
	debug.SetCrashOutput(file, debug.CrashOptions{})
}

// stallWords returns what the watchdog said as it ended the process that left
// out: a finding and its case. It is not ok if something else ended it.
func stallWords(out []byte) (text string, ok bool) {
	text, ok = strings.CutPrefix(string(out), "panic: ")
	text, _, _ = strings.Cut(text, "\n\ngoroutine ")
	return strings.ReplaceAll(text, "\n\t", "\n"), ok && strings.Contains(text, "\n\tbucket ")
}

// deathWords says what out means, the last words of a process that died.
func deathWords(target harness.Target, out []byte) string {
	if bytes.HasPrefix(out, []byte("panic: deadlocked!")) {
		return "package testing gave up a run after 10s; on a busy machine that says nothing about the target"
	}
	fd := harness.FatalFinding(target, out)
	fd.Stack = fd.Stack[:min(len(fd.Stack), 4<<10)]
	return complaint(&fd)
}

// newCase returns the case of the input that is in after and not in before, as
// text to be printed, or "" if there is none.
func newCase(target harness.Target, v *Vocabulary, before, after []string) string {
	known := map[string]bool{}
	for _, name := range before {
		known[name] = true
	}
	for _, name := range after {
		if known[name] {
			continue
		}
		if data, err := readInput(name); err == nil {
			return "\n\n" + advice(Decode(target.Tests(), data, v))
		}
	}
	return ""
}

// readInput reads a file of testdata/fuzz: the version, and one []byte as Go
// source.
func readInput(name string) ([]byte, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	_, value, _ := bytes.Cut(bytes.TrimSpace(text), []byte("\n"))
	quoted, whole := strings.CutPrefix(string(value), "[]byte(")
	quoted, ends := strings.CutSuffix(quoted, ")")
	if !whole || !ends {
		return nil, fmt.Errorf("%s: want []byte(...), got %.40q", name, value)
	}
	data, err := strconv.Unquote(quoted)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return []byte(data), nil
}

// advice is how a test prints a case.
func advice(c *corpus.Case) string {
	return fmt.Sprintf("the case; against go-imap, save it as FILE and run: imapfuzz replay FILE\n"+
		"against any other target: imapfuzz replay -target ./pkg FILE, or add it before the search: f.Add([]byte(CASE))\n\n%s", corpus.Format(c))
}
