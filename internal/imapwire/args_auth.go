package imapwire

// authenticateArgs is the name of a mechanism and, with SASL-IR (RFC 4959), an
// initial response: base64, or "=" for an empty one.
func (c *cursor) authenticateArgs() bool {
	if !c.atom() {
		return false
	}
	if c.peek() != ' ' {
		return true
	}
	if !c.sp() {
		return false
	}
	if c.peek() == '=' && c.peekAt(1) == '\r' {
		c.i++
		return true
	}
	if c.peek() == '\r' {
		return c.fail(ProdBase64, `base64 or "="`)
	}
	return c.base64()
}

// base64 is base64 of RFC 9051, section 9: groups of four, the last one padded.
func (c *cursor) base64() bool {
	n := c.run(isBase64)
	pad := 0
	if n%4 > 1 {
		pad = 4 - n%4
	} else if n%4 == 1 {
		return c.fail(ProdBase64, "a whole group of base64")
	}
	for range pad {
		if !c.expect('=', ProdBase64, `"="`) {
			return false
		}
	}
	if c.peek() != '\r' {
		return c.fail(ProdBase64, "base64")
	}
	return true
}

// CheckBase64 checks a SASL response line of a client: base64 and CRLF, or "*" and
// CRLF, which cancels the exchange (RFC 9051, section 6.2.2).
func CheckBase64(line []byte) *Error {
	c := cursor{b: line}
	if c.peek() == '*' && c.peekAt(1) == '\r' {
		c.i++
	} else if !c.base64() {
		return c.err()
	}
	c.crlf()
	return c.err()
}
