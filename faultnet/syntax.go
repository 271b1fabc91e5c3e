package faultnet

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// A SyntaxError says where a text stops being a plan, rule or fault. Line and
// Col are 1-based; Col counts bytes.
type SyntaxError struct {
	Line, Col int
	Want, Got string
}

// Error returns "line:col: want X, got Y".
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%d:%d: want %s, got %s", e.Line, e.Col, e.Want, e.Got)
}

// ParsePlan parses a plan: rules one a line, or with ';' between them. '#'
// begins a comment that reaches to the end of the line. Every error is a
// *SyntaxError.
func ParsePlan(text string) (Plan, error) {
	s := scanner{src: text, line: 1, plan: true}
	var p Plan
	for {
		for s.skip(); s.peek() == '\n' || s.peek() == ';'; s.skip() {
			s.next()
		}
		if s.at == len(s.src) {
			return p, nil
		}
		r, err := s.rule()
		if err != nil {
			return Plan{}, err
		}
		p.Rules = append(p.Rules, r)
		if s.skip(); s.at < len(s.src) && s.peek() != '\n' && s.peek() != ';' {
			return Plan{}, s.want("the end of the rule")
		}
	}
}

// ParseRule parses one rule, WHO [WHEN]: WHAT. Every error is a *SyntaxError.
func ParseRule(text string) (Rule, error) {
	s := scanner{src: text, line: 1}
	r, err := s.rule()
	if err == nil {
		err = s.end("the end of the rule")
	}
	if err != nil {
		return Rule{}, err
	}
	return r, nil
}

// ParseFault parses one fault, the WHAT of a rule. Every error is a
// *SyntaxError.
func ParseFault(text string) (Fault, error) {
	s := scanner{src: text, line: 1}
	f, err := s.fault()
	if err == nil {
		err = s.end("the end of the fault")
	}
	if err != nil {
		return Fault{}, err
	}
	return f, nil
}

// A scanner reads the plan language from left to right.
type scanner struct {
	src   string
	at    int
	line  int
	start int  // where the line begins
	plan  bool // comments are known
}

// peek returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	if s.at < len(s.src) {
		return s.src[s.at]
	}
	return 0
}

func (s *scanner) next() {
	if s.src[s.at] == '\n' {
		s.line++
		s.start = s.at + 1
	}
	s.at++
}

// skip passes blanks, and a comment where there may be one.
func (s *scanner) skip() {
	for s.at < len(s.src) {
		switch c := s.src[s.at]; {
		case c == ' ' || c == '\t' || c == '\r':
			s.at++
		case c == '#' && s.plan:
			for s.at < len(s.src) && s.src[s.at] != '\n' {
				s.at++
			}
		default:
			return
		}
	}
}

// want makes the error that something else stands here.
func (s *scanner) want(what string) error { return s.wantAt(s.at, what) }

func (s *scanner) wantAt(at int, what string) error {
	got := "the end"
	if at < len(s.src) {
		end := at
		for end < len(s.src) && end < at+24 && s.src[end] > ' ' && s.src[end] != ';' && s.src[end] != ':' {
			end++
		}
		got = strconv.Quote(s.src[at:max(end, at+1)])
	}
	return &SyntaxError{Line: s.line, Col: at - s.start + 1, Want: what, Got: got}
}

func (s *scanner) end(what string) error {
	if s.skip(); s.at < len(s.src) {
		return s.want(what)
	}
	return nil
}

// word reads a run of word bytes, maybe none.
func (s *scanner) word() string {
	s.skip()
	from := s.at
	for s.at < len(s.src) && isWord(s.src[s.at]) {
		s.at++
	}
	return s.src[from:s.at]
}

// eat passes lit if it stands next.
func (s *scanner) eat(lit string) bool {
	if len(s.src)-s.at >= len(lit) && s.src[s.at:s.at+len(lit)] == lit {
		s.at += len(lit)
		return true
	}
	return false
}

func (s *scanner) rule() (Rule, error) {
	var r Rule
	s.skip()
	from := s.at
	switch s.word() {
	case "client":
		r.Side = Client
	case "server":
		r.Side = Server
	default:
		return r, s.wantAt(from, "client or server")
	}
	var err error
	if r.When, err = s.when(); err != nil {
		return r, err
	}
	if s.skip(); !s.eat(":") {
		return r, s.want("a colon")
	}
	r.Fault, err = s.fault()
	return r, err
}

func (s *scanner) when() (When, error) {
	var w When
	var err error
	s.skip()
	from := s.at
	switch word := s.word(); {
	case word == "":
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
	case isMark(word):
		w.Mark = word
	default:
		err = s.wantAt(from, "line, after, a mark, @ or a colon")
	}
	if s.skip(); err == nil && w.Line == 0 && (w.After != "" || w.Mark != "") && isDigit(s.peek()) {
		if w.Nth, err = s.number("a count", 1); w.Nth == 1 {
			w.Nth = 0
		}
	}
	if s.skip(); err == nil && s.eat("@") {
		w.At, err = s.number("a count of bytes", 0)
	}
	return w, err
}

func (s *scanner) fault() (Fault, error) {
	var f Fault
	var err error
	s.skip()
	from := s.at
	word := s.word()
	for k := Cut; k < kindEnd; k++ {
		if kindNames[k] == word {
			f.Kind = k
		}
	}
	switch s.skip(); f.Kind {
	case 0:
		err = s.wantAt(from, "a fault")
	case Stall, NoRead:
		f.D, err = s.duration()
	case Delay:
		if f.D, err = s.duration(); err == nil && s.eat("..") {
			from := s.at
			if f.DMax, err = s.duration(); err == nil && f.DMax <= f.D {
				err = s.wantAt(from, "a duration above "+f.D.String())
			}
		}
	case Join:
		if isDigit(s.peek()) {
			if f.D, err = s.duration(); f.D == joinDefault {
				f.D = 0
			}
		}
	case Chop:
		if f.N, err = s.number("a count of bytes", 1); err == nil && s.eat("..") {
			f.NMax, err = s.number("a count above "+strconv.FormatInt(f.N, 10), f.N+1)
		}
	case Drop, Duplicate:
		if f.Line = s.eat("line"); !f.Line {
			f.N, err = s.number("a count of bytes or line", 1)
		}
	case Insert, Replace:
		from := s.at
		if f.Data, err = s.quoted(); err == nil && len(f.Data) == 0 {
			err = s.wantAt(from, "one byte or more")
		}
	case Flip:
		f.Mask, err = s.mask()
	}
	return f, err
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

// mask reads 0x and one or two hexadecimal digits, not zero.
func (s *scanner) mask() (byte, error) {
	from := s.at
	n, err := strconv.ParseUint(s.word(), 0, 8)
	if err != nil || n == 0 || s.at-from < 3 || s.src[from:from+2] != "0x" {
		return 0, s.wantAt(from, "a mask from 0x01 to 0xff")
	}
	return byte(n), nil
}
