package harness

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

func clientLiteralRules() []Rule {
	c := faultnet.Client
	return []Rule{
		{
			ID: "R-LIT-1", Section: "RFC 9051, section 4.3", Side: c, Severity: Error, Kind: Protocol,
			Text:    "After the header of a synchronizing literal, {0} included, a client sends nothing until the server has asked for it.",
			Example: "C: T1 LOGIN {4}\nC: test x # the server has not said \"+\" yet",
			check:   checkHasteIn(modeAwait, false),
		},
		{
			ID: "R-LIT-4", Section: "RFC 9051, sections 2.2.1 and 5.5", Side: c, Severity: Error, Kind: Protocol,
			Text:    "A command is sent to its end, its continuations included, before another begins.",
			Example: "C: T1 APPEND INBOX {4}\nC: T2 NOOP",
			check:   checkHasteIn(modeAwait, true),
		},
		{
			ID: "R-PIPE-3", Section: "RFC 9051, sections 2.2.1 and 5.5", Side: c, Severity: Error, Kind: Protocol,
			Text: "The continuations of a command are settled before the next begins.",
			Same: "R-LIT-4",
		},
		{
			// A client that gives up the connection breaks R-CL-1, one that sends
			// the literal all the same R-LIT-1.
			ID: "R-LIT-2", Section: "RFC 9051, sections 2.2.1 and 7.6", Side: c, Severity: Error, Kind: Protocol,
			Text: "If the command is completed with NO or BAD instead of a request for the literal, it is over: none of the literal is sent, and the connection stays usable.",
			Same: "R-CL-1",
		},
		{
			ID: "R-LIT-3", Section: "RFC 9051, section 2.2.1", Side: c, Severity: Error, Kind: Hang,
			Text:    "While a client waits to be asked for a literal it takes whatever else comes, completions of other commands too, and then sends the literal.",
			Example: "C: T1 APPEND INBOX {4}\nS: * 5 EXISTS\nS: +\n# the literal never comes",
			check:   checkLiteralSent,
		},
		{
			ID: "R-LIT-9", Section: "RFC 7888, section 3", Side: c, Severity: Error, Kind: Protocol,
			Text:    "A non-synchronizing literal goes only to a server that has said that it takes them: LITERAL+, LITERAL- or IMAP4rev2.",
			Example: "S: * OK [CAPABILITY IMAP4rev1] hello\nC: T1 LOGIN {4+}",
			check:   checkNonSync,
		},
		{
			ID: "R-LIT-12", Section: "RFC 7888, section 5", Side: c, Severity: Error, Kind: Protocol,
			Text:    "Where the server has LITERAL- or IMAP4rev2, and not LITERAL+, a literal of more than 4096 octets is synchronizing.",
			Example: "S: * OK [CAPABILITY IMAP4rev1 LITERAL-] hello\nC: T1 APPEND INBOX {4097+}",
			check:   checkNonSyncSize,
		},
		{
			ID: "R-LIT-17", Section: "RFC 3516, section 4.4", Side: c, Severity: Error, Kind: Protocol, Capability: "BINARY|IMAP4rev2",
			Text:    "A literal8 goes only to a server that has BINARY.",
			Example: "S: * OK [CAPABILITY IMAP4rev1] hello\nC: T1 APPEND INBOX ~{4}",
			check:   checkLiteral8,
		},
		{
			ID: "R-LIT-6", Section: "RFC 9051, section 4.3", Side: c, Severity: Error, Kind: Protocol, Call: "append|fetch|stream",
			Text:    "A literal has as many octets as it announces, and they are the ones that were meant, whatever they look like.",
			Example: "D: append INBOX é\nC: T1 APPEND INBOX {1}\nC= \"\\xc3\\xa9\\r\\n\"",
			check:   checkLiteralOctets,
		},
	}
}

// checkHasteIn returns the check of what a client sends although it is the
// server's turn: for another command, or for more of the same.
func checkHasteIn(in mode, another bool) func(*judging, Rule) {
	return func(j *judging, r Rule) {
		s := j.client()
		if s == nil {
			return
		}
		for i := range s.Commands {
			c := &s.Commands[i]
			if n := len(c.Literals); n > 0 && !c.Literals[n-1].NonSync {
				j.reach(r)
			}
		}
		if s.Hasty < 0 || s.hastyFree || s.hasteIn != in || s.TLS || s.misled(s.Hasty) || s.beginsCommand() != another {
			return
		}
		j.report(r, Finding{Conn: s.Conn, event: s.Hasty,
			Summary: fmt.Sprintf("a literal was announced, and before the server asked for it came %s", quoteUnit(s.in[s.hastyAt:]))})
	}
}

// beginsCommand reports whether what a client sent too early is a command: a new
// tag and a known name.
func (s *Session) beginsCommand() bool {
	line, _, _ := bytes.Cut(s.in[s.hastyAt:min(len(s.in), s.hastyAt+200)], []byte("\r\n"))
	words := bytes.SplitN(line, []byte(" "), 3)
	if len(words) < 2 {
		return false
	}
	_, ok := imapwire.LookupCommand(string(bytes.ToUpper(words[1])))
	return ok || bytes.EqualFold(words[1], []byte("UID"))
}

