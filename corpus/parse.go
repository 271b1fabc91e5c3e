package corpus

import (
	"bytes"
	"fmt"
	"strings"
)

const firstLine = "imapfuzz case "

// Parse reads one case, strictly. Its name stands in errors, which are a
// *[SyntaxError] or a *[VersionError]. The case that it returns is valid and
// shares no memory with text.
func Parse(name string, text []byte) (*Case, error) {
	p := parser{file: name, room: MaxData}
	if err := p.run(text); err != nil {
		return nil, err
	}
	return p.c, nil
}

// A parser reads a case line by line.
type parser struct {
	file    string
	lenient bool
	repairs []Repair
	c       *Case

	line    int      // number of the line that is read
	pending []string // comments that may belong to what follows
	head    bool     // still in the head's first paragraph, whose comments are the case's
	target  bool     // there was a target
	peer    int      // line of the peer, 0 if there was none
	expr    bool     // the line before was an expression, which may go on
	raw     []int    // lenient: steps made of unreadable lines, which the harness sends
	room    int      // bytes of data that the case may still have
}

func (p *parser) run(text []byte) error {
	p.c, p.head = &Case{}, true
	rest, err := p.version(text)
	if err != nil {
		return err
	}
	for len(rest) > 0 {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte{'\n'})
		p.line++
		s := strings.TrimSuffix(string(line), "\r")
		f := p.read(s)
		if f == nil {
			continue
		}
		if !p.lenient {
			return p.syntax(f)
		}
		p.repair(s, f)
	}
	return p.end(text)
}

func (p *parser) syntax(f *fail) *SyntaxError {
	return &SyntaxError{File: p.file, Line: p.line, Col: f.col, Want: f.want, Got: f.got}
}

// version reads line one and returns the text behind it.
func (p *parser) version(text []byte) (rest []byte, err error) {
	line, rest, _ := bytes.Cut(text, []byte{'\n'})
	s := strings.TrimSuffix(string(line), "\r")
	if s == firstLine+"1" {
		p.line = 1
		return rest, nil
	}
	f := &fail{1, `"imapfuzz case 1"`, got(s)}
	after, ok := strings.CutPrefix(s, firstLine)
	if ok && after != "" {
		word, _, _ := strings.Cut(after, " ")
		if isDigit(after[0]) && word != "1" {
			return nil, &VersionError{File: p.file, Got: word}
		}
		f = &fail{len(firstLine) + 1, "1", got(after)}
		if word == "1" {
			f = &fail{len(firstLine) + 2, "end of line", got(after[1:])}
		}
	}
	if !p.lenient {
		p.line = 1
		return nil, p.syntax(f)
	}
	if ok {
		p.line = 1
		p.note(1, "took line one for \"imapfuzz case 1\"")
		return rest, nil
	}
	p.note(1, "no \"imapfuzz case 1\" in line one")
	return text, nil
}

// end checks what only shows at the end of the text.
func (p *parser) end(text []byte) error {
	if n := len(p.c.Steps); n == 0 && !p.lenient {
		f := &fail{1, "a step", "end of file"}
		p.line++
		if n := len(text); n > 0 && text[n-1] != '\n' {
			p.line--
			f.col = n - bytes.LastIndexByte(text, '\n')
		}
		if !p.target {
			f.want = wantTarget
		}
		return p.syntax(f)
	}
	if len(p.c.Steps) > 0 {
		p.c.End = p.pending
	} else {
		p.c.Note = append(p.c.Note, p.pending...)
	}
	if p.lenient {
		p.complete()
	}
	return nil
}

// read reads one line.
func (p *parser) read(s string) *fail {
	expr := p.expr
	p.expr = false
	text := strings.TrimLeft(s, " \t")
	switch {
	case text == "":
		p.blank()
		return nil
	case text[0] == '#':
		p.pending = append(p.pending, noteText(text[1:]))
		return nil
	case len(text) < len(s):
		return p.indented(s, len(s)-len(text), expr)
	case s[0] >= 'a' && s[0] <= 'z':
		return p.header(s)
	}
	return p.step(s)
}

// blank reads an empty line: after a header line it ends the head's notes.
func (p *parser) blank() {
	if p.head && p.target {
		p.c.Note = append(p.c.Note, p.pending...)
		p.pending, p.head = nil, false
	}
}

