package harness

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestACallIsNotedBeforeWhatFollowsFromIt hands over calls to a client that answers each at
// once, on another processor if there is one.
func TestACallIsNotedBeforeWhatFollowsFromIt(t *testing.T) {
	const rounds = 50000
	synctest.Test(t, func(t *testing.T) {
		rec := &recorder{start: time.Now()}
		p := &clientPlay{run: &run{rec: rec}, d: &driving{calls: make(chan string), rec: rec}}
		go func() {
			for text := range p.d.calls {
				rec.add(Event{Kind: Claimed, Text: text})
			}
		}()
		for range rounds {
			p.wait()
			if !p.handOver("noop") {
				t.Fatal("the client was not ready")
			}
		}
		close(p.d.calls)
		p.wait()
		if len(rec.events) != 2*rounds {
			t.Fatalf("%d events, want %d", len(rec.events), 2*rounds)
		}
		for i := 0; i < len(rec.events); i += 2 {
			if rec.events[i].Kind != Called || rec.events[i+1].Kind != Claimed {
				t.Fatalf("call %d: %v comes before %v", i/2, rec.events[i].Kind, rec.events[i+1].Kind)
			}
		}
	})
}

func TestAClientThatIsBusyIsNotHandedACall(t *testing.T) {
	rec := &recorder{start: time.Now()}
	p := &clientPlay{run: &run{rec: rec}, d: &driving{calls: make(chan string), rec: rec}}
	if p.handOver("noop") || len(rec.events) != 0 {
		t.Errorf("it was, with %d events", len(rec.events))
	}
}
