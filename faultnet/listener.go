package faultnet

import (
	"context"
	"net"
	"os"
	"sync"
	"syscall"
)

// ListenOptions say how a Listener is. The zero ListenOptions are sound.
type ListenOptions struct {
	// Addr is the address that the listener shows; nil is an Addr "server".
	Addr net.Addr
	// Backlog is how many connections may wait to be accepted before Dial
	// blocks; 0 is 128.
	Backlog int
}

// A Listener accepts connections in memory. It is made, like a Link, inside the
// testing/synctest bubble that uses it. All methods may be called by several
// goroutines at once.
type Listener struct {
	addr    net.Addr
	backlog int
	mu      sync.Mutex
	changed sync.Cond
	waiting []*Link
	closed  bool
}

var _ net.Listener = (*Listener)(nil)

// NewListener makes a listener that Dial reaches.
func NewListener(o ListenOptions) *Listener {
	l := &Listener{addr: o.Addr, backlog: o.Backlog}
	if l.addr == nil {
		l.addr = serverAddr
	}
	if l.backlog <= 0 {
		l.backlog = 128
	}
	l.changed.L = &l.mu
	return l
}

// Accept blocks until a connection waits, and returns its server's end, which is
// a *Conn. After Close it fails with net.ErrClosed.
func (l *Listener) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.waiting) == 0 && !l.closed {
		l.changed.Wait()
	}
	if l.closed {
		return nil, l.opError("accept", net.ErrClosed)
	}
	link := l.waiting[0]
	l.waiting = l.waiting[1:]
	l.changed.Broadcast()
	return link.Server(), nil
}

// Close ends the listener. Connections that nobody has accepted are reset. A
// second Close is an error.
func (l *Listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return l.opError("close", net.ErrClosed)
	}
	l.closed = true
	for _, link := range l.waiting {
		link.Server().Reset()
	}
	l.waiting = nil
	l.changed.Broadcast()
	return nil
}

// Addr returns the address that the listener shows.
func (l *Listener) Addr() net.Addr { return l.addr }

// Dial makes a connection with the faults of o and hands its server's end to
// Accept. It blocks while the backlog is full, until ctx is done. After Close it
// fails with syscall.ECONNREFUSED. If o names no ServerAddr, the listener's
// address is taken.
func (l *Listener) Dial(ctx context.Context, o Options) (*Link, error) {
	if o.ServerAddr == nil {
		o.ServerAddr = l.addr
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) >= l.backlog && !l.closed && ctx.Err() == nil {
		stop := context.AfterFunc(ctx, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.changed.Broadcast()
		})
		defer stop()
		for len(l.waiting) >= l.backlog && !l.closed && ctx.Err() == nil {
			l.changed.Wait()
		}
	}
	switch err := ctx.Err(); {
	case l.closed:
		return nil, l.dialError(os.NewSyscallError("connect", syscall.ECONNREFUSED))
	case err != nil:
		return nil, l.dialError(err)
	}
	link := NewLink(o)
	l.waiting = append(l.waiting, link)
	l.changed.Broadcast()
	return link, nil
}

func (l *Listener) dialError(err error) error {
	return &net.OpError{Op: "dial", Net: l.addr.Network(), Addr: l.addr, Err: err}
}

func (l *Listener) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: l.addr.Network(), Addr: l.addr, Err: err}
}
