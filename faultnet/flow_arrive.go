package faultnet

import "time"

// arrive moves bytes to the receiver's kernel.
func (f *flow) arrive(to int64) {
	if to <= f.arrived {
		return
	}
	f.arrived = to
	switch {
	case f.rcv.closed:
		// Nobody is there any more: the kernel answers with a reset.
		f.discard()
		f.queue, f.hold = nil, 0
		if !f.stopped {
			f.stop(Half)
			f.l.flow[f.side.Other()-1].enqueue(item{kind: itemReset})
		}
		f.snd.wcond.wake()
	case f.join > 0:
		if f.joinEnd == 0 {
			f.joinEnd = f.l.now() + f.join
		}
		f.l.wakeAll()
	default:
		f.ready = to
		f.rcv.rcond.wake()
	}
}

// flush makes everything that has arrived ready.
func (f *flow) flush() {
	f.ready, f.joinEnd = f.arrived, 0
	f.rcv.rcond.wake()
}

// discard forgets everything that nobody has read.
func (f *flow) discard() {
	f.buf, f.off = nil, 0
	f.read = f.end
	f.arrived, f.ready, f.joinEnd = f.end, f.end, 0
}

// lose forgets what has not arrived, and what was to happen then.
func (f *flow) lose() {
	f.stopped, f.holed = true, false
	f.queue, f.hold = nil, 0
	f.buf = f.buf[:f.off+int(f.arrived-f.read)]
	f.end = f.arrived
	f.flush()
	f.snd.wcond.wake()
}

// stop ends the delivery of further bytes, as the terminal fault k does.
func (f *flow) stop(k Kind) {
	f.stopped, f.muted = true, true
	f.holed = f.holed || k == Hole
	f.snd.wcond.wake()
}

// enqueue lets it happen after all bytes accepted so far.
func (f *flow) enqueue(it item) {
	if f.holed && (it.kind == itemEOF || it.kind == itemReset) {
		f.lost = it.kind
		return
	}
	it.at = f.end
	if len(f.queue) > 0 || f.hold > 0 {
		f.queue = append(f.queue, it)
		return
	}
	f.arrive(f.end)
	f.exec(it, f.l.now())
}

// advance lets happen what is due at the time now.
func (f *flow) advance(now time.Duration) {
	for f.hold > 0 && f.hold <= now {
		t := f.hold
		if f.joinEnd > 0 && f.joinEnd <= t {
			f.flush()
		}
		f.hold, f.holder = 0, 0
		f.snd.wcond.wake()
		late := f.l.late
		f.l.late = t
		for f.hold == 0 && len(f.queue) > 0 {
			it := f.queue[0]
			f.arrive(it.at)
			if len(f.queue) == 0 {
				break // the receiver's answer emptied it
			}
			f.queue = f.queue[1:]
			f.exec(it, t)
		}
		if f.hold == 0 {
			f.arrive(f.end)
		}
		f.l.late = late
	}
	if f.joinEnd > 0 && f.joinEnd <= now {
		f.flush()
	}
	if f.wake > 0 && f.wake <= now {
		f.ring(f.wake)
	}
}

// due returns when something happens by itself, since the start; 0 is never.
func (f *flow) due() time.Duration {
	due := time.Duration(forever)
	for _, t := range [...]time.Duration{f.hold, f.joinEnd, f.wake} {
		if t > 0 {
			due = min(due, t)
		}
	}
	if due == forever {
		return 0
	}
	return due
}

// take moves ready bytes to b.
func (f *flow) take(b []byte) int {
	n := min(int64(len(b)), f.ready-f.read)
	if len(f.chops) > 0 {
		n = min(n, f.segment())
	}
	copy(b[:n], f.buf[f.off:])
	if t := f.l.opts.Tap; t != nil {
		t(Event{Op: Received, Side: f.side, Data: b[:n], Pos: f.read})
	}
	f.off += int(n)
	f.read += n
	if f.off == len(f.buf) {
		f.buf, f.off = f.buf[:0], 0
	}
	f.snd.wcond.wake()
	return int(n)
}
