package faultnet

import (
	"context"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// ListenOptions say how a Listener is. The zero ListenOptions are sound.
type ListenOptions struct {
	// Addr is the address that the listener shows; nil is an Addr "server".
	Addr net.Addr
	// Backlog is how many connections may wait to be accepted before Dial
	// blocks; 0 is 128.
	Backlog int
}

// A Listener accepts connections in memory, with the faults of their plans, those
// of the making of a connection included. It is made, like a Link, inside the
// testing/synctest bubble that uses it. All methods may be called by several
// goroutines at once.
type Listener struct {
	addr    net.Addr
	backlog int
	mu      sync.Mutex
	changed sync.Cond
	waiting []waiting
	timer   *time.Timer // when the first that waits may be accepted
	n       int         // how many were dialled
	paused  bool
	closed  bool
}

// A waiting is a connection that nobody has accepted yet.
type waiting struct {
	link *Link
	from time.Time // when it may be accepted; zero is at once
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
// a *Conn. After Close it fails with net.ErrClosed. Connections come in the order
// in which they were dialled: one that is accepted late holds up those behind it.
func (l *Listener) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.closed && !l.ready() {
		l.changed.Wait()
	}
	if l.closed {
		return nil, l.opError("accept", net.ErrClosed)
	}
	link := l.waiting[0].link
	l.waiting = l.waiting[1:]
	l.changed.Broadcast()
	return link.Server(), nil
}

// ready reports whether a connection may be accepted now; if one may be later, it
// sets the timer.
func (l *Listener) ready() bool {
	if l.paused || len(l.waiting) == 0 {
		return false
	}
	from := l.waiting[0].from
	if from.IsZero() || time.Until(from) <= 0 {
		return true
	}
	if d := time.Until(from); l.timer == nil {
		l.timer = time.AfterFunc(d, l.wake)
	} else {
		l.timer.Reset(d)
	}
	return false
}

func (l *Listener) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changed.Broadcast()
}

// Pause lets Accept block until Resume, as a server that has stopped accepting:
// connections are made until the backlog is full, then Dial blocks.
func (l *Listener) Pause() { l.pause(true) }

// Resume ends a Pause.
func (l *Listener) Resume() { l.pause(false) }

func (l *Listener) pause(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.paused = on
	l.changed.Broadcast()
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
	for _, w := range l.waiting {
		w.link.Server().Reset()
	}
	l.waiting = nil
	if l.timer != nil {
		l.timer.Stop()
	}
	l.changed.Broadcast()
	return nil
}

// Addr returns the address that the listener shows.
func (l *Listener) Addr() net.Addr { return l.addr }

// Dial makes a connection with the faults of o and hands its server's end to
// Accept. It blocks while the backlog is full, until ctx is done, and as the plan
// says. After Close, and where the plan refuses the connection, it fails with
// syscall.ECONNREFUSED; where nobody answers, with syscall.ETIMEDOUT after 127
// seconds, as on Linux, if ctx is not done before. If o names no ServerAddr, the
// listener's address is taken; if it has no Number, connections are numbered from
// 1 in the order of their dials. Like NewLink it panics if o.Plan does not pass
// Check.
func (l *Listener) Dial(ctx context.Context, o Options) (*Link, error) {
	l.mu.Lock()
	l.n++
	o = o.numbered(l.n)
	l.mu.Unlock()
	if o.ServerAddr == nil {
		o.ServerAddr = l.addr
	}
	var m making
	rules, rest := o.Plan.split()
	if len(rules) > 0 {
		if err := o.Plan.Check(); err != nil {
			panic(err)
		}
		o.Plan = rest
		if err := m.connect(ctx, rules, o.Tap); err != nil {
			return nil, l.dialError(err)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.room(ctx); err != nil {
		return nil, l.dialError(err)
	}
	w := waiting{link: newLink(o, m.struck)}
	if m.late > 0 {
		w.from = time.Now().Add(m.late)
	}
	l.waiting = append(l.waiting, w)
	l.changed.Broadcast()
	return w.link, nil
}

// room blocks while the backlog is full, until ctx is done.
func (l *Listener) room(ctx context.Context) error {
	if len(l.waiting) >= l.backlog && !l.closed && ctx.Err() == nil {
		stop := context.AfterFunc(ctx, l.wake)
		defer stop()
		for len(l.waiting) >= l.backlog && !l.closed && ctx.Err() == nil {
			l.changed.Wait()
		}
	}
	if l.closed {
		return os.NewSyscallError("connect", syscall.ECONNREFUSED)
	}
	return ctx.Err()
}

func (l *Listener) dialError(err error) error {
	return &net.OpError{Op: "dial", Net: l.addr.Network(), Addr: l.addr, Err: err}
}

func (l *Listener) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: l.addr.Network(), Addr: l.addr, Err: err}
}
