package harness

import (
	"bytes"
	"strings"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// capabilities returns what the server had last told of its capabilities before
// that event, as they stand on the line, and nil if nothing that it told is still
// true: TLS and a login make all that was said before void (RFC 9051, sections
// 6.2.1 and 7.1).
func (s *Session) capabilities(event int) []byte {
	var told []byte
	for i := range s.Responses {
		r := &s.Responses[i]
		if r.Event >= event {
			break
		}
		if r.Type == imapwire.Tagged && r.Status == imapwire.OK && r.Command >= 0 {
			switch s.Commands[r.Command].Name {
			case "LOGIN", "AUTHENTICATE", "STARTTLS", "UNAUTHENTICATE":
				told = nil
			}
			if s.Commands[r.Command].Name == "STARTTLS" {
				continue // what it says of capabilities is plaintext
			}
		}
		switch {
		case r.Name == "CAPABILITY":
			told = r.Rest
		case r.Code == "CAPABILITY":
			told = r.CodeArg
		}
	}
	return told
}

// offers reports whether the server had told, before that event, that it has the
// capability of that name. Capabilities have no case.
func (s *Session) offers(event int, name string) bool {
	return hasCapability(s.capabilities(event), name)
}

// hasCapability reports whether name, in any case, is among what was told; one that
// ends with "=" stands for all that begin so.
func hasCapability(told []byte, name string) bool {
	open := strings.HasSuffix(name, "=")
	for word := range bytes.FieldsSeq(told) {
		if open && len(word) > len(name) {
			word = word[:len(name)]
		}
		if len(word) == len(name) && bytes.EqualFold(word, []byte(name)) {
			return true
		}
	}
	return false
}
