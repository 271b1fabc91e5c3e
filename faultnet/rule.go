package faultnet

import (
	"fmt"
	"strconv"
	"time"
)

// A Rule is one line of a plan: whose stream, where, how often, until when, and
// what happens there. It strikes once if Repeat does not say otherwise.
type Rule struct {
	Side   Side // the side that sends
	When   When
	Repeat Repeat
	// Until is the point from which on the rule strikes no more, and at which a
	// lasting fault that it began is healed. It is counted from the same base as
	// When. The zero When is no end.
	Until When
	Fault Fault
}

// A Repeat lets a rule strike again. The zero Repeat strikes once.
type Repeat struct {
	// Every is the distance to the next strike, in what When counts: lines,
	// matches, marks, records, writes, reads, draws, or else bytes. 0 is off.
	Every int64
	// Period is the distance for a When with a Time; 0 is off.
	Period time.Duration
	// Times is how often the rule strikes in all, 2 or more; 0 is without end.
	Times int64
}

// Check reports whether r is a rule that the plan language can say.
func (r Rule) Check() error {
	if !r.Side.valid() {
		return fmt.Errorf("faultnet: a rule is about the client or the server, not %s", r.Side)
	}
	if err := r.When.Check(); err != nil {
		return err
	}
	if err := r.Until.Check(); err != nil {
		return err
	}
	if err := r.Repeat.check(r.When); err != nil {
		return err
	}
	if r.Fault.Kind.Connecting() {
		if r.When != (When{}) || r.Repeat != (Repeat{}) || r.Until != (When{}) {
			return fmt.Errorf("faultnet: %s has no point in a stream", r.Fault.Kind)
		}
		if by := connects(r.Fault.Kind); by != r.Side {
			return fmt.Errorf("faultnet: %s is what the %s does", r.Fault.Kind, by)
		}
	}
	return r.Fault.Check()
}

// connects returns the side that does what the connecting kind k says.
func connects(k Kind) Side {
	if k == SlowConnect {
		return Client
	}
	return Server
}

func (p Repeat) check(w When) error {
	switch {
	case p.Every < 0 || p.Period < 0:
		return fmt.Errorf("faultnet: a rule repeats forwards")
	case p.Every != 0 && w.Time != 0 || p.Period != 0 && w.Time == 0:
		return fmt.Errorf("faultnet: a time repeats after a duration, all else after a count")
	case p.Times != 0 && p.Every == 0 && p.Period == 0:
		return fmt.Errorf("faultnet: only what repeats is counted")
	case p.Times != 0 && p.Times < 2:
		return fmt.Errorf("faultnet: a rule repeats 2 times or more, not %d", p.Times)
	}
	return nil
}

// String returns r in the plan language, in canonical form: WHO [WHEN] [every
// STEP [times N]] [until WHEN]: WHAT.
func (r Rule) String() string { return string(r.append(nil)) }

func (r Rule) append(b []byte) []byte {
	b = append(b, r.Side.String()...)
	if r.When != (When{}) {
		b = r.When.append(append(b, ' '))
	}
	if r.Repeat != (Repeat{}) {
		b = append(b, " every "...)
		if r.Repeat.Period != 0 {
			b = appendDuration(b, r.Repeat.Period)
		} else {
			b = strconv.AppendInt(b, r.Repeat.Every, 10)
		}
		if r.Repeat.Times != 0 {
			b = strconv.AppendInt(append(b, " times "...), r.Repeat.Times, 10)
		}
	}
	if r.Until != (When{}) {
		b = r.Until.append(append(b, " until "...))
	}
	return r.Fault.append(append(b, ": "...))
}
