package plants

import (
	"strings"
	"unicode/utf8"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

const (
	maxName  = 200 // octets of a mailbox's name
	maxDepth = 20  // of the hierarchy (RFC 2683, section 3.2.1.1)
)

// boxName returns the name that the client means, in UTF-8: it writes modified
// UTF-7, or UTF-8 once IMAP4rev2 is enabled (RFC 9051, appendix A.1). It is not
// ok if that is no name.
func (s *session) boxName(text string) (name string, ok bool) {
	if s.rev2 {
		return canonicalName(text), utf8.ValidString(text)
	}
	name, err := imapwire.DecodeUTF7([]byte(text))
	if err != nil && s.srv.has("names-unchecked") {
		return canonicalName(text), true
	}
	return canonicalName(name), err == nil
}

// wireName returns a name as the client is told it: each level by itself in
// modified UTF-7, which the delimiter, being ASCII, always ends.
func (s *session) wireName(name string) string {
	if s.rev2 {
		return name
	}
	return imapwire.EncodeUTF7(name)
}

// told returns a name as an astring.
func (s *session) told(name string) string {
	wire, raw := s.wireName(name), s.rev2
	if s.srv.has("utf7-joined") && !s.rev2 && !isASCII(name) {
		return joinedUTF7(name)
	}
	if s.srv.has("names-raw") {
		wire, raw = name, true
	}
	if s.srv.has("quote-raw") && strings.Contains(wire, `\\`) {
		return `"` + strings.ReplaceAll(wire, `"`, `\"`) + `"`
	}
	if raw && utf8.ValidString(wire) && strings.IndexFunc(wire, func(r rune) bool { return r < ' ' || r == 0x7f }) < 0 && !isASCII(wire) {
		return string(imapwire.AppendQuoted(nil, wire))
	}
	return string(imapwire.AppendAString(nil, wire))
}

func isASCII(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r > 0x7e }) < 0
}

// box returns the mailbox that the client names, or nil. The caller holds the
// store's lock.
func (s *session) boxNamed(text string) *mailbox {
	if name, ok := s.boxName(text); ok {
		return s.srv.store.find(name)
	}
	return nil
}

// goodName reports whether a mailbox may be called so: what every client can
// show and type.
func goodName(name string) bool {
	if name == "" || len(name) > maxName || strings.Count(name, "/") >= maxDepth || strings.ContainsAny(name, "%*") {
		return false
	}
	for level := range strings.SplitSeq(name, "/") {
		if level == "" {
			return false
		}
	}
	return strings.IndexFunc(name, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 }) < 0
}
