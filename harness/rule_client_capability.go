package harness

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

const ruleStale = "R-CAP-3"

func clientCapabilityRules() []Rule {
	c := faultnet.Client
	return []Rule{
		{
			ID: "R-AUTH-1", Section: "RFC 9051, section 6.2.3", Side: c, Severity: Error, Kind: Protocol, Call: "login",
			Text:    "Where the server says LOGINDISABLED no LOGIN is sent: the name and the password would go in clear.",
			Example: "S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hello\nC: T1 LOGIN test test",
			check:   checkLoginDisabled,
		},
		{
			ID: "R-IDLE-1", Section: "RFC 2177, section 3", Side: c, Severity: Error, Kind: Protocol,
			Text:    "No IDLE is sent to a server that has not said that it has it. (Judged where the client decides; where a call asks for IDLE, in cases that name the rule.)",
			Example: "S: * OK [CAPABILITY IMAP4rev1] hello\nC: T1 IDLE",
			check:   checkExtension("R-IDLE-1"),
		},
		{
			ID: ruleStale, Section: "RFC 9051, sections 6.2.3 and 7.1", Side: c, Severity: Error, Kind: Protocol,
			Text:    "A login, and TLS, can change the capabilities: what the server no longer says is used no more.",
			Example: "S: * OK [CAPABILITY IMAP4rev1 LITERAL+] hello\nC: T1 LOGIN test test\nS: T1 OK [CAPABILITY IMAP4rev1] in\nC: T2 CREATE {4+}",
			check:   checkStale,
		},
		{
			ID: "2683-3.3.1-a", Section: "RFC 2683, section 3.3.1", Side: c, Severity: Warn, Kind: Protocol,
			Text:    "A client asks for the capabilities, if the server has not told them, before it uses any of them.",
			Example: "S: * OK hello\nC: T1 AUTHENTICATE PLAIN AHgAeA==",
			check:   checkExtension("2683-3.3.1-a"),
		},
		{
			ID: "2683-3.3.1-e", Section: "RFC 2683, section 3.3.1", Side: c, Severity: Info, Kind: Protocol,
			Text:    "A private command is only sent to a server that has a capability of its name.",
			Example: "S: * OK [CAPABILITY IMAP4rev1] hello\nC: T1 XPING",
			check:   checkExtension("2683-3.3.1-e"),
		},
		{
			ID: "2683-3.3.1-c", Section: "RFC 2683, section 3.3.1", Side: c, Severity: Warn, Kind: Protocol,
			Text:    "Commands that IMAP4rev1 dropped are only sent to a server that has IMAP4 or IMAP2bis.",
			Example: "S: * OK [CAPABILITY IMAP4rev1] hello\nC: T1 PARTIAL 1 RFC822 1 1000",
			check:   checkObsolete,
		},
		{
			ID: "2683-3.3.1-b", Section: "RFC 2683, section 3.3.1", Side: c, Severity: Warn, Kind: Protocol, Scenario: true,
			Text:    "To a server that has neither IMAP4rev1 nor IMAP4rev2 nothing is sent that these brought: the client refuses with an error.",
			Example: "S: * OK [CAPABILITY IMAP4] hello\nC: T1 STATUS INBOX (MESSAGES)",
			check:   checkRev1Only,
		},
		{
			ID: "2683-3.3.1-d", Section: "RFC 2683, section 3.3.1", Side: c, Severity: Warn, Kind: Protocol,
			Text:    "Extensions are not probed for: a command of one, or an argument, is only sent to a server that has said that it has it. (Judged where the client decides; where a call asks for the command, in cases that name the rule.)",
			Example: "S: * OK [CAPABILITY IMAP4rev1] hello\nC: T1 MOVE 1 work",
			check:   checkExtension("2683-3.3.1-d"),
		},
		{
			ID: "R-CAP-1", Section: "RFC 9051, section 7.2.2", Side: c, Severity: Error, Kind: Protocol, Scenario: true,
			Text:    "Capabilities that a client does not know are ignored, and no more than the protocol itself is required.",
			Example: "S: * OK [CAPABILITY IMAP4rev1 X-NEW=1] hello\n# the client gives up",
			check:   checkAllDone,
		},
		{
			ID: "R-CAP-4", Section: "RFC 5161, section 3.1; RFC 7162, section 3.2.3", Side: c, Severity: Error, Kind: Protocol, Capability: "ENABLE|IMAP4rev2",
			Text:    "ENABLE is sent before a mailbox is selected, never after; what has to be enabled, as QRESYNC, is used after ENABLED only. (Judged where the client decides; where a call asks for it, in cases that name the rule.)",
			Example: "C: T2 SELECT INBOX\nS: T2 OK in\nC: T3 ENABLE CONDSTORE",
			check:   checkEnableEarly,
		},
	}
}

// loggedIn reports whether a login had succeeded before that event.
func (s *Session) loggedIn(event int) bool {
	for i := range s.Responses {
		r := &s.Responses[i]
		if r.Event >= event {
			return false
		}
		if r.Type == imapwire.Tagged && r.Status == imapwire.OK && r.Command >= 0 {
			if n := s.Commands[r.Command].Name; n == "LOGIN" || n == "AUTHENTICATE" {
				return true
			}
		}
	}
	return false
}

