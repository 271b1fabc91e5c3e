package faultnet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/nettest"
)

// A proxyRig is a proxy, and what listens behind it.
type proxyRig struct {
	p  *Proxy
	up net.Listener
	mu sync.Mutex
}

// newProxyRig starts a proxy with the given options, on loopback.
func newProxyRig(t testing.TB, o ProxyOptions) *proxyRig {
	t.Helper()
	up, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.Listen, o.Upstream = "127.0.0.1:0", up.Addr().String()
	p, err := ListenProxy(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close(); up.Close() })
	return &proxyRig{p: p, up: up}
}

// connect makes one connection through the proxy.
func (r *proxyRig) connect() (client, server *net.TCPConn, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, err := net.Dial("tcp", r.p.Addr().String())
	if err != nil {
		return nil, nil, err
	}
	s, err := r.up.Accept()
	if err != nil {
		c.Close()
		return nil, nil, err
	}
	return c.(*net.TCPConn), s.(*net.TCPConn), nil
}

// pair makes one connection through a proxy with the given plan.
func proxyPair(t testing.TB, plan string) (client, server *net.TCPConn, p *Proxy) {
	t.Helper()
	parsed, err := ParsePlan(plan)
	if err != nil {
		t.Fatal(err)
	}
	r := newProxyRig(t, ProxyOptions{Plan: parsed, NewMarker: newWords})
	c, s, err := r.connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); s.Close() })
	return c, s, r.p
}

// until waits until the proxy says so: whatever happens in a proxy tells, but that
// bytes came.
func until(t testing.TB, p *Proxy, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10e9)
	defer cancel()
	for {
		news := p.hear()
		if ok() {
			return
		}
		select {
		case <-news:
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("never: %s", what)
		}
	}
}

func TestAProxiedConnectionPassesTestConn(t *testing.T) {
	for _, row := range []struct {
		name string
		plan Plan
	}{
		{"with an empty plan", Plan{}},
		{"with a rule that is never reached", Plan{Rules: []Rule{
			{Side: Client, When: When{At: never / 8}, Fault: Fault{Kind: Cut}},
			{Side: Server, When: When{At: never / 8}, Fault: Fault{Kind: Reset}},
		}}},
		{"with patterns that are never seen", Plan{Rules: []Rule{
			{Side: Client, When: When{After: "nowhere at all"}, Fault: Fault{Kind: Cut}},
			{Side: Server, When: When{After: "nowhere at all"}, Fault: Fault{Kind: Cut}},
		}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			base(t)
			r := newProxyRig(t, ProxyOptions{Plan: row.plan})
			made := 0
			nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
				made++
				c, s, err := r.connect()
				return c, s, func() { c.Close(); s.Close() }, err
			})
			if made == 0 {
				t.Fatal("no connection was made")
			}
		})
	}
}

func TestAProxyEndsAtTheExactByteEveryTime(t *testing.T) {
	base(t)
	for _, side := range []Side{Client, Server} {
		all := tries()
		for i := range all {
			if all[i].reset { // at 0 the dial itself may be told of it
				all[i].n = max(all[i].n, 1)
			}
		}
		r := newProxyRig(t, ProxyOptions{})
		var mu sync.Mutex
		n := 0
		thousand(t, all, func(tr try) (ends, error) {
			mu.Lock()
			defer mu.Unlock()
			n++
			num := n
			rule := Rule{Side: side, When: When{At: int64(tr.n)}, Fault: tr.fault()}
			if err := r.p.SetPlan(Plan{Rules: []Rule{rule}}); err != nil {
				return ends{}, err
			}
			c, s, err := r.connect()
			if err != nil {
				return ends{}, err
			}
			e := ends{w: c, r: s, struck: func() bool {
				j, err := r.p.Journal(num)
				return err != nil || len(j) == 1
			}}
			if side == Server {
				e.w, e.r = s, c
			}
			return e, nil
		})
	}
}

