package harness

import (
	"testing"
	"testing/synctest"
)

// another starts a goroutine, outside of the bubble that asks for it, for each of the
// channels that it is sent.
func another(ask <-chan chan struct{}) {
	for stop := range ask {
		go func() { <-stop }()
	}
}

func TestGoroutinesThatOthersStartAreNotTheBubbles(t *testing.T) {
	ask, stop := make(chan chan struct{}), make(chan struct{})
	go another(ask)
	defer close(stop)
	defer close(ask)
	synctest.Test(t, func(t *testing.T) {
		r, m := new(run), new(mark)
		m.pass()
		m.pass()
		before := m.process
		ask <- stop
		ask <- stop // the first has been started
		for range 3 {
			if r.linger(m) {
				t.Fatal("a goroutine of others is taken for one that was left")
			}
		}
		if m.process <= before {
			t.Errorf("the mark stays at %d, and each run would look at all stacks", before)
		}
	})
}

func TestTheLowestCountOfTheProcessCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := new(mark).pass()
		low := m.process
		m.process += 5 // as if five had been half gone
		if m.pass().process > low {
			t.Errorf("want %d at most, got %d", low, m.process)
		}
	})
}

func TestTheFirstRunGoesByTheBubbleAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, m := new(run), new(mark).pass()
		m.process += 5
		stop := make(chan struct{})
		go func() { <-stop }()
		synctest.Wait()
		if !r.linger(m) {
			t.Error("a goroutine is left, and a count that was too high hides it")
		}
		close(stop)
	})
}
