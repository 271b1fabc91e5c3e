package faultnet

import (
	"errors"
	"syscall"
	"time"
)

// chunk is how many bytes go to or come from the connection below at once.
const chunk = 32 << 10

// fill gets bytes from the connection below, or waits for a change.
func (w *Wrapped) fill() {
	if w.filling || w.ended || w.far.wrShut || w.in.space() == 0 {
		w.near.rcond.wait(w.l, w.near.rdl)
		return
	}
	if w.ibuf == nil {
		w.ibuf = make([]byte, chunk)
	}
	if w.kicked {
		w.kicked = false
		w.inner.SetReadDeadline(w.near.rdl)
	}
	w.filling = true
	b := w.ibuf[:min(len(w.ibuf), w.in.space())]
	w.arm(-1)
	w.l.mu.Unlock()
	n, err := w.inner.Read(b)
	w.l.mu.Lock()
	w.filling = false
	w.got(b[:n], err)
	w.l.wakeAll()
	w.pump()
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

// kick calls back a Read that is at the connection below.
func (w *Wrapped) kick() {
	if (w.filling || w.direct > 0) && !w.ended {
		w.kicked = true
		w.inner.SetReadDeadline(time.Unix(1, 0))
	}
}

// pump passes on what has arrived for the peer, and how it ended. Only one call
// does so at a time; others leave it to that one.
func (w *Wrapped) pump() {
	if w.pumping || w.ended {
		return
	}
	w.pumping = true
	for w.l.tick(); w.send(); w.l.tick() {
	}
	if w.pass() {
		w.l.wakeAll()
	}
	w.pumping = false
	w.arm(-1)
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
	b := w.rest
	if w.near.closed {
		w.inner.SetWriteDeadline(time.Now().Add(lingering))
	}
	w.l.mu.Unlock()
	n, err := w.inner.Write(b)
	w.l.mu.Lock()
	w.rest = b[n:]
	if err == nil {
		return true
	}
	if isTimeout(err) && !w.near.closed {
		return false
	}
	w.rest = nil
	w.near.fail(err)
	w.near.wcond.wake()
	return false
}

// pass hands on how our stream ended, once everything before it has been sent,
// and reports whether it did.
func (w *Wrapped) pass() bool {
	if len(w.rest) > 0 || w.out.ready > w.out.read {
		return false
	}
	switch {
	case w.far.gone:
		w.end(findReset(w.inner))
	case w.out.finished:
		w.end(w.inner.Close)
	case w.near.closed && (w.near.gone || w.far.fin || w.out.holed && w.out.due() == 0):
		w.ended = true
		w.stop()
		w.inner.Close()
	case w.far.fin && !w.finished:
		w.finished = true
		if c, ok := w.inner.(closeWriter); ok {
			c.CloseWrite()
		}
	default:
		return false
	}
	return true
}

// end ends the connection below, after what has come in was saved: unread bytes
// would turn a close into a reset.
func (w *Wrapped) end(how func() error) {
	w.kick()
	for w.filling || w.direct > 0 {
		w.near.rcond.cond.Wait()
	}
	if how == nil {
		how = w.inner.Close
	}
	if c, ok := w.inner.(closeWriter); ok && !w.far.gone {
		c.CloseWrite()
	}
	b := make([]byte, chunk)
	w.inner.SetReadDeadline(time.Now().Add(draining))
	for got := 0; got < w.l.bound; {
		w.l.mu.Unlock()
		n, err := w.inner.Read(b)
		w.l.mu.Lock()
		w.got(b[:n], nil)
		if got += n; err != nil {
			break
		}
	}
	w.ended = true
	w.stop()
	w.l.mu.Unlock()
	how()
	w.l.mu.Lock()
}

// arm sets the timer for what happens next by itself, or for d from now if d is
// not negative.
func (w *Wrapped) arm(d time.Duration) {
	due := w.l.due()
	if w.ended || due == 0 && d < 0 {
		w.stop()
		return
	}
	if d < 0 {
		d = max(due-w.l.clock(), 0)
	}
	if w.timer != nil {
		w.timer.Reset(d)
		return
	}
	w.timer = time.AfterFunc(d, func() {
		w.l.mu.Lock()
		defer w.l.mu.Unlock()
		w.l.tick()
		w.kick()
		w.pump()
	})
}

func (w *Wrapped) stop() {
	if w.timer != nil {
		w.timer.Stop()
	}
}
