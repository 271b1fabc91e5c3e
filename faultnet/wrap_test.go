package faultnet

import (
	"bytes"
	"errors"
	"io"
	"net"
	"reflect"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// wrapOver wraps one end of a sound pipe.
func wrapOver(t *testing.T, side Side, o Options) (client, server full, w *Wrapped) {
	t.Helper()
	c, s := Pipe(Options{})
	inner := c
	if side == Server {
		inner = s
	}
	w, err := Wrap(inner, side, o)
	if err != nil {
		t.Fatal(err)
	}
	if side == Server {
		return c, w, w
	}
	return w, s, w
}

func TestAWrappedEndMeetsTheSameFaultsAsAPipe(t *testing.T) {
	ran := 0
	for _, side := range []Side{Client, Server} {
		for _, e := range effects {
			for _, tr := range triggers {
				rule, err := ParseRule("server" + tr.when + ": " + e.what)
				if err != nil {
					t.Fatal(err)
				}
				if ClientForm.Check(rule) != nil && side == Client {
					continue // the server's calls are not seen
				}
				got, end := e.want(stream[:tr.at], stream[tr.at:])
				for _, size := range []int{1, len(stream)} {
					ran++
					synctest.Test(t, func(t *testing.T) {
						c, s, w := wrapOver(t, side, Options{Plan: Plan{Rules: []Rule{rule}}, NewMarker: newWords})
						o := deliverOver(c, s, size)
						if o.got != got || o.end != end {
							t.Errorf("%s at the %s, writes of %d:\nread %q, %s\nwant %q, %s", rule, side, size, o.got, o.end, got, end)
						}
						if o.took < e.took || o.took > e.took && end != "silence" && e.took > 0 {
							t.Errorf("%s at the %s, writes of %d: took %v, want %v", rule, side, size, o.took, e.took)
						}
						if j := w.Journal(); len(j) != 1 || j[0].At != int64(tr.at) || len(w.Unfired()) != 0 {
							t.Errorf("%s at the %s: the journal is %+v, want one strike at %d", rule, side, j, tr.at)
						}
					})
				}
			}
		}
	}
	if want := (2*len(triggers) - 2) * len(effects) * 2; ran != want {
		t.Errorf("%d of %d ran", ran, want)
	}
}

// wrapTCP wraps one end of a loopback connection.
func wrapTCP(t *testing.T, plan string) (*Wrapped, *net.TCPConn) {
	t.Helper()
	p, err := ParsePlan(plan)
	if err != nil {
		t.Fatal(err)
	}
	a, b := tcpPair(t)
	w, err := Wrap(a, Server, Options{Plan: p})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close(); b.Close() })
	return w, b
}

func TestAWrappedSocketEndsAtTheExactByteForItsPeer(t *testing.T) {
	const at = 3 << 20
	data := bytes.Repeat([]byte("0123456789abcdef"), (at+1<<20)/16)
	ran := 0
	for _, row := range []struct {
		what string
		want error
	}{{"cut", nil}, {"half", nil}, {"reset", syscall.ECONNRESET}} {
		t.Run("after megabytes: "+row.what, func(t *testing.T) {
			w, peer := wrapTCP(t, "server @3145728: "+row.what)
			var wg sync.WaitGroup
			wg.Go(func() {
				if n, err := w.Write(data); n != len(data) || err != nil {
					t.Errorf("the write that met the fault: %d, %v", n, err)
				}
			})
			got, err := io.ReadAll(peer)
			wg.Wait()
			if len(got) != at || !bytes.Equal(got, data[:at]) || !errors.Is(err, row.want) {
				t.Errorf("the peer read %d bytes, %v; want %d, %v", len(got), err, at, row.want)
			}
			ran++
		})
	}
	if ran != 3 {
		t.Errorf("%d ran", ran)
	}
}

