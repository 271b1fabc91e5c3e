package harness

import (
	"bytes"
	"unicode"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

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
				s.lits[len(s.lits)-1].whole = ev
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
		s.reply(line)
		if !bytes.EqualFold(bytes.TrimRight(line, "\r\n"), []byte("DONE")) {
			s.breakAt(ev)
			if s.Hasty < 0 {
				s.Hasty, s.hasteIn, s.hastyAt = ev, modeIdle, s.pos-len(line)
			}
		}
		s.mode = modeLine
		return
	case modeRest:
		s.hidden = append(s.hidden, span{s.pos - len(line), s.pos})
		s.mode = modeLine
		return
	case modeAuth:
		s.released = ev
		s.reply(line)
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
	s.lits = append(s.lits, pendingLiteral{Literal: lit, data: span{s.pos, s.pos}, goOn: lit.NonSync, at: ev, whole: -1})
	s.need, s.mode = lit.Size, modeAwait
	if lit.NonSync {
		if bytes.Count(line[:lit.Pos], []byte{'"'})%2 != 0 {
			s.breakAt(ev) // inside a quoted string that does not end: nobody can say what it is
		}
		s.literalDue()
	}
}

// reply notes a line that came behind IDLE or AUTHENTICATE.
func (s *Session) reply(line []byte) {
	if s.blocked >= 0 {
		s.Commands[s.blocked].Reply = line
	}
}

// literalDue goes on to the octets of a literal, if there are any.
func (s *Session) literalDue() {
	s.mode = modeLiteral
	if s.need == 0 {
		s.mode = modeLine
		last := &s.lits[len(s.lits)-1]
		last.whole = last.at
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
	s.begin(len(s.Commands) - 1)
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

// begin notes that command k waits for its completion.
func (s *Session) begin(k int) {
	s.open = append(s.open, k)
	if s.Commands[k].selects() {
		s.selecting++
	}
}

// end notes that the i-th of the open commands waits no more.
func (s *Session) end(i int) {
	if s.Commands[s.open[i]].selects() {
		s.selecting--
	}
	s.open = append(s.open[:i], s.open[i+1:]...)
}

func (c *Command) selects() bool { return c.Name == "SELECT" || c.Name == "EXAMINE" }

// push ends the command that is under way: it came whole with event ev, or, if
// that is -1, never did.
func (s *Session) push(ev int) {
	raw := s.in[s.start:s.pos:s.pos]
	c := Command{Pos: s.start, Begun: s.begun, Received: ev, Answer: -1, Phase: s.Phase, ReadOnly: s.ReadOnly, Mailbox: s.Mailbox}
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
			Literal: l.Literal, Data: s.in[l.data.from:l.data.to:l.data.to], Go: l.goOn, Refused: l.no, Late: l.no && l.late, Event: l.at, Whole: l.whole,
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
	if len(words) == 1 { // the tag may be longer than that
		c.Tag = bytes.TrimLeftFunc(c.Raw, unicode.IsSpace)
		if end := bytes.IndexFunc(c.Tag, unicode.IsSpace); end >= 0 {
			c.Tag = c.Tag[:end]
		}
	}
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
	r := Response{Response: parsed, Err: err, Event: ev, Pos: s.sent - len(unit), Command: -1, InProgress: -1, Phase: s.Phase}
	if len(s.open) > 0 {
		r.InProgress = s.open[0]
	}
	r.Selecting = s.selecting > 0
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

// unblock goes on behind an IDLE, AUTHENTICATE or STARTTLS that is completed.
func (s *Session) unblock() {
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

// noReason is the Command of a continuation request that nobody waits for.
const noReason = -2

// completion matches a tagged response with the oldest command of its tag.
func (s *Session) completion(r *Response, ev int) {
	if s.mode == modeAwait && bytes.Equal(tagOf(s.in[s.start:s.pos]), r.Tag) && !s.isOpen(r.Tag) {
		s.refuse(ev)
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
		s.end(i)
		if s.blocked == k {
			s.unblock()
		}
		s.follow(&s.Commands[k], r, ev)
		return
	}
}

// refuse ends, with event ev, the command whose literal waits for the server's
// word: nothing more of it is due.
func (s *Session) refuse(ev int) {
	s.lits[len(s.lits)-1].no = true
	s.push(ev)
	s.begin(len(s.Commands) - 1)
	s.mode = modeLine
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
			s.tlsDue, s.behind = true, len(s.Commands)
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
