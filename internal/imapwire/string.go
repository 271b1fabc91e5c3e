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

// quoted is DQUOTE *QUOTED-CHAR DQUOTE. It takes eight octets at a time.
func (c *cursor) quoted() bool {
	i, b := c.i, c.b
	if i >= len(b) || b[i] != '"' {
		return c.fail(ProdQuoted, "a quoted string")
	}
	for i++; i+8 <= len(b); i += 8 {
		if stop := special(binary.LittleEndian.Uint64(b[i:])); stop != 0 {
			i += bits.TrailingZeros64(stop) / 8
			if b[i] == '"' {
				c.i = i + 1
				return true
			}
			break
		}
	}
	c.i = i
	return c.quotedRest()
}

// quotedRest is *QUOTED-CHAR DQUOTE, octet by octet where that is needed.
func (c *cursor) quotedRest() bool {
	for {
		c.run(isQuoted)
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

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special has the high bit of each octet of w that is a quote, a backslash, a
// control character or above 127; behind the first one it may be wrong.
func special(w uint64) uint64 {
	return (w | (w - ones*' ') | ((w ^ ones*'"') - ones) | ((w ^ ones*'\\') - ones)) & highs
}

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

// spStr is SP string.
func (c *cursor) spStr() bool {
	if i := c.i + 1; i < len(c.b) && c.b[i-1] == ' ' && c.b[i] == '"' {
		c.i = i
		return c.quoted()
	}
	return c.sp() && c.str()
}

// spNString is SP nstring.
func (c *cursor) spNString() bool {
	i, b := c.i, c.b
	if i+4 < len(b) && b[i] == ' ' {
		switch b[i+1] {
		case '"':
			c.i = i + 1
			return c.quoted()
		case 'N':
			if b[i+2] == 'I' && b[i+3] == 'L' && class[b[i+4]]&isAStr == 0 {
				c.i = i + 4
				return true
			}
		}
	}
	return c.sp() && c.nstring()
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
