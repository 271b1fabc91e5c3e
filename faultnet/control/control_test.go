package control_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/faultnet/control"
)

// rig is a proxy to a server that echoes, and its control interface.
func rig(t *testing.T, plan string) (*faultnet.Proxy, *httptest.Server) {
	t.Helper()
	up, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { up.Close() })
	go func() {
		for {
			c, err := up.Accept()
			if err != nil {
				return
			}
			go func() {
				io.Copy(c, c)
				c.Close()
			}()
		}
	}()
	p, err := faultnet.ParsePlan(plan)
	if err != nil {
		t.Fatal(err)
	}
	proxy, err := faultnet.ListenProxy(t.Context(), faultnet.ProxyOptions{Listen: "127.0.0.1:0", Upstream: up.Addr().String(), Plan: p})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { proxy.Close() })
	s := httptest.NewServer(control.Handler(proxy, control.Options{}))
	t.Cleanup(s.Close)
	return proxy, s
}

// ask sends a request and returns the status and the body of the answer.
func ask(t *testing.T, s *httptest.Server, method, path, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, strings.TrimSpace(string(b))
}

// echoed sends text over c and reads it back.
func echoed(c net.Conn, text string) error {
	c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(c, text); err != nil {
		return err
	}
	b := make([]byte, len(text))
	if _, err := io.ReadFull(c, b); err != nil {
		return err
	}
	if string(b) != text {
		return fmt.Errorf("got %q", b)
	}
	return nil
}

func dial(t *testing.T, p *faultnet.Proxy) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", p.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestWhatCannotBeIsAnsweredWithItsPlaceAndReason(t *testing.T) {
	_, s := rig(t, "")
	ran := 0
	for _, row := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"PUT", "/plan", "client: cut\nserver @-1: cut", 400, `{"error":"2:9: want a count of bytes, got \"-1\""}`},
		{"PUT", "/plan", "client: throttle 0KB/s", 400, `{"error":"1:18: want a rate above 0 such as 64KB/s, got \"0KB/s\""}`},
		{"PUT", "/plan", "client: slow-connect", 400, `{"error":"1:9: want a fault that a proxy can do, got \"slow-connect\""}`},
		{"POST", "/faults", `{"rule": "client: cutt"}`, 400, `{"error":"1:9: want a fault, got \"cutt\""}`},
		{"POST", "/faults", `{"rule": "client: cut", "toxicity": 1}`, 400, `{"error":"want a JSON object with a rule: json: unknown field \"toxicity\""}`},
		{"POST", "/faults", `{"rule": "client: cut", "wait": "soon"}`, 400, `{"error":"1:1: want a duration such as 1.5s, got \"soon\""}`},
		{"POST", "/faults", `{"rule": "client: cut", "connections": [7]}`, 404, `{"error":"faultnet: proxy: want the number of a connection, got 7"}`},
		{"DELETE", "/faults/3", "", 404, `{"error":"want the id of a fault that is applied, got 3"}`},
		{"DELETE", "/faults/x", "", 400, `{"error":"1:1: want a number from 1, got \"x\""}`},
		{"GET", "/connections/9/journal", "", 404, `{"error":"want the number of a connection, got 9"}`},
		{"PUT", "/accepting", "some", 400, `{"error":"1:1: want all, paused or none, got \"some\""}`},
		{"PUT", "/plan", strings.Repeat("#", 2<<20), 413, `{"error":"http: request body too large"}`},
		{"POST", "/plan", "", 405, "Method Not Allowed"},
		{"GET", "/toxics", "", 404, "404 page not found"},
	} {
		if status, body := ask(t, s, row.method, row.path, row.body); status != row.status || body != row.want {
			t.Errorf("%s %s %.40s: %d %s, want %d %s", row.method, row.path, row.body, status, body, row.status, row.want)
		}
		ran++
	}
	if ran != 14 {
		t.Errorf("%d ran", ran)
	}
}

func TestAFaultIsAppliedSeenAndHealed(t *testing.T) {
	p, s := rig(t, "")
	c := dial(t, p)
	if err := echoed(c, "hello"); err != nil {
		t.Fatal(err)
	}
	status, body := ask(t, s, "POST", "/faults", `{"rule": "server: stall"}`)
	if status != 201 || body != `{"id":1,"rule":"server: stall","connections":[]}` {
		t.Fatalf("%d %s", status, body)
	}
	io.WriteString(c, "held")
	if status, body = ask(t, s, "GET", "/faults", ""); status != 200 || body != `[{"id":1,"rule":"server: stall","connections":[]}]` {
		t.Errorf("%d %s", status, body)
	}
	// Bytes are counted once the kernel has them: who has got them may ask before.
	counted := func() bool {
		var conns []control.Connection
		_, body = ask(t, s, "GET", "/connections", "")
		err := json.Unmarshal([]byte(body), &conns)
		return err == nil && len(conns) == 1 && conns[0].FromServer.Held && conns[0].Strikes == 1 &&
			conns[0].FromClient.Accepted >= 5 && conns[0].FromServer.Delivered == 5
	}
	for begun := time.Now(); !counted(); {
		if time.Since(begun) > 10*time.Second {
			t.Fatalf("after 10 s the counts are %s", body)
		}
	}
	if status, body = ask(t, s, "DELETE", "/faults/1", ""); status != 204 {
		t.Errorf("%d %s", status, body)
	}
	b := make([]byte, 4)
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.ReadFull(c, b); string(b) != "held" {
		t.Errorf("after the healing: %q, %v", b, err)
	}
	if status, body = ask(t, s, "GET", "/connections/1/journal", ""); status != 200 || !strings.HasPrefix(body, "faultnet plan 1\nserver @5: stall") {
		t.Errorf("%d %s", status, body)
	}
	// One that never strikes is answered when its time is over.
	if status, body = ask(t, s, "POST", "/faults", `{"rule": "server @1000000: cut", "wait": "1ms", "connections": [1]}`); status != 202 ||
		body != `{"id":2,"rule":"server @1000000: cut","connections":[1]}` {
		t.Errorf("%d %s", status, body)
	}
	if status, body = ask(t, s, "DELETE", "/faults", ""); status != 204 || len(p.Applied()) != 0 {
		t.Errorf("%d %s", status, body)
	}
}