func TestAHalfCloseStaysOneThroughAProxy(t *testing.T) {
	base(t)
	for _, first := range []string{"client", "server"} {
		c, s, p := proxyPair(t, "")
		a, b := c, s
		if first == "server" {
			a, b = s, c
		}
		a.Write([]byte("question"))
		a.CloseWrite()
		if got, err := io.ReadAll(b); string(got) != "question" || err != nil {
			t.Errorf("%s: %q, %v", first, got, err)
		}
		for range 100 {
			if _, err := b.Write(eightMiB[:10000]); err != nil {
				t.Fatal(err)
			}
		}
		b.Close()
		if got, err := io.ReadAll(a); len(got) != 1e6 || err != nil {
			t.Errorf("%s: %d bytes, %v", first, len(got), err)
		}
		a.Close()
		until(t, p, "the connection is over", func() bool { return p.Conns()[0].Ended })
	}
}

func TestAResetStaysOneThroughAProxyBehindTheBytesBeforeIt(t *testing.T) {
	base(t)
	ran := 0
	for i := range 100 {
		c, s, p := proxyPair(t, "")
		// A dial may be told of a reset too: here it is done.
		s.Write([]byte("!"))
		io.ReadFull(c, make([]byte, 1))
		from, to := c, s
		if i%2 == 1 {
			from, to = s, c
		}
		if i%4 >= 2 { // while the other writes
			go func() {
				for {
					if _, err := to.Write(eightMiB[:1000]); err != nil {
						return
					}
				}
			}()
			io.ReadFull(from, make([]byte, 3000))
		}
		from.Write([]byte("before"))
		settled(from)
		from.SetLinger(0)
		from.Close()
		got, err := io.ReadAll(to)
		if string(got) != "before" || i%4 < 2 && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%d: read %q, %v", i, got, err)
		}
		if _, err := to.Write([]byte("x")); i%4 < 2 && !errors.Is(err, syscall.EPIPE) {
			t.Errorf("%d: then wrote: %v", i, err)
		}
		to.Close()
		until(t, p, "the connection is over", func() bool { return p.Conns()[0].Ended })
		ran++
		p.Close()
	}
	if ran != 100 {
		t.Errorf("%d ran", ran)
	}
}

// settled waits until what c sent has been acknowledged.
func settled(c *net.TCPConn) {
	for {
		if _, done := arrived(c); done {
			return
		}
	}
}

func TestAProxyResetsTheClientWhoseUpstreamCannotBeDialled(t *testing.T) {
	base(t)
	r := newProxyRig(t, ProxyOptions{})
	r.up.Close()
	c, err := net.Dial("tcp", r.p.Addr().String())
	if err == nil {
		defer c.Close()
		_, err = c.Read(make([]byte, 1))
	}
	if !errors.Is(err, syscall.ECONNRESET) { // which the dial itself may be told of
		t.Errorf("the client was told %v", err)
	}
	until(t, r.p, "it is over", func() bool { return r.p.Conns()[0].Ended })
	if err := r.p.Conns()[0].Err; !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("the proxy says %v", err)
	}
}

