package faultnet

import "time"

// look shows the watches the bytes of p, each byte once, and returns how many of
// them go on their way before the next fault strikes.
func (f *flow) look(p []byte) int {
	for i := range p {
		pos := f.sent + int64(i)
		if pos >= f.scanned {
			f.scanned = pos + 1
			f.lookAt(p[i:i+1], pos)
		}
		if f.next <= pos {
			return i
		}
		if f.next == pos+1 {
			return i + 1
		}
	}
	return len(p)
}

// lookAt shows the watches one byte, which stands at pos.
func (f *flow) lookAt(p []byte, pos int64) {
	if f.cipher.byteAt(p[0]) {
		f.hush()
	}
	if f.marks && !f.cipher.on {
		f.l.emitTo, f.l.emitAt = f, pos
		f.l.marker.Scan(f.side, p, f.l.emit)
	}
	for i := range f.watches {
		if w := &f.watches[i]; w.look && w.bytes {
			w.byteAt(p[0], pos)
		}
	}
	f.plan()
}

// mark hears that the mark name stands at pos.
func (f *flow) mark(name string, pos int64) {
	for i := range f.watches {
		if w := &f.watches[i]; w.look && w.rule.When.Mark == name {
			w.count(pos)
		}
	}
}

// call hears that the sender writes, or that the receiver reads.
func (f *flow) call(write bool) {
	for i := range f.watches {
		w := &f.watches[i]
		if on := w.rule.When.Read > 0; w.look && (on && !write || w.rule.When.Write > 0 && write) {
			w.count(f.sent)
		}
	}
	f.strikeNow()
}

// ring strikes with every watch whose time has come, at the time t.
func (f *flow) ring(t time.Duration) {
	for i := range f.watches {
		w := &f.watches[i]
		if w.wake == 0 || w.wake > t {
			continue
		}
		w.point(f.sent)
		if w.wake += w.rule.Repeat.Period; !w.look {
			w.wake = 0
		}
	}
	late := f.l.late
	f.l.late = t
	f.strikeNow()
	f.l.late = late
	f.l.wakeAll()
}

// strikeNow strikes with every watch that stands at the current position.
func (f *flow) strikeNow() {
	if f.plan(); f.next == f.sent {
		f.hit()
	}
}

// plan finds the next position and the next time at which a watch strikes, and
// whether one still has to look at the bytes.
func (f *flow) plan() {
	f.next, f.scan, f.calls, f.wake = never, false, false, 0
	if f.stopped && !f.holed || f.edit.truncated {
		return
	}
	for i := range f.watches {
		w := &f.watches[i]
		if w.look {
			f.scan = f.scan || w.bytes
			f.calls = f.calls || w.rule.When.Write > 0 || w.rule.When.Read > 0
		}
		if w.wake > 0 && (f.wake == 0 || w.wake < f.wake) {
			f.wake = w.wake
		}
		if w.pos != never {
			f.next = min(f.next, max(w.pos, f.sent))
		}
	}
}

// hit strikes with every watch that stands at the current position, in the
// order of the classes; the first terminal fault is the last. What would strike
// in a hole is passed over.
func (f *flow) hit() {
	for c := range classes {
		for i := range f.watches {
			w := &f.watches[i]
			if w.pos > f.sent || w.rule.Fault.Kind.class() != c || f.edit.truncated {
				continue
			}
			if f.stopped && !(f.holed && c == classHeal) {
				if f.holed {
					w.next()
				}
				continue
			}
			w.next()
			w.struck++
			if c == classHeal {
				f.mend(i)
			} else {
				f.strike(i)
			}
		}
	}
	f.plan()
}

// strike sends the fault of watch i on its way, behind the bytes accepted so far.
func (f *flow) strike(i int) {
	ft := f.watches[i].rule.Fault
	it := item{kind: itemStrike, rule: i, pos: f.sent}
	switch ft.Kind.class() {
	case classTerminal:
		if ft.Kind != Truncate {
			if ft.Kind != Hole { // which may be healed: positions count on in it
				f.edit = edit{}
			}
			f.stop(ft.Kind)
		}
	case classTiming:
		f.l.timed = true
	case classBoundary:
		f.l.timed = f.l.timed || ft.Kind == Join
	}
	f.enqueue(it)
	switch ft.Kind {
	case Insert:
		keep := f.edit
		f.edit = edit{}
		f.put(ft.Data, f.sent)
		f.edit = keep
	case Replace, Drop, Duplicate, Flip, Truncate:
		f.edit.start(ft)
	case Delay:
		f.delay = ft
	case Throttle, Drip:
		f.pace.start(ft, f.end)
	}
}

// exec lets it happen at the time t: every byte before it has arrived.
func (f *flow) exec(it item, t time.Duration) {
	switch it.kind {
	case itemHold:
		f.wait(it.till, Delay, t)
	case itemPace:
		f.wait(f.pace.arrive(it.till, t), it.heal, t)
	case itemHeal:
		f.release(it.heal)
	case itemEOF:
		f.flush()
		f.rcv.finish()
	case itemReset:
		f.rcv.abort()
	case itemCut:
		f.l.cut(f)
	case itemStrike:
		w := &f.watches[it.rule]
		w.fired++
		f.l.record(f.side, it.pos, w.rule.Fault, w.rule.String(), t)
		if it.heal == 0 {
			f.effect(w.rule.Fault, t)
		}
	}
}

// wait lets nothing arrive before till, because of the kind k.
func (f *flow) wait(till time.Duration, k Kind, t time.Duration) {
	if till > t {
		f.hold, f.holder = till, k
		f.l.wakeAll()
	}
}

// effect does what the fault ft does on arrival, at the time t.
func (f *flow) effect(ft Fault, t time.Duration) {
	switch ft.Kind {
	case Cut:
		f.l.cut(f)
	case Half:
		f.flush()
		f.rcv.finish()
	case Reset:
		f.l.reset()
	case Stall, NoRead:
		till := time.Duration(forever)
		if ft.D > 0 && ft.D < forever-t {
			till = t + ft.D
		}
		f.wait(till, ft.Kind, t)
	case Chop:
		f.chops = append(f.chops, chop{at: f.arrived, lo: ft.N, hi: ft.NMax})
	case Join:
		f.join = ft.D
		if f.join == 0 {
			f.join = joinDefault
		}
	}
}

// close lets the sender's end of the stream travel, in order.
func (f *flow) close(kind itemKind) {
	if kind == itemEOF {
		f.compact(len(f.edit.copied))
		f.buf = f.edit.flush(f.buf)
		f.end = f.read + int64(len(f.buf)-f.off)
	}
	if f.holed {
		f.lost = kind
		return
	}
	if f.stopped && (f.finished || kind == itemEOF) {
		return
	}
	if f.delay.Kind != 0 {
		till := f.l.now() + time.Duration(pick(int64(f.delay.D), int64(f.delay.DMax), f.sent))
		f.enqueue(item{kind: itemHold, heal: Delay, till: till})
	}
	f.enqueue(item{kind: kind})
}
