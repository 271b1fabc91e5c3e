package goimap

import (
	"crypto/tls"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/harness"
)

// TestExtensionCalls has a scripted server grant what the honest one does not
// know.
func TestExtensionCalls(t *testing.T) {
	tests := []struct{ call, sent, reply, text string }{
		{"id", `ID ("name" "imapfuzz")`, `* ID ("name" "x")`, `name "x"`},
		{"sort -size,subject unseen", "SORT (REVERSE SIZE SUBJECT) UTF-8 UNSEEN", "* SORT 2 1", "2 messages"},
		{"uid-sort arrival", "UID SORT (ARRIVAL) UTF-8 ALL", "* SORT 7", "1 messages"},
		{"thread references", "THREAD REFERENCES UTF-8 ALL", "* THREAD (1 2)(3)", "2 threads"},
		{"uid-thread orderedsubject seen", "UID THREAD ORDEREDSUBJECT UTF-8 SEEN", "* THREAD (1)", "1 threads"},
		{"getacl INBOX", "GETACL INBOX", "* ACL INBOX bob lr", "1 identifiers"},
		{"setacl INBOX bob +lr", `SETACL INBOX "bob" "+lr"`, "", ""},
		{"setacl INBOX bob lr", `SETACL INBOX "bob" "lr"`, "", ""},
		{"myrights INBOX", "MYRIGHTS INBOX", "* MYRIGHTS INBOX lrs", `rights "lrs"`},
		{`getquota ""`, `GETQUOTA ""`, `* QUOTA "" (STORAGE 10 512)`, "1 resources"},
		{"getquotaroot INBOX", "GETQUOTAROOT INBOX", "* QUOTAROOT INBOX \"\"\r\n* QUOTA \"\" (STORAGE 10 512)", "1 roots"},
		{`setquota "" STORAGE 512`, `SETQUOTA "" (STORAGE 512)`, "", ""},
		{"getmetadata INBOX depth:1 maxsize:9 /a /b", `GETMETADATA INBOX (MAXSIZE 9 DEPTH 1) ("/a" "/b")`, `* METADATA INBOX (/a "x" /b NIL)`, "2 entries"},
		{"setmetadata INBOX /a", `SETMETADATA INBOX ("/a" NIL)`, "", ""},
		{`setmetadata INBOX /a "b c"`, `SETMETADATA INBOX ("/a" "b c")`, "", ""},
		{"unauthenticate", "UNAUTHENTICATE", "", ""},
		{"enable METADATA", "ENABLE METADATA", "* ENABLED METADATA", `enabled ["METADATA"]`},
		{`create sent \Sent`, `CREATE "sent" (USE (\Sent))`, "", ""},
	}
	for _, test := range tests {
		t.Run(test.call, func(t *testing.T) {
			scripted(t, func(r *rig, s *script) {
				loggedIn(r, s)
				r.ask(test.call)
				if heard := s.heard.String(); !strings.HasSuffix(heard, "T2 "+test.sent+"\r\n") {
					t.Errorf("the client sent %q, want %q", heard, test.sent)
				}
				if test.reply != "" {
					test.reply += "\r\n"
				}
				s.say(test.reply + "T2 OK [CAPABILITY IMAP4rev1] done\r\n")
				if c := r.claim(test.call); c.Err != nil || c.Text != test.text {
					t.Errorf("error %v, text %q, want %q", c.Err, c.Text, test.text)
				}
				if err := r.end(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestBodies(t *testing.T) {
	t.Run("a stream reports each literal as announced and as read", func(t *testing.T) {
		scripted(t, func(r *rig, s *script) {
			loggedIn(r, s)
			r.ask("stream 1:2 body[] binary[1]")
			s.say("* 1 FETCH (BODY[] {5}\r\nhello BINARY[1] \"abc\")\r\n* 2 FETCH (BODY[] NIL)\r\nT2 OK done\r\n")
			c := r.claim("stream 1:2 body[] binary[1]")
			want := []harness.Body{{Announced: 5, Got: 5}, {Announced: 3, Got: 3}}
			if c.Err != nil || c.Text != "2 messages" || len(c.Bodies) != 2 || c.Bodies[0] != want[0] || c.Bodies[1] != want[1] {
				t.Errorf("claim %+v, want %+v", c, want)
			}
			r.end()
		})
	})
	t.Run("a fetch reports the lengths of what was collected", func(t *testing.T) {
		scripted(t, func(r *rig, s *script) {
			loggedIn(r, s)
			r.ask("uid-fetch 7 body[]")
			s.say("* 1 FETCH (UID 7 BODY[] {5}\r\nhello)\r\nT2 OK done\r\n")
			if c := r.claim("uid-fetch 7 body[]"); c.Err != nil || c.Text != "1 messages, body 5" || len(c.Bodies) != 0 {
				t.Errorf("claim %+v", c)
			}
			r.end()
		})
	})
}

func TestAppend(t *testing.T) {
	call := `append INBOX "hi\r\n" \Seen`
	t.Run("it succeeds when all was taken", func(t *testing.T) {
		scripted(t, func(r *rig, s *script) {
			loggedIn(r, s)
			r.ask(call)
			s.say("+ go on\r\n")
			s.say("T2 OK [APPENDUID 9 4] done\r\n")
			if c := r.claim(call); c.Err != nil || c.Text != "uidvalidity 9, uid 4" {
				t.Errorf("claim %+v", c)
			}
			if heard := s.heard.String(); !strings.HasSuffix(heard, "T2 APPEND INBOX (\\Seen) {4}\r\nhi\r\n\r\n") {
				t.Errorf("the client sent %q", heard)
			}
			r.end()
		})
	})
	t.Run("an OK before the literal was sent is not believed", func(t *testing.T) {
		scripted(t, func(r *rig, s *script) {
			loggedIn(r, s)
			r.ask(call)
			s.say("T2 OK done\r\n")
			if c := r.claim(call); c.Err == nil {
				t.Error("it is claimed as done")
			}
			r.end()
		})
	})
}

func TestSTARTTLS(t *testing.T) {
	t.Run("the session goes on inside TLS", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			link := faultnet.NewLink(faultnet.Options{})
			r := newRig(t, link.Client())
			s := link.Server()
			io.WriteString(s, greeting)
			r.ask("starttls")
			line := make([]byte, 64)
			n, _ := s.Read(line)
			if string(line[:n]) != "T1 STARTTLS\r\n" {
				t.Fatalf("the client sent %q", line[:n])
			}
			io.WriteString(s, "T1 OK [CAPABILITY IMAP4rev1] go\r\n")
			secure := tls.Server(s, harness.ServerTLS())
			if err := secure.Handshake(); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if c := r.claim("starttls"); c.Err != nil {
				t.Fatal(c.Err)
			}
			r.ask("noop")
			n, _ = secure.Read(line)
			if !regexp.MustCompile(`^T\d NOOP\r\n$`).Match(line[:n]) {
				t.Errorf("inside TLS the client sent %q", line[:n])
			}
			r.cancel()
			r.wait()
			s.Close()
		})
	})
	t.Run("a refusal leaves no client", func(t *testing.T) {
		scripted(t, func(r *rig, s *script) {
			s.say(greeting)
			r.ask("starttls")
			s.say("T1 NO never\r\n")
			for _, call := range []string{"starttls", "noop", "caps", "connect"} {
				if call != "starttls" {
					r.ask(call)
				}
				if c := r.claim(call); c.Err == nil {
					t.Errorf("%s succeeded", call)
				}
			}
			r.end()
		})
	})
	t.Run("it must be the first call", func(t *testing.T) {
		scripted(t, func(r *rig, s *script) {
			r.ask("connect")
			r.ask("starttls")
			if c := r.claim("starttls"); c.Err != errNotFirst {
				t.Errorf("claim %+v", c)
			}
			r.end()
		})
	})
}
