package plants

import (
	"bufio"
	"bytes"
	"errors"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

const (
	maxLine    = 64 << 10 // of a line; RFC 7162, section 4, wants 8192 at least
	maxLiteral = 8 << 10  // of an argument
	maxMail    = 1 << 20  // of the literal of an APPEND
	maxCommand = 2 << 20  // of a command with its literals
	maxDiscard = 64 << 20 // that is read to be thrown away
	tailSize   = 64       // of the end of a line, for the header of a literal
)

var errLine = errors.New("the line is too long")

// A command is what was read of one: whole, or answered already.
type command struct {
	raw      []byte
	answered bool // a literal was refused: nothing more of it comes
	tooBig   bool // a literal was thrown away
	tooLong  bool // the end of a line was thrown away
	dropped  uint64
}

// readCommand reads one command with its literals. Framing is kept whatever the
// command says: every line that ends in {n+} is followed by n octets (RFC 7888,
// section 3).
func (s *session) readCommand() (command, error) {
	var c command
	s.wire.since = time.Time{}
	if s.in.Buffered() > 0 || len(s.part) > 0 {
		s.wire.since = time.Now()
	}
	for {
		line, err := s.readLine()
		if errors.Is(err, errLine) {
			c.tooLong = true
			if s.srv.has("long-line-as-commands") {
				c.raw, s.part = append(c.raw, line...), nil
				return c, nil
			}
			line, err = s.dropLine(&c, line)
		}
		if errors.Is(err, errLine) {
			s.untagged("BYE the line is too long")
			s.flush()
		}
		if err != nil {
			s.partial(c.raw)
			return c, err
		}
		for err == nil && s.srv.has("quoted-goes-on") && bytes.Count(line, []byte{'"'})%2 != 0 {
			var more []byte
			more, err = s.readLine()
			line = append(line, more...)
		}
		if s.srv.has("line-short") && len(line) > 4096 {
			c.raw, c.tooLong = append(c.raw, line...), true
		}
		if cut, lone := bytes.CutSuffix(line, []byte("\n")); lone && s.srv.has("lf-ends-lines") && !bytes.HasSuffix(cut, []byte("\r")) {
			line = append(cut, "\r\n"...)
		}
		lit, ok := imapwire.CommandLine(line)
		switch {
		case !c.dropping():
			c.raw = append(c.raw, line...)
			c.tooLong = c.tooLong || len(c.raw) > maxCommand
		case c.dropped > maxDiscard:
			s.untagged("BYE the command is too long")
			s.flush()
			return c, errLine
		default:
			c.dropped += uint64(len(line))
		}
		if !ok {
			return c, nil
		}
		if c.answered, err = s.literal(&c, lit); c.answered || err != nil {
			s.partial(c.raw)
			return c, err
		}
	}
}

// dropping reports whether what comes of c is thrown away: its answer is known.
func (c *command) dropping() bool { return c.tooBig || c.tooLong }

// dropLine throws away the rest of a line that is too long, of which head was
// read, and returns its end, which may announce a literal.
func (s *session) dropLine(c *command, head []byte) ([]byte, error) {
	if len(c.raw) == 0 {
		c.raw = append(c.raw, head...)
	}
	s.part = nil
	tail := head[max(0, len(head)-tailSize):]
	for {
		b, err := s.in.ReadSlice('\n')
		if c.dropped += uint64(len(b)); c.dropped > maxDiscard {
			return nil, errLine
		}
		tail = append(tail, b...)
		tail = tail[max(0, len(tail)-tailSize):]
		if !errors.Is(err, bufio.ErrBufferFull) {
			return tail, err
		}
	}
}

// literal reads a literal, throws it away, or refuses it.
func (s *session) literal(c *command, lit imapwire.Literal) (answered bool, err error) {
	name, limit := commandName(c.raw), uint64(maxLiteral)
	if name == "APPEND" && s.phase != imapwire.NotAuthenticated {
		limit = maxMail
	}
	if s.srv.has("literal-trusted") && lit.Size < 1<<30 {
		c.raw = append(make([]byte, 0, lit.Size), c.raw...)
	}
	if s.srv.has("literal-minus") && lit.NonSync {
		limit = min(limit, 4096)
	}
	big := lit.Size > limit || c.tooBig
	switch {
	case !lit.NonSync && s.srv.has("literal-mute") && name == "LOGIN":
		_, err := s.readLine() // it waits for what the client will not send
		return false, err
	case !lit.NonSync && (big || c.tooLong || s.refuses(c.raw)):
		s.refuse(c.raw, big)
		return true, nil
	case !lit.NonSync:
		s.out = append(s.out, "+ go ahead\r\n"...)
		s.flush()
		if s.srv.has("literal-as-commands") {
			return true, nil
		}
	case big && s.srv.has("big-literal-as-commands"), s.srv.has("refused-literal-as-commands") && s.refuses(c.raw):
		s.refuse(c.raw, big)
		return true, nil
	case lit.Size > maxDiscard-min(c.dropped, maxDiscard):
		s.untagged("BYE [TOOBIG] the literal is too big")
		s.flush()
		return false, errLine
	}
	if s.srv.has("needless-go") && lit.NonSync {
		s.out = append(s.out, "+ go ahead\r\n"...)
	}
	if c.tooBig = big; c.dropping() {
		c.dropped += lit.Size
		return false, s.take(lit.Size, func([]byte) {})
	}
	return false, s.take(lit.Size, func(b []byte) { c.raw = append(c.raw, b...) })
}

// take reads n octets, a piece at a time.
func (s *session) take(n uint64, piece func([]byte)) error {
	var buf [4096]byte
	for n > 0 {
		k, err := s.in.Read(buf[:min(n, uint64(len(buf)))])
		piece(buf[:k])
		n -= uint64(k)
		if err != nil {
			return err
		}
	}
	return nil
}

// readLine reads a line with its LF. What it had read before a wake-up is kept
// for the next call.
func (s *session) readLine() ([]byte, error) {
	for {
		b, err := s.in.ReadSlice('\n')
		s.part = append(s.part, b...)
		if len(s.part) > maxLine && err != nil {
			return s.part, errLine
		}
		switch {
		case err == nil && s.srv.has("lf-ends-none") && !bytes.HasSuffix(s.part, []byte("\r\n")):
		case err == nil:
			line := s.part
			s.part = nil
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// refuses reports whether a command that waits with a literal need not send it:
// it is wrong as far as it has come.
func (s *session) refuses(raw []byte) bool {
	spec, ok := imapwire.LookupCommand(commandName(raw))
	if !ok || spec.States&s.phase == 0 {
		return true
	}
	_, err := imapwire.ParseCommand(raw, imapwire.Any)
	return err != nil && err.Pos < len(raw)
}

// refuse answers a command instead of asking for its literal.
func (s *session) refuse(raw []byte, big bool) {
	switch tag := readTag(raw); {
	case tag == "":
		s.untagged("BAD there is no tag")
	case big:
		s.done(tag, "%s", tooBig(raw))
	default:
		s.done(tag, "BAD that is no command, or not now")
	}
}

// tooBig is the answer to a literal that is too big: NO to a message, and BAD to
// what no argument of another command is, so that a SELECT changes nothing.
func tooBig(raw []byte) string {
	if commandName(raw) == "APPEND" {
		return "NO [TOOBIG] the message is too big"
	}
	return "BAD [TOOBIG] the literal is too big"
}

// readTag returns the tag that a line begins with, "" if there is none.
func readTag(raw []byte) string {
	i := bytes.IndexAny(raw, " \r\n")
	if i <= 0 || bytes.ContainsAny(raw[:i], "(){%*\"\\+\x7f") {
		return ""
	}
	for _, ch := range raw[:i] {
		if ch <= ' ' || ch >= 0x7f {
			return ""
		}
	}
	return string(raw[:i])
}

// commandName returns the name of the command that raw begins, in upper case.
func commandName(raw []byte) string {
	line, _, _ := bytes.Cut(raw, []byte("\n"))
	f := strings.Split(strings.TrimRight(string(line), "\r"), " ")
	if len(f) < 2 {
		return ""
	}
	name := strings.ToUpper(f[1])
	if name == "UID" && len(f) > 2 {
		name += " " + strings.ToUpper(f[2])
	}
	return name
}
