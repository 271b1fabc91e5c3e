package faultnet

import (
	"bytes"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// eightMiB of bytes of which no stretch is like its neighbours.
var eightMiB = func() []byte {
	b := make([]byte, 8<<20)
	src := rand.NewChaCha8([32]byte{1})
	src.Read(b)
	return b
}()

// A try is one connection on which one fault strikes behind n bytes.
type try struct {
	n     int  // where it strikes
	more  int  // how many bytes are written beyond that
	reset bool // else a cut
	piece int  // how many bytes the reader takes at once
	small bool // the reader's kernel has a small buffer
	late  bool // the reader waits for the fault, or for full buffers, before it reads
	talks bool // the reader's side has sent bytes that nobody reads
}

func (tr try) String() string {
	return fmt.Sprintf("reset=%t behind %d bytes, %d more, read by %d, small=%t late=%t talks=%t",
		tr.reset, tr.n, tr.more, tr.piece, tr.small, tr.late, tr.talks)
}

func (tr try) fault() Fault {
	if tr.reset {
		return Fault{Kind: Reset}
	}
	return Fault{Kind: Cut}
}

// tries makes 1,000 of them: most small, some of megabytes, one in fifty of 8 MiB.
func tries() []try {
	rnd := rand.New(rand.NewPCG(7, 7))
	var all []try
	for i := range 1000 {
		tr := try{n: rnd.IntN(70 << 10), more: rnd.IntN(9000), reset: i%2 == 0, piece: 1 << (9 + rnd.IntN(8)),
			small: rnd.IntN(3) == 0, late: rnd.IntN(3) == 0, talks: rnd.IntN(3) == 0}
		switch {
		case i%50 == 1 || i%50 == 26:
			tr.n, tr.piece = 8<<20-rnd.IntN(5), 64<<10
		case i%10 == 3:
			tr.n, tr.piece = rnd.IntN(2<<20), 16<<10
		case i%10 == 4:
			tr.n = rnd.IntN(3)
		}
		tr.more = min(tr.more, len(eightMiB)-tr.n)
		tr.talks = tr.talks && tr.n > 0 // a write would meet the reset, and be told of it, before the read
		all = append(all, tr)
	}
	return all
}

// ends are the two applications of a try, and what tells that the fault struck.
type ends struct {
	w      full     // writes, and closes at once; with bytes unread a kernel would reset
	r      net.Conn // reads
	struck func() bool
}

// run writes, reads, and reports what was not exact.
func (tr try) run(e ends) error {
	if tr.small {
		findTCP(e.r).SetReadBuffer(32 << 10) // with less the kernel itself waits for its timers
	}
	if tr.talks {
		e.r.Write(eightMiB[:tr.piece])
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		e.w.Write(eightMiB[:tr.n+tr.more])
		if _, kernel := e.w.(*net.TCPConn); kernel && tr.talks {
			e.w.CloseWrite()
			return
		}
		e.w.Close()
	}()
	if tr.late {
		for i := 0; !e.struck() && i < 3000; i++ {
			runtime.Gosched() // it may wait for this very reader
		}
	}
	n, same, b := 0, true, make([]byte, tr.piece)
	e.r.SetReadDeadline(time.Now().Add(20 * time.Second))
	for {
		m, err := e.r.Read(b)
		same = same && n+m <= tr.n && bytes.Equal(b[:m], eightMiB[n:n+m])
		n += m
		if err == nil {
			if tr.late {
				runtime.Gosched()
			}
			continue
		}
		e.r.Close()
		<-written
		e.w.Close()
		if n != tr.n || !same || tr.reset != errors.Is(err, syscall.ECONNRESET) || !tr.reset && err != io.EOF {
			return fmt.Errorf("%s: read %d bytes (the right ones: %t), %v", tr, n, same, err)
		}
		if !e.struck() {
			return fmt.Errorf("%s: did not strike", tr)
		}
		return nil
	}
}

// thousand runs all tries, on connections that connect makes, four at a time.
func thousand(t *testing.T, all []try, connect func(try) (ends, error)) {
	t.Helper()
	var next, ran atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(all)) && !t.Failed(); i = next.Add(1) - 1 {
				e, err := connect(all[i])
				if err == nil {
					err = all[i].run(e)
				}
				if err != nil {
					t.Errorf("try %d: %v", i, err)
					return
				}
				ran.Add(1)
			}
		})
	}
	wg.Wait()
	if ran.Load() != int64(len(all)) {
		t.Errorf("%d of %d tries were exact", ran.Load(), len(all))
	}
}

// base fails the test if it ends with more goroutines than it began with.
func base(t *testing.T) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		for range 2000 {
			if runtime.NumGoroutine() <= before {
				return
			}
			time.Sleep(time.Millisecond) // those that have done their work are on their way out
		}
		b := make([]byte, 1<<16)
		t.Errorf("%d goroutines, there were %d:\n%s", runtime.NumGoroutine(), before, b[:runtime.Stack(b, true)])
	})
}

