package faultnet

import "time"

// over reports whether a cut or a reset has ended the connection.
func (w *Wrapped) over() bool { return w.far.gone || w.out.finished }

// settle waits until what had come in before a fault ended the connection is
// saved, and reports whether it had to.
func (w *Wrapped) settle() bool {
	if w.kept || !w.over() {
		return false
	}
	if w.keep(); !w.kept {
		w.near.rcond.wait(w.l, w.near.rdl)
	}
	return true
}

// keep saves what had come in before a fault ended the connection, up to the size
// of the buffer, so that this end still reads it. Whoever is at inner's reading
// half is called back first, and comes here itself.
func (w *Wrapped) keep() {
	if w.kept || w.keeping || !w.over() {
		return
	}
	if w.reading {
		w.callReader()
		return
	}
	if w.ended || w.near.closed || w.l.opts.Discard && w.near.gone {
		w.kept = true
		return
	}
	w.reading, w.keeping = true, true
	if w.ibuf == nil {
		w.ibuf = make([]byte, chunk)
	}
	read := w.reader()
	for got := 0; got < w.l.bound; {
		n, err := read(w.ibuf[:min(len(w.ibuf), w.l.bound-got)])
		w.got(w.ibuf[:n], nil)
		if got += n; n == 0 || err != nil {
			break
		}
	}
	w.reading, w.keeping = false, false
	w.kept = true
	w.l.wakeAll()
}

// reader returns what reads bytes that are there already. Where a connection is
// not the kernel's it waits a little for those on their way, without the mutex.
func (w *Wrapped) reader() func([]byte) (int, error) {
	if now, ok := w.inner.(interface{ TryRead([]byte) (int, error) }); ok {
		return now.TryRead
	}
	w.rcalled = true // inner's deadline is not near's
	if w.tcp != nil && w.inner == w.tcp {
		w.tcp.SetReadDeadline(time.Time{})
		return func(b []byte) (int, error) { return readNow(w.tcp, b) }
	}
	w.inner.SetReadDeadline(time.Now().Add(draining))
	return func(b []byte) (int, error) {
		w.l.mu.Unlock()
		defer w.l.mu.Lock()
		return w.inner.Read(b)
	}
}

// end takes a step towards the end of the connection below, a reset or an orderly
// one, and reports whether it was the last. The timer comes back for the next.
func (w *Wrapped) end(abort bool) bool {
	if w.reading || !w.kept && w.over() {
		w.callReader()
		return false // whoever reads comes back here
	}
	if !w.ending {
		w.ending = true
		w.since = time.Time{}
		if w.tcp != nil {
			w.tcp.SetReadDeadline(time.Time{})
		}
		if !abort {
			w.finish()
			if w.tcp != nil && w.inner != w.tcp {
				w.tcp.CloseWrite() // what is above may have an end of its own
			}
		}
	}
	if w.ended || w.tcp != nil && !w.delivered() {
		return false // destroy may have come in between
	}
	w.away()
	how := w.inner.Close
	if reset := findReset(w.inner); reset != nil && (abort || w.abandoned) {
		how = reset
	}
	w.l.mu.Unlock()
	defer w.l.mu.Lock()
	how()
	if w.inner != w.tcp {
		w.inner.Close()
	}
	return true
}

// delivered reports whether the connection below may go: the peer has everything,
// or is given up. It throws away what comes in, which would block the peer, and
// which unread would turn a close into a reset.
func (w *Wrapped) delivered() bool {
	if w.ibuf == nil {
		w.ibuf = make([]byte, chunk)
	}
	discard(w.tcp, w.ibuf)
	left, done := arrived(w.tcp)
	if done {
		return true
	}
	if left < 0 { // nobody knows
		if w.since.IsZero() {
			w.since = time.Now()
		}
		w.wait = draining
		return time.Since(w.since) >= draining
	}
	w.waitForPeer(left)
	return w.abandoned
}

// waitForPeer sets when to look again whether the peer takes bytes, of which left
// are before it, and gives it up if it does not.
func (w *Wrapped) waitForPeer(left int) {
	now := time.Now()
	if left != w.left || w.since.IsZero() {
		w.left, w.since = left, now
	}
	idle := now.Sub(w.since)
	patience := time.Duration(0)
	switch {
	case w.over() && !w.out.muted && !w.near.closed:
		patience = grace
	case w.near.closed:
		patience = lingering
	}
	if patience > 0 && idle >= patience {
		w.abandoned = true
		w.rest = nil
		w.out.discard()
		return
	}
	w.wait = min(max(idle/4, 500*time.Microsecond), 50*time.Millisecond)
}

// away says that nobody may use the connection below any more.
func (w *Wrapped) away() {
	w.ended = true
	w.stop()
	close(w.gone)
}
