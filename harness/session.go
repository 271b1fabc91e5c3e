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

	mode     mode
	in, out  []byte // all that the two sides sent
	pos      int    // of the first byte of in that is not yet understood
	sent     int    // of the first byte of out that is not yet a response
	start    int    // of the first byte in in of the command that is under way; -1: none is
	begun    int    // event that brought it
	lits     []pendingLiteral
	need     uint64
	rest     bool   // a line was refused before its end
	early    int    // index of the response that completed the command that is under way, before it had come whole; -1
	released int    // event that brought the last line behind IDLE or AUTHENTICATE
	tlsDue   bool   // STARTTLS was answered OK
	tlsEarly bool   // the handshake began before it was
	hidden   []span // literal contents in in: never commands
	open     []int  // indexes of commands that are not completed
	blocked  int    // index in Commands of the IDLE or AUTHENTICATE that is in progress; -1
	framer   imapwire.Framer
	greeted  bool
}

// A Command is a command as the target saw it.
type Command struct {
	imapwire.Command
	Err      *imapwire.Error // not nil: the strict grammar refuses it
	Literals []CommandLiteral
	Begun    int // event that brought its first byte
	Received int // event that brought its last byte; -1: it never came whole
	Answer   int // index of its completion in Session.Responses; -1: none
	Phase    Phase
	ReadOnly bool
	Mailbox  string // the mailbox that was selected
}

// A CommandLiteral is a literal that a command announced.
type CommandLiteral struct {
	imapwire.Literal
	Data    []byte // what came of it
	Go      bool   // the server asked for it
	Refused bool   // the server completed the command instead
	Late    bool   // ... and only when more had come, that it had not asked for
	Event   int    // that brought the end of its header
}

// A Response is a response as the target saw it.
type Response struct {
	imapwire.Response
	Err        *imapwire.Error
	Event      int
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
	data span
	goOn bool
	no   bool
	late bool // more came before the server's word
	at   int  // event that brought the end of the header
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
		Conn: conn, Broken: -1, Murky: -1, PeerGone: -1, SelfGone: -1, Faulted: -1, blocked: -1, start: -1, early: -1,
		Commands: s.Commands[:0], Responses: s.Responses[:0], Items: s.Items[:0],
		in: s.in[:0], out: s.out[:0], lits: s.lits[:0], hidden: s.hidden[:0], open: s.open[:0],
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
	case gone, reset, peerClosed, HungUp:
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
	s.TLS = true
	s.mode = modeLine
	s.Broken = -1
	s.pos, s.sent, s.start, s.lits = len(s.in), len(s.out), -1, s.lits[:0]
	s.framer = imapwire.Framer{}
}

// advance cuts what the client sent, as far as it goes without the server's
// word.
func (s *Session) advance(ev int) {
	for s.pos < len(s.in) {
		switch s.mode {
		case modeLiteral:
			n := int(min(s.need, uint64(len(s.in)-s.pos)))
			s.pos += n
			s.lits[len(s.lits)-1].data.to = s.pos
			if s.need -= uint64(n); s.need == 0 {
				s.mode = modeLine
			}
		case modeLine, modeIdle, modeAuth, modeRest:
			if s.start < 0 && s.mode == modeLine {
				s.start, s.begun = s.pos, ev
			}
			i := bytes.IndexByte(s.in[s.pos:], '\n')
			if i < 0 {
				return
			}
			line := s.in[s.pos : s.pos+i+1]
			s.pos += i + 1
			s.line(line, ev)
		default:
			return // the server's turn
		}
	}
}

// line takes one line that the client sent.
func (s *Session) line(line []byte, ev int) {
	switch s.mode {
	case modeIdle:
		s.released = ev
		if !bytes.EqualFold(bytes.TrimRight(line, "\r\n"), []byte("DONE")) {
			s.breakAt(ev)
		}
		s.mode = modeLine
		return
	case modeRest:
		s.hidden = append(s.hidden, span{s.pos - len(line), s.pos})
		s.mode = modeLine
		return
	case modeAuth:
		s.released = ev
		s.mode = modeAuthAwait
		return
	}
	lit, ok := imapwire.CommandLine(line)
	if !ok {
		if bytes.HasSuffix(line, []byte("}\n")) {
			s.breakAt(ev) // a literal's header before a bare LF: nobody can say what it is
		}
		s.complete(ev)
		return
	}
	s.lits = append(s.lits, pendingLiteral{Literal: lit, data: span{s.pos, s.pos}, goOn: lit.NonSync, at: ev})
	s.need, s.mode = lit.Size, modeAwait
	if lit.NonSync {
		if bytes.Count(line[:lit.Pos], []byte{'"'})%2 != 0 {
			s.breakAt(ev) // inside a quoted string that does not end: nobody can say what it is
		}
		s.literalDue()
	}
}

