package goimap

import (
	"context"
	"errors"
	"net"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/harness"
)

const greeting = "* OK [CAPABILITY IMAP4rev1 IMAP4rev2] hello\r\n"

// loggedIn is a script's beginning: the client is logged in, and has used tag T1.
func loggedIn(r *rig, s *script) {
	s.t.Helper()
	s.say(greeting)
	r.ask("login test test")
	s.say("T1 OK [CAPABILITY IMAP4rev1 UIDPLUS MOVE] done\r\n")
	if c := r.claim("login test test"); c.Err != nil {
		s.t.Fatal(c.Err)
	}
}

func TestCallsAreMadeInTurn(t *testing.T) {
	t.Run("a call waits for the one before", func(t *testing.T) {
		scripted(t, func(r *rig, s *script) {
			s.say(greeting)
			r.ask("noop")
			r.ask("capability")
			if heard := s.heard.String(); heard != "T1 NOOP\r\n" {
				t.Errorf("before the answer the client sent %q", heard)
			}
			s.say("T1 OK done\r\n")
			if heard := s.heard.String(); heard != "T1 NOOP\r\nT2 CAPABILITY\r\n" {
				t.Errorf("after the answer the client had sent %q", heard)
			}
			s.say("* CAPABILITY B A\r\nT2 OK done\r\n")
			if c := r.claim("capability"); c.Err != nil || strings.Join(c.Caps, " ") != "A B" {
				t.Errorf("claim %+v", c)
			}
			if err := r.end(); err != nil {
				t.Error(err)
			}
			if c := r.claim("close"); c.Err != nil {
				t.Errorf("close: %v", c.Err)
			}
		})
	})
	t.Run("a third call is not taken while one blocks and one waits", func(t *testing.T) {
		scripted(t, func(r *rig, s *script) {
			s.say(greeting)
			r.ask("noop")
			r.ask("noop")
			select {
			case r.calls <- "close":
				t.Error("it was taken")
			case <-time.After(time.Hour):
			}
			s.say("T1 OK done\r\n")
			r.ask("close")
			if err := r.end(); err == nil {
				t.Error("the second noop cannot have succeeded")
			}
		})
	})
	t.Run("the greeting is waited for", func(t *testing.T) {
		scripted(t, func(r *rig, s *script) {
			r.ask("login a b")
			if heard := s.heard.String(); heard != "" {
				t.Errorf("before the greeting the client sent %q", heard)
			}
			s.say(greeting)
			if heard := s.heard.String(); heard != "T1 LOGIN \"a\" \"b\"\r\n" {
				t.Errorf("after it %q", heard)
			}
			s.say("T1 NO [AUTHENTICATIONFAILED] sorry\r\n")
			var no *imap.Error
			if err := r.end(); !errors.As(err, &no) {
				t.Errorf("Drive returned %v, want the NO", err)
			}
		})
	})
	t.Run("a server that says BYE at once is not sent anything", func(t *testing.T) {
		scripted(t, func(r *rig, s *script) {
			s.say("* BYE too busy\r\n")
			r.ask("noop")
			if c := r.claim("noop"); c.Err == nil || s.heard.String() != "" {
				t.Errorf("claim %+v, the client sent %q", c, s.heard.String())
			}
			r.end()
		})
	})
}

func TestCapabilityGoesFirst(t *testing.T) {
	bare := regexp.MustCompile(`^T1 CAPABILITY\r\nT2 LOGIN .*\r\nT3 CAPABILITY\r\nT4 IDLE\r\n$`)
	for range 100 {
		scripted(t, func(r *rig, s *script) {
			r.ask("login test test")
			s.say("* OK hello\r\n")
			r.ask("idle") // waits behind the login
			s.say("T2 OK done\r\n")
			if heard := s.heard.String(); !bare.MatchString(heard) {
				t.Fatalf("the client sent %q", heard)
			}
			s.say("* CAPABILITY IDLE\r\nT1 OK done\r\n+ go on\r\n")
			if c := r.claim("idle"); c.Err != nil {
				t.Error(c.Err)
			}
			r.end()
		})
		if t.Failed() {
			return
		}
	}
}

func TestCallsThatAreMadeAtOnce(t *testing.T) {
	t.Run("close ends a call that blocks", func(t *testing.T) {
		scripted(t, func(r *rig, s *script) {
			s.say(greeting)
			r.ask("noop")
			r.ask("close")
			if c := r.claim("noop"); c.Err == nil {
				t.Error("noop succeeded without an answer")
			}
			r.claim("close")
			if err := r.end(); err == nil {
				t.Error("Drive claims success")
			}
		})
	})
	t.Run("close works before there is a client", func(t *testing.T) {
		scripted(t, func(r *rig, s *script) {
			r.ask("close")
			if c := r.claim("close"); c.Err != nil {
				t.Error(c.Err)
			}
			r.ask("noop")
			if c := r.claim("noop"); c.Err == nil {
				t.Error("noop succeeded on a closed connection")
			}
			r.end()
		})
	})
	t.Run("state, mailbox and unilateral answer while another call blocks", func(t *testing.T) {
		scripted(t, func(r *rig, s *script) {
			r.ask("state")
			r.ask("mailbox")
			if a, b := r.claim("state").Text, r.claim("mailbox").Text; a != "none" || b != "none" {
				t.Errorf("before a client: %q, %q", a, b)
			}
			loggedIn(r, s)
			r.ask("select INBOX")
			s.say("* 3 EXISTS\r\nT2 OK [READ-WRITE] done\r\n")
			r.ask("noop")
			s.say("* 4 EXISTS\r\n* 1 EXPUNGE\r\n* 2 FETCH (FLAGS () BODY[] {2}\r\nhi)\r\n")
			for call, want := range map[string]string{
				"state": "selected", "mailbox": `3 messages in "INBOX"`, "unilateral": "1 expunge, 1 mailbox, 1 fetch, 0 metadata",
			} {
				r.ask(call)
				if got := r.claim(call).Text; got != want {
					t.Errorf("%s: %q, want %q", call, got, want)
				}
			}
			s.say("T3 OK done\r\n")
			if err := r.end(); err != nil {
				t.Error(err)
			}
		})
	})
}

