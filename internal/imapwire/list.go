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

// taggedValue is tagged-ext-val: a set, a number, or a list in parentheses.
func (c *cursor) taggedValue() bool {
	if c.peek() != '(' {
		if c.peek() == '*' || c.peek() == '$' {
			return c.set(setSeq)
		}
		return c.taggedSimple()
	}
	return c.parens()
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

// parens is a balanced group that may be empty at its outermost level.
func (c *cursor) parens() bool {
	if c.peek() == '(' && c.peekAt(1) == ')' {
		c.i += 2
		return true
	}
	if c.peek() != '(' {
		return c.fail(ProdList, `"("`)
	}
	depth := 0
	for {
		if c.peek() == '(' {
			if depth++; depth > MaxNesting {
				return c.fail(ProdNesting, "fewer parentheses")
			}
			c.i++
			continue
		}
		if !c.extToken() {
			return false
		}
		for depth > 0 && c.skip(')') {
			depth--
		}
		if depth == 0 {
			return true
		}
		if c.peek() != ' ' {
			return c.fail(ProdList, `SP or ")"`)
		}
		if !c.sp() {
			return false
		}
	}
}

// extToken is an astring, or what extensions put in its place: a flag, a set.
func (c *cursor) extToken() bool {
	if c.peek() == '\\' {
		return c.flag(flagFetch)
	}
	if ch := c.peek(); ch == '*' || ch == '%' {
		return c.word(isAStr|isList, ProdList, "a token")
	}
	if class[c.peek()]&isAStr != 0 {
		return c.word(isAStr|isList, ProdList, "a token")
	}
	return c.astring()
}

// statusData is the STATUS response: a mailbox and pairs of attribute and value.
func (c *cursor) statusData() bool {
	if !c.mailbox() || !c.sp() || !c.open(ProdList, `"("`) {
		return false
	}
	if c.skip(')') {
		return true
	}
	for {
		start := c.i
		name := c.name()
		if !c.statusValue(name, start) {
			return false
		}
		if !c.next(ProdList) {
			return !c.bad
		}
	}
}

func (c *cursor) statusValue(name []byte, start int) bool {
	switch {
	case equalFold(name, "RECENT") && c.p == Rev2:
	case equalFold(name, "MESSAGES"), equalFold(name, "UNSEEN"), equalFold(name, "RECENT"), equalFold(name, "DELETED"):
		return c.sp() && c.num()
	case equalFold(name, "UIDNEXT"), equalFold(name, "UIDVALIDITY"):
		return c.sp() && c.nz()
	case equalFold(name, "SIZE"), equalFold(name, "DELETED-STORAGE"), equalFold(name, "HIGHESTMODSEQ"):
		// 63 bits in every profile: RFC 8438 has them for clients of RFC 3501 too.
		if !c.sp() {
			return false
		}
		_, ok := c.number(max63, false)
		return ok
	case equalFold(name, "APPENDLIMIT"):
		return c.sp() && (c.nilWord() || c.num())
	case equalFold(name, "MAILBOXID"):
		return c.sp() && c.objectID()
	}
	return c.failAt(start, ProdStatusAtt, "a status attribute")
}

// namespaceData is three namespaces (RFC 2342, section 6).
func (c *cursor) namespaceData() bool {
	for range 3 {
		if !c.sp() || !c.namespace() {
			return false
		}
	}
	return true
}

func (c *cursor) namespace() bool {
	if c.nilWord() {
		return true
	}
	if !c.open(ProdList, "a namespace or NIL") {
		return false
	}
	for {
		if !c.open(ProdList, `"("`) || !c.str() || !c.sp() || !c.delimiter() {
			return false
		}
		for c.peek() == ' ' {
			if !c.sp() || !c.str() || !c.sp() || !c.strings() {
				return false
			}
		}
		if !c.expect(')', ProdList, `")"`) {
			return false
		}
		if c.skip(')') {
			return true
		}
	}
}

// strings is "(" string *(SP string) ")".
func (c *cursor) strings() bool {
	if !c.open(ProdList, `"("`) {
		return false
	}
	for {
		if !c.str() {
			return false
		}
		if !c.next(ProdList) {
			return !c.bad
		}
	}
}
