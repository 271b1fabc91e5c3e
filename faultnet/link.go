package faultnet

import (
	"net"
	"sync"
	"time"
)

// DefaultBuffer is how many bytes a direction holds when Options say nothing.
const DefaultBuffer = 64 << 10

// Options say how a connection is and what goes wrong on it. The zero Options
// are a sound network.
type Options struct {
	// Plan is the faults. It must not change while connections use it. A plan
	// for which CheckFor(LinkForm) fails makes NewLink and Pipe panic;
	// LinkForm.ParsePlan returns no such plan.
	Plan Plan
	// Buffer is how many bytes a direction holds, as the two kernels' buffers
	// together do, before writes block. 0 is DefaultBuffer.
	Buffer int
	// NewMarker makes the marker of a connection. It is called when the first
	// rule needs marks, or at once with Marks. Without it no mark is ever found.
	NewMarker func() Marker
	// Number is the number of the connection, of those that share the plan: it
	// keys the draws of a chance, so that each connection has its own.
	Number int
	// Marks runs the marker from the first byte, for rules with marks that are
	// armed later; otherwise such a rule's marker sees the stream only from then.
	Marks bool
	// ClientAddr and ServerAddr are the addresses of the two ends; nil is an
	// Addr named after the side.
	ClientAddr, ServerAddr net.Addr
	// Tap hears everything that happens, in order and never concurrently. It is
	// called with the connection locked: it must neither block nor call it.
	Tap func(Event)
	// Discard makes a reset discard what was received and not yet read, as BSD
	// and Windows do; Linux keeps it readable.
	Discard bool

	struck func(Strike) // hears of strikes, as Tap, and keeps no call from going straight
}

// An Addr is the address of an end of a connection in memory: any name.
type Addr string

// Network returns "memory".
func (Addr) Network() string { return "memory" }

// String returns the name.
func (a Addr) String() string { return string(a) }

var (
	clientAddr net.Addr = Addr("client")
	serverAddr net.Addr = Addr("server")
)

// A Link is one connection in memory, with the faults of its plan. All methods
// may be called by several goroutines at once. A Link has no goroutines and arms
// timers only while a call of one of its ends blocks. In a testing/synctest
// bubble it must be made inside the bubble that uses it.
type Link struct {
	mu      sync.Mutex
	opts    Options
	bound   int
	start   time.Time
	timed   bool          // time matters: a fault that waits has been met
	late    time.Duration // the time at which things happen that were due before now
	flow    [2]flow
	conn    [2]Conn
	journal []Strike
	marker  Marker
	emit    func(string, int)
	emitTo  *flow
	emitAt  int64
}

// NewLink makes a connection. It panics if o.Plan does not pass CheckFor(LinkForm).
func NewLink(o Options) *Link { return newLink(o, nil) }

// newLink makes a connection whose journal begins with what struck while it was
// made.
func newLink(o Options, struck []Strike) *Link {
	l := &Link{opts: o, bound: o.Buffer, start: time.Now(), journal: struck}
	if l.bound <= 0 {
		l.bound = DefaultBuffer
	}
	addr := [2]net.Addr{o.ClientAddr, o.ServerAddr}
	if addr[0] == nil {
		addr[0] = clientAddr
	}
	if addr[1] == nil {
		addr[1] = serverAddr
	}
	for i := range l.flow {
		s := Side(i + 1)
		l.flow[i] = flow{l: l, side: s, snd: &l.conn[i], rcv: &l.conn[1-i], next: never}
		c := &l.conn[i]
		c.l, c.side, c.out, c.in = l, s, &l.flow[i], &l.flow[1-i]
		c.local, c.remote = addr[i], addr[1-i]
		c.rcond.cond.L, c.wcond.cond.L = &l.mu, &l.mu
	}
	if len(o.Plan.Rules) > 0 || o.Marks {
		l.begin()
	}
	return l
}

// begin starts the rules of the plan.
func (l *Link) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.opts.Plan.Rules {
		l.watch(r)
	}
	for i := range l.flow {
		if l.opts.Marks {
			l.needMarks(&l.flow[i])
		}
		l.flow[i].plan()
	}
	for i := range l.flow {
		if f := &l.flow[i]; f.next == 0 {
			f.hit()
		}
	}
}

