package imapwire

import "unicode/utf8"

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

// Character classes of RFC 9051, section 9.
const (
	isAtom   uint8 = 1 << iota // ATOM-CHAR
	isAStr                     // ASTRING-CHAR
	isTag                      // tag
	isList                     // list-char
	isDigit                    // DIGIT
	isQuoted                   // QUOTED-CHAR that is one plain 7-bit octet
	isText                     // TEXT-CHAR
	isBase64                   // base64-char
)

var class = makeClass()

func makeClass() (t [256]uint8) {
	for i := 1; i < 128; i++ {
		c := byte(i)
		if c != '\r' && c != '\n' {
			t[c] |= isText
			if c != '"' && c != '\\' {
				t[c] |= isQuoted
			}
		}
		switch {
		case c <= ' ' || c == 0x7f || c == '(' || c == ')' || c == '{' || c == '"' || c == '\\':
		case c == '%' || c == '*':
			t[c] |= isList
		case c == ']':
			t[c] |= isAStr | isTag | isList
		case c == '+':
			t[c] |= isAtom | isAStr | isList | isBase64
		default:
			t[c] |= isAtom | isAStr | isTag | isList
		}
		if c >= '0' && c <= '9' {
			t[c] |= isDigit
		}
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '/' {
			t[c] |= isBase64
		}
	}
	return t
}

// cursor walks over one unit. Its methods return false after the first failure,
// which they record; none of them moves past a byte that it did not accept.
type cursor struct {
	b      []byte
	i      int
	p      Profile
	server bool // the unit was sent by a server

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
func (c *cursor) run(mask uint8) int {
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
func (c *cursor) word(mask uint8, prod, want string) bool {
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
	for c.i < len(c.b) {
		ch := c.b[c.i]
		if class[ch]&isAtom == 0 || ch == '[' || ch == '<' {
			break
		}
		c.i++
	}
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
	return c.i < len(c.b) && c.b[c.i]|0x20 == 'n' && hasFold(c.b[c.i:], "NIL") && class[c.peekAt(3)]&isAStr == 0
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
	for c.i < len(c.b) && class[c.b[c.i]]&isDigit != 0 {
		d := uint64(c.b[c.i] - '0')
		if v > (max-d)/10 {
			return 0, c.failAt(start, prod, "a smaller number")
		}
		v = v*10 + d
		c.i++
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

// quoted is DQUOTE *QUOTED-CHAR DQUOTE.
func (c *cursor) quoted() bool {
	if !c.skip('"') {
		return c.fail(ProdQuoted, "a quoted string")
	}
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

// nstring is string or NIL.
func (c *cursor) nstring() bool { return c.nilWord() || c.strIn(ProdString, "a string or NIL") }

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
