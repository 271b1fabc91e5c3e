package goimap

import (
	"strings"
	"testing"
)

func TestTogether(t *testing.T) {
	t.Run("no command waits for the completion of another", func(t *testing.T) {
		scripted(t, func(r *rig, s *script) {
			loggedIn(r, s)
			call := `together "search all" noop`
			r.ask(call)
			if heard := s.heard.String(); !strings.HasSuffix(heard, "T2 SEARCH ALL\r\nT3 NOOP\r\n") {
				t.Errorf("the client sent %q", heard)
			}
			s.say("T3 NO not now\r\n* SEARCH 1\r\nT2 OK done\r\n")
			if c := r.claim(call); c.Err == nil || c.Text != "done, failed" {
				t.Errorf("claim %+v", c)
			}
			r.end()
		})
	})
	t.Run("a call that may need a literal is refused", func(t *testing.T) {
		scripted(t, func(r *rig, s *script) {
			loggedIn(r, s)
			for _, call := range []string{`together "append INBOX x" noop`, `together "search subject \"é\"" noop`, "together idle"} {
				r.ask(call)
				if c := r.claim(call); c.Err == nil {
					t.Errorf("%s: claim %+v", call, c)
				}
			}
			r.end()
		})
	})
}
