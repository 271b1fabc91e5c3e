package harness

import (
	"context"
)

type driveKey struct{}

// driving is what a client under test sees of its run, through its context.
type driving struct {
	calls chan string
	rec   *recorder
}

// Calls returns the calls that the case asks the client under test to make,
// one at a time, as the case reaches them. The channel is closed when the case
// has no more; a Drive that finds it closed ends its work as a good client
// does. In a ctx that is not a run's, it is closed from the start.
func Calls(ctx context.Context) <-chan string {
	if d, ok := ctx.Value(driveKey{}).(*driving); ok {
		return d.calls
	}
	none := make(chan string)
	close(none)
	return none
}

// Report tells the run what the client under test claims: that a call was done,
// or failed, and what it handed over. It does nothing in a ctx that is not a
// run's.
func Report(ctx context.Context, c Claim) {
	if d, ok := ctx.Value(driveKey{}).(*driving); ok {
		d.rec.add(Event{Kind: Claimed, Text: c.Call, Claim: &c})
	}
}
