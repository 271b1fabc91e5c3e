package faultnet

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

func TestAListenerHandsOutConnectionsInOrder(t *testing.T) {
	l := NewListener(ListenOptions{Addr: Addr("mail")})
	for _, name := range []string{"a", "b", "c"} {
		link, err := l.Dial(t.Context(), Options{ClientAddr: Addr(name)})
		if err != nil {
			t.Fatal(err)
		}
		if link.Client().RemoteAddr() != Addr("mail") {
			t.Errorf("the client's peer is %v", link.Client().RemoteAddr())
		}
	}
	for _, name := range []string{"a", "b", "c"} {
		c, err := l.Accept()
		if err != nil || c.RemoteAddr().String() != name {
			t.Errorf("%v, %v, want %s", c, err, name)
		}
	}
}

func TestCloseEndsAcceptAndResetsWhatWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewListener(ListenOptions{})
		done := make(chan error)
		go func() {
			_, err := l.Accept()
			done <- err
		}()
		synctest.Wait()
		l.Close()
		if err := <-done; !errors.Is(err, net.ErrClosed) {
			t.Errorf("accept: %v", err)
		}
		l = NewListener(ListenOptions{})
		link, err := l.Dial(t.Context(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		if _, err := io.ReadAll(link.Client()); short(err) != "connection reset by peer" {
			t.Errorf("the connection that waited: %v", err)
		}
	})
}

func TestDialWaitsForRoomInTheBacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewListener(ListenOptions{Backlog: 1})
		if _, err := l.Dial(t.Context(), Options{}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		start := time.Now()
		if _, err := l.Dial(ctx, Options{}); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		go func() {
			time.Sleep(time.Hour)
			l.Accept()
		}()
		if _, err := l.Dial(context.Background(), Options{}); err != nil || time.Since(start) != time.Hour+time.Minute {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestAWrappedListenerAndDialerCountTheirConnections(t *testing.T) {
	plan := func(text string) Options {
		p, err := ParsePlan(text)
		if err != nil {
			t.Fatal(err)
		}
		return Options{Plan: p}
	}
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Close()
	l := WrapListener(inner, func(n int) Options {
		if n == 2 {
			return plan("server @2: cut")
		}
		return Options{}
	})
	d := Dialer{Options: func(n int) Options {
		if n == 3 {
			return plan("server @3: reset")
		}
		return Options{}
	}}
	ran := 0
	for _, want := range []string{"hello EOF", "he EOF", "hel connection reset by peer"} {
		c, err := d.DialContext(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		s, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(s, "hello")
		s.(*Wrapped).CloseWrite()
		var got []byte
		b := make([]byte, 9)
		for err == nil {
			var n int
			n, err = c.Read(b)
			got = append(got, b[:n]...)
		}
		if have := string(got) + " " + short(err); have != want {
			t.Errorf("read %s, want %s", have, want)
		}
		c.Close()
		s.Close()
		ran++
	}
	if ran != 3 {
		t.Errorf("%d ran", ran)
	}
}

func TestADialerRefusesAPlanThatTheConnectionCannotDo(t *testing.T) {
	d := Dialer{
		Dial: func(context.Context, string, string) (net.Conn, error) {
			c, _ := net.Pipe()
			return c, nil
		},
		Options: func(int) Options {
			return Options{Plan: Plan{Rules: []Rule{{Side: Client, Fault: Fault{Kind: Reset}}}}}
		},
	}
	if _, err := d.DialContext(t.Context(), "", ""); !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
	if _, err := (&Dialer{}).DialContext(t.Context(), "tcp", "127.0.0.1:bad"); err == nil {
		t.Error("a bad address was dialed")
	}
}
