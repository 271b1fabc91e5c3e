package faultnet

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"
)

func rule(t testing.TB, text string) Rule {
	t.Helper()
	r, err := ParseRule(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// some opens n connections through r, on which a byte has gone each way.
func (r *proxyRig) some(t testing.TB, n int) (clients, servers []*net.TCPConn) {
	t.Helper()
	for range n {
		c, s, err := r.connect()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close(); s.Close() })
		pass(t, c, s, "!")
		pass(t, s, c, "!")
		clients, servers = append(clients, c), append(servers, s)
	}
	return clients, servers
}

// pass sends text and waits until it has come.
func pass(t testing.TB, from, to net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(from, text); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, len(text))
	to.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.ReadFull(to, b); string(b) != text {
		t.Fatalf("read %q, %v; want %q", b, err, text)
	}
}

func TestApplyResetsConnectionsThatLiveHereAndNow(t *testing.T) {
	base(t)
	r := newProxyRig(t, ProxyOptions{})
	cs, ss := r.some(t, 3)
	a, err := r.p.Apply(t.Context(), rule(t, "server: reset"), 1, 3)
	if err != nil || a.ID() != 1 {
		t.Fatal(a, err)
	}
	for i := range cs {
		if i == 1 {
			pass(t, cs[i], ss[i], "untouched")
			continue
		}
		for _, c := range []net.Conn{cs[i], ss[i]} {
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("connection %d: %v", i+1, err)
			}
		}
		j, err := r.p.Journal(i + 1)
		if err != nil || len(j) != 1 || j[0].At != 1 {
			t.Errorf("the journal of %d: %+v, %v", i+1, j, err)
		}
	}
	if n := r.p.Fired(rule(t, "server: reset")); n != 2 {
		t.Errorf("fired %d times", n)
	}
	if err := a.Heal(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := r.p.Apply(t.Context(), rule(t, "server: cut"), 99); !errors.As(err, new(UnknownConnError)) {
		t.Errorf("an unknown connection: %v", err)
	}
	if _, err := r.p.Journal(99); !errors.As(err, new(UnknownConnError)) {
		t.Errorf("the journal of an unknown connection: %v", err)
	}
}