// literalDue goes on to the octets of a literal, if there are any.
func (s *Session) literalDue() {
	s.mode = modeLiteral
	if s.need == 0 {
		s.mode = modeLine
	}
}

// complete takes a whole command.
func (s *Session) complete(ev int) {
	early := s.early
	s.push(ev)
	if early >= 0 {
		s.mode = modeLine
		return
	}
	s.open = append(s.open, len(s.Commands)-1)
	s.Items = append(s.Items, Item{CommandItem, len(s.Commands) - 1, ev})
	switch last := &s.Commands[len(s.Commands)-1]; last.Name {
	case "IDLE":
		s.mode, s.blocked = modeIdleAwait, len(s.Commands)-1
	case "AUTHENTICATE":
		s.mode, s.blocked = modeAuthAwait, len(s.Commands)-1
	case "STARTTLS":
		s.mode, s.blocked = modeStartTLS, len(s.Commands)-1
	default:
		s.mode = modeLine
	}
}

// push ends the command that is under way: it came whole with event ev, or, if
// that is -1, never did.
func (s *Session) push(ev int) {
	raw := s.in[s.start:s.pos:s.pos]
	c := Command{Begun: s.begun, Received: ev, Answer: -1, Phase: s.Phase, ReadOnly: s.ReadOnly, Mailbox: s.Mailbox}
	c.Command, c.Err = imapwire.ParseCommand(raw, imapwire.Any)
	if c.Err != nil && len(c.Name) == 0 {
		c.lenient()
	}
	if c.Err != nil && c.Err.Production == imapwire.ProdQuoted && s.Murky < 0 {
		s.Murky = max(ev, s.begun)
	}
	if s.early >= 0 {
		c.Answer = s.early
		s.Responses[s.early].Command = len(s.Commands)
		s.early = -1
	}
	for _, l := range s.lits {
		c.Literals = append(c.Literals, CommandLiteral{
			Literal: l.Literal, Data: s.in[l.data.from:l.data.to:l.data.to], Go: l.goOn, Refused: l.no, Late: l.no && l.late, Event: l.at,
		})
		s.hidden = append(s.hidden, l.data)
	}
	s.Commands = append(s.Commands, c)
	s.start, s.lits = -1, s.lits[:0]
}

// lenient reads the head of a command that the grammar refuses as a server may
// read it all the same: words between blanks.
func (c *Command) lenient() {
	words := bytes.Fields(c.Raw[:min(len(c.Raw), 256)])
	if len(words) == 0 {
		return
	}
	c.Tag = words[0]
	if len(words) > 1 {
		c.Name = string(bytes.ToUpper(words[1]))
	}
	head := 2
	if c.Name == "UID" && len(words) > 2 {
		c.Name += " " + string(bytes.ToUpper(words[2]))
		head = 3
	}
	if len(words) > head {
		c.Args = bytes.TrimRight(c.Raw[bytes.Index(c.Raw, words[head]):], "\r\n")
	}
}

// respond takes one whole response.
func (s *Session) respond(unit []byte, ev int) {
	parsed, err := imapwire.ParseResponse(unit, imapwire.Any)
	r := Response{Response: parsed, Err: err, Event: ev, Command: -1, InProgress: -1, Phase: s.Phase}
	if len(s.open) > 0 {
		r.InProgress = s.open[0]
	}
	for _, k := range s.open {
		if n := s.Commands[k].Name; n == "SELECT" || n == "EXAMINE" {
			r.Selecting = true
		}
	}
	if !s.greeted {
		s.greeted = true
		switch r.Status {
		case imapwire.OK:
			s.Phase = NotAuthenticated
		case imapwire.PREAUTH:
			s.Phase = Authenticated
		}
		r.Phase = Greeting
	}
	switch r.Type {
	case imapwire.Continuation:
		s.goAhead(&r)
	case imapwire.Tagged:
		s.completion(&r, ev)
	case imapwire.Untagged:
		if r.Status == imapwire.BAD {
			s.untaggedBad(&r)
		}
	}
	s.Responses = append(s.Responses, r)
	s.Items = append(s.Items, Item{ResponseItem, len(s.Responses) - 1, ev})
	s.advance(ev)
}

