package plants

import (
	"bufio"
	"fmt"
	"net"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// capabilities is what the server offers.
const capabilities = "IMAP4rev1 STARTTLS AUTH=PLAIN SASL-IR LITERAL+ IDLE MOVE UIDPLUS UNSELECT NAMESPACE ID"

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
	part  []byte // of a line whose reading was woken
	dead  bool   // nothing more can be written
	over  bool   // the session has ended in order
	tls   bool
	phase imapwire.States

	box      *mailbox // nil if none is selected
	view     []uint32 // UIDs of the messages that the client knows, in order
	readOnly bool
}

func newSession(srv *server, conn net.Conn) *session {
	s := &session{srv: srv, phase: imapwire.NotAuthenticated}
	s.wire = &wire{Conn: conn, limit: s.patience}
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

// serve talks until the client or its patience ends.
func (s *session) serve() {
	defer s.leave()
	if !s.srv.has("panic-kills") {
		defer s.rescue()
	}
	s.untagged("OK [CAPABILITY %s] ready", capabilities)
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

// open selects a mailbox; the caller holds the store's lock.
func (s *session) open(b *mailbox, readOnly bool) {
	s.shut()
	s.box, s.readOnly = b, readOnly
	s.phase = imapwire.Selected
	s.view = s.view[:0]
	for _, m := range b.msgs {
		s.view = append(s.view, m.uid)
	}
	b.watchers = append(b.watchers, s)
}

// shut deselects the mailbox; the caller holds the store's lock.
func (s *session) shut() {
	if s.box != nil {
		s.box.unwatch(s)
	}
	s.box, s.view = nil, s.view[:0]
	s.phase = imapwire.Authenticated
}

// update tells the client what has changed in its mailbox, expunged messages
// only where their numbers may change (RFC 9051, section 7.5.1). The caller
// holds the store's lock.
func (s *session) update(expunged bool) {
	if s.box == nil {
		return
	}
	if expunged && !s.srv.has("exists-falls") {
		s.tellExpunged()
	}
	known := uint32(0)
	if n := len(s.view); n > 0 {
		known = s.view[n-1]
	}
	grown := false
	for _, m := range s.box.msgs {
		if m.uid > known {
			s.view = append(s.view, m.uid)
			grown = true
		}
	}
	if s.srv.has("exists-falls") && len(s.view) > len(s.box.msgs) {
		s.view = slices.DeleteFunc(s.view, func(uid uint32) bool { return s.box.byUID(uid) == nil })
		grown = true
	}
	if grown {
		s.untagged("%d EXISTS", len(s.view))
	}
}

// tellExpunged tells which messages have gone, the last first.
func (s *session) tellExpunged() {
	for i := len(s.view) - 1; i >= 0; i-- {
		if s.box.byUID(s.view[i]) != nil {
			continue
		}
		n := i + 1
		if s.srv.has("expunge-zero") {
			n = 0
		}
		if s.srv.has("expunge-off") {
			n = len(s.view) + 1
		}
		s.untagged("%d EXPUNGE", n)
		s.view = slices.Delete(s.view, i, i+1)
	}
}

// number is the largest message number, for "*".
func (s *session) number() uint32 { return uint32(len(s.view)) }

// lastUID is the largest UID that the client knows, for "*".
func (s *session) lastUID() uint32 {
	if len(s.view) == 0 {
		return 0
	}
	return s.view[len(s.view)-1]
}

// A pick is a message of a set, with its number.
type pick struct {
	n int
	m *message
}

// pick returns the messages of set that are still there, in order. It is not
// ok if set names a message number that does not exist. The caller holds the
// store's lock.
func (s *session) pick(set string, uid bool) (out []pick, ok bool) {
	ranges, err := imapwire.ParseSet([]byte(set))
	if err != nil {
		return nil, false
	}
	if !uid {
		for _, r := range ranges {
			if max(r.First, r.Last) > s.number() || s.number() == 0 {
				return nil, false
			}
		}
	}
	for i, u := range s.view {
		in := uid && ranges.Contains(u, s.lastUID()) || !uid && ranges.Contains(uint32(i+1), s.number())
		if m := s.box.byUID(u); in && m != nil {
			out = append(out, pick{i + 1, m})
		}
	}
	return out, true
}

func utoa(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
