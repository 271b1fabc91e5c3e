package imapwire

import (
	"bytes"
	"fmt"
	"strconv"
)

// maxQuoted is the longest string that is written in quotes; longer ones become
// literals (RFC 2683, section 3.2.1.5).
const maxQuoted = 1000

// AppendAString appends s as an astring: as an atom where that is possible, else
// in quotes, else as a synchronizing literal (for octets above 127, CR, LF and
// long strings). A NUL, which no string may have, goes into a literal as it is.
func AppendAString(dst []byte, s string) []byte {
	atom, quotable := len(s) > 0, len(s) <= maxQuoted
	for i := range len(s) {
		k := class[s[i]]
		atom = atom && k&isAStr != 0
		quotable = quotable && k&isText != 0
	}
	switch {
	case atom && len(s) <= maxQuoted && !(len(s) == 3 && hasFold([]byte(s), "NIL")):
		return append(dst, s...)
	case quotable:
		return AppendQuoted(dst, s)
	}
	dst = append(strconv.AppendInt(append(dst, '{'), int64(len(s)), 10), "}\r\n"...)
	return append(dst, s...)
}

// AppendQuoted appends s in quotes, with backslashes where they are needed. It
// does not look whether s may stand in quotes: CR, LF and NUL may not.
func AppendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}

// AppendMailbox appends the name of a mailbox, given in UTF-8, as an astring in
// modified UTF-7. INBOX is written in capitals.
func AppendMailbox(dst []byte, name string) []byte {
	if len(name) == 5 && hasFold([]byte(name), "INBOX") {
		return append(dst, "INBOX"...)
	}
	return AppendAString(dst, EncodeUTF7(name))
}

// NString decodes a value as [FetchFunc] is given it: NIL, a quoted string, or a
// literal with its header. The result points into value unless a quoted string has
// backslashes.
func NString(value []byte) (s []byte, isNil bool, err error) {
	c := cursor{b: value, server: true}
	bin := c.peek() == '~'
	switch {
	case c.nilWord():
		isNil = true
	case bin || c.peek() == '{':
		if c.literal(bin) {
			s = literalData(value)
		}
	case c.quoted():
		s = unquote(value[1 : c.i-1])
	}
	if !c.bad && c.i != len(value) {
		c.fail(ProdString, "the end of the string")
	}
	if e := c.err(); e != nil {
		return nil, false, fmt.Errorf("nstring: %w", e)
	}
	return s, isNil, nil
}

// AString decodes an astring: like [NString], but an atom stands for itself, and
// NIL is an atom.
func AString(value []byte) ([]byte, error) {
	if len(value) > 0 && (value[0] == '"' || value[0] == '{') {
		c := cursor{b: value}
		if c.str() && c.i != len(value) {
			c.fail(ProdAString, "the end of the string")
		}
		if e := c.err(); e != nil {
			return nil, fmt.Errorf("astring: %w", e)
		}
		if value[0] == '{' {
			return literalData(value), nil
		}
		return unquote(value[1 : len(value)-1]), nil
	}
	c := cursor{b: value}
	if c.astring() && c.i != len(value) {
		c.fail(ProdAString, "the end of the string")
	}
	if e := c.err(); e != nil {
		return nil, fmt.Errorf("astring: %w", e)
	}
	return value, nil
}

// astringValue is astring, and returns what it stands for.
func (c *cursor) astringValue() ([]byte, bool) {
	start := c.i
	if !c.astring() {
		return nil, false
	}
	return decoded(c.b[start:c.i]), true
}

// nstringValue is nstring, and returns what it stands for: nil for NIL.
func (c *cursor) nstringValue() ([]byte, bool) {
	start := c.i
	if !c.nstring() {
		return nil, false
	}
	if ch := c.b[start]; ch != '"' && ch != '{' {
		return nil, true
	}
	return decoded(c.b[start:c.i]), true
}

// decoded returns what a well-formed atom or string stands for.
func decoded(raw []byte) []byte {
	switch raw[0] {
	case '"':
		return unquote(raw[1 : len(raw)-1])
	case '{', '~':
		return literalData(raw)
	}
	return raw
}

// literalData returns the octets of a literal that is known to be well-formed.
func literalData(raw []byte) []byte { return raw[bytes.IndexByte(raw, '\n')+1:] }

// unquote removes the backslashes of a well-formed quoted string's inside.
func unquote(s []byte) []byte {
	if bytes.IndexByte(s, '\\') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
		}
		out = append(out, s[i])
	}
	return out
}
