package faultnet

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// lingering is how long Close of a wrapped connection works on what is still to
// be sent, and a reset waits for the peer's kernel to acknowledge what came
// before it.
const lingering = time.Second

// draining is how long a cut or a reset waits for bytes that are on their way in,
// which would turn the one into the other.
const draining = 5 * time.Millisecond

// A Wrapped is a connection, usually of the kernel, with faults on what its end
// sends and receives. To this end it looks as a Link's end does; the peer meets
// what this end's kernel can do:
//
//   - the bounds of chop and join in what this end sends are writes of their own,
//     which the kernels may join again;
//   - the peer of a half or a hole is stopped by full buffers in the end, since
//     nobody reads what it sends after this end has stopped reading;
//   - Close waits up to a second for bytes that the connection does not take.
//
// It has no goroutines. A timer is armed while a fault holds something back.
type Wrapped struct {
	inner    net.Conn
	l        *Link
	side     Side
	near     *Conn // the application's end
	far      *Conn // stands for the peer
	out, in  *flow
	filling  bool // a Read is at inner, for the flow
	direct   int  // how many Reads use inner without a look
	kicked   bool // and was called back, so that inner's deadline is not near's
	pumping  bool // somebody works at inner's writing half
	finished bool // the end of our stream was passed on
	ended    bool // inner is closed or closing
	rest     []byte
	obuf     []byte
	ibuf     []byte
	timer    *time.Timer
}

var _ net.Conn = (*Wrapped)(nil)

// Wrap puts the faults of o on c, which plays the given side and belongs to the
// Wrapped from now on. o.Buffer bounds what is held back of each direction; the
// addresses of o are not used, those of c are. It fails when the plan asks for
// what c cannot do: a reset needs SetLinger or Reset, a half of this end's
// stream CloseWrite, on c or on what its Unwrap or NetConn returns.
func Wrap(c net.Conn, side Side, o Options) (*Wrapped, error) {
	if !side.valid() {
		return nil, fmt.Errorf("faultnet: wrap: %s is no side", side)
	}
	if err := o.Plan.CheckFor(ClientForm + Form(side-Client)); err != nil {
		return nil, err
	}
	for _, r := range o.Plan.Rules {
		if err := able(c, side, r); err != nil {
			return nil, err
		}
	}
	o.ClientAddr, o.ServerAddr = c.LocalAddr(), c.RemoteAddr()
	if side == Server {
		o.ClientAddr, o.ServerAddr = o.ServerAddr, o.ClientAddr
	}
	w := &Wrapped{inner: c, l: NewLink(o), side: side}
	w.near, w.far = &w.l.conn[side-1], &w.l.conn[side.Other()-1]
	w.out, w.in = w.near.out, w.near.in
	w.in.wrapped = true
	w.near.fill, w.near.pump = w.fill, w.pump
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	if len(w.l.journal) > 0 {
		w.arm(0) // what struck may have to be sent, which may block
	} else {
		w.arm(-1)
	}
	return w, nil
}

// able reports why c, which plays side, cannot do what r asks.
func able(c net.Conn, side Side, r Rule) error {
	switch r.Fault.Kind {
	case Reset:
		if findReset(c) == nil {
			return fmt.Errorf("faultnet: wrap: %q: %T cannot be reset: %w", r, c, errors.ErrUnsupported)
		}
	case Half:
		if _, ok := c.(closeWriter); !ok && r.Side == side {
			return fmt.Errorf("faultnet: wrap: %q: %T has no CloseWrite: %w", r, c, errors.ErrUnsupported)
		}
	}
	return nil
}

type closeWriter interface{ CloseWrite() error }
type closeReader interface{ CloseRead() error }

// findReset returns what aborts c, or nil.
func findReset(c net.Conn) func() error {
	for c != nil {
		switch t := c.(type) {
		case interface{ SetLinger(int) error }:
			return func() error {
				if tcp, ok := t.(*net.TCPConn); ok {
					awaitSent(tcp)
				}
				return errors.Join(t.SetLinger(0), c.Close())
			}
		case interface{ Reset() error }:
			return t.Reset
		case interface{ Unwrap() net.Conn }:
			c = t.Unwrap()
		case interface{ NetConn() net.Conn }:
			c = t.NetConn()
		default:
			return nil
		}
	}
	return nil
}

// awaitSent waits until the peer's kernel has everything: a reset discards what
// it has not.
func awaitSent(c *net.TCPConn) {
	for end := time.Now().Add(lingering); time.Now().Before(end); time.Sleep(draining / 10) {
		if n, err := unsent(c); n == 0 || err != nil {
			return
		}
	}
}

// Unwrap returns the connection below.
func (w *Wrapped) Unwrap() net.Conn { return w.inner }

// Side returns which side this end plays.
func (w *Wrapped) Side() Side { return w.side }

// LocalAddr returns the address of the connection below.
func (w *Wrapped) LocalAddr() net.Addr { return w.inner.LocalAddr() }

// RemoteAddr returns the peer's address of the connection below.
func (w *Wrapped) RemoteAddr() net.Addr { return w.inner.RemoteAddr() }

