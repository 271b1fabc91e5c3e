package faultnet

import (
	"math"
	"time"
)

// never is a position that no stream reaches.
const never = math.MaxInt64

// A flow is one direction of a connection: what the sender wrote, on its way to
// the receiver. All of it is guarded by the link's mutex.
//
// Bytes are accepted from the sender, arrive at the receiver's kernel, become
// ready to be read, and are read: end >= arrived >= ready >= read count them in
// the stream as it is delivered, sent counts them in the original stream. What
// happens between acceptance and arrival (holds, ends, strikes) waits in queue.
type flow struct {
	l        *Link
	side     Side // who sends
	snd, rcv *Conn

	sent    int64 // accepted bytes, original
	scanned int64 // bytes that watches have looked at, original; at most one more than sent
	watches []watch
	next    int64 // the first position at which a watch strikes, or never
	scan    bool  // a watch still looks at bytes
	marks   bool  // the marker sees this direction
	calls   bool  // a watch counts reads or writes
	cipher  cipher
	wake    time.Duration // when a watch strikes by itself, since the start; 0 is never
	edit    edit

	buf                       []byte // the bytes from read to end are buf[off:]
	off                       int
	end, arrived, ready, read int64

	queue   []item
	hold    time.Duration // until when nothing arrives, since the start, or forever; 0 is off
	holder  Kind          // what holds
	delay   Fault         // Kind 0 is off
	pace    pace
	join    time.Duration // how long bytes wait for others; 0 is off
	joinEnd time.Duration // when those that wait become ready; 0: none wait
	chops   []chop
	seg     int64 // where the segment that is being read ends

	wrapped  bool     // what comes in has left its sender: all of it is accepted
	stopped  bool     // nothing is delivered any more: bytes vanish, rules rest
	muted    bool     // a rule of this direction stopped it
	holed    bool     // an end or a reset vanishes too
	lost     itemKind // the end or the reset that vanished; 0 is none
	finished bool     // a write is answered as by a peer that has gone
}

// An item is something that happens when the bytes before it have arrived.
type item struct {
	at   int64 // in the delivered stream
	kind itemKind
	rule int           // itemStrike: index in watches
	pos  int64         // itemStrike: position in the original stream
	heal Kind          // itemHeal: what ends; itemStrike: what began and is healed already
	till time.Duration // itemHold, itemPace
}

type itemKind uint8

const (
	itemStrike itemKind = 1 + iota // a fault takes effect
	itemHold                       // nothing arrives before till
	itemPace                       // nothing arrives before till has passed since the last of these
	itemHeal                       // the segments of a chop or a join end
	itemEOF
	itemReset
	itemCut // the end of a truncated stretch
)

// forever is a time that never comes.
const forever = math.MaxInt64

// A chop is a stretch of the delivered stream with its sizes of segments.
type chop struct{ at, lo, hi int64 }

// room returns how many bytes may be accepted before the buffer is full.
func (f *flow) room() int {
	if f.wrapped {
		return math.MaxInt
	}
	return f.space()
}

// space is room where the bound counts.
func (f *flow) space() int {
	n := int64(f.l.bound) - (f.end - f.read)
	if f.holder == NoRead && f.hold > 0 {
		n = min(n, int64(f.l.bound)/2-(f.end-f.arrived))
	}
	return int(max(n, f.scanned-f.sent, 0))
}

// accept takes bytes from the sender, as many as there is room for, and returns
// how many it took.
func (f *flow) accept(p []byte) int {
	n := 0
	from := f.sent
	for n < len(p) {
		if f.stopped && !(f.holed && (f.scan || f.marks || f.next != never)) {
			f.edit.skip(p[n:])
			f.pass(p[n:])
			return len(p)
		}
		q := p[n:]
		if room := f.room(); room < len(q) && !f.stopped {
			q = q[:room]
		}
		if len(q) == 0 {
			break
		}
		if f.scan || f.marks {
			q = q[:f.look(q)]
		} else if f.next-f.sent < int64(len(q)) {
			q = q[:f.next-f.sent]
		}
		if len(q) > 0 {
			if f.stopped {
				f.edit.skip(q)
			} else {
				q = q[:f.put(q, from)]
			}
			f.pass(q)
			n += len(q)
		}
		if f.edit.over() {
			f.edit = edit{}
			f.stop(Cut)
			f.enqueue(item{kind: itemCut})
		}
		if f.sent == f.next {
			f.hit()
		}
	}
	if f.joinEnd > 0 && f.room() == 0 {
		f.flush()
	}
	return n
}

