package harness

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

func clientValueRules() []Rule {
	c := faultnet.Client
	return []Rule{
		{
			ID: "2683-3.4.2-f", Section: "RFC 2683, section 3.4.2", Side: c, Severity: Error, Kind: Protocol, Call: "login",
			Text:    "A name and a password reach the server octet for octet, whatever octets they are made of, or are refused before anything is sent.",
			Example: "D: login test \"p\\xe4ss\"\nC: T1 LOGIN test \"pass\"",
			check:   checkCredentials,
		},
		{
			ID: "2683-3.4.10-b", Section: "RFC 2683, section 3.4.10", Side: c, Severity: Error, Kind: Protocol,
			Text:    "Where the backslash is the delimiter it is escaped in quoted strings, or the name goes as a literal.",
			Example: "S: * LIST () \"\\\\\" work\nD: create work\\new\nC: T1 CREATE \"work\\new\"",
			check:   checkBackslash,
		},
		{
			ID: "2683-3.4.2-b", Section: "RFC 2683, section 3.4.2", Side: c, Severity: Error, Kind: Protocol, Scenario: true, Call: "list",
			Text:    "Escapes in a quoted string are undone: the caller gets the name that the server means.",
			Example: "S: * LIST () \"/\" \"\\\"My\\\" mail\"\n# the caller is given \\\"My\\\" mail",
			check:   checkListed,
		},
		{
			ID: "2683-3.4.9-g", Section: "RFC 2683, section 3.4.9", Side: c, Severity: Error, Kind: Protocol, Scenario: true, Call: "list",
			Text:    "A server may put reference and pattern together where another breaks out of the reference: a client takes what it lists either way.",
			Example: "D: list ABC/ /DEF\nS: * LIST () \"/\" ABC//DEF\n# the caller is given nothing",
			check:   checkListed,
		},
	}
}

// checkInjecting looks for the part of a value behind its line break at the
// start of a line.
func checkInjecting(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	broken := false // a value with a line break went out as it is
	for i := range j.rec.Events {
		e := &j.rec.Events[i]
		if e.Kind != Called || !strings.Contains(e.Text, `"`) {
			continue
		}
		words, _ := CallWords(e.Text)
		for _, w := range words {
			if k := strings.LastIndexAny(w, "\r\n"); k >= 0 {
				j.reach(r)
				broken = broken || s.escaped(w[k:])
			}
		}
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		if s.breach(c) == ruleInjecting || broken && (bareCR(c.Raw) || s.tailOf(j, c)) {
			j.report(r, Finding{Conn: s.Conn, event: c.Begun, Where: orDefault(c.breakPlace(), "word"),
				Summary: "a line break that stood in a value was sent as one: " + quoteUnit(c.Raw)})
			return
		}
	}
}

// breakPlace says in what the line break stood.
func (c *Command) breakPlace() string {
	if c.Err != nil && c.Err.Production == imapwire.ProdQuoted {
		return c.Err.Production
	}
	return ""
}

// escaped reports whether tail, which begins with a line break, stands in what
// the client sent outside of literals.
func (s *Session) escaped(tail string) bool {
	if len(tail) < 3 {
		return false
	}
	for at := 0; ; at++ {
		i := bytes.Index(s.in[at:], []byte(tail))
		if i < 0 {
			return false
		}
		at += i
		inside := false
		for _, h := range s.hidden {
			inside = inside || at >= h.from && at < h.to
		}
		if !inside {
			return true
		}
	}
}

// tailOf reports whether c begins as the part of a value behind its line break
// does.
func (s *Session) tailOf(j *judging, c *Command) bool {
	return j.calls(func(_ int, words []string) bool {
		for _, w := range words {
			if k := strings.LastIndexAny(w, "\r\n"); k >= 0 && len(w) > k+2 && bytes.HasPrefix(c.Raw, []byte(w[k+1:])) {
				return true
			}
		}
		return false
	})
}

// utf8Agreed reports whether the server had agreed, before that event, to octets
// above 127 in quoted strings: by ENABLE, or since it is of IMAP4rev2 alone (RFC
// 9051, section 6.3.1).
func (s *Session) utf8Agreed(event int) bool {
	for i := range s.Responses {
		r := &s.Responses[i]
		if r.Event >= event {
			break
		}
		if on, ok := r.Enabled(); ok && (on.Has("IMAP4rev2") || on.Has("UTF8=ACCEPT") || on.Has("UTF8=ONLY")) {
			return true
		}
	}
	told := s.capabilities(event)
	return told != nil && hasCapability(told, "IMAP4rev2") && !hasCapability(told, "IMAP4rev1")
}

