package harness

import (
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// ledger makes a session of lines: "C " are read by the server, "S " are sent by
// it, and \r\n is added unless the line ends in a backslash.
func ledger(t *testing.T, lines ...string) *Session {
	t.Helper()
	rec := &Record{Tests: corpus.Server, Case: &corpus.Case{}}
	for _, l := range append([]string{"S * OK ready"}, lines...) {
		kind := ServerGot
		if l[0] == 'S' {
			kind = ServerSent
		}
		data, part := strings.CutSuffix(l[2:], `\`)
		data = strings.ReplaceAll(data, "|", "\r\n")
		if !part {
			data += "\r\n"
		}
		rec.Events = append(rec.Events, Event{Kind: kind, Conn: 1, Data: []byte(data)})
	}
	var pool []*Session
	all := sessions(rec, &pool)
	if len(all) != 1 {
		t.Fatalf("want one session, got %d", len(all))
	}
	return all[0]
}

// answers lists the commands with the status that each got.
func answers(s *Session) string {
	var out []string
	for i := range s.Commands {
		c := &s.Commands[i]
		word := "-"
		if c.Answer >= 0 {
			word = s.Responses[c.Answer].Status.String()
		}
		out = append(out, string(c.Tag)+" "+c.Name+" "+word)
	}
	return strings.Join(out, ", ")
}

func TestLedger(t *testing.T) {
	for _, tt := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"a literal that is asked for belongs to its command",
			[]string{"C a1 LOGIN {4}", "S + go", "C test test", "S a1 OK"}, "a1 LOGIN OK"},
		{"a literal that is sent at once belongs to its command",
			[]string{"C a1 LOGIN {8+}", "C a2 NOOP test", "S a1 NO"}, "a1 LOGIN NO"},
		{"a literal without a tag is refused by an untagged BAD, and the next line is a command",
			[]string{"C {4}", "S * BAD no tag", "C a1 NOOP", "S a1 OK"}, "{4}  BAD, a1 NOOP OK"},
		{"so is one without a blank behind the tag",
			[]string{"C a1{4}", "S * BAD no tag", "C a2 NOOP", "S a2 OK"}, "a1{4}  BAD, a2 NOOP OK"},
		{"one with a tag is not",
			[]string{"C a1 {4}", "S * BAD what", "C zz9 NOOP"}, "a1 {4} -"},
		{"a literal that is refused ends its command, and the next line is a command",
			[]string{"C a1 LOGIN {4}", "S a1 NO", "C a2 NOOP", "S a2 OK"}, "a1 LOGIN NO, a2 NOOP OK"},
		{"an empty literal is one",
			[]string{"C a1 LOGIN {0+}| test", "S a1 NO"}, "a1 LOGIN NO"},
		{"octets sent before they were asked for wait for the server's word",
			[]string{"C a1 LOGIN {4}|test test|a2 NOOP", "S + go", "S a1 OK", "S a2 OK"}, "a1 LOGIN OK, a2 NOOP OK"},
		{"commands in one line of flight are completed one after another",
			[]string{"C a1 NOOP|a2 NOOP|a3 NOOP", "S a1 OK", "S a2 OK", "S a3 BAD"}, "a1 NOOP OK, a2 NOOP OK, a3 NOOP BAD"},
		{"a tag that is used again goes to the oldest command that waits",
			[]string{"C a1 NOOP", "S a1 OK", "C a1 CHECK|a1 NOOP", "S a1 NO", "S a1 OK"}, "a1 NOOP OK, a1 CHECK NO, a1 NOOP OK"},
		{"DONE ends IDLE and is no command",
			[]string{"C a1 IDLE", "S + idling", "C DONE", "S a1 OK", "C a2 NOOP", "S a2 OK"}, "a1 IDLE OK, a2 NOOP OK"},
		{"what comes behind DONE in one read is a command",
			[]string{"C a1 IDLE", "S + idling", "C DONE|a2 LOGIN {4}|test test", "S a1 OK", "S + go", "S a2 NO"}, "a1 IDLE OK, a2 LOGIN NO"},
		{"an IDLE that is refused leaves lines to be commands",
			[]string{"C a1 IDLE", "S a1 BAD", "C a2 NOOP", "S a2 OK"}, "a1 IDLE BAD, a2 NOOP OK"},
		{"the answer to a challenge is no command",
			[]string{"C a1 AUTHENTICATE PLAIN", "S + ", "C AHRlc3QAdGVzdA==", "S a1 OK", "C a2 NOOP", "S a2 OK"}, "a1 AUTHENTICATE OK, a2 NOOP OK"},
		{"an untagged BAD answers a line that has no tag",
			[]string{"C ", "S * BAD what", "C a2 NOOP", "S a2 OK"}, "  BAD, a2 NOOP OK"},
		{"a command that came in part is the last, and open",
			[]string{`C a1 LOGIN te\`}, "a1 LOGIN -"},
		{"a completion may come before the end of the literal that it refuses",
			[]string{`C a1 APPEND INBOX {9+}|abc\`, "S a1 NO", "C defghi", "C a2 NOOP", "S a2 OK"}, "a1 APPEND NO, a2 NOOP OK"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := ledger(t, tt.lines...)
			if got := answers(s); got != tt.want {
				t.Errorf("want %q, got %q", tt.want, got)
			}
			for i := range s.Responses {
				if r := &s.Responses[i]; r.Type == imapwire.Tagged && r.Command < 0 || r.Command == noReason {
					t.Errorf("nobody waits for %q", r.Raw)
				}
			}
		})
	}
}

func TestLedgerFollowsTheState(t *testing.T) {
	for _, tt := range []struct {
		name    string
		lines   []string
		phase   Phase
		mailbox string
		ro      bool
	}{
		{"a greeting alone does not log in", nil, NotAuthenticated, "", false},
		{"LOGIN logs in", []string{"C a LOGIN x y", "S a OK"}, Authenticated, "", false},
		{"LOGIN that fails does not", []string{"C a LOGIN x y", "S a NO"}, NotAuthenticated, "", false},
		{"SELECT selects", []string{"C a LOGIN x y", "S a OK", "C b SELECT inbox", "S b OK"}, Selected, "INBOX", false},
		{"EXAMINE selects read-only", []string{"C a LOGIN x y", "S a OK", "C b EXAMINE \"box\"", "S b OK"}, Selected, "box", true},
		{"SELECT that fails deselects", []string{"C a LOGIN x y", "S a OK", "C b SELECT x", "S b OK", "C c SELECT y", "S c NO"}, Authenticated, "", false},
		{"CLOSE deselects", []string{"C a LOGIN x y", "S a OK", "C b SELECT x", "S b OK", "C c CLOSE", "S c OK"}, Authenticated, "", false},
		{"LOGOUT ends", []string{"C a LOGOUT", "S * BYE", "S a OK"}, LoggedOut, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := ledger(t, tt.lines...)
			if s.Phase != tt.phase || s.Mailbox != tt.mailbox || s.ReadOnly != tt.ro {
				t.Errorf("want %v %q %v, got %v %q %v", tt.phase, tt.mailbox, tt.ro, s.Phase, s.Mailbox, s.ReadOnly)
			}
		})
	}
}

func TestLedgerHidesWhatLiteralsHold(t *testing.T) {
	s := ledger(t, "C a1 LOGIN {10+}|zz9 NOOP|| test", "S zz9 OK", "S a1 NO")
	if !s.Hidden([]byte("zz9")) {
		t.Error("zz9 stands inside a literal")
	}
	if s.Hidden([]byte("zz8")) {
		t.Error("zz8 stands nowhere")
	}
}
