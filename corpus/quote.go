package corpus

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// IsPrintable reports whether a case shows r as it is. That is so for visible
// ASCII and the space, and above U+00A0 for everything but blanks, controls of
// format and direction, private use, surrogates, non-characters and U+FFFD. The
// set never changes.
func IsPrintable(r rune) bool {
	switch {
	case r < 0x7f:
		return r >= ' '
	case r <= 0xa0, r == 0xad, r == 0x61c, r == 0x1680, r == 0x180e:
		return false
	case r < 0x2000:
		return true
	case r <= 0x200f, r >= 0x2028 && r <= 0x202f, r >= 0x205f && r <= 0x206f:
		return false
	case r == 0x3000, r == 0xfeff, r >= 0xd800 && r <= 0xf8ff, r >= 0xfdd0 && r <= 0xfdef, r >= 0xfff0 && r <= 0xffff:
		return false
	}
	return r < 0x1fffe || r >= 0x20000 && r < 0x2fffe || r >= 0x30000 && r < 0x3fffe
}

// isPlain reports whether s is printable from end to end.
func isPlain(s []byte) bool {
	for i, b := range s {
		if b < ' ' || b > '~' {
			return isPlainUTF8(s[i:])
		}
	}
	return true
}

func isPlainUTF8(s []byte) bool {
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		if !IsPrintable(r) {
			return false
		}
		s = s[n:]
	}
	return true
}

const (
	minRun    = 64  // bytes from which on a run is folded
	maxPeriod = 8   // bytes of the longest unit that is looked for
	plainMax  = 512 // bytes above which a line with a run is written as an expression
)

// A run is a stretch of unit bytes from start that repeats to end; end-start
// need not be a multiple of unit.
type run struct{ start, end, unit int }

// nextRun finds the next run in d that starts at from or later; ok is false if
// there is none. It looks at samples so close that no run of minRun bytes lies
// between them.
func nextRun(d []byte, from int) (r run, ok bool) {
	const window, stride = 2 * maxPeriod, minRun - 2*maxPeriod
	for k := from; k+window <= len(d); k += stride {
		w := d[k : k+window]
		for p := 1; p <= maxPeriod; p++ {
			if w[0] != w[p] || !bytes.Equal(w[:window-p], w[p:]) {
				continue
			}
			r := run{k, k + window, p}
			for r.start > from && d[r.start-1] == d[r.start-1+p] {
				r.start--
			}
			for r.end < len(d) && d[r.end] == d[r.end-p] {
				r.end++
			}
			// Lines that repeat read best from line start to line end.
			if i := bytes.IndexByte(d[r.start:r.start+p], '\n'); i >= 0 && i < p-1 {
				r.start += i + 1
			}
			if r.end-r.start >= minRun {
				return r, true
			}
		}
	}
	return run{}, false
}

// appendExpr appends the canonical expression for d, continuation lines
// included, without a line end.
func appendExpr(dst, d []byte) []byte {
	first := true
	for at := 0; at < len(d); {
		r, ok := nextRun(d, at)
		if !ok {
			r.start = len(d)
		}
		for at < r.start {
			end := r.start
			if i := bytes.Index(d[at:end], crlf); i >= 0 {
				end = at + i + 2
			}
			dst = appendJoin(dst, d[:at], &first)
			dst = appendQuoted(dst, d[at:end])
			at = end
		}
		if ok {
			n := (r.end - r.start) / r.unit
			dst = appendJoin(dst, d[:at], &first)
			dst = appendQuoted(dst, d[at:at+r.unit])
			dst = append(dst, '*')
			dst = strconv.AppendInt(dst, int64(n), 10)
			at += n * r.unit
		}
	}
	if first {
		dst = append(dst, `""`...)
	}
	return dst
}

var crlf = []byte("\r\n")

// appendJoin appends what stands before an item after the data before.
func appendJoin(dst, before []byte, first *bool) []byte {
	switch {
	case *first:
		*first = false
		return dst
	case bytes.HasSuffix(before, crlf):
		return append(dst, "\n  + "...)
	}
	return append(dst, " + "...)
}

// appendQuoted appends d as one quoted string.
func appendQuoted(dst, d []byte) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(d); {
		b := d[i]
		if b >= utf8.RuneSelf {
			if r, n := utf8.DecodeRune(d[i:]); IsPrintable(r) {
				dst = append(dst, d[i:i+n]...)
				i += n
				continue
			}
		}
		i++
		switch {
		case b == '"' || b == '\\':
			dst = append(dst, '\\', b)
		case b >= ' ' && b <= '~':
			dst = append(dst, b)
		case b == '\r':
			dst = append(dst, '\\', 'r')
		case b == '\n':
			dst = append(dst, '\\', 'n')
		case b == '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'x', digits[b>>4], digits[b&15])
		}
	}
	return append(dst, '"')
}

