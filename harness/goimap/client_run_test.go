package goimap

import (
	"slices"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
)

const honestCase = `imapfuzz case 1
# A day of work.
target: client
peer: honest

D: login test test
D: create work
D: select INBOX
D: stream 1:* uid body.peek[]
D: append work "Subject: x\r\n\r\ny\r\n"
D: uid-copy 1 work
D: store 1 +flags \Deleted
D: expunge
D: mailbox
D: idle
T: 1h
D: done
D: logout
`

const secureCase = `imapfuzz case 1
# A session that begins with STARTTLS.
target: client
peer: honest

D: starttls
D: capability
D: login test test
D: logout
`

// run runs a case and returns the claims by call.
func run(t *testing.T, text string) (*harness.Result, map[string]*harness.Claim) {
	t.Helper()
	c, err := corpus.Parse("test", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	res := harness.Run(t, Client(), c, harness.Options{})
	if res.Err != nil {
		t.Fatal(res.Err)
	}
	claims := make(map[string]*harness.Claim)
	for _, e := range res.Record.Events {
		if e.Kind == harness.Claimed {
			claims[e.Text] = e.Claim
		}
	}
	if len(claims) == 0 {
		t.Fatal("nothing was claimed")
	}
	return res, claims
}

// TestCases runs the client as the harness does.
func TestCases(t *testing.T) {
	t.Run("all calls of a case are claimed, in order, and nothing is found", func(t *testing.T) {
		res, _ := run(t, honestCase)
		for _, f := range res.Findings {
			t.Errorf("finding %+v", f)
		}
		var called, claimed []string
		bodies := 0
		for _, e := range res.Record.Events {
			switch e.Kind {
			case harness.Called:
				called = append(called, e.Text)
			case harness.Claimed:
				claimed = append(claimed, e.Text)
				if e.Claim.Err != nil {
					t.Errorf("%s: %v", e.Text, e.Claim.Err)
				}
				bodies += len(e.Claim.Bodies)
			}
		}
		if len(called) != 12 || strings.Join(append(called, "close"), "\n") != strings.Join(claimed, "\n") {
			t.Errorf("called %q, claimed %q, diverged %q", called, claimed, res.Record.Diverged)
		}
		if mail := harness.Mail(); bodies != len(mail[:]) {
			t.Errorf("%d bodies were reported, the mailbox has %d messages", bodies, len(mail[:]))
		}
		if d := res.Record.Driven; d == nil || !d.Returned || d.Err != nil {
			t.Errorf("Drive ended as %+v", d)
		}
	})
	t.Run("calls go on inside TLS", func(t *testing.T) {
		res, claims := run(t, secureCase)
		for _, call := range []string{"starttls", "capability", "login test test", "logout", "close"} {
			if c := claims[call]; c == nil || c.Err != nil {
				t.Errorf("%s: %+v, diverged %q", call, c, res.Record.Diverged)
			}
		}
		if c := claims["capability"]; c != nil && !slices.Contains(c.Caps, "IMAP4rev2") {
			t.Errorf("capabilities %q", c.Caps)
		}
	})
}

func TestALateLineFeedIsNoLie(t *testing.T) {
	res, claims := run(t, `imapfuzz case 1
target: client
peer: honest
plan: server after "\r" 5: stall 1ms

D: login test test
D: list "" *
D: getquotaroot INBOX
`)
	if c := claims[`list "" *`]; c == nil || c.Err != nil {
		t.Fatalf("the list: %+v", c)
	}
	for _, f := range res.Findings {
		t.Errorf("%v", f)
	}
}
