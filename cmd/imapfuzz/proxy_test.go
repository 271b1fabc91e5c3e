package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// watched is what a verb prints, for a test that waits for it.
type watched struct {
	mu  sync.Mutex
	b   bytes.Buffer
	new chan struct{}
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.b.Write(p)
	select {
	case w.new <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// await waits until what is printed matches, and returns the groups.
func (w *watched) await(t *testing.T, pattern string) []string {
	t.Helper()
	for deadline := time.After(20 * time.Second); ; {
		if m := regexp.MustCompile(pattern).FindStringSubmatch(w.String()); m != nil {
			return m
		}
		select {
		case <-w.new:
		case <-deadline:
			t.Fatalf("never printed %s:\n%.2000s", pattern, w)
		}
	}
}

func TestProxyPrintsWhatStrikesAndWhatNeverDid(t *testing.T) {
	up, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer up.Close()
	go func() {
		for {
			c, err := up.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, "* OK hi\r\n* 1 FETCH (BODY[] {3}\r\nabc)\r\n")
			io.Copy(io.Discard, c)
			c.Close()
		}
	}()
	journal := filepath.Join(t.TempDir(), "journal")
	ctx, cancel := context.WithCancel(t.Context())
	out := &watched{new: make(chan struct{}, 1)}
	done := make(chan int)
	go func() {
		done <- command(ctx, &env{out: out, err: out}, []string{"proxy", "-listen", "127.0.0.1:0", "-upstream", up.Addr().String(),
			"-plan", "server literal 1 @2: stall; server @900: cut", "-control", "127.0.0.1:0", "-every", "1ms", "-journal", journal})
	}()
	addr := out.await(t, `proxy (\S+) -> `+regexp.QuoteMeta(up.Addr().String())+`, 2 rules\n`)[1]
	out.await(t, `control http://127\.0\.0\.1:\d+\n`)
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	b := make([]byte, 34)
	if _, err := io.ReadFull(c, b); string(b) != "* OK hi\r\n* 1 FETCH (BODY[] {3}\r\nab" {
		t.Errorf("%q, %v", b, err)
	}
	out.await(t, `connection 1: struck at byte 34 of the server's stream after \S+: server literal 1 @2: stall\n`)
	out.await(t, `connection 1: \S+, client 0 bytes, server 38 bytes, 1 struck, held back\n`)
	cancel()
	if status := <-done; status != statusClean {
		t.Errorf("status %d", status)
	}
	out.await(t, `1 connections, 1 faults struck\nnever struck: server @900: cut\n`)
	text, err := os.ReadFile(journal)
	if err != nil || !strings.HasSuffix(string(text), "\nfaultnet plan 1\nserver @34: stall\n") {
		t.Errorf("%q, %v", text, err)
	}
}

func TestProxyRefusesWhatCannotBeBeforeItListens(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plan")
	if err := os.WriteFile(file, []byte("faultnet plan 1\n\nclient: chop 0\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	ok := []string{"-listen", "127.0.0.1:0", "-upstream", "127.0.0.1:1"}
	ran := 0
	for _, row := range []struct {
		args []string
		want string
	}{
		{nil, "imapfuzz: proxy: want -listen ADDR and -upstream ADDR\n"},
		{append(ok, "-plan", "client: cutt"), "imapfuzz: -plan:1:9: want a fault, got \"cutt\"\n"},
		{append(ok, "-plan", file), "imapfuzz: " + file + ":3:14: want a count of bytes, got \"0\"\n"},
		{append(ok, "-plan", "client: slow-connect"), "imapfuzz: -plan:1:9: want a fault that a proxy can do, got \"slow-connect\"\n"},
		{append(ok, "-plan", "nowhere"), "imapfuzz: proxy: want a plan or its file: open nowhere: no such file or directory\n"},
		{append(ok, "more"), "imapfuzz: proxy: want flags alone, got \"more\"\n"},
		{[]string{"-listen", "127.0.0.1:0", "-upstream", "192.0.2.1:143"}, "not an address of the loopback interface"},
		{append(ok, "-control", "0.0.0.0:0"), "not an address of the loopback interface"},
	} {
		var out, errs bytes.Buffer
		status := command(t.Context(), &env{out: &out, err: &errs}, append([]string{"proxy"}, row.args...))
		if status != statusError || !strings.Contains(errs.String(), row.want) {
			t.Errorf("%v: %d, %s want %s", row.args, status, &errs, row.want)
		}
		ran++
	}
	if ran != 8 {
		t.Errorf("%d ran", ran)
	}
}
