package plants

import (
	"bufio"
	"bytes"
	"errors"
	"strings"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

const (
	maxLine    = 64 << 10 // of a line; RFC 7162, section 4, wants 8192 at least
	maxLiteral = 8 << 10  // of an argument
	maxMail    = 1 << 20  // of the literal of an APPEND
	maxDiscard = 64 << 20 // that is read to be thrown away
)

var errLine = errors.New("the line is too long")

// A command is what was read of one: whole, or answered already.
type command struct {
	raw      []byte
	answered bool // a literal was refused: nothing more of it comes
	tooBig   bool // a literal was thrown away
}

// readCommand reads one command with its literals. Framing is kept whatever the
// command says: every line that ends in {n+} is followed by n octets (RFC 7888,
// section 3).
func (s *session) readCommand() (command, error) {
	var c command
	for {
		line, err := s.readLine()
		if errors.Is(err, errLine) {
			s.untagged("BYE the line is too long")
			s.flush()
		}
		if err != nil {
			s.partial(c.raw)
			return c, err
		}
		c.raw = append(c.raw, line...)
		lit, ok := imapwire.CommandLine(line)
		if !ok {
			return c, nil
		}
		if c.answered, err = s.literal(&c, lit); c.answered || err != nil {
			s.partial(c.raw)
			return c, err
		}
	}
}

// literal reads a literal, throws it away, or refuses it.
func (s *session) literal(c *command, lit imapwire.Literal) (answered bool, err error) {
	name, limit := commandName(c.raw), uint64(maxLiteral)
	if name == "APPEND" {
		limit = maxMail
	}
	if s.srv.has("literal-trusted") && lit.Size < 1<<30 {
		c.raw = append(make([]byte, 0, lit.Size), c.raw...)
	}
	big := lit.Size > limit || c.tooBig
	switch {
	case !lit.NonSync && s.srv.has("literal-mute") && name == "LOGIN":
		_, err := s.readLine() // it waits for what the client will not send
		return false, err
	case !lit.NonSync && (big || s.refuses(c.raw)):
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
	case lit.Size > maxDiscard:
		s.untagged("BYE the literal is too big")
		s.flush()
		return false, errLine
	}
	if big {
		c.tooBig = true
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
		if len(s.part)+len(b) > maxLine {
			return nil, errLine
		}
		s.part = append(s.part, b...)
		switch {
		case err == nil:
			line := s.part
			s.part = nil
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// refuses reports whether a command that waits with a literal need not send it.
func (s *session) refuses(raw []byte) bool {
	spec, ok := imapwire.LookupCommand(commandName(raw))
	return !ok || spec.States&s.phase == 0
}

// refuse answers a command instead of asking for its literal.
func (s *session) refuse(raw []byte, big bool) {
	switch tag := readTag(raw); {
	case tag == "":
		s.untagged("BAD there is no tag")
	case big:
		s.done(tag, "NO [TOOBIG] the literal is too big")
	default:
		s.done(tag, "BAD that is no command, or not now")
	}
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