// pass counts bytes as sent and reports them.
func (f *flow) pass(p []byte) {
	if t := f.l.opts.Tap; t != nil {
		t(Event{Op: Sent, Side: f.side, Data: p, Pos: f.sent})
	}
	f.sent += int64(len(p))
}

// put sends bytes on their way, edited, and returns how many of the original it
// took. Those of one write, which began at key, are delayed alike.
func (f *flow) put(p []byte, key int64) int {
	if f.delay.Kind != 0 {
		till := f.l.now() + time.Duration(pick(int64(f.delay.D), int64(f.delay.DMax), key))
		f.enqueue(item{kind: itemHold, heal: Delay, till: till})
	}
	n := 0
	for f.pace.n > 0 && n < len(p) {
		group := p[n:]
		if left := f.step(); left < int64(len(group)) {
			group = group[:left]
		}
		took := f.lay(group)
		if n += took; took < len(group) || f.edit.over() {
			return n
		}
	}
	return n + f.lay(p[n:])
}

// lay puts bytes into the buffer, edited, and returns how many of the original it
// took.
func (f *flow) lay(p []byte) int {
	if len(p) == 0 {
		return 0
	}
	n := len(p)
	if f.end == f.read && f.straight() {
		handed := f.rcv.hand(p)
		f.end += int64(handed)
		f.arrived, f.ready, f.read = f.end, f.end, f.end
		if p = p[handed:]; len(p) == 0 {
			return n
		}
	}
	f.compact(len(p))
	if !f.edit.on {
		f.buf = append(f.buf, p...)
	} else {
		f.buf, n = f.edit.apply(f.buf, p)
	}
	f.end = f.read + int64(len(f.buf)-f.off)
	if len(f.queue) == 0 && f.hold == 0 {
		f.arrive(f.end)
	}
	return n
}

// straight reports whether bytes that are sent now can be read at once as they
// are.
func (f *flow) straight() bool {
	return !f.edit.on && len(f.queue) == 0 && f.hold == 0 && f.join == 0 && len(f.chops) == 0
}

// quiet reports whether bytes may pass this direction unseen, up to the next
// position at which a watch strikes.
func (f *flow) quiet() bool {
	return f.next > f.sent && !f.scan && !f.marks && !f.calls && !f.stopped && f.end == f.read && f.straight() &&
		f.delay.Kind == 0 && f.pace.n == 0
}

// skip counts n bytes that passed unseen, none beyond the next strike, and strikes
// if that is where they end.
func (f *flow) skip(n int) {
	f.sent += int64(n)
	f.end += int64(n)
	f.arrived, f.ready, f.read = f.end, f.end, f.end
	if f.sent == f.next {
		f.hit()
	}
}

// compact makes room in buf for n more bytes, by moving what is unread rather
// than by growing where that is enough.
func (f *flow) compact(n int) {
	if f.off == len(f.buf) {
		f.buf, f.off = f.buf[:0], 0
	}
	if len(f.buf)+n <= cap(f.buf) {
		return
	}
	unread := f.buf[f.off:]
	if len(unread)+n <= cap(f.buf)/2 {
		f.buf = f.buf[:copy(f.buf, unread)]
	} else {
		b := make([]byte, len(unread), max(1<<10, 2*(len(unread)+n)))
		copy(b, unread)
		f.buf = b
	}
	f.off = 0
}

// segment returns how many bytes there are up to the next boundary of a chop.
func (f *flow) segment() int64 {
	for len(f.chops) > 1 && f.chops[1].at <= f.read {
		f.chops = f.chops[1:]
		f.seg = 0
	}
	c := f.chops[0]
	if f.read < c.at {
		return c.at - f.read
	}
	if c.lo == 0 { // healed
		if len(f.chops) > 1 {
			return f.chops[1].at - f.read
		}
		f.chops = nil
		return math.MaxInt64
	}
	if f.read >= f.seg {
		f.seg = f.read + pick(c.lo, c.hi, f.read)
	}
	if len(f.chops) > 1 {
		return min(f.seg, f.chops[1].at) - f.read
	}
	return f.seg - f.read
}