// Journal returns what has struck so far, in order.
func (w *Wrapped) Journal() []Strike { return w.l.Journal() }

// Unfired returns the rules that have not struck; see Link.Unfired.
func (w *Wrapped) Unfired() []Rule { return w.l.Unfired() }

// Arm adds a rule as Link.Arm does. It fails as Wrap does. The stream of the peer
// is counted as far as it has been read from the connection below.
func (w *Wrapped) Arm(r Rule) error {
	if err := r.Check(); err != nil {
		return err
	}
	if err := able(w.inner, w.side, r); err != nil {
		return err
	}
	w.l.Arm(r)
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	w.kick()
	w.pump()
	return nil
}

// Read reads as Conn.Read does.
func (w *Wrapped) Read(b []byte) (int, error) {
	w.l.mu.Lock()
	if !w.open(w.in) || w.filling || w.kicked || w.near.rdShut || w.near.fin {
		w.l.mu.Unlock()
		return w.near.Read(b)
	}
	w.direct++
	w.l.mu.Unlock()
	n, err := w.inner.Read(b)
	w.l.mu.Lock()
	w.direct--
	if n > 0 {
		w.in.skip(n)
	}
	again := n == 0 && err != nil && (w.kicked || !w.open(w.in))
	if !w.open(w.in) {
		w.near.rcond.wake()
	}
	w.l.mu.Unlock()
	if again {
		return w.near.Read(b) // what happened to inner was our doing
	}
	return n, err
}

// Write writes as Conn.Write does.
func (w *Wrapped) Write(p []byte) (int, error) {
	w.l.mu.Lock()
	if !w.open(w.out) || w.pumping || w.near.writing || len(w.rest) > 0 || w.near.wrShut {
		w.l.mu.Unlock()
		return w.near.Write(p)
	}
	w.l.mu.Unlock()
	n, err := w.inner.Write(p)
	w.l.mu.Lock()
	if n > 0 {
		w.out.skip(n)
	}
	again := err != nil && (w.out.stopped || w.near.gone) && !w.near.closed
	w.l.mu.Unlock()
	if again {
		m, err := w.near.Write(p[n:]) // what happened to inner was our doing
		return n + m, err
	}
	return n, err
}

// open reports whether f needs no attention, so that inner may be used directly.
func (w *Wrapped) open(f *flow) bool {
	return w.l.opts.Tap == nil && f.quiet() && !w.near.closed && !w.near.gone && !w.ended
}

// Close closes both; see Conn.Close.
func (w *Wrapped) Close() error { return w.shut(w.near.Close) }

// Reset closes this end abruptly, as Conn.Reset does. On a connection that cannot
// be reset it fails and closes nothing.
func (w *Wrapped) Reset() error {
	if findReset(w.inner) == nil {
		return w.near.opError("close", errors.ErrUnsupported)
	}
	return w.shut(w.near.Reset)
}

func (w *Wrapped) shut(near func() error) error {
	if err := near(); err != nil {
		return err
	}
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	w.inner.SetWriteDeadline(time.Now().Add(lingering))
	w.kick()
	w.pump()
	return nil
}

// CloseWrite ends this end's stream. It fails with errors.ErrUnsupported if the
// connection below has no such thing.
func (w *Wrapped) CloseWrite() error {
	if _, ok := w.inner.(closeWriter); !ok {
		return w.near.opError("close", errors.ErrUnsupported)
	}
	err := w.near.CloseWrite()
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	w.pump()
	return err
}

// CloseRead ends reading; see Conn.CloseRead.
func (w *Wrapped) CloseRead() error {
	if err := w.near.CloseRead(); err != nil {
		return err
	}
	if c, ok := w.inner.(closeReader); ok {
		return c.CloseRead()
	}
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	w.kick()
	return nil
}

// SetDeadline sets both deadlines; see net.Conn.
func (w *Wrapped) SetDeadline(t time.Time) error {
	return errors.Join(w.SetReadDeadline(t), w.SetWriteDeadline(t))
}

// SetReadDeadline sets the deadline of Read; see Conn.SetReadDeadline.
func (w *Wrapped) SetReadDeadline(t time.Time) error {
	if err := w.near.SetReadDeadline(t); err != nil {
		return err
	}
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	if w.ended || w.kicked {
		return nil
	}
	return w.inner.SetReadDeadline(t)
}

// SetWriteDeadline sets the deadline of Write; see Conn.SetWriteDeadline.
func (w *Wrapped) SetWriteDeadline(t time.Time) error {
	if err := w.near.SetWriteDeadline(t); err != nil {
		return err
	}
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	if w.ended {
		return nil
	}
	err := w.inner.SetWriteDeadline(t)
	if len(w.rest) > 0 && !w.pumping {
		w.arm(0) // somebody else must go on with it: this call must not block
	}
	return err
}

// isTimeout reports whether err is a deadline's.
func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// isEnd reports whether err is the end of the stream.
func isEnd(err error) bool { return errors.Is(err, io.EOF) }
