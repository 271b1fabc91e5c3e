package corpus

import (
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
)

// step reads a line that starts a step.
func (p *parser) step(s string) *fail {
	if !p.target && !p.lenient {
		return &fail{1, wantTarget + " before the first step", got(s)}
	}
	letters := 0
	for letters < len(s) && s[letters] >= 'A' && s[letters] <= 'Z' {
		letters++
	}
	if s[0] == '!' {
		letters = 1
	}
	digits := letters
	for digits < len(s) && isDigit(s[digits]) {
		digits++
	}
	word, number, rest := s[:letters], s[letters:digits], s[digits:]
	st := Step{Conn: 1}
	switch word {
	case "!":
		st.Op = Strike
	case "C", "S", "D":
		st.Op, st.Side = wordOp(word)
	case "T", "TLS", "RESTART":
		st.Op = wordOps[word]
	default:
		return &fail{1, wantStep, got(s)}
	}
	if number != "" && !st.Op.alone() {
		n, f := connNumber(number, letters)
		if f != nil {
			return f
		}
		st.Conn = n
	}
	switch st.Op {
	case Bytes, Do:
		return p.dataStep(st, s, digits)
	case Strike:
		return p.strike(st, s, digits)
	}
	if rest == "" || rest[0] != ':' || number != "" && st.Op.alone() {
		return &fail{letters + 1, `":"`, got(s[letters:])}
	}
	return p.wordStep(st, s, digits+1)
}

// wordOps are the steps that have no data. Never written to.
var wordOps = map[string]Op{"T": Time, "TLS": StartTLS, "RESTART": Restart}

func wordOp(word string) (Op, faultnet.Side) {
	switch word {
	case "C":
		return Bytes, faultnet.Client
	case "S":
		return Bytes, faultnet.Server
	}
	return Do, 0
}

// dataStep reads the data of a step from s[at:], which should start with ":" or
// "=".
func (p *parser) dataStep(st Step, s string, at int) *fail {
	if at == len(s) || s[at] != ':' && s[at] != '=' {
		return &fail{at + 1, `":" or "="`, got(s[at:])}
	}
	if s[at] == '=' {
		p.add(st)
		return p.readExpr(s, at+1)
	}
	text := strings.TrimPrefix(s[at+1:], " ")
	start := len(s) - len(text)
	for i, r := range text {
		if IsPrintable(r) {
			continue
		}
		if !p.lenient {
			return &fail{start + i + 1, `a printable character (others in a "` + s[:at] + `=" line)`, got(text[i:])}
		}
		p.note(p.line, oddBytes)
		break
	}
	size := len(text)
	if st.Op == Bytes {
		size += 2
	}
	if size > p.room {
		return &fail{start + 1, wantLess, got(text)}
	}
	p.room -= size
	st.Data = append(make([]byte, 0, size), text...)
	if st.Op == Bytes {
		st.Data = append(st.Data, '\r', '\n')
	}
	p.add(st)
	return nil
}

// readExpr reads the expression at s[at:] into the last step.
func (p *parser) readExpr(s string, at int) *fail {
	st := &p.c.Steps[len(p.c.Steps)-1]
	x := exprReader{line: s, at: at, data: st.Data, room: len(st.Data) + p.room, lenient: p.lenient}
	note, noted, f := x.read()
	p.room -= len(x.data) - len(st.Data)
	st.Data = x.data
	if noted {
		st.Note = append(st.Note, noteText(note))
	}
	if x.odd {
		p.note(p.line, oddBytes)
	}
	p.expr = true
	return f
}

// strike reads the rule of a fault that strikes here and now.
func (p *parser) strike(st Step, s string, at int) *fail {
	r, note, noted, f := readRule(s, at)
	if f != nil {
		return f
	}
	if !hereAndNow(r) {
		i := at + strings.Index(s[at:], r.Side.String()) + len(r.Side.String())
		for isBlank(s[i]) {
			i++
		}
		return &fail{i + 1, `":", since a fault of its own strikes here and now`, got(s[i:])}
	}
	st.Fault = r
	p.add(st)
	p.addNote(note, noted)
	return nil
}

// wordStep reads a "T:", "TLS:" or "RESTART:" step, whose value starts at s[at:].
func (p *parser) wordStep(st Step, s string, at int) *fail {
	value, note, noted := cutNote(s[at:])
	value = strings.TrimRight(value, " \t")
	trimmed := strings.TrimLeft(value, " \t")
	at += len(value) - len(trimmed)
	switch {
	case st.Op != Time && trimmed != "":
		return &fail{at + 1, "end of line", got(trimmed)}
	case st.Op == Time:
		d, err := time.ParseDuration(trimmed)
		if err != nil || d < 0 {
			return &fail{at + 1, `a duration such as "31m" or "1.5s"`, got(trimmed)}
		}
		st.D, st.Conn = d, 0
	case st.Op == Restart:
		if st.Conn = 0; p.c.Target == Client && !p.lenient {
			return &fail{1, "a step of a client case (a client is not restarted)", got(s)}
		}
	}
	p.add(st)
	p.addNote(note, noted)
	return nil
}

// indented reads a line that belongs to the step above it; at is where its text
// starts, expr whether an expression may go on.
func (p *parser) indented(s string, at int, expr bool) *fail {
	var last *Step
	if n := len(p.c.Steps); n > 0 {
		last = &p.c.Steps[n-1]
	}
	switch {
	case s[at] == '+' && expr:
		return p.readExpr(s, at+1)
	case s[at] == '+':
		return &fail{at + 1, `an expression ("C=") in the line above`, got(s[at:])}
	case s[at] != '!':
		return &fail{1, "a line without indent, or an indented \"!\", \"+\" or \"#\"", got(s)}
	case last == nil || last.Op != Bytes && last.Op != Do:
		return &fail{at + 1, `a step with data above an indented "!"`, got(s[at:])}
	}
	r, note, noted, f := readRule(s, at+1)
	if f != nil {
		return f
	}
	last.Faults = append(last.Faults, r)
	last.Note = append(last.Note, p.pending...)
	p.pending = nil
	p.addNote(note, noted)
	return nil
}

// readRule reads a fault rule and a trailing comment from s[at:].
func readRule(s string, at int) (r faultnet.Rule, note string, noted bool, f *fail) {
	text, note, noted := cutNote(s[at:])
	text = strings.TrimRight(text, " \t")
	trimmed := strings.TrimLeft(text, " \t")
	at += len(text) - len(trimmed)
	r, err := faultnet.LinkForm.ParseRule(trimmed)
	if err != nil {
		return r, "", false, ruleFail(err, at+1)
	}
	return r, note, noted, nil
}

func (p *parser) addPlan(conn int, s string, at int) *fail {
	r, err := faultnet.LinkForm.ParseRule(s)
	if err != nil {
		return ruleFail(err, at+1)
	}
	p.c.Plan = append(p.c.Plan, PlanRule{Conn: conn, Rule: r})
	return nil
}

// add ends the head and appends a step, which gets the comments before it.
func (p *parser) add(st Step) {
	if p.head {
		p.c.Note = append(p.c.Note, p.pending...)
		p.pending, p.head = nil, false
	}
	st.Note = p.pending
	p.pending = nil
	p.c.Steps = append(p.c.Steps, st)
}

// addNote appends a trailing comment to the last step.
func (p *parser) addNote(note string, noted bool) {
	if noted {
		st := &p.c.Steps[len(p.c.Steps)-1]
		st.Note = append(st.Note, note)
	}
}