func TestACutOfAWrappedSocketStaysACutThoughBytesAreUnread(t *testing.T) {
	w, peer := wrapTCP(t, "server @3: cut")
	peer.Write([]byte("unread"))
	settle(peer)
	w.Write([]byte("abcdef"))
	if b, err := io.ReadAll(peer); string(b) != "abc" || err != nil {
		t.Errorf("the peer read %q, %v", b, err)
	}
	if b, err := io.ReadAll(w); string(b) != "unread" || err != nil {
		t.Errorf("this end read %q, %v", b, err)
	}
	if n, err := w.Write([]byte("x")); n != 1 || err != nil {
		t.Errorf("the first write after it: %d, %v", n, err)
	}
	if _, err := w.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("the second write after it: %v", err)
	}
}

func TestAResetReachesTheApplicationOfAWrappedSocket(t *testing.T) {
	w, peer := wrapTCP(t, "client @3: reset")
	peer.Write([]byte("abcdef"))
	b, err := io.ReadAll(w)
	if string(b) != "abc" || !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("read %q, %v", b, err)
	}
	if _, err := io.ReadAll(peer); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the peer read %v", err)
	}
}

func TestAReadThatIsUnderWayLearnsOfAFaultOfTheOtherDirection(t *testing.T) {
	for _, row := range []struct {
		what string
		want error
	}{{"cut", io.EOF}, {"reset", syscall.ECONNRESET}} {
		w, _ := wrapTCP(t, "server @3: "+row.what)
		done := make(chan error)
		go func() {
			_, err := w.Read(make([]byte, 9))
			done <- err
		}()
		w.Write([]byte("abc"))
		if err := <-done; !errors.Is(err, row.want) {
			t.Errorf("%s: the read ended with %v", row.what, err)
		}
	}
}

// mute hides everything of a connection but net.Conn.
type mute struct{ net.Conn }

func TestWrapRefusesWhatTheConnectionCannotDo(t *testing.T) {
	ran := 0
	for _, row := range []struct {
		plan string
		ok   bool
	}{
		{"client @3: reset", false}, {"server @3: reset", false}, {"client: half", false},
		{"server @99: half", true}, {"client @99: cut", true}, {"server @99: hole; client: stall 1s", true},
	} {
		p, err := ParsePlan(row.plan)
		if err != nil {
			t.Fatal(err)
		}
		c, s := net.Pipe()
		w, err := Wrap(mute{c}, Client, Options{Plan: p})
		if (err == nil) != row.ok || err != nil && !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v", row.plan, err)
		}
		if w != nil {
			if err := w.Arm(Rule{Side: Client, Fault: Fault{Kind: Reset}}); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("arming a reset: %v", err)
			}
			if err := w.Reset(); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("reset: %v", err)
			}
			if err := w.CloseWrite(); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("closewrite: %v", err)
			}
			w.Close()
		}
		c.Close()
		s.Close()
		ran++
	}
	if ran != 6 {
		t.Errorf("%d ran", ran)
	}
	if _, err := Wrap(nil, 0, Options{}); err == nil {
		t.Error("no side is a side")
	}
}

func TestArmStrikesAWrappedConnectionHereAndNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s, w := wrapOver(t, Client, Options{})
		s.Write([]byte("hello"))
		b := make([]byte, 9)
		n, _ := c.Read(b)
		go func() {
			time.Sleep(time.Minute)
			if err := w.Arm(Rule{Side: Server, Fault: Fault{Kind: Cut}}); err != nil {
				t.Error(err)
			}
		}()
		start := time.Now()
		if m, err := c.Read(b); n != 5 || m != 0 || err != io.EOF {
			t.Errorf("read %d and %d, %v", n, m, err)
		}
		if d := time.Since(start).Round(time.Second); d != time.Minute {
			t.Errorf("after %v", d)
		}
		want := []Strike{{Order: 1, Side: Server, At: 5, Fault: Fault{Kind: Cut}, Since: time.Minute, Rule: "server: cut"}}
		if j := w.Journal(); !reflect.DeepEqual(j, want) {
			t.Errorf("the journal is %+v", j)
		}
		s.Close()
		c.Close()
	})
}

func TestBytesThatAreHeldBackWhenAWrappedEndClosesStillArrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s, _ := wrapOver(t, Client, Options{Plan: Plan{Rules: []Rule{{Side: Client, When: When{At: 2}, Fault: Fault{Kind: Stall, D: time.Hour}}}}})
		start := time.Now()
		c.Write([]byte("hello"))
		c.Close()
		if b, err := io.ReadAll(s); string(b) != "hello" || err != nil || time.Since(start) != time.Hour {
			t.Errorf("read %q, %v after %v", b, err, time.Since(start))
		}
		s.Close()
	})
}

