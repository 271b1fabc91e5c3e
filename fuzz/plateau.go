package fuzz

import (
	"context"
	"fmt"
	"time"
)

// quietAfter is for how long nothing new must have come before a campaign says why
// that may be.
const quietAfter = time.Minute

// A plateau is how long nothing new has come: no edge of the target's code, or
// without coverage no state or reply.
type plateau struct {
	size int       // edges or states
	at   time.Time // when that last grew
	told bool
}

// news notes how much has been seen. The caller holds r.mu.
func (r *running) news() {
	n := r.edges.n
	if n == 0 {
		n = len(r.features)
	}
	if n != r.plateau.size || r.plateau.at.IsZero() {
		r.plateau = plateau{size: n, at: time.Now()}
	}
}

// quiet returns for how long nothing new has come, and whether that is to be told.
func (r *running) quiet() (d time.Duration, tell bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.plateau.at.IsZero() {
		return 0, false
	}
	d = time.Since(r.plateau.at)
	tell = d > quietAfter && !r.plateau.told
	r.plateau.told = r.plateau.told || tell
	return d, tell
}

// watch looks, until ctx is done, whether anything new comes. If nothing does, it
// says why that may be, and calls stop after r.UntilNew.
func (r *running) watch(ctx context.Context, stop func()) {
	r.mu.Lock()
	r.news()
	r.mu.Unlock()
	every := time.NewTicker(progressEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		d, tell := r.quiet()
		over := r.UntilNew > 0 && d >= r.UntilNew
		if tell || over {
			r.tellWhy(d)
		}
		if over {
			stop()
			return
		}
	}
}

// tellWhy says why nothing new may come.
func (r *running) tellWhy(quiet time.Duration) {
	r.mu.Lock()
	what := "edge"
	if r.edges.n == 0 {
		what = "state or reply"
	}
	lines := r.total.Reach.lines(r.total.Cases)
	r.mu.Unlock()
	r.problem(fmt.Sprintf("no new %s for %v", what, quiet.Round(time.Second)))
	for _, line := range lines {
		r.problem(line)
	}
}
