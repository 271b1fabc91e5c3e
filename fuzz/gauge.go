package fuzz

import "sync"

// A gauge holds the most memory that a worker had since it was last read, in bytes.
// A nil gauge takes no note.
type gauge struct {
	mu   sync.Mutex
	most int64
}

// note takes note of what a worker has.
func (g *gauge) note(n int64) {
	if g == nil {
		return
	}
	g.mu.Lock()
	g.most = max(g.most, n)
	g.mu.Unlock()
}

// read returns the most since it was last asked.
func (g *gauge) read() int64 {
	if g == nil {
		return 0
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	n := g.most
	g.most = 0
	return n
}

// resident returns how much memory the worker has, in bytes, 0 if unknown.
func (p *process) resident() int64 {
	n := resident(p.cmd.Process.Pid)
	p.memory.note(n)
	return n
}
