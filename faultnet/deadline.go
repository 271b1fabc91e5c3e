package faultnet

import (
	"sync"
	"time"
)

// expired reports whether the deadline t has passed; the zero time never does.
func expired(t time.Time) bool { return !t.IsZero() && time.Until(t) <= 0 }

// A waiter is where the calls of one kind (the reads of an end, say) block. It
// wakes all of them, never one: each looks for itself whether it was meant. Its
// timer is made when a call first needs one, and armed only while one blocks.
type waiter struct {
	cond  sync.Cond
	timer *time.Timer
	n     int // how many calls block
}

// wake lets all calls that block look again.
func (w *waiter) wake() { w.cond.Broadcast() }

// wait blocks until wake, the deadline, or the time at which something on l
// happens by itself. The link's mutex is held, and not while it waits.
func (w *waiter) wait(l *Link, deadline time.Time) {
	var d time.Duration
	armed := false
	if !deadline.IsZero() {
		d, armed = time.Until(deadline), true
	}
	if due := l.due(); due > 0 {
		if e := due - l.clock(); !armed || e < d {
			d, armed = e, true
		}
	}
	if armed {
		d = max(d, 0)
		if w.timer == nil {
			w.timer = time.AfterFunc(d, func() {
				l.mu.Lock()
				defer l.mu.Unlock()
				w.wake()
			})
		} else {
			w.timer.Reset(d)
		}
	}
	w.n++
	w.cond.Wait()
	if w.n--; w.n == 0 {
		w.stop()
	}
}

// stop disarms the timer.
func (w *waiter) stop() {
	if w.timer != nil {
		w.timer.Stop()
	}
}
