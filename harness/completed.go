package harness

import (
	"bytes"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// toldOK reports whether cmd was completed with OK in the first got bytes of
// what the server sent. The line feed may be missing: a client need not wait for
// it, however late it comes, and cannot know what comes in its place.
func (s *Session) toldOK(cmd *Command, got int) bool {
	if cmd.Answer < 0 {
		return endsInCR(cmd, s.out[s.sent:max(got, s.sent)])
	}
	r := &s.Responses[cmd.Answer]
	if got >= r.Pos+len(r.Raw) {
		return r.Status == imapwire.OK
	}
	return endsInCR(cmd, r.Raw[:max(got-r.Pos, 0)])
}

// mayHaveReadOK reports whether the server, with the bytes from the from-th to the
// got-th that it sent, completed cmd with OK for somebody who reads them otherwise
// than we do: where it sent what is no response nobody can say where the next one
// begins, and a line of it with the tag of cmd is no completion yet.
func (s *Session) mayHaveReadOK(cmd *Command, from, got int) bool {
	if from >= got || !s.garbled(got) {
		return false
	}
	for line := range bytes.Lines(s.out[from:got]) {
		if rest, ends := bytes.CutSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")); ends && completesOK(cmd, rest) {
			return true
		}
	}
	return false
}

// garbled reports whether the first got bytes of what the server sent have
// anything that is no response, and will be none.
func (s *Session) garbled(got int) bool {
	for i := range s.Responses {
		if r := &s.Responses[i]; r.Pos < got && r.Err != nil {
			return true
		}
	}
	if rest := s.out[min(s.sent, got):got]; len(rest) > 0 {
		_, err := imapwire.ParseResponse(rest, imapwire.Any)
		return err != nil && err.Pos < len(rest) // whatever comes behind it
	}
	return false
}

// gotBy returns how many bytes of what the server of s sent had reached the client
// before that event.
func (j *judging) gotBy(s *Session, event int) (n int) {
	for i := range j.rec.Events[:event] {
		if e := &j.rec.Events[i]; e.Kind == ClientGot && e.Conn == s.Conn {
			n += len(e.Data)
		}
	}
	return n
}

// endsInCR reports whether b is a completion of cmd with OK but for its line
// feed.
func endsInCR(cmd *Command, b []byte) bool {
	if !bytes.HasSuffix(b, []byte("\r")) {
		return false
	}
	return completesOK(cmd, b[:len(b)-1])
}

// completesOK reports whether line, without its end, is a completion of cmd with
// OK.
func completesOK(cmd *Command, line []byte) bool {
	r, _ := imapwire.ParseResponse(append(line[:len(line):len(line)], "\r\n"...), imapwire.Any)
	return r.Type == imapwire.Tagged && r.Status == imapwire.OK && bytes.Equal(r.Tag, cmd.Tag)
}

// beginsOK reports whether b begins like a completion of cmd with OK.
func beginsOK(cmd *Command, b []byte) bool {
	rest, ok := bytes.CutPrefix(b, cmd.Tag)
	return ok && len(rest) >= 3 && bytes.EqualFold(rest[:3], []byte(" OK"))
}

// begunOK reports whether the completion of cmd has begun to come, and is wrong
// further on.
func (s *Session) begunOK(cmd *Command) bool {
	if beginsOK(cmd, s.Residue) {
		return true
	}
	return cmd.Answer >= 0 && s.Responses[cmd.Answer].Err != nil && beginsOK(cmd, s.Responses[cmd.Answer].Raw)
}
