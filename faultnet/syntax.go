package faultnet

import (
	"fmt"
	"strconv"
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
// begins a comment that reaches to the end of the line. The first line may name
// the version of the language, "faultnet plan 1"; an unknown one is an error.
// Every error is a *SyntaxError.
func ParsePlan(text string) (Plan, error) { return AnyForm.ParsePlan(text) }

// ParsePlan parses a plan as the function ParsePlan does, and refuses rules that
// f cannot do, at the place where they stand.
func (f Form) ParsePlan(text string) (Plan, error) {
	s := scanner{src: text, line: 1, plan: true, form: f}
	if err := s.version(); err != nil {
		return Plan{}, err
	}
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

// version reads the line that names the version, if it stands first.
func (s *scanner) version() error {
	for s.skip(); s.peek() == '\n'; s.skip() {
		s.next()
	}
	if !s.eatWord("faultnet") {
		return nil
	}
	if !s.eatWord("plan") {
		return s.want("plan")
	}
	s.skip()
	if from := s.at; s.word() != "1" {
		return s.wantAt(from, "version 1, the only one that is known")
	}
	if s.skip(); s.at < len(s.src) && s.peek() != '\n' {
		return s.want("the end of the line")
	}
	return nil
}

// ParseRule parses one rule, WHO [WHEN]: WHAT. Every error is a *SyntaxError.
func ParseRule(text string) (Rule, error) { return AnyForm.ParseRule(text) }

// ParseRule parses a rule as the function ParseRule does, and refuses one that f
// cannot do.
func (f Form) ParseRule(text string) (Rule, error) {
	s := scanner{src: text, line: 1, form: f}
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
	form  Form // what can be done
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
	if r.When, err = s.when(r.Side); err != nil {
		return r, err
	}
	if s.eatWord("every") {
		if r.Repeat, err = s.repeat(r.When); err != nil {
			return r, err
		}
	}
	if s.eatWord("until") {
		s.skip()
		from := s.at
		if r.Until, err = s.when(r.Side); err == nil && r.Until == (When{}) {
			err = s.wantAt(from, "a point behind the start")
		}
		if err != nil {
			return r, err
		}
	}
	if s.skip(); !s.eat(":") {
		return r, s.want("a colon")
	}
	s.skip()
	from = s.at
	if r.Fault, err = s.fault(); err == nil {
		err = s.fits(r, from)
	}
	return r, err
}

// fits reports why the fault at from does not go with the rest of r, or cannot be
// done.
func (s *scanner) fits(r Rule, from int) error {
	k := r.Fault.Kind
	switch {
	case k.Connecting() && (r.When != (When{}) || r.Repeat != (Repeat{}) || r.Until != (When{})):
		return s.wantAt(from, "a fault that has a point in a stream")
	case k.Connecting() && connects(k) != r.Side:
		return s.wantAt(from, "a fault of the "+r.Side.String())
	case !s.form.does(k):
		return s.wantAt(from, "a fault that "+s.form.String()+" can do")
	}
	return nil
}
