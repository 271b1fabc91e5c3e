package faultnet

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

func TestTryReadNeverWaits(t *testing.T) {
	c, s := Pipe(Options{})
	b := make([]byte, 3)
	c.SetReadDeadline(time.Unix(1, 0))
	if n, err := c.TryRead(b); n != 0 || err != nil {
		t.Errorf("with nothing to read: %d, %v", n, err)
	}
	s.Write([]byte("hello"))
	s.Close()
	for _, want := range []string{"hel", "lo"} {
		if n, err := c.TryRead(b); string(b[:n]) != want || err != nil {
			t.Errorf("read %q, %v, want %q", b[:n], err, want)
		}
	}
	if n, err := c.TryRead(b); n != 0 || err != io.EOF {
		t.Errorf("at the end: %d, %v", n, err)
	}
	if n, err := c.TryRead(nil); n != 0 || err != nil {
		t.Errorf("into nothing: %d, %v", n, err)
	}
	c.Close()
	if _, err := c.TryRead(b); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}
