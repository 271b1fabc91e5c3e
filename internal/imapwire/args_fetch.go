package imapwire

// fetchArgs is a set, and what to fetch of it: a macro, an item, or a list of items
// (RFC 9051, section 6.4.5). Macros may not be in a list.
func (c *cursor) fetchArgs() bool {
	if !c.set(setSeq) || !c.sp() {
		return false
	}
	if c.skip('(') {
		for {
			if !c.fetchAtt() {
				return false
			}
			if !c.next(ProdFetchAtt) {
				break
			}
		}
		return !c.bad && c.params()
	}
	if c.keyword("ALL") || c.keyword("FULL") || c.keyword("FAST") {
		return c.params()
	}
	return c.fetchAtt() && c.params()
}

// fetchAtt is fetch-att.
func (c *cursor) fetchAtt() bool {
	start := c.i
	name := intern(c.name())
	bracket := c.peek() == '['
	switch name {
	case "BODY", "BODY.PEEK":
		if bracket {
			return c.section() && c.partial()
		}
		if name == "BODY" {
			return true
		}
		return c.fail(ProdSection, `"["`)
	case "BINARY", "BINARY.PEEK":
		return c.sectionBinary() && c.partial()
	case "BINARY.SIZE":
		return c.sectionBinary()
	case "PREVIEW": // RFC 8970, section 3.1
		if c.peek() == ' ' && c.peekAt(1) == '(' {
			return c.sp() && c.parens()
		}
		return true
	case "RFC822", "RFC822.HEADER", "RFC822.TEXT":
		if c.p != Rev2 && !bracket {
			return true
		}
	case "ENVELOPE", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "BODYSTRUCTURE", "UID",
		"MODSEQ", "EMAILID", "THREADID", "SAVEDATE":
		if !bracket {
			return true
		}
	}
	return c.failAt(start, ProdFetchAtt, "a data item")
}

// partial is ["<" number "." nz-number ">"].
func (c *cursor) partial() bool {
	if !c.skip('<') {
		return true
	}
	if _, ok := c.numberIn(ProdPartial, c.sizeMax(), false); !ok {
		return false
	}
	if !c.expect('.', ProdPartial, `"."`) {
		return false
	}
	if _, ok := c.numberIn(ProdPartial, c.sizeMax(), true); !ok {
		return false
	}
	return c.expect('>', ProdPartial, `">"`)
}

// storeArgs is a set, an item that says what to do, and flags, in a list or bare.
func (c *cursor) storeArgs() bool {
	if !c.set(setSeq) {
		return false
	}
	if c.p == Any && c.peek() == ' ' && c.peekAt(1) == '(' && !c.params() {
		return false
	}
	if !c.sp() {
		return false
	}
	start := c.i
	if !c.skip('+') {
		c.skip('-')
	}
	if name := c.name(); !equalFold(name, "FLAGS") && !equalFold(name, "FLAGS.SILENT") {
		return c.failAt(start, ProdStoreAtt, "FLAGS or FLAGS.SILENT")
	}
	if !c.sp() {
		return false
	}
	if c.peek() == '(' {
		return c.flagList(flagPlain)
	}
	for {
		if !c.flag(flagPlain) {
			return false
		}
		if c.peek() != ' ' {
			return true
		}
		if !c.sp() {
			return false
		}
	}
}