// checkQuoting looks at quoted strings, and at names that are read as others than
// were meant.
func checkQuoting(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		if bytes.IndexByte(c.Raw, '"') < 0 {
			continue
		}
		j.reach(r)
		if s.breach(c) == ruleQuoting && !(s.delimiter() == '\\' && namesMailbox(c)) {
			j.report(r, s.syntaxFinding(c))
			return
		}
		if c.Err == nil && c.Received >= 0 && !s.TLS && eightBit(c) && !s.misled(c.Begun) && !s.utf8Agreed(c.Begun) {
			j.report(r, Finding{Conn: s.Conn, event: c.Received, Where: "octets above 127",
				Summary: fmt.Sprintf("%s has octets above 127 outside a literal, and the server has not agreed to UTF-8", quoteUnit(c.Raw))})
			return
		}
		if meant, sent, ok := j.misnamed(s, c); ok && s.delimiter() != '\\' && strings.ContainsAny(meant, `"\`) {
			j.report(r, Finding{Conn: s.Conn, event: c.Received, Where: "value", Summary: misread(meant, sent)})
			return
		}
	}
}

func misread(meant, sent string) string {
	return fmt.Sprintf("%q was meant, and %q is what a server reads", abridge(meant), abridge(sent))
}

func abridge(s string) string { return s[:min(len(s), 200)] }

// eightBit reports whether c has an octet above 127 outside of its literals.
func eightBit(c *Command) bool {
	at := 0
	for i := range c.Literals {
		l := &c.Literals[i]
		k := bytes.Index(c.Raw[at:], l.Data)
		if k < 0 || len(l.Data) == 0 {
			continue
		}
		if above127(c.Raw[at : at+k]) {
			return true
		}
		at += k + len(l.Data)
	}
	return above127(c.Raw[at:])
}

func above127(b []byte) bool {
	for _, ch := range b {
		if ch > 127 {
			return true
		}
	}
	return false
}

// checkBackslash is checkQuoting where the backslash is the delimiter.
func checkBackslash(j *judging, r Rule) {
	s := j.client()
	if s == nil || s.delimiter() != '\\' {
		return
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		if !namesMailbox(c) || bytes.IndexByte(c.Args, '\\') < 0 {
			continue
		}
		j.reach(r)
		if s.breach(c) == ruleQuoting {
			j.report(r, s.syntaxFinding(c))
			return
		}
		if meant, sent, wrong := j.misnamed(s, c); wrong {
			j.report(r, Finding{Conn: s.Conn, event: c.Received, Summary: misread(meant, sent)})
			return
		}
	}
}

// checkCredentials holds what LOGIN says against what the client was given.
func checkCredentials(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		if c.Name != "LOGIN" || c.Err != nil || c.Received < 0 {
			continue
		}
		user, password, ok := c.Login()
		if !ok {
			continue
		}
		given := false
		same := j.calls(func(_ int, words []string) bool {
			if words[0] != "login" && words[0] != "secure" || len(words) != 3 {
				return false
			}
			given = true
			return words[1] == string(user) && words[2] == string(password)
		})
		if given {
			j.reach(r)
		}
		if given && !same {
			j.report(r, Finding{Conn: s.Conn, event: c.Received, Summary: fmt.Sprintf("%s has other octets than the client was given", quoteUnit(c.Raw))})
			return
		}
	}
}

// checkListed holds what calls of list hand over against what the server listed.
func checkListed(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	from := 0
	for i := range j.rec.Events {
		e := &j.rec.Events[i]
		if e.Kind == Called {
			from = i
		}
		if e.Kind != Claimed || !strings.HasPrefix(e.Claim.Call, "list ") {
			continue
		}
		var names []string
		for k := range s.Responses {
			if l, ok := s.Responses[k].List(); ok && s.Responses[k].Event >= from && s.Responses[k].Event < i && s.Responses[k].Name == "LIST" {
				names = append(names, imapwire.MailboxName(l.Mailbox))
			}
		}
		j.reach(r)
		if want := fmt.Sprintf("%q", names); e.Claim.Err != nil || e.Claim.Text != want {
			j.report(r, Finding{Conn: s.Conn, event: i, Summary: fmt.Sprintf("the server listed %s, the caller was given %s (error: %v)", want, strconv.Quote(e.Claim.Text), e.Claim.Err)})
			return
		}
	}
}
