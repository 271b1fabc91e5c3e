package imapwire

import "bytes"

// fetchArgs is a set, and what to fetch of it: a macro, an item, or a list of items
// (RFC 9051, section 6.4.5). Macros may not be in a list.
// f and m, if they are not nil, are told what there is.
func (c *cursor) fetchArgs(uid bool, f func(FetchAtt), m *FetchModifiers) bool {
	if !c.set(setSeq) || !c.sp() {
		return false
	}
	if c.skip('(') {
		for {
			if !c.fetchAtt(f) {
				return false
			}
			if !c.next(ProdFetchAtt) {
				break
			}
		}
		return !c.bad && c.fetchModifiers(uid, m)
	}
	start := c.i
	if c.keyword("ALL") || c.keyword("FULL") || c.keyword("FAST") {
		if f != nil {
			f(FetchAtt{Name: intern(c.b[start:c.i])})
		}
		return c.fetchModifiers(uid, m)
	}
	return c.fetchAtt(f) && c.fetchModifiers(uid, m)
}

// fetchAtt is fetch-att.
func (c *cursor) fetchAtt(f func(FetchAtt)) bool {
	start := c.i
	name := intern(c.name())
	open := c.i
	if !c.fetchRest(name, start) {
		return false
	}
	if f != nil {
		f(fetchAttOf(name, c.b[open:c.i]))
	}
	return true
}

// fetchAttOf takes a well-formed item apart; rest is what follows its name.
func fetchAttOf(name string, rest []byte) FetchAtt {
	a := FetchAtt{Name: name}
	if len(rest) == 0 || rest[0] != '[' {
		return a
	}
	end := bytes.LastIndexByte(rest, ']')
	if a.Section = rest[1:end]; end+1 < len(rest) {
		c := cursor{b: rest, i: end + 2}
		a.Partial = true
		a.Offset, _ = c.number(max63, false)
		c.i++
		a.Length, _ = c.number(max63, true)
	}
	return a
}

// fetchRest is what follows the name of an item, which begins at start.
func (c *cursor) fetchRest(name string, start int) bool {
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
		return c.previewMods()
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

// previewMods is [SP "(" preview-mod *(SP preview-mod) ")"] (RFC 8970, section 6).
// What does not begin with LAZY is the modifiers of FETCH.
func (c *cursor) previewMods() bool {
	if !hasFold(c.b[c.i:], " (LAZY") {
		return true
	}
	c.i += 2
	for {
		if !c.keyword("LAZY") {
			return c.fail(ProdFetchAtt, "LAZY")
		}
		if !c.next(ProdFetchAtt) {
			return !c.bad
		}
	}
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
// s, if it is not nil, is told what there is behind the set.
func (c *cursor) storeArgs(s *StoreArgs) bool {
	if !c.set(setSeq) || !c.storeModifiers(s) || !c.sp() {
		return false
	}
	start := c.i
	op := c.peek()
	if op != '+' && op != '-' {
		op = 0
	} else {
		c.i++
	}
	name := c.name()
	silent := equalFold(name, "FLAGS.SILENT")
	if !silent && !equalFold(name, "FLAGS") {
		return c.failAt(start, ProdStoreAtt, "FLAGS or FLAGS.SILENT")
	}
	if !c.sp() {
		return false
	}
	start = c.i
	list := c.peek() == '('
	if !c.storeFlags(list) {
		return false
	}
	if s != nil {
		s.Op, s.Silent, s.Flags = op, silent, c.b[start:c.i]
		if list {
			s.Flags = s.Flags[1 : len(s.Flags)-1]
		}
	}
	return true
}

// storeFlags is flag-list / (flag *(SP flag)).
func (c *cursor) storeFlags(list bool) bool {
	if list {
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
