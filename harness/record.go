package harness

import (
	"slices"
	"sync"
	"time"
	"unsafe"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

// EventKind says what an [Event] of a run is. The first four are the two views
// of the two directions of the wire.
type EventKind uint8

// The kinds of events.
const (
	ClientSent   EventKind = iota // the client's application wrote Data
	ServerGot                     // the server's application read Data
	ServerSent                    // the server's application wrote Data
	ClientGot                     // the client's application read Data
	ServerEOF                     // the server read the end of the client's stream
	ServerReset                   // the server was told of a reset
	ServerClosed                  // the server closed the connection
	ClientEOF                     // the client read the end of the server's stream
	ClientReset                   // the client was told of a reset
	ClientClosed                  // the client closed the connection
	Opened                        // the connection was made
	Struck                        // a fault struck (Strike)
	Passed                        // the harness let time pass (D)
	Called                        // the client under test was asked to do Text
	Claimed                       // the client under test reported Claim
	TLSStarted                    // both sides went on inside TLS
	Settled                       // the harness has done all steps and waited: nothing more is due
	HungUp                        // the harness closed its end
	Logged                        // the target logged Text
	TLSUp                         // the handshake is done
	Restarted                     // the harness restarts the target; of a connection: which ends with it
)

// An Event is one thing that happened in a run.
type Event struct {
	Kind   EventKind
	Conn   int           // 1-based; 0: no connection of the case
	Step   int           // index of the step during which it happened; len(Steps) afterwards
	At     time.Duration // fake time since the run began
	Data   []byte
	Pos    int64 // position of Data[0] in its stream, as this view counts it
	Strike *faultnet.Strike
	D      time.Duration
	Text   string
	Claim  *Claim
	TLS    bool // Data was sent inside TLS, and is recorded as the harness saw it
}

// A Claim is what a client under test says that it did, or got.
type Claim struct {
	Call   string   // the call that it answers
	Err    error    // nil claims success
	Bodies []Body   // message data that was handed over
	Caps   []string // capabilities that the client holds for true, if it was asked
	Text   string   // anything else worth showing
}

// A Body is one piece of message data that a client under test handed over as
// whole.
type Body struct {
	Announced int64 // octets that the server announced
	Got       int64 // octets that the caller could read before the end
	Err       error // nil claims that they were all
}

// recorder collects the events of a run. Taps of several connections may call
// it at the same time.
type recorder struct {
	mu     sync.Mutex
	start  time.Time
	step   int
	events []Event
	arena  []byte
	own    uint64 // bytes that it has allocated itself: no memory of the target's
}

func (rec *recorder) reset() {
	rec.start = time.Now()
	rec.step = 0
	rec.events = again(rec.events)
	rec.arena = again(rec.arena)
	rec.own = 0
}

// add appends e, with its own copy of e.Data.
func (rec *recorder) add(e Event) { rec.addIf(e, nil) }

// addIf does something, which must not wait, and adds e if that was done: behind
// nothing that follows from it. It returns whether it was.
func (rec *recorder) addIf(e Event, did func() bool) bool {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if did != nil && !did() {
		return false
	}
	e.At = time.Since(rec.start)
	e.Step = rec.step
	events, arena := cap(rec.events), cap(rec.arena)
	if len(e.Data) > 0 {
		from := len(rec.arena)
		rec.arena = append(rec.arena, e.Data...)
		e.Data = rec.arena[from:len(rec.arena):len(rec.arena)]
	}
	rec.events = append(rec.events, e)
	if n := cap(rec.events); n != events {
		rec.own += uint64(n) * uint64(unsafe.Sizeof(e))
	}
	if n := cap(rec.arena); n != arena {
		rec.own += uint64(n)
	}
	return true
}

// len returns how many events there are.
func (rec *recorder) len() int {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return len(rec.events)
}

// arrived reports whether a server has got anything of a case's clients since there
// were from events.
func (rec *recorder) arrived(from int) bool {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return slices.ContainsFunc(rec.events[from:], func(e Event) bool { return e.Kind == ServerGot && e.Conn > 0 })
}

// held reports whether a connection of the case was made that the server has not
// closed.
func (rec *recorder) held() bool {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	open := 0
	for i := range rec.events {
		switch e := &rec.events[i]; {
		case e.Conn == 0:
		case e.Kind == Opened:
			open++
		case e.Kind == ServerClosed:
			open--
		}
	}
	return open > 0
}

func (rec *recorder) setStep(i int) {
	rec.mu.Lock()
	rec.step = i
	rec.mu.Unlock()
}

// tap returns the function by which connection conn reports to rec. Of the bytes
// that a report brings plain returns those that are no ciphertext.
func (rec *recorder) tap(conn int, plain func(side faultnet.Side, pos int64, data []byte) []byte) func(faultnet.Event) {
	return func(e faultnet.Event) {
		kind, ok := eventKind(e)
		if !ok {
			return
		}
		if kind <= ClientGot {
			if e.Data = plain(e.Side, e.Pos, e.Data); len(e.Data) == 0 {
				return
			}
		}
		ev := Event{Kind: kind, Conn: conn, Data: e.Data, Pos: e.Pos}
		if e.Strike != nil {
			strike := *e.Strike
			ev.Strike = &strike
		}
		rec.add(ev)
	}
}

// eventKind translates what a connection reports.
func eventKind(e faultnet.Event) (EventKind, bool) {
	server := e.Side == faultnet.Server
	pick := func(c, s EventKind) EventKind {
		if server {
			return s
		}
		return c
	}
	switch e.Op {
	case faultnet.Sent: // Side names the stream
		return pick(ClientSent, ServerSent), true
	case faultnet.Received: // Side names the stream: the other side read it
		return pick(ServerGot, ClientGot), true
	case faultnet.ReceivedEOF: // Side names the end
		return pick(ClientEOF, ServerEOF), true
	case faultnet.ReceivedReset:
		return pick(ClientReset, ServerReset), true
	case faultnet.Closed:
		return pick(ClientClosed, ServerClosed), true
	case faultnet.Struck:
		return Struck, true
	}
	return 0, false
}

// A Record is all that is known of a run: what the rules read.
type Record struct {
	Case   *corpus.Case
	Tests  corpus.Target
	Events []Event
	Conns  []*Session // the connections of the case as the target saw them; [0] is connection 1
	Log    []string   // lines that the target logged
	Took   time.Duration
	Steps  int // steps that were done
	Strict bool

	Before    *Snapshot // INBOX before the first step, nil if unknown
	After     *Snapshot // INBOX after the last step, as a later session reads it, nil if it could not
	Trouble   []Trouble // what the harness's own sessions met
	Leaks     []Stack   // goroutines that outlived what they served
	Allocated uint64    // bytes allocated during the run
	Input     int64     // bytes that the peer sent to the target
	Output    int64     // bytes that the target sent
	Faults    int       // faults that struck
	Restarts  int       // how often the target was restarted

	ledger      *Ledger  // of runs with the same store, nil if there is none
	store, user string   // the name of the store, and the account; "" if it does not outlive the run
	Unfired     []string // rules of plans that never struck
	Diverged    []string // expectations of the case that were not met
	Driven      *Driven  // client targets: how Drive ended
}

// Trouble is something that one of the harness's own, unfaulted sessions met:
// the bystander, or the check-up after the case.
type Trouble struct {
	Who  string // "bystander", "check-up"
	What string // one line
	Verb string // the command that was not served as it should
	Mute bool   // no answer at all
	Step int
}

// Driven says how the Drive function of a client under test ended.
type Driven struct {
	Returned   bool
	Err        error
	Panic      *Stack        // Drive itself panicked
	InCall     string        // the call in progress when the harness gave up, if any
	AfterFault time.Duration // how long after the connection had ended for the client it was still in a call; -1: not applicable
	AfterClose bool          // it did not return although it was told to close
	Silent     time.Duration // how long the wire had been silent while a call waited
	Stacks     []Stack       // where it was
}
