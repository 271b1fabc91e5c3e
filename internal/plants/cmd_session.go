package plants

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// maxFailures is how often a login may fail.
const maxFailures = 10

func (s *session) logout() string {
	if !s.srv.has("logout-without-bye") {
		s.untagged("BYE until later")
	}
	s.over = true
	return "OK LOGOUT completed"
}

// startTLS goes on inside TLS. What was sent behind the command in plaintext is
// thrown away (RFC 9051, section 6.2.1).
func (s *session) startTLS(tag string) string {
	if s.tls {
		return "BAD TLS is there already"
	}
	s.done(tag, "OK go ahead")
	s.flush()
	conn := tls.Server(s.wire, harness.ServerTLS())
	if conn.Handshake() != nil {
		s.dead = true
		return ""
	}
	s.tls, s.conn = true, conn
	s.in.Reset(conn)
	return ""
}

func (s *session) login(name, pass string) string {
	s.srv.mu.Lock()
	shut := s.srv.shut
	s.srv.mu.Unlock()
	if shut || name != user || pass != password {
		return s.failed()
	}
	s.phase = imapwire.Authenticated
	return "OK [CAPABILITY " + s.capabilities() + "] logged in"
}

// failed is the answer to a login that fails: it does not tell why, and after
// some the session ends (RFC 9051, section 11.7).
func (s *session) failed() string {
	if s.failures++; s.failures > maxFailures {
		s.bye = "too many failed logins"
	}
	return "NO [AUTHENTICATIONFAILED] wrong user or password"
}

// authenticate does SASL PLAIN (RFC 4616), with or without an initial response
// (RFC 4959).
func (s *session) authenticate(args []arg) string {
	if args[0].word() != "PLAIN" {
		return "NO that mechanism is not supported"
	}
	var line []byte
	if len(args) > 1 {
		line = []byte(args[1].text)
	} else {
		s.out = append(s.out, "+ \r\n"...)
		s.flush()
		var err error
		if line, err = s.readLine(); err != nil {
			if timedOut(err) {
				s.timeout()
			}
			s.dead = true
			return ""
		}
	}
	line = bytes.TrimRight(line, "\r\n")
	if string(line) == "*" {
		return "BAD AUTHENTICATE was cancelled"
	}
	if len(args) > 1 && string(line) == "=" { // RFC 4959, section 3: an empty response
		line = nil
	}
	plain, err := base64.StdEncoding.Strict().DecodeString(string(line))
	if err != nil {
		return "BAD that is not base64"
	}
	parts := strings.Split(string(plain), "\x00")
	if len(parts) != 3 {
		return s.failed()
	}
	return s.login(parts[1], parts[2])
}

// idle tells what happens until the client says DONE (RFC 9051, section
// 6.3.13). It has no goroutine of its own: changes wake the read.
func (s *session) idle() string {
	if s.srv.has("idle-goroutine") {
		go func() { <-s.srv.never }()
	}
	s.out = append(s.out, "+ idling\r\n"...)
	s.quiet = time.Now().Add(s.patience())
	defer func() { s.quiet = time.Time{} }()
	s.wire.woken()
	s.wire.idle(true)
	defer s.wire.idle(false)
	for {
		s.srv.store.mu.Lock()
		s.update(true)
		s.srv.store.mu.Unlock()
		s.flush()
		line, err := s.readLine()
		switch {
		case err == nil && strings.EqualFold(strings.TrimRight(string(line), "\r\n"), "DONE"):
			return "OK IDLE completed"
		case err == nil:
			return "BAD that is not DONE"
		case timedOut(err) && s.wire.woken():
			continue
		case timedOut(err):
			s.timeout()
		}
		s.dead = true
		return ""
	}
}
