package faultnet

import "time"

// A pace lets a stream arrive in groups of n bytes, one every so often.
type pace struct {
	n     int64 // 0 is off
	kind  Kind  // what began it
	every time.Duration
	begun int64         // where the next group begins, in the delivered stream
	last  time.Duration // when the last group began to arrive; 0: none has
}

// start begins the pace of ft at the position end of the delivered stream.
func (p *pace) start(ft Fault, end int64) {
	p.n, p.every = ft.pace()
	p.kind, p.begun, p.last = ft.Kind, end, 0
}

// arrive returns when a group arrives that could at the time t, if it comes
// every so long after the one before.
func (p *pace) arrive(every, t time.Duration) time.Duration {
	if p.last > 0 {
		t = max(t, p.last+every)
	}
	p.last = t
	return t
}

// step begins a new group if the last one is full, and returns how many bytes it
// still takes.
func (f *flow) step() int64 {
	if f.end >= f.pace.begun {
		f.enqueue(item{kind: itemPace, heal: f.pace.kind, till: f.pace.every})
		f.pace.begun = f.end + f.pace.n
	}
	return f.pace.begun - f.end
}
