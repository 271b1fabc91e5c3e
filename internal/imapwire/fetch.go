package imapwire

// fetchNames are the data items of a FETCH response.
var fetchNames = []string{
	"FLAGS", "ENVELOPE", "INTERNALDATE", "RFC822", "RFC822.HEADER", "RFC822.TEXT", "RFC822.SIZE",
	"BODY", "BODYSTRUCTURE", "BINARY", "BINARY.SIZE", "UID", "MODSEQ", "EMAILID", "THREADID",
	"SAVEDATE", "PREVIEW",
}

// attNames are the other words of FETCH and STATUS commands.
var attNames = []string{
	"BODY.PEEK", "BINARY.PEEK", "UID", "MESSAGES", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "DELETED",
	"SIZE", "APPENDLIMIT", "HIGHESTMODSEQ", "MAILBOXID", "DELETED-STORAGE", "RECENT",
}

// FetchFunc is told one data item of a FETCH response: its name in upper case,
// without section; the section between the brackets (nil if there are none); the
// origin in angle brackets (-1 if there is none); and the value as it is on the
// wire, which for a literal includes its header: [NString] takes it apart.
type FetchFunc func(name string, section []byte, origin int64, value []byte)

// EachFetchItem calls f for every data item of a FETCH response, in order, up to
// the first error. r is what [ParseResponse] returned, with or without an error.
// The grammar of both revisions is accepted.
func EachFetchItem(r Response, f FetchFunc) *Error {
	off := max(0, len(trim(r.Raw, 0))-len(r.Rest))
	c := cursor{b: r.Raw, i: off, server: true}
	if r.Name != "FETCH" || !r.HasNum {
		c.i = 0
		c.fail(ProdResponse, "a FETCH response")
		return c.err()
	}
	if r.whole != nil && len(r.Raw) > 0 && r.whole == &r.Raw[0] {
		c.again, c.ends = true, r.ends
	}
	c.fetchData(f)
	return c.err()
}

// fetchData is msg-att (RFC 9051, section 9).
func (c *cursor) fetchData(f FetchFunc) bool {
	if !c.open(ProdList, `"("`) {
		return false
	}
	for {
		if !c.fetchItem(f) {
			return false
		}
		if !c.next(ProdList) {
			return !c.bad
		}
	}
}

func (c *cursor) fetchItem(f FetchFunc) bool {
	start := c.i
	name := intern(c.name())
	var section []byte
	origin := int64(-1)
	if c.peek() == '[' {
		at := c.i
		if !c.itemSection(name) {
			return false
		}
		section = c.b[at+1 : c.i-1]
		if c.peek() == '<' {
			n, ok := c.origin(name)
			if !ok {
				return false
			}
			origin = int64(n)
		}
	}
	if !knownItem(name, section != nil, c.p) {
		return c.failAt(start, ProdFetchAtt, "a data item")
	}
	if !c.sp() {
		return false
	}
	at := c.i
	if !(c.again && c.knownValue()) && !c.itemValue(name, section != nil) {
		return false
	}
	if !c.again {
		c.ends.add(c.i)
	}
	if f != nil {
		f(name, section, origin, c.b[at:c.i])
	}
	return true
}

// itemSection is the section that a data item may have.
func (c *cursor) itemSection(name string) bool {
	switch name {
	case "BODY":
		return c.section()
	case "BINARY", "BINARY.SIZE":
		return c.sectionBinary()
	}
	return c.fail(ProdFetchAtt, "a data item without section")
}

// origin is "<" number ">" behind a section.
func (c *cursor) origin(name string) (uint64, bool) {
	if name == "BINARY.SIZE" {
		return 0, c.fail(ProdPartial, "no origin")
	}
	c.i++
	n, ok := c.numberIn(ProdPartial, c.sizeMax(), false)
	return n, ok && c.expect('>', ProdPartial, `">"`)
}

