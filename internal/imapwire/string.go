package imapwire

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// utf8Char moves over one UTF-8 sequence of two to four octets, where the
// profile allows one.
func (c *cursor) utf8Char() bool {
	if c.p == Rev1 {
		return false
	}
	r, n := utf8.DecodeRune(c.b[c.i:])
	if r == utf8.RuneError && n <= 1 {
		return false
	}
	c.i += n
	return true
}

// quoted is DQUOTE *QUOTED-CHAR DQUOTE.
func (c *cursor) quoted() bool {
	if !c.skip('"') {
		return c.fail(ProdQuoted, "a quoted string")
	}
	for {
		c.quotedRun()
		switch ch := c.peek(); {
		case ch == '"':
			c.i++
			return true
		case ch == '\\':
			if n := c.peekAt(1); n != '"' && n != '\\' {
				return c.failAt(c.i+1, ProdQuoted, `'"' or '\' after '\'`)
			}
			c.i += 2
		case ch >= 0x80 && c.utf8Char():
		default:
			return c.fail(ProdQuoted, "a quoted character or the closing quote")
		}
	}
}

// quotedRun moves over the octets that are plain in quotes: 7-bit ones but for NUL,
// LF, CR, the quote and the backslash. It takes eight at a time up to one of those
// or a control character.
func (c *cursor) quotedRun() {
	i, b := c.i, c.b
	for i+8 <= len(b) {
		w := binary.LittleEndian.Uint64(b[i:])
		if stop := (w|(w-ones*' ')&^w)&highs | zeros(w^ones*'"') | zeros(w^ones*'\\'); stop != 0 {
			i += bits.TrailingZeros64(stop) / 8
			break
		}
		i += 8
	}
	c.i = i
	c.run(isQuoted) // the rest, and all behind a control character
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// zeros has the high bit of each octet of w that is zero; behind the first one it
// may be wrong.
func zeros(w uint64) uint64 { return (w - ones) &^ w & highs }

// literal is "{" number "}" CRLF and its octets; with bin it is literal8. The
// header may say "+" on the client's side only (RFC 7888, section 3).
func (c *cursor) literal(bin bool) bool {
	if bin && !c.skip('~') || !c.skip('{') {
		return c.fail(ProdLiteral, "a literal")
	}
	n, ok := c.numberIn(ProdLiteral, c.sizeMax(), false)
	if !ok {
		return false
	}
	if !c.server {
		c.skip('+')
	}
	if !c.skip('}') {
		return c.fail(ProdLiteral, `"}"`)
	}
	if !c.skip('\r') || !c.skip('\n') {
		return c.fail(ProdLiteral, "CRLF after the literal's header")
	}
	if n > uint64(len(c.b)-c.i) {
		return c.failAt(len(c.b), ProdLiteral, "the literal's octets")
	}
	data := c.b[c.i : c.i+int(n)]
	if !bin {
		if z := indexZero(data); z >= 0 {
			return c.failAt(c.i+z, ProdNull, "a literal without NUL")
		}
	}
	c.i += int(n)
	return true
}

// str is string: quoted or literal.
func (c *cursor) str() bool { return c.strIn(ProdString, "a string") }

func (c *cursor) strIn(prod, want string) bool {
	switch c.peek() {
	case '"':
		return c.quoted()
	case '{':
		return c.literal(false)
	}
	return c.fail(prod, want)
}

// nstring is string or NIL.
func (c *cursor) nstring() bool {
	if c.peek() == '"' {
		return c.quoted()
	}
	return c.nilWord() || c.strIn(ProdString, "a string or NIL")
}

// astring is 1*ASTRING-CHAR or string.
func (c *cursor) astring() bool { return c.astringIn(ProdAString, "an astring") }

func (c *cursor) astringIn(prod, want string) bool {
	switch c.peek() {
	case '"':
		return c.quoted()
	case '{':
		return c.literal(false)
	}
	return c.word(isAStr, prod, want)
}

// textLine is *TEXT-CHAR up to CRLF (UTF-8 by profile). It may be empty for
// RFC 9051, and for Any; RFC 3501 wants one character.
func (c *cursor) textLine() bool {
	start := c.i
	for {
		c.run(isText)
		if c.peek() < 0x80 || !c.utf8Char() {
			break
		}
	}
	if ch := c.peek(); ch != '\r' || c.peekAt(1) != '\n' {
		if ch >= 0x80 || c.i < len(c.b) && ch == 0 {
			return c.fail(ProdText, "a character of text")
		}
		return true // crlf reports what is wrong with CR and LF
	}
	if c.i == start && c.p == Rev1 {
		return c.fail(ProdText, "text")
	}
	return true
}
