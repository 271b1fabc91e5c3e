package faulttest_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/faultnet/faulttest"
)

// ping is a session of one PING and one PONG, with a minute for it.
func ping(ctx context.Context, o faultnet.Options) error {
	client, server := faultnet.Pipe(o)
	defer client.Close()
	defer context.AfterFunc(ctx, func() { client.Close(); server.Close() })()
	go func() {
		defer server.Close()
		in := bufio.NewReader(server)
		for _, err := in.ReadString('\n'); err == nil; _, err = in.ReadString('\n') {
			fmt.Fprint(server, "+PONG\r\n")
		}
	}()
	client.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprint(client, "PING\r\n")
	_, err := bufio.NewReader(client).ReadString('\n')
	for _, fine := range []error{io.EOF, syscall.ECONNRESET, os.ErrDeadlineExceeded} {
		if errors.Is(err, fine) {
			return nil // what a network may do
		}
	}
	return err
}

func TestPingSurvivesTheNetwork(t *testing.T) {
	report := faulttest.Sweep(t, faultnet.Sweep{Session: ping})
	for _, s := range report.Stretches {
		t.Error(s)
	}
	if want := 3 * (7 + 8); report.Struck != want {
		t.Errorf("want %d faults that struck, got %d", want, report.Struck)
	}
}

func TestASessionHasTenMinutesOrWhatItsTestSays(t *testing.T) {
	sleep := func(context.Context, faultnet.Options) error { time.Sleep(11 * time.Minute); return nil }
	if err := faulttest.Bubble(t, 0, sleep)(t.Context(), faultnet.Options{}); !errors.Is(err, faultnet.ErrHang) {
		t.Errorf("eleven minutes: %v", err)
	}
	if err := faulttest.Bubble(t, time.Hour, sleep)(t.Context(), faultnet.Options{}); err != nil {
		t.Errorf("eleven minutes of an hour: %v", err)
	}
}

// TestADoneContextOfTheCallerStaysOutside would end the process if a goroutine
// outside the bubble closed a channel of it.
func TestADoneContextOfTheCallerStaysOutside(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ran := false
	err := faulttest.Bubble(t, 0, func(ctx context.Context, o faultnet.Options) error {
		ran = true
		return errors.Join(ctx.Err(), ping(ctx, o))
	})(ctx, faultnet.Options{})
	if err != nil || !ran {
		t.Error(err)
	}
}

func TestWhatStaysBehindIsALeakWithItsStack(t *testing.T) {
	for _, tt := range []struct {
		name string
		stay func()
		leak bool
	}{
		{"a goroutine that waits for nobody", func() { select {} }, true},
		{"a goroutine that waits for a timer", func() { time.Sleep(23 * time.Hour) }, false},
	} {
		err := faulttest.Bubble(t, 0, func(context.Context, faultnet.Options) error { go tt.stay(); return nil })(t.Context(), faultnet.Options{})
		var stack *faultnet.StackError
		if errors.Is(err, faultnet.ErrLeak) != tt.leak {
			t.Errorf("%s: %v", tt.name, err)
		}
		if tt.leak && (!errors.As(err, &stack) || !strings.Contains(stack.Stacks, "bubble_test.go") || strings.Contains(stack.Stacks, "testing/synctest.Test")) {
			t.Errorf("%s: %+v", tt.name, err)
		}
	}
}

// TestThereAreNoGoroutinesInABubbleButItsOwn, however many there are outside.
func TestThereAreNoGoroutinesInABubbleButItsOwn(t *testing.T) {
	outside := make(chan struct{})
	go func() { <-outside }()
	defer close(outside)
	var stacks string
	err := faulttest.Bubble(t, 0, func(context.Context, faultnet.Options) error {
		inside := make(chan struct{})
		go theOther(inside)
		time.Sleep(time.Second)
		stacks = faultnet.Goroutines()
		close(inside)
		return nil
	})(t.Context(), faultnet.Options{})
	// The other, and the one that watches the limit.
	if n := strings.Count(stacks, "goroutine "); err != nil || !strings.Contains(stacks, "theOther") || strings.Count(stacks, "\n\n") != 2 {
		t.Errorf("%v, %d:\n%s", err, n, stacks)
	}
	if !strings.Contains(faultnet.Goroutines(), "\ntesting.") {
		t.Error("outside a bubble the goroutines of the process are missing")
	}
}

func theOther(c chan struct{}) { <-c }
