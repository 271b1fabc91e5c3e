package imapwire

import "bytes"

// Marks names the protocol points of one direction's stream, so that a fault can
// be put at "the first octet of the second literal". The zero value stands at the
// start of a stream; one value serves one direction of one connection. What it
// names depends on the octets alone, never on how they are cut into pieces.
//
// A mark stands before an octet, and is named when that octet is shown.
//
//	server          before
//	greeting        the first octet of the stream
//	line            each response, and each line that continues one after a literal
//	untagged        the "*" of a response
//	tagged          the tag of a response
//	continuation    the "+" of a response
//	completion      the status word of a tagged response
//	fetch           what follows the word FETCH of a response
//	client
//	command         each line that is not the rest of a command or DONE
//	tag-end         what follows the tag of a command
//	done            the DONE that ends IDLE
//	both
//	literal-header  each "{" outside quotes, but for a server's free text
//	literal         the first octet of a literal that is not empty
//	literal-end     what follows a literal
//	cr-lf           the LF behind a CR
//
// A client's SASL responses count as commands: only the server's answers tell them
// apart.
type Marks struct {
	begun  bool   // the stream has had an octet
	inLine bool   // the current line has had an octet
	rest   bool   // the line continues a unit after a literal
	lit    uint64 // octets of the literal that are still to come
	litPos litPos
	kind   kind // of a server's unit
	quoted bool
	escape bool
	cr     bool
	field  int     // words of the unit so far, counted by their spaces
	first  byte    // the unit's first octet
	word   [9]byte // the start of the current word, in upper case
	wordN  int
	idle   bool // the client's last command was IDLE
	tail   header
}

// litPos says where around a literal the stream stands.
type litPos uint8

const (
	litNone litPos = iota
	litFirst
	litInside
	litAfter
)

// Scan shows the next octets of the stream, which server names as a server's, and
// calls emit for every mark in p, in order, with the offset in p of the octet that
// it stands before. Marks at one octet come in the order of the table above, from
// the end of what was to the start of what comes.
func (m *Marks) Scan(server bool, p []byte, emit func(name string, off int)) {
	for i := 0; i < len(p); {
		if m.lit > 0 {
			if m.litPos == litFirst {
				emit("literal", i)
				m.litPos = litInside
			}
			n := min(m.lit, uint64(len(p)-i))
			m.lit -= n
			i += int(n)
			if m.lit == 0 {
				m.litPos = litAfter
			}
			continue
		}
		if m.litPos == litAfter {
			emit("literal-end", i)
			m.litPos = litNone
		}
		if !m.inLine {
			m.start(server, p[i], i, emit)
		}
		m.octet(server, p[i], i, emit)
		i++
	}
}

// start names the start of a line at octet ch.
func (m *Marks) start(server bool, ch byte, off int, emit func(string, int)) {
	m.inLine = true
	if server {
		if !m.begun {
			emit("greeting", off)
		}
		emit("line", off)
	}
	m.begun = true
	if m.rest {
		return
	}
	m.first = ch
	switch {
	case !server && m.idle && upper(ch) == 'D':
		emit("done", off)
		m.field = -1 // no tag here
	case !server:
		emit("command", off)
	case ch == '*':
		emit("untagged", off)
	case ch == '+':
		emit("continuation", off)
		m.kind = text
	default:
		emit("tagged", off)
	}
	m.idle = false
}

// octet takes one octet that is in no literal.
func (m *Marks) octet(server bool, ch byte, off int, emit func(string, int)) {
	switch {
	case ch == '\n':
		if m.cr {
			emit("cr-lf", off)
		}
		m.endLine(server)
		return
	case m.quoted:
		m.inQuotes(ch)
	case server && m.kind == text:
	case ch == '"' && m.kind != code:
		m.quoted = true
		m.addWord(ch)
	case ch == ']' && m.kind == code:
		m.kind = text
	case ch == ' ' || ch == '\r' && !server:
		m.endWord(server, off, emit)
	default:
		if ch == '{' {
			emit("literal-header", off)
		}
		if server && m.wordN == 0 && m.statusWord(ch, off, emit) {
			break
		}
		m.addWord(ch)
	}
	m.cr = ch == '\r'
	m.tail.add(ch)
}

func (m *Marks) inQuotes(ch byte) {
	switch {
	case m.escape:
		m.escape = false
	case ch == '\\':
		m.escape = true
	case ch == '"' || ch == '\r':
		m.quoted = false // a CR ends a string that was never closed
	}
}

// statusWord looks at the first octet of a server's word: the status of a tagged
// response, or the text after a status.
func (m *Marks) statusWord(ch byte, off int, emit func(string, int)) bool {
	if m.field == 1 && m.first != '*' && !m.rest {
		emit("completion", off)
		m.kind = unknown
	}
	if m.field == 2 && m.kind == code && ch != '[' {
		m.kind = text
		return true
	}
	return false
}

// endWord ends a word at a space or a CR.
func (m *Marks) endWord(server bool, off int, emit func(string, int)) {
	w := m.word[:m.wordN]
	m.wordN = 0
	if server && m.field == 2 && m.kind == code && len(w) == 0 {
		m.kind = text // two spaces: the text begins with one
	}
	if m.rest {
		return
	}
	switch {
	case !server && m.field == 0:
		emit("tag-end", off)
	case !server && m.field == 1:
		m.idle = bytes.Equal(w, []byte("IDLE"))
	case server && m.field == 1 && (m.first != '*' || statusOf(w) != None):
		m.kind = code // or text, if no bracket follows
	case server && m.field == 2 && m.first == '*' && m.kind == unknown && bytes.Equal(w, []byte("FETCH")):
		emit("fetch", off)
	}
	m.field = min(m.field+1, 3)
}

func (m *Marks) addWord(ch byte) {
	if m.wordN < len(m.word) {
		m.word[m.wordN] = upper(ch)
		m.wordN++
	}
}

// endLine ends a line at its line feed: of the unit, or before a literal.
func (m *Marks) endLine(server bool) {
	size, has := m.tail.literal(m.cr)
	if server && (m.kind == text || m.kind == unknown && m.first != '*') {
		has = false // as Framer has it: only data and codes have literals
	}
	next := Marks{begun: true, idle: m.idle}
	if has {
		next.rest, next.first, next.kind = true, m.first, m.kind
		next.idle = false
		next.lit, next.litPos = size, litFirst
		if size == 0 {
			next.litPos = litAfter
		}
	}
	*m = next
}

// header recognizes the header of a literal while octets pass.
type header struct {
	state headerState
	size  uint64
}

type headerState uint8

const (
	headNone headerState = iota
	headOpen
	headDigits
	headPlus
	headClosed
	headCR
)

// add takes the next octet of a line.
func (h *header) add(ch byte) {
	digit := class[ch]&isDigit != 0
	switch {
	case ch == '{':
		*h = header{state: headOpen}
	case digit && (h.state == headOpen || h.state == headDigits):
		h.state = headDigits
		if v := uint64(ch - '0'); h.size > (1<<64-1-v)/10 {
			h.size = 1<<64 - 1
		} else {
			h.size = h.size*10 + v
		}
	case ch == '+' && h.state == headDigits:
		h.state = headPlus
	case ch == '}' && (h.state == headDigits || h.state == headPlus):
		h.state = headClosed
	case ch == '\r' && h.state == headClosed:
		h.state = headCR
	default:
		*h = header{}
	}
}

// literal returns the size that the line's header announces, if it has one. cr
// says that a CR stands before the line feed.
func (h *header) literal(cr bool) (uint64, bool) {
	return h.size, cr && h.state == headCR
}
