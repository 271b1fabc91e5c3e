package harness

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

func serverSelectRules() []Rule {
	return []Rule{
		{
			ID: "R-ST-5", Section: "RFC 9051, sections 6.3.2 and 7.1 (CLOSED)", Side: faultnet.Server, Severity: Error, Kind: Protocol, Local: true, Capability: "IMAP4rev2",
			Text:    "When SELECT or EXAMINE takes the place of a mailbox that is selected, a server of IMAP4rev2 says OK [CLOSED] between what it tells of the one and of the other.",
			Example: "C: a1 ENABLE IMAP4rev2\nC: a2 SELECT INBOX\nC: a3 SELECT work\nS: * 3 EXISTS # of which mailbox?",
			check:   checkClosed,
		},
		{
			ID: "R-ST-6", Section: "RFC 9051, section 6.3.2; RFC 3501, section 6.3.1", Side: faultnet.Server, Severity: Error, Kind: Protocol, Local: true,
			Scenario: true, // a server that leaves something out does so at every SELECT: once is enough
			Text:     "Before the OK of SELECT and EXAMINE come FLAGS (with the system flags), EXISTS, UIDVALIDITY, UIDNEXT and PERMANENTFLAGS; RECENT in IMAP4rev1; LIST in IMAP4rev2.",
			Example:  "C: a2 SELECT INBOX\nS: * 3 EXISTS\nS: a2 OK # no UIDVALIDITY: the client has no UIDs",
			check:    checkSelectData,
		},
	}
}

// speaks says which revisions of IMAP hold in s before that event: IMAP4rev2 once
// it is enabled, or if the server offers nothing else. Neither, if the server has
// not said what it offers.
func (s *Session) speaks(event int) (rev1, rev2 bool) {
	if s.enabled(event, "IMAP4REV2") {
		return false, true
	}
	told := s.capabilities(event)
	if hasCapability(told, "IMAP4rev1") {
		return true, false
	}
	return false, hasCapability(told, "IMAP4rev2")
}

// enabled reports whether the server had said, before that event, that an
// extension is enabled. name is in upper case.
func (s *Session) enabled(event int, name string) bool {
	for i := range s.Responses {
		r := &s.Responses[i]
		if r.Event >= event {
			break
		}
		if r.Name == "ENABLED" && hasCapability(r.Rest, name) {
			return true
		}
	}
	return false
}

// mailboxName returns a mailbox's name in UTF-8, for octets that were sent in s
// about when that event was: there is no modified UTF-7 to decode once IMAP4rev2
// or UTF8=ACCEPT is enabled (RFC 9051, section 5.1; RFC 6855, section 3).
func (s *Session) mailboxName(octets []byte, event int) string {
	if bytes.IndexByte(octets, '&') >= 0 && (s.enabled(event, "IMAP4REV2") || s.enabled(event, "UTF8=ACCEPT")) {
		return string(octets)
	}
	return imapwire.MailboxName(octets)
}

// answering returns the responses that came while command k alone was worked on:
// from when it had come whole, or the completion before its own, to its own. It
// is not ok if the command is not completed.
func (s *Session) answering(k int) (out []Response, ok bool) {
	c := &s.Commands[k]
	if c.Answer < 0 || c.Received < 0 || s.Responses[c.Answer].Command != k {
		return nil, false
	}
	from := c.Answer
	for from > 0 && s.Responses[from-1].Event > c.Received && s.Responses[from-1].Type != imapwire.Tagged {
		from--
	}
	return s.Responses[from : c.Answer+1], true
}

// selections calls f for each SELECT or EXAMINE that succeeded, with the responses
// to it.
func (s *Session) selections(f func(k int, c *Command, answer []Response)) {
	for k := range s.Commands {
		c := &s.Commands[k]
		if !c.selects() || c.Err != nil || c.Answer < 0 || !okStatus(&s.Responses[c.Answer]) || s.brokenBefore(s.Responses[c.Answer].Event) {
			continue
		}
		if answer, ok := s.answering(k); ok && !s.cutWrong(answer[len(answer)-1].Event) {
			f(k, c, answer)
		}
	}
}

func checkClosed(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		s.selections(func(k int, c *Command, answer []Response) {
			last := &answer[len(answer)-1]
			if last.Phase != Selected {
				return
			}
			if _, rev2 := s.speaks(last.Event); !rev2 {
				return
			}
			j.reach(r)
			if !slices.ContainsFunc(answer, func(resp Response) bool { return resp.Code == "CLOSED" }) {
				j.report(r, Finding{Conn: s.Conn, event: last.Event, Summary: fmt.Sprintf("%s took the place of %q without OK [CLOSED]", quoteUnit(c.Raw), s.Commands[k].Mailbox)})
			}
		})
	}
}

// selectItems are what the answer to SELECT has to bring, in the order in which
// the set of [selectSeen] has them.
var selectItems = [...]string{"FLAGS", "EXISTS", "UIDVALIDITY", "UIDNEXT", "PERMANENTFLAGS", "RECENT", "LIST"}

func checkSelectData(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		s.selections(func(_ int, c *Command, answer []Response) {
			j.reach(r)
			last := &answer[len(answer)-1]
			seen, poor := selectSeen(answer)
			want := uint8(1<<5 - 1)
			switch rev1, rev2 := s.speaks(last.Event); {
			case rev1:
				want |= 1 << 5
			case rev2:
				want |= 1 << 6
			}
			missing := want &^ seen
			for i, name := range selectItems {
				if missing&(1<<i) != 0 {
					j.report(r, Finding{Conn: s.Conn, event: last.Event, Where: name, Summary: fmt.Sprintf("%s was completed without %s", quoteUnit(c.Raw), name)})
				}
			}
			if poor != "" {
				j.report(r, Finding{Conn: s.Conn, event: last.Event, Where: "system flags", Severity: Warn, Summary: fmt.Sprintf("the FLAGS of %s have no %s", quoteUnit(c.Raw), poor)})
			}
		})
	}
}

// systemFlags are those that FLAGS always lists (RFC 9051, section 7.3.5).
var systemFlags = []string{`\Answered`, `\Flagged`, `\Deleted`, `\Seen`, `\Draft`}

// selectSeen returns which of [selectItems] are among the responses, and the
// system flags that FLAGS lacks.
func selectSeen(answer []Response) (seen uint8, poor string) {
	for i := range answer {
		resp := &answer[i]
		for k, name := range selectItems {
			if resp.Name == name || resp.Code == name {
				seen |= 1 << k
			}
		}
		if resp.Name != "FLAGS" {
			continue
		}
		if flags, ok := resp.Flags(); ok {
			for _, f := range systemFlags {
				if !flags.Has(f) {
					poor = strings.TrimSpace(poor + " " + f)
				}
			}
		}
	}
	return seen, poor
}
