package harness

import (
	"bytes"
	"fmt"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

func serverLineRules() []Rule {
	return []Rule{
		{
			ID: "2683-3.2.1.5-e", Section: "RFC 2683, section 3.2.1.5; RFC 7162, section 4", Side: faultnet.Server, Severity: Warn, Kind: Protocol, Scenario: true,
			Text:    "A server takes command lines of at least 8000 octets, literals not counted.",
			Example: "C: a2 FETCH 1,3,5,7,... # 5000 octets\nS: a2 BAD too long",
			check:   checkLongLine,
		},
		{
			ID: "2683-3.2.1.5-f", Section: "RFC 2683, section 3.2.1.5", Side: faultnet.Server, Severity: Warn, Kind: Protocol, Scenario: true,
			Text:    "A command that is longer than the server's maximum gets BAD, or BYE and the end of the connection: an answer.",
			Example: "C: a2 NOOP xxxx... # a hundred thousand octets\n# nothing comes",
			check:   checkOverlongLine,
		},
		{
			ID: "R-FR-5", Section: "RFC 9051, section 2.2.1", Side: faultnet.Server, Severity: Warn, By: By{Rev2: Error}, Kind: Protocol, Scenario: true,
			Text:    "A tag that was used before is accepted: each command gets its own completion.",
			Example: "C: a1 NOOP\nS: a1 OK\nC: a1 NOOP\nS: a1 BAD that tag was used",
			check:   checkReusedTag,
		},
		{
			ID: "R-FR-8", Section: "RFC 9051, section 9 (notes 1 to 3)", Side: faultnet.Server, Severity: Error, Kind: Protocol, Scenario: true,
			Text:    "Keywords of the protocol have no case.",
			Example: "C: a1 login test test\nS: a1 BAD no such command",
			check:   checkCase,
		},
		{
			ID: "R-FR-9", Section: "RFC 9051, section 9 (number, nz-number)", Side: faultnet.Server, Severity: Error, Kind: Protocol,
			Text:    "A number that is out of range is a syntax error: it is not wrapped around, cut, or taken for another.",
			Example: "C: a3 FETCH 4294967297 FLAGS\nS: * 1 FETCH (FLAGS ())\nS: a3 OK",
			check:   checkRange,
		},
	}
}

// lineLength counts the octets of c outside its literals.
func (c *Command) lineLength() int {
	n := len(c.Raw)
	for _, l := range c.Literals {
		n -= len(l.Data)
	}
	return n
}

// usualLine is how long lines usually are at most.
const usualLine = 4000

// checkLongLine looks at valid commands of 4000 to 8000 octets. The case brings
// only such as succeed.
func checkLongLine(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for k := range s.Commands {
			c := &s.Commands[k]
			if n := c.lineLength(); c.Err != nil || n < usualLine || n > 8000 || c.Received < 0 {
				continue
			}
			switch {
			case c.Answer >= 0:
				j.reach(r)
				if resp := &s.Responses[c.Answer]; resp.Status == imapwire.BAD {
					j.report(r, Finding{Conn: s.Conn, event: resp.Event, Summary: fmt.Sprintf("a line of %d octets was answered %s", c.lineLength(), quoteUnit(resp.Raw))})
				}
			case s.untaggedBadAfter(c.Begun):
				j.report(r, Finding{Conn: s.Conn, event: c.Received, Summary: fmt.Sprintf("a line of %d octets was answered with an untagged BAD", c.lineLength())})
			case s.closedAlone():
				j.report(r, Finding{Conn: s.Conn, event: c.Received, Summary: fmt.Sprintf("a line of %d octets ended the connection", c.lineLength())})
			default:
				continue
			}
			break
		}
	}
}

func checkOverlongLine(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for k := range s.Commands {
			c := &s.Commands[k]
			if !longLine(c.Raw) || c.Received < 0 {
				continue
			}
			j.reach(r)
			if c.Answer >= 0 || s.saidBye() || s.untaggedBadAfter(c.Begun) {
				continue
			}
			f := Finding{Conn: s.Conn, event: c.Received, Where: "silence", Kind: Hang, Summary: fmt.Sprintf("a line of %d octets got no answer", c.lineLength())}
			if s.closedAlone() {
				f.Kind, f.Where, f.Summary = "", "close", fmt.Sprintf("a line of %d octets ended the connection, without BAD or BYE", c.lineLength())
			}
			j.report(r, f)
			break
		}
	}
}

