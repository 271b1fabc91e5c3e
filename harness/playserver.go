package harness

import (
	"context"
	"fmt"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

// bystanderEvery is after how many steps the bystander does a piece of work.
const bystanderEvery = 4

// serverPlay is one run against a server: the harness plays its clients.
type serverPlay struct {
	*run
	srv    *Server
	ln     *faultnet.Listener
	start  StartFunc // over the store of the run
	end    func()    // what start returned
	served *mark     // before the first step, and again after a restart
	down   bool      // it did not end, or start again, at a restart
}

// execute runs the case; it is called inside the bubble.
func (s *Server) execute(r *run) {
	start, err := s.open(r.c)
	if err != nil {
		r.err = err
		return
	}
	if s.Lasting != nil {
		r.store = s.Lasting()
	}
	ln := faultnet.NewListener(faultnet.ListenOptions{})
	end, err := start(ln, r.log)
	if err != nil {
		r.err = fmt.Errorf("start %s: %w", s.TargetName(), err)
		return
	}
	r.wait()
	r.by = openBystander(r, ln, s)
	r.by.worked = time.Now()
	r.wait()
	if r.begin != nil {
		r.begin()
	}
	p := &serverPlay{run: r, srv: s, ln: ln, start: start, end: end, served: r.serving()}
	p.steps()
	p.settle()
	if p.down {
		return
	}
	p.hangUp()
	p.checkUp()
	r.by.finish()
	if len(r.leaks) == 0 {
		defer p.afterStop()
	}
	p.stop(p.end)
}

// serving returns how many goroutines there are before the first step. A run that reads
// the store has had a connection more, and what that has left behind: it counts for
// itself.
func (r *run) serving() *mark {
	if known := &r.scratch.fresh; known.runs > 0 && !r.exact {
		return known.serving.pass()
	}
	return new(mark).pass()
}

// steps does the steps of the case.
func (p *serverPlay) steps() {
	for i := range p.c.Steps {
		p.rec.setStep(i)
		p.step(i, &p.c.Steps[i])
		p.run.steps++
		if p.down {
			break
		}
		if (i+1)%bystanderEvery == 0 {
			p.by.work()
		}
	}
	p.rec.setStep(len(p.c.Steps))
}

func (p *serverPlay) step(i int, s *corpus.Step) {
	if s.Op == corpus.Time {
		p.rec.add(Event{Kind: Passed, D: s.D})
		p.pass(s.D)
		p.drainAll()
		return
	}
	if s.Op == corpus.Restart {
		p.restart()
		return
	}
	pe := p.peer(s.Conn)
	if pe == nil {
		return
	}
	if pe.closed { // by a restart: nothing else closes it before the end
		p.diverge(i, "connection %d ended with a restart", s.Conn)
		return
	}
	switch {
	case s.Op == corpus.Strike:
		pe.strike(s.Fault)
		p.wait()
		pe.drain()
	case s.Op == corpus.StartTLS:
		p.startTLS(i, pe)
	case s.Op == corpus.Bytes && s.Side == faultnet.Client:
		pe.strike(s.Faults...)
		pe.send(s.Data)
		p.wait()
		p.drainAll()
	case s.Op == corpus.Bytes:
		pe.strike(s.Faults...)
		pe.expect(i, s.Data)
	}
}

// send writes what a step says and remembers what it owes.
func (p *peer) send(data []byte) {
	p.noteSent(data)
	if p.inTLS {
		kind := ServerGot
		if p.run.target.Tests() == corpus.Client {
			kind = ClientGot
		}
		p.run.rec.add(Event{Kind: kind, Conn: p.conn, Data: data, TLS: true})
	}
	p.write(data)
}

// peer returns the connection of that number, opened if need be, or nil if the
// server does not take it.
func (p *serverPlay) peer(conn int) *peer {
	for len(p.peers) < conn {
		p.peers = append(p.peers, nil)
	}
	if pe := p.peers[conn-1]; pe != nil {
		return pe
	}
	pe := p.newPeer(conn)
	p.rec.add(Event{Kind: Opened, Conn: conn})
	link, err := p.ln.Dial(context.Background(), p.linkOptions(pe))
	if err != nil {
		p.trouble = append(p.trouble, Trouble{Who: "case", Verb: "connect", What: fmt.Sprintf("connection %d: %v", conn, err), Step: p.rec.step})
		return nil
	}
	pe.link, pe.end = link, link.Client()
	p.peers[conn-1] = pe
	p.wait()
	pe.drain()
	return pe
}

func (p *serverPlay) startTLS(step int, pe *peer) {
	p.rec.add(Event{Kind: TLSStarted, Conn: pe.conn})
	if err := pe.handshake(context.Background(), ClientTLS(), false); err != nil {
		if !injects(p.c, step) {
			p.diverge(step, "want a TLS handshake, got %v", err)
		}
	} else {
		p.rec.add(Event{Kind: TLSUp, Conn: pe.conn})
	}
	p.wait()
}

func (p *serverPlay) drainAll() {
	for _, pe := range p.peers {
		if pe != nil {
			pe.drain()
		}
	}
}

// settle waits for answers that are owed.
func (p *serverPlay) settle() {
	p.drainAll()
	owed := false
	for _, pe := range p.peers {
		owed = owed || pe != nil && pe.unanswered()
	}
	if owed {
		p.pass(settleTime)
		p.drainAll()
	}
	p.rec.add(Event{Kind: Settled})
}

// hangUp closes all connections of the case, as clients do that just go away
// (RFC 2683, section 3.1.2), and looks for what the server does not let go of.
func (p *serverPlay) hangUp() {
	for _, pe := range p.peers {
		if pe != nil && !pe.closed {
			p.rec.add(Event{Kind: HungUp, Conn: pe.conn})
			pe.close()
		}
	}
	p.wait()
	if !p.rec.held() && !p.linger(p.served) {
		return
	}
	quiet := time.Duration(0)
	for waited := time.Duration(0); waited < drainTime; waited += releaseTime / 2 {
		from := p.rec.len()
		p.pass(releaseTime / 2)
		if !p.rec.held() && !p.linger(p.served) {
			return
		}
		if quiet += releaseTime / 2; p.rec.arrived(from) {
			quiet = 0
		}
		if quiet == releaseTime {
			p.leaks = p.leftovers(p.served)
			return
		}
	}
}

// stop ends the server, and the bystander's connection as soon as the server has done
// what it does while it is there: closed a moment before, it would be there for some
// runs and gone for others. A stop that does not return is trouble, and not ok.
func (p *serverPlay) stop(stop func()) (ok bool) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		GrowStack() // while it is shallow
		stop()
	}()
	p.wait()
	if p.by.p != nil {
		p.by.p.close()
	}
	t := time.NewTimer(settleTime)
	defer t.Stop()
	select {
	case <-done:
		ok = true
	case <-t.C:
		p.trouble = append(p.trouble, Trouble{Who: "stop", Verb: "stop", What: fmt.Sprintf("stop did not return within %v", settleTime), Mute: true, Step: p.rec.step})
	}
	p.ln.Close()
	p.wait()
	return ok
}

// afterStop looks for goroutines that outlive the server itself.
func (p *serverPlay) afterStop() {
	for _, c := range []*control{p.by.control} {
		if c.p != nil {
			c.p.close()
		}
	}
	p.wait()
	if !p.linger(p.alone) {
		return
	}
	time.Sleep(releaseTime)
	p.wait()
	p.leaks = p.leftovers(p.alone)
}
