package harness

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/imapfuzz/imapfuzz/corpus"
)

const (
	// patience is how long (fake time) the harness waits for what a case
	// expects, and for the target to take what it is sent.
	patience = 10 * time.Second

	// settleTime is how long it waits at the end for an answer that is owed.
	settleTime = time.Minute

	// keepAlive is how often the bystander shows that it is alive, below the 30
	// minutes that a server must grant (RFC 9051, section 5.4).
	keepAlive = 25 * time.Minute

	// releaseTime is how long a server may hold on to a connection whose client
	// is gone, and from which nothing comes any more: some of the inactivity timers
	// that it is allowed, one after the other.
	releaseTime = 6 * time.Hour

	// drainTime is how long the harness waits for a slow network to bring all that
	// a client sent that is gone. If more is under way then, nobody can tell whether
	// the server would let go.
	drainTime = 8 * releaseTime
)

// Options are the settings of one run. The zero value is what a test wants.
type Options struct {
	// Scratch lends its memory to the run: the Result is then valid only until
	// the next run with the same Scratch. Nil: the Result is the caller's.
	Scratch *Scratch

	// Watch, if not nil, is told when the run begins and ends.
	Watch *Watchdog

	// Ledger, if not nil, holds what earlier runs of a server whose store outlives them
	// (Server.Lasting) have told of UIDs, and learns what this one tells.
	Ledger *Ledger

	// Profile says by which RFC severities are meant.
	Profile Profile

	// Begin, if not nil, is called in the bubble when all is quiet and the first step
	// is due. What a server does before is no part of the case, and not the same in
	// each run: what it holds is read now and then only.
	Begin func()
}

// Scratch is memory that runs, one at a time, use again and again. It does not keep
// what a single large run made it grow to.
type Scratch struct {
	rec      recorder
	log      logBuffer
	bufs     [][]byte
	sessions []*Session
	fresh    freshStore
	said     saidBefore
	alone    mark // when a bubble begins
}

// freshStore is what a server's store holds when a run begins: since every run
// begins with a new server and nothing else goes into it but the fake clock, it
// is read only now and then.
type freshStore struct {
	target *Server
	runs   int
	inbox  *Snapshot
	own    Message

	pipelines bool // the server takes commands that come all at once
	serving   mark // before the first step
}

// freshEvery is for how many runs what was read of a fresh store is trusted.
const freshEvery = 64

// buffer lends memory for what a peer reads.
func (s *Scratch) buffer() []byte {
	if n := len(s.bufs); n > 0 {
		b := s.bufs[n-1]
		s.bufs = s.bufs[:n-1]
		return b[:0]
	}
	return make([]byte, 0, readChunk)
}

// A Result is what came of a run.
type Result struct {
	Findings []Finding // causes only
	All      []Finding // consequences and repetitions, too
	Record   *Record
	Err      error // the harness could not run the case: says nothing about the target

	reached reached
}

// Reached reports whether the run came to where r can be kept or broken.
func (res *Result) Reached(r Rule) bool { return res.reached.has(r.index) }

// ErrNoPeer is the error of a case that rests on an honest server, for a client
// that has none.
var ErrNoPeer = errors.New("the case rests on an honest server, and the client has no Peer")

// Run runs c against target in a bubble of its own, judges what happened, and
// returns the result. It must not be called inside a bubble. t is only needed
// because bubbles want one: Run never fails it, the caller decides.
//
// A panic in a goroutine of the target that nobody recovers ends the process;
// package fuzz has workers for that. A target that spins, or whose goroutines
// wait for a lock for ever, keeps Run from returning; a [Watchdog] notices.
func Run(t *testing.T, target Target, c *corpus.Case, o Options) *Result {
	if o.Scratch == nil {
		o.Scratch = new(Scratch)
	}
	if c.Target != target.Tests() {
		return &Result{Err: fmt.Errorf("%s is a %s, the case is for a %s", target.TargetName(), target.Tests(), c.Target)}
	}
	if o.Watch != nil {
		o.Watch.begin(c)
		defer o.Watch.end()
	}
	r := start(t, target, c, &o, false)
	if r.dead != nil && len(r.leaks) == 0 {
		// Goroutines were left that the count did not show, since others, of
		// earlier runs, ended meanwhile.
		r = start(t, target, c, &o, true)
	}
	if r.err != nil {
		return &Result{Err: r.err}
	}
	rec := r.record()
	r.giveBack()
	rec.Allocated = r.allocated
	rec.ledger, rec.store = o.Ledger, r.store
	if s, ok := target.(*Server); ok {
		rec.user = s.user()
	}
	res := &Result{Record: rec}
	res.Findings, res.All, res.reached = judge(target, rec, o.Profile)
	return res
}

// start does one run, up to the end of its bubble.
func start(t *testing.T, target Target, c *corpus.Case, o *Options, exact bool) *run {
	r := &run{target: target, c: c, scratch: o.Scratch, rec: &o.Scratch.rec, log: &o.Scratch.log, exact: exact, begin: o.Begin}
	r.log.reset()
	r.log.rec = r.rec
	before := allocated()
	r.bubble(t)
	r.allocated = allocated() - before
	r.allocated -= min(r.allocated, r.rec.own)
	if r.broken != nil {
		panic(r.broken)
	}
	return r
}

