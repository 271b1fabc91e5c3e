package plants

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"net"
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
	if s.tls && s.srv.has("tls-twice-no") {
		return "NO TLS is there already"
	}
	if s.tls {
		return "BAD TLS is there already"
	}
	s.done(tag, "OK go ahead")
	s.flush()
	if s.srv.has("handshake-optional") {
		if first, err := s.in.Peek(1); err == nil && first[0] != 22 { // no handshake
			return ""
		}
	}
	behind, _ := s.in.Peek(s.in.Buffered())
	conn := tls.Server(s.wire, harness.ServerTLS())
	if s.srv.has("handshake-optional") {
		conn = tls.Server(prefixed{s.wire, io.MultiReader(bytes.NewReader(bytes.Clone(behind)), s.wire)}, harness.ServerTLS())
	}
	if conn.Handshake() != nil {
		s.dead = true
		return ""
	}
	s.tls, s.conn = true, conn
	if s.srv.has("starttls-keeps") {
		s.in.Reset(io.MultiReader(bytes.NewReader(bytes.Clone(behind)), conn))
		return ""
	}
	s.in.Reset(conn)
	return ""
}

// prefixed is a connection some of whose input was read already: for
// "handshake-optional" alone.
type prefixed struct {
	net.Conn
	io.Reader
}

// Read reads what was read already, and then on.
func (p prefixed) Read(b []byte) (int, error) { return p.Reader.Read(b) }

// challenge is the empty challenge of PLAIN.
func (s *session) challenge() string {
	switch {
	case s.srv.has("challenge-bare"):
		return "+\r\n"
	case s.srv.has("challenge-text"):
		return "+ go ahead\r\n"
	}
	return "+ \r\n"
}

func (s *session) login(name, pass string) string {
	s.srv.mu.Lock()
	shut := s.srv.shut
	s.srv.mu.Unlock()
	if name != user && s.srv.has("names-user") {
		return "NO [AUTHENTICATIONFAILED] there is no user of that name"
	}
	if shut || name != user || pass != password {
		return s.failed()
	}
	s.phase = imapwire.Authenticated
	if s.srv.has("timer-fixed") {
		s.born = time.Now()
	}
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
		s.out = append(s.out, s.challenge()...)
		s.flush()
		var err error
		if line, err = s.readLine(); err != nil {
			s.breakOff(err)
			s.dead = true
			return ""
		}
	}
	line = bytes.TrimRight(line, "\r\n")
	if string(line) == "*" && s.srv.has("cancel-no") {
		return "NO AUTHENTICATE was cancelled"
	}
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
func (s *session) idle(tag string) string {
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
			if s.srv.has("done-in-capitals") && !bytes.HasPrefix(line, []byte("DONE")) {
				return "BAD that is not DONE"
			}
			return "OK IDLE completed"
		case err == nil && s.srv.has("idle-executes"):
			s.done(tag, "BAD that is not DONE")
			s.handle(command{raw: line})
			return ""
		case err == nil && s.srv.has("idle-ignores"):
			continue
		case err == nil:
			return "BAD that is not DONE"
		case timedOut(err) && s.wire.woken():
			continue
		case timedOut(err) && s.srv.has("idle-ends"):
			return "NO you were silent for too long"
		default:
			s.breakOff(err)
		}
		s.dead = true
		return ""
	}
}

// breakOff says why a line that is due ends the session.
func (s *session) breakOff(err error) {
	switch {
	case timedOut(err):
		s.timeout()
	case errors.Is(err, errLine):
		s.untagged("BYE the line is too long")
		s.flush()
	}
}
