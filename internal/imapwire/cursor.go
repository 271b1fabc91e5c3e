package imapwire

// Profile selects the protocol revision whose grammar is applied.
type Profile uint8

const (
	// Any accepts what either revision or a known extension accepts.
	Any Profile = iota
	// Rev1 is RFC 3501: no octets above 127 outside literals, 32-bit numbers,
	// text never empty, mailbox names in modified UTF-7.
	Rev1
	// Rev2 is RFC 9051: UTF-8 in quoted strings and text, 63-bit sizes, and
	// nothing that the revision removed.
	Rev2
)

// String returns "any", "rev1" or "rev2".
func (p Profile) String() string {
	switch p {
	case Rev1:
		return "rev1"
	case Rev2:
		return "rev2"
	}
	return "any"
}

// cursor walks over one unit. Its methods return false after the first failure,
// which they record; none of them moves past a byte that it did not accept.
type cursor struct {
	b      []byte
	i      int
	p      Profile
	server bool            // the unit was sent by a server
	ends   itemEnds        // where the values of a FETCH response end
	again  bool            // the unit was parsed before, without an error, and ends are known
	item   int             // how many values there were up to here
	keys   func(SearchKey) // is told the keys of a search, if it is not nil

	bad  bool
	at   int
	prod string
	want string
}

// fail records the first failure, at the cursor.
func (c *cursor) fail(prod, want string) bool { return c.failAt(c.i, prod, want) }

// failAt records the first failure, at byte i. NUL is never allowed where a
// failure can be (RFC 9051, section 9, note 3) and has a production of its own.
func (c *cursor) failAt(i int, prod, want string) bool {
	if c.bad {
		return false
	}
	if i < len(c.b) && c.b[i] == 0 {
		prod = ProdNull
	}
	c.bad, c.at, c.prod, c.want = true, i, prod, want
	return false
}

// err returns the recorded failure, or nil.
func (c *cursor) err() *Error {
	if !c.bad {
		return nil
	}
	return &Error{Pos: c.at, Production: c.prod, Want: c.want, Got: describe(c.b, c.at)}
}

// peek returns the byte at the cursor, or 0 at the end.
func (c *cursor) peek() byte {
	if c.i < len(c.b) {
		return c.b[c.i]
	}
	return 0
}

// peekAt returns the byte n after the cursor, or 0 past the end.
func (c *cursor) peekAt(n int) byte {
	if c.i+n < len(c.b) {
		return c.b[c.i+n]
	}
	return 0
}

// skip moves over ch if it is next.
func (c *cursor) skip(ch byte) bool {
	if c.i < len(c.b) && c.b[c.i] == ch {
		c.i++
		return true
	}
	return false
}

// expect demands ch.
func (c *cursor) expect(ch byte, prod, want string) bool {
	return c.skip(ch) || c.fail(prod, want)
}

// sp demands exactly one space. A second one is reported here, where it can be
// named, and not as a failure of whatever follows.
func (c *cursor) sp() bool {
	if i := c.i + 1; i < len(c.b) && c.b[i-1] == ' ' && c.b[i] != ' ' {
		c.i = i
		return true
	}
	return c.spAtEnd()
}

// spAtEnd is sp where the unit ends behind the space, or where it fails.
func (c *cursor) spAtEnd() bool {
	if !c.skip(' ') {
		return c.fail(ProdSpace, "SP")
	}
	if c.peek() == ' ' {
		return c.fail(ProdSpace, "one SP only")
	}
	return true
}

// crlf demands CRLF and the end of the unit.
func (c *cursor) crlf() bool {
	if !c.skip('\r') {
		return c.fail(ProdCRLF, "CRLF")
	}
	if !c.skip('\n') {
		return c.fail(ProdCRLF, "LF after CR")
	}
	if c.i != len(c.b) {
		return c.fail(ProdCRLF, "the end of the unit")
	}
	return true
}

// run moves over the octets of one class and returns how many there were.
func (c *cursor) run(mask classes) int {
	i, b := c.i, c.b
	for i < len(b) && class[b[i]]&mask != 0 {
		i++
	}
	n := i - c.i
	c.i = i
	return n
}

// word is a non-empty run of one class. An octet behind it that no IMAP token
// may contain is reported as a failure of the same production.
func (c *cursor) word(mask classes, prod, want string) bool {
	if c.run(mask) == 0 {
		return c.fail(prod, want)
	}
	if ch := c.peek(); c.i < len(c.b) && (ch >= 0x7f || ch < ' ' && ch != '\r' && ch != '\n') {
		return c.fail(prod, want)
	}
	return true
}

// atom is 1*ATOM-CHAR.
func (c *cursor) atom() bool { return c.word(isAtom, ProdAtom, "an atom") }

// name moves over the octets of a keyword (letters, digits, "." and "-") and
// returns them; it never fails.
func (c *cursor) name() []byte {
	start := c.i
	c.run(isName)
	return c.b[start:c.i]
}

// keyword moves over the word s, in any case, if it is next and complete: what
// follows must not be an ASTRING-CHAR.
func (c *cursor) keyword(s string) bool {
	if !hasFold(c.b[c.i:], s) || class[c.peekAt(len(s))]&isAStr != 0 {
		return false
	}
	c.i += len(s)
	return true
}

// isNil tells whether NIL is next.
func (c *cursor) isNil() bool {
	i := c.i
	return i+2 < len(c.b) && c.b[i]|0x20 == 'n' && c.b[i+1]|0x20 == 'i' && c.b[i+2]|0x20 == 'l' && class[c.peekAt(3)]&isAStr == 0
}

// nilWord moves over NIL if it is next.
func (c *cursor) nilWord() bool {
	if c.isNil() {
		c.i += 3
		return true
	}
	return false
}

// number is 1*DIGIT up to max; nonzero forbids a first digit of 0 (digit-nz).
func (c *cursor) number(max uint64, nonzero bool) (uint64, bool) {
	return c.numberIn(ProdNumber, max, nonzero)
}

func (c *cursor) numberIn(prod string, max uint64, nonzero bool) (uint64, bool) {
	start := c.i
	var v uint64
	for tenth := max / 10; c.i < len(c.b); c.i++ {
		d := uint64(c.b[c.i] - '0')
		if d > 9 {
			break
		}
		if v >= tenth && (v > tenth || d > max%10) {
			return 0, c.failAt(start, prod, "a smaller number")
		}
		v = v*10 + d
	}
	if c.i == start {
		return 0, c.fail(prod, "a digit")
	}
	if nonzero && c.b[start] == '0' {
		return 0, c.failAt(start, prod, "a digit from 1 to 9")
	}
	return v, true
}

const (
	max32 = 1<<32 - 1
	max63 = 1<<63 - 1
)

// sizeMax is the largest size of the profile: number64 came with RFC 9051.
func (c *cursor) sizeMax() uint64 {
	if c.p == Rev1 {
		return max32
	}
	return max63
}

// open demands the parenthesis that opens a list.
func (c *cursor) open(prod, want string) bool { return c.expect('(', prod, want) }

// next moves over what stands between two elements of a list: true if another
// element follows, false at the end of the list or after a failure.
func (c *cursor) next(prod string) bool {
	if c.skip(')') {
		return false
	}
	if c.peek() != ' ' {
		return c.fail(prod, `SP or ")"`)
	}
	return c.sp()
}
