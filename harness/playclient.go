package harness

import (
	"bytes"
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
	if p.driven.Returned && r.linger(r.base) {
		time.Sleep(releaseTime)
		r.wait()
		r.leaks = r.leftovers(r.base)
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

// withoutHello is tap without the client's side of TLS, which begins as soon as
// STARTTLS is completed, before the case says so; and, if the server is honest
// and nobody else tells when TLS begins, without the server's.
func withoutHello(tap func(faultnet.Event), honest bool) func(faultnet.Event) {
	hello := false
	var before []byte // the last octets that the client sent
	return func(e faultnet.Event) {
		if e.Op == faultnet.Sent || e.Op == faultnet.Received {
			if e.Side == faultnet.Client && !hello {
				hello = beginsTLS(before, e.Data)
			}
			if hello && (honest || e.Side == faultnet.Client) {
				return
			}
			if e.Side == faultnet.Client && e.Op == faultnet.Sent {
				before = append(before, e.Data[max(0, len(e.Data)-len(starttlsEnd)):]...)
				before = append(before[:0], before[max(0, len(before)-len(starttlsEnd)):]...)
			}
		}
		tap(e)
	}
}

// starttlsEnd is how STARTTLS ends.
const starttlsEnd = "STARTTLS\r\n"

// beginsTLS reports whether a handshake begins with data, of which a fault may
// have left one octet, behind what was sent before.
func beginsTLS(before, data []byte) bool {
	return bytes.HasPrefix(data, tlsRecord) ||
		len(data) > 0 && data[0] == tlsRecord[0] && bytes.EqualFold(before, []byte(starttlsEnd))
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

// startsTLS reports whether, from step i on, nothing but bytes of the server
// comes before TLS starts.
func (p *clientPlay) startsTLS(i int) bool {
	for ; i < len(p.c.Steps); i++ {
		if s := &p.c.Steps[i]; s.Op == corpus.StartTLS || s.Op != corpus.Bytes || s.Side != faultnet.Server {
			return s.Op == corpus.StartTLS
		}
	}
	return false
}

// agreesToTLS reports whether data completes the client's STARTTLS with OK.
func (p *peer) agreesToTLS(data []byte) bool {
	if p.inTLS || p.closed {
		return false
	}
	tag, ok := starttlsTag(p.in)
	return ok && (bytes.HasPrefix(data, []byte(tag+" OK")) || bytes.Contains(data, []byte("\n"+tag+" OK")))
}

// starttlsTag returns the tag of the last line of what a client sent, if it is
// STARTTLS.
func starttlsTag(in []byte) (string, bool) {
	in = bytes.TrimRight(in, "\r\n")
	tag, line := splitTag(in[bytes.LastIndexByte(in, '\n')+1:])
	return tag, tag != "" && bytes.EqualFold(line, []byte("STARTTLS"))
}

// call asks the client to do something, if it is ready for it.
func (p *clientPlay) call(step int, text string) {
	select {
	case <-p.done:
		p.diverge(step, "want call %q, got a client that has ended", text)
		return
	default:
	}
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case p.d.calls <- text:
		p.inCall = text
		p.rec.add(Event{Kind: Called, Conn: 1, Text: text})
	case <-p.done:
		p.diverge(step, "want call %q, got a client that has ended", text)
	case <-t.C:
		p.diverge(step, "want call %q, got a client that is still busy with %q", text, p.inCall)
	}
}

func (p *clientPlay) startTLS(step int) {
	p.agreed = false
	p.rec.add(Event{Kind: TLSStarted, Conn: 1})
	if err := p.pe.handshake(context.Background(), ServerTLS(), true); err != nil {
		if !injects(p.c, step) {
			p.diverge(step, "want a TLS handshake, got %v", err)
		}
		return
	}
	p.rec.add(Event{Kind: TLSUp, Conn: 1})
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

// finish ends the dialogue, in this order: if the connection has ended for the
// client, it must notice; else if it waits in silence, it must give up or be
// told to close; at last the connection ends, and it must return.
func (p *clientPlay) finish() {
	p.rec.add(Event{Kind: Settled})
	d := &Driven{AfterFault: -1}
	p.driven = d
	close(p.d.calls)
	p.wait()
	p.pe.drain()
	if p.clientLost() && !p.returnsWithin(afterEnd) {
		d.AfterFault = afterEnd
		d.InCall, d.Stacks = p.inCall, goroutines()
	}
	if !p.returned() && d.AfterFault < 0 && p.faulted() && p.waitsInSilence() {
		d.Silent = silence
		d.InCall, d.Stacks = p.inCall, goroutines()
	}
	p.cancel()
	if !p.returnsWithin(afterEnd) && d.AfterFault < 0 {
		d.AfterClose = true
		d.InCall, d.Stacks = p.inCall, goroutines()
	}
	p.rec.add(Event{Kind: HungUp, Conn: 1})
	p.pe.close()
	p.pe.link.Server().Close()
	d.Returned = p.returnsWithin(afterEnd)
	if d.Returned {
		d.Err, d.Panic = p.err, p.panicV
	} else if d.Stacks == nil {
		d.InCall, d.Stacks = p.inCall, goroutines()
	}
}

// waitsInSilence reports whether the client goes on waiting although nothing
// reaches it any more. One that keeps its session alive is not asked for ever.
func (p *clientPlay) waitsInSilence() bool {
	for range maxAlive {
		before := p.reached.Load()
		if p.returnsWithin(silence + 1) { // a call that takes that long has returned
			return false
		}
		if p.reached.Load() == before {
			return true
		}
	}
	return false
}

// maxAlive is how often [silence] may pass while the server still says something.
const maxAlive = 3

// clientLost reports whether the connection has ended for the client.
func (p *clientPlay) clientLost() bool {
	p.rec.mu.Lock()
	defer p.rec.mu.Unlock()
	for i := range p.rec.events {
		switch p.rec.events[i].Kind {
		case ClientEOF, ClientReset:
			return true
		}
	}
	return false
}

// faulted reports whether a fault struck that can leave the client waiting.
func (p *clientPlay) faulted() bool {
	p.rec.mu.Lock()
	defer p.rec.mu.Unlock()
	for i := range p.rec.events {
		if p.rec.events[i].Kind == Struck {
			return true
		}
	}
	return false
}

func (p *clientPlay) returned() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

func (p *clientPlay) returnsWithin(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-p.done:
		return true
	case <-t.C:
		return false
	}
}
