package faultnet

import (
	"fmt"
	"strconv"
	"time"
)

// When is the point of a stream at which a fault strikes: after At bytes,
// counted from the start of a line, from the end of a pattern, from a named
// mark, from a TLS record, from where the stream stands when an application
// reads or writes, or, with none of these, from the base (the start of the
// stream, or where it stood when the rule was armed). It may also be a time
// since the base, or a draw. The zero When is the base itself.
//
// At most one of Line, After, Mark, Record, Write, Read, Time and Chance is set.
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
	// Record is the TLS record (RFC 8446, section 5.1), 1-based, at whose start
	// the count begins. Records begin at the base, or, if no handshake record
	// stands there, with the first one that follows an LF, as after STARTTLS. 0
	// is off.
	Record int64
	// Write is the call of Write of the sending application, 1-based, with which
	// the count begins; 0 is off. Read is that of Read of the receiving one: the
	// count begins behind all bytes accepted so far. Where an application's calls
	// cannot be seen (those of the peer of a Wrapped, all those of a proxy) they
	// are refused. On sockets they are not the same in each run; what they struck
	// is in the journal by position.
	Write, Read int64
	// Time is how long after the base the fault strikes, behind all bytes accepted
	// by then; 0 is off.
	Time time.Duration
	// Chance is the probability, above 0 and up to 1, with which each position
	// is the point; 0 is off. Seed keys the draws, which depend on it, the side,
	// the number of the connection and the position alone.
	Chance float64
	Seed   uint64
	// At is how many bytes after that point the fault strikes, 0 or more. A time
	// and a chance have none.
	At int64
}

// Check reports whether w is a point that the plan language can say.
func (w When) Check() error {
	set := 0
	for _, on := range [...]bool{w.Line != 0, w.After != "", w.Mark != "", w.Record != 0, w.Write != 0, w.Read != 0, w.Time != 0, w.Chance != 0} {
		if on {
			set++
		}
	}
	switch {
	case set > 1:
		return fmt.Errorf("faultnet: a point has one of line, pattern, mark, record, write, read, time and chance, not %d", set)
	case w.Line < 0 || w.Nth < 0 || w.At < 0 || w.Record < 0 || w.Write < 0 || w.Read < 0 || w.Time < 0:
		return fmt.Errorf("faultnet: a point counts upwards")
	case w.Nth != 0 && w.After == "" && w.Mark == "":
		return fmt.Errorf("faultnet: only patterns and marks are counted")
	case w.Mark != "" && !isMark(w.Mark):
		return fmt.Errorf("faultnet: %q is no name of a mark", w.Mark)
	case !(w.Chance >= 0 && w.Chance <= 1):
		return fmt.Errorf("faultnet: a chance is above 0 and up to 1, not %v", w.Chance)
	case w.Seed != 0 && w.Chance == 0:
		return fmt.Errorf("faultnet: only a chance has a seed")
	case w.At != 0 && (w.Time != 0 || w.Chance != 0):
		return fmt.Errorf("faultnet: no bytes are counted from a time or a chance")
	}
	return nil
}

// nth is Nth with its default.
func (w When) nth() int64 { return max(w.Nth, 1) }

// String returns w in the plan language, in canonical form; "" for zero.
func (w When) String() string { return string(w.append(nil)) }

func (w When) append(b []byte) []byte {
	count := func(word string, n int64) { b = strconv.AppendInt(append(append(b, word...), ' '), n, 10) }
	switch {
	case w.Line != 0:
		count("line", w.Line)
	case w.After != "":
		b = appendQuoted(append(b, "after "...), []byte(w.After))
		if w.nth() != 1 {
			count("", w.nth())
		}
	case w.Mark != "":
		count(w.Mark, w.nth())
	case w.Record != 0:
		count("record", w.Record)
	case w.Write != 0:
		count("write", w.Write)
	case w.Read != 0:
		count("read", w.Read)
	case w.Time != 0:
		b = appendDuration(append(b, "time "...), w.Time)
	case w.Chance != 0:
		b = strconv.AppendFloat(append(b, "chance "...), w.Chance, 'f', -1, 64)
		b = strconv.AppendUint(append(b, " seed "...), w.Seed, 10)
	}
	if w.At != 0 {
		if len(b) > 0 && b[len(b)-1] != ' ' {
			b = append(b, ' ')
		}
		b = strconv.AppendInt(append(b, '@'), w.At, 10)
	}
	return b
}

// reserved are the words of the language that name no mark.
var reserved = [...]string{"line", "after", "record", "write", "read", "time", "chance", "seed", "every", "times", "until"}

// isMark reports whether s may name a mark.
func isMark(s string) bool {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for _, word := range reserved {
		if s == word {
			return false
		}
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
