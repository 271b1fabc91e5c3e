package faultnet

import (
	"fmt"
	"net"
	"time"
)

// A Count is how much of one direction of a connection has passed a Proxy.
type Count struct {
	Accepted  int64 `json:"accepted"`  // bytes read from the sender
	Delivered int64 `json:"delivered"` // bytes written to the receiver
	Held      bool  `json:"held"`      // something is held back, or swallowed, just now
}

// A ConnInfo is what a Proxy knows of a connection.
type ConnInfo struct {
	N          int           // 1 for the first connection, and so on
	ClientAddr net.Addr      // where it came from
	Begun      time.Time     // when it was accepted
	Age        time.Duration // how long it has lived
	Ended      bool          // it lives no more
	Err        error         // why the upstream could not be dialled, or nil
	FromClient Count
	FromServer Count
	Strikes    int    // how many faults have struck
	Unfired    []Rule // as Link.Unfired
}

// Conns returns the connections that live and the last 1,000 that have ended, in
// the order in which they came. The counts are those of the moment.
func (p *Proxy) Conns() []ConnInfo {
	p.mu.Lock()
	conns := append([]*proxied(nil), p.conns...)
	p.mu.Unlock()
	all := make([]ConnInfo, len(conns))
	for i, c := range conns {
		all[i] = c.info()
	}
	return all
}

// Journal returns what has struck on the connection n so far, in order. It fails
// if the proxy knows no such connection.
func (p *Proxy) Journal(n int) ([]Strike, error) {
	c := p.find(n)
	if c == nil {
		return nil, unknown(n)
	}
	p.mu.Lock()
	w, journal := c.live, c.journal
	p.mu.Unlock()
	if w != nil {
		return w.Journal(), nil
	}
	return append([]Strike(nil), journal...), nil
}

// An UnknownConnError says that a Proxy has no connection of that number, or has
// forgotten it.
type UnknownConnError int

// Error returns what is wrong, in words.
func (e UnknownConnError) Error() string {
	return fmt.Sprintf("want the number of a connection, got %d", int(e))
}

func unknown(n int) error { return UnknownConnError(n) }

// info returns what is known of c now.
func (c *proxied) info() ConnInfo {
	c.p.mu.Lock()
	w, over, last := c.live, c.over, c.last
	info := ConnInfo{N: c.n, ClientAddr: c.clientAddr, Begun: c.begun, Age: time.Since(c.begun), Err: c.err}
	c.p.mu.Unlock()
	if over {
		return last
	}
	if w != nil {
		w.describe(&info)
		info.FromServer.Delivered = c.delivered.Load()
		info.Unfired = w.Unfired()
	}
	return info
}

// describe writes what w knows into info.
func (w *Wrapped) describe(info *ConnInfo) {
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	w.l.tick()
	info.FromClient = Count{Accepted: w.out.sent, Delivered: w.out.read - int64(len(w.rest)), Held: w.out.held()}
	info.FromServer = Count{Accepted: w.in.sent, Held: w.in.held()}
	info.Strikes = len(w.l.journal)
}

// held reports whether something of this direction is held back or swallowed.
func (f *flow) held() bool { return f.hold > 0 || f.joinEnd > 0 || f.holed }