// goAhead takes a command continuation request.
func (s *Session) goAhead(r *Response) {
	switch s.mode {
	case modeAwait:
		s.lits[len(s.lits)-1].goOn = true
		s.literalDue()
	case modeIdleAwait:
		s.mode = modeIdle
	case modeAuthAwait:
		s.mode = modeAuth
	default:
		r.Command = noReason
	}
}

// noReason is the Command of a continuation request that nobody waits for.
const noReason = -2

// completion matches a tagged response with the oldest command of its tag.
func (s *Session) completion(r *Response, ev int) {
	if s.mode == modeAwait && bytes.Equal(tagOf(s.in[s.start:s.pos]), r.Tag) {
		s.lits[len(s.lits)-1].no = true
		s.push(ev) // nothing more of it is due
		s.open = append(s.open, len(s.Commands)-1)
		s.mode = modeLine
	}
	if tag := s.underWay(); s.early < 0 && tag != nil && bytes.Equal(tag, r.Tag) && !s.isOpen(tag) {
		// The server need not wait for the end of a line that it refuses. What
		// is still to come of the line belongs to it.
		if s.start < 0 {
			s.start, s.begun = s.pos, ev
		}
		s.early = len(s.Responses)
		r.Command = earlyAnswer
		return
	}
	for i, k := range s.open {
		if !bytes.Equal(s.Commands[k].Tag, r.Tag) {
			continue
		}
		r.Command = k
		s.Commands[k].Answer = len(s.Responses)
		s.open = append(s.open[:i], s.open[i+1:]...)
		if s.blocked == k {
			s.blocked = -1
			switch s.mode {
			case modeIdle, modeAuth:
				s.mode = modeLine
				if s.pos < len(s.in) {
					s.mode, s.rest = modeRest, true
				}
			case modeIdleAwait, modeAuthAwait, modeStartTLS:
				s.mode = modeLine
			} // else DONE came first, and what follows has begun
		}
		s.follow(&s.Commands[k], r, ev)
		return
	}
}

// untaggedBad matches an untagged BAD with the oldest command that is wrong in
// its head, so that a server cannot tell whose it is (RFC 9051, section 7.1.3).
func (s *Session) untaggedBad(r *Response) {
	for i, k := range s.open {
		if c := &s.Commands[k]; c.Err != nil && c.place() == "head" {
			r.Command, c.Answer = k, len(s.Responses)
			s.open = append(s.open[:i], s.open[i+1:]...)
			return
		}
	}
}

// earlyAnswer is the Command of a completion whose command has not come whole
// yet.
const earlyAnswer = -3

// underWay returns the tag of the command that has begun to come and is not
// whole, nil if there is none.
func (s *Session) underWay() []byte {
	from := s.start
	if from < 0 {
		from = s.pos
	}
	if from >= len(s.in) || s.mode == modeIdle || s.mode == modeAuth {
		return nil
	}
	return tagOf(s.in[from:])
}

func (s *Session) isOpen(tag []byte) bool {
	for _, k := range s.open {
		if bytes.Equal(s.Commands[k].Tag, tag) {
			return true
		}
	}
	return false
}

// follow moves the session's state as the completion of c says (RFC 9051,
// section 3 and 6.3.2).
func (s *Session) follow(c *Command, r *Response, ev int) {
	ok := r.Status == imapwire.OK
	switch c.Name {
	case "LOGIN", "AUTHENTICATE":
		if ok && s.Phase == NotAuthenticated {
			s.Phase = Authenticated
		}
	case "STARTTLS":
		if ok {
			s.tlsDue = true
			s.breakAt(ev) // until TLS starts, nothing can be told of what follows
			if s.tlsEarly {
				s.startTLS()
			}
		}
	case "UNAUTHENTICATE":
		if ok {
			s.Phase, s.Mailbox = NotAuthenticated, ""
		}
	case "SELECT", "EXAMINE":
		if ok {
			s.Phase, s.Mailbox, s.ReadOnly = Selected, mailboxArg(c.Args), c.Name == "EXAMINE"
		} else if r.Status == imapwire.NO && s.Phase == Selected {
			s.Phase, s.Mailbox = Authenticated, ""
		}
	case "CLOSE", "UNSELECT":
		if ok && s.Phase == Selected {
			s.Phase, s.Mailbox = Authenticated, ""
		}
	case "LOGOUT":
		if ok {
			s.Phase = LoggedOut
		}
	}
}

// breakAt notes that the peer broke the protocol in a way that leaves open what
// its bytes mean.
func (s *Session) breakAt(ev int) {
	if s.Broken < 0 {
		s.Broken = ev
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
	tag, _, _ := bytes.Cut(line, []byte(" "))
	return bytes.TrimRight(tag, "\r\n")
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