// capabilitiesBefore returns what had been told when the step of that event
// began: a client cannot act on what comes at the same time.
func (s *Session) capabilitiesBefore(j *judging, event int) []byte {
	step := j.rec.Events[event].Step
	if step < len(j.rec.Case.Steps) && j.rec.Case.Steps[step].Op == corpus.Do {
		return s.capabilities(event) // it has sent what the call asks for, knowing what had come
	}
	for event > 0 && j.rec.Events[event-1].Step == step {
		event--
	}
	return s.capabilities(event)
}

// checkLoginDisabled looks for LOGIN where the server had said that it takes none.
func checkLoginDisabled(j *judging, r Rule) {
	s := j.client()
	if s == nil || s.TLS {
		return
	}
	if s.everOffered(len(j.rec.Events), "LOGINDISABLED") && j.calls(func(_ int, w []string) bool { return w[0] == "login" }) {
		j.reach(r)
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		if c.Name == "LOGIN" && s.offers(c.Begun, "LOGINDISABLED") && hasCapability(s.capabilitiesBefore(j, c.Begun), "LOGINDISABLED") && !s.misled(c.Begun) {
			j.report(r, Finding{Conn: s.Conn, event: c.Begun, Summary: quoteUnit(c.Raw) + " was sent in clear, and the server had said LOGINDISABLED"})
			return
		}
	}
}

// checkObsolete looks for commands of IMAP2bis and RFC 1730 that RFC 2060 dropped.
func checkObsolete(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		j.reach(r)
		if c.obsolete() && !s.everOffered(c.Begun, "IMAP4", "IMAP2bis", "IMAP2") && !s.misled(c.Begun) {
			j.report(r, Finding{Conn: s.Conn, event: c.Begun, Where: c.Name, Summary: quoteUnit(c.Raw) + " is no command of IMAP4rev1, and the server has not said that it has IMAP4"})
			return
		}
	}
}

// obsolete reports whether c is a command of IMAP2bis or RFC 1730 that is no more,
// or has such an argument.
func (c *Command) obsolete() bool {
	switch c.Name {
	case "FIND", "PARTIAL", "BBOARD", "UID PARTIAL":
		return true
	case "FETCH", "UID FETCH":
		if !bytes.Contains(c.Args, []byte("822.")) {
			return false
		}
		args := bytes.ToUpper(c.Args)
		return bytes.Contains(args, []byte("RFC822.HEADER.LINES")) || bytes.Contains(args, []byte("RFC822.PEEK")) || bytes.Contains(args, []byte("RFC822.TEXT.PEEK"))
	}
	return false
}

// checkRev1Only looks for what RFC 1730 does not have, sent to a server that has
// nothing newer.
func checkRev1Only(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		if told := s.capabilities(c.Begun); told == nil || hasAny(told, []string{"IMAP4rev1", "IMAP4rev2"}) {
			continue
		}
		j.reach(r)
		if c.Name == "STATUS" || c.Name == "UID SEARCH" && bytes.Contains(c.Args, []byte("RETURN")) {
			j.report(r, Finding{Conn: s.Conn, event: c.Begun, Where: c.Name, Summary: quoteUnit(c.Raw) + " was sent to a server without IMAP4rev1"})
			return
		}
	}
}

// checkAllDone asks that every call succeeded: the case has the server do all
// that is asked.
func checkAllDone(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	for i := range j.rec.Events {
		e := &j.rec.Events[i]
		if e.Kind != Claimed {
			continue
		}
		j.reach(r)
		if word, _, _ := strings.Cut(e.Claim.Call, " "); e.Claim.Err != nil && word != "close" && !s.refused(i) && !s.misled(i) && s.Faulted < 0 {
			j.report(r, Finding{Conn: s.Conn, event: i, Summary: fmt.Sprintf("%q failed (%v), and the server had done all that it was asked", e.Claim.Call, e.Claim.Err)})
			return
		}
	}
}

// refused reports whether the server had refused a command before that event.
func (s *Session) refused(event int) bool {
	for i := range s.Responses {
		if r := &s.Responses[i]; r.Event < event && (r.Status == imapwire.NO || r.Status == imapwire.BAD || r.Status == imapwire.BYE) {
			return true
		}
	}
	return false
}

// checkEnableEarly looks for ENABLE in a selected mailbox, and for what is used and
// has not been enabled.
func checkEnableEarly(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	if j.named(r) && j.calls(func(_ int, w []string) bool { return w[0] == "enable" }) {
		j.reach(r)
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		if s.TLS || s.misled(c.Begun) {
			return
		}
		for _, u := range c.uses() {
			if u.enabled == "" || !j.decided(r, c, u) || !s.everOffered(c.Begun, u.caps...) {
				continue
			}
			if j.reach(r); !s.enabled(c.Begun, u.enabled) {
				j.report(r, Finding{Conn: s.Conn, event: c.Begun, Where: u.what, Summary: quoteUnit(c.Raw) + " was sent, and " + u.enabled + " had not been enabled"})
				return
			}
		}
		if c.Name != "ENABLE" || !j.named(r) && j.asked("ENABLE") {
			continue
		}
		j.reach(r)
		if c.Phase == Selected {
			j.report(r, Finding{Conn: s.Conn, event: c.Begun, Summary: quoteUnit(c.Raw) + " was sent after a mailbox had been selected"})
			return
		}
	}
}
