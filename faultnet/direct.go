package faultnet

import "math"

// clear returns how many bytes may pass f unseen, so that inner may be used
// without a detour.
func (w *Wrapped) clear(f *flow) int {
	if w.l.opts.Tap != nil || w.arming > 0 || w.ending || w.ended || w.near.closed || w.near.gone || !f.quiet() {
		return 0
	}
	return int(min(f.next-f.sent, math.MaxInt))
}

// Read reads as Conn.Read does.
func (w *Wrapped) Read(b []byte) (int, error) {
	w.l.mu.Lock()
	room := w.clear(w.in)
	if room == 0 || w.reading || w.near.rdShut || w.near.fin {
		w.l.mu.Unlock()
		return w.near.Read(b)
	}
	w.readerDeadline()
	w.reading = true
	w.l.mu.Unlock()
	n, err := w.inner.Read(b[:min(len(b), room)])
	w.l.mu.Lock()
	w.reading = false
	if w.near.rcond.n > 0 {
		w.near.rcond.wake()
	}
	room = w.clear(w.in)
	if room >= n && (n > 0 || room > 0 && !w.rcalled) {
		w.in.skip(n)
		w.after(w.in)
		w.l.mu.Unlock()
		return n, err
	}
	// Something happened meanwhile: the bytes go the long way, and what happened
	// to inner may have been our doing.
	w.got(b[:n], err)
	w.changed()
	w.l.mu.Unlock()
	return w.near.Read(b)
}

// Write writes as Conn.Write does.
func (w *Wrapped) Write(p []byte) (int, error) {
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	for w.near.writing && !w.near.closed {
		w.near.wcond.cond.Wait()
	}
	w.near.writing = true
	n, done, err := w.direct(p)
	if !done {
		var m int
		m, err = w.near.write(p[n:])
		n += m
	}
	w.near.writing = false
	w.near.wcond.wake()
	return n, err
}

// direct writes what may pass unseen, and reports whether the Write is done.
func (w *Wrapped) direct(p []byte) (n int, done bool, err error) {
	for !done {
		room := w.clear(w.out)
		if room == 0 || w.pumping || len(w.rest) > 0 || w.near.wrShut {
			return n, false, nil
		}
		w.writerDeadline()
		q := p[n:min(len(p), n+min(room, len(p)))]
		w.pumping, w.straight = true, true
		w.l.mu.Unlock()
		m, err := w.inner.Write(q)
		w.l.mu.Lock()
		w.pumping, w.straight = false, false
		stopped := w.out.stopped
		ours := w.wcalled || stopped || w.near.gone || w.near.closed
		n += m
		if m > 0 {
			w.out.skip(m)
		}
		if w.arming > 0 {
			w.near.wcond.wake()
		}
		if err != nil && !ours {
			return n, true, err
		}
		w.after(w.out)
		if w.out.stopped && !stopped && n < len(p) {
			n += w.out.accept(p[n:]) // this very Write met the end: all of it is taken
		}
		done = n == len(p)
	}
	return n, done, nil
}

// after does what follows from bytes that passed f unseen, if anything does.
func (w *Wrapped) after(f *flow) {
	if !f.quiet() || w.far.fin || w.over() || w.near.closed {
		w.changed()
	}
}

// changed makes everybody look again after something has happened.
func (w *Wrapped) changed() {
	w.l.wakeAll()
	if w.over() {
		w.callReader()
	}
	w.pump()
}
