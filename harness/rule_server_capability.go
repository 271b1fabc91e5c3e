package harness

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

func serverCapabilityRules() []Rule {
	return []Rule{
		{
			ID: "R-ST-9", Section: "RFC 9051, sections 6.1.1 and 7.2.2; RFC 3501, sections 6.1.1 and 7.2.1", Side: faultnet.Server, Severity: Error, Kind: Protocol, Local: true,
			Text:    "CAPABILITY is answered, in every state, with an untagged CAPABILITY that has IMAP4rev1 or IMAP4rev2 in it, and then the OK.",
			Example: "C: a1 CAPABILITY\nS: a1 OK # and what can it do?",
			check:   checkCapability,
		},
		{
			ID: "R-LIT-15", Section: "RFC 7888, section 5", Side: faultnet.Server, Severity: Error, Kind: Protocol, Local: true,
			Text:    "A server does not advertise LITERAL+ and LITERAL- together.",
			Example: "S: * CAPABILITY IMAP4rev1 LITERAL+ LITERAL-",
			check:   checkLiteralCapabilities,
		},
		{
			ID: "R-CAP-4", Section: "RFC 5161, sections 3.1 and 3.2; RFC 9051, section 6.3.1", Side: faultnet.Server, Severity: Error, Kind: Protocol, Local: true, Capability: "ENABLE|IMAP4rev2",
			Text:    "ENABLE ignores what it does not know, says what it did in an untagged ENABLED even if that is nothing, and leaves the list of capabilities alone.",
			Example: "C: a2 ENABLE X-NOBODY\nS: a2 OK # no ENABLED",
			check:   checkEnable,
		},
		{
			ID: "R-CAP-5", Section: "RFC 3501, section 7.2.1; RFC 9051, sections 6.5 and 7.2.2", Side: faultnet.Server, Severity: Error, Kind: Protocol, Local: true,
			Text:    "A server's responses stay within the base protocol until the client asks for an extension: no VANISHED, no ESEARCH, no MODSEQ unasked.",
			Example: "C: a3 SEARCH ALL\nS: * ESEARCH (TAG \"a3\") ALL 1:3 # nobody asked for RETURN",
			check:   checkExtensionData,
		},
		{
			ID: "2683-3.3.1-e", Section: "RFC 2683, section 3.3.1", Side: faultnet.Server, Severity: Info, Kind: Protocol, Local: true,
			Text:    "An extension has its word in the list of capabilities, a private or experimental one too.",
			Example: "C: a2 XDEBUG\nS: a2 OK # and no capability begins with X",
			check:   checkPrivateExtensions,
		},
	}
}

func checkCapability(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for k := range s.Commands {
			c := &s.Commands[k]
			if c.Name != "CAPABILITY" || c.Err != nil || c.Answer < 0 || !okStatus(&s.Responses[c.Answer]) {
				continue
			}
			answer, ok := s.answering(k)
			if !ok || s.brokenBefore(answer[0].Event) {
				continue
			}
			j.reach(r)
			f := Finding{Conn: s.Conn, event: s.Responses[c.Answer].Event}
			switch i := slices.IndexFunc(answer, func(resp Response) bool { return resp.Name == "CAPABILITY" }); {
			case i < 0:
				f.Where, f.Summary = "none", fmt.Sprintf("%s was completed without an untagged CAPABILITY", quoteUnit(c.Raw))
			case !hasCapability(answer[i].Rest, "IMAP4rev1") && !hasCapability(answer[i].Rest, "IMAP4rev2"):
				f.Where, f.Summary = "base", "neither IMAP4rev1 nor IMAP4rev2 is in "+quoteUnit(answer[i].Raw)
			default:
				continue
			}
			if s.cutWrong(f.event) {
				continue
			}
			j.report(r, f)
			break
		}
	}
}

// told returns the list of capabilities that resp brings, nil if it brings none.
func (resp *Response) told() []byte {
	switch {
	case resp.Name == "CAPABILITY":
		return resp.Rest
	case resp.Code == "CAPABILITY":
		return resp.CodeArg
	}
	return nil
}

func checkLiteralCapabilities(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for i := range s.Responses {
			told := s.Responses[i].told()
			if told == nil {
				continue
			}
			j.reach(r)
			if bothLiterals(told) {
				j.report(r, Finding{Conn: s.Conn, event: s.Responses[i].Event, Summary: "both are in " + quoteUnit(s.Responses[i].Raw)})
				break
			}
		}
	}
}

// bothLiterals reports whether LITERAL+ and LITERAL- are in told, in one pass: lists
// of capabilities are long, and every run has some.
func bothLiterals(told []byte) bool {
	if bytes.IndexByte(told, '+') < 0 {
		return false
	}
	plus, minus := false, false
	for word := range bytes.FieldsSeq(told) {
		if len(word) == len("LITERAL+") && bytes.EqualFold(word[:7], []byte("LITERAL")) {
			plus = plus || word[7] == '+'
			minus = minus || word[7] == '-'
		}
	}
	return plus && minus
}