func TestADeadlineEndsAStallOfAWrappedConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s, _ := wrapOver(t, Client, Options{Plan: Plan{Rules: []Rule{{Side: Server, Fault: Fault{Kind: Stall, D: time.Hour}}}}})
		s.Write([]byte("late"))
		start := time.Now()
		c.SetReadDeadline(start.Add(time.Minute))
		b := make([]byte, 9)
		if _, err := c.Read(b); !isTimeout(err) || time.Since(start) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		c.SetReadDeadline(time.Time{})
		if n, err := c.Read(b); string(b[:n]) != "late" || err != nil || time.Since(start) != time.Hour {
			t.Errorf("%q, %v after %v", b[:n], err, time.Since(start))
		}
		c.Close()
		s.Close()
	})
}

// watched is a rule that keeps both directions of a connection under watch and
// is never reached.
const watched = `client after "nowhere": cut; server after "nowhere": cut`

func TestAWatchedSocketShowsTheErrorsOfItsPeer(t *testing.T) {
	w, peer := wrapTCP(t, watched)
	peer.Write([]byte("left"))
	peer.SetLinger(0)
	peer.Close()
	b := make([]byte, 9)
	if n, err := w.Read(b); string(b[:n]) != "left" || err != nil {
		t.Errorf("read %q, %v", b[:n], err)
	}
	if _, err := w.Read(b); describe(err) != "read source=true addr=true timeout=false in read is connection reset by peer" {
		t.Errorf("then %s", describe(err))
	}
	if _, err := w.Read(b); err != io.EOF {
		t.Errorf("then %v", err)
	}
	if _, err := w.Write(b); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("a write: %v", err)
	}
	if w.Close() != nil || !errors.Is(w.Close(), net.ErrClosed) {
		t.Error("closing it")
	}
}

// sick is a connection whose every use fails.
type sick struct{ net.Conn }

var errSick = errors.New("sick")

func (sick) Read([]byte) (int, error)  { return 0, errSick }
func (sick) Write([]byte) (int, error) { return 0, errSick }

func TestAWatchedConnectionReportsWhatFailedBelow(t *testing.T) {
	p, err := ParsePlan(watched)
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range []string{"read", "write"} {
		c, s := net.Pipe()
		w, err := Wrap(sick{c}, Client, Options{Plan: p})
		if err != nil {
			t.Fatal(err)
		}
		if op == "read" {
			_, err = w.Read(make([]byte, 1))
		} else {
			w.Write([]byte("x")) // accepted, as by a kernel
			_, err = w.Write([]byte("x"))
		}
		var o *net.OpError
		if !errors.Is(err, errSick) || !errors.As(err, &o) || o.Op != op {
			t.Errorf("%s: %v", op, err)
		}
		w.Close()
		s.Close()
	}
}

func TestAWrappedEndHalvesAndClosesAsItsInnerDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s, w := wrapOver(t, Client, Options{})
		if w.Side() != Client || w.Unwrap() == nil || w.LocalAddr().String() != "client" || w.RemoteAddr().String() != "server" {
			t.Error("a wrapped end does not know itself")
		}
		c.Write([]byte("question"))
		c.CloseWrite()
		if b, err := io.ReadAll(s); string(b) != "question" || err != nil {
			t.Errorf("%q, %v", b, err)
		}
		s.Write([]byte("answer"))
		b := make([]byte, 9)
		if n, err := c.Read(b); string(b[:n]) != "answer" || err != nil {
			t.Errorf("%q, %v", b[:n], err)
		}
		c.CloseRead()
		if n, err := c.Read(b); n != 0 || err != io.EOF {
			t.Errorf("after CloseRead: %d, %v", n, err)
		}
		w.Reset()
		if _, err := s.Write([]byte("x")); short(err) != "broken pipe" {
			t.Errorf("after a reset: %v", err)
		}
	})
}
