package corpus

import (
	"strconv"
	"unicode/utf8"
)

// IsPrintable reports whether a case shows r as it is. That is so for visible
// ASCII and the space, and above U+00A0 for everything but blanks, controls of
// format and direction, private use, surrogates, non-characters, U+FFFD and what
// lies from U+40000 on. The set never changes.
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
