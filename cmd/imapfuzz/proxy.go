package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/faultnet/control"
	"github.com/imapfuzz/imapfuzz/harness"
)

const proxyUsage = `A faulty wire between any client and any server: accepts connections, passes them
on to the upstream, and breaks them as the plan says. Prints each fault as it
strikes, and what lives every few seconds. Ctrl-C ends it, with the rules that
never struck.

  imapfuzz proxy -listen 127.0.0.1:1143 -upstream 127.0.0.1:143 -plan 'server literal 1 @10: reset'
  imapfuzz proxy -listen 127.0.0.1:1143 -upstream 127.0.0.1:143 -plan FILE -control 127.0.0.1:8474
  curl -d '{"rule": "server: stall"}' -H 'Content-Type: application/json' http://127.0.0.1:8474/faults

go doc github.com/imapfuzz/imapfuzz/faultnet has the language of plans,
docs/toxiproxy.md what corresponds to each toxic.
`

// proxyFlags are what the verb was asked for.
type proxyFlags struct {
	listen, upstream, plan, control, journal string
	remote                                   bool
	every                                    time.Duration
}

func proxyVerb(ctx context.Context, e *env, args []string) int {
	var o proxyFlags
	f := newFlags(e, "proxy", "-listen ADDR -upstream ADDR [flags]", proxyUsage)
	f.StringVar(&o.listen, "listen", "", "`address` to accept connections at; port 0 is any")
	f.StringVar(&o.upstream, "upstream", "", "`address` to pass them on to")
	f.StringVar(&o.plan, "plan", "", "a `file` with a plan, or the plan itself: 'rule; rule'")
	f.StringVar(&o.control, "control", "", "`address` of the control interface over HTTP (go doc ./faultnet/control)")
	f.StringVar(&o.journal, "journal", "", "write what struck to this `file` in the end, as plans")
	f.BoolVar(&o.remote, "allow-remote", false, "allow addresses that are not of the loopback interface")
	f.DurationVar(&o.every, "every", 5*time.Second, "how often what lives is printed; 0: never")
	if status, ok := parse(e, f, args); !ok {
		return status
	}
	switch {
	case f.NArg() > 0:
		return fail(e, fmt.Errorf("proxy: want flags alone, got %q", f.Arg(0)))
	case o.listen == "" || o.upstream == "":
		return fail(e, errors.New("proxy: want -listen ADDR and -upstream ADDR"))
	}
	plan, err := readPlan(o.plan)
	if err != nil {
		return fail(e, err)
	}
	if err := serveProxy(ctx, e, o, plan); err != nil {
		return fail(e, fmt.Errorf("proxy: %w", err))
	}
	return statusClean
}

// readPlan reads the plan in the file of that name, or text itself, which has a
// colon as every rule has.
func readPlan(text string) (faultnet.Plan, error) {
	name := "-plan"
	if b, err := os.ReadFile(text); err == nil {
		name, text = text, string(b)
	} else if text != "" && !strings.Contains(text, ":") {
		return faultnet.Plan{}, fmt.Errorf("proxy: want a plan or its file: %w", err)
	}
	p, err := faultnet.ProxyForm.ParsePlan(text)
	if err != nil {
		return p, fmt.Errorf("%s:%w", name, err)
	}
	return p, nil
}

// serveProxy runs the proxy until ctx is done.
func serveProxy(ctx context.Context, e *env, o proxyFlags, plan faultnet.Plan) error {
	out := &lines{w: e.out}
	p, err := faultnet.ListenProxy(ctx, faultnet.ProxyOptions{
		Listen: o.listen, Upstream: o.upstream, AllowRemote: o.remote, Plan: plan,
		NewMarker: harness.NewMarker,
		OnStrike: func(conn int, s faultnet.Strike) {
			out.later("connection %d: struck at byte %d of the %s's stream after %s: %s", conn, s.At, s.Side, s.Since.Round(time.Millisecond), s.Rule)
		},
	})
	if err != nil {
		return err
	}
	defer p.Close()
	out.now("proxy %s -> %s, %d rules", p.Addr(), p.Upstream(), len(plan.Rules))
	var work sync.WaitGroup
	defer work.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	failed := make(chan error, 1)
	if o.control != "" {
		ln, err := control.Listen(ctx, o.control, o.remote)
		if err != nil {
			return err
		}
		out.now("control http://%s", ln.Addr())
		work.Go(func() { failed <- control.Serve(ctx, ln, control.Handler(p, control.Options{AllowRemote: o.remote})) })
	}
	err = tell(ctx, out, p, o.every, failed)
	cancel()
	return errors.Join(err, aftermath(out, p, plan, o.journal))
}

// tell prints what strikes, and what lives, until ctx is done or something
// failed.
func tell(ctx context.Context, out *lines, p *faultnet.Proxy, every time.Duration, failed <-chan error) error {
	strikes := time.NewTicker(100 * time.Millisecond)
	defer strikes.Stop()
	var counts <-chan time.Time
	if every > 0 {
		t := time.NewTicker(every)
		defer t.Stop()
		counts = t.C
	}
	for {
		select {
		case <-ctx.Done():
			out.flush()
			return nil
		case err := <-failed:
			return err
		case <-strikes.C:
			out.flush()
		case <-counts:
			live(out, p)
		}
	}
}

// live prints the connections that live.
func live(out *lines, p *faultnet.Proxy) {
	for _, c := range p.Conns() {
		if c.Ended {
			continue
		}
		held := ""
		if c.FromClient.Held || c.FromServer.Held {
			held = ", held back"
		}
		out.now("connection %d: %s, client %d bytes, server %d bytes, %d struck%s", c.N, c.Age.Round(time.Second),
			c.FromClient.Accepted, c.FromServer.Accepted, c.Strikes, held)
	}
}

// aftermath prints what came of it, and writes the journals.
func aftermath(out *lines, p *faultnet.Proxy, plan faultnet.Plan, file string) error {
	conns := p.Conns()
	struck := 0
	var journals strings.Builder
	for _, c := range conns {
		j, err := p.Journal(c.N)
		if err != nil {
			continue // forgotten meanwhile
		}
		struck += len(j)
		text, _ := faultnet.JournalPlan(j).MarshalText() // which never fails
		fmt.Fprintf(&journals, "# connection %d from %s\n%s", c.N, c.ClientAddr, text)
	}
	out.now("%d connections, %d faults struck", len(conns), struck)
	for _, r := range plan.Rules {
		if p.Fired(r) == 0 && !r.Fault.Kind.Connecting() {
			out.now("never struck: %s", r)
		}
	}
	if file == "" {
		return nil
	}
	return os.WriteFile(file, []byte(journals.String()), 0o666)
}

// A lines prints whole lines. What must not block is printed by flush.
type lines struct {
	w        io.Writer
	printing sync.Mutex
	mu       sync.Mutex
	waiting  []string
}

func (l *lines) now(format string, args ...any) {
	l.later(format, args...)
	l.flush()
}

func (l *lines) later(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = append(l.waiting, fmt.Sprintf(format, args...))
}

func (l *lines) flush() {
	l.printing.Lock()
	defer l.printing.Unlock()
	l.mu.Lock()
	waiting := l.waiting
	l.waiting = nil
	l.mu.Unlock()
	for _, s := range waiting {
		fmt.Fprintln(l.w, s)
	}
}
