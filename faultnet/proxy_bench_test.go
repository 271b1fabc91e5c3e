//go:build unix

package faultnet

import (
	"io"
	"net"
	"syscall"
	"testing"
	"time"
)

// cpu returns how much processor time the process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// copying is a plain proxy: what a Proxy is measured against.
func copying(t testing.TB, upstream string) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	half := func(dst, src net.Conn) {
		b := make([]byte, 256<<10)
		io.CopyBuffer(struct{ io.Writer }{dst}, struct{ io.Reader }{src}, b)
		dst.(closeWriter).CloseWrite()
	}
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				u, err := net.Dial("tcp", upstream)
				if err != nil {
					return
				}
				defer u.Close()
				done := make(chan struct{})
				go func() {
					defer close(done)
					half(u, c)
				}()
				half(c, u)
				<-done
			}()
		}
	}()
	return ln
}

// through sends total bytes in writes of 64 KiB to addr, which leads to up.
func through(t testing.TB, up net.Listener, addr string, total int, over func(net.Conn) net.Conn) {
	t.Helper()
	tcp, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	s, err := up.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c := over(tcp)
	go func() {
		for n := 0; n < total; n += 64 << 10 {
			if _, err := c.Write(eightMiB[:64<<10]); err != nil {
				t.Error(err)
				return
			}
		}
		c.(closeWriter).CloseWrite()
	}()
	got, b := 0, make([]byte, 64<<10)
	for {
		n, err := s.Read(b)
		if got += n; err != nil {
			break
		}
	}
	s.Close()
	c.Close()
	if got != total {
		t.Errorf("%d of %d bytes came", got, total)
	}
}

func same(c net.Conn) net.Conn { return c }

// BenchmarkProxyBytes measures the processor time of a GiB through a proxy and
// through a plain copying one, turn and turn about, and of one over a wrapped
// connection and a bare one. Both ends are in it.
func BenchmarkProxyBytes(b *testing.B) {
	const total = 128 << 20
	r := newProxyRig(b, ProxyOptions{})
	plain := copying(b, r.up.Addr().String())
	defer plain.Close()
	wrapped := func(c net.Conn) net.Conn {
		w, err := Wrap(c, Client, Options{})
		if err != nil {
			b.Fatal(err)
		}
		return w
	}
	rows := []struct {
		name, addr string
		over       func(net.Conn) net.Conn
		best       time.Duration
	}{
		{"proxy", r.p.Addr().String(), same, 0},
		{"copying", plain.Addr().String(), same, 0},
		{"wrapped", r.up.Addr().String(), wrapped, 0},
		{"bare", r.up.Addr().String(), same, 0},
	}
	for b.Loop() {
		for i := range rows {
			row := &rows[i]
			before := cpu()
			through(b, r.up, row.addr, total, row.over)
			if d := cpu() - before; row.best == 0 || d < row.best {
				row.best = d
			}
		}
	}
	for _, row := range rows {
		b.ReportMetric(row.best.Seconds()*(1<<30)/total, row.name+"-cpu-s/GiB")
	}
	b.ReportMetric(rows[0].best.Seconds()/rows[1].best.Seconds(), "proxy/copying")
	b.ReportMetric(rows[2].best.Seconds()/rows[3].best.Seconds(), "wrapped/bare")
}

// BenchmarkProxyRoundTrip is 32 bytes there and back.
func BenchmarkProxyRoundTrip(b *testing.B) {
	r := newProxyRig(b, ProxyOptions{})
	plain := copying(b, r.up.Addr().String())
	defer plain.Close()
	for _, row := range []struct{ name, addr string }{{"proxy", r.p.Addr().String()}, {"copying", plain.Addr().String()}} {
		b.Run(row.name, func(b *testing.B) {
			c, err := net.Dial("tcp", row.addr)
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			s, err := r.up.Accept()
			if err != nil {
				b.Fatal(err)
			}
			go func() {
				defer s.Close()
				io.Copy(struct{ io.Writer }{s}, struct{ io.Reader }{s})
			}()
			p := make([]byte, 32)
			before := cpu()
			for b.Loop() {
				c.Write(p)
				if _, err := io.ReadFull(c, p); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(cpu()-before)/float64(b.N), "cpu-ns/op")
		})
	}
}
