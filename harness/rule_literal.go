package harness

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

func literalRules() []Rule {
	return []Rule{
		{
			ID: "R-LIT-5", Section: "RFC 9051, sections 2.2.1 and 7.6", Side: faultnet.Server, Severity: Error, Kind: Hang,
			Text:    "A synchronizing literal is answered: with a continuation request, or with a tagged NO or BAD. Silence leaves both sides waiting for ever.",
			Example: "C: a1 LOGIN {4}\n# nothing comes",
			check:   checkLiteralSilence,
		},
		{
			ID: ruleLiteralData, Section: "RFC 9051, section 4.3; RFC 3501, section 4.3", Side: faultnet.Server, Severity: Error, Kind: Injection,
			Text:    "Exactly as many octets as a literal announces are data, whatever they look like, and the command goes on right behind them.",
			Example: "C: a1 LOGIN {10}\nS: + go ahead\nC: zz9 NOOP # inside the literal\nS: zz9 OK",
			check:   reachLiteral, // checkCanary tells them apart
		},
		{
			ID: "R-LIT-13", Section: "RFC 7888, section 4", Side: faultnet.Server, Severity: Error, Kind: Injection,
			Text:    "A non-synchronizing literal that is too big is read to its end and refused, or the connection ends with BYE. Its octets are never taken for commands.",
			Example: "C: a1 APPEND INBOX {5000+}\nS: a1 BAD\nC: zz9 NOOP # inside the literal\nS: zz9 OK",
			check:   reachRefusedLiteral(true), // checkCanary tells them apart
		},
		{
			ID: "R-LIT-10", Section: "RFC 7888, section 3", Side: faultnet.Server, Severity: Error, Kind: Injection,
			Text:    "A line that is refused for another reason, and ends in {n+}, is followed by n octets of literal all the same: they belong to it.",
			Example: "C: a1 XYZZY {9+}\nS: a1 BAD\nC: zz9 NOOP # inside the literal\nS: zz9 OK",
			check:   reachRefusedLiteral(false), // checkCanary tells them apart
		},
	}
}

// reachRefusedLiteral notes that the server refused a command with a
// non-synchronizing literal, for the size of it or for another reason.
func reachRefusedLiteral(forSize bool) func(*judging, Rule) {
	return func(j *judging, r Rule) {
		for _, s := range j.rec.Conns {
			for i := range s.Commands {
				c := &s.Commands[i]
				if c.nonSync() && (c.Answer < 0 && s.saidBye() || c.Answer >= 0 && !okStatus(&s.Responses[c.Answer])) && forSize == (refusedLiteral(c) == "R-LIT-13") {
					j.reach(r)
				}
			}
		}
	}
}

// checkCanary looks for completions of what was never a command.
func checkCanary(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		if len(s.hidden) > 0 || slices.ContainsFunc(s.Commands, func(c Command) bool { return len(c.Raw) > 8000 }) {
			j.reach(r)
		}
		for i := range s.Responses {
			resp := &s.Responses[i]
			tag := tagOf(resp.Raw) // all of it, also where it may not stand in one
			if resp.Type != imapwire.Tagged || resp.Command >= 0 || s.brokenBefore(resp.Event) || !s.Hidden(tag) {
				continue
			}
			rule, where, c := r, "", s.smuggler(tag)
			if c != nil {
				where = j.leak(c, resp)
				switch {
				case where == "timer":
				case c.nonSync():
					rule, where = j.rule(refusedLiteral(c)), ""
				case where == c.Name && c.literalHas(tag):
					rule = j.rule(ruleLiteralData)
				}
			}
			if c == nil && s.rest {
				where = restPlace
			}
			f := Finding{Conn: s.Conn, event: resp.Event, Where: where, Summary: "data was executed as a command: " + quoteUnit(resp.Raw)}
			if c != nil {
				f.Summary += ", inside " + quoteUnit(c.Raw)
			}
			j.report(rule, f)
			break
		}
	}
}

