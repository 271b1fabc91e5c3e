package faultnet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestConnectionsAreMadeAsThePlanSays(t *testing.T) {
	ran := 0
	for _, row := range []struct {
		plan     string
		patience time.Duration // of the dialler
		want     string        // how the dial ended, and when it and the accept did
	}{
		{"", 0, "connected 0s accepted 0s"},
		{"server: refuse", 0, "connection refused 0s"},
		{"client: slow-connect 3s", 0, "connected 3s accepted 3s"},
		{"client: slow-connect 3s", time.Second, "context deadline exceeded 1s"},
		{"client: slow-connect", 0, "connection timed out 2m7s"},
		{"client: slow-connect", time.Minute, "context deadline exceeded 1m0s"},
		{"server: slow-accept 3s", 0, "connected 0s accepted 3s"},
		{"server: slow-accept 3s; client: slow-connect 2s", 0, "connected 2s accepted 5s"},
		{"client: slow-connect 2s; server: refuse", 0, "connection refused 2s"},
		{"server: slow-accept 3s; server @1: cut", 0, "connected 0s accepted 3s"},
	} {
		synctest.Test(t, func(t *testing.T) {
			p, err := ParsePlan(row.plan)
			if err != nil {
				t.Fatal(err)
			}
			l := NewListener(ListenOptions{})
			defer l.Close()
			ctx := t.Context()
			if row.patience > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, row.patience)
				defer cancel()
			}
			struck := 0
			start := time.Now()
			link, err := l.Dial(ctx, Options{Plan: p, Tap: func(e Event) {
				if e.Op == Struck {
					struck++
				}
			}})
			took := time.Since(start)
			got := ""
			if err != nil {
				got = fmt.Sprintf("%v %v", cause(err), took)
			} else {
				if _, err := l.Accept(); err != nil {
					t.Fatal(err)
				}
				got = fmt.Sprintf("connected %v accepted %v", took, time.Since(start))
				if n := len(link.Journal()); n != struck {
					t.Errorf("%s: %d in the journal, %d told", row.plan, n, struck)
				}
			}
			making, rest := p.split()
			if got != row.want || struck != len(making) && err == nil {
				t.Errorf("%s: %s, %d struck; want %s", row.plan, got, struck, row.want)
			}
			if link != nil && len(link.Unfired()) != len(rest.Rules) {
				t.Errorf("%s: unfired %v", row.plan, link.Unfired())
			}
			ran++
		})
	}
	if ran != 10 {
		t.Errorf("%d ran", ran)
	}
}

// cause is the innermost error of a failed dial, whose outermost must be as the
// net package's is.
func cause(err error) error {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "dial" {
		return fmt.Errorf("no dial error: %w", err)
	}
	for _, e := range []error{syscall.ECONNREFUSED, syscall.ETIMEDOUT, context.DeadlineExceeded} {
		if errors.Is(err, e) {
			return e
		}
	}
	return err
}

func TestAListenerThatPausesLetsItsBacklogFill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewListener(ListenOptions{Backlog: 2})
		defer l.Close()
		l.Pause()
		accepted := make(chan net.Conn)
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					close(accepted)
					return
				}
				accepted <- c
			}
		}()
		dial := func() error {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := l.Dial(ctx, Options{})
			return err
		}
		for range 2 {
			if err := dial(); err != nil {
				t.Fatal(err)
			}
		}
		if err := dial(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a dial to a full backlog: %v", err)
		}
		select {
		case <-accepted:
			t.Error("a paused listener accepts")
		default:
		}
		l.Resume()
		<-accepted
		<-accepted
		if dial() != nil {
			t.Error("no room after the pause")
		}
		<-accepted
		l.Close()
		<-accepted
	})
}

