package corpus

import (
	"fmt"
	"slices"
	"strings"
)

// A Repair says what a lenient reader made of a line that a strict one refuses.
type Repair struct {
	Line int    // from 1
	What string // what was wrong and what was done
}

// String returns "line N: what".
func (r Repair) String() string { return fmt.Sprintf("line %d: %s", r.Line, r.What) }

// ParseLenient reads a case from any bytes and says what it repaired: a line
// that it cannot read becomes bytes that the harness sends, a header line or a
// fault that it cannot read is left out, an expression ends where it goes wrong,
// a missing target is a server. The case is valid and shares no memory with
// text. The only error is a *[VersionError].
func ParseLenient(text []byte) (*Case, []Repair, error) {
	p := parser{lenient: true, room: MaxData}
	if err := p.run(text); err != nil {
		return nil, nil, err
	}
	return p.c, p.repairs, nil
}

const oddBytes = "bytes that are not printable: taken as they stand"

func (p *parser) note(line int, format string, args ...any) {
	p.repairs = append(p.repairs, Repair{max(line, 1), fmt.Sprintf(format, args...)})
}

// repair makes the best of line s, which read has refused.
func (p *parser) repair(s string, f *fail) {
	why := (&SyntaxError{Line: p.line, Col: f.col, Want: f.want, Got: f.got}).Error()
	if p.expr {
		p.note(p.line, "%s: the data ends there", why)
		return
	}
	if p.isLost(s) {
		p.note(p.line, "%s: left out", why)
		return
	}
	data := append([]byte(s), crlf...)
	if len(data) > p.room {
		p.note(p.line, "%s: left out, since the case is full", why)
		return
	}
	p.room -= len(data)
	// The target may still follow: complete sets the side.
	p.raw = append(p.raw, len(p.c.Steps))
	p.add(Step{Op: Bytes, Conn: 1, Data: data})
	p.note(p.line, "%s: sent as it stands", why)
}

// isLost reports whether a line that cannot be read was meant for the reader,
// and not for the wire.
func (p *parser) isLost(s string) bool {
	switch {
	case isBlank(s[0]) || s[0] == '!':
		return true
	case len(s) > 1 && s[0] == 'T' && (s[1] == ':' || isDigit(s[1])):
		return true
	case strings.HasPrefix(s, "RESTART"):
		return true
	}
	for _, key := range []string{"target:", "peer:", "rules:", "plan:", "plan "} {
		if len(s) >= len(key) && s[:len(key)] == key {
			return true
		}
	}
	return false
}

// complete adds what a valid case must have.
func (p *parser) complete() {
	if !p.target {
		p.note(p.line, "no target: taken for a server")
	}
	for i := len(p.c.Steps) - 1; i >= 0 && p.c.Target == Client; i-- {
		if p.c.Steps[i].Op == Restart {
			p.note(p.line, "a restart in a client case: left out")
			p.c.Steps = slices.Delete(p.c.Steps, i, i+1)
			p.raw = shifted(p.raw, i)
		}
	}
	if len(p.c.Steps) == 0 {
		p.note(p.line, "no step: an empty line is sent")
		p.raw = append(p.raw, 0)
		p.room -= len(crlf)
		p.c.Steps = []Step{{Op: Bytes, Conn: 1, Data: []byte("\r\n")}}
	}
	if p.c.Honest && p.c.Target == Server {
		p.note(p.peer, "an honest peer in a server case: left out")
		p.c.Honest = false
	}
	for _, i := range p.raw {
		p.c.Steps[i].Side = p.c.Target.Sends()
	}
}

// shifted returns the indexes of raw as they are once the step at i, which is none
// of them, is gone.
func shifted(raw []int, i int) []int {
	for k := range raw {
		if raw[k] > i {
			raw[k]--
		}
	}
	return raw
}
