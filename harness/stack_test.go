package harness

import (
	"strings"
	"testing"
	"testing/synctest"
)

const panicText = `panic: runtime error: index out of range [9] with length 3

goroutine 12 [running, synctest bubble 3]:
runtime/debug.Stack()
	/go/src/runtime/debug/stack.go:26 +0x5e
example.org/mail/server.(*conn).rescue(0xc000)
	/src/mail/server/conn.go:40 +0x30
panic({0x1, 0x2})
	/go/src/runtime/panic.go:787 +0x132
example.org/mail/server.pick[...](...)
	/src/mail/server/pick.go:7
example.org/mail/server.(*conn).fetch.func1(0x1)
	/src/mail/server/fetch.go:70 +0x1d
example.org/mail/server.(*conn).serve(0xc000)
	/src/mail/server/conn.go:20 +0x99
created by example.org/mail/server.Serve in goroutine 7
	/src/mail/server/serve.go:11 +0x45
`

func TestStacksAreRead(t *testing.T) {
	stacks := parseStacks([]byte(panicText))
	if len(stacks) != 1 {
		t.Fatalf("want one stack, got %d", len(stacks))
	}
	s := stacks[0]
	t.Run("the state and the bubble", func(t *testing.T) {
		if stateWord(s.State) != "running" || bubbleOf(s.State) != "3" {
			t.Errorf("got %q, bubble %q", stateWord(s.State), bubbleOf(s.State))
		}
	})
	t.Run("the target's own frames are those below the panic", func(t *testing.T) {
		want := "server.pick server.(*conn).fetch server.(*conn).serve"
		if got := strings.Join(s.own([]string{"example.org/mail"}), " "); got != want {
			t.Errorf("want %q, got %q", want, got)
		}
	})
	t.Run("frames of other packages are none of its own", func(t *testing.T) {
		if got := s.own([]string{"example.org/other"}); got != nil {
			t.Errorf("got %q", got)
		}
	})
	t.Run("the creator is not on the stack", func(t *testing.T) {
		for _, f := range s.Frames {
			if strings.HasSuffix(f.Func, "Serve") {
				t.Error(f.Func)
			}
		}
	})
}

func TestGoroutinesOfABubbleAreSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, alone := new(run), new(mark).pass()
		if r.linger(alone) {
			t.Error("a bubble alone has nothing left")
		}
		stop := make(chan struct{})
		go func() { <-stop }()
		synctest.Wait()
		if left := r.leftovers(alone); len(left) != 1 || stateWord(left[0].State) != "chan receive" {
			t.Errorf("want one that waits for a channel, got %v", left)
		}
		close(stop)
		synctest.Wait()
		if left := r.leftovers(alone); left != nil {
			t.Errorf("want none, got %v", left)
		}
	})
}

func FuzzStacksAreReadWhateverTheySay(f *testing.F) {
	f.Add(panicText)
	f.Add("goroutine 1 [")
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range parseStacks([]byte(text)) {
			s.own(nil)
			stateWord(s.State)
			bubbleOf(s.State)
		}
		FatalFinding(&Server{}, []byte(text))
	})
}
