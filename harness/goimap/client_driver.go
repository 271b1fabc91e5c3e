package goimap

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/imapfuzz/imapfuzz/harness"
)

var (
	errIdling   = errors.New("IDLE is running: done first")
	errNotIdle  = errors.New("IDLE is not running")
	errNotFirst = errors.New("starttls must be the first call")
)

// driver makes the calls of one run. Its goroutines are the worker, which is
// the one that called run, and the dispatcher; helpers end when the connection
// is closed.
type driver struct {
	ctx    context.Context
	conn   *tap
	calls  <-chan string
	report func(harness.Claim)

	client  atomic.Pointer[imapclient.Client] // nil before it connects
	closing atomic.Bool                       // somebody has called close
	seen    unilateral
	helpers sync.WaitGroup

	// Of the worker alone:
	greeted bool
	dead    error // why there can be no client any more
	idle    *imapclient.IdleCommand

	mu    sync.Mutex
	first error // of the calls
}

// job is a call on its way.
type job struct {
	line string
	verb *verb
	args []string
	err  error // it is no call
}

// run works until the calls end or the context is done; see [Client].
func (d *driver) run() error {
	work := make(chan job)
	quit := make(chan struct{})
	dispatched := make(chan struct{})
	go func() {
		defer close(dispatched)
		d.dispatch(work, quit)
	}()
	defer func() { // also when a call panics
		d.conn.Close()
		select {
		case <-dispatched:
		default:
			close(quit)
			<-dispatched
		}
	}()
	for j := range work {
		d.do(j)
	}
	close(quit)
	<-dispatched
	d.finish()
	if err := d.failed(nil); err != nil {
		return err
	}
	return d.ctx.Err()
}

// failed notes err, if it is one, and returns the first that was noted.
func (d *driver) failed(err error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.first == nil {
		d.first = err
	}
	return d.first
}

// dispatch takes calls and hands them to the worker. It closes work when there
// are no more, and goes on to watch the context until quit is closed.
func (d *driver) dispatch(work chan<- job, quit <-chan struct{}) {
	var (
		calls = d.calls
		next  job
		out   chan<- job // work while next is waiting
	)
	for {
		select {
		case line, ok := <-calls:
			if !ok {
				close(work)
				work, calls = nil, nil
				continue
			}
			if j := newJob(line); !d.atOnce(j) {
				next, out, calls = j, work, nil
			}
		case out <- next:
			out, calls = nil, d.calls
		case <-d.ctx.Done():
			if work != nil {
				close(work)
			}
			if !d.closing.Swap(true) {
				d.helpers.Go(func() { d.report(harness.Claim{Call: "close", Err: d.close()}) })
			}
			return
		case <-quit:
			return
		}
	}
}

// newJob reads a call and looks up its verb.
func newJob(line string) job {
	c, err := parseCall(line)
	if err != nil {
		return job{line: line, err: fmt.Errorf("call %q: %w", abridged(line), err)}
	}
	v := lookup(c.verb)
	switch {
	case v == nil:
		err = fmt.Errorf("unknown call %q", abridged(c.verb))
	case len(c.args) < v.min || v.max >= 0 && len(c.args) > v.max:
		err = fmt.Errorf("call %s: want %s, got %d arguments", v.name, v.usage, len(c.args))
	}
	return job{line: line, verb: v, args: c.args, err: err}
}

// atOnce does j here if it is a call that never waits for the others.
func (d *driver) atOnce(j job) bool {
	if j.err != nil || j.verb.when != now {
		return false
	}
	perform := func() {
		claim := harness.Claim{Call: j.line}
		claim.Err = j.verb.do(d, j.args, &claim)
		d.failed(claim.Err)
		d.report(claim)
	}
	if j.verb.blocks {
		d.helpers.Go(perform)
	} else {
		perform()
	}
	return true
}

// do is the worker's: it makes one call and reports it.
func (d *driver) do(j job) {
	if d.ctx.Err() != nil {
		return
	}
	claim := harness.Claim{Call: j.line}
	claim.Err = d.perform(j, &claim)
	d.failed(claim.Err)
	d.report(claim)
}

func (d *driver) perform(j job, claim *harness.Claim) error {
	if j.err != nil {
		return j.err
	}
	if d.idle != nil && j.verb.when == inTurn {
		return errIdling
	}
	if j.verb.when == inTurn {
		if err := d.ready(); err != nil {
			return err
		}
	}
	return j.verb.do(d, j.args, claim)
}

// connect makes the client if there is none.
func (d *driver) connect() error {
	if d.dead != nil {
		return d.dead
	}
	if d.client.Load() == nil {
		d.client.Store(imapclient.New(d.conn, d.options()))
	}
	return nil
}

// ready connects, waits for the greeting and lets the client ask for the
// capabilities if the greeting told none.
func (d *driver) ready() error {
	if err := d.connect(); err != nil || d.greeted {
		return err
	}
	if err := d.client.Load().WaitGreeting(); err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	d.greeted = true
	d.settle(0)
	return nil
}

// close closes the client, or the connection if there is no client.
func (d *driver) close() error {
	if c := d.client.Load(); c != nil {
		return c.Close()
	}
	return d.conn.Close()
}

// finish closes what is open and waits for what was started.
func (d *driver) finish() {
	if !d.closing.Swap(true) {
		d.report(harness.Claim{Call: "close", Err: d.close()})
	}
	d.helpers.Wait()
	if c := d.client.Load(); c != nil {
		c.Close()
	}
	if d.idle != nil {
		d.idle.Close()
	}
}
