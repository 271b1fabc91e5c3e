package faultnet

import (
	"context"
	"os"
	"syscall"
	"time"
)

// unanswered is how long Linux tries to connect to a host that does not answer,
// with the settings it comes with.
const unanswered = 127 * time.Second

// split returns the rules of p that concern the making of the connection, and the
// others.
func (p Plan) split() (making []Rule, rest Plan) {
	for i, r := range p.Rules {
		if !r.Fault.Kind.Connecting() {
			continue
		}
		making, rest.Rules = nil, append([]Rule(nil), p.Rules[:i]...)
		for _, r := range p.Rules[i:] {
			if r.Fault.Kind.Connecting() {
				making = append(making, r)
			} else {
				rest.Rules = append(rest.Rules, r)
			}
		}
		return making, rest
	}
	return nil, p
}

// A making is what strikes a connection while it is made.
type making struct {
	struck []Strike
	late   time.Duration // how long Accept waits for it
}

// connect lets the rules strike, and blocks as they say. It fails as a dial that
// is refused or not answered, or that ctx ends.
func (m *making) connect(ctx context.Context, rules []Rule, tap func(Event)) error {
	start := time.Now()
	strike := func(r Rule) {
		m.struck = append(m.struck, Strike{Order: len(m.struck) + 1, Side: r.Side, Fault: r.Fault, Since: time.Since(start), Rule: r.String()})
		if tap != nil {
			s := m.struck[len(m.struck)-1]
			tap(Event{Op: Struck, Side: r.Side, Strike: &s})
		}
	}
	for _, k := range [...]Kind{SlowConnect, Refuse, SlowAccept} {
		for _, r := range rules {
			if r.Fault.Kind != k {
				continue
			}
			strike(r)
			switch k {
			case SlowConnect:
				if err := connectLate(ctx, r.Fault.D); err != nil {
					return err
				}
			case Refuse:
				return os.NewSyscallError("connect", syscall.ECONNREFUSED)
			case SlowAccept:
				m.late = max(m.late, r.Fault.D)
			}
		}
	}
	return nil
}

// connectLate blocks for d; for d 0 nobody ever answers.
func connectLate(ctx context.Context, d time.Duration) error {
	wait := d
	if d == 0 {
		wait = unanswered
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
	}
	if d == 0 {
		return os.NewSyscallError("connect", syscall.ETIMEDOUT)
	}
	return nil
}
