package imapwire

import (
	"bytes"
	"iter"
)

// Words is a list of words as it stands on the wire, without its parentheses:
// flags, attributes, capabilities or the names of items, with single spaces between
// them. It points into the unit.
type Words []byte

// All yields the words in order.
func (w Words) All() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for rest := []byte(w); len(rest) > 0; {
			word, after, _ := bytes.Cut(rest, []byte{' '})
			if !yield(word) {
				return
			}
			rest = after
		}
	}
}

// Len returns the number of words.
func (w Words) Len() int {
	if len(w) == 0 {
		return 0
	}
	return bytes.Count(w, []byte{' '}) + 1
}

// Has tells whether the list has the word, in any case: flags, attributes and
// capabilities are case-insensitive (RFC 9051, sections 2.3.2, 7.2.2 and 7.3.1).
func (w Words) Has(word string) bool {
	for got := range w.All() {
		if len(got) == len(word) && bytes.EqualFold(got, []byte(word)) {
			return true
		}
	}
	return false
}

// Strings returns the words as strings of their own.
func (w Words) Strings() []string {
	out := make([]string, 0, w.Len())
	for word := range w.All() {
		out = append(out, string(word))
	}
	return out
}

// ParseFlags takes the value of a FETCH response's FLAGS apart, as [FetchFunc] is
// given it: flags in parentheses.
func ParseFlags(value []byte) (Words, bool) {
	c := cursor{b: value, server: true}
	w := c.flagWords(flagFetch)
	return w, c.whole()
}

// flagWords is a list of flags, without its parentheses.
func (c *cursor) flagWords(use flagUse) Words {
	return c.inner(func() bool { return c.flagList(use) })
}

// inner returns what a list in parentheses has between them.
func (c *cursor) inner(list func() bool) Words {
	start := c.i
	if !list() {
		return nil
	}
	return c.b[start+1 : c.i-1]
}

// whole tells whether all went well up to the last octet.
func (c *cursor) whole() bool { return !c.bad && c.i == len(c.b) }