func TestIdle(t *testing.T) {
	t.Run("it lasts, begins anew every 28 minutes, and ends with done", func(t *testing.T) {
		scripted(t, func(r *rig, s *script) {
			loggedIn(r, s)
			r.ask("idle")
			if r.find("idle") != nil {
				t.Error("idle is claimed before the server went along")
			}
			s.say("+ idling\r\n")
			if c := r.claim("idle"); c.Err != nil {
				t.Fatal(c.Err)
			}
			time.Sleep(29 * time.Minute)
			s.say("T2 OK done\r\n+ idling\r\n")
			r.ask("done")
			s.say("T3 OK done\r\n")
			if c := r.claim("done"); c.Err != nil {
				t.Error(c.Err)
			}
			if heard, want := s.heard.String(), "T2 IDLE\r\nDONE\r\nT3 IDLE\r\nDONE\r\n"; !strings.HasSuffix(heard, want) {
				t.Errorf("the client sent %q, want the end %q", heard, want)
			}
			if err := r.end(); err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("calls that would send a command are refused meanwhile", func(t *testing.T) {
		scripted(t, func(r *rig, s *script) {
			loggedIn(r, s)
			r.ask("done")
			if c := r.claim("done"); !errors.Is(c.Err, errNotIdle) {
				t.Errorf("done before idle: %v", c.Err)
			}
			r.ask("idle")
			s.say("+ idling\r\n")
			r.ask("noop")
			if c := r.claim("noop"); !errors.Is(c.Err, errIdling) {
				t.Errorf("noop: %v", c.Err)
			}
			r.ask("caps")
			if c := r.claim("caps"); len(c.Caps) != 3 {
				t.Errorf("caps: %v", c.Caps)
			}
			r.end() // while IDLE runs
		})
	})
	t.Run("an idle that is refused is over", func(t *testing.T) {
		scripted(t, func(r *rig, s *script) {
			loggedIn(r, s)
			r.ask("idle")
			s.say("T2 NO not now\r\n")
			if c := r.claim("idle"); c.Err == nil {
				t.Error("it is claimed to run")
			}
			r.end()
		})
	})
}

func TestDriveEnds(t *testing.T) {
	t.Run("a done context closes the connection and ends a call that blocks", func(t *testing.T) {
		scripted(t, func(r *rig, s *script) {
			s.say(greeting)
			r.ask("noop")
			r.ask("capability")
			r.cancel()
			if err := r.wait(); err == nil {
				t.Error("Drive claims success")
			}
			r.claim("close")
			r.claim("noop")
			if r.find("capability") != nil {
				t.Error("a call that was not begun is claimed")
			}
		})
	})
	t.Run("a done context ends a Drive with nothing to do", func(t *testing.T) {
		scripted(t, func(r *rig, s *script) {
			r.cancel()
			if err := r.wait(); !errors.Is(err, context.Canceled) {
				t.Errorf("Drive returned %v", err)
			}
		})
	})
	t.Run("the end of the connection ends a call that blocks", func(t *testing.T) {
		scripted(t, func(r *rig, s *script) {
			s.say(greeting)
			r.ask("noop")
			s.Close()
			synctest.Wait()
			if c := r.claim("noop"); c.Err == nil {
				t.Error("noop succeeded without an answer")
			}
			if err := r.end(); err == nil {
				t.Error("Drive claims success")
			}
		})
	})
	t.Run("without calls it closes the connection and is content", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			link := faultnet.NewLink(faultnet.Options{})
			if err := Client().Drive(t.Context(), link.Client()); err != nil {
				t.Error(err)
			}
			if _, err := link.Server().Read(make([]byte, 1)); err == nil {
				t.Error("the connection is still open")
			}
		})
	})
	t.Run("a panic in a call leaves no goroutine behind", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			link := faultnet.NewLink(faultnet.Options{})
			link.Server().Write([]byte(greeting))
			calls := make(chan string, 1)
			calls <- "noop"
			d := &driver{ctx: t.Context(), conn: &tap{Conn: panicky{link.Client()}}, calls: calls, report: func(harness.Claim) {}}
			defer func() {
				if recover() == nil {
					t.Error("the panic got lost")
				}
				synctest.Wait()
			}()
			d.run()
		})
	})
}

// panicky is a connection whose Write panics.
type panicky struct{ net.Conn }

func (panicky) Write([]byte) (int, error) { panic("planted") }

func TestCallsThatAreNone(t *testing.T) {
	scripted(t, func(r *rig, s *script) {
		bad := []string{"", "dance", "select", "noop noop", `append INBOX "x`, "fetch 0 flags", "fetch 1 nonsense", "search larger", "store 1 flug x",
			"sort date nonsense", "setquota x y z", "getmetadata x depth:9 y", "select INBOX nonsense", "list a b nonsense", "status x nonsense"}
		s.say(greeting)
		for _, call := range bad {
			r.ask(call)
			if c := r.claim(call); c.Err == nil {
				t.Errorf("%q: no error", call)
			}
		}
		if heard := s.heard.String(); heard != "" {
			t.Errorf("the client sent %q", heard)
		}
		if err := r.end(); err == nil {
			t.Error("Drive claims success")
		}
	})
}
