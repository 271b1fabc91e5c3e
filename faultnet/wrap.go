package faultnet

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// A Wrapped is a connection, usually of the kernel, with faults on what its end
// sends and receives. To this end it looks as a Link's end does; the peer meets
// what this end's kernel can do:
//
//   - the bounds of chop and join in what this end sends are writes of their own,
//     which the kernels may join again;
//   - the peer of a half or a hole is stopped by full buffers in the end, since
//     nobody reads what it sends after this end has stopped reading.
//
// A cut or a reset of a TCP connection, also of one below TLS, reaches the peer
// behind exactly the bytes before it, however slowly that reads: the connection
// below stays open, and what comes in on it is thrown away, until the peer's
// kernel has acknowledged everything. It ends sooner if the peer acknowledges
// nothing for 30 seconds after this end was closed, or for one second where the
// fault struck the other direction; the peer then gets a reset. Systems other than
// Linux and macOS do not say what is acknowledged: there it ends after 5 ms, and a
// reset may discard what a slow reader's kernel has no room for.
//
// A Wrapped has no goroutines, and where nothing is held back its calls go straight
// to the connection below, up to the next position at which a rule strikes. A timer
// is armed while a fault holds something back and while an end is under way.
type Wrapped struct {
	inner   net.Conn
	tcp     *net.TCPConn // the kernel's connection that inner is or rests on, or nil
	l       *Link
	side    Side
	near    *Conn // the application's end
	far     *Conn // stands for the peer
	out, in *flow

	reading   bool // somebody is at inner's reading half
	pumping   bool // somebody is at inner's writing half
	straight  bool // with bytes that the flow has not counted yet
	rcalled   bool // the reader was called back, so that inner's deadline is not near's
	wcalled   bool // the writer was
	arming    int  // how many calls of Arm wait for the writer
	timed     bool // the pump is the timer's, which must not wait
	finished  bool // the end of our stream was passed on
	kept      bool // what had come in before a fault ended the connection was saved
	keeping   bool // it is being saved
	ending    bool // the connection below is on its way to its end
	ended     bool // inner is closed or closing
	abandoned bool // the peer took nothing for too long

	rest  []byte
	obuf  []byte
	ibuf  []byte
	timer *time.Timer
	wait  time.Duration // how long until the peer is looked at again; 0 is off
	left  int           // what the peer had not taken when it was looked at,
	since time.Time     // and since when it has not been less
	gone  chan struct{} // closed when inner is, or about to be
}

var _ net.Conn = (*Wrapped)(nil)

// Wrap puts the faults of o on c, which plays the given side and belongs to the
// Wrapped from now on. o.Buffer bounds what is held back of each direction; the
// addresses of o are not used, those of c are. It fails when the plan asks for
// what c cannot do: a reset needs SetLinger or Reset, a half of this end's
// stream CloseWrite, on c or on what its Unwrap or NetConn returns.
func Wrap(c net.Conn, side Side, o Options) (*Wrapped, error) { return wrap(c, side, o, nil) }

// wrap wraps a connection whose journal begins with what struck while it was made.
func wrap(c net.Conn, side Side, o Options, struck []Strike) (*Wrapped, error) {
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
	w := &Wrapped{inner: c, tcp: findTCP(c), l: newLink(o, struck), side: side, gone: make(chan struct{})}
	w.near, w.far = &w.l.conn[side-1], &w.l.conn[side.Other()-1]
	w.out, w.in = w.near.out, w.near.in
	w.in.wrapped = true
	w.near.fill, w.near.pump, w.near.settle = w.fill, w.pump, w.settle
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	if len(w.l.journal) > 0 {
		w.schedule(0) // what struck may have to be sent, which may block
	} else {
		w.schedule(-1)
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
// is counted as far as it has been read from the connection below, that of this
// end as far as that has taken it: a Write that is under way is stopped for it.
func (w *Wrapped) Arm(r Rule) error {
	if err := r.Check(); err != nil {
		return err
	}
	if err := able(w.inner, w.side, r); err != nil {
		return err
	}
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	w.arm(r)
	return nil
}

// arm adds a rule and returns its index among those of its direction.
func (w *Wrapped) arm(r Rule) int {
	w.arming++
	for r.Side == w.side && w.straight {
		w.callWriter()
		w.near.wcond.cond.Wait()
	}
	w.arming--
	i := len(w.l.flow[r.Side-1].watches)
	w.l.arm(r)
	w.callReader()
	w.pump()
	return i
}

// Close closes both; see Conn.Close. What is on its way to the peer goes on in the
// background.
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
	w.since = time.Now()
	w.callReader()
	w.callWriter()
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
	w.callReader()
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
	if w.ended || w.ending || w.rcalled {
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
	if w.ended || w.ending || w.wcalled {
		return nil
	}
	err := w.inner.SetWriteDeadline(t)
	if len(w.rest) > 0 && !w.pumping {
		w.schedule(0) // somebody else must go on with it: this call must not block
	}
	return err
}

// isTimeout reports whether err is a deadline's.
func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// isEnd reports whether err is the end of the stream.
func isEnd(err error) bool { return errors.Is(err, io.EOF) }
