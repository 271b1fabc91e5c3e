package imapwire

import (
	"bytes"
	"math"
)

// Framer cuts the stream of one direction into units: a line, or a line with its
// literals and the lines that continue it. The zero value frames what a server
// sends. It does not own the stream: it is shown, again and again, the octets
// from the start of the current unit on, and remembers how far it has looked, so
// that the whole work is linear however the octets arrive.
//
// A unit ends at a line feed. A bare one ends it as well: judging it is the
// parser's task. Literals are counted as RFC 9051, section 4.3, has them, and also
// "{n+}" from a server, which is wrong but must not cost the framing.
type Framer struct {
	// Client says that the stream is a client's.
	Client bool

	pos  int  // no line feed that matters before this offset
	line int  // start of the current line
	kind kind // of the current unit
}

// kind tells where a unit may have literals.
type kind uint8

const (
	unknown kind = iota
	data         // any line that ends like a literal's header starts one
	code         // a status response inside its code: likewise
	text         // free text: a "{5}" at its end is just text
)

// Next returns the length of the unit that b starts with. ok is false while the
// unit is incomplete: call again with more octets behind the same ones. After a
// unit the caller goes on with b[n:].
func (f *Framer) Next(b []byte) (n int, ok bool) {
	for {
		if f.pos > len(b) {
			return 0, false
		}
		k := bytes.IndexByte(b[f.pos:], '\n')
		if k < 0 {
			f.pos = len(b)
			return 0, false
		}
		end := f.pos + k + 1
		line := b[f.line:end]
		lit, has := CommandLine(line)
		if has && !f.Client {
			has = f.allows(line)
		}
		if !has {
			*f = Framer{Client: f.Client}
			return end, true
		}
		f.pos = math.MaxInt
		if lit.Size < uint64(math.MaxInt-end) {
			f.pos = end + int(lit.Size)
		}
		f.line = f.pos
	}
}

// Reset forgets an incomplete unit.
func (f *Framer) Reset() { *f = Framer{Client: f.Client} }

// allows tells whether a server's line that ends like a literal's header is one:
// it is not in free text, that is after "+", and in a status response outside
// its code.
func (f *Framer) allows(line []byte) bool {
	if f.kind == unknown {
		f.kind, line = classify(line)
	}
	if f.kind == code && bytes.IndexByte(line, ']') >= 0 {
		f.kind = text
	}
	return f.kind != text
}

// classify tells what the first line of a response is, and returns the rest of it
// behind what was recognized.
func classify(line []byte) (kind, []byte) {
	if line[0] == '+' {
		return text, line
	}
	_, rest, _ := bytes.Cut(line, []byte(" "))
	word, rest, _ := bytes.Cut(rest, []byte(" "))
	if line[0] == '*' && statusOf(word) == None {
		return data, line
	}
	if len(rest) > 0 && rest[0] == '[' {
		return code, rest
	}
	return text, line
}

// ResponseUnit returns the length of the first complete response in b: a line, or
// a line with its literals and their continuation. ok is false when b ends before
// it does. On a growing buffer use a [Framer].
func ResponseUnit(b []byte) (n int, ok bool) {
	var f Framer
	return f.Next(b)
}

// CommandUnit is ResponseUnit for what a client sends: a command with its
// literals in line, or a line that only continues a command (SASL, DONE).
func CommandUnit(b []byte) (n int, ok bool) {
	f := Framer{Client: true}
	return f.Next(b)
}

// Literal is the header of a literal at the end of a line.
type Literal struct {
	// Size is the number of octets announced; it stays at the largest uint64
	// where the digits say more.
	Size uint64
	// NonSync is set for "{n+}" (RFC 7888), Binary for "~{n}" (RFC 3516).
	NonSync, Binary bool
	// Pos is the offset in the line of "{", or of "~" before it.
	Pos int
}

// CommandLine looks for the header of a literal at the end of a line, which
// includes its CRLF: "{n}", "{n+}", "~{n}" or "~{n+}". A server has to look at the
// end of every line that it receives, whatever the line says (RFC 7888, section 3).
// A header before a bare line feed is none.
func CommandLine(line []byte) (lit Literal, has bool) {
	i := len(line) - 3
	if i < 0 || line[i] != '}' || line[i+1] != '\r' || line[i+2] != '\n' {
		return Literal{}, false
	}
	i--
	if i >= 0 && line[i] == '+' {
		lit.NonSync = true
		i--
	}
	last := i
	for i >= 0 && class[line[i]]&isDigit != 0 {
		i--
	}
	if i < 0 || i == last || line[i] != '{' {
		return Literal{}, false
	}
	for _, d := range line[i+1 : last+1] {
		if v := uint64(d - '0'); lit.Size > (math.MaxUint64-v)/10 {
			lit.Size = math.MaxUint64
			break
		} else {
			lit.Size = lit.Size*10 + v
		}
	}
	lit.Pos = i
	if i > 0 && line[i-1] == '~' {
		lit.Binary = true
		lit.Pos--
	}
	return lit, true
}