func TestAWrappedSocketEndsAtTheExactByteEveryTime(t *testing.T) {
	base(t)
	thousand(t, tries(), func(tr try) (ends, error) {
		a, b := tcpPair(t)
		w, err := Wrap(a, Server, Options{Plan: Plan{Rules: []Rule{{Side: Server, When: When{At: int64(tr.n)}, Fault: tr.fault()}}}})
		if err != nil {
			return ends{}, err
		}
		return ends{w: w, r: b, struck: func() bool { return len(w.Journal()) == 1 }}, nil
	})
}

func TestAWatchedSocketEndsAtTheExactByteEveryTime(t *testing.T) {
	base(t)
	var few []try
	for _, tr := range tries()[:300] {
		if tr.n < 1<<20 { // each byte is looked at
			few = append(few, tr)
		}
	}
	thousand(t, few, func(tr try) (ends, error) {
		a, b := tcpPair(t)
		w, err := Wrap(a, Server, Options{Plan: Plan{Rules: []Rule{
			{Side: Server, When: When{After: "nowhere at all"}, Fault: Fault{Kind: Cut}},
			{Side: Server, When: When{At: int64(tr.n)}, Fault: tr.fault()},
		}}})
		if err != nil {
			return ends{}, err
		}
		return ends{w: w, r: b, struck: func() bool { return len(w.Journal()) == 1 }}, nil
	})
}

// certificate makes an Ed25519 certificate for 127.0.0.1.
func certificate(t testing.TB) tls.Certificate {
	t.Helper()
	pub, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(nil, c, c, pub, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// tlsPair is a TLS connection over loopback whose handshake is done.
func tlsPair(t testing.TB, cert tls.Certificate, below func(*net.TCPConn) net.Conn) (server, client *tls.Conn, err error) {
	a, b := tcpPair(t)
	server = tls.Server(below(a), &tls.Config{Certificates: []tls.Certificate{cert}, DynamicRecordSizingDisabled: true})
	client = tls.Client(b, &tls.Config{InsecureSkipVerify: true})
	done := make(chan error, 1)
	go func() { done <- server.Handshake() }()
	return server, client, errors.Join(client.Handshake(), <-done)
}

// counted counts the ciphertext that came in below a TLS connection.
type counted struct {
	net.Conn
	n atomic.Int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.n.Add(int64(n))
	return n, err
}

func TestACutOrAResetBelowTLSEndsAtTheExactByteOfTheCiphertext(t *testing.T) {
	base(t)
	cert := certificate(t)
	ran := 0
	for _, at := range []int64{3000, 70000, 1 << 20, 3<<20 + 77} {
		for _, kind := range []Kind{Cut, Reset} {
			var w *Wrapped
			a, b := tcpPair(t)
			w, err := Wrap(a, Server, Options{Plan: Plan{Rules: []Rule{{Side: Server, When: When{At: at}, Fault: Fault{Kind: kind}}}}})
			if err != nil {
				t.Fatal(err)
			}
			in := &counted{Conn: b}
			server := tls.Server(w, &tls.Config{Certificates: []tls.Certificate{cert}})
			client := tls.Client(in, &tls.Config{InsecureSkipVerify: true})
			done := make(chan error, 1)
			go func() {
				server.Write(eightMiB[:4<<20])
				done <- server.Close()
			}()
			got, err := io.ReadAll(client)
			<-done
			if !bytes.Equal(got, eightMiB[:len(got)]) || in.n.Load() != at {
				t.Errorf("%s @%d: %d bytes of ciphertext came", kind, at, in.n.Load())
			}
			want := error(syscall.ECONNRESET)
			if kind == Cut {
				want = io.ErrUnexpectedEOF
			}
			if !errors.Is(err, want) {
				t.Errorf("%s @%d: the client read %v, want %v", kind, at, err, want)
			}
			client.Close()
			ran++
		}
	}
	if ran != 8 {
		t.Errorf("%d ran", ran)
	}
}

func TestAResetOfAWrappedTLSConnectionIsTheKernels(t *testing.T) {
	base(t)
	cert := certificate(t)
	ran := 0
	for _, kind := range []Kind{Reset, Cut} {
		server, client, err := tlsPair(t, cert, func(c *net.TCPConn) net.Conn { return c })
		if err != nil {
			t.Fatal(err)
		}
		const at = 1<<20 + 5
		w, err := Wrap(server, Server, Options{Plan: Plan{Rules: []Rule{{Side: Server, When: When{At: at}, Fault: Fault{Kind: kind}}}}})
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			w.Write(eightMiB[:2<<20])
			w.Close()
		}()
		got, err := io.ReadAll(client)
		if !bytes.Equal(got, eightMiB[:at]) || kind == Reset != errors.Is(err, syscall.ECONNRESET) || kind == Cut && err != nil {
			t.Errorf("%s: read %d bytes, %v", kind, len(got), err)
		}
		client.Close()
		ran++
	}
	if ran != 2 {
		t.Errorf("%d ran", ran)
	}
}
