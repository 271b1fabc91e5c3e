package goimap

import (
	"context"
	"net"

	"github.com/imapfuzz/imapfuzz/harness"
)

// Client returns go-imap's client (imapclient) as a target. Its Drive makes the
// calls that a case asks for (see [Calls]), one after another in one goroutine:
// a call that blocks blocks the later ones. What stands in for the user of the
// library:
//
//   - the first call but "starttls" connects; a call that sends a command waits
//     for the greeting first;
//   - close, state, mailbox and unilateral are done at once, even while another
//     call blocks;
//   - one call may be waiting behind one that blocks; while it does, no further
//     call is taken, not even close;
//   - while IDLE runs, calls that would send a command fail, as imapclient would
//     make them wait for the end of IDLE on a lock;
//   - when there are no more calls, or ctx is done, imapclient.Client.Close is
//     called and reported as the call "close".
//
// A call that the client under test never ends keeps Drive from returning.
func Client() *harness.Client {
	return &harness.Client{
		Name:     "go-imap client",
		Drive:    drive,
		Calls:    Calls(),
		Peer:     Server(),
		Packages: packages,
	}
}

// Calls returns examples of every call that the client understands.
func Calls() []string {
	var out []string
	for _, v := range verbs() {
		out = append(out, v.examples...)
	}
	return out
}

func drive(ctx context.Context, conn net.Conn) error {
	d := &driver{
		ctx:    ctx,
		conn:   &tap{Conn: conn},
		calls:  harness.Calls(ctx),
		report: func(c harness.Claim) { harness.Report(ctx, c) },
	}
	return d.run()
}