// untaggedBadAfter reports whether the server has said BAD without a tag since
// that event.
func (s *Session) untaggedBadAfter(event int) bool {
	for i := range s.Responses {
		r := &s.Responses[i]
		if r.Event > event && r.Type == imapwire.Untagged && r.Status == imapwire.BAD {
			return true
		}
	}
	return false
}

// checkReusedTag looks at valid commands whose tag an earlier one had. The case
// brings only such as succeed.
func checkReusedTag(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for k := range s.Commands {
			c := &s.Commands[k]
			if c.Err != nil || c.Received < 0 || !s.usedTag(k) {
				continue
			}
			j.reach(r)
			if c.Answer >= 0 && s.Responses[c.Answer].Status != imapwire.BAD {
				continue
			}
			f := Finding{Conn: s.Conn, event: c.Received, Where: "no answer", Summary: fmt.Sprintf("%s, whose tag was used before, got no answer", quoteUnit(c.Raw))}
			if c.Answer >= 0 {
				f.Where, f.Summary = "refused", fmt.Sprintf("%s, whose tag was used before, was answered %s", quoteUnit(c.Raw), quoteUnit(s.Responses[c.Answer].Raw))
			}
			j.report(r, f)
			break
		}
	}
}

func (s *Session) usedTag(k int) bool {
	for i := range s.Commands[:k] {
		if bytes.Equal(s.Commands[i].Tag, s.Commands[k].Tag) {
			return true
		}
	}
	return false
}

// checkCase looks at valid commands whose name is not all in capitals. The case
// brings only such as succeed.
func checkCase(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for k := range s.Commands {
			c := &s.Commands[k]
			if c.Err != nil || !c.Known || c.Answer < 0 || bytes.Contains(c.Raw, []byte(c.Name)) {
				continue
			}
			j.reach(r)
			if resp := &s.Responses[c.Answer]; resp.Status == imapwire.BAD {
				j.report(r, Finding{Conn: s.Conn, event: resp.Event, Where: trimUID(c.Name), Summary: fmt.Sprintf("%s was answered %s", quoteUnit(c.Raw), quoteUnit(resp.Raw))})
				break
			}
		}
	}
}

// checkRange looks for commands that succeeded with a number that is out of range.
func checkRange(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for k := range s.Commands {
			c := &s.Commands[k]
			if c.Err == nil || c.Answer < 0 {
				continue
			}
			where := c.badNumber()
			if where == "" {
				continue
			}
			j.reach(r)
			resp := &s.Responses[c.Answer]
			if resp.Command != k || resp.Status != imapwire.OK || s.brokenBefore(resp.Event) || s.cutWrong(resp.Event) {
				continue
			}
			j.report(r, Finding{Conn: s.Conn, event: resp.Event, Where: where, Summary: fmt.Sprintf("%s (%v) was answered %s", quoteUnit(c.Raw), c.Err, quoteUnit(resp.Raw))})
			break
		}
	}
}

// badNumber says in which way a number of c is out of range, "" if that is not what
// the grammar refuses c for.
func (c *Command) badNumber() string {
	switch c.Err.Production {
	case imapwire.ProdNumber, imapwire.ProdSequenceSet, imapwire.ProdUIDSet, imapwire.ProdPartial:
	default:
		return ""
	}
	rest := c.Raw[min(c.Err.Pos, len(c.Raw)):]
	switch {
	case c.Err.Want == "a smaller number":
		return "too large, " + c.Err.Production
	case c.Err.Production != imapwire.ProdSequenceSet && c.Err.Production != imapwire.ProdUIDSet:
		return ""
	case len(rest) > 1 && rest[0] == '0' && !isDigit(rest[1]): // no message has it; a zero too many changes no value
		return "zero, " + c.Err.Production
	}
	return ""
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
