package plants

import (
	"bytes"
	"strings"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// maxFlags is how many flags a message may have.
const maxFlags = 20

// append stores a message that came whole (RFC 9051, section 6.3.12).
func (s *session) append(args []arg) string {
	mail := args[len(args)-1]
	var flags []string
	multi := false
	for _, a := range args[1 : len(args)-1] {
		switch {
		case a.kind == list:
			flags = a.words()
		case a.kind == str && len(a.text) == 26: // the date, which is not kept
		default:
			multi = true
		}
	}
	if multi || mail.kind != str {
		return "NO [CANNOT] only one message at a time"
	}
	return s.deliver(args[0].text, []byte(mail.text), flags)
}

func (s *session) deliver(box string, body []byte, flags []string) string {
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	b := st.find(box)
	switch {
	case b == nil:
		return "NO [TRYCREATE] no such mailbox"
	case len(flags) > maxFlags:
		if s.srv.has("append-refused-stored") {
			b.add(body, flags)
		}
		return "NO [LIMIT] too many flags"
	case s.srv.has("append-lost"):
		return "OK APPEND completed"
	case s.srv.has("append-truncated"):
		body = body[:len(body)/2]
	case s.srv.has("append-twice"):
		b.add(body, flags)
	}
	m := b.add(body, flags)
	return "OK [APPENDUID " + utoa(b.validity) + " " + utoa(m.uid) + "] APPEND completed"
}

// partial is called with what had come of a command when the connection ended:
// nothing is to be done. The defect "append-partial" stores it.
func (s *session) partial(raw []byte) {
	if !s.srv.has("append-partial") || commandName(raw) != "APPEND" {
		return
	}
	if i := bytes.IndexByte(raw, '\n'); i >= 0 && !strings.HasSuffix(string(raw), "}\r\n") {
		if _, ok := imapwire.CommandLine(raw[:i+1]); ok {
			s.deliver("INBOX", bytes.Clone(raw[i+1:]), nil)
		}
	}
}
