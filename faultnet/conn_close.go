package faultnet

import (
	"errors"
	"net"
	"os"
	"syscall"
)

// Close closes this end. Bytes that were written before travel on, in order,
// and the peer then reads the end of the stream; if bytes were left unread, the
// peer gets a reset instead, as from a kernel. A second Close is an error.
func (c *Conn) Close() error {
	return c.shut(false)
}

// Reset closes this end abruptly: the peer gets a reset instead of the end of
// the stream, after the bytes that were written before.
func (c *Conn) Reset() error { return c.shut(true) }

func (c *Conn) shut(abort bool) error {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	if c.closed {
		return c.opError("close", net.ErrClosed)
	}
	c.l.tick()
	abort = abort || c.in.arrived > c.in.read
	c.closed = true
	switch {
	case c.gone:
	case abort:
		c.tap(SentReset, c.out.sent)
		c.out.close(itemReset)
	case !c.wrShut:
		c.tap(SentEOF, c.out.sent)
		c.out.close(itemEOF)
	}
	c.tap(Closed, c.out.sent)
	if c.in.arrived > c.in.read {
		c.in.read, c.in.ready = c.in.arrived, c.in.arrived
		c.in.off = len(c.in.buf) - int(c.in.end-c.in.read)
		c.in.joinEnd = 0
		c.in.snd.wcond.wake()
	}
	c.rcond.stop()
	c.wcond.stop()
	c.l.wakeAll()
	return nil
}

// CloseWrite ends this end's stream; reading goes on. The peer reads io.EOF
// after what was written before.
func (c *Conn) CloseWrite() error {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	if err := c.shutErr(); err != nil || c.wrShut {
		return err
	}
	c.wrShut = true
	c.tap(SentEOF, c.out.sent)
	c.out.close(itemEOF)
	c.wcond.wake()
	return nil
}

// CloseRead makes Read return io.EOF once nothing that was received is left.
// The peer is not told, and may go on writing until the buffer is full.
func (c *Conn) CloseRead() error {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	if err := c.shutErr(); err != nil {
		return err
	}
	c.rdShut = true
	c.rcond.wake()
	return nil
}

func (c *Conn) shutErr() error {
	if c.closed {
		return c.opError("close", net.ErrClosed)
	}
	c.l.tick()
	if c.gone || c.wrShut && c.fin {
		return c.opError("close", os.NewSyscallError("shutdown", syscall.ENOTCONN))
	}
	return nil
}

// finish hears that the peer's stream has ended.
func (c *Conn) finish() {
	if !c.gone {
		c.fin = true
	}
	c.rcond.wake()
	c.wcond.wake()
}

// abort hears that the peer has reset the connection.
func (c *Conn) abort() {
	if !c.gone {
		c.gone = true
		if c.errno = syscall.ECONNRESET; c.fin {
			c.errno = syscall.EPIPE
		}
	}
	c.in.lose()
	c.out.lose()
	if c.l.opts.Discard {
		c.in.discard()
	}
	c.rcond.wake()
	c.wcond.wake()
}

// fail hears that the connection below a Wrapped failed.
func (c *Conn) fail(err error) {
	if c.gone {
		return
	}
	c.abort()
	var op *net.OpError
	if !errors.As(err, &c.errno) {
		if c.broken = err; errors.As(err, &op) {
			c.broken = op.Err
		}
	}
}