func TestThePlanOfConnectionsThatComeIsSet(t *testing.T) {
	p, s := rig(t, "server @900: cut")
	if status, body := ask(t, s, "GET", "/plan", ""); status != 200 || body != "faultnet plan 1\nserver @900: cut" {
		t.Errorf("%d %s", status, body)
	}
	if status, body := ask(t, s, "PUT", "/plan", "server @3: cut"); status != 200 || body != "faultnet plan 1\nserver @3: cut" {
		t.Errorf("%d %s", status, body)
	}
	c := dial(t, p)
	io.WriteString(c, "hello")
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	if b, err := io.ReadAll(c); string(b) != "hel" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	for _, row := range []struct{ method, path, body string }{{"PUT", "/plan", "server: refuse"}, {"PUT", "/accepting", "none"}, {"POST", "/faults", `{"rule": "server: refuse"}`}} {
		if status, body := ask(t, s, row.method, row.path, row.body); status >= 300 {
			t.Errorf("%v: %d %s", row, status, body)
		}
		if c, err := net.Dial("tcp", p.Addr().String()); err == nil {
			c.Close()
			t.Errorf("%v: not refused", row)
		}
		ask(t, s, "PUT", "/plan", "")
		ask(t, s, "DELETE", "/faults", "")
		if status, body := ask(t, s, "PUT", "/accepting", "all"); status != 200 || body != "all" {
			t.Errorf("%d %s", status, body)
		}
		if err := echoed(dial(t, p), "again"); err != nil {
			t.Errorf("%v: %v", row, err)
		}
	}
}

func TestOnlyTheLoopbackInterfaceIsAnswered(t *testing.T) {
	_, s := rig(t, "")
	for host, want := range map[string]int{"": 200, "localhost": 200, "localhost:1": 200, "[::1]:8474": 200, "127.9.9.9": 200,
		"evil.example": 403, "127.0.0.1.evil.example:80": 403, "10.0.0.1": 403} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/plan", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		resp, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("host %q: %d, want %d", host, resp.StatusCode, want)
		}
	}
	r, _ := http.NewRequestWithContext(t.Context(), "PUT", s.URL+"/plan", strings.NewReader("client: cut"))
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := s.Client().Do(r)
	if err != nil || resp.StatusCode != 403 {
		t.Errorf("a page of another site: %v, %v", resp, err)
	}
	for addr, ok := range map[string]bool{"127.0.0.1:0": true, "localhost:0": true, "[::1]:0": true, "0.0.0.0:0": false, ":0": false, "example.org:0": false} {
		ln, err := control.Listen(t.Context(), addr, false)
		if err == nil {
			ln.Close()
		}
		if (err == nil) != ok && addr != "[::1]:0" { // which not every machine has
			t.Errorf("%s: %v", addr, err)
		}
	}
}

// TestAThousandStalledConnectionsDoNotKeepItFromAnswering also counts that all of
// them are stalled.
func TestAThousandStalledConnectionsDoNotKeepItFromAnswering(t *testing.T) {
	const n = 1000
	p, s := rig(t, "server @1: stall; client @1000000: stall")
	for range n {
		c := dial(t, p)
		io.WriteString(c, "hello")
	}
	var conns []control.Connection
	for stalled := 0; stalled < n; {
		status, body := ask(t, s, "GET", "/connections", "")
		if err := json.Unmarshal([]byte(body), &conns); status != 200 || err != nil {
			t.Fatalf("%d, %v", status, err)
		}
		stalled = 0
		for _, c := range conns {
			if c.FromServer.Held && c.Strikes == 1 {
				stalled++
			}
		}
		if t.Context().Err() != nil {
			t.Fatal(stalled)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if status, body := ask(t, s, "POST", "/faults", `{"rule": "client: delay 1s", "wait": "20s"}`); status != 201 || ctx.Err() != nil {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := ask(t, s, "DELETE", "/faults", ""); status != 204 {
		t.Error(status)
	}
	if status, body := ask(t, s, "GET", "/connections/1000/journal", ""); status != 200 || !strings.Contains(body, "server @1: stall") {
		t.Errorf("%d %s", status, body)
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	p, _ := rig(t, "")
	ctx, cancel := context.WithCancel(t.Context())
	ln, err := control.Listen(ctx, "127.0.0.1:0", false)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- control.Serve(ctx, ln, control.Handler(p, control.Options{})) }()
	resp, err := http.Get("http://" + ln.Addr().String() + "/accepting")
	if err != nil || resp.StatusCode != 200 {
		t.Errorf("%v, %v", resp, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
