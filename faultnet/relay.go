package faultnet

import "io"

// An ending is how the stream that a Wrapped reads is over, for somebody who is to
// tell it to another connection.
type ending uint8

const (
	endFIN    ending = iota // the peer has finished; the other direction may flow
	endHalf                 // a half struck: the peer may go on, to no effect
	endCut                  // both directions ended in order
	endReset                // the connection was reset
	endClosed               // this end closed it
)

// verdict says what it means that a Read failed with err.
func (w *Wrapped) verdict(err error) ending {
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	switch {
	case w.out.finished:
		return endCut
	case w.far.gone && !w.near.closed || w.near.gone:
		return endReset
	case w.near.closed:
		return endClosed
	case !isEnd(err):
		return endReset
	case w.in.muted && !w.far.wrShut:
		return endHalf
	case w.tcp != nil && !w.finished && dead(w.tcp):
		return endReset // a Write was told of it, and nobody is told twice
	}
	return endFIN
}

// drain takes what the peer still sends after a half of its stream, until it ends,
// and says how.
func (w *Wrapped) drain() ending {
	w.l.mu.Lock()
	for !w.ended && !w.over() && !w.near.gone && !w.near.closed && !w.far.wrShut {
		w.fill()
	}
	w.l.mu.Unlock()
	return w.verdict(io.EOF)
}

// holes reports whether what this end sends, its end included, vanishes.
func (w *Wrapped) holes() bool {
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	return w.out.holed && !w.ended
}

// swallowed reports whether the peer's end of the stream vanished.
func (w *Wrapped) swallowed() bool {
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	return w.in.holed && w.far.wrShut && !w.ended
}

// struckOut reports whether a fault has ended the connection at a position of this
// end's stream, so that nothing was promised of the peer's.
func (w *Wrapped) struckOut() bool {
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	return w.over() && !w.in.muted
}

// destroy ends the connection at once, and makes every call come back.
func (w *Wrapped) destroy() {
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	if w.ended {
		return
	}
	w.near.closed = true
	w.l.wakeAll()
	w.away()
	if reset := findReset(w.inner); reset == nil || reset() != nil || w.inner != w.tcp {
		w.inner.Close()
	}
}