func checkEnable(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for k := range s.Commands {
			c := &s.Commands[k]
			if c.Name != "ENABLE" || c.Err != nil || c.Answer < 0 {
				continue
			}
			resp := &s.Responses[c.Answer]
			answer, ok := s.answering(k)
			if !ok || resp.Phase != Authenticated || s.brokenBefore(resp.Event) || s.cutWrong(resp.Event) {
				continue
			}
			told := s.capabilities(resp.Event) // not of when it began: a login may have come in the same go
			if !hasCapability(told, "ENABLE") && !hasCapability(told, "IMAP4rev2") {
				continue
			}
			j.reach(r)
			f := Finding{Conn: s.Conn, event: resp.Event}
			switch {
			case resp.Status == imapwire.BAD:
				f.Where, f.Summary = "refused", fmt.Sprintf("%s was answered %s", quoteUnit(c.Raw), quoteUnit(resp.Raw))
			case resp.Status == imapwire.OK && !slices.ContainsFunc(answer, func(a Response) bool { return a.Name == "ENABLED" }):
				f.Where, f.Summary = "no ENABLED", fmt.Sprintf("%s was completed without an untagged ENABLED", quoteUnit(c.Raw))
			case resp.Status == imapwire.OK && s.capsChanged(c.Answer, told):
				f.Where, f.Summary = "list", fmt.Sprintf("after %s the list of capabilities is another", quoteUnit(c.Raw))
			default:
				continue
			}
			j.report(r, f)
			break
		}
	}
}

// capsChanged reports whether the next list of capabilities behind the response
// at, with no login or other change of the session between, has other words than
// told. A list that may stand for another state of the session says nothing.
func (s *Session) capsChanged(at int, told []byte) bool {
	for i := at + 1; i < len(s.Responses); i++ {
		resp := &s.Responses[i]
		if resp.Type == imapwire.Tagged && resp.Phase != Authenticated {
			return false
		}
		if now := resp.told(); now != nil && resp.Name == "CAPABILITY" && resp.Phase == Authenticated {
			return !sameWords(now, told)
		}
	}
	return false
}

func sameWords(a, b []byte) bool {
	for word := range bytes.FieldsSeq(a) {
		if !hasCapability(b, string(word)) {
			return false
		}
	}
	for word := range bytes.FieldsSeq(b) {
		if !hasCapability(a, string(word)) {
			return false
		}
	}
	return true
}

func checkExtensionData(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		asked := map[string]bool{} // what was asked for once: no need to look again
		for i := range s.Responses {
			resp := &s.Responses[i]
			if resp.Type != imapwire.Untagged || resp.Status != 0 {
				continue
			}
			where, words := "", []string(nil)
			switch resp.Name {
			case "FETCH":
				j.reach(r)
				if _, ok := resp.ModSeq(); ok {
					where, words = "FETCH MODSEQ", []string{"modseq", "condstore", "qresync", "since"}
				}
			case "SEARCH":
				j.reach(r)
			case "ESEARCH":
				if _, rev2 := s.speaks(resp.Event); !rev2 {
					where, words = resp.Name, []string{"return", "esearch", "notify", "update"}
				}
			case "VANISHED":
				where, words = resp.Name, []string{"qresync", "vanished"}
			}
			if words == nil || asked[where] {
				continue
			}
			if asked[where] = s.asked(resp.Event, words); asked[where] || s.brokenBefore(resp.Event) {
				continue
			}
			j.report(r, Finding{Conn: s.Conn, event: resp.Event, Where: where, Summary: "nobody asked for " + quoteUnit(resp.Raw)})
			break
		}
	}
}

// asked reports whether any of the words, in lower case, stands in a command that
// had come before that event: the client may have asked for it.
func (s *Session) asked(event int, words []string) bool {
	for k := range s.Commands {
		c := &s.Commands[k]
		if c.Begun > event {
			break
		}
		if slices.ContainsFunc(words, func(w string) bool { return containsFold(c.Raw, w) }) {
			return true
		}
	}
	return false
}

func checkPrivateExtensions(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for i := range s.Responses {
			resp := &s.Responses[i]
			c := s.completed(resp)
			if c == nil || c.Err != nil || c.Known || len(c.Name) == 0 {
				continue
			}
			told := s.capabilities(resp.Event)
			if told == nil {
				continue
			}
			j.reach(r)
			if resp.Status != imapwire.OK || s.brokenBefore(resp.Event) || hasPrivate(told) {
				continue
			}
			j.report(r, Finding{Conn: s.Conn, event: resp.Event, Summary: fmt.Sprintf("%s was answered %s, and no capability tells of it", quoteUnit(c.Raw), quoteUnit(resp.Raw))})
			break
		}
	}
}

// hasPrivate reports whether a capability in told is a private one: which of them
// a command belongs to, its name need not say.
func hasPrivate(told []byte) bool {
	for word := range bytes.FieldsSeq(told) {
		if word[0]|0x20 == 'x' && !bytes.EqualFold(word, []byte("XLIST")) {
			return true
		}
	}
	return false
}
