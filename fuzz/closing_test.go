package fuzz

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// closedAfter runs a searcher of one in a run that has so long, beside what, and returns
// when it ended and how many seconds it searched in the closing.
func closedAfter(t *testing.T, whole time.Duration, what func(*running)) (end time.Duration, inClosing int) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), whole)
		defer cancel()
		begun := time.Now()
		r := &running{closing: newClosing(whole)}
		var wg sync.WaitGroup
		wg.Go(func() { what(r) })
		for r.goOn(ctx) {
			if time.Since(begun) >= whole-min(whole/4, maxClosing) {
				inClosing++
			}
			time.Sleep(r.turnTime())
		}
		end = time.Since(begun)
		wg.Wait()
	})
	return end, inClosing
}

// busy says that something is minimized, from then on, for so long.
func busy(from, long time.Duration) func(*running) {
	set := func(r *running, n int) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.buckets.busy = n
	}
	return func(r *running) {
		time.Sleep(from)
		set(r, 1)
		time.Sleep(long)
		set(r, 0)
	}
}

func TestARunTakesTheTimeThatItWasGiven(t *testing.T) {
	const whole = 10 * time.Minute
	t.Run("it searches to the end if nothing waits to be minimized", func(t *testing.T) {
		if end, n := closedAfter(t, whole, func(*running) {}); end < whole-maxLast || end > whole || n < 28 {
			t.Errorf("it ended after %v, and searched %d times in the closing", end, n)
		}
	})
	t.Run("in the closing the search waits until all is minimized, and goes on then", func(t *testing.T) {
		end, n := closedAfter(t, whole, busy(whole-25*time.Second, 15*time.Second))
		if end < whole-maxLast || end > whole || n < 10 || n > 15 {
			t.Errorf("it ended after %v, and searched %d times in the closing", end, n)
		}
	})
	t.Run("before the closing it does not wait", func(t *testing.T) {
		if end, n := closedAfter(t, whole, busy(0, whole-31*time.Second)); end < whole-maxLast || n < 28 {
			t.Errorf("it ended after %v, and searched %d times in the closing", end, n)
		}
	})
	t.Run("what is not minimized in time does not hold it up", func(t *testing.T) {
		if end, n := closedAfter(t, whole, busy(whole/2, whole/2-time.Second)); end < whole-maxLast-time.Second || end > whole || n != 0 {
			t.Errorf("it ended after %v, and searched %d times in the closing", end, n)
		}
	})
	t.Run("a short run closes with a third of its time", func(t *testing.T) {
		end, n := closedAfter(t, 4*time.Second, busy(2*time.Second, 2*time.Second-time.Millisecond))
		if end < 3*time.Second || end > 4*time.Second || n > 0 {
			t.Errorf("it ended after %v, and searched %d times in the closing", end, n)
		}
	})
}

func TestWhatWaitsToBeMinimizedSharesTheTimeThatIsLeft(t *testing.T) {
	now := time.Now()
	c := closing{from: now.Add(30 * time.Second), last: now.Add(40 * time.Second)}
	for _, tt := range []struct {
		name    string
		at      time.Duration
		waiting int
		polite  bool
		want    time.Duration
	}{
		{"one has all of it", 0, 1, true, 90 * time.Second},
		{"ten have a tenth", 0, 10, true, 9 * time.Second},
		{"a lab that does not rest needs a third", 0, 10, false, 3 * time.Second},
		{"in the closing what is left of it counts", 35 * time.Second, 5, false, 2 * time.Second},
		{"it is never nothing", 41 * time.Second, 5, false, minShare},
		{"nor where there are very many", 0, 1000, false, minShare},
	} {
		if got := c.share(now.Add(tt.at), 2, tt.waiting, tt.polite); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
