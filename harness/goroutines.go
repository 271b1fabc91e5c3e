package harness

import "runtime"

// mark is how many goroutines there are at a place that every run comes to. Those of
// the bubble are what matters, but to count them takes as long as a step; those of the
// process are had for nothing.
//
// The count of the process is too high while a goroutine is half gone, which the bubble
// counts no more, and with others that end before it is compared. What is too high hides
// a goroutine that is left: so the lowest of many runs counts, and in the first nothing
// but the bubble's.
type mark struct {
	runs    int // that came there
	process int // the lowest of them
	bubble  int // in the first
}

// pass counts, in a run that comes there.
func (m *mark) pass() *mark {
	if m.runs++; m.runs == 1 {
		m.bubble = inBubble() // stops the world: none is half gone then
		m.process = runtime.NumGoroutine()
	}
	m.process = min(m.process, runtime.NumGoroutine())
	return m
}

// linger reports whether the bubble has more goroutines than at m.
func (r *run) linger(m *mark) bool {
	n := runtime.NumGoroutine()
	if n <= m.process && m.runs > 1 && !r.exact {
		return false
	}
	if inBubble() > m.bubble {
		return true
	}
	if n > m.process {
		m.process++ // others than the bubble's have come, and may stay
	}
	return false
}

// inBubble returns how many goroutines the caller's bubble has.
func inBubble() (n int) {
	stacks := parseStacks(allStacks())
	for _, s := range stacks {
		if bubbleOf(s.State) == bubbleOf(stacks[0].State) {
			n++
		}
	}
	return n
}

// leftovers returns the goroutines of the bubble if it has more than at m, and nil
// otherwise.
func (r *run) leftovers(m *mark) []Stack {
	if !r.linger(m) {
		return nil
	}
	return goroutines()
}
