package harness

import (
	"bytes"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// Phase is the state of an IMAP session (RFC 9051, section 3).
type Phase uint8

// The states of a session.
const (
	Greeting Phase = iota // before the greeting
	NotAuthenticated
	Authenticated
	Selected
	LoggedOut
)

// String returns the state's name.
func (p Phase) String() string {
	return [...]string{"greeting", "not-authenticated", "authenticated", "selected", "logout"}[p]
}

// A Session is one connection of a run as the target saw it, cut into commands
// and responses.
type Session struct {
	Conn      int
	Commands  []Command
	Responses []Response
	Items     []Item // commands (when complete), responses and ends in the order in which the target saw them

	Phase    Phase // at the end
	Mailbox  string
	ReadOnly bool

	Murky    int    // event that brought a quoted string without end: a server may take what follows for part of it; -1: never
	Broken   int    // event by which the peer had broken the protocol so far that what follows cannot be told apart; -1: never
	Residue  []byte // what the server sent after the last whole response
	Pending  []byte // what the client sent after the last whole command
	Waiting  bool   // a literal was announced, or a continuation is due, and the server has said nothing yet
	TLS      bool
	PeerGone int // event at which the other side's stream had ended for the target; -1: never
	SelfGone int // event at which the target closed; -1: never
	Faulted  int // event of the first fault that can have touched what the target sees or sends; -1: never
	Hasty    int // event by which the client had sent more although it was the server's turn; -1: never

	hasteIn   mode // what it was the server's turn for
	hastyAt   int  // where in in
	hastyFree bool // the server had completed the command by then, so that it would not take its turn
	mode      mode
	in, out   []byte // all that the two sides sent
	pos       int    // of the first byte of in that is not yet understood
	sent      int    // of the first byte of out that is not yet a response
	start     int    // of the first byte in in of the command that is under way; -1: none is
	begun     int    // event that brought it
	lits      []pendingLiteral
	need      uint64
	rest      bool   // a line was refused before its end
	early     int    // index of the response that completed the command that is under way, before it had come whole; -1
	released  int    // event that brought the last line behind IDLE or AUTHENTICATE
	tlsDue    bool   // STARTTLS was answered OK
	tlsEarly  bool   // the handshake began before it was
	behind    int    // index of the first command behind STARTTLS, while it is not known whether TLS begins
	inside    int    // index of the first response inside TLS
	hidden    []span // literal contents in in: never commands
	open      []int  // indexes of commands that are not completed
	selecting int    // how many of them are SELECT or EXAMINE
	blocked   int    // index in Commands of the IDLE or AUTHENTICATE that is in progress; -1
	framer    imapwire.Framer
	greeted   bool
	facts     facts
	ids       identities // of the run; only the first session's is used
	model     mailModel  // the same
}

// A Command is a command as the target saw it.
type Command struct {
	imapwire.Command
	Err      *imapwire.Error // not nil: the strict grammar refuses it
	Literals []CommandLiteral
	Pos      int // of its first byte in all that the client sent
	Begun    int // event that brought its first byte
	Received int // event that brought its last byte; -1: it never came whole
	Answer   int // index of its completion in Session.Responses; -1: none
	Phase    Phase
	ReadOnly bool
	Void     bool   // it came in plaintext behind STARTTLS: nobody may answer it
	Mailbox  string // the mailbox that was selected
	Reply    []byte // of IDLE and AUTHENTICATE: the last line that came behind it, where the server was ready for one
}

// A CommandLiteral is a literal that a command announced.
type CommandLiteral struct {
	imapwire.Literal
	Data    []byte // what came of it
	Go      bool   // the server asked for it
	Refused bool   // the server completed the command instead
	Late    bool   // ... and only when more had come, that it had not asked for
	Event   int    // that brought the end of its header
	Whole   int    // event that brought its last octet; -1: none did
}

// A Response is a response as the target saw it.
type Response struct {
	imapwire.Response
	Err        *imapwire.Error
	Event      int  // that brought its last byte
	Pos        int  // of its first byte in all that the server sent
	Command    int  // Tagged: index of the command that it completes, -1 for none
	Selecting  bool // a SELECT or EXAMINE is in progress
	InProgress int  // index of the oldest command in progress, -1 for none
	Phase      Phase
}

// A span is a stretch of what the client sent.
type span struct{ from, to int }

// A pendingLiteral is a literal of the command that is under way.
type pendingLiteral struct {
	imapwire.Literal
	data  span
	goOn  bool
	no    bool
	late  bool // more came before the server's word
	at    int  // event that brought the end of the header
	whole int  // event that brought the last octet; -1: none did
}

// ItemKind says what an Item is.
type ItemKind uint8

// The kinds of items.
const (
	CommandItem ItemKind = iota
	ResponseItem
	EndItem
)

// An Item is a place in a session.
type Item struct {
	Kind  ItemKind
	Index int // in Commands or Responses
	Event int
}

type mode uint8

const (
	modeLine    mode = iota // a command line, or the rest of one, is due
	modeAwait               // a synchronizing literal was announced: the server's turn
	modeLiteral             // octets of a literal are due
	modeIdleAwait
	modeIdle
	modeAuthAwait
	modeAuth
	modeStartTLS
	modeRest // the rest of a line that was refused before its end, and is no command
)

// sessions cuts the events of rec into sessions, from the target's own view.
func sessions(rec *Record, pool *[]*Session) []*Session {
	in, out := ServerGot, ServerSent
	if rec.Tests == corpus.Client {
		in, out = ClientSent, ClientGot
	}
	var all []*Session
	get := func(conn int) *Session {
		for len(all) < conn {
			if len(*pool) == len(all) {
				*pool = append(*pool, new(Session))
			}
			s := (*pool)[len(all)]
			s.reset(len(all) + 1)
			all = append(all, s)
		}
		return all[conn-1]
	}
	for i := range rec.Events {
		e := &rec.Events[i]
		if e.Conn == 0 {
			continue
		}
		s := get(e.Conn)
		switch e.Kind {
		case in:
			if s.mode == modeAwait {
				s.lits[len(s.lits)-1].late = true
			}
			s.in = append(s.in, e.Data...)
			s.advance(i)
			s.haste(i)
		case out:
			s.out = append(s.out, e.Data...)
			for n, ok := s.framer.Next(s.out[s.sent:]); ok; n, ok = s.framer.Next(s.out[s.sent:]) {
				unit := s.out[s.sent : s.sent+n : s.sent+n]
				s.sent += n
				s.respond(unit, i)
			}
		default:
			s.note(e, i, rec.Tests)
		}
	}
	for _, s := range all {
		s.finish()
	}
	return all
}

// reset makes s a new session, on the memory of the old one.
func (s *Session) reset(conn int) {
	*s = Session{
		Conn: conn, Broken: -1, Murky: -1, PeerGone: -1, SelfGone: -1, Faulted: -1, Hasty: -1, blocked: -1, start: -1, early: -1,
		Commands: again(s.Commands), Responses: again(s.Responses), Items: again(s.Items),
		in: again(s.in), out: again(s.out), lits: again(s.lits), hidden: again(s.hidden), open: again(s.open),
		facts: s.facts.again(), ids: s.ids, model: s.model,
	}
}

// haste notes, once, that after event i there is more of the client's than was
// its turn to send.
func (s *Session) haste(i int) {
	if s.pos == len(s.in) || s.Hasty >= 0 {
		return
	}
	switch s.mode {
	case modeAwait, modeIdleAwait, modeAuthAwait, modeStartTLS:
		s.Hasty, s.hasteIn, s.hastyAt, s.hastyFree = i, s.mode, s.pos, s.early >= 0
	}
}

// note takes the events that are no bytes.
func (s *Session) note(e *Event, i int, tests corpus.Target) {
	gone, closed := ServerEOF, ServerClosed
	reset, peerClosed := ServerReset, ClientClosed
	if tests == corpus.Client {
		gone, closed, reset, peerClosed = ClientEOF, ClientClosed, ClientReset, ServerClosed
	}
	switch e.Kind {
	case gone, reset, peerClosed, HungUp, Restarted:
		if s.PeerGone < 0 {
			s.PeerGone = i
		}
	case closed:
		if s.SelfGone < 0 {
			s.SelfGone = i
			s.Items = append(s.Items, Item{Kind: EndItem, Event: i})
		}
	case Struck:
		if s.Faulted < 0 {
			s.Faulted = i
		}
		if s.TLS {
			s.breakAt(i) // what the record has of TLS is what the harness saw: not what came through
		}
	case TLSStarted:
		switch {
		case s.Faulted >= 0:
			s.breakAt(i) // positions have moved: where the plaintext ends is not known
		case s.tlsDue:
			s.startTLS()
		case s.mode == modeStartTLS:
			s.tlsEarly = true // the handshake began before the completion was read
		default:
			s.breakAt(i) // nobody had agreed to TLS
		}
	}
}

// startTLS begins anew, inside TLS: what was left of the plaintext is no part of
// the session any more.
func (s *Session) startTLS() {
	s.TLS, s.inside = true, len(s.Responses)
	for k := s.behind; k < len(s.Commands); k++ {
		s.Commands[k].Void = true
	}
	for len(s.open) > 0 && s.open[len(s.open)-1] >= s.behind {
		s.end(len(s.open) - 1)
	}
	s.blocked = -1
	s.mode = modeLine
	s.Broken = -1
	s.pos, s.sent, s.start, s.lits = len(s.in), len(s.out), -1, s.lits[:0]
	s.open, s.selecting = s.open[:0], 0 // a server may throw them away (RFC 9051, section 6.2.1)
	s.framer = imapwire.Framer{}
}

// untaggedBad matches an untagged BAD with the oldest command that is wrong in
// its head, so that a server cannot tell whose it is (RFC 9051, section 7.1.3), or
// longer than a server need take (RFC 2683, section 3.2.1.5). A
// line without a tag that announces a literal is refused by it: there is no other
// way.
func (s *Session) untaggedBad(r *Response) {
	if s.mode == modeAwait {
		line := s.in[s.start:s.pos]
		if _, err := imapwire.ParseCommand(line, imapwire.Any); err != nil && err.Pos <= len(tagOf(line)) {
			s.refuse(r.Event)
		}
	}
	for i, k := range s.open {
		if c := &s.Commands[k]; c.Err != nil && c.place() == "head" || longLine(c.Raw) {
			r.Command, c.Answer = k, len(s.Responses)
			s.end(i)
			if s.blocked == k {
				s.unblock()
			}
			return
		}
	}
}

func (s *Session) finish() {
	s.Residue = s.out[s.sent:]
	s.Waiting = s.mode == modeAwait || s.mode == modeIdleAwait
	if s.start >= 0 {
		s.Pending = s.in[s.start:]
		s.pos = len(s.in)
		s.push(-1)
	} else {
		s.Pending = s.in[s.pos:]
	}
}

// Open returns the indexes of the commands that came whole and were never
// completed.
func (s *Session) Open() []int { return s.open }

// Hidden reports whether tag stands at the start of a line inside a literal, or
// in bytes that the server had no right to read as a command yet.
func (s *Session) Hidden(tag []byte) bool {
	word := append(tag[:len(tag):len(tag)], ' ')
	for _, h := range s.hidden {
		if bytes.Contains(s.in[h.from:h.to], word) {
			return true
		}
	}
	for i := range s.Commands {
		if bytes.Index(s.Commands[i].Raw, word) > 0 {
			return true
		}
	}
	return bytes.Contains(s.in[s.pos:], word)
}

func tagOf(line []byte) []byte {
	if end := bytes.IndexAny(line, " \r\n"); end >= 0 {
		return line[:end]
	}
	return line
}

// bareCR reports whether a CR stands in b that no LF follows.
func bareCR(b []byte) bool {
	for i := bytes.IndexByte(b, '\r'); i >= 0; {
		if i+1 < len(b) && b[i+1] != '\n' {
			return true
		}
		next := bytes.IndexByte(b[i+1:], '\r')
		if next < 0 {
			return false
		}
		i += 1 + next
	}
	return false
}
