package faultnet

import "fmt"

// A Rule is one line of a plan: whose stream, where, and what happens there.
// It strikes at most once.
type Rule struct {
	Side  Side // the side that sends
	When  When
	Fault Fault
}

// Check reports whether r is a rule that the plan language can say.
func (r Rule) Check() error {
	if !r.Side.valid() {
		return fmt.Errorf("faultnet: a rule is about the client or the server, not %s", r.Side)
	}
	if err := r.When.Check(); err != nil {
		return err
	}
	return r.Fault.Check()
}

// String returns r in the plan language, in canonical form: WHO [WHEN]: WHAT.
func (r Rule) String() string { return string(r.append(nil)) }

func (r Rule) append(b []byte) []byte {
	b = append(b, r.Side.String()...)
	if r.When != (When{}) {
		b = r.When.append(append(b, ' '))
	}
	return r.Fault.append(append(b, ": "...))
}
