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
	if s := known.find(b); s != "" {
		return s
	}
	var buf [maxName]byte
	if len(b) > maxName {
		b = b[:maxName]
	}
	for i, c := range b {
		buf[i] = upper(c)
	}
	return string(buf[:len(b)])
}

// words is a set of upper-case words, found in any case by a hash of their length
// and three of their octets.
type words [1024]string

// slot is where the search for b begins.
func (*words) slot(b []byte) uint {
	n := len(b)
	return (uint(n)*131 ^ uint(b[0]&0x1f)*29 ^ uint(b[n/2]&0x1f)*211 ^ uint(b[n-1]&0x1f)*7) % uint(len(words{}))
}

// find returns the word that b is, or "".
func (w *words) find(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	for i := w.slot(b); w[i] != ""; i = (i + 1) % uint(len(w)) {
		if string(b) == w[i] || equalFold(b, w[i]) {
			return w[i]
		}
	}
	return ""
}

func (w *words) add(s string) {
	i := w.slot([]byte(s))
	for w[i] != "" && w[i] != s {
		i = (i + 1) % uint(len(w))
	}
	w[i] = s
}

// known holds every word that intern returns without allocating.
var known = makeKnown()

func makeKnown() *words {
	w := &words{}
	for _, l := range [][]string{statusNames, dataNames, codeNames, fetchNames, attNames} {
		for _, s := range l {
			w.add(s)
		}
	}
	for s := range searchKeys {
		w.add(s)
	}
	for _, s := range specs {
		w.add(s.Name)
	}
	return w
}

// Named reports whether a command, a response, a response code, or a part of one is
// called s, which is in upper case.
func Named(s string) bool { return known.find([]byte(s)) != "" }