var wantLess = "at most " + strconv.Itoa(MaxData) + " bytes of data in a case"

// An exprReader reads an expression from one line of text. What it read before
// an error is kept in data.
type exprReader struct {
	line    string
	at      int // index in line
	data    []byte
	room    int  // bytes that data may have at most
	lenient bool // accept unprintable bytes in strings
}

// read reads items up to the end of the line, or up to a comment, which it
// returns without "#"; hasNote is false if there is none.
func (x *exprReader) read() (note string, hasNote bool, f *fail) {
	for {
		x.blanks()
		if f := x.item(); f != nil {
			return "", false, f
		}
		x.blanks()
		rest := x.line[x.at:]
		switch {
		case rest == "":
			return "", false, nil
		case rest[0] == '#' && isBlank(x.line[x.at-1]):
			return rest[1:], true, nil
		case rest[0] != '+':
			return "", false, x.fail(`"+" or the end of the line`)
		}
		x.at++
	}
}

func (x *exprReader) fail(want string) *fail {
	return &fail{x.at + 1, want, got(x.line[x.at:])}
}

func (x *exprReader) blanks() {
	for x.at < len(x.line) && isBlank(x.line[x.at]) {
		x.at++
	}
}

// item reads a quoted string with its repeat.
func (x *exprReader) item() *fail {
	from := len(x.data)
	if f := x.quoted(); f != nil {
		return f
	}
	x.blanks()
	if x.at == len(x.line) || x.line[x.at] != '*' {
		return nil
	}
	x.at++
	x.blanks()
	return x.repeat(from)
}

// repeat reads a count and repeats data[from:] so often.
func (x *exprReader) repeat(from int) *fail {
	end := x.at
	for end < len(x.line) && isDigit(x.line[end]) {
		end++
	}
	n, err := strconv.ParseInt(x.line[x.at:end], 10, 64)
	if end == x.at || n == 0 {
		return x.fail("a count from 1 up")
	}
	unit := x.data[from:]
	if err != nil {
		n = math.MaxInt64
	}
	if len(unit) > 0 && n-1 > int64((x.room-len(x.data))/len(unit)) {
		return x.fail(wantLess)
	}
	x.at = end
	if len(unit) > 0 {
		x.data = append(x.data, bytes.Repeat(unit, int(n-1))...)
	}
	return nil
}

// quoted reads a quoted string and appends its bytes to data.
func (x *exprReader) quoted() *fail {
	if !strings.HasPrefix(x.line[x.at:], `"`) {
		return x.fail("a quoted string")
	}
	x.at++
	for x.at < len(x.line) {
		b := x.line[x.at]
		n := 1
		switch {
		case b == '"':
			x.at++
			return nil
		case b == '\\':
			if b, n = unescape(x.line[x.at:]); n == 0 {
				return x.fail(`an escape (\r \n \t \\ \" \xNN)`)
			}
			x.data = append(x.data, b)
		case b >= ' ' && b <= '~':
			x.data = append(x.data, b)
		default:
			var r rune
			r, n = utf8.DecodeRuneInString(x.line[x.at:])
			if !x.lenient && !IsPrintable(r) {
				return x.fail(`a printable character or \xNN`)
			}
			x.data = append(x.data, x.line[x.at:x.at+n]...)
		}
		if len(x.data) > x.room {
			x.data = x.data[:x.room]
			return x.fail(wantLess)
		}
		x.at += n
	}
	return x.fail(`a closing "`)
}

// unescape decodes the escape at the start of s; n is its length, 0 if it is
// none.
func unescape(s string) (b byte, n int) {
	if len(s) < 2 {
		return 0, 0
	}
	switch s[1] {
	case 'r':
		return '\r', 2
	case 'n':
		return '\n', 2
	case 't':
		return '\t', 2
	case '\\', '"':
		return s[1], 2
	case 'x':
		if len(s) < 4 {
			return 0, 0
		}
		v, err := strconv.ParseUint(s[2:4], 16, 8)
		if err != nil {
			return 0, 0
		}
		return byte(v), 4
	}
	return 0, 0
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' }
func isDigit(b byte) bool { return b >= '0' && b <= '9' }
