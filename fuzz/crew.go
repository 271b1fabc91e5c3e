package fuzz

import "maps"

// A crew is worker processes, one a program, that live until a case ends them. It
// belongs to one goroutine. Its zero value is ready for use.
type crew struct {
	procs map[*Program]*process
}

// worker returns the process of p, nil for l's own program, and starts it if there
// is none.
func (c *crew) worker(l launch, p *Program) (*process, error) {
	if proc := c.procs[p]; proc != nil {
		return proc, nil
	}
	proc, err := l.of(p).start()
	if err != nil {
		return nil, err
	}
	if c.procs == nil {
		c.procs = map[*Program]*process{}
	}
	c.procs[p] = proc
	return proc, nil
}

// drop ends a process.
func (c *crew) drop(proc *process) {
	proc.close()
	maps.DeleteFunc(c.procs, func(_ *Program, p *process) bool { return p == proc })
}

// dismiss ends all processes.
func (c *crew) dismiss() {
	for _, p := range c.procs {
		p.close()
	}
	c.procs = nil
}
