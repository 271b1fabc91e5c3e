package faultnet

import (
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// A Conn is one end of a Link. It behaves as a TCP connection of Linux does
// (Read and Write of RFC 9293, section 3.9.1, with that kernel's errors): all
// errors are *net.OpError but for a bare io.EOF, a reset is reported once, the
// first write to a peer that has closed succeeds. All methods may be called by
// several goroutines at once.
type Conn struct {
	l             *Link
	side          Side
	in, out       *flow
	local, remote net.Addr

	rdl, wdl     time.Time // the deadlines
	rcond, wcond waiter
	writing      bool // a Write is under way; others wait, so that each stays whole
	closed       bool
	rdShut       bool // CloseRead
	wrShut       bool // CloseWrite
	fin          bool // the peer's end has arrived
	told         bool // and the application was told
	gone         bool // a reset has arrived
	errno        syscall.Errno
	broken       error // what a wrapped connection failed with, if not an Errno

	want  []byte // where a Read that blocks wants its bytes; a Write may put them there
	given int    // how many it did

	// What a Wrapped does when this end would block for bytes, and after bytes
	// were accepted. Both hold the mutex, and let go of it while they work. settle
	// does the same before the end of the stream is told, and reports that it has.
	fill, pump func()
	settle     func() bool
}

var _ net.Conn = (*Conn)(nil)

// Side returns which side this end is.
func (c *Conn) Side() Side { return c.side }

// Link returns the connection that this is an end of.
func (c *Conn) Link() *Link { return c.l }

// LocalAddr returns the address of this end.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr returns the address of the other end.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// Read reads up to len(b) bytes. It blocks while there are none, until the
// deadline. At the end of the stream it returns io.EOF.
func (c *Conn) Read(b []byte) (int, error) {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	if c.in.calls {
		c.in.call(false)
	}
	for {
		if c.closed {
			return 0, c.opError("read", net.ErrClosed)
		}
		if len(b) == 0 {
			return 0, nil
		}
		if expired(c.rdl) {
			return 0, c.opError("read", os.ErrDeadlineExceeded)
		}
		c.l.tick()
		if c.in.ready > c.in.read {
			return c.in.take(b), nil
		}
		if c.settle != nil && c.settle() {
			continue
		}
		if err := c.readEnd(); err != nil {
			return 0, err
		}
		if c.fill != nil {
			c.fill()
		} else if n := c.waitFor(b); n > 0 {
			return n, nil
		}
	}
}

// waitFor blocks until there may be something to read, and returns how many bytes
// a Write put into b itself meanwhile.
func (c *Conn) waitFor(b []byte) int {
	first := c.want == nil
	if first {
		c.want = b
	}
	c.rcond.wait(c.l, c.rdl)
	if !first {
		return 0
	}
	n := c.given
	c.want, c.given = nil, 0
	return n
}

// hand puts bytes where a Read that blocks wants them, and returns how many: none
// if no Read blocks, or somebody taps the connection.
func (c *Conn) hand(p []byte) int {
	if c.want == nil || c.given > 0 || c.closed || c.l.opts.Tap != nil {
		return 0
	}
	c.given = copy(c.want, p)
	c.rcond.wake()
	return c.given
}

// readEnd returns why there is nothing more to read, or nil if there may be.
func (c *Conn) readEnd() error {
	switch {
	case c.fin:
		if !c.told {
			c.told = true
			c.tap(ReceivedEOF, c.in.read)
		}
		return io.EOF
	case c.errno != 0:
		return c.takeErrno("read")
	case c.gone || c.rdShut:
		return io.EOF
	}
	return nil
}

// Write sends p. It blocks while the buffer is full, until the deadline, and
// returns fewer than len(p) bytes only with an error. It does not keep p.
func (c *Conn) Write(p []byte) (int, error) {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	for c.writing && !c.closed {
		c.wcond.cond.Wait()
	}
	c.writing = true
	n, err := c.write(p)
	c.writing = false
	c.wcond.wake()
	return n, err
}

func (c *Conn) write(p []byte) (int, error) {
	n := 0
	if c.out.calls {
		c.out.call(true)
	}
	for {
		if err := c.writeErr(); err != nil {
			return n, err
		}
		c.l.tick()
		if err := c.writeErr(); err != nil {
			return n, err
		}
		answered := c.out.finished && n < len(p)
		n += c.out.accept(p[n:])
		if answered {
			c.abort()
		}
		if c.pump != nil {
			c.pump()
		}
		if n == len(p) {
			return n, nil
		}
		if c.out.room() > 0 || c.out.stopped || c.gone || c.closed {
			continue // the pump let go of the mutex: much may have happened
		}
		c.wcond.wait(c.l, c.wdl)
	}
}

// writeErr returns why nothing can be written now.
func (c *Conn) writeErr() error {
	switch {
	case c.closed:
		return c.opError("write", net.ErrClosed)
	case expired(c.wdl):
		return c.opError("write", os.ErrDeadlineExceeded)
	case c.errno != 0:
		return c.takeErrno("write")
	case c.gone || c.wrShut:
		return c.opError("write", os.NewSyscallError("write", syscall.EPIPE))
	}
	return nil
}

// takeErrno reports the pending error, once.
func (c *Conn) takeErrno(op string) error {
	err := c.errno
	c.errno = 0
	c.tap(ReceivedReset, c.in.read)
	if c.broken != nil {
		return c.opError(op, c.broken)
	}
	return c.opError(op, os.NewSyscallError(op, err))
}

// SetDeadline sets both deadlines; see net.Conn.
func (c *Conn) SetDeadline(t time.Time) error { return c.setDeadline(t, true, true) }

// SetReadDeadline sets the deadline of Read, of calls that block already too.
// The zero time is none.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.setDeadline(t, true, false) }

// SetWriteDeadline sets the deadline of Write, of calls that block already too.
// The zero time is none.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.setDeadline(t, false, true) }

func (c *Conn) setDeadline(t time.Time, r, w bool) error {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	if c.closed {
		return &net.OpError{Op: "set", Net: c.local.Network(), Addr: c.local, Err: net.ErrClosed}
	}
	if r {
		c.rdl = t
		c.rcond.wake()
	}
	if w {
		c.wdl = t
		c.wcond.wake()
	}
	return nil
}

func (c *Conn) tap(op Op, pos int64) {
	if t := c.l.opts.Tap; t != nil {
		t(Event{Op: op, Side: c.side, Pos: pos})
	}
}

func (c *Conn) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: c.local.Network(), Source: c.local, Addr: c.remote, Err: err}
}
