package faultnet

import (
	"context"
	"fmt"
	"net"
	"sync"
)

// WrapListener returns a listener that wraps each connection that l accepts,
// which plays the server's side, with the options that of(n) returns for the
// nth, n being 1 for the first. Accept closes a connection that Wrap refuses and
// returns Wrap's error. of is called by one goroutine at a time.
func WrapListener(l net.Listener, of func(n int) Options) net.Listener {
	return &wrapListener{Listener: l, of: of}
}

type wrapListener struct {
	net.Listener
	mu sync.Mutex
	n  int
	of func(n int) Options
}

// Accept accepts and wraps.
func (l *wrapListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.n++
	o := l.of(l.n)
	l.mu.Unlock()
	w, err := Wrap(c, Server, o)
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("accept: %w", err)
	}
	return w, nil
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
// counted when they have been made. It fails as Dial and Wrap do.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	dial := d.Dial
	if dial == nil {
		var nd net.Dialer
		dial = nd.DialContext
	}
	c, err := dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	var o Options
	d.mu.Lock()
	d.n++
	if d.Options != nil {
		o = d.Options(d.n)
	}
	d.mu.Unlock()
	w, err := Wrap(c, Client, o)
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("dial: %w", err)
	}
	return w, nil
}
