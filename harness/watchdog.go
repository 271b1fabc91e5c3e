package harness

import (
	"fmt"
	"runtime/metrics"
	"strings"
	"sync"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

const (
	watchTick = 100 * time.Millisecond

	// spinAfter is how long (real time) a run may compute. Runs take a fraction
	// of a millisecond; this leaves room for a machine that is busy otherwise.
	spinAfter = 5 * time.Second

	// frozenTicks is how many ticks in a row a run must have been found frozen.
	frozenTicks = 3

	// maxHeap is how much live memory a run may hold.
	maxHeap = 1 << 30
)

// A Stall is a run that does not end by itself.
type Stall struct {
	Case    *corpus.Case
	Finding Finding
}

// A Watchdog notices, in real time and from outside the bubble, runs that do
// not end: goroutines that wait for locks, so that fake time stands still, code
// that spins, and memory that grows without bound. Nothing can be done about
// such a run but to end the process: that is up to report.
type Watchdog struct {
	target Target
	report func(Stall)
	stop   chan struct{}
	done   chan struct{}

	mu     sync.Mutex
	serial uint64
	c      *corpus.Case
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
	var since time.Time
	frozen := 0
	for {
		select {
		case <-w.stop:
			return
		case <-tick.C:
		}
		serial, c := w.now()
		if c == nil || serial != last {
			last, since, frozen = serial, time.Now(), 0
			continue
		}
		var f *Finding
		if metrics.Read(heap); heap[0].Value.Uint64() > maxHeap {
			f = w.memory(heap[0].Value.Uint64())
		} else if stacks := parseStacks(allStacks()); isFrozen(stacks) {
			if frozen++; frozen >= frozenTicks {
				f = w.frozen(stacks)
			}
		} else if frozen = 0; time.Since(since) > spinAfter {
			f = w.spinning(stacks)
		}
		if f != nil {
			w.report(Stall{Case: c, Finding: *f})
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

// frozen makes a finding of a run in which goroutines wait for locks. If one of
// them holds its lock while the network makes it wait, a slow peer locks out
// the others: that is the bystander's rule, and would end, some day, if time
// went on.
func (w *Watchdog) frozen(stacks []Stack) *Finding {
	f := &Finding{Rule: ruleHang, Kind: Hang, Severity: Error, Side: w.side(), Where: "unknown"}
	var text []string
	slow := false
	for _, s := range stacks {
		if bubbleOf(s.State) == "" {
			continue
		}
		own := s.own(w.packages())
		if len(own) == 0 {
			continue
		}
		text = append(text, s.Text)
		if strings.HasPrefix(stateWord(s.State), "sync.") {
			f.Where = own[0]
		} else if strings.Contains(s.Text, "faultnet.(*Conn).Write") {
			slow = true
			f.Summary = own[0]
		}
	}
	f.Stack = strings.Join(text, "\n\n")
	if slow && w.side() == faultnet.Server {
		f.Rule = ruleBystander
		f.Where, f.Summary = f.Summary, fmt.Sprintf("others wait for a lock in %s while its holder waits, in %s, for a client that does not read", f.Where, f.Summary)
		return f
	}
	f.Summary = "goroutines wait for locks that nobody releases, one in " + f.Where
	return f
}

func (w *Watchdog) spinning(stacks []Stack) *Finding {
	f := &Finding{Rule: ruleHang, Kind: Hang, Severity: Error, Side: w.side(), Where: "unknown"}
	for _, s := range stacks {
		word := stateWord(s.State)
		if own := s.own(w.packages()); bubbleOf(s.State) != "" && len(own) > 0 && (word == "running" || word == "runnable") {
			// The innermost frame is chance; the outermost recursion is not.
			f.Where, f.Stack = spinFrame(own), s.Text
			break
		}
	}
	f.Summary = fmt.Sprintf("still computing after %v, in %s", spinAfter, f.Where)
	return f
}

// spinFrame returns the frame that best names a loop: the innermost function
// that does not change while it spins is not known, so the innermost one that
// calls itself, or else the innermost.
func spinFrame(own []string) string {
	seen := make(map[string]bool)
	for _, f := range own {
		if seen[f] {
			return f
		}
		seen[f] = true
	}
	return own[0]
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
