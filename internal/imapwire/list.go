package imapwire

// mailboxList is mailbox-list: attributes, delimiter, name, extended data. The
// rule that only one selectability attribute may appear is left to the judge:
// servers send \NonExistent with \Noselect for clients of RFC 3501.
func (c *cursor) mailboxList() bool {
	if !c.attributes() || !c.sp() || !c.delimiter() || !c.sp() || !c.mailbox() {
		return false
	}
	if c.peek() != ' ' {
		return true
	}
	return c.sp() && c.listExtended()
}

// attributes is "(" [mbx-list-flags] ")".
func (c *cursor) attributes() bool {
	if !c.open(ProdList, `"("`) {
		return false
	}
	if c.skip(')') {
		return true
	}
	for {
		if !c.expect('\\', ProdFlag, `an attribute with "\"`) || !c.word(isAtom, ProdFlag, "an attribute") {
			return false
		}
		if !c.next(ProdList) {
			return !c.bad
		}
	}
}

// delimiter is one quoted character, or NIL.
func (c *cursor) delimiter() bool {
	if c.nilWord() {
		return true
	}
	start := c.i
	if !c.expect('"', ProdQuoted, "one quoted character or NIL") {
		return false
	}
	switch ch := c.peek(); {
	case ch == '\\':
		c.i = start
		if n := c.peekAt(2); n != '"' && n != '\\' {
			return c.failAt(start+2, ProdQuoted, `'"' or '\' after '\'`)
		}
		c.i += 3
	case class[ch]&isQuoted != 0:
		c.i++
	case ch >= 0x80 && c.utf8Char():
	default:
		return c.fail(ProdQuoted, "one character")
	}
	return c.expect('"', ProdQuoted, "the closing quote after one character")
}

// mailbox is mailbox; for Rev1 the name has to be valid modified UTF-7.
func (c *cursor) mailbox() bool {
	start := c.i
	return c.astringIn(ProdMailbox, "a mailbox name") && c.utf7At(start)
}

// utf7At checks the astring from start to the cursor as a name in modified UTF-7
// (RFC 3501, section 5.1.3), in Rev1 only: for RFC 9051 "&" is a character as any
// other, and Any accepts both.
func (c *cursor) utf7At(start int) bool {
	if c.p != Rev1 {
		return true
	}
	off, s := start, c.b[start:c.i]
	switch s[0] {
	case '"':
		off, s = start+1, s[1:len(s)-1]
	case '{':
		s = literalData(s)
		off = c.i - len(s)
	}
	if i := checkUTF7(s); i >= 0 {
		return c.failAt(off+i, ProdUTF7, "modified UTF-7")
	}
	return true
}

// listExtended is mbox-list-extended: pairs of a tag and a value in parentheses or
// without.
func (c *cursor) listExtended() bool {
	if !c.open(ProdList, `"("`) {
		return false
	}
	if c.skip(')') {
		return true
	}
	for {
		if !c.astring() || !c.sp() || !c.taggedValue() {
			return false
		}
		if !c.next(ProdList) {
			return !c.bad
		}
	}
}

// taggedLabel is tagged-ext-label, which is returned; it never fails.
func (c *cursor) taggedLabel() []byte {
	start := c.i
	for class[c.peek()]&isLabel != 0 && (c.i > start || class[c.peek()]&isDigit == 0 && c.peek() != ':') {
		c.i++
	}
	return c.b[start:c.i]
}

// isTagged tells whether a tagged-ext-val can begin with ch.
func isTagged(ch byte) bool {
	return ch == '(' || ch == '*' || ch == '$' || class[ch]&isDigit != 0
}

// taggedValue is tagged-ext-val: a set, a number, or a list in parentheses, which
// may be empty.
func (c *cursor) taggedValue() bool {
	switch ch := c.peek(); {
	case ch == '(' && c.peekAt(1) == ')':
		c.i += 2
		return true
	case ch == '(':
		return c.parens()
	case ch == '*', ch == '$':
		return c.set(setSeq)
	}
	return c.taggedSimple()
}

// taggedSimple is a number of up to 63 bits, or a set.
func (c *cursor) taggedSimple() bool {
	start := c.i
	if _, ok := c.number(max63, false); !ok {
		return false
	}
	if ch := c.peek(); ch != ':' && ch != ',' {
		return true
	}
	c.i = start
	return c.set(setSeq)
}
