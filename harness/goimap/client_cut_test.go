//go:build !race

// Imapclient reads a short literal again after its end, while its decoder goes on:
// a data race of its own. So these tests are left out under the race detector.

package goimap

import (
	"testing"
	"testing/synctest"
)

const cutCase = `imapfuzz case 1
# A literal is cut in the middle.
target: client

S: * PREAUTH [CAPABILITY IMAP4rev1] hello
D: stream 1 body[]
S= "* 1 FETCH (BODY[] {10}\r\nhell"
! server: cut
`

func TestALiteralThatWasCutIsAClaimWithAnError(t *testing.T) {
	res, claims := run(t, cutCase)
	c := claims["stream 1 body[]"]
	if c == nil || c.Err == nil || len(c.Bodies) != 1 || c.Bodies[0].Announced != 10 || c.Bodies[0].Got != 4 {
		t.Errorf("claim %+v", c)
	}
	if d := res.Record.Driven; d == nil || !d.Returned || d.Err == nil {
		t.Errorf("Drive ended as %+v", d)
	}
}

func TestALiteralThatIsCutOffIsSeenAsShortWhateverItsReaderSays(t *testing.T) {
	scripted(t, func(r *rig, s *script) {
		loggedIn(r, s)
		r.ask("stream 1 body[]")
		s.say("* 1 FETCH (BODY[] {10}\r\nhell")
		s.Close()
		synctest.Wait()
		c := r.claim("stream 1 body[]")
		if c.Err == nil || len(c.Bodies) != 1 || c.Bodies[0].Announced != 10 || c.Bodies[0].Got != 4 {
			t.Errorf("claim %+v", c)
		}
		r.end()
	})
}
