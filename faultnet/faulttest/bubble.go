package faulttest

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
)

// DefaultLimit is how long a session may take, in fake time, if nobody says.
const DefaultLimit = 10 * time.Minute

// aftermath is how much fake time passes after a session: what only waits for a
// timer, such as the end of a stall, is gone then.
const aftermath = 24 * time.Hour

// Bubble returns a session that runs s in a bubble of its own each time, at most
// limit of fake time; 0 is DefaultLimit. One that takes longer ends with
// faultnet.ErrHang, one that panics with ErrPanic, and one that returns nil and
// leaves goroutines behind, even after a day, with ErrLeak: each with the stacks
// of the bubble's goroutines. The ctx of the session is done when limit is over,
// but not when the caller's is. Goroutines that no end of a connection, no ctx and
// no timer moves stay with the process.
//
// The session must make its connections, listeners and servers itself: what was
// made outside its bubble does not count as waiting there.
func Bubble(t *testing.T, limit time.Duration, s faultnet.Session) faultnet.Session {
	if limit <= 0 {
		limit = DefaultLimit
	}
	s = s.Within(limit)
	return func(ctx context.Context, o faultnet.Options) (err error) {
		bubble := ""
		defer func() {
			v := recover()
			if v != nil && !strings.Contains(fmt.Sprint(v), "deadlock") {
				panic(v)
			}
			if v != nil && err == nil {
				err = &faultnet.StackError{Err: faultnet.ErrLeak, Stacks: stacksIn(bubble)}
			}
		}()
		ctx = context.WithoutCancel(ctx) // it was made outside the bubble
		synctest.Test(t, func(*testing.T) {
			bubble = bubbleOf(string(debug.Stack()))
			err = s(ctx, o)
			time.Sleep(aftermath)
		})
		return err
	}
}

// bubbleOf returns "synctest bubble 3]" of the stack of a goroutine that is in it.
func bubbleOf(stack string) string {
	head, _, _ := strings.Cut(stack, "\n")
	return strings.TrimSuffix(head[max(strings.Index(head, "synctest bubble"), 0):], ":")
}

// stacksIn returns the stacks of the goroutines in the bubble, which the caller
// is not in.
func stacksIn(bubble string) string {
	var out strings.Builder
	for stack := range strings.SplitAfterSeq(faultnet.Goroutines(), "\n\n") {
		if stack != "" && bubbleOf(stack) == bubble {
			out.WriteString(stack)
		}
	}
	return out.String()
}

// Sweep runs s with its session in bubbles, at most DefaultLimit of fake time
// each, and returns what came of it. It fails t, and ends it, if the sweep could not
// be run, and fails it if a fault never took effect.
func Sweep(t *testing.T, s faultnet.Sweep) *faultnet.SweepReport {
	t.Helper()
	s.Session = Bubble(t, 0, s.Session)
	report, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range report.Unreached {
		t.Error(u)
	}
	return report
}