// watch adds the rule r, counted from where its stream stands.
func (l *Link) watch(r Rule) {
	if err := r.Check(); err != nil {
		panic(err)
	}
	f := &l.flow[r.Side-1]
	if r.Fault.Kind.Connecting() {
		panic(LinkForm.Check(r))
	}
	now := l.now()
	key := uint64(l.opts.Number)<<1 | uint64(r.Side-1)
	f.watches = append(f.watches, newWatch(r, f.sent, now, key))
	if r.Until != (When{}) {
		end := newWatch(Rule{Side: r.Side, When: r.Until, Fault: Fault{Kind: Heal, Heals: r.Fault.Kind}}, f.sent, now, key)
		end.ends = len(f.watches)
		f.watches = append(f.watches, end)
	}
	if r.When.Mark != "" || r.Until.Mark != "" {
		l.needMarks(f)
	}
	if f.cipher.on {
		f.hush()
	}
	l.timed = l.timed || r.When.Time > 0 || r.Until.Time > 0
}

// needMarks lets the marker see the direction f.
func (l *Link) needMarks(f *flow) {
	if l.opts.NewMarker == nil || f.marks {
		return
	}
	if l.marker == nil {
		l.marker = l.opts.NewMarker()
		l.emit = func(name string, off int) { l.emitTo.mark(name, l.emitAt+int64(off)) }
	}
	f.marks = true
}

// Client returns the client's end.
func (l *Link) Client() *Conn { return &l.conn[0] }

// Server returns the server's end.
func (l *Link) Server() *Conn { return &l.conn[1] }

// Arm adds the rule r, whose counting starts at the current position of its
// stream: behind the bytes that have been accepted from the sender. With the
// zero When it strikes here and now, though bytes that are still held back come
// first. It panics if r does not pass Check. A direction that a terminal fault
// has ended meets no further faults.
func (l *Link) Arm(r Rule) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.arm(r)
}

func (l *Link) arm(r Rule) {
	l.tick()
	l.watch(r)
	f := &l.flow[r.Side-1]
	if f.scanned < f.sent {
		f.scanned = f.sent
	}
	f.strikeNow()
	l.wakeAll()
}

// Journal returns what has struck so far, in order.
func (l *Link) Journal() []Strike {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tick()
	return append([]Strike(nil), l.journal...)
}

// Unfired returns the rules, of the plan and armed, that have not struck: those
// of the client's stream first, each stream's in the order they were given.
func (l *Link) Unfired() []Rule {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tick()
	var left []Rule
	for i := range l.flow {
		for j := range l.flow[i].watches {
			if w := &l.flow[i].watches[j]; w.fired == 0 && w.ends == 0 {
				left = append(left, w.rule)
			}
		}
	}
	return left
}

// Pipe makes a connection and returns its two ends.
func Pipe(o Options) (client, server *Conn) {
	l := NewLink(o)
	return l.Client(), l.Server()
}

// now returns the time on the link's clock; while things happen that were due
// before, the time at which they were.
func (l *Link) now() time.Duration {
	if l.late > 0 {
		return l.late
	}
	return l.clock()
}

// clock returns the time since the start, plus one nanosecond: 0 is no time.
func (l *Link) clock() time.Duration { return time.Since(l.start) + 1 }

// tick lets happen what is due.
func (l *Link) tick() {
	if !l.timed {
		return
	}
	now := l.now()
	for {
		a, b := l.flow[0].due(), l.flow[1].due()
		f, t := &l.flow[0], a
		if a == 0 || b > 0 && b < a {
			f, t = &l.flow[1], b
		}
		if t == 0 || t > now {
			return
		}
		f.advance(t)
	}
}

// due returns when something happens by itself; 0 is never.
func (l *Link) due() time.Duration {
	if !l.timed {
		return 0
	}
	a, b := l.flow[0].due(), l.flow[1].due()
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}

// wakeAll lets every call that blocks look again.
func (l *Link) wakeAll() {
	for i := range l.conn {
		l.conn[i].rcond.wake()
		l.conn[i].wcond.wake()
	}
}

// record writes a strike into the journal.
func (l *Link) record(side Side, at int64, ft Fault, rule string, t time.Duration) {
	l.journal = append(l.journal, Strike{Order: len(l.journal) + 1, Side: side, At: at, Fault: ft, Since: t - 1, Rule: rule})
	if l.opts.struck != nil {
		l.opts.struck(l.journal[len(l.journal)-1])
	}
	if l.opts.Tap != nil {
		s := l.journal[len(l.journal)-1]
		l.opts.Tap(Event{Op: Struck, Side: side, Pos: at, Strike: &s})
	}
}

// cut ends both directions in order, when the bytes of f up to here have arrived.
func (l *Link) cut(f *flow) {
	for i := range l.flow {
		l.flow[i].lose()
		l.flow[i].finished = true
		l.conn[i].finish()
	}
}

// reset aborts both ends.
func (l *Link) reset() {
	for i := range l.conn {
		l.conn[i].abort()
	}
}
