package corpus

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

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

const wantLess = "at most 64 MiB of data in a case"

// An exprReader reads an expression from one line of text. What it read before
// an error is kept in data.
type exprReader struct {
	line    string
	at      int // index in line
	data    []byte
	room    int  // bytes that data may have at most
	lenient bool // accept unprintable bytes in strings
	odd     bool // there were some
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
	if len(unit) == 0 {
		x.at = end
		return nil
	}
	if n-1 > int64((x.room-len(x.data))/len(unit)) {
		return x.fail(wantLess)
	}
	x.at = end
	size := len(unit) * int(n)
	x.data = slices.Grow(x.data, size-len(unit))[:from+size]
	for done := len(unit); done > 0 && done < size; done *= 2 {
		copy(x.data[from+done:], x.data[from:from+done])
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
		case len(x.data) >= x.room:
			return x.fail(wantLess)
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
			if !IsPrintable(r) {
				if !x.lenient {
					return x.fail(`a printable character or \xNN`)
				}
				x.odd = true
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
