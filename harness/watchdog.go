package harness

import (
	"fmt"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

const (
	watchTick = 100 * time.Millisecond

	// SpinAfter is how long a run may compute, in time of the processor, if nobody says
	// otherwise. Runs take a fraction of a millisecond.
	SpinAfter = 2 * time.Second

	// spinAgain is the same for loops that are known.
	spinAgain = 150 * time.Millisecond

	// frozenTicks is how many ticks in a row a run must have been found frozen.
	frozenTicks = 3

	// maxHeap is how much live memory a run may hold.
	maxHeap = 1 << 30
)

// A Stall is a run that does not end by itself. Its Finding has no Rule if the
// run could only not go on in fake time: that says nothing about the target.
type Stall struct {
	Case    *corpus.Case
	Finding Finding
	Spins   bool // the run still computes, or takes memory: it cannot be left alone
}

// Inconclusive reports whether nothing can be said about the target.
func (s *Stall) Inconclusive() bool { return s.Finding.Rule == "" }

// A Watchdog notices, in real time and from outside the bubble, runs that do
// not end: goroutines that wait for locks, so that fake time stands still, code
// that spins, and memory that grows without bound. Nothing can be done about
// such a run but to end the process: that is up to report.
type Watchdog struct {
	target Target
	report func(Stall)
	stop   chan struct{}
	done   chan struct{}

	mu       sync.Mutex
	serial   uint64
	c        *corpus.Case
	expected map[string]bool
	limit    time.Duration
}

// Limit has runs compute for d, in time of the processor, before that is told, or for
// SpinAfter if d is 0.
func (w *Watchdog) Limit(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.limit = d
}

// spinAfter is how long a run may compute.
func (w *Watchdog) spinAfter() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.limit == 0 {
		return SpinAfter
	}
	return w.limit
}

// Expect tells w that stalls of these buckets are known: they are told from slow
// runs sooner, since another one of them is no news.
func (w *Watchdog) Expect(buckets []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.expected = make(map[string]bool, len(buckets))
	for _, b := range buckets {
		w.expected[b] = true
	}
}

// expects reports whether f is known, if there is one.
func (w *Watchdog) expects(f *Finding) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return f != nil && w.expected[f.Bucket()]
}

// NewWatchdog starts a watchdog over runs against target. report is called, at
// most once, from the watchdog's goroutine. Stop ends it.
func NewWatchdog(target Target, report func(Stall)) *Watchdog {
	w := &Watchdog{target: target, report: report, stop: make(chan struct{}), done: make(chan struct{})}
	go w.watch()
	return w
}

// Stop ends the watchdog and waits until it is gone.
func (w *Watchdog) Stop() {
	close(w.stop)
	<-w.done
}

func (w *Watchdog) begin(c *corpus.Case) {
	w.mu.Lock()
	w.serial++
	w.c = c
	w.mu.Unlock()
}

func (w *Watchdog) end() {
	w.mu.Lock()
	w.c = nil
	w.mu.Unlock()
}

func (w *Watchdog) now() (uint64, *corpus.Case) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.serial, w.c
}

func (w *Watchdog) watch() {
	defer close(w.done)
	tick := time.NewTicker(watchTick)
	defer tick.Stop()
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	var last uint64
	var since time.Duration
	frozen := 0
	for {
		select {
		case <-w.stop:
			return
		case <-tick.C:
		}
		serial, c := w.now()
		if c == nil || serial != last {
			last, since, frozen = serial, cpuTime(), 0
			continue
		}
		var f *Finding
		if metrics.Read(heap); heap[0].Value.Uint64() > maxHeap {
			f = w.memory(heap[0].Value.Uint64())
		} else if stacks := parseStacks(allStacks()); isFrozen(stacks) {
			frozen++
			if f = w.frozen(stacks); frozen < frozenTicks && !w.expects(f) {
				f = nil
			}
		} else if frozen = 0; cpuTime()-since > w.spinAfter() {
			f = w.spinning(stacks)
		} else if cpuTime()-since > spinAgain {
			if f = w.spinning(stacks); !w.expects(f) {
				f = nil
			}
		}
		if f != nil {
			w.report(Stall{Case: c, Finding: *f, Spins: frozen == 0})
			return
		}
	}
}

// isFrozen reports whether, in some bubble, nothing can run and at least one
// goroutine waits for something that is not durable: a lock.
func isFrozen(stacks []Stack) bool {
	locked := false
	for _, s := range stacks {
		if bubbleOf(s.State) == "" {
			continue
		}
		switch word := stateWord(s.State); {
		case word == "running", word == "runnable", word == "syscall", word == "GC assist wait", strings.HasPrefix(word, "IO"):
			return false
		case strings.HasPrefix(word, "sync.Mutex"), strings.HasPrefix(word, "sync.RWMutex"), word == "semacquire":
			locked = true
		}
	}
	return locked
}

func (w *Watchdog) side() faultnet.Side {
	if w.target.Tests() == corpus.Client {
		return faultnet.Client
	}
	return faultnet.Server
}

func (w *Watchdog) packages() []string {
	switch t := w.target.(type) {
	case *Server:
		return t.Packages
	case *Client:
		return t.Packages
	}
	return nil
}