// checkLiteralSent looks for literals that the server asked for, after something
// else had come, and that were not sent.
func checkLiteralSent(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		n := len(c.Literals)
		if n == 0 || c.Literals[n-1].NonSync || !c.Literals[n-1].Go {
			continue
		}
		l := &c.Literals[n-1]
		between := false // did something else come first?
		asked := -1
		for k := range s.Responses {
			resp := &s.Responses[k]
			if resp.Event <= l.Event {
				continue
			}
			if resp.Type == imapwire.Continuation {
				asked = resp.Event
				break
			}
			between = true
		}
		if !between || asked < 0 || s.misled(asked) {
			continue
		}
		j.reach(r)
		end := s.settled(j.rec)
		if c.Received < 0 && end >= 0 && !s.goneBy(end) && s.Faulted < 0 && j.rec.Events[end].At-j.rec.Events[asked].At >= 0 && uint64(len(l.Data)) < max(l.Size, 1) && !j.closing() {
			j.report(r, Finding{Conn: s.Conn, event: asked, Summary: fmt.Sprintf("%s: the server asked for the literal, and it was not sent", quoteUnit(c.Raw))})
			return
		}
	}
}

// closing reports whether the client was asked to end the session.
func (j *judging) closing() bool {
	return j.calls(func(_ int, words []string) bool {
		return words[0] == "close" || words[0] == "logout" || words[0] == "quit"
	})
}

// checkNonSync looks for non-synchronizing literals that the server never offered
// to take. That it did so once and no more is checkStale's to find.
func checkNonSync(j *judging, r Rule) {
	j.eachLiteral(func(s *Session, c *Command, l *CommandLiteral) bool {
		j.reach(r)
		offers := []string{"LITERAL+", "LITERAL-", "IMAP4rev2"}
		if !l.NonSync || s.everOffered(c.Begun, offers...) || j.halfOffered(s, c.Begun, offers) || s.misled(c.Begun) {
			return false
		}
		j.report(r, Finding{Conn: s.Conn, event: l.Event, Summary: fmt.Sprintf("%s has a non-synchronizing literal, which the server has not offered to take", quoteUnit(c.Raw))})
		return true
	})
}

func checkNonSyncSize(j *judging, r Rule) {
	j.eachLiteral(func(s *Session, c *Command, l *CommandLiteral) bool {
		if l.Size <= 4096 || s.everOffered(c.Begun, "LITERAL+") || !s.everOffered(c.Begun, "LITERAL-", "IMAP4rev2") {
			return false
		}
		j.reach(r)
		if !l.NonSync || s.misled(c.Begun) {
			return false
		}
		j.report(r, Finding{Conn: s.Conn, event: l.Event, Summary: fmt.Sprintf("%s has a non-synchronizing literal of %d octets, and the server takes 4096", quoteUnit(c.Raw), l.Size)})
		return true
	})
}

func checkLiteral8(j *judging, r Rule) {
	for i := range j.rec.Events {
		if e := &j.rec.Events[i]; e.Kind == Called && strings.HasPrefix(e.Text, "append ") && strings.Contains(e.Text, `\x00`) {
			j.reach(r)
		}
	}
	j.eachLiteral(func(s *Session, c *Command, l *CommandLiteral) bool {
		if !l.Binary {
			return false
		}
		j.reach(r)
		if s.everOffered(c.Begun, "BINARY", "IMAP4rev2") || s.misled(c.Begun) {
			return false
		}
		j.report(r, Finding{Conn: s.Conn, event: l.Event, Summary: fmt.Sprintf("%s has a literal8, and the server has no BINARY", quoteUnit(c.Raw))})
		return true
	})
}

// eachLiteral gives the literals of the client's commands to f until it returns
// true.
func (j *judging) eachLiteral(f func(*Session, *Command, *CommandLiteral) bool) {
	s := j.client()
	if s == nil {
		return
	}
	for i := range s.Commands {
		for k := range s.Commands[i].Literals {
			if f(s, &s.Commands[i], &s.Commands[i].Literals[k]) {
				return
			}
		}
	}
}

// checkLiteralOctets holds the message of an APPEND against what the client was
// given, and what was handed over of literals against what came.
func checkLiteralOctets(j *judging, r Rule) {
	s := j.client()
	if s == nil || s.Hasty >= 0 {
		return // what is sent at the wrong time is no message
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		n := len(c.Literals)
		if c.Name != "APPEND" || n == 0 || c.Received < 0 || c.refusedSync() {
			continue
		}
		data, given := c.Literals[n-1].Data, false
		same := j.calls(func(_ int, words []string) bool {
			if words[0] != "append" || len(words) < 3 {
				return false
			}
			given = true
			return words[2] == string(data)
		})
		if given {
			j.reach(r)
		}
		if given && !same {
			j.report(r, Finding{Conn: s.Conn, event: c.Received, Where: "sent",
				Summary: fmt.Sprintf("the literal of %s is not the message that the client was given", quoteUnit(c.Raw))})
			return
		}
	}
}
