package faultnet

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A proxied is one connection through a Proxy: the client's, and the one to the
// upstream with the faults on it. What is read of the one is written to the other.
type proxied struct {
	p          *Proxy
	n          int
	client     *net.TCPConn
	begun      time.Time
	clientAddr net.Addr
	plan       Plan

	live    *Wrapped // nil until the upstream was dialled, and when over; guarded by p.mu, like all below
	seen    int      // the last Applied that its plan knows
	planned []*Applied
	err     error
	over    bool
	last    ConnInfo // what is known of a connection that is over
	journal []Strike

	delivered atomic.Int64 // bytes written to the client
	w         *Wrapped
	finished  atomic.Bool // the client was told of the end of the server's stream
	failed    sync.Once
	fate      chan struct{} // closed when the client's stream cannot go on
	done      chan struct{} // closed when the server's stream is over
}

// run passes the connection on, until it has ended.
func (c *proxied) run() {
	defer c.finish()
	w, err := c.dial()
	if err != nil {
		c.p.mu.Lock()
		c.err = err
		c.p.mu.Unlock()
		abandon(c.client)
		return
	}
	c.w = w
	c.p.join(c)
	var up sync.WaitGroup
	up.Go(c.upward)
	c.downward()
	c.client.Close()
	w.Close()
	close(c.done)
	up.Wait()
	<-w.gone
}

// dial makes the connection to the upstream.
func (c *proxied) dial() (*Wrapped, error) {
	rules, _ := c.plan.split()
	var m making
	for _, r := range append(rules, c.p.connecting()...) {
		if r.Fault.Kind == SlowAccept {
			m.connect(c.p.ctx, []Rule{r}, nil) // only a refusal fails
		}
	}
	if m.late > 0 {
		if err := connectLate(c.p.ctx, m.late); err != nil {
			return nil, err
		}
	}
	for _, s := range m.struck {
		c.p.note(c.n, s)
	}
	u, err := c.p.o.Dial(c.p.ctx, "tcp", c.p.o.Upstream)
	if err != nil {
		return nil, err
	}
	if _, ok := u.(closeWriter); !ok || findTCP(u) == nil {
		u.Close()
		return nil, fmt.Errorf("faultnet: proxy: %T has no half-close or no reset: %w", u, errors.ErrUnsupported)
	}
	plan := c.p.planFor(c)
	w, err := wrap(u, Client, Options{Plan: plan, Buffer: c.p.o.Buffer, NewMarker: c.p.o.NewMarker, Number: c.n,
		struck: func(s Strike) { c.p.note(c.n, s) }}, m.struck)
	if err != nil {
		u.Close()
	}
	return w, err
}

// upward passes the client's stream on, and its end: a reset as a reset.
func (c *proxied) upward() {
	err := c.copyUp()
	switch {
	case errors.Is(err, errBroken):
		c.fail()
		c.swallow()
	case isEnd(err) && !(dead(c.client) && !c.finished.Load()):
		c.w.CloseWrite()
		c.fail()
		c.watch()
	case !errors.Is(err, net.ErrClosed):
		if !c.w.holes() {
			c.w.Reset()
		}
		c.fail()
	}
}

// errBroken says that the other connection takes nothing more.
var errBroken = errors.New("the other side is gone")

// copyUp copies the client's stream until one side fails.
func (c *proxied) copyUp() error {
	var b buffer
	defer b.release()
	for {
		p := b.next()
		n, err := c.client.Read(p)
		if n > 0 {
			if _, err := c.w.Write(p[:n]); err != nil {
				return errBroken
			}
		}
		if err != nil {
			return err
		}
		b.used(n)
	}
}

// swallow takes what the client still sends, so that it is not blocked and a close
// stays a close, until the client is closed.
func (c *proxied) swallow() {
	var b buffer
	for {
		if _, err := c.client.Read(b.next()); err != nil {
			return
		}
	}
}

// fail says that the client's stream cannot go on.
func (c *proxied) fail() { c.failed.Do(func() { close(c.fate) }) }

// watch waits for the end of the server's stream. In a hole that end is not told:
// then the connection is over when the client is gone too.
func (c *proxied) watch() {
	t := time.NewTicker(time.Second / 2)
	defer t.Stop()
	for {
		select {
		case <-c.done:
			return
		case <-t.C:
			if c.w.swallowed() && dead(c.client) {
				c.w.destroy()
			}
		}
	}
}

// downward passes the server's stream on, and how it ended.
func (c *proxied) downward() {
	how := c.copyDown()
	if how == endHalf {
		c.closeWrite()
		how = c.w.drain()
	}
	if how == endFIN {
		c.closeWrite()
		select {
		case <-c.fate:
		case <-c.p.ctx.Done():
		}
		how = c.w.verdict(io.EOF)
	}
	switch how {
	case endClosed: // the client has reset the connection, or the proxy was closed
		return
	case endReset:
		c.deliver()
		abandon(c.client)
	default:
		c.closeWrite()
		c.deliver()
	}
}

// copyDown copies the server's stream until it ends, and says how. What a client
// that is gone does not take is thrown away, so that the server is not blocked: it
// is told by what upward reads of the client.
func (c *proxied) copyDown() ending {
	var b buffer
	defer b.release()
	for deaf := false; ; {
		p := b.next()
		n, err := c.w.Read(p)
		if n > 0 && !deaf {
			m, err := c.client.Write(p[:n])
			c.delivered.Add(int64(m))
			deaf = err != nil
		}
		if err != nil {
			return c.w.verdict(err)
		}
		b.used(n)
	}
}

func (c *proxied) closeWrite() {
	c.finished.Store(true)
	c.client.CloseWrite()
}

// deliver waits until the client's kernel has everything. It gives a client up that
// takes nothing for a second when the fault struck the client's own stream, and
// when the proxy is closed.
func (c *proxied) deliver() {
	since, before := time.Now(), -1
	for wait := 500 * time.Microsecond; ; wait = min(2*wait, 20*time.Millisecond) {
		left, done := arrived(c.client)
		if left != before {
			since, before = time.Now(), left
		}
		idle := time.Since(since)
		if done || left < 0 && idle >= draining || idle >= grace && c.w.struckOut() {
			return
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-c.p.ctx.Done():
			t.Stop()
			return
		}
	}
}

// destroy ends both connections at once.
func (c *proxied) destroy() {
	c.p.mu.Lock()
	w, over := c.live, c.over
	c.p.mu.Unlock()
	if over {
		return
	}
	abandon(c.client)
	if w != nil {
		w.destroy()
	}
}

// finish writes down what is to be known of a connection that is over.
func (c *proxied) finish() {
	info := c.info()
	info.Ended = true
	var journal []Strike
	if c.w != nil {
		journal = c.w.Journal()
	}
	c.p.mu.Lock()
	c.last, c.journal, c.over, c.live = info, journal, true, nil
	for _, a := range c.p.applied {
		delete(a.refs, c)
	}
	c.p.ended++
	c.p.forget()
	c.p.mu.Unlock()
	c.p.tell()
}
