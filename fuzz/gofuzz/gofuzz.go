package gofuzz

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/fuzz"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
)

// What an entry point tells go-fuzz of an input.
const (
	dull        = 0 // nothing was fired and nothing expected: as good as any
	interesting = 1 // the target said something: to be preferred
)

// maxStack is how deep a goroutine may recurse, in bytes: an endless recursion
// is found before the machine's memory is.
const maxStack = 16 << 20

// call is a run that an entry point asks for.
type call struct {
	target harness.Target
	c      *corpus.Case
	res    chan<- *harness.Result
}

// The one test that serves the calls. This is state of the process, because a
// process has one package testing.
var (
	begin sync.Once
	calls = make(chan call)
)

// serve starts package testing. It parses the process's flags, which are
// go-fuzz's own, so they are hidden from it.
func serve() {
	debug.SetMaxStack(maxStack)
	realTimers()
	args, out := os.Args, os.Stdout
	os.Args, os.Stdout = os.Args[:1], os.Stderr // package testing prints there
	testing.Init()
	ready := make(chan struct{})
	all := func(string, string) (bool, error) { return true, nil }
	go testing.Main(all, []testing.InternalTest{{Name: "gofuzz", F: func(t *testing.T) {
		synctest.Test(t, func(*testing.T) {}) // without bubbles nothing would run: better a loud end
		close(ready)
		var scratch harness.Scratch
		for q := range calls {
			q.res <- harness.Run(t, q.target, q.c, harness.Options{Scratch: &scratch})
		}
	}}}, nil, nil)
	<-ready
	os.Args, os.Stdout = args, out
}

// realTimers gives the process the timers that bubbles need. go-fuzz-build
// builds without our go.mod, so the binary gets the defaults of an old Go.
func realTimers() {
	const setting = "asynctimerchan=0"
	old := os.Getenv("GODEBUG")
	if old != "" {
		old += ","
	}
	os.Setenv("GODEBUG", old+setting) // the runtime reads it again at once
}

// Run runs the case that data means against target. It panics at a finding that
// known does not name, by bucket or by rule: that is how go-fuzz learns of it.
// Calls must not overlap.
func Run(target harness.Target, data []byte, known map[string]bool) int {
	return RunCase(target, fuzz.DecodeFor(target, data), known)
}

// RunCase is [Run] for a case that the caller has made of the data in its own way.
func RunCase(target harness.Target, c *corpus.Case, known map[string]bool) int {
	begin.Do(serve)
	res := make(chan *harness.Result, 1)
	calls <- call{target, c, res}
	r := <-res
	if r.Err != nil {
		return dull
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		if known[f.Rule] || known[f.Bucket()] {
			continue
		}
		panic(fmt.Sprintf("%v\nbucket %s\n\n%s", f, f.Bucket(), strings.TrimSpace(string(corpus.Format(c)))))
	}
	if r.Record.Output > 0 {
		return interesting
	}
	return dull
}

var (
	server = sync.OnceValue(func() harness.Target { return goimap.Server() })
	client = sync.OnceValue(func() harness.Target { return goimap.Client() })
)

// allRules names every rule that judges a run from its transcript.
func allRules() map[string]bool {
	known := map[string]bool{}
	for _, r := range harness.Rules() {
		known[r.ID] = true
	}
	return known
}

// FuzzServer tests go-imap's server. It is known to break most rules, and go-fuzz
// starts its process anew at every panic; so what counts here is only what ends
// the process or never returns.
func FuzzServer(data []byte) int { return Run(server(), data, allRules()) }

// FuzzClient tests go-imap's client on the same terms.
func FuzzClient(data []byte) int { return Run(client(), data, allRules()) }
