package faultnet

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"
)

// Accepting says what becomes of connections that come to a Proxy.
type Accepting uint8

const (
	AcceptAll    Accepting = iota // they are accepted
	AcceptPaused                  // they wait in the kernel's queue: connected, and nobody answers
	AcceptNone                    // they are refused: nobody listens
)

var acceptWords = [...]string{"all", "paused", "none"}

// String returns "all", "paused" or "none".
func (a Accepting) String() string {
	if int(a) < len(acceptWords) {
		return acceptWords[a]
	}
	return "accepting " + strconv.Itoa(int(a))
}

// MarshalText returns the word of String.
func (a Accepting) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads the word of String.
func (a *Accepting) UnmarshalText(text []byte) error {
	for i, w := range acceptWords {
		if w == string(text) {
			*a = Accepting(i)
			return nil
		}
	}
	return fmt.Errorf("1:1: want all, paused or none, got %q", text)
}

// Accepting returns what becomes of connections that come.
func (p *Proxy) Accepting() Accepting {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.accepts
}

// SetAccepting sets what becomes of connections that come from now on; those that
// live go on. It fails when the proxy's port was taken while nobody listened, and
// after Close.
func (p *Proxy) SetAccepting(a Accepting) error {
	if int(a) >= len(acceptWords) {
		return fmt.Errorf("faultnet: proxy: %s", a)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return fmt.Errorf("faultnet: proxy: %w", net.ErrClosed)
	}
	switch {
	case a == AcceptNone && p.ln != nil:
		p.ln.Close()
		p.ln = nil
	case a != AcceptNone && p.ln == nil:
		var lc net.ListenConfig
		ln, err := lc.Listen(context.Background(), "tcp", p.addr.String())
		if err != nil {
			return err
		}
		p.ln = ln
	}
	if t, ok := p.ln.(*net.TCPListener); ok {
		var deadline time.Time
		if a == AcceptPaused {
			deadline = past // an Accept that is under way comes back
		}
		t.SetDeadline(deadline)
	}
	p.accepts = a
	p.turned.Broadcast()
	return nil
}

// listener waits until connections are to be accepted, and returns nil after
// Close.
func (p *Proxy) listener() net.Listener {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.accepts != AcceptAll && !p.closed {
		p.turned.Wait()
	}
	if p.closed {
		return nil
	}
	return p.ln
}

// accept accepts connections until Close.
func (p *Proxy) accept() {
	for ln := p.listener(); ln != nil; ln = p.listener() {
		c, err := ln.Accept()
		if err == nil {
			p.start(c.(*net.TCPConn))
			continue
		}
		if p.ctx.Err() == nil && p.Accepting() == AcceptAll {
			select { // too many open files, say: it may pass
			case <-p.ctx.Done():
			case <-time.After(retry):
			}
		}
	}
}

// start begins to pass a connection on.
func (p *Proxy) start(client *net.TCPConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		abandon(client)
		return
	}
	p.last++
	c := &proxied{p: p, n: p.last, client: client, begun: time.Now(), fate: make(chan struct{}), done: make(chan struct{})}
	c.clientAddr, c.plan = client.RemoteAddr(), p.plans(p.last)
	p.conns = append(p.conns, c)
	p.running.Go(c.run)
}

// abandon resets c at once.
func abandon(c *net.TCPConn) {
	c.SetLinger(0)
	c.Close()
}