const (
	ruleCanary      = "canary"
	ruleLiteralData = "R-LIT-6"
	bareCRPlace     = "bare CR"
)

// literalHas reports whether tag stands in a literal of c.
func (c *Command) literalHas(tag []byte) bool {
	return slices.ContainsFunc(c.Literals, func(l CommandLiteral) bool { return bytes.Contains(l.Data, tag) })
}

// reachLiteral notes that there were literals in commands: checkCanary finds what was
// executed of them.
func reachLiteral(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for k := range s.Commands {
			if len(s.Commands[k].Literals) > 0 {
				j.reach(r)
				return
			}
		}
	}
}

// refusedSync reports whether the last literal of c was a synchronizing one, and
// refused.
func (c *Command) refusedSync() bool {
	n := len(c.Literals) - 1
	return n >= 0 && c.Literals[n].Refused
}

// refusedLiteral says which rule about literals was broken by running the
// octets of c's last one.
func refusedLiteral(c *Command) (id string) {
	if c.Err == nil && c.Literals[len(c.Literals)-1].Size > 4096 {
		return "R-LIT-13"
	}
	return "R-LIT-10"
}

// leak names the way by which data of c got out.
func (j *judging) leak(c *Command, resp *Response) string {
	switch {
	case bareCR(c.Raw):
		return bareCRPlace
	case j.rec.Events[resp.Event].At-j.rec.Events[c.Begun].At >= time.Second:
		return "timer"
	case longLine(c.Raw):
		return "long line"
	}
	return c.Name
}

// longLine reports whether a line in b is longer than any server must take (RFC
// 2683, section 3.2.1.5).
func longLine(b []byte) bool {
	for line := range bytes.Lines(b) {
		if len(line) > 8000 {
			return true
		}
	}
	return false
}

// smuggler returns the command inside which tag stands.
func (s *Session) smuggler(tag []byte) *Command {
	for i := range s.Commands {
		c := &s.Commands[i]
		if string(c.Tag) != string(tag) && bytes.Contains(c.Raw, append(tag[:len(tag):len(tag)], ' ')) {
			return c
		}
	}
	return nil
}

// checkLiteralSilence looks for literals that the server neither asked for nor
// refused, or not before more came.
func checkLiteralSilence(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		if k := slices.IndexFunc(s.Commands, func(c Command) bool { return c.Answer >= 0 && c.lateRefusal() }); k >= 0 && !s.brokenBefore(s.Commands[k].Begun) {
			c := &s.Commands[k]
			j.report(r, Finding{
				Conn: s.Conn, event: s.Responses[c.Answer].Event, from: c.Begun,
				Summary: fmt.Sprintf("the literal of %s was neither asked for nor refused until more came, which was taken for part of it", quoteUnit(c.Raw)),
			})
			continue
		}
		for i := range s.Commands {
			if n := len(s.Commands[i].Literals); n > 0 && !s.Commands[i].Literals[n-1].NonSync {
				j.reach(r)
			}
		}
		if s.mode != modeAwait || s.Broken >= 0 || s.writesHeld(j.rec) || len(s.Commands) == 0 {
			continue
		}
		end := s.settled(j.rec)
		last := &s.Commands[len(s.Commands)-1]
		if end < 0 || s.goneBy(end) || len(last.Literals) == 0 {
			continue
		}
		asked := last.Literals[len(last.Literals)-1].Event
		if j.rec.Events[end].At-j.rec.Events[asked].At < settleTime {
			continue
		}
		if last.refusable() {
			j.report(j.rule("R-FR-7"), Finding{
				Conn: s.Conn, event: end, from: last.Begun, Kind: Hang, Severity: Error, Where: last.unanswered(),
				Summary: fmt.Sprintf("%s got no answer", quoteUnit(last.Raw)),
			})
			continue
		}
		j.report(r, Finding{
			Conn: s.Conn, event: end, from: last.Begun,
			Summary: fmt.Sprintf("%s: the literal was neither asked for nor refused", quoteUnit(last.Raw)),
		})
	}
}
