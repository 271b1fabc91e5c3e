package faultnet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"
)

// ProxyOptions say how a Proxy is. Listen and Upstream must be set.
type ProxyOptions struct {
	// Listen is the TCP address to accept connections at, as for net.Listen; port
	// 0 lets the system choose. Upstream is the one to pass them on to, which is
	// dialled once a connection. Both must be addresses of the loopback interface,
	// unless AllowRemote is set.
	Listen, Upstream string
	AllowRemote      bool

	// Plan is the faults of every connection. Client is the side that was accepted,
	// Server the one that was dialled. It must not change while the proxy uses it.
	// A plan that refuses connections closes the port: nobody is told of those who
	// tried. One that accepts late dials the upstream that much later.
	Plan Plan
	// Plans returns the plan of the nth connection, n being 1 for the first, in
	// place of Plan. It is called by one goroutine at a time.
	Plans func(n int) Plan
	// NewMarker and Buffer are those of Options, for each connection.
	NewMarker func() Marker
	Buffer    int
	// Dial makes the connection to Upstream; nil is net.Dialer's DialContext. What
	// it returns must be, or rest on, a *net.TCPConn. It ends when ctx does.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// OnStrike hears of every strike. It is called with the connection locked: it
	// must neither block nor call the proxy.
	OnStrike func(conn int, s Strike)
}

// maxEnded is how many connections that have ended a Proxy remembers.
const maxEnded = 1000

// A Proxy passes TCP connections on to another address, with faults. The same
// plan does to the bytes of both sides what it does on a Link.
//
// A half-close stays one, and a reset from either side becomes a reset of the
// other, behind the bytes that came before it. A connection whose upstream cannot
// be dialled is reset. A cut or a reset reaches either side behind exactly the
// bytes before it, as Wrapped says.
//
// It has one goroutine that accepts, and two for each connection, which are gone
// when the connection is. All methods may be called by several goroutines at once,
// and none waits for a connection to flow but where it says so.
type Proxy struct {
	o       ProxyOptions
	addr    net.Addr
	ctx     context.Context // of the dials
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	turned  sync.Cond // accepting or closed has changed
	ln      net.Listener
	accepts Accepting
	closed  bool
	plans   func(n int) Plan
	conns   []*proxied // those that live and the last that have ended, in order
	last    int        // the number of the newest
	ended   int        // how many of conns have
	applied []*Applied
	ids     int

	news    sync.Mutex // guards the next; taken last, and never while anything waits
	changed chan struct{}
	struck  map[string]int
}

// ListenProxy starts a proxy. It fails, before anything is listened on or dialled,
// if a plan is one that cannot be or an address is not the loopback interface's. Names
// are looked up until ctx is done; Close ends the proxy.
func ListenProxy(ctx context.Context, o ProxyOptions) (*Proxy, error) {
	if err := o.Plan.CheckFor(ProxyForm); err != nil {
		return nil, fmt.Errorf("faultnet: proxy: %w", err)
	}
	var addrs [2]string
	for i, a := range [...]string{o.Listen, o.Upstream} {
		var err error
		if addrs[i], err = local(ctx, a, o.AllowRemote); err != nil {
			return nil, fmt.Errorf("faultnet: proxy: %w", err)
		}
	}
	o.Listen, o.Upstream = addrs[0], addrs[1]
	if o.Dial == nil {
		var d net.Dialer
		o.Dial = d.DialContext
	}
	p := &Proxy{o: o, plans: o.Plans, changed: make(chan struct{}), struck: make(map[string]int)}
	if p.plans == nil {
		p.plans = func(int) Plan { return o.Plan }
	}
	p.turned.L = &p.mu
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return nil, err
	}
	p.ln, p.addr = ln, ln.Addr()
	p.ctx, p.cancel = context.WithCancel(context.Background())
	if o.Plans == nil && o.Plan.refuses() {
		if err := p.SetAccepting(AcceptNone); err != nil {
			return nil, err
		}
	}
	p.running.Go(p.accept)
	return p, nil
}

