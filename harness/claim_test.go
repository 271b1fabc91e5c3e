package harness_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"testing"
	"testing/iotest"

	"github.com/imapfuzz/imapfuzz/harness"
)

// hasty is a client that reads octet by octet, claims that a NOOP was done when
// it has read that many octets of the reply, and then reads on.
func hasty(octets int) *harness.Client {
	return &harness.Client{Drive: func(ctx context.Context, conn net.Conn) error {
		defer conn.Close()
		defer context.AfterFunc(ctx, func() { conn.Close() })()
		in := iotest.OneByteReader(conn)
		io.CopyN(io.Discard, in, int64(len("* PREAUTH ready\r\n")))
		for call := range harness.Calls(ctx) {
			fmt.Fprint(conn, "T1 NOOP\r\n")
			_, err := io.CopyN(io.Discard, in, int64(octets))
			harness.Report(ctx, harness.Claim{Call: call, Err: err})
			io.Copy(io.Discard, in)
		}
		return nil
	}}
}

// TestAClaimNeedsAllOfItsCompletionButTheLineFeed claims at each octet of a
// completion.
func TestAClaimNeedsAllOfItsCompletionButTheLineFeed(t *testing.T) {
	const ok = "T1 OK x\r\n"
	lies, truths := 0, 0
	for octets := range len(ok) + 1 {
		for _, tt := range []struct{ name, steps string }{
			{"all of it comes at once", "S: $ OK x\n"},
			{"it comes octet by octet", "S: $ OK x\n  ! server: chop 1\n"},
			{"its line feed comes late", "S= \"T1 OK x\\r\"\nT: 1s\nS= \"\\n\"\n"},
			{"its line feed comes never", "S= \"T1 OK x\\r\"\n! server: cut\n"},
			{"its line feed comes never, in lower case", "S= \"T1 ok x\\r\"\n! server: cut\n"},
			{"another octet comes in place of its line feed", "S= \"T1 OK x\\r\"\nS:\n"},
			{"another one comes behind it", "S: $ OK x\nS: * 9 EXISTS\n"},
		} {
			t.Run(fmt.Sprintf("%s, claimed at %d octets", tt.name, octets), func(t *testing.T) {
				text := "imapfuzz case 1\ntarget: client\n\nS: * PREAUTH ready\nD: noop\nC: NOOP\n" + tt.steps
				r := play(t, hasty(octets), parse(t, text))
				if octets >= len(ok)-1 {
					truths++
					wantNone(t, r)
					return
				}
				lies++
				if len(r.Findings) != 1 || r.Findings[0].Rule != "R-CL-7" {
					t.Errorf("want one finding of R-CL-7, got %d\n%s\n%s", len(r.Findings), list(r.Findings), r.Record.Transcript())
				}
			})
		}
	}
	if lies == 0 || truths == 0 {
		t.Fatalf("%d lies, %d truths", lies, truths)
	}
}

// TestAClaimMayPassOverWhatIsNoResponse claims behind replies that can be read in
// more than one way, and behind others.
func TestAClaimMayPassOverWhatIsNoResponse(t *testing.T) {
	for _, tt := range []struct {
		name, reply string
		lie         bool
	}{
		{"a line with its tag is no completion, and the completion follows", "T1 x\r\nT1 OK x\r\n", false},
		{"a line with its tag is no completion, and none follows", "T1 x\r\n", true},
		{"the completion is NO, and an OK follows", "T1 NO x\r\nT1 OK x\r\n", true},
		{"a line is no response, and what it ends with is a literal's header or is not", "\" BODY[1] {4}\r\nT1\r\n x\r\nT1 OK x\r\n", false},
		{"a line is no response, and the completion of another command follows", "\" BODY[1] {4}\r\nT1\r\n x\r\nT11 OK x\r\n", true},
		{"a line is no response, and the completion is cut", "\" BODY[1] {4}\r\nT1\r\n x\r\nT1 OK x", true},
		{"a literal has the completion", "* 1 FETCH (BODY[] {9}\r\nT1 OK x\r\n)\r\n", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := "imapfuzz case 1\ntarget: client\n\nS: * PREAUTH ready\nD: noop\nC: NOOP\n" + fmt.Sprintf("S= %q\n", tt.reply)
			r := play(t, hasty(len(tt.reply)), parse(t, text))
			lied := len(r.Findings) == 1 && r.Findings[0].Rule == "R-CL-7"
			if lied != tt.lie || !lied && len(r.Findings) > 0 {
				t.Errorf("lie: want %v, got\n%s\n%s", tt.lie, list(r.Findings), r.Record.Transcript())
			}
		})
	}
}
