package faultnet

import (
	"fmt"
	"strconv"
)

// When is the point of a stream at which a fault strikes: after At bytes,
// counted from the start of a line, from the end of a pattern, from a named
// mark, or, with none of these, from the base (the start of the stream, or
// where it stood when the rule was armed). The zero When is the base itself.
//
// At most one of Line, After and Mark is set.
type When struct {
	// Line is the line, 1-based, at whose start the count begins. A line ends
	// with LF. 0 is off.
	Line int64
	// After is the pattern after whose last byte the count begins; "" is off.
	// Matches may overlap.
	After string
	// Mark is the name of the mark at which the count begins; "" is off. It is
	// a word of lower-case letters, digits and '-', begins with a letter, and
	// is no word of the language itself ("line", "after").
	Mark string
	// Nth says which match of After or Mark counts, 1-based; 0 is the first.
	Nth int64
	// At is how many bytes after that point the fault strikes, 0 or more.
	At int64
}

// Check reports whether w is a point that the plan language can say.
func (w When) Check() error {
	set := 0
	for _, on := range [...]bool{w.Line != 0, w.After != "", w.Mark != ""} {
		if on {
			set++
		}
	}
	switch {
	case set > 1:
		return fmt.Errorf("faultnet: a point has one of line, pattern and mark, not %d", set)
	case w.Line < 0 || w.Nth < 0 || w.At < 0:
		return fmt.Errorf("faultnet: a point counts upwards")
	case w.Nth != 0 && w.After == "" && w.Mark == "":
		return fmt.Errorf("faultnet: only patterns and marks are counted")
	case w.Mark != "" && !isMark(w.Mark):
		return fmt.Errorf("faultnet: %q is no name of a mark", w.Mark)
	}
	return nil
}

// nth is Nth with its default.
func (w When) nth() int64 { return max(w.Nth, 1) }

// String returns w in the plan language, in canonical form; "" for zero.
func (w When) String() string { return string(w.append(nil)) }

func (w When) append(b []byte) []byte {
	at := func(b []byte) []byte {
		if w.At == 0 {
			return b
		}
		if len(b) > 0 && b[len(b)-1] != ' ' {
			b = append(b, ' ')
		}
		return strconv.AppendInt(append(b, '@'), w.At, 10)
	}
	switch {
	case w.Line != 0:
		b = strconv.AppendInt(append(b, "line "...), w.Line, 10)
	case w.After != "":
		b = appendQuoted(append(b, "after "...), []byte(w.After))
		if w.nth() != 1 {
			b = strconv.AppendInt(append(b, ' '), w.nth(), 10)
		}
	case w.Mark != "":
		b = strconv.AppendInt(append(append(b, w.Mark...), ' '), w.nth(), 10)
	}
	return at(b)
}

// isMark reports whether s may name a mark.
func isMark(s string) bool {
	if s == "" || s == "line" || s == "after" || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !isWord(s[i]) {
			return false
		}
	}
	return true
}

// isWord reports whether c belongs in a word of the plan language.
func isWord(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' }
