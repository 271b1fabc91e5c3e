package harness

import (
	"bytes"
	"fmt"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

func serverNameRules() []Rule {
	return []Rule{
		{
			ID: "2683-3.4.2-a", Section: "RFC 2683, section 3.4.2; RFC 9051, section 9 (QUOTED-CHAR)", Side: faultnet.Server, Severity: Error, Kind: Protocol, Local: true, Scenario: true,
			Text:    "In a quoted string that a server sends, a quote and a backslash are escaped with a backslash; or the string goes as a literal.",
			Example: "C= \"a2 CREATE {3}\\r\\na\\\\\\\\\\r\\n\" # a and two backslashes\nS: * LIST () \"/\" \"a\\\\\" # one of them",
			check:   checkNameSent,
		},
		{
			ID: "2683-3.4.2-b", Section: "RFC 2683, section 3.4.2; RFC 9051, section 9 (QUOTED-CHAR)", Side: faultnet.Server, Severity: Error, Kind: Protocol, Local: true, Scenario: true,
			Text:    "A quoted string with escaped characters means what the same octets in a literal mean.",
			Example: "C= \"a2 CREATE {2}\\r\\na\\\\\\r\\n\"\nC: a3 STATUS \"a\\\\\\\\\" (MESSAGES)\nS: a3 NO no such mailbox",
			check:   checkNameTaken,
		},
		{
			ID: "2683-3.4.2-c", Section: "RFC 2683, section 3.4.2; RFC 9051, section 9 (quoted)", Side: faultnet.Server, Severity: Error, Kind: Injection, Scenario: true,
			Text:    "CR and LF are in no quoted string: the end of the line ends the command, with BAD, and what follows is a command of its own.",
			Example: "C: a1 LOGIN \"te\n# nothing comes\nC: st\" test\nS: a1 OK",
			check:   checkQuotedEnds,
		},
		{
			ID: "2683-3.4.2-d", Section: "RFC 2683, section 3.4.2; RFC 3501, section 5.1.3", Side: faultnet.Server, Severity: Error, Kind: Protocol, Local: true, Capability: "IMAP4rev1",
			Text:    "To a client of IMAP4rev1 a server writes the names of mailboxes in modified UTF-7: no octet above 127 is in them.",
			Example: "C: a2 CREATE &AOQ-\nC: a3 LIST \"\" *\nS: * LIST () \"/\" \"\xc3\xa4\"",
			check:   checkNamesUTF7,
		},
		{
			ID: "2683-3.4.2-e", Section: "RFC 2683, section 3.4.2; RFC 3501, section 5.1.3", Side: faultnet.Server, Severity: Warn, Kind: Protocol, Local: true, Capability: "IMAP4rev1",
			Text:    "A server of IMAP4rev1 checks the names that a client gives to mailboxes, and refuses those that are no modified UTF-7.",
			Example: "C: a2 CREATE &Jjo!\nS: a2 OK",
			check:   checkNamesRefused,
		},
	}
}

// checkQuotedEnds looks at commands whose quoted string does not end on its line. A
// server that waits for the quote takes the next command for a part of the string.
func checkQuotedEnds(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for k := range s.Commands {
			c := &s.Commands[k]
			if c.Err == nil || c.Err.Production != imapwire.ProdQuoted || c.Err.Pos < len(c.Raw)-2 || c.Received < 0 {
				continue
			}
			j.reach(r)
			if c.Answer >= 0 && s.Responses[c.Answer].Status == imapwire.BAD && (k+1 >= len(s.Commands) || s.Responses[c.Answer].Event < s.Commands[k+1].Begun) {
				continue
			}
			f := Finding{Conn: s.Conn, event: c.Received, Summary: fmt.Sprintf("%s was not refused at the end of its line", quoteUnit(c.Raw))}
			if c.Answer >= 0 {
				f.Summary += ": " + quoteUnit(s.Responses[c.Answer].Raw)
			}
			j.report(r, f)
			break
		}
	}
}

