package faultnet

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// WrapListener returns a listener that wraps each connection that l accepts,
// which plays the server's side, with the options that of(n) returns for the
// nth call of Accept, n being 1 for the first. Accept fails without accepting for
// a plan that does not pass CheckFor(WrapListening), and closes a connection that
// Wrap refuses. A connection that is accepted late (slow-accept) has been made by
// l before: Accept only returns later. of is called by one goroutine at a time.
func WrapListener(l net.Listener, of func(n int) Options) net.Listener {
	return &wrapListener{Listener: l, of: of, closed: make(chan struct{})}
}

type wrapListener struct {
	net.Listener
	mu     sync.Mutex
	n      int
	of     func(n int) Options
	once   sync.Once
	closed chan struct{}
}

// Close ends Accept, also one that accepts late.
func (l *wrapListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// Accept accepts and wraps.
func (l *wrapListener) Accept() (net.Conn, error) {
	l.mu.Lock()
	l.n++
	o := l.of(l.n).numbered(l.n)
	l.mu.Unlock()
	if err := o.Plan.CheckFor(WrapListening); err != nil {
		return nil, fmt.Errorf("accept: %w", err)
	}
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	rules, rest := o.Plan.split()
	o.Plan = rest
	var m making
	m.connect(context.Background(), rules, o.Tap) // only a dial can fail
	if m.late > 0 {
		t := time.NewTimer(m.late)
		defer t.Stop()
		select {
		case <-t.C:
		case <-l.closed:
			c.Close()
			return nil, &net.OpError{Op: "accept", Net: l.Addr().Network(), Addr: l.Addr(), Err: net.ErrClosed}
		}
	}
	w, err := wrap(c, Server, o, m.struck)
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("accept: %w", err)
	}
	return w, nil
}

// numbered returns o with the number n, if it has none.
func (o Options) numbered(n int) Options {
	if o.Number == 0 {
		o.Number = n
	}
	return o
}

// A Dialer makes connections, which play the client's side, and wraps them. The
// zero Dialer dials with net.Dialer and has no faults. It must not be copied
// after its first use.
type Dialer struct {
	// Dial makes the connection below; nil is net.Dialer's DialContext.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Options returns the options of the nth connection, n being 1 for the first;
	// nil is no faults. It is called by one goroutine at a time.
	Options func(n int) Options

	mu sync.Mutex
	n  int
}

// DialContext makes a connection and returns it as a *Wrapped. Connections are
// counted when their dial begins. It fails without dialling for a plan that does
// not pass CheckFor(DialerForm), with syscall.ECONNREFUSED and syscall.ETIMEDOUT
// where the plan says so, and as Dial and Wrap do.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	dial := d.Dial
	if dial == nil {
		var nd net.Dialer
		dial = nd.DialContext
	}
	var o Options
	d.mu.Lock()
	d.n++
	if d.Options != nil {
		o = d.Options(d.n)
	}
	o = o.numbered(d.n)
	d.mu.Unlock()
	if err := o.Plan.CheckFor(DialerForm); err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	rules, rest := o.Plan.split()
	o.Plan = rest
	var m making
	if err := m.connect(ctx, rules, o.Tap); err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: Addr(address), Err: err}
	}
	c, err := dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	w, err := wrap(c, Client, o, m.struck)
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("dial: %w", err)
	}
	return w, nil
}