func TestASlowDialKeepsNobodyElseWaiting(t *testing.T) {
	base(t)
	first := make(chan struct{})
	n := 0
	var d net.Dialer
	var mu sync.Mutex
	r := newProxyRig(t, ProxyOptions{Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		mu.Lock()
		n++
		slow := n == 1
		mu.Unlock()
		if slow {
			close(first)
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return d.DialContext(ctx, network, address)
	}})
	slow, err := net.Dial("tcp", r.p.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	<-first
	c, s, err := r.connect()
	if err != nil {
		t.Fatal(err)
	}
	c.Write([]byte("hello"))
	b := make([]byte, 5)
	if _, err := io.ReadFull(s, b); string(b) != "hello" {
		t.Errorf("%q, %v", b, err)
	}
	c.Close()
	s.Close()
}

func TestACutThroughAProxyStaysACutThoughBytesAreUnread(t *testing.T) {
	base(t)
	for _, side := range []Side{Client, Server} {
		c, s, _ := proxyPair(t, side.String()+" @3: cut")
		from, to := c, s
		if side == Server {
			from, to = s, c
		}
		to.Write(bytes.Repeat([]byte("unread"), 1000))
		from.Write([]byte("abcdef"))
		if b, err := io.ReadAll(to); string(b) != "abc" || err != nil {
			t.Errorf("%s: the receiver read %q, %v", side, b, err)
		}
		if _, err := io.ReadAll(from); err != nil {
			t.Errorf("%s: the sender read %v", side, err)
		}
		var err error
		for range 1000 { // until the answer to the first is here
			if _, err = to.Write([]byte("x")); err != nil {
				break
			}
			settled(to)
		}
		if !errors.Is(err, syscall.EPIPE) {
			t.Errorf("%s: writes after it: %v", side, err)
		}
	}
}

func TestAProxyIsOfLoopbackOnlyUnlessToldOtherwise(t *testing.T) {
	for _, row := range []struct {
		listen, upstream string
	}{{":0", "127.0.0.1:1"}, {"0.0.0.0:0", "127.0.0.1:1"}, {"127.0.0.1:0", "192.0.2.1:143"}, {"127.0.0.1:0", "[2001:db8::1]:143"}} {
		p, err := ListenProxy(t.Context(), ProxyOptions{Listen: row.listen, Upstream: row.upstream})
		if !errors.Is(err, ErrNotLoopback) {
			t.Errorf("%s -> %s: %v", row.listen, row.upstream, err)
		}
		if p != nil {
			p.Close()
		}
	}
	p, err := ListenProxy(t.Context(), ProxyOptions{Listen: "localhost:0", Upstream: "192.0.2.1:143", AllowRemote: true})
	if err != nil {
		t.Fatal(err)
	}
	p.Close()
	if _, err := ListenProxy(t.Context(), ProxyOptions{Listen: "127.0.0.1:0", Upstream: "127.0.0.1:1", Plan: Plan{Rules: []Rule{{}}}}); err == nil {
		t.Error("a plan that cannot be was taken")
	}
}

func TestCloseOfAProxyEndsEverything(t *testing.T) {
	base(t)
	r := newProxyRig(t, ProxyOptions{Plan: Plan{Rules: []Rule{{Side: Server, When: When{At: 2}, Fault: Fault{Kind: Stall, D: 1e13}}}}})
	var conns []net.Conn
	for range 20 {
		c, s, err := r.connect()
		if err != nil {
			t.Fatal(err)
		}
		s.Write([]byte("held back"))
		if _, err := io.ReadFull(c, make([]byte, 2)); err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c, s)
	}
	if err := r.p.Close(); err != nil {
		t.Error(err)
	}
	if err := r.p.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a second close: %v", err)
	}
	for i, c := range conns {
		if _, err := io.ReadAll(c); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%d: %v", i, err)
		}
		c.Close()
	}
	if n := len(r.p.Conns()); n != 20 {
		t.Errorf("it remembers %d", n)
	}
}

func TestAProxiedConnectionHasTwoGoroutines(t *testing.T) {
	base(t)
	r := newProxyRig(t, ProxyOptions{})
	var conns []io.Closer
	for range 50 {
		c, s, err := r.connect()
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c, s)
		c.Write([]byte("x"))
		io.ReadFull(s, make([]byte, 1))
		s.Write([]byte("x"))
		io.ReadFull(c, make([]byte, 1))
	}
	n := 0
	_, others := goroutines()
	for _, g := range others {
		if strings.Contains(g.text, "faultnet.(*proxied).") {
			n++
		}
	}
	if n != 100 {
		t.Errorf("%d goroutines for 50 connections", n)
	}
	for _, c := range conns {
		c.Close()
	}
}

func ExampleListenProxy() {
	up, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	plan, err := ParsePlan("server @4: cut")
	if err != nil {
		panic(err)
	}
	p, err := ListenProxy(context.Background(), ProxyOptions{Listen: "127.0.0.1:0", Upstream: up.Addr().String(), Plan: plan})
	if err != nil {
		panic(err)
	}
	go func() {
		s, err := up.Accept()
		if err == nil {
			fmt.Fprint(s, "* OK ready\r\n")
		}
	}()
	c, err := net.Dial("tcp", p.Addr().String())
	if err != nil {
		panic(err)
	}
	greeting, err := io.ReadAll(c)
	fmt.Printf("%q %v\n", greeting, err)
	c.Close()
	p.Close()
	up.Close()
	// Output: "* OK" <nil>
}
