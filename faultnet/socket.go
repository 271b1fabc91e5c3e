package faultnet

import (
	"errors"
	"net"
	"time"
)

// Ending a connection of the kernel takes patience: a reset discards what the
// peer's kernel does not have yet, and so does a close while bytes are unread.
const (
	// lingering is how long a connection that its application has closed stays
	// open for a peer that takes none of the bytes on their way to it.
	lingering = 30 * time.Second
	// grace is the same for bytes of the direction that the fault did not strike.
	grace = time.Second
	// draining is how long an end waits for bytes on their way where nobody knows
	// how many there are: on a connection that is not the kernel's, and on systems
	// that do not say.
	draining = 5 * time.Millisecond
)

type closeWriter interface{ CloseWrite() error }
type closeReader interface{ CloseRead() error }

// below returns what c rests on, or nil.
func below(c net.Conn) net.Conn {
	switch t := c.(type) {
	case interface{ Unwrap() net.Conn }:
		return t.Unwrap()
	case interface{ NetConn() net.Conn }:
		return t.NetConn()
	}
	return nil
}

// findTCP returns the kernel's connection that c is or rests on, or nil.
func findTCP(c net.Conn) *net.TCPConn {
	for ; c != nil; c = below(c) {
		if t, ok := c.(*net.TCPConn); ok {
			return t
		}
	}
	return nil
}

// findReset returns what aborts c, or nil.
func findReset(c net.Conn) func() error {
	for ; c != nil; c = below(c) {
		switch t := c.(type) {
		case interface{ SetLinger(int) error }:
			return func() error { return errors.Join(t.SetLinger(0), c.Close()) }
		case interface{ Reset() error }:
			return t.Reset
		}
	}
	return nil
}

// arrived reports whether nothing is on its way to c's peer any more: its kernel
// has acknowledged everything, an end of the stream included, or the connection
// is broken. left is what is still to be acknowledged; it is -1 on a system that
// does not say.
func arrived(c *net.TCPConn) (left int, done bool) {
	left, err := unsent(c)
	if errors.Is(err, errors.ErrUnsupported) {
		return -1, false
	}
	return left, err != nil || left == 0 || dead(c)
}

// discard throws away what has come in on c, without waiting, up to a limit.
func discard(c *net.TCPConn, b []byte) {
	for range 64 {
		if n, err := readNow(c, b); n == 0 || err != nil {
			return
		}
	}
}
