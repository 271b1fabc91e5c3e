package harness

import (
	"fmt"
	"strings"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

func serverFramingRules() []Rule {
	return []Rule{
		{
			ID: "R-FR-2", Section: "RFC 9051, sections 2.2 and 7.1", Side: faultnet.Server, Severity: Error, Kind: Protocol,
			Text:    "The first line of a server is its greeting: an untagged OK, PREAUTH or BYE.",
			Example: "S: * CAPABILITY IMAP4rev1\nS: * OK ready",
			check:   checkGreeting,
		},
		{
			ID: ruleTaggedStatus, Section: "RFC 9051, sections 2.2.2 and 7.1", Side: faultnet.Server, Severity: Error, Kind: Protocol,
			Text:    "A tagged line is OK, NO or BAD. PREAUTH and BYE are always untagged.",
			Example: "C: a1 LOGOUT\nS: a1 BYE",
			check:   func(j *judging, r Rule) { j.checkFramed(r, tagged) },
		},
		{
			ID: ruleServerNul, Section: "RFC 9051, section 4.3.1; RFC 3501, section 9 (CHAR8)", Side: faultnet.Server, Severity: Error, Kind: Protocol,
			Text:    "An ordinary literal has no NUL in it: a message that has is refused, or its octets are sent in a literal8 or encoded.",
			Example: "S= \"* 1 FETCH (BODY[] {3}\\r\\na\\x00b)\\r\\n\"",
			check:   func(j *judging, r Rule) { j.checkFramed(r, withLiteral) },
		},
		{
			ID: ruleServerNonSync, Section: "RFC 7888, section 3; RFC 9051, section 4.3", Side: faultnet.Server, Severity: Error, Kind: Protocol,
			Text:    "A server never sends a non-synchronizing literal: {n+} is for clients.",
			Example: "S= \"* 1 FETCH (BODY[] {3+}\\r\\nabc)\\r\\n\"",
			check:   func(j *judging, r Rule) { j.checkFramed(r, withLiteral) },
		},
		{
			ID: ruleNeedlessGo, Section: "RFC 7888, section 3", Side: faultnet.Server, Severity: Error, Kind: Protocol,
			Text:    "A server sends no continuation request for a non-synchronizing literal: a client would take it for the next one's.",
			Example: "C: a1 LOGIN {4+}\nS: + go ahead",
			check:   checkNeedlessGo,
		},
	}
}

// Ids of rules about what R-FR-1 would otherwise report.
const (
	ruleTaggedStatus  = "R-FR-4"
	ruleServerNul     = "R-LIT-7"
	ruleServerNonSync = "R-LIT-8"
	ruleNeedlessGo    = "R-LIT-11"
	ruleEmptySASL     = "R-AUTH-4"
)

// framedAs returns the id of the rule that resp breaks by its form, where that is
// a narrower one than R-FR-1; else "".
func (s *Session) framedAs(resp *Response) string {
	switch err := resp.Err; {
	case err == nil:
		if resp.Command == noReason && s.unaskedFor(resp) {
			return ruleNeedlessGo
		}
	case resp.Type == imapwire.Tagged && err.Production == imapwire.ProdStatus && resp.Command != -1:
		return ruleTaggedStatus
	case resp.Type == imapwire.Continuation && err.Production == imapwire.ProdSpace && s.inProgress(resp) == "AUTHENTICATE":
		return ruleEmptySASL
	case err.Production == imapwire.ProdNull && strings.Contains(err.Want, "literal"):
		return ruleServerNul
	case err.Production == imapwire.ProdLiteral && err.Pos < len(resp.Raw) && resp.Raw[err.Pos] == '+':
		return ruleServerNonSync
	}
	return ""
}

// unaskedFor reports whether resp, a continuation request that nobody waits for,
// came while a command with a non-synchronizing literal was under way.
func (s *Session) unaskedFor(resp *Response) bool {
	for k := range s.Commands {
		c := &s.Commands[k]
		if c.Begun <= resp.Event && c.nonSync() && (c.Answer < 0 || s.Responses[c.Answer].Event >= resp.Event) {
			return true
		}
	}
	return false
}

func tagged(resp *Response) bool { return resp.Type == imapwire.Tagged && resp.Command != -1 }

// withLiteral reports whether a literal may be in resp.
func withLiteral(resp *Response) bool { return resp.Name == "FETCH" && len(resp.Raw) > 0 }

// checkFramed reports the first response that breaks r by its form; where shows
// that r can be broken.
func (j *judging) checkFramed(r Rule, where func(*Response) bool) {
	for _, s := range j.rec.Conns {
		for i := range s.Responses {
			resp := &s.Responses[i]
			if where(resp) {
				j.reach(r)
			}
			if resp.Err == nil || s.framedAs(resp) != r.ID || s.PeerGone >= 0 && s.PeerGone < resp.Event {
				continue
			}
			j.report(r, Finding{
				Conn: s.Conn, event: resp.Event, Where: strings.ToLower(trimUID(s.framedIn(resp))),
				Summary: fmt.Sprintf("%s: %v", quoteUnit(resp.Raw), resp.Err),
			})
			break
		}
	}
}

// framedIn is what tells one breach by a response's form from another: the name of
// the data, or of the command that it completes.
func (s *Session) framedIn(resp *Response) string {
	if c := s.completed(resp); c != nil {
		return knownName(c)
	}
	if resp.Type == imapwire.Tagged {
		return "early"
	}
	return resp.Name
}

func checkGreeting(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		if len(s.Responses) == 0 || s.PeerGone >= 0 && s.PeerGone < s.Responses[0].Event {
			continue
		}
		j.reach(r)
		first := &s.Responses[0]
		ok := first.Status == imapwire.OK || first.Status == imapwire.PREAUTH || first.Status == imapwire.BYE
		if first.Err != nil || first.Type == imapwire.Untagged && ok {
			continue // what no grammar has is R-FR-1's
		}
		j.report(r, Finding{
			Conn: s.Conn, event: first.Event, Where: strings.ToLower(orDefault(first.Name, first.Type.String())),
			Summary: "the first line is no greeting: " + quoteUnit(first.Raw),
		})
	}
}

func checkNeedlessGo(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for k := range s.Commands {
			if s.Commands[k].nonSync() {
				j.reach(r)
			}
		}
		for i := range s.Responses {
			resp := &s.Responses[i]
			if resp.Command != noReason || resp.Err != nil || s.brokenBefore(resp.Event) || s.framedAs(resp) != r.ID {
				continue
			}
			j.report(r, Finding{Conn: s.Conn, event: resp.Event, Summary: "a continuation request for a non-synchronizing literal: " + quoteUnit(resp.Raw)})
			break
		}
	}
}
