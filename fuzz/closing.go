package fuzz

import (
	"context"
	"time"
)

const (
	// maxClosing bounds the last part of a run, in which what was found goes before the
	// search: it is a third of the run, and no more than this.
	maxClosing = 30 * time.Second

	// maxLast bounds the end of that, which belongs to what was found alone: what is
	// found later is minimized by the next run.
	maxLast = 2 * time.Second

	// lookEvery is how often a search that waits looks whether it may go on.
	lookEvery = 20 * time.Millisecond
)

// A closing says when a run comes to its end. The run takes all the time that it was
// given: as long as nothing waits to be minimized, it searches.
type closing struct {
	from time.Time // from here on the search waits as long as something waits to be minimized
	last time.Time // from here on nothing is searched
}

// newClosing returns the closing of a run that has so long, from now on.
func newClosing(left time.Duration) closing {
	last := time.Now().Add(left)
	return closing{from: last.Add(-min(left/3, maxClosing)), last: last.Add(-min(left/8, maxLast))}
}

// minShare is how long a case may be minimized however many wait.
const minShare = 300 * time.Millisecond

// share returns how long one of the cases that wait to be minimized may take, for a
// lab that is polite or not: one works before the closing, and politely, so many in it.
func (c closing) share(now time.Time, labs, waiting int, polite bool) time.Duration {
	work := max(0, c.from.Sub(now)) / (1 + restFor)
	work += max(0, min(c.last.Sub(now), c.last.Sub(c.from))) * time.Duration(labs)
	one := work / time.Duration(waiting)
	if polite {
		one *= 1 + restFor
	}
	return max(minShare, one)
}

// goOn reports whether a worker is to search on. It blocks while the closing has begun
// and something waits to be minimized.
func (r *running) goOn(ctx context.Context) bool {
	for ctx.Err() == nil {
		now := time.Now()
		if r.closing == (closing{}) || now.Before(r.closing.from) {
			return true
		}
		if now.After(r.closing.last) {
			return false
		}
		if !r.examining() {
			return true
		}
		select {
		case <-ctx.Done():
		case <-time.After(lookEvery):
		}
		r.mu.Lock()
		r.waited += time.Since(now)
		r.mu.Unlock()
	}
	return false
}

// examining reports whether something is being minimized, or waits to be.
func (r *running) examining() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.buckets.queue)+r.buckets.busy > 0
}

// turnTime returns how long the next turn of a worker may take.
func (r *running) turnTime() time.Duration {
	if r.closing == (closing{}) {
		return slice
	}
	return max(slice/20, min(slice, time.Until(r.closing.last)))
}