func TestWhatLastsIsHealed(t *testing.T) {
	base(t)
	ran := 0
	for _, what := range []string{"stall 1000h", "noread 1000h", "delay 1000h", "join 1000h", "hole"} {
		r := newProxyRig(t, ProxyOptions{})
		cs, ss := r.some(t, 2)
		a, err := r.p.Apply(t.Context(), rule(t, "server: "+what))
		if err != nil {
			t.Fatal(err)
		}
		if got := r.p.Applied(); len(got) != 1 || got[0] != a || a.Rule().String() != "server: "+what || a.Conns() != nil {
			t.Errorf("%s: applied is %v", what, got)
		}
		c, s, err := r.connect() // one that comes is struck too
		if err != nil {
			t.Fatal(err)
		}
		cs, ss = append(cs, c), append(ss, s)
		for i := range cs {
			pass(t, cs[i], ss[i], "the other way it flows")
			io.WriteString(ss[i], "late")
			settled(ss[i])
		}
		until(t, r.p, what+" holds", func() bool {
			for _, i := range r.p.Conns() {
				if !i.FromServer.Held && what != "join 1000h" || i.FromClient.Held || i.Strikes != 1 {
					return false
				}
			}
			return true
		})
		if err := a.Heal(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i := range cs {
			want := "late"
			if what == "hole" { // what it swallowed is gone
				want = ""
			}
			if want != "" {
				cs[i].SetReadDeadline(time.Now().Add(10 * time.Second))
				b := make([]byte, len(want))
				if _, err := io.ReadFull(cs[i], b); string(b) != want {
					t.Errorf("%s: connection %d read %q, %v", what, i+1, b, err)
				}
				pass(t, ss[i], cs[i], "healed")
			}
		}
		if len(r.p.Applied()) != 0 || a.Heal(t.Context()) != nil {
			t.Errorf("%s: still there", what)
		}
		c.Close()
		s.Close()
		ran++
	}
	if ran != 5 {
		t.Errorf("%d ran", ran)
	}
}

func TestARuleThatIsHealedBeforeItStruckStrikesNoMore(t *testing.T) {
	base(t)
	r := newProxyRig(t, ProxyOptions{})
	cs, ss := r.some(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a, err := r.p.Apply(ctx, rule(t, "client @5: cut"))
	if a == nil || !errors.Is(err, context.Canceled) {
		t.Fatal(a, err)
	}
	pass(t, cs[0], ss[0], "four")
	if err := a.Heal(t.Context()); err != nil {
		t.Fatal(err)
	}
	pass(t, cs[0], ss[0], "and more")
	if j, err := r.p.Journal(1); len(j) != 0 || err != nil {
		t.Errorf("the journal is %v, %v", j, err)
	}
}

func TestApplyWaitsUntilTheRuleHasStruck(t *testing.T) {
	base(t)
	r := newProxyRig(t, ProxyOptions{})
	cs, ss := r.some(t, 2)
	done := make(chan error, 1)
	go func() {
		_, err := r.p.Apply(t.Context(), rule(t, `client after "go": cut`))
		done <- err
	}()
	until(t, r.p, "it is armed", func() bool {
		for _, i := range r.p.Conns() {
			if len(i.Unfired) != 1 {
				r.p.tell() // arming is no news
				return false
			}
		}
		return true
	})
	io.WriteString(cs[0], "let go")
	if b, err := io.ReadAll(ss[0]); string(b) != "let go" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	select {
	case err := <-done:
		t.Errorf("it did not wait: %v", err)
	default:
	}
	cs[1].Close() // one that ends needs no waiting for
	ss[1].Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAProxyRefusesAndPausesAndGoesOn(t *testing.T) {
	base(t)
	r := newProxyRig(t, ProxyOptions{})
	cs, ss := r.some(t, 1)
	if err := r.p.SetAccepting(AcceptNone); err != nil || r.p.Accepting() != AcceptNone {
		t.Fatal(err)
	}
	if _, err := net.Dial("tcp", r.p.Addr().String()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a dial while it refuses: %v", err)
	}
	pass(t, cs[0], ss[0], "what lives goes on")
	if err := r.p.SetAccepting(AcceptPaused); err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", r.p.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "patience")
	if n := len(r.p.Conns()); n != 1 {
		t.Errorf("%d connections while it pauses", n)
	}
	if err := r.p.SetAccepting(AcceptAll); err != nil {
		t.Fatal(err)
	}
	s, err := r.up.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	b := make([]byte, 8)
	if _, err := io.ReadFull(s, b); string(b) != "patience" {
		t.Errorf("%q, %v", b, err)
	}
	r.p.SetAccepting(AcceptNone)
	taken, err := net.Listen("tcp", r.p.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.p.SetAccepting(AcceptAll); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("the port is taken: %v", err)
	}
	taken.Close()
	if err := r.p.SetAccepting(9); err == nil {
		t.Error("9 was taken")
	}
	r.p.Close()
	if err := r.p.SetAccepting(AcceptAll); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestAHoleInAProxyTellsNobodyUntilTheClientIsGone(t *testing.T) {
	base(t)
	c, s, p := proxyPair(t, "server @3: hole")
	io.WriteString(s, "abcdef")
	s.CloseWrite()
	b := make([]byte, 9)
	if n, err := io.ReadFull(c, b[:3]); n != 3 {
		t.Fatal(err)
	}
	io.WriteString(c, "hello")
	c.CloseWrite()
	if b, err := io.ReadAll(s); string(b) != "hello" || err != nil {
		t.Errorf("the server read %q, %v", b, err)
	}
	c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if _, err := c.Read(b); !isTimeout(err) {
		t.Errorf("the client was told: %v", err)
	}
	if i := p.Conns()[0]; i.Ended || !i.FromServer.Held {
		t.Errorf("the connection is %+v", i)
	}
	c.SetLinger(0)
	c.Close()
	until(t, p, "the connection is over", func() bool { return p.Conns()[0].Ended })
}

func TestAHalfOfTheServersStreamThroughAProxyBlocksNobody(t *testing.T) {
	base(t)
	c, s, p := proxyPair(t, "server @3: half")
	done := make(chan error, 1)
	go func() {
		_, err := s.Write(eightMiB) // accepted, and vanishes
		done <- err
	}()
	if b, err := io.ReadAll(c); len(b) != 3 || err != nil {
		t.Errorf("the client read %d bytes, %v", len(b), err)
	}
	if err := <-done; err != nil {
		t.Errorf("the server wrote: %v", err)
	}
	pass(t, c, s, "the other way it flows")
	c.Close()
	s.Close()
	until(t, p, "the connection is over", func() bool { return p.Conns()[0].Ended })
	if i := p.Conns()[0]; i.FromServer.Accepted != 8<<20 || i.FromServer.Delivered != 3 || i.FromClient.Delivered != 22 {
		t.Errorf("it counts %+v", i)
	}
}
