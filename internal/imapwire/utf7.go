package imapwire

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,"

// base64Value is the value of a digit of modified BASE64, or 255.
var base64Value = func() (t [256]uint8) {
	for i := range t {
		t[i] = 255
	}
	for i := range len(base64Alphabet) {
		t[base64Alphabet[i]] = uint8(i)
	}
	return t
}()

// DecodeUTF7 returns the UTF-8 form of a mailbox name in modified UTF-7 (RFC 3501,
// section 5.1.3). It is strict: octets outside printable ASCII, characters that
// are shifted without need, shifts without end, surplus bits, lone surrogates and
// two shifts in a row are errors.
func DecodeUTF7(name []byte) (string, error) {
	out, bad := decodeUTF7(make([]byte, 0, len(name)), name)
	if bad >= 0 {
		return "", fmt.Errorf("modified UTF-7: byte %d: unexpected %s", bad, describe(name, bad))
	}
	return string(out), nil
}

// checkUTF7 returns the offset of the first octet that is not valid modified
// UTF-7, or -1.
func checkUTF7(name []byte) int {
	for _, ch := range name {
		if ch == '&' || ch < ' ' || ch > '~' {
			var buf [64]byte
			_, bad := decodeUTF7(buf[:0], name)
			return bad
		}
	}
	return -1
}

// decodeUTF7 appends the decoded name to dst; bad is the offset of the first wrong
// octet, or -1.
func decodeUTF7(dst, s []byte) (out []byte, bad int) {
	for i := 0; i < len(s); {
		ch := s[i]
		if ch < ' ' || ch > '~' {
			return dst, i
		}
		i++
		if ch != '&' {
			dst = append(dst, ch)
			continue
		}
		if i < len(s) && s[i] == '-' {
			dst = append(dst, '&')
			i++
			continue
		}
		if dst, i, bad = decodeShift(dst, s, i); bad >= 0 {
			return dst, bad
		}
		if i+1 < len(s) && s[i] == '&' && s[i+1] != '-' {
			return dst, i // two shifts in a row: the first need not have ended
		}
	}
	return dst, -1
}

// decodeShift decodes modified BASE64 from i, behind "&", and moves behind its "-".
func decodeShift(dst, s []byte, i int) (out []byte, next, bad int) {
	var bits, unit uint32
	var n uint
	high := rune(0)
	start := i
	for ; i < len(s) && s[i] != '-'; i++ {
		v := base64Value[s[i]]
		if v == 255 {
			return dst, i, i
		}
		bits, n = bits<<6|uint32(v), n+6
		if n < 16 {
			continue
		}
		n -= 16
		unit = bits >> n & 0xffff
		bits &= 1<<n - 1
		r := rune(unit)
		switch {
		case high != 0:
			if r = utf16.DecodeRune(high, r); r == utf8.RuneError {
				return dst, i, i
			}
			high = 0
		case r >= 0xd800 && r < 0xdc00:
			high = r
			continue
		case r >= 0xdc00 && r < 0xe000, r >= ' ' && r <= '~':
			return dst, i, i // a lone surrogate; a character that stands for itself
		}
		dst = utf8.AppendRune(dst, r)
	}
	if i == len(s) || i == start || high != 0 || n >= 6 || bits != 0 {
		return dst, i, i
	}
	return dst, i + 1, -1
}

// EncodeUTF7 returns a name in modified UTF-7. It accepts any valid UTF-8 without
// NUL; an octet that is not UTF-8 becomes U+FFFD.
func EncodeUTF7(name string) string {
	return string(appendUTF7(make([]byte, 0, len(name)+8), name))
}

func appendUTF7(dst []byte, name string) []byte {
	var bits uint32
	var n uint
	shifted := false
	for _, r := range name {
		if r >= ' ' && r <= '~' {
			if shifted {
				dst, shifted = endShift(dst, bits, n), false
				bits, n = 0, 0
			}
			if dst = append(dst, byte(r)); r == '&' {
				dst = append(dst, '-')
			}
			continue
		}
		if !shifted {
			dst, shifted = append(dst, '&'), true
		}
		var units [2]uint16
		for _, u := range utf16.AppendRune(units[:0], r) {
			bits, n = bits<<16|uint32(u), n+16
			for n >= 6 {
				n -= 6
				dst = append(dst, base64Alphabet[bits>>n&63])
			}
			bits &= 1<<n - 1
		}
	}
	if shifted {
		dst = endShift(dst, bits, n)
	}
	return dst
}

// endShift writes the last bits, if any, and "-".
func endShift(dst []byte, bits uint32, n uint) []byte {
	if n > 0 {
		dst = append(dst, base64Alphabet[bits<<(6-n)&63])
	}
	return append(dst, '-')
}
