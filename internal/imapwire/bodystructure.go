package imapwire

import "bytes"

// body is body of RFC 9051, section 9. ext says that extension data may follow
// the basic fields, as in BODYSTRUCTURE but not in BODY. depth counts the bodies
// around this one, which is what bounds the recursion.
func (c *cursor) body(ext bool, depth int) bool {
	if depth > MaxNesting {
		return c.fail(ProdNesting, "fewer body parts in body parts")
	}
	if !c.open(ProdBody, `"("`) {
		return false
	}
	if c.peek() == '(' {
		return c.multipart(ext, depth)
	}
	return c.onePart(ext, depth)
}

// multipart is 1*body SP media-subtype [SP body-ext-mpart] ")".
func (c *cursor) multipart(ext bool, depth int) bool {
	for c.peek() == '(' {
		if !c.body(ext, depth+1) {
			return false
		}
	}
	if !c.spStr() {
		return false
	}
	if ext && c.peek() == ' ' {
		if !c.sp() || !c.bodyParams() || !c.bodyTail() {
			return false
		}
	}
	return c.expect(')', ProdBody, `")"`)
}

// onePart is body-type-1part ")". A multipart has to have a part, so that its
// media type does not show up here.
func (c *cursor) onePart(ext bool, depth int) bool {
	at := c.i
	kind, ok := c.value()
	if !ok || !c.sp() {
		return false
	}
	if equalFold(kind, "MULTIPART") {
		return c.failAt(at, ProdBody, "a multipart's parts before its subtype")
	}
	sub, ok := c.value()
	if !ok || !c.sp() || !c.bodyFields() {
		return false
	}
	switch {
	case equalFold(kind, "TEXT"):
		if !c.sp() || !c.size(false) {
			return false
		}
	case c.holdsMessage(kind, sub):
		if !c.sp() || !c.envelope() || !c.sp() || !c.body(ext, depth+1) || !c.sp() || !c.size(false) {
			return false
		}
	}
	if ext && c.peek() == ' ' {
		if !c.spNString() || !c.bodyTail() {
			return false
		}
	}
	return c.expect(')', ProdBody, `")"`)
}

// holdsMessage reports whether a part of that type goes on, behind its size, with what
// is told of the message in it. IMAP4rev1 does not know MESSAGE/GLOBAL: where both are
// taken, what follows says which it is.
func (c *cursor) holdsMessage(kind, sub []byte) bool {
	switch {
	case !equalFold(kind, "MESSAGE"):
		return false
	case equalFold(sub, "RFC822"):
		return true
	}
	return equalFold(sub, "GLOBAL") && (c.p == Rev2 || c.p == Any && bytes.HasPrefix(c.b[c.i:], []byte(" (")))
}

// value is str, and returns the octets between the quotes (escapes and all) or of
// the literal.
func (c *cursor) value() ([]byte, bool) {
	start := c.i
	if !c.str() {
		return nil, false
	}
	raw := c.b[start:c.i]
	if raw[0] == '"' {
		return raw[1 : len(raw)-1], true
	}
	return literalData(raw), true
}

// bodyFields is body-fields: parameters, id, description, encoding, octets.
func (c *cursor) bodyFields() bool {
	return c.bodyParams() &&
		c.spNString() &&
		c.spNString() &&
		c.spStr() &&
		c.sp() && c.num()
}

// bodyParams is body-fld-param: pairs of strings, or NIL.
func (c *cursor) bodyParams() bool {
	if c.nilWord() {
		return true
	}
	if !c.open(ProdBody, "parameters or NIL") {
		return false
	}
	for {
		if !c.str() || !c.spStr() {
			return false
		}
		if !c.next(ProdBody) {
			return !c.bad
		}
	}
}

// bodyTail is what may follow the first field of the extension data: disposition,
// language, location, and fields that nobody has defined yet.
func (c *cursor) bodyTail() bool {
	for field := 0; c.peek() == ' '; field++ {
		if !c.sp() {
			return false
		}
		ok := false
		switch field {
		case 0:
			ok = c.disposition()
		case 1:
			ok = c.language()
		case 2:
			ok = c.nstring()
		default:
			ok = c.bodyExtension()
		}
		if !ok {
			return false
		}
	}
	return true
}

func (c *cursor) disposition() bool {
	if c.nilWord() {
		return true
	}
	return c.open(ProdBody, "a disposition or NIL") && c.str() && c.sp() && c.bodyParams() &&
		c.expect(')', ProdBody, `")"`)
}

func (c *cursor) language() bool {
	if !c.skip('(') {
		return c.nstring()
	}
	for {
		if !c.str() {
			return false
		}
		if !c.next(ProdBody) {
			return !c.bad
		}
	}
}

// bodyExtension is body-extension: strings, NIL, numbers, and lists of them.
func (c *cursor) bodyExtension() bool {
	for depth := 0; ; {
		switch {
		case c.peek() == '(':
			if depth++; depth > MaxNesting {
				return c.fail(ProdNesting, "fewer parentheses")
			}
			c.i++
			continue
		case class[c.peek()]&isDigit != 0:
			if !c.size(false) {
				return false
			}
		case !c.nstring():
			return false
		}
		for depth > 0 && c.skip(')') {
			depth--
		}
		if depth == 0 {
			return true
		}
		if !c.sp() {
			return false
		}
	}
}
