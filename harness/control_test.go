package harness_test

import (
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/plants"
)

func TestTheControlSessionSeesTheMailbox(t *testing.T) {
	r := play(t, plants.Server(), parse(t, head+`
C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 STORE 2 +FLAGS (\Flagged)
C: a4 EXPUNGE
C: a5 APPEND INBOX (\Seen) {4+}
C: mail
`))
	wantNone(t, r)
	before, after := r.Record.Before, r.Record.After
	if before == nil || after == nil {
		t.Fatal("a snapshot is missing")
	}
	t.Run("as it was", func(t *testing.T) {
		if len(before.Messages) != 3 || before.UIDNext != 4 {
			t.Errorf("got %d messages, next UID %d", len(before.Messages), before.UIDNext)
		}
	})
	t.Run("and as it is", func(t *testing.T) {
		if _, ok := after.Message(3); ok {
			t.Error("message 3 was expunged and is there")
		}
		if m, _ := after.Message(2); !slices.Equal(m.Flags, []string{`\flagged`}) {
			t.Errorf("message 2 has flags %q", m.Flags)
		}
		if m, _ := after.Message(4); string(m.Body) != "mail" || m.Size != 4 {
			t.Errorf("message 4 is %q, of %d octets", m.Body, m.Size)
		}
	})
}

func TestAServerThatDoesNotServeIsTrouble(t *testing.T) {
	for _, tt := range []struct{ name, says, want string }{
		{"that says nothing", "", "no greeting"},
		{"that greets with BYE", "* BYE full\r\n", "no greeting"},
		{"that greets and answers nothing", "* OK hi\r\n", "no completion of LOGIN"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := play(t, stub(tt.says), parse(t, head+"\nT: 1s\n"))
			if len(r.Findings) == 0 || r.Findings[0].Rule != "bystander" || !strings.Contains(r.Findings[0].Summary, tt.want) {
				t.Errorf("want the bystander to say %q, got %s", tt.want, list(r.Findings))
			}
		})
	}
}

// stub is a server that says one thing and then listens.
func stub(says string) *harness.Server {
	return &harness.Server{Start: func(ln net.Listener, _ io.Writer) (func(), error) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				conn, err := ln.Accept()
				if err != nil {
					return
				}
				io.WriteString(conn, says)
				go func() {
					io.Copy(io.Discard, conn)
					conn.Close()
				}()
			}
		}()
		return func() { ln.Close(); <-done }, nil
	}}
}
