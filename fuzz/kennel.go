package fuzz

import (
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
)

// A kennel runs cases under a watchdog, and gives up runs about which nothing
// can be said. It belongs to one goroutine.
type kennel struct {
	target harness.Target
	known  func(*harness.Finding) bool
	dog    *harness.Watchdog
	stuck  chan struct{} // a token: the run is inconclusive, or stuck in a way that is known
}

func newKennel(target harness.Target, known func(*harness.Finding) bool) *kennel {
	k := &kennel{target: target, known: known}
	k.renew()
	return k
}

// renew takes a new watchdog: each reports once.
func (k *kennel) renew() {
	stuck := make(chan struct{}, 1)
	k.stuck = stuck
	k.dog = harness.NewWatchdog(k.target, func(s harness.Stall) {
		if s.Inconclusive() || !s.Spins && k.known(&s.Finding) {
			stuck <- struct{}{}
			return
		}
		// A run that does not end ends the process: nothing else can.
		panic(complaint(&s.Finding) + "\n\n" + advice(s.Case))
	})
}

func (k *kennel) close() { k.dog.Stop() }

// run runs c. It returns nil if the run is inconclusive; its goroutines then
// stay where they are, waiting for each other, for the rest of the process.
func (k *kennel) run(t *testing.T, c *corpus.Case) *harness.Result {
	done := make(chan *harness.Result, 1)
	go func() {
		defer close(done) // a failed bubble leaves by runtime.Goexit
		done <- harness.Run(t, k.target, c, harness.Options{Watch: k.dog})
	}()
	select {
	case res, ok := <-done:
		if !ok {
			t.FailNow()
		}
		return res
	case <-k.stuck:
		k.dog.Stop()
		k.renew()
		return nil
	}
}