const (
	wantTarget = `"target: server" or "target: client"`
	wantHeader = `"target:", "peer:", "rules:", "plan:" or a step`
	wantStep   = `a step ("C:", "S:", "T:", "D:", "TLS:", "RESTART:" or "!")`
)

// header reads a line of the head.
func (p *parser) header(s string) *fail {
	late := len(p.c.Steps) > 0
	if late && !p.lenient {
		return &fail{1, wantStep, got(s)}
	}
	before, value, ok := strings.Cut(s, ":")
	key, number, numbered := strings.Cut(before, " ")
	if !ok || !isHeader(key) || numbered && key != "plan" {
		return &fail{1, wantHeader, got(s)}
	}
	value, note, noted := cutNote(value)
	value = strings.TrimRight(value, " \t")
	trimmed := strings.TrimLeft(value, " \t")
	at := len(before) + 1 + len(value) - len(trimmed)
	if f := p.set(key, number, numbered, trimmed, at); f != nil {
		return f
	}
	if late {
		p.note(p.line, "a header line behind a step: taken as if it stood before")
	} else {
		p.c.Note = append(p.c.Note, p.pending...)
		p.pending, p.head = nil, true
	}
	if noted {
		p.c.Note = append(p.c.Note, note)
	}
	return nil
}

func isHeader(word string) bool {
	return word == "target" || word == "peer" || word == "rules" || word == "plan"
}

// set takes the value s, which stands at index at, for a word of the head.
func (p *parser) set(key, number string, numbered bool, s string, at int) *fail {
	switch key {
	case "target":
		return p.setTarget(s, at)
	case "peer":
		return p.setPeer(s, at)
	case "rules":
		return p.addRules(s, at)
	}
	conn := 1
	if numbered {
		var f *fail
		if conn, f = connNumber(number, len("plan ")); f != nil {
			return f
		}
	}
	return p.addPlan(conn, s, at)
}

func (p *parser) setTarget(s string, at int) *fail {
	switch {
	case p.target:
		return &fail{1, "one target", "another"}
	case s == "client":
		p.c.Target = Client
	case s != "server":
		return &fail{at + 1, `"server" or "client"`, got(s)}
	case p.c.Honest:
		return &fail{at + 1, `"client", since the peer is honest`, got(s)}
	}
	p.target = true
	return nil
}

func (p *parser) setPeer(s string, at int) *fail {
	switch {
	case p.peer > 0:
		return &fail{1, "one peer", "another"}
	case s != "honest" && s != "scripted":
		return &fail{at + 1, `"scripted" or "honest"`, got(s)}
	case s == "honest" && p.target && p.c.Target == Server:
		return &fail{at + 1, `"scripted", since the target is a server`, got(s)}
	}
	p.peer = p.line
	p.c.Honest = s == "honest"
	return nil
}

func (p *parser) addRules(s string, at int) *fail {
	if s == "" {
		return &fail{at + 1, "a rule id", got(s)}
	}
	ids := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' })
	for _, id := range ids {
		i := strings.Index(s, id)
		at += i
		if !isRuleID(id) {
			return &fail{at + 1, "a rule id in visible ASCII", got(id)}
		}
		s, at = s[i+len(id):], at+len(id)
	}
	p.c.Rules = append(p.c.Rules, ids...)
	return nil
}

// noteText returns what a comment says: text is what follows the "#".
func noteText(text string) string { return trimNote(strings.TrimPrefix(text, " ")) }

// cutNote splits a trailing comment from s: the first "#" that stands behind a
// blank and outside quotes.
func cutNote(s string) (before, note string, ok bool) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case quoted && s[i] == '\\':
			i++
		case !quoted && s[i] == '#' && i > 0 && isBlank(s[i-1]):
			return s[:i], noteText(s[i+1:]), true
		}
	}
	return s, "", false
}

// connNumber reads the number of a connection, which stands at index at.
func connNumber(s string, at int) (int, *fail) {
	n := 0
	for i := 0; i < len(s) && n <= MaxConns; i++ {
		if !isDigit(s[i]) {
			n = 0
			break
		}
		n = 10*n + int(s[i]-'0')
	}
	if n < 1 || n > MaxConns {
		return 0, &fail{at + 1, fmt.Sprintf("the number of a connection (1 to %d)", MaxConns), got(s)}
	}
	return n, nil
}
