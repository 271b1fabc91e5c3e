// Package control is the interface over HTTP to a [faultnet.Proxy] that runs:
// it shows what lives and what struck, and applies and heals faults.
//
//	GET    /connections              those that live and the last that ended, with counts
//	GET    /connections/N/journal    what struck on connection N, as a plan
//	GET    /plan                     the plan of connections that come
//	PUT    /plan                     sets it; the body is a plan
//	GET    /faults                   what was applied and is not healed
//	POST   /faults                   applies {"rule": R, "connections": [N...], "wait": D}
//	DELETE /faults/ID                heals one
//	DELETE /faults                   heals all
//	GET    /accepting                all, paused or none
//	PUT    /accepting                sets it; the body is one of these words
//
// Plans are text, all else is JSON. An answer comes when a fault took effect on
// the connections that live, or when the time to wait (2s if none is given) is
// over: the status says which, 201 or 202. What cannot be is answered with a
// status of 400 or more and {"error": "line:col: want X, got Y"}.
package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
)

// Options say how a Handler is. The zero Options are for a listener of the
// loopback interface.
type Options struct {
	// AllowRemote answers requests under any host name. Without it only those are
	// answered that name the loopback interface, so that no web page that a browser
	// on this machine shows can reach the proxy under a name of its own.
	AllowRemote bool
}

// maxBody is how long a request may be.
const maxBody = 1 << 20

// defaultWait is how long an answer waits for a fault to take effect.
const defaultWait = 2 * time.Second

// Handler returns the interface to p. It never holds a lock while it waits, and
// waits for nothing but a fault that it was asked to wait for.
func Handler(p *faultnet.Proxy, o Options) http.Handler {
	h := &handler{p: p}
	mux := http.NewServeMux()
	for pattern, f := range map[string]func(*http.Request) (int, any, error){
		"GET /connections":             h.connections,
		"GET /connections/{n}/journal": h.journal,
		"GET /plan":                    h.plan,
		"PUT /plan":                    h.setPlan,
		"GET /faults":                  h.faults,
		"POST /faults":                 h.apply,
		"DELETE /faults":               h.healAll,
		"DELETE /faults/{id}":          h.heal,
		"GET /accepting":               h.accepting,
		"PUT /accepting":               h.setAccepting,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
			answer(w, r, f)
		})
	}
	own := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !o.AllowRemote && !loopback(r.Host) {
			fail(w, http.StatusForbidden, fmt.Errorf("want the loopback interface as host, got %q", r.Host))
			return
		}
		own.ServeHTTP(w, r)
	})
}

// loopback reports whether a Host header names the loopback interface.
func loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// answer lets f answer r: a string as text, all else as JSON.
func answer(w http.ResponseWriter, r *http.Request, f func(*http.Request) (int, any, error)) {
	status, body, err := f(r)
	if err != nil {
		fail(w, statusOf(err), err)
		return
	}
	text, ok := body.(string)
	if ok {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(status)
		io.WriteString(w, text)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if body != nil {
		json.NewEncoder(w).Encode(body)
	}
}

func fail(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
}

// statusOf returns the status that says what err does: all are the request's
// fault but those of a system that does not give the port back.
func statusOf(err error) int {
	var conn faultnet.UnknownConnError
	var op *net.OpError
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &conn), errors.Is(err, errUnknownFault):
		return http.StatusNotFound
	case errors.As(err, &large):
		return http.StatusRequestEntityTooLarge
	case errors.As(err, &op), errors.Is(err, net.ErrClosed):
		return http.StatusServiceUnavailable
	}
	return http.StatusBadRequest
}

// Serve answers requests at ln with h until ctx is done, and closes ln. Requests
// that wait are ended.
func Serve(ctx context.Context, ln net.Listener, h http.Handler) error {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	defer context.AfterFunc(ctx, func() { s.Close() })()
	if err := s.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Listen listens at a TCP address, which must be of the loopback interface
// unless remote is allowed.
func Listen(ctx context.Context, address string, allowRemote bool) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if !allowRemote && !loopback(host) {
		return nil, fmt.Errorf("%q: %w", address, faultnet.ErrNotLoopback)
	}
	var lc net.ListenConfig
	return lc.Listen(ctx, "tcp", address)
}

// number reads a path value.
func number(r *http.Request, name string) (int, error) {
	n, err := strconv.Atoi(r.PathValue(name))
	if err != nil || n < 1 {
		return 0, fmt.Errorf("1:1: want a number from 1, got %q", r.PathValue(name))
	}
	return n, nil
}