// special reports whether name has what a quoted string escapes.
func special(name []byte) bool { return bytes.ContainsAny(name, `"\`) }

// created calls f for each mailbox that was created in s by a literal name that
// has to be escaped in a quoted string.
func (s *Session) created(f func(k int, name []byte)) {
	for k := range s.Commands {
		c := &s.Commands[k]
		if c.Name != "CREATE" || c.Err != nil || len(c.Literals) == 0 || c.Answer < 0 || !okStatus(&s.Responses[c.Answer]) {
			continue
		}
		if name, ok := c.Command.Mailbox(); ok && special(name) {
			f(k, name)
		}
	}
}

// checkNameSent looks for names that were created in what LIST tells then. The
// case asks for all names that begin as they do.
func checkNameSent(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		s.created(func(k int, name []byte) {
			for l := k + 1; l < len(s.Commands); l++ {
				c := &s.Commands[l]
				answer, ok := s.answering(l)
				if c.Name != "LIST" || !ok || !okStatus(&answer[len(answer)-1]) {
					continue
				}
				j.reach(r)
				told := false
				for i := range answer {
					list, ok := answer[i].List()
					told = told || ok && bytes.Equal(list.Mailbox, name)
				}
				if !told {
					j.report(r, Finding{Conn: s.Conn, event: answer[len(answer)-1].Event, Summary: fmt.Sprintf("the mailbox %q was created, and LIST does not tell of it", name)})
				}
			}
		})
	}
}

// checkNameTaken looks at what becomes of such a name in a quoted string.
func checkNameTaken(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		s.created(func(k int, name []byte) {
			for l := k + 1; l < len(s.Commands); l++ {
				c := &s.Commands[l]
				if c.Name != "STATUS" || c.Err != nil || len(c.Args) == 0 || c.Args[0] != '"' || c.Answer < 0 {
					continue
				}
				if again, ok := c.Command.Mailbox(); !ok || !bytes.Equal(again, name) {
					continue
				}
				j.reach(r)
				if resp := &s.Responses[c.Answer]; resp.Status != imapwire.OK {
					j.report(r, Finding{Conn: s.Conn, event: resp.Event, Summary: fmt.Sprintf("the mailbox was created by a literal; %s was answered %s", quoteUnit(c.Raw), quoteUnit(resp.Raw))})
				}
			}
		})
	}
}

// checkNamesUTF7 looks for names that a client of IMAP4rev1 cannot read and has
// not brought itself.
func checkNamesUTF7(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for i := range s.Responses {
			resp := &s.Responses[i]
			if resp.Name != "LIST" && resp.Name != "LSUB" && resp.Name != "STATUS" || resp.Err != nil {
				continue
			}
			eight := !ascii(resp.Raw)
			if !eight && bytes.IndexByte(resp.Raw, '&') < 0 {
				continue
			}
			rev1, _ := s.speaks(resp.Event)
			if !rev1 || s.enabled(resp.Event, "UTF8=ACCEPT") || s.brokenBefore(resp.Event) {
				continue
			}
			j.reach(r)
			if !eight {
				continue // a name that is no UTF-7 is one that was let in: 2683-3.4.2-e
			}
			if j.broughtEightBit() {
				return
			}
			j.report(r, Finding{Conn: s.Conn, event: resp.Event, Where: resp.Name, Summary: "octets above 127 in " + quoteUnit(resp.Raw)})
			break
		}
	}
}

// broughtEightBit reports whether a client sent octets above 127 where a name may
// stand.
func (j *judging) broughtEightBit() bool {
	for _, s := range j.rec.Conns {
		for k := range s.Commands {
			if c := &s.Commands[k]; !ascii(c.Raw) && c.Name != "APPEND" {
				return true
			}
		}
	}
	return false
}

func ascii(b []byte) bool {
	for _, ch := range b {
		if ch >= 0x80 {
			return false
		}
	}
	return true
}

// checkNamesRefused looks for mailboxes that were created under names that are no
// modified UTF-7.
func checkNamesRefused(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for k := range s.Commands {
			c := &s.Commands[k]
			if c.Name != "CREATE" && c.Name != "RENAME" || c.Err != nil || c.Answer < 0 || bytes.IndexByte(c.Raw, '&') < 0 && ascii(c.Raw) {
				continue
			}
			resp := &s.Responses[c.Answer]
			rev1, _ := s.speaks(resp.Event)
			if !rev1 || s.enabled(resp.Event, "UTF8=ACCEPT") || s.brokenBefore(resp.Event) || s.cutWrong(resp.Event) {
				continue
			}
			_, err := imapwire.ParseCommand(c.Raw, imapwire.Rev1)
			if err == nil || err.Production != imapwire.ProdUTF7 {
				continue
			}
			j.reach(r)
			if resp.Status == imapwire.OK {
				j.report(r, Finding{Conn: s.Conn, event: resp.Event, Where: nameFlaw(c, err), Summary: fmt.Sprintf("%s (%v) was answered %s", quoteUnit(c.Raw), err, quoteUnit(resp.Raw))})
				break
			}
		}
	}
}

// nameFlaw says what is wrong with a name that is no modified UTF-7: octets that
// should have been encoded, or how some are.
func nameFlaw(c *Command, err *imapwire.Error) string {
	if err.Pos < len(c.Raw) && (c.Raw[err.Pos] > 0x7e || c.Raw[err.Pos] < ' ') {
		return "not encoded"
	}
	return "encoding"
}
