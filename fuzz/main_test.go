package fuzz

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
)

// TestMain lets this test binary be the workers of the campaigns under test.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "worker" {
		WorkerMain(slices.Concat(plantedSpecs(), sweptSpecs(), checkedSpecs()))
	}
	if len(os.Args) == 2 && os.Args[1] == "stillborn" {
		os.Exit(9)
	}
	if len(os.Args) == 3 && os.Args[1] == "campaign" {
		searchUntilInterrupted(os.Args[2])
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// searchUntilInterrupted runs a campaign in dir, and tells how far it is, a line of
// JSON each time.
func searchUntilInterrupted(dir string) {
	c := campaignIn(dir)
	c.Workers, c.tellEvery = 2, 10*time.Millisecond
	c.OnProgress = func(p Progress) {
		line, _ := json.Marshal(p)
		fmt.Printf("%s\n", line)
	}
	c.OnProblem = func(line string) { fmt.Fprintln(os.Stderr, line) }
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if _, err := c.Run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

// plantedSpecs are go-imap's two sides, and a client that gets stuck; the server has planted bugs that end
// its process: a line with XPANIC, XEXIT or XDEEP, or with XBURN and many z. XHOG takes memory for
// each z.
func plantedSpecs() []Spec {
	return []Spec{
		{Name: "planted server", New: func() harness.Target {
			s := goimap.Server().Wrapped(func(start harness.StartFunc) harness.StartFunc {
				return func(ln net.Listener, log io.Writer) (func(), error) {
					return start(plantedListener{ln}, log)
				}
			})
			s.Packages = append(s.Packages, "github.com/imapfuzz/imapfuzz/fuzz.planted")
			return s
		}},
		{Name: "go-imap client", New: func() harness.Target { return goimap.Client() }},
		{Name: "stuck client", New: stuckClient},
	}
}

type plantedListener struct{ net.Listener }

func (l plantedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &plantedConn{Conn: c}, nil
}

// plantedConn ends the process when the server reads one of its words.
type plantedConn struct{ net.Conn }

var (
	plantedDepth atomic.Int64
	plantedHog   []byte
)

func (c *plantedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	switch text := string(b[:n]); {
	case strings.Contains(text, "XPANIC"):
		go plantedPanic()
	case strings.Contains(text, "XEXIT"):
		os.Exit(7)
	case strings.Contains(text, "XDEEP"):
		plantedRecursion(1)
	case strings.Contains(text, "XBURN"):
		plantedLoop(strings.Count(text, "z"))
	case strings.Contains(text, "XHOG"):
		plantedHog = make([]byte, strings.Count(text, "z")<<20)
	}
	return n, err
}

func plantedPanic() { panic("planted") }

// plantedRecursion has a frame of a usual size: walking millions of small ones
// takes seconds.
func plantedRecursion(n int64) int64 {
	if n < 0 {
		return 0 // never: the stack ends long before
	}
	var frame [256]byte
	frame[n%256] = byte(n)
	plantedDepth.Store(n)
	return plantedRecursion(n+1) + int64(frame[(n+1)%256])
}

// plantedLoop computes for some tens of milliseconds n times.
func plantedLoop(n int) {
	for i := range int64(n) * 40_000_000 {
		plantedDepth.Store(i)
	}
}

// serverCase reads a server case of these steps.
func serverCase(t *testing.T, steps string) *corpus.Case {
	t.Helper()
	c, err := corpus.Parse(t.Name(), []byte("imapfuzz case 1\ntarget: server\n\n"+steps))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const deadlySteps = `C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 FETCH 1:* FLAGS
C: a4 XPANIC now
T: 1m
C: a5 NOOP
C: a6 LOGOUT
`
