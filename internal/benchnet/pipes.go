package main

import (
	"fmt"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"tailscale.com/net/memnet"
)

// pipes are connections in memory that pass nettest.TestConn (pipes_test.go).
var pipes = []struct {
	name string
	make func() (a, b net.Conn)
}{
	{"faultnet", func() (net.Conn, net.Conn) { a, b := faultnet.Pipe(faultnet.Options{}); return a, b }},
	{"net.Pipe", net.Pipe},
	{"memnet", func() (net.Conn, net.Conn) { return memnet.NewConn("pipe", faultnet.DefaultBuffer) }},
}

// sessions are what is done over them.
var sessions = []struct {
	name string
	run  func(a, b net.Conn) error
}{{"in bulk", bulk}, {"answers", answers}}

// measurePipes compares faultnet's pipe with the fastest of the others: sending
// in bulk, and answering. The figure is the worse of the two.
func measurePipes(turns int) ([]figure, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	worst := 0.0
	for _, procs := range []int{1, 2} {
		runtime.GOMAXPROCS(procs)
		for _, session := range sessions {
			took := map[string][]float64{}
			for turn := range turns + 1 {
				for _, p := range pipes {
					begin := time.Now()
					if err := session.run(p.make()); err != nil {
						return nil, fmt.Errorf("%s: %w", p.name, err)
					}
					if turn > 0 {
						took[p.name] = append(took[p.name], time.Since(begin).Seconds())
					}
				}
			}
			bestName := "net.Pipe"
			pipe, _, _ := median(took["net.Pipe"])
			if mem, _, _ := median(took["memnet"]); mem < pipe {
				bestName = "memnet"
			}
			what := fmt.Sprintf("the pipe against %s, %s, %d processors", bestName, session.name, procs)
			worst = max(worst, compare(what, took["faultnet"], took[bestName]))
		}
	}
	return []figure{{"pipe_vs_best", worst, "<=1.5"}}, nil
}

// bulk sends 256 MiB.
func bulk(a, b net.Conn) error {
	defer b.Close()
	go func() {
		p := make([]byte, block)
		for range 256 << 20 / block {
			a.Write(p)
		}
		a.Close()
	}()
	n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{b}, make([]byte, block))
	if n != 256<<20 {
		return fmt.Errorf("%d bytes, %w", n, err)
	}
	return nil
}

// answers sends 50,000 small lines and gets each answered.
func answers(a, b net.Conn) error {
	defer a.Close()
	go func() {
		p := make([]byte, 32)
		for {
			if _, err := io.ReadFull(b, p); err != nil {
				b.Close()
				return
			}
			b.Write(p)
		}
	}()
	p := make([]byte, 32)
	for range 50_000 {
		if _, err := a.Write(p); err != nil {
			return err
		}
		if _, err := io.ReadFull(a, p); err != nil {
			return err
		}
	}
	return nil
}

// measureAllocs counts what a write and a read without faults allocate, on the
// pipe and on a wrapped socket.
func measureAllocs(int) ([]figure, error) {
	p := make([]byte, 1000)
	trip := func(a, b net.Conn) float64 {
		return testing.AllocsPerRun(1000, func() {
			a.Write(p)
			io.ReadFull(b, p)
		})
	}
	client, server := faultnet.Pipe(faultnet.Options{})
	onPipe := trip(client, server)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		return nil, err
	}
	defer c.Close()
	s, err := l.Accept()
	if err != nil {
		return nil, err
	}
	w, err := faultnet.Wrap(s, faultnet.Server, faultnet.Options{})
	if err != nil {
		return nil, err
	}
	defer w.Close()
	onWrap := trip(c, w) + trip(w, c)
	fmt.Printf("allocations of a write and a read: %v on the pipe, %v on a wrapped socket\n", onPipe, onWrap)
	return []figure{{"fastpath_allocs", onPipe + onWrap, "<=0"}}, nil
}
