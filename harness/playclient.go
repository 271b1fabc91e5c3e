package harness

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

const (
	// afterEnd is how long a client may need to notice that its connection has
	// ended, or that it was told to close.
	afterEnd = time.Minute

	// silence is after how long without a byte a client that waits for a reply
	// is said to wait for ever. No RFC sets a bound; this is generous.
	silence = time.Hour
)

// clientPlay is one run against a client: the harness plays its server, or
// stands between it and an honest one.
type clientPlay struct {
	*run
	cl      *Client
	pe      *peer
	d       *driving
	cancel  context.CancelFunc
	done    chan struct{} // closed when Drive has returned
	err     error
	panicV  *Stack
	inCall  string
	reached atomic.Int64 // how many bytes have reached the client
	agreed  bool         // STARTTLS was answered OK, and TLS starts in the next step
}

// execute runs the case; it is called inside the bubble.
func (c *Client) execute(r *run) {
	if r.c.Honest && c.Peer == nil {
		r.err = ErrNoPeer
		return
	}
	p := &clientPlay{run: r, cl: c, done: make(chan struct{}), d: &driving{calls: make(chan string), rec: r.rec}}
	p.pe = r.newPeer(1)
	r.peers = []*peer{p.pe}
	stop, err := p.connect()
	if err != nil {
		r.err = err
		return
	}
	p.drive()
	p.steps()
	p.finish()
	stop()
	r.wait()
	if p.driven.Returned && r.linger(r.alone) {
		time.Sleep(releaseTime)
		r.wait()
		r.leaks = r.leftovers(r.alone)
	}
}

// connect makes the connection, with an honest server at its other end if the
// case wants one.
func (p *clientPlay) connect() (stop func(), err error) {
	o := p.linkOptions(p.pe)
	o.Tap = p.counting(withoutHello(o.Tap, p.c.Honest))
	p.rec.add(Event{Kind: Opened, Conn: 1})
	if !p.c.Honest {
		p.pe.link = faultnet.NewLink(o)
		p.pe.end = p.pe.link.Server()
		return func() {}, nil
	}
	ln := faultnet.NewListener(faultnet.ListenOptions{})
	start, err := p.cl.Peer.open(p.c)
	if err != nil {
		return nil, err
	}
	end, err := start(ln, new(logBuffer))
	if err != nil {
		return nil, fmt.Errorf("start the honest server: %w", err)
	}
	if p.pe.link, err = ln.Dial(context.Background(), o); err != nil {
		return nil, fmt.Errorf("connect to the honest server: %w", err)
	}
	p.pe.closed = true // the server's end is the honest server's
	return func() {
		end()
		ln.Close()
	}, nil
}

// counting is tap that also counts what reaches the client, inside TLS too.
func (p *clientPlay) counting(tap func(faultnet.Event)) func(faultnet.Event) {
	return func(e faultnet.Event) {
		if e.Op == faultnet.Received && e.Side == faultnet.Server {
			p.reached.Add(int64(len(e.Data)))
		}
		tap(e)
	}
}

// drive starts the client.
func (p *clientPlay) drive() {
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), driveKey{}, p.d))
	p.cancel = cancel
	go func() {
		defer close(p.done)
		defer func() {
			if v := recover(); v != nil {
				st, _ := parseStack(string(firstStack()))
				st.Text = fmt.Sprintf("panic: %v\n%s", v, st.Text)
				p.panicV = &st
			}
		}()
		p.err = p.cl.Drive(ctx, p.pe.link.Client())
	}()
	p.wait()
	p.pe.drain()
}

func (p *clientPlay) steps() {
	for i := range p.c.Steps {
		p.rec.setStep(i)
		p.step(i, &p.c.Steps[i])
		p.run.steps++
	}
	p.rec.setStep(len(p.c.Steps))
}

func (p *clientPlay) step(i int, s *corpus.Step) {
	switch {
	case s.Op == corpus.Time:
		p.rec.add(Event{Kind: Passed, D: s.D})
		p.pass(s.D)
	case s.Op == corpus.Strike:
		p.pe.strike(s.Fault)
	case s.Op == corpus.Do:
		p.pe.strike(s.Faults...)
		p.call(i, string(s.Data))
	case s.Op == corpus.StartTLS:
		p.startTLS(i)
	case s.Side == faultnet.Server:
		p.pe.strike(s.Faults...)
		p.pe.drain()
		p.pe.collectTags()
		p.sendTo(i, p.pe.bind(s.Data))
		if p.agreed {
			return
		}
	default:
		p.pe.strike(s.Faults...)
		if !p.c.Honest {
			p.pe.expect(i, s.Data)
		}
	}
	p.wait()
	p.pe.drain()
}

// sendTo sends a step's bytes to the client. If they agree to STARTTLS, both
// sides go on to the handshake at once: while a client's reader and its
// handshake wait for one lock, no bubble is ever quiet, so there is nothing to
// wait for. A server that agrees and, as the case has it, then does not start
// TLS, hangs up.
func (p *clientPlay) sendTo(i int, data []byte) {
	if p.agreed { // more plaintext, before the handshake
		p.pe.send(data)
		return
	}
	p.agreed = p.pe.agreesToTLS(data)
	p.pe.send(data)
	if p.agreed && !p.startsTLS(i+1) {
		p.agreed = false
		p.rec.add(Event{Kind: HungUp, Conn: 1})
		p.pe.close()
	}
}

// call asks the client to do something, once it is ready for it.
func (p *clientPlay) call(step int, text string) {
	for waited, nap := time.Duration(0), time.Millisecond; ; waited, nap = waited+nap, 2*nap {
		p.wait()
		if p.returned() {
			p.diverge(step, "want call %q, got a client that has ended", text)
			return
		}
		if p.handOver(text) {
			p.inCall = text
			return
		}
		if waited >= patience {
			p.diverge(step, "want call %q, got a client that is still busy with %q", text, p.inCall)
			return
		}
		time.Sleep(min(nap, patience-waited))
	}
}

// handOver gives the client a call, if it waits for one. That is noted before
// anything that the client does for it, whichever goroutine runs first.
func (p *clientPlay) handOver(text string) bool {
	return p.rec.addIf(Event{Kind: Called, Conn: 1, Text: text}, func() bool {
		select {
		case p.d.calls <- text:
			return true
		default:
			return false
		}
	})
}

// collectTags learns the tags of the commands that have come so far, past
// expectations or not.
func (p *peer) collectTags() {
	for {
		unit, ok := p.nextUnit(true)
		if !ok {
			return
		}
		tag, _ := splitTag(unit)
		p.tags = append(p.tags, tag)
	}
}

// bind puts the client's own tags in place: $N at the start of a line is the
// tag of its Nth command line, $ alone that of the last.
func (p *peer) bind(data []byte) []byte {
	if len(data) < 2 || data[0] != '$' {
		return data
	}
	i := 1
	for i < len(data) && data[i] >= '0' && data[i] <= '9' {
		i++
	}
	n := len(p.tags)
	if i > 1 {
		n, _ = strconv.Atoi(string(data[1:i]))
	}
	if n < 1 || n > len(p.tags) || p.tags[n-1] == "" || i < len(data) && data[i] != ' ' {
		return data
	}
	return append([]byte(p.tags[n-1]), data[i:]...)
}
