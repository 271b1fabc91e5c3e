package goimap

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/harness"
)

// rig is a driver in a bubble, and the case's side of it.
type rig struct {
	t      *testing.T
	calls  chan string
	cancel context.CancelFunc
	done   chan struct{}
	err    error

	mu     sync.Mutex
	claims []harness.Claim
}

// newRig drives conn; it must be called in a bubble.
func newRig(t *testing.T, conn net.Conn) *rig {
	ctx, cancel := context.WithCancel(context.Background())
	r := &rig{t: t, calls: make(chan string), cancel: cancel, done: make(chan struct{})}
	d := &driver{ctx: ctx, conn: &tap{Conn: conn}, calls: r.calls, report: func(c harness.Claim) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.claims = append(r.claims, c)
	}}
	go func() {
		defer close(r.done)
		r.err = d.run()
	}()
	return r
}

// ask hands over a call and waits until all is quiet.
func (r *rig) ask(call string) {
	r.t.Helper()
	select {
	case r.calls <- call:
	case <-time.After(time.Minute):
		r.t.Fatalf("the driver did not take %q", call)
	case <-r.done:
		r.t.Fatalf("the driver ended before %q: %v", call, r.err)
	}
	synctest.Wait()
}

// claim returns the last claim about call; it fails if there is none.
func (r *rig) claim(call string) harness.Claim {
	r.t.Helper()
	if c := r.find(call); c != nil {
		return *c
	}
	r.t.Fatalf("no claim about %q in %+v", call, r.claims)
	return harness.Claim{}
}

func (r *rig) find(call string) *harness.Claim {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range slices.Backward(r.claims) {
		if r.claims[i].Call == call {
			return &r.claims[i]
		}
	}
	return nil
}

// end lets the calls end, and waits for the driver.
func (r *rig) end() error {
	r.t.Helper()
	close(r.calls)
	return r.wait()
}

func (r *rig) wait() error {
	r.t.Helper()
	select {
	case <-r.done:
	case <-time.After(time.Hour):
		r.t.Fatal("the driver did not end")
	}
	r.cancel()
	return r.err
}

// honest runs f with a driver at the honest server, in a bubble.
func honest(t *testing.T, f func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ln := faultnet.NewListener(faultnet.ListenOptions{})
		var log strings.Builder
		stop, err := Server().Serve(ln, &log)
		if err != nil {
			t.Fatal(err)
		}
		link, err := ln.Dial(t.Context(), faultnet.Options{})
		if err != nil {
			t.Fatal(err)
		}
		f(newRig(t, link.Client()))
		stop()
		ln.Close()
		synctest.Wait()
		if strings.Contains(log.String(), "panic") {
			t.Error(log.String())
		}
	})
}

// scripted runs f with a driver whose server is the test: say writes to the
// client and waits until all is quiet, heard is what the client has sent.
func scripted(t *testing.T, f func(r *rig, s *script)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		link := faultnet.NewLink(faultnet.Options{})
		s := &script{t: t, Conn: link.Server()}
		listening := make(chan struct{})
		go func() {
			defer close(listening)
			io.Copy(&s.heard, s.Conn)
		}()
		f(newRig(t, link.Client()), s)
		s.Close()
		<-listening
	})
}

type script struct {
	t *testing.T
	net.Conn
	heard lockedBuffer
}

func (s *script) say(text string) {
	s.t.Helper()
	if _, err := io.WriteString(s.Conn, text); err != nil {
		s.t.Fatal(err)
	}
	synctest.Wait()
}

type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// unsupported are the verbs that the honest server refuses.
var unsupported = []string{"unauthenticate", "sort", "uid-sort", "thread", "uid-thread", "getacl", "setacl", "myrights",
	"getquota", "getquotaroot", "setquota", "getmetadata", "setmetadata", "id"}

// defective are the examples at which the honest server is known to fail.
var defective = map[string]string{
	"uid-copy $ work": "go-imap's server breaks off COPYUID when the set is empty",
}

func TestEveryCallAgainstTheHonestServer(t *testing.T) {
	made := 0
	for _, v := range verbs() {
		for _, example := range v.examples {
			t.Run(example, func(t *testing.T) {
				made++
				honest(t, func(r *rig) { makeExample(t, r, v.name, example) })
			})
		}
	}
	if made < len(verbs()) {
		t.Errorf("%d calls were made, of %d verbs", made, len(verbs()))
	}
}

// makeExample makes one example call where it is at home.
func makeExample(t *testing.T, r *rig, name, example string) {
	before, after := []string{"login test test", "create work", "select INBOX"}, []string(nil)
	switch name {
	case "connect", "starttls", "greeting", "login", "authenticate", "caps", "capability":
		before = nil
	case "delete", "rename", "subscribe", "unsubscribe", "create":
		before = []string{"login test test"}
		if name != "create" {
			before = append(before, "create work")
		}
		if name == "unsubscribe" {
			before = append(before, "subscribe work")
		}
	case "idle":
		after = []string{"done"}
	case "done":
		before = append(before, "idle")
	}
	for _, c := range before {
		r.ask(c)
		if err := r.claim(c).Err; err != nil {
			t.Fatalf("%s: %v", c, err)
		}
	}
	r.ask(example)
	c := r.claim(example)
	var refused *imap.Error
	switch why, known := defective[example]; {
	case known:
		if c.Err == nil {
			t.Errorf("%s: no longer true: %s", example, why)
		}
	case slices.Contains(unsupported, name):
		if !errors.As(c.Err, &refused) {
			t.Errorf("%s: want NO or BAD, got %v", example, c.Err)
		}
	case c.Err == nil, errors.As(c.Err, &refused) && mayRefuse(example):
	default:
		t.Errorf("%s: %v", example, c.Err)
	}
	for _, c := range after {
		r.ask(c)
	}
	err := r.end()
	if (err == nil) != (c.Err == nil) {
		t.Errorf("Drive returned %v, the call %v", err, c.Err)
	}
}

// mayRefuse says which examples use more than the honest server has.
func mayRefuse(example string) bool {
	for _, s := range []string{"modseq", "condstore", "METADATA", "special-use", `\Sent`, `t\u00e9st`, `\u65e5`, "select-subscribed"} {
		if strings.Contains(example, s) {
			return true
		}
	}
	return false
}
