package imapwire

import "bytes"

// hasFold tells whether b starts with the upper-case ASCII word s, in any case.
func hasFold(b []byte, s string) bool {
	if len(b) < len(s) {
		return false
	}
	for i := 0; i < len(s); i++ {
		if upper(b[i]) != s[i] {
			return false
		}
	}
	return true
}

// equalFold tells whether b is the upper-case ASCII word s, in any case.
func equalFold(b []byte, s string) bool { return len(b) == len(s) && hasFold(b, s) }

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 32
	}
	return c
}

func indexZero(b []byte) int { return bytes.IndexByte(b, 0) }

// maxName is the longest word that intern upper-cases; no IMAP keyword comes near.
const maxName = 40

// intern returns the upper-case form of b. For the words that this package knows
// it does not allocate.
func intern(b []byte) string {
	var buf [maxName]byte
	if len(b) > maxName {
		b = b[:maxName]
	}
	for i, c := range b {
		buf[i] = upper(c)
	}
	if s, ok := names[string(buf[:len(b)])]; ok {
		return s
	}
	return string(buf[:len(b)])
}

// names holds every word that intern returns without allocating.
var names = makeNames()

func makeNames() map[string]string {
	m := map[string]string{}
	for _, l := range [][]string{statusNames, dataNames, codeNames, fetchNames, attNames} {
		for _, s := range l {
			m[s] = s
		}
	}
	for s := range searchKeys {
		m[s] = s
	}
	for _, s := range specs {
		m[s.Name] = s.Name
	}
	return m
}
