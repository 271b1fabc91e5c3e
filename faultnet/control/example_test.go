package control_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/faultnet/control"
)

// A proxy is told to refuse connections, by a program that speaks HTTP alone.
func Example() {
	p, err := faultnet.ListenProxy(context.Background(), faultnet.ProxyOptions{Listen: "127.0.0.1:0", Upstream: "127.0.0.1:143"})
	if err != nil {
		panic(err)
	}
	defer p.Close()
	s := httptest.NewServer(control.Handler(p, control.Options{}))
	defer s.Close()

	resp, err := http.Post(s.URL+"/faults", "application/json", strings.NewReader(`{"rule": "server: refuse"}`))
	if err != nil {
		panic(err)
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
	_, err = net.Dial("tcp", p.Addr().String())
	fmt.Println(resp.Status, err != nil)
	// Output: 201 Created true
}