// frozen judges a run in which goroutines wait for locks, so that fake time
// stands still and the harness cannot go on.
//
// If nobody who may hold a lock waits for the network, that is a deadlock: of a
// client that reads its connection no more, it is the call that waits on it all the
// same, and holds the lock. If somebody does, real time would go on: for a server it is the bystander's rule
// that no connection waits for a lock while another one's client is slow; else
// nothing can be said.
func (w *Watchdog) frozen(stacks []Stack) *Finding {
	var locked, network, calls []Stack
	for _, s := range stacks {
		switch own := s.own(w.packages()); {
		case bubbleOf(s.State) == "" || len(own) == 0:
		case strings.HasPrefix(stateWord(s.State), "sync.Mutex"), strings.HasPrefix(stateWord(s.State), "sync.RWMutex"), stateWord(s.State) == "semacquire":
			locked = append(locked, s)
		case strings.Contains(s.Text, "faultnet.(*Conn).") && (w.side() == faultnet.Client || busy(s)):
			network = append(network, s)
		case w.side() == faultnet.Client && strings.Contains(s.Text, "harness.(*clientPlay).drive"):
			calls = append(calls, s)
		}
	}
	f := &Finding{Rule: ruleHang, Kind: Hang, Severity: Error, Side: w.side(), Where: "unknown"}
	if len(locked) > 0 {
		f.Where = locked[0].own(w.packages())[0]
	}
	f.Stack = stackTexts(locked, network, calls)
	if len(network) == 0 && len(locked) > 0 && len(calls) > 0 {
		f.Rule, f.Where = "2683-3.1.2-a", calls[0].own(w.packages())[0]
		f.Summary = fmt.Sprintf("nobody reads the connection any more, and a call still waits in %s, while others wait for its lock in %s", f.Where, locked[0].own(w.packages())[0])
		return f
	}
	if len(network) == 0 {
		f.Summary = "goroutines wait for locks that nobody releases, one in " + f.Where
		return f
	}
	if w.side() == faultnet.Server {
		for _, n := range network {
			for _, l := range locked {
				if n.Creator != "" && n.Creator == l.Creator {
					f.Rule = ruleBystander
					f.Where = n.own(w.packages())[0]
					f.Summary = fmt.Sprintf("one connection waits for a lock in %s, while another waits for its slow client in %s", l.own(w.packages())[0], f.Where)
					return f
				}
			}
		}
	}
	return &Finding{Stack: f.Stack}
}

// busy reports whether a connection's goroutine waits for its client in the
// middle of a command: not for the next one, where it holds nothing.
func busy(s Stack) bool {
	return strings.Contains(s.Text, "faultnet.(*Conn).Write") || strings.Contains(s.Text, "Append") || strings.Contains(s.Text, "iteral")
}

func stackTexts(groups ...[]Stack) string {
	var text []string
	for _, g := range groups {
		for _, s := range g {
			text = append(text, s.Text)
		}
	}
	return strings.Join(text, "\n\n")
}

// spinning judges a run that still computes. Which function a loop is in when
// one looks is chance; the one that calls them all is not: it is the innermost
// that stands on the stack each time.
func (w *Watchdog) spinning(stacks []Stack) *Finding {
	f := &Finding{Rule: ruleHang, Kind: Hang, Severity: Error, Side: w.side(), Where: "unknown"}
	for _, s := range stacks {
		word := stateWord(s.State)
		if own := s.own(w.packages()); bubbleOf(s.State) != "" && len(own) > 0 && (word == "running" || word == "runnable") {
			f.Where, f.Stack = w.loop(s.ID, s), s.Text
			break
		}
	}
	f.Summary = fmt.Sprintf("still computing after %v, in %s", SpinAfter, f.Where)
	return f
}

const (
	spinSamples = 12
	spinEvery   = 15 * time.Millisecond
)

// loop samples the stack of goroutine id and returns the innermost of the
// target's own functions that stays on it, at the same place: what that one
// calls comes and goes.
func (w *Watchdog) loop(id string, first Stack) string {
	stays := w.ownFrames(first)
	for range spinSamples {
		time.Sleep(spinEvery)
		for _, s := range parseStacks(allStacks()) {
			if s.ID != id {
				continue
			}
			now := w.ownFrames(s)
			n := 0
			for n < len(stays) && n < len(now) && stays[n] == now[n] {
				n++
			}
			if n < len(stays) && n == len(now)-1 && stays[n].Func == now[n].Func {
				n++ // the loop itself, between two calls
			}
			stays = stays[:n]
		}
	}
	if len(stays) == 0 {
		return "unknown"
	}
	return foldFunc(stays[len(stays)-1].Func)
}

// ownFrames returns the target's own frames of s, outermost first.
func (w *Watchdog) ownFrames(s Stack) []Frame {
	var out []Frame
	for _, f := range slices.Backward(s.Frames) {
		if ownFrame(f, w.packages()) {
			out = append(out, f)
		}
	}
	return out
}

func (w *Watchdog) memory(n uint64) *Finding {
	where, stack := "unknown", ""
	for _, s := range parseStacks(allStacks()) {
		if own := s.own(w.packages()); bubbleOf(s.State) != "" && len(own) > 0 && stateWord(s.State) != "chan receive" {
			where, stack = own[len(own)-1], s.Text
			break
		}
	}
	return &Finding{Rule: ruleMemory, Kind: Resource, Severity: Error, Side: w.side(), Where: where, Stack: stack,
		Summary: fmt.Sprintf("%d MiB of memory are held", n>>20)}
}
