package faultnet

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// A Session does something whole over a connection that it makes with o (with
// [NewLink], [Wrap], a [Listener], a [Dialer]), and says how that ended: nil is
// as it should. If it made several connections, o is for the one that is under
// test alone. The text of an error is how a [Sweep] tells outcomes apart, so it
// should not hold what changes from run to run. A session must end, and let go of
// what it made, soon after ctx is done.
type Session func(ctx context.Context, o Options) error

// How a session may end that does not return, or not alone. They come wrapped
// in a *StackError.
var (
	ErrHang  = errors.New("hang")
	ErrLeak  = errors.New("leak")
	ErrPanic = errors.New("panic")
)

// errGoexit is what came of a session that t.FailNow, for one, has ended.
var errGoexit = errors.New("the session's goroutine was ended")

// A StackError is an error that goroutines explain.
type StackError struct {
	Err    error  // wraps ErrHang, ErrLeak or ErrPanic
	Stacks string // as the runtime prints them
}

// Error returns the error's text without the stacks.
func (e *StackError) Error() string { return e.Err.Error() }

// Unwrap returns e.Err.
func (e *StackError) Unwrap() error { return e.Err }

// Within returns a session that runs s in a goroutine and waits for it at most d,
// on the clock of package time: fake time in a testing/synctest bubble (package
// faulttest makes one), real time elsewhere. After d the session's ctx is done,
// and the outcome is ErrHang, with the stacks of all goroutines, of the bubble if
// there is one, and the line at which s was waiting. s then has as long again to
// end; if it does not, its goroutine stays behind. If s panics, the outcome is
// ErrPanic.
func (s Session) Within(d time.Duration) Session {
	return func(ctx context.Context, o Options) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		begun, done := make(chan struct{}), make(chan error, 1)
		go s.run(ctx, o, begun, done)
		<-begun // a busy machine takes its time, and none of the session's
		limit := time.NewTimer(d)
		defer limit.Stop()
		select {
		case err := <-done:
			return err
		case <-limit.C:
		}
		hang := newHang()
		cancel()
		limit.Reset(d)
		select {
		case <-done:
		case <-limit.C:
		}
		return hang
	}
}

// run closes begun, and sends on done how s ended, whichever way that was.
func (s Session) run(ctx context.Context, o Options, begun chan<- struct{}, done chan<- error) {
	close(begun)
	err := errGoexit
	defer func() {
		if v := recover(); v != nil {
			err = &StackError{Err: fmt.Errorf("%w: %v", ErrPanic, v), Stacks: string(debug.Stack())}
		}
		done <- err
	}()
	err = s(ctx, o)
}

// newHang says where the session hangs that the calling goroutine has started.
func newHang() error {
	self, others := goroutines()
	err := ErrHang
	for _, g := range others {
		if line := g.sessionLine(self.id); line != "" {
			err = fmt.Errorf("%w at %s", ErrHang, line)
		}
	}
	return &StackError{Err: err, Stacks: join(others)}
}