// ErrNotLoopback says that an address is not one of the loopback interface.
var ErrNotLoopback = errors.New("not an address of the loopback interface")

// local looks up a TCP address and checks that it is of the loopback interface.
func local(ctx context.Context, address string, remote bool) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil || remote {
		return address, err
	}
	ips, err := net.DefaultResolver.LookupIPAddr(ctx, host)
	if host == "" || err != nil {
		return "", errors.Join(fmt.Errorf("%q: %w", address, ErrNotLoopback), err)
	}
	for _, ip := range ips {
		if !ip.IP.IsLoopback() {
			return "", fmt.Errorf("%q is %s, %w", address, ip.IP, ErrNotLoopback)
		}
	}
	return net.JoinHostPort(ips[0].String(), port), nil
}

// Addr returns the address that the proxy accepts connections at.
func (p *Proxy) Addr() net.Addr { return p.addr }

// Upstream returns the address that connections are passed on to.
func (p *Proxy) Upstream() string { return p.o.Upstream }

// SetPlan sets the plan of connections that come from now on. One that refuses
// them is SetAccepting(AcceptNone) too; one that does not, after one that did,
// SetAccepting(AcceptAll).
func (p *Proxy) SetPlan(plan Plan) error {
	if err := plan.CheckFor(ProxyForm); err != nil {
		return err
	}
	p.mu.Lock()
	before := p.plans(p.last + 1).refuses()
	p.plans = func(int) Plan { return plan }
	p.mu.Unlock()
	switch {
	case plan.refuses():
		return p.SetAccepting(AcceptNone)
	case before:
		return p.SetAccepting(AcceptAll)
	}
	return nil
}

// refuses reports whether p refuses connections.
func (p Plan) refuses() bool {
	return slices.ContainsFunc(p.Rules, func(r Rule) bool { return r.Fault.Kind == Refuse })
}

// Plan returns the plan of the next connection.
func (p *Proxy) Plan() Plan {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.plans(p.last + 1)
}

// Close stops accepting, resets the connections that live, and waits until all
// goroutines are gone. A second Close is an error.
func (p *Proxy) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return fmt.Errorf("faultnet: proxy: %w", net.ErrClosed)
	}
	p.closed = true
	if p.ln != nil {
		p.ln.Close()
	}
	p.turned.Broadcast()
	live := append([]*proxied(nil), p.conns...)
	p.mu.Unlock()
	p.cancel()
	for _, c := range live {
		c.destroy()
	}
	p.running.Wait()
	return nil
}

// tell wakes everybody who waits for something to happen.
func (p *Proxy) tell() {
	p.news.Lock()
	defer p.news.Unlock()
	close(p.changed)
	p.changed = make(chan struct{})
}

// hear returns a channel that is closed when something has happened.
func (p *Proxy) hear() <-chan struct{} {
	p.news.Lock()
	defer p.news.Unlock()
	return p.changed
}

// note hears of a strike, with the connection locked.
func (p *Proxy) note(conn int, s Strike) {
	p.news.Lock()
	p.struck[s.Rule]++
	p.news.Unlock()
	p.tell()
	if p.o.OnStrike != nil {
		p.o.OnStrike(conn, s)
	}
}

// Fired returns how often the rule r has struck, on all connections together.
func (p *Proxy) Fired(r Rule) int {
	p.news.Lock()
	defer p.news.Unlock()
	return p.struck[r.String()]
}

// find returns the connection n, or nil.
func (p *Proxy) find(n int) *proxied {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		if c.n == n {
			return c
		}
	}
	return nil
}

// forget drops the oldest of too many connections that have ended. The mutex is
// held.
func (p *Proxy) forget() {
	for i := 0; p.ended > maxEnded && i < len(p.conns); i++ {
		if p.conns[i].over {
			p.conns = append(p.conns[:i], p.conns[i+1:]...)
			p.ended--
			i--
		}
	}
}

// retry is how long the proxy waits after the system refused it a connection.
const retry = 10 * time.Millisecond