// knownItem tells whether a FETCH response may have the item.
func knownItem(name string, section bool, p Profile) bool {
	switch name {
	case "BODY":
		return true
	case "BINARY", "BINARY.SIZE":
		return section
	case "RFC822", "RFC822.HEADER", "RFC822.TEXT":
		return p != Rev2
	case "FLAGS", "ENVELOPE", "INTERNALDATE", "RFC822.SIZE", "BODYSTRUCTURE", "UID",
		"MODSEQ", "EMAILID", "THREADID", "SAVEDATE", "PREVIEW":
		return true
	}
	return false
}

// itemValue is the value of a data item.
func (c *cursor) itemValue(name string, section bool) bool {
	switch name {
	case "FLAGS":
		return c.flagList(flagFetch)
	case "UID":
		return c.nz()
	case "RFC822.SIZE":
		return c.size(false)
	case "INTERNALDATE":
		_, ok := c.dateTime()
		return ok
	case "ENVELOPE":
		return c.envelope()
	case "BODYSTRUCTURE":
		return c.body(true, 1)
	case "BODY":
		if !section {
			return c.body(false, 1)
		}
		return c.nstring()
	case "RFC822", "RFC822.HEADER", "RFC822.TEXT", "PREVIEW":
		return c.nstring()
	case "BINARY":
		if c.peek() == '~' {
			return c.literal(true)
		}
		return c.nstring()
	case "BINARY.SIZE":
		return c.num()
	case "MODSEQ":
		return c.open(ProdList, `"("`) && c.modSeq() && c.expect(')', ProdList, `")"`)
	case "EMAILID":
		return c.objectIDs()
	case "THREADID":
		return c.nilWord() || c.objectIDs()
	case "SAVEDATE":
		if c.nilWord() {
			return true
		}
		_, ok := c.dateTime()
		return ok
	}
	return c.fail(ProdFetchAtt, "a data item")
}

// section is "[" [section-spec] "]".
func (c *cursor) section() bool {
	if !c.expect('[', ProdSection, `"["`) {
		return false
	}
	if c.skip(']') {
		return true
	}
	part := class[c.peek()]&isDigit != 0
	if part {
		for {
			if _, ok := c.numberIn(ProdSection, max32, true); !ok {
				return false
			}
			if !c.skip('.') || class[c.peek()]&isDigit == 0 {
				break
			}
		}
		if c.b[c.i-1] != '.' {
			return c.expect(']', ProdSection, `"." or "]"`)
		}
	}
	return c.sectionText(part) && c.expect(']', ProdSection, `"]"`)
}

// sectionText is section-msgtext, and after a part also MIME.
func (c *cursor) sectionText(part bool) bool {
	start := c.i
	word := c.name()
	switch {
	case equalFold(word, "HEADER"), equalFold(word, "TEXT"):
		return true
	case equalFold(word, "MIME") && part:
		return true
	case equalFold(word, "HEADER.FIELDS"), equalFold(word, "HEADER.FIELDS.NOT"):
		return c.sp() && c.headerList()
	}
	return c.failAt(start, ProdSection, "HEADER, HEADER.FIELDS, TEXT or, after a part, MIME")
}

// headerList is a list of one or more field names.
func (c *cursor) headerList() bool {
	if !c.open(ProdSection, `"("`) {
		return false
	}
	for {
		if !c.astring() {
			return false
		}
		if !c.next(ProdSection) {
			return !c.bad
		}
	}
}

// sectionBinary is section-binary: a part, or nothing, in brackets.
func (c *cursor) sectionBinary() bool {
	if !c.expect('[', ProdSection, `"["`) {
		return false
	}
	if c.skip(']') {
		return true
	}
	for {
		if _, ok := c.numberIn(ProdSection, max32, true); !ok {
			return false
		}
		if !c.skip('.') {
			return c.expect(']', ProdSection, `"." or "]"`)
		}
	}
}