func TestAConnectionThatIsAcceptedLateHoldsUpThoseBehindIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewListener(ListenOptions{})
		p, err := ParsePlan("server: slow-accept 5s")
		if err != nil {
			t.Fatal(err)
		}
		first, err := l.Dial(t.Context(), Options{Plan: p})
		if err != nil {
			t.Fatal(err)
		}
		second, err := l.Dial(t.Context(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for _, want := range []*Link{first, second} {
			c, err := l.Accept()
			if err != nil || c.(*Conn).Link() != want || time.Since(start) != 5*time.Second {
				t.Errorf("%v after %v, %v", c, time.Since(start), err)
			}
		}
		if _, err := l.Dial(t.Context(), Options{Plan: p}); err != nil {
			t.Fatal(err)
		}
		l.Close() // with one that waits
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}

// linked is a Dialer and a wrapped listener over one in memory, which follow the
// plans.
func linked(t *testing.T, dialled, accepted string) (*Dialer, net.Listener) {
	t.Helper()
	parse := func(text string) Options {
		p, err := ParsePlan(text)
		if err != nil {
			t.Fatal(err)
		}
		return Options{Plan: p}
	}
	inner := NewListener(ListenOptions{})
	l := WrapListener(inner, func(int) Options { return parse(accepted) })
	d := &Dialer{
		Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			link, err := inner.Dial(ctx, Options{})
			if err != nil {
				return nil, err
			}
			return link.Client(), nil
		},
		Options: func(int) Options { return parse(dialled) },
	}
	return d, l
}

func TestADialerAndAWrappedListenerMakeConnectionsAsTheirPlansSay(t *testing.T) {
	ran := 0
	for _, row := range []struct{ dialled, accepted, want string }{
		{"", "", "connected 0s accepted 0s"},
		{"server: refuse", "", "connection refused 0s"},
		{"client: slow-connect 3s", "", "connected 3s accepted 3s"},
		{"client: slow-connect", "", "connection timed out 2m7s"},
		{"", "server: slow-accept 4s", "connected 0s accepted 4s"},
		{"client: slow-connect 3s; client @1: cut", "server: slow-accept 4s; server @1: cut", "connected 3s accepted 7s"},
	} {
		synctest.Test(t, func(t *testing.T) {
			d, l := linked(t, row.dialled, row.accepted)
			defer l.Close()
			start := time.Now()
			c, err := d.DialContext(t.Context(), "", "nowhere")
			took := time.Since(start)
			got := fmt.Sprintf("connected %v", took)
			if err != nil {
				got = fmt.Sprintf("%v %v", cause(err), took)
			} else {
				s, err := l.Accept()
				if err != nil {
					t.Fatal(err)
				}
				got += fmt.Sprintf(" accepted %v", time.Since(start))
				for conn, plan := range map[net.Conn]string{c: row.dialled, s: row.accepted} {
					p, _ := ParsePlan(plan)
					making, rest := p.split()
					if w := conn.(*Wrapped); len(w.Journal()) != len(making) || len(w.Unfired()) != len(rest.Rules) {
						t.Errorf("%s: journal %v, unfired %v", plan, w.Journal(), w.Unfired())
					}
				}
				c.Close()
				s.Close()
			}
			if got != row.want {
				t.Errorf("%s, %s: %s, want %s", row.dialled, row.accepted, got, row.want)
			}
			ran++
		})
	}
	if ran != 6 {
		t.Errorf("%d ran", ran)
	}
}

func TestWhatADialerOrAWrappedListenerCannotDoIsRefusedBeforeItBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, l := linked(t, "server: slow-accept 1s", "server: refuse")
		if _, err := d.DialContext(t.Context(), "", ""); err == nil || err.Error() != "dial: faultnet: a dialer cannot do slow-accept" {
			t.Errorf("%v", err)
		}
		if _, err := l.Accept(); err == nil || err.Error() != "accept: faultnet: a wrapped listener cannot do refuse" {
			t.Errorf("%v", err) // it would block if it accepted
		}
	})
}

func TestCloseEndsALateAccept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, l := linked(t, "", "server: slow-accept 1h")
		c, err := d.DialContext(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Second, func() { l.Close() })
		start := time.Now()
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) || time.Since(start) != time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		if _, err := c.Read(make([]byte, 1)); short(err) != "EOF" {
			t.Errorf("the connection that waited: %v", err)
		}
	})
}
