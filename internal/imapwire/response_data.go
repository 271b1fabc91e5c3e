package imapwire

import (
	"iter"
	"unicode/utf8"
)

// The accessors of this file take apart what [ParseResponse] has checked. They
// apply the grammar of both revisions, return ok false for a response of another
// name or with an error, and point into the unit; only a [Set] is allocated.

// rest returns a cursor on what follows the response's name.
func (r Response) rest() cursor { return cursor{b: r.Rest, server: true} }

// code returns a cursor on the code's argument.
func (r Response) code() cursor { return cursor{b: r.CodeArg, server: true} }

// List is what a LIST or LSUB response says (RFC 9051, section 7.3.1).
type List struct {
	Attributes Words // \Noselect and the like
	Delimiter  rune  // 0 for NIL
	// Mailbox is the name's octets as they were sent: [MailboxName] decodes them.
	Mailbox []byte
	// Extended is the extended data in its parentheses, or nil (RFC 5258).
	Extended []byte
}

// List takes a LIST, LSUB or XLIST response apart.
func (r Response) List() (l List, ok bool) {
	if r.Name != "LIST" && r.Name != "LSUB" && r.Name != "XLIST" {
		return l, false
	}
	c := r.rest()
	l.Attributes = c.inner(c.attributes)
	if c.bad || !c.sp() {
		return List{}, false
	}
	var mailbox []byte
	if l.Delimiter, ok = c.delimiterValue(); !ok || !c.sp() {
		return List{}, false
	}
	if mailbox, ok = c.astringValue(); !ok {
		return List{}, false
	}
	l.Mailbox = mailbox
	if c.skip(' ') {
		start := c.i
		c.listExtended()
		l.Extended = c.b[start:c.i]
	}
	if !c.whole() {
		return List{}, false
	}
	return l, true
}

// Extension returns the value of an extended data item, "OLDNAME" or "CHILDINFO"
// for example, as it is on the wire (RFC 9051, section 7.3.1).
func (l List) Extension(tag string) (value []byte, ok bool) {
	c := cursor{b: l.Extended, server: true}
	if !c.skip('(') || c.skip(')') {
		return nil, false
	}
	for {
		name, good := c.astringValue()
		if !good || !c.sp() {
			return nil, false
		}
		start := c.i
		if !c.taggedValue() {
			return nil, false
		}
		if len(name) == len(tag) && hasFold(name, tag) {
			return c.b[start:c.i], true
		}
		if !c.next(ProdList) {
			return nil, false
		}
	}
}

// delimiterValue is delimiter, and returns it: 0 for NIL.
func (c *cursor) delimiterValue() (rune, bool) {
	start := c.i
	if !c.delimiter() {
		return 0, false
	}
	raw := c.b[start:c.i]
	if raw[0] != '"' {
		return 0, true
	}
	if raw[1] == '\\' {
		return rune(raw[2]), true
	}
	ch, _ := utf8.DecodeRune(raw[1:])
	return ch, true
}

// StatusData is what a STATUS response says (RFC 9051, section 7.3.4).
type StatusData struct {
	Mailbox []byte // as [List.Mailbox]
	items   []byte
}

// StatusData takes a STATUS response apart.
func (r Response) StatusData() (s StatusData, ok bool) {
	if r.Name != "STATUS" {
		return s, false
	}
	c := r.rest()
	if s.Mailbox, ok = c.astringValue(); !ok || !c.sp() {
		return StatusData{}, false
	}
	start := c.i
	if !c.statusItems(nil) || !c.whole() {
		return StatusData{}, false
	}
	s.items = c.b[start:]
	return s, true
}

// All yields the items in order: the name in upper case, and the value as it is on
// the wire, a number but for MAILBOXID and an APPENDLIMIT of NIL.
func (s StatusData) All() iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		c := cursor{b: s.items, server: true}
		if len(s.items) > 0 {
			c.statusItems(yield)
		}
	}
}

// Get returns the number that an item has, the last one if it stands there twice.
// name is in upper case.
func (s StatusData) Get(name string) (n uint64, ok bool) {
	for got, value := range s.All() {
		if got == name {
			n, ok = ParseNumber(value)
		}
	}
	return n, ok
}

// ParseNumber reads a number of up to 63 bits.
func ParseNumber(b []byte) (n uint64, ok bool) {
	c := cursor{b: b}
	n, _ = c.number(max63, false)
	return n, c.whole()
}

// Flags returns the flags of a FLAGS response or of a PERMANENTFLAGS code (RFC
// 9051, sections 7.3.5 and 7.1).
func (r Response) Flags() (Words, bool) {
	c, use := r.rest(), flagFetch
	switch {
	case r.Code == "PERMANENTFLAGS":
		c, use = r.code(), flagPermanent
	case r.Name != "FLAGS":
		return nil, false
	}
	w := c.flagWords(use)
	return w, c.whole()
}

// Capabilities returns the list of a CAPABILITY response or code (RFC 9051,
// section 7.2.2).
func (r Response) Capabilities() (Words, bool) {
	switch {
	case r.Code == "CAPABILITY":
		return atoms(r.CodeArg)
	case r.Name == "CAPABILITY":
		return atoms(r.Rest)
	}
	return nil, false
}

// Enabled returns the list of an ENABLED response, which may be empty (RFC 9051,
// section 7.2.1).
func (r Response) Enabled() (Words, bool) {
	if r.Name != "ENABLED" {
		return nil, false
	}
	return atoms(r.Rest)
}

// atoms tells whether b is nothing but atoms with single spaces between them.
func atoms(b []byte) (Words, bool) {
	c := cursor{b: b}
	if len(b) == 0 {
		return nil, true
	}
	if !c.atom() || !c.capabilities() || !c.whole() {
		return nil, false
	}
	return b, true
}

// Namespaces calls f for each namespace of a NAMESPACE response (RFC 9051, section
// 7.3.6): its kind is 0 for personal, 1 for other users', 2 for shared ones.
func (r Response) Namespaces(f func(kind int, prefix []byte, delimiter rune)) (ok bool) {
	if r.Name != "NAMESPACE" {
		return false
	}
	c := r.rest()
	for kind := range 3 {
		if kind > 0 && !c.sp() {
			return false
		}
		if !c.namespace(func(prefix []byte, delimiter rune) { f(kind, prefix, delimiter) }) {
			return false
		}
	}
	return c.whole()
}
