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
	if f.marks {
		f.l.emitTo, f.l.emitAt = f, pos
		f.l.marker.Scan(f.side, p, f.l.emit)
	}
	for i := range f.watches {
		if w := &f.watches[i]; w.state == looking {
			w.byteAt(p[0], pos)
		}
	}
	f.plan()
}

// mark hears that the mark name stands at pos.
func (f *flow) mark(name string, pos int64) {
	for i := range f.watches {
		w := &f.watches[i]
		if w.state == looking && w.rule.When.Mark == name {
			if w.left--; w.left == 0 {
				w.place(pos)
			}
		}
	}
}

// plan finds the next position at which a watch strikes, and whether one still
// has to look at the bytes.
func (f *flow) plan() {
	f.next, f.scan = never, false
	if f.stopped || f.edit.truncated {
		return
	}
	for i := range f.watches {
		switch w := &f.watches[i]; w.state {
		case looking:
			f.scan = true
		case placed:
			f.next = min(f.next, max(w.pos, f.sent))
		}
	}
}

// hit strikes with every watch that stands at the current position, in the
// order of the classes; the first terminal fault is the last.
func (f *flow) hit() {
	for c := range classes {
		for i := range f.watches {
			w := &f.watches[i]
			if w.state == placed && w.pos <= f.sent && w.rule.Fault.Kind.class() == c && !f.stopped && !f.edit.truncated {
				w.state = queued
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
			f.edit = edit{}
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
	}
}

// exec lets it happen at the time t: every byte before it has arrived.
func (f *flow) exec(it item, t time.Duration) {
	switch it.kind {
	case itemHold:
		if it.till > t {
			f.hold = it.till
			f.l.wakeAll()
		}
	case itemEOF:
		f.flush()
		f.rcv.finish()
	case itemReset:
		f.rcv.abort()
	case itemCut:
		f.l.cut(f)
	case itemStrike:
		w := &f.watches[it.rule]
		w.state = fired
		f.l.record(f.side, it.pos, w.rule, t)
		f.effect(w.rule.Fault, t)
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
		f.hold = t + ft.D
		f.noread = ft.Kind == NoRead
		f.l.wakeAll()
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
	if f.stopped && (f.holed || f.finished || kind == itemEOF) {
		return
	}
	if f.delay.Kind != 0 {
		till := f.l.now() + time.Duration(pick(int64(f.delay.D), int64(f.delay.DMax), f.sent))
		f.enqueue(item{kind: itemHold, till: till})
	}
	f.enqueue(item{kind: kind})
}
