package faultnet

import (
	"errors"
	"syscall"
	"time"
)

// chunk is how many bytes go to or come from the connection below at once.
const chunk = 32 << 10

// past is a deadline that ends a call at once.
var past = time.Unix(1, 0)

// fill gets bytes from the connection below, or waits for a change.
func (w *Wrapped) fill() {
	if w.reading || w.ending || w.ended || w.far.wrShut || w.in.space() == 0 {
		w.near.rcond.wait(w.l, w.near.rdl)
		return
	}
	if w.ibuf == nil {
		w.ibuf = make([]byte, chunk)
	}
	w.readerDeadline()
	w.reading = true
	b := w.ibuf[:min(len(w.ibuf), w.in.space())]
	w.schedule(-1)
	w.l.mu.Unlock()
	n, err := w.inner.Read(b)
	w.l.mu.Lock()
	w.reading = false
	w.got(b[:n], err)
	w.changed()
}

// got takes what the connection below gave.
func (w *Wrapped) got(b []byte, err error) {
	w.l.tick()
	if len(b) > 0 {
		if w.in.stopped && !w.in.muted && !w.near.closed {
			w.in.save(b)
		} else {
			w.in.accept(b)
		}
	}
	switch {
	case err == nil || isTimeout(err) || w.ended || w.near.closed:
	case isEnd(err):
		w.far.wrShut = true
		w.in.close(itemEOF)
	case errors.Is(err, syscall.ECONNRESET):
		w.far.wrShut = true
		w.in.close(itemReset)
	default:
		w.far.wrShut = true
		w.near.fail(err)
	}
}

// save lets the receiver read bytes that had come before the connection ended.
func (f *flow) save(p []byte) {
	f.compact(len(p))
	f.buf = append(f.buf, p...)
	f.end += int64(len(p))
	f.arrived, f.ready = f.end, f.end
	f.sent += int64(len(p))
}

// callReader makes a Read that is at the connection below come back.
func (w *Wrapped) callReader() {
	if w.reading && !w.keeping && !w.ended {
		w.rcalled = true
		w.inner.SetReadDeadline(past)
	}
}

// readerDeadline gives inner the application's deadline back. Whoever was called
// back has come back.
func (w *Wrapped) readerDeadline() {
	if w.rcalled {
		w.rcalled = false
		w.inner.SetReadDeadline(w.near.rdl)
	}
}

// callWriter makes a Write that is at the connection below come back.
func (w *Wrapped) callWriter() {
	if w.pumping && !w.ended {
		w.wcalled = true
		w.inner.SetWriteDeadline(past)
	}
}

func (w *Wrapped) writerDeadline() {
	if w.wcalled {
		w.wcalled = false
		w.inner.SetWriteDeadline(w.near.wdl)
	}
}

// pump passes on what has arrived for the peer, and how it ended. Only one call
// does so at a time; others leave it to that one.
func (w *Wrapped) pump() {
	w.keep()
	if w.ended {
		return
	}
	if w.pumping {
		if w.over() || w.near.closed {
			w.callWriter()
		}
		return
	}
	w.pumping = true
	w.wait = 0
	for again := true; again; { // who closed w meanwhile has left it to this call
		for w.l.tick(); w.send(); w.l.tick() {
		}
		if again = w.pass(); again {
			w.l.wakeAll()
		}
	}
	w.pumping = false
	w.schedule(-1)
}

// send writes one chunk to the connection below and reports whether there may be
// another.
func (w *Wrapped) send() bool {
	if len(w.rest) == 0 {
		if w.out.ready == w.out.read {
			return false
		}
		if w.obuf == nil {
			w.obuf = make([]byte, chunk)
		}
		w.rest = w.obuf[:w.out.take(w.obuf)]
	}
	hurried := w.timed || w.over() || w.near.closed
	n, err := w.write(w.rest, hurried)
	if w.rest = w.rest[n:]; n > 0 {
		w.since = time.Now()
	}
	switch {
	case err == nil && (n > 0 || !hurried):
		return true
	case err == nil || isTimeout(err):
		w.waitForPeer(len(w.rest))
		return w.abandoned
	}
	w.rest = nil
	w.near.fail(err)
	w.near.wcond.wake()
	return false
}

// write writes to the connection below, without waiting if it is hurried.
func (w *Wrapped) write(b []byte, hurried bool) (n int, err error) {
	now := hurried && w.tcp != nil && w.inner == w.tcp
	if hurried {
		var d time.Time
		if !now {
			d = time.Now().Add(draining)
		}
		w.wcalled = true
		w.inner.SetWriteDeadline(d)
	} else {
		w.writerDeadline()
	}
	w.l.mu.Unlock()
	defer w.l.mu.Lock()
	if now {
		return writeNow(w.tcp, b)
	}
	return w.inner.Write(b)
}

// pass hands on how our stream ended, once everything before it has been sent,
// and reports whether it did.
func (w *Wrapped) pass() bool {
	if w.ended || len(w.rest) > 0 || w.out.ready > w.out.read {
		return false // destroy may have come in between
	}
	leave := w.near.closed && (w.near.gone || w.far.fin || w.out.holed && w.out.due() == 0)
	switch {
	case w.far.gone:
		return w.end(true)
	case w.out.finished || leave && w.out.muted:
		return w.end(false)
	case leave:
		w.away()
		if w.abandoned && w.tcp != nil {
			w.tcp.SetLinger(0)
		}
		w.inner.Close()
	case w.far.fin && !w.finished:
		w.finish()
	default:
		return false
	}
	return true
}

// finish passes the end of our stream on.
func (w *Wrapped) finish() {
	if w.finished {
		return
	}
	w.finished = true
	c, ok := w.inner.(closeWriter)
	w.l.mu.Unlock()
	if ok {
		c.CloseWrite()
	}
	w.l.mu.Lock()
}

// schedule sets the timer for what happens next by itself, or for d from now if d
// is not negative.
func (w *Wrapped) schedule(d time.Duration) {
	if w.ended {
		w.stop()
		return
	}
	if d < 0 {
		due := w.l.due()
		switch {
		case due == 0 && w.wait == 0:
			w.stop()
			return
		case due == 0:
			d = w.wait
		default:
			if d = max(due-w.l.clock(), 0); w.wait > 0 {
				d = min(d, w.wait)
			}
		}
	}
	if w.timer != nil {
		w.timer.Reset(d)
		return
	}
	w.timer = time.AfterFunc(d, func() {
		w.l.mu.Lock()
		defer w.l.mu.Unlock()
		w.l.tick()
		w.callReader()
		w.timed = !w.pumping
		w.pump()
		w.timed = false
	})
}

func (w *Wrapped) stop() {
	if w.timer != nil {
		w.timer.Stop()
	}
}
