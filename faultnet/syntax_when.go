package faultnet

import (
	"math"
	"strconv"
	"time"
)

// when reads a point on the stream of side, maybe none.
func (s *scanner) when(side Side) (When, error) {
	var w When
	var err error
	s.skip()
	from := s.at
	switch word := s.word(); {
	case word == "" || word == "every" || word == "until":
		s.at = from
	case word == "line":
		w.Line, err = s.number("the number of a line", 1)
	case word == "after":
		s.skip()
		from := s.at
		var p []byte
		if p, err = s.quoted(); err == nil && len(p) == 0 {
			err = s.wantAt(from, "a pattern of one byte or more")
		}
		w.After = string(p)
	case word == "record":
		w.Record, err = s.number("the number of a TLS record", 1)
	case word == "write":
		w.Write, err = s.number("the number of a write", 1)
	case word == "read":
		w.Read, err = s.number("the number of a read", 1)
	case word == "time":
		w.Time, err = s.duration()
		return w, err
	case word == "chance":
		w.Chance, w.Seed, err = s.chance()
		return w, err
	case isMark(word):
		w.Mark = word
	default:
		err = s.wantAt(from, "a point (line, after, record, write, read, time, chance, a mark, @) or a colon")
	}
	if err == nil && !s.form.sees(side, w) {
		err = s.wantAt(from, "a point that "+s.form.String()+" sees")
	}
	if s.skip(); err == nil && (w.After != "" || w.Mark != "") && isDigit(s.peek()) {
		if w.Nth, err = s.number("a count", 1); w.Nth == 1 {
			w.Nth = 0
		}
	}
	if s.skip(); err == nil && s.eat("@") {
		w.At, err = s.number("a count of bytes", 0)
	}
	return w, err
}

// chance reads a probability and its seed.
func (s *scanner) chance() (p float64, seed uint64, err error) {
	s.skip()
	from := s.at
	for isDigit(s.peek()) || s.peek() == '.' {
		s.at++
	}
	p, err = strconv.ParseFloat(s.src[from:s.at], 64)
	if err != nil || !(p > 0 && p <= 1) {
		return 0, 0, s.wantAt(from, "a chance above 0 and up to 1")
	}
	if !s.eatWord("seed") {
		return 0, 0, s.want("seed and a number")
	}
	s.skip()
	from = s.at
	for isDigit(s.peek()) {
		s.at++
	}
	if seed, err = strconv.ParseUint(s.src[from:s.at], 10, 64); err != nil {
		return 0, 0, s.wantAt(from, "the number of a seed")
	}
	return p, seed, nil
}

// repeat reads what follows "every" in a rule that strikes at w.
func (s *scanner) repeat(w When) (p Repeat, err error) {
	if w.Time != 0 {
		p.Period, err = s.duration()
	} else {
		p.Every, err = s.number("a count", 1)
	}
	if err == nil && s.eatWord("times") {
		p.Times, err = s.number("2 times or more", 2)
	}
	return p, err
}

// eatWord passes the word if it stands next.
func (s *scanner) eatWord(word string) bool {
	s.skip()
	from := s.at
	if s.word() == word {
		return true
	}
	s.at = from
	return false
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// number reads a decimal number of least or more.
func (s *scanner) number(what string, least int64) (int64, error) {
	s.skip()
	from := s.at
	for isDigit(s.peek()) {
		s.at++
	}
	n, err := strconv.ParseInt(s.src[from:s.at], 10, 64)
	if err != nil || n < least || n > math.MaxInt64/4 {
		return 0, s.wantAt(from, what)
	}
	return n, nil
}

// duration reads a Go duration without a sign, above 0.
func (s *scanner) duration() (time.Duration, error) {
	s.skip()
	from := s.at
	for s.at < len(s.src) {
		c := s.src[s.at]
		point := c == '.' && s.at+1 < len(s.src) && isDigit(s.src[s.at+1])
		// µ comes in two spellings, both of two bytes above 0x7f.
		if !isDigit(c) && !point && (c < 'a' || c > 'z') && c < 0x80 {
			break
		}
		s.at++
	}
	d, err := time.ParseDuration(s.src[from:s.at])
	if err != nil || d <= 0 {
		return 0, s.wantAt(from, "a duration such as 1.5s")
	}
	return d, nil
}
