package faultnet

import (
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// busy is a connection during whose calls something else happens.
type busy struct {
	net.Conn
	then func()
}

func (b *busy) Write(p []byte) (int, error) { b.then(); return len(p), nil }
func (b *busy) CloseWrite() error           { b.then(); return nil }
func (b *busy) Close() error                { return nil }

func TestAConnectionThatIsDestroyedWhileItEndsEndsOnce(t *testing.T) {
	ran := 0
	for _, row := range []struct {
		plan string
		do   func(w *Wrapped)
	}{
		{"client @1: cut", func(w *Wrapped) { w.Write([]byte("ab")) }},
		{`client: insert "x"`, func(w *Wrapped) { w.Close() }},
		{"client @1: half", func(w *Wrapped) { w.Write([]byte("ab")); w.Close() }},
		{"", func(w *Wrapped) { w.CloseWrite(); w.Close() }},
		{"", func(w *Wrapped) { w.Write([]byte("ab")); w.Close() }},
	} {
		p, err := ParsePlan(row.plan)
		if err != nil {
			t.Fatal(err)
		}
		c, s := net.Pipe()
		var w *Wrapped
		made := make(chan struct{}) // what strikes at the start may come to b before Wrap has returned
		b := &busy{Conn: c, then: func() { <-made; w.destroy() }}
		if w, err = Wrap(b, Client, Options{Plan: p}); err != nil {
			t.Fatal(err)
		}
		close(made)
		row.do(w)
		<-w.gone
		w.destroy()
		c.Close()
		s.Close()
		ran++
	}
	if ran != 5 {
		t.Errorf("%d ran", ran)
	}
}

func TestAConnectionThatIsClosedWhileItsEndIsPassedOnGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := net.Pipe()
		defer c.Close()
		defer s.Close()
		b := &busy{Conn: c}
		w, err := Wrap(b, Client, Options{})
		if err != nil {
			t.Fatal(err)
		}
		closed := false
		b.then = func() {
			if !closed {
				closed = true
				w.Close()
			}
		}
		w.CloseWrite()
		select {
		case <-w.gone:
		case <-time.After(time.Hour):
			t.Error("an hour after Close, the connection below is still there")
		}
		if !closed {
			t.Error("the end was never passed on")
		}
	})
}
