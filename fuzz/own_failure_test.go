package fuzz

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
)

const (
	engineDied = `panic: runtime error: index out of range [-1] [recovered, repanicked]

goroutine 7 [running]:
testing.tRunner.func1.2({0x81e240, 0x19191d8a6498})
	/usr/local/go/src/testing/testing.go:1974 +0x232
panic({0x81e240?, 0x19191d8a6498?})
	/usr/local/go/src/runtime/panic.go:860 +0x132
github.com/imapfuzz/imapfuzz/harness.checkLiteralSilence(_)
	/src/harness/rule_literal.go:148 +0xc05
github.com/imapfuzz/imapfuzz/harness.Run(0x19191d9ae908)
	/src/harness/run.go:127 +0x5e6

goroutine 9 [select]:
example.com/mine.serve()
	/mine/serve.go:1
`
	lockDied = `fatal error: semaphore wake of synctest goroutine from outside bubble

goroutine 23 [running]:
sync.runtime_notifyListNotifyAll(0x3566e2736648)
	/usr/local/go/src/runtime/sema.go:658 +0x12c
sync.(*Cond).Broadcast(0x7f19e641cee0?)
	/usr/local/go/src/sync/cond.go:93 +0x45
github.com/imapfuzz/imapfuzz/faultnet.(*waiter).wake(...)
	/src/faultnet/deadline.go:21
`
	targetDied = `panic: mine

goroutine 7 [running]:
example.com/mine.serve()
	/mine/serve.go:1
github.com/imapfuzz/imapfuzz/harness.Run(0x19191d9ae908)
	/src/harness/run.go:127 +0x5e6
`
)

func TestAFailureOfImapfuzzIsNoFindingOfTheTarget(t *testing.T) {
	target := &harness.Server{}
	for _, tt := range []struct {
		name, output string
		ours         bool
	}{
		{"a rule panics", engineDied, true},
		{"the network panics", lockDied, true},
		{"the target panics", targetDied, false},
		{"something ends the process from outside", "signal: killed\n", false},
		{"a stack overflows", strings.Replace(engineDied, "panic: ", "runtime: goroutine stack exceeds 1000-byte limit\npanic: ", 1), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := &death{Output: tt.output}
			d.judge(target)
			if (d.ours != nil) != tt.ours {
				t.Errorf("ours: %v, %+v", d.ours, d.Finding)
			}
		})
	}
	t.Run("its case is kept, and told", func(t *testing.T) {
		var said []string
		r := &running{Campaign: Campaign{Dir: t.TempDir(), OnProblem: func(line string) { said = append(said, line) }}}
		r.ours(&ownFailure{"index out of range"}, string(corpus.Format(serverCase(t, "C: a1 NOOP\n"))))
		files, _ := filepath.Glob(filepath.Join(r.Dir, "failed-*.case"))
		if len(files) != 1 || len(said) != 1 || !strings.Contains(said[0], files[0]) || !strings.Contains(said[0], "imapfuzz itself failed") {
			t.Fatalf("%q %q", files, said)
		}
		if text, err := os.ReadFile(files[0]); err != nil || !strings.Contains(string(text), "C: a1 NOOP") {
			t.Errorf("%v %q", err, text)
		}
	})
}
