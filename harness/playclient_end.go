package harness

import (
	"time"
)

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
