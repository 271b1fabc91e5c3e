package harness

import (
	"strings"
	"testing"
)

const raceReport = `==================
WARNING: DATA RACE
Read at 0x000000c0a3d8 by goroutine 31:
  example.com/tiny.(*session).command()
      /tmp/tiny/tiny.go:79 +0x204
  example.com/tiny.serve()
      /tmp/tiny/tiny.go:55 +0x4bb

Previous write at 0x000000c0a3d8 by goroutine 30:
  example.com/tiny.bump()
      /tmp/tiny/tiny.go:90 +0x21c
  example.com/tiny.serve()
      /tmp/tiny/tiny.go:55 +0x4bb

Goroutine 31 (running) created at:
  sync.(*WaitGroup).Go()
      /usr/local/go/src/sync/waitgroup.go:238 +0x73

Goroutine 30 (finished) created at:
  example.com/tiny.never()
      /usr/local/go/src/sync/waitgroup.go:238 +0x73
==================
exit status 66
`

func TestADataRaceIsNamedAfterTheTwoFunctionsThatMeet(t *testing.T) {
	f := FatalFinding(&Server{}, []byte("before\n"+raceReport))
	if f.Kind != Race || f.Where != "tiny.(*session).command, tiny.bump" || !strings.HasPrefix(f.Summary, RaceSummary) {
		t.Errorf("%+v", f)
	}
	if !strings.Contains(f.Stack, "Previous write") || strings.Contains(f.Stack, "exit status") {
		t.Errorf("stack:\n%s", f.Stack)
	}
	swapped := strings.NewReplacer("(*session).command", "bump", "bump", "(*session).command").Replace(raceReport)
	if g := FatalFinding(&Server{}, []byte(swapped)); g.Bucket() != f.Bucket() {
		t.Errorf("%s, and the other way round %s", f.Bucket(), g.Bucket())
	}
	if f := FatalFinding(&Server{}, []byte("panic: DATA RACE is only a word here\n")); f.Kind != Crash {
		t.Errorf("%+v", f)
	}
}