// run is the state of one run.
type run struct {
	target  Target
	c       *corpus.Case
	scratch *Scratch
	begin   func()  // Options.Begin
	lent    []*peer // that read into borrowed memory
	rec     *recorder
	log     *logBuffer
	peers   []*peer // by connection of the case, nil until opened
	by      *bystander
	store   string // the name of the server's store, if it outlives the run

	alone     *mark // when the bubble began
	exact     bool  // goroutines are counted by their stacks alone
	allocated uint64
	begun     time.Time
	steps     int
	diverged  []string
	unfired   []string
	trouble   []Trouble
	leaks     []Stack
	before    *Snapshot
	after     *Snapshot
	driven    *Driven
	took      time.Duration
	err       error
	broken    any // a panic of the harness itself
	dead      any // the bubble ended with goroutines left
}

// bubble runs the case inside a bubble, and survives goroutines that are left
// in it.
func (r *run) bubble(t *testing.T) {
	defer func() {
		switch v := recover(); {
		case v == nil:
		case strings.Contains(fmt.Sprint(v), "deadlock"):
			r.dead = v // goroutines were left: the record has them
		default:
			r.err = fmt.Errorf("the bubble failed: %v", v)
		}
	}()
	synctest.Test(t, func(*testing.T) {
		defer func() {
			if v := recover(); v != nil {
				r.broken = fmt.Sprintf("%v\n%s", v, firstStack())
			}
		}()
		GrowStack()
		r.begun = time.Now()
		r.rec.reset()
		r.alone = r.scratch.alone.pass()
		r.target.execute(r)
		r.took = time.Since(r.begun)
		r.unfired = r.neverStruck()
	})
}

// wait returns when every other goroutine of the run is durably blocked.
func (r *run) wait() { synctest.Wait() }

// pass lets d of fake time pass; the bystander keeps itself alive meanwhile.
func (r *run) pass(d time.Duration) {
	for d > 0 {
		slice := d
		if r.by != nil {
			slice = min(d, keepAlive, max(keepAlive-time.Since(r.by.worked), 1))
		}
		time.Sleep(slice)
		r.wait()
		d -= slice
		if r.by != nil {
			r.by.work()
		}
	}
}

// keepUp has the bystander work where it is time: the harness has waited for
// something else.
func (r *run) keepUp() {
	if r.by != nil && time.Since(r.by.worked) >= keepAlive {
		r.by.work()
	}
}

// diverge notes that the case expected something else than what came.
func (r *run) diverge(step int, format string, args ...any) {
	r.diverged = append(r.diverged, fmt.Sprintf("step %d: ", step+1)+fmt.Sprintf(format, args...))
}

// record gathers what is known of the run.
func (r *run) record() *Record {
	rec := &Record{
		Case: r.c, Tests: r.target.Tests(), Events: r.rec.events, Log: r.log.lines(), Took: r.took,
		Steps: r.steps, Before: r.before, After: r.after, Trouble: r.trouble, Leaks: r.leaks,
		Diverged: r.diverged, Unfired: r.unfired, Driven: r.driven,
	}
	in, out := ClientSent, ServerSent
	if rec.Tests == corpus.Client {
		in, out = ServerSent, ClientSent
	}
	for i := range rec.Events {
		switch e := &rec.Events[i]; e.Kind {
		case in:
			rec.Input += int64(len(e.Data))
		case out:
			rec.Output += int64(len(e.Data))
		case Struck:
			rec.Faults++
		case Restarted:
			if e.Conn == 0 {
				rec.Restarts++
			}
		}
	}
	rec.Conns = sessions(rec, &r.scratch.sessions)
	return rec
}

// neverStruck returns the rules of plans that have not struck. It asks inside the
// bubble: outside, by another clock, all that waits for its time would be due.
func (r *run) neverStruck() (rules []string) {
	for _, p := range r.peers {
		if p == nil {
			continue
		}
		for _, rule := range p.link.Unfired() {
			rules = append(rules, rule.String())
		}
	}
	return rules
}

// newPeer makes the harness's end of a connection, on borrowed memory.
func (r *run) newPeer(conn int) *peer {
	p := &peer{run: r, conn: conn, in: r.scratch.buffer()}
	r.lent = append(r.lent, p)
	return p
}

// maxScratch is up to how many bytes a buffer is used again.
const maxScratch = 1 << 18

// again returns s emptied, to be used again, or nil if it has grown beyond measure.
func again[T any](s []T) []T {
	if uintptr(cap(s))*unsafe.Sizeof(*new(T)) > maxScratch {
		return nil
	}
	return s[:0]
}

// giveBack returns what peers had borrowed, but for what grew beyond measure.
func (r *run) giveBack() {
	for _, p := range r.lent {
		if cap(p.in) <= maxScratch {
			r.scratch.bufs = append(r.scratch.bufs, p.in)
		}
		p.in = nil
	}
}

// allocated returns how many bytes the process has allocated so far.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

func firstStack() []byte {
	buf := make([]byte, 16<<10)
	return buf[:runtime.Stack(buf, false)]
}
