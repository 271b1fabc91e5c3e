package plants

import (
	"bufio"
	"fmt"
	"net"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// extensions is what the server offers beside the two base protocols.
const extensions = "SASL-IR LITERAL+ ID ENABLE IDLE NAMESPACE UNSELECT UIDPLUS MOVE ESEARCH SEARCHRES MULTIAPPEND BINARY" +
	" LIST-EXTENDED LIST-STATUS SPECIAL-USE CREATE-SPECIAL-USE CHILDREN STATUS=SIZE APPENDLIMIT=1048576 CONDSTORE QRESYNC"

// flushAt is how much output is gathered before it is sent.
const flushAt = 32 << 10

// A session is one connection. Its goroutine is the only one that uses it, but
// for wire's wake.
type session struct {
	srv   *server
	wire  *wire
	conn  net.Conn // wire, or TLS on it
	in    *bufio.Reader
	out   []byte
	part  []byte    // of a line whose reading was woken
	dead  bool      // nothing more can be written
	over  bool      // the session has ended in order
	bye   string    // why the session ends behind the command that is carried out
	quiet time.Time // when IDLE ends, whatever happens meanwhile
	tls   bool
	phase imapwire.States

	rev2     bool // IMAP4rev2 was enabled
	condkeep bool // modification sequences are told (RFC 7162)
	qresync  bool // VANISHED replaces EXPUNGE
	failures int  // of logins

	box      *mailbox // nil if none is selected
	view     []known  // the messages that the client knows, in order
	saved    []uint32 // UIDs of the result that "$" stands for
	words    int      // how many keywords of the mailbox the client knows
	readOnly bool

	// Of defects alone:
	later  func()    // a STORE that "store-later" has not done yet
	count  int       // of commands, for "pipeline-drops"
	used   []string  // tags, for "tag-once"
	born   time.Time // when the client logged in, for "timer-fixed"
	stolen bool      // the mailbox, for "select-steals"; the store's lock guards it
}

// capabilities is what the server offers now.
func (s *session) capabilities() string {
	extensions := extensions
	switch {
	case s.srv.has("both-literals"):
		extensions += " LITERAL-"
	case s.srv.has("literal-minus"):
		extensions = strings.ReplaceAll(extensions, "LITERAL+", "LITERAL-")
	}
	switch {
	case s.rev2 && s.srv.has("enable-changes-list"):
		return "IMAP4rev2 " + extensions
	case s.phase != imapwire.NotAuthenticated:
		return "IMAP4rev1 IMAP4rev2 " + extensions
	case s.tls:
		if s.srv.has("starttls-offered") {
			extensions += " STARTTLS"
		}
		return "IMAP4rev1 IMAP4rev2 AUTH=PLAIN " + extensions
	}
	if s.srv.has("login-disabled") {
		extensions += " LOGINDISABLED"
	}
	return "IMAP4rev1 IMAP4rev2 STARTTLS AUTH=PLAIN " + extensions
}

func newSession(srv *server, conn net.Conn) *session {
	s := &session{srv: srv, phase: imapwire.NotAuthenticated}
	s.wire = &wire{Conn: conn, limit: s.remaining}
	s.conn, s.in = s.wire, bufio.NewReader(s.wire)
	return s
}

// patience is how long the client may be silent.
func (s *session) patience() time.Duration {
	if s.srv.has("timer-short") && s.phase != imapwire.NotAuthenticated {
		return 10 * time.Minute
	}
	return inactivity
}

// remaining is how long a read may take.
func (s *session) remaining() time.Duration {
	left := s.patience()
	switch {
	case !s.born.IsZero():
		return min(left, time.Until(s.born.Add(inactivity)))
	case !s.quiet.IsZero() && s.srv.has("idle-forever"), !s.wire.since.IsZero() && s.srv.has("partial-waits"):
		return 1000 * time.Hour
	}
	if !s.quiet.IsZero() {
		return min(left, time.Until(s.quiet))
	}
	if !s.wire.since.IsZero() {
		left = min(left, commandTime-time.Since(s.wire.since))
	}
	return left
}

// serve talks until the client or its patience ends.
func (s *session) serve() {
	defer s.leave()
	if !s.srv.has("panic-kills") {
		defer s.rescue()
	}
	if s.srv.has("greeting-late") {
		s.untagged("CAPABILITY %s", s.capabilities())
	}
	s.untagged("OK [CAPABILITY %s] ready", s.capabilities())
	for !s.dead && !s.over {
		s.flush()
		c, err := s.readCommand()
		switch {
		case timedOut(err):
			s.timeout()
			return
		case err != nil:
			return
		}
		s.handle(c)
		if s.bye != "" {
			s.untagged("BYE %s", s.bye)
			s.over = !s.srv.has("bye-goes-on")
		}
	}
	s.flush()
}

// timeout says why the connection ends (RFC 9051, section 5.4).
func (s *session) timeout() {
	if s.srv.has("timer-mute") {
		return
	}
	s.untagged("BYE you were silent for too long")
	s.flush()
}

// rescue logs a panic and ends the session with BYE.
func (s *session) rescue() {
	if v := recover(); v != nil {
		fmt.Fprintf(s.srv.log, "panic: %v\n%s", v, debug.Stack())
		s.untagged("BYE internal error")
		s.flush()
	}
}

// leave lets go of the mailbox, whatever ended the session.
func (s *session) leave() {
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	if s.box == nil {
		return
	}
	s.box.locked = s.box.locked || s.srv.has("cut-keeps-lock") && !s.over
	if s.srv.has("expunge-on-leave") && !s.readOnly {
		s.box.remove(func(m *message) bool { return m.has(`\Deleted`) })
	}
	s.box.unwatch(s)
	s.box = nil
}

// untagged adds an untagged response to the output.
func (s *session) untagged(format string, args ...any) {
	s.out = fmt.Appendf(append(s.out, "* "...), format, args...)
	s.out = append(s.out, '\r', '\n')
}

// done adds the completion of a command to the output.
func (s *session) done(tag, format string, args ...any) {
	s.out = fmt.Appendf(append(append(s.out, tag...), ' '), format, args...)
	if s.srv.has("bare-lf") {
		s.out = append(s.out, '\n')
		return
	}
	s.out = append(s.out, '\r', '\n')
}

// flush sends the output. The caller holds no lock.
func (s *session) flush() {
	if len(s.out) == 0 || s.dead {
		return
	}
	if s.srv.has("writes-in-turn") {
		s.srv.gate <- struct{}{}
		defer func() { <-s.srv.gate }()
	}
	if _, err := s.conn.Write(s.out); err != nil {
		s.dead = true
	}
	s.out = s.out[:0]
}

func utoa(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
