package harness

import (
	"bytes"
	"encoding/base64"
	"fmt"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

func serverAuthRules() []Rule {
	return []Rule{
		{
			ID: "R-AUTH-2", Section: "RFC 9051, sections 6.2.3 and 7.2.2; RFC 3501, sections 6.2.3 and 7.2.1", Side: faultnet.Server, Severity: Error, Kind: Lie, Capability: "LOGINDISABLED",
			Text:    "A server that says LOGINDISABLED refuses every LOGIN, one with the right password too.",
			Example: "S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED]\nC: a1 LOGIN test test\nS: a1 OK",
			check:   checkLoginRefused,
		},
		{
			ID: "R-AUTH-3", Section: "RFC 9051, section 6.2.2; RFC 3501, section 6.2.2", Side: faultnet.Server, Severity: Error, Kind: Protocol,
			Text:    "A lone * in place of a SASL response cancels AUTHENTICATE, which is answered BAD; so is what is no base64.",
			Example: "C: a1 AUTHENTICATE PLAIN\nS: +\nC: *\nS: a1 NO",
			check:   checkCancelled,
		},
		{
			ID: ruleEmptySASL, Section: "RFC 4959, sections 3 and 4; RFC 9051, section 6.2.2", Side: faultnet.Server, Severity: Warn, Kind: Protocol,
			Text:    "A SASL challenge is a plus, a space, and base64, which may be empty: the space is there all the same, and no text for people.",
			Example: "C: a1 AUTHENTICATE PLAIN\nS: + go ahead",
			check:   checkChallenge,
		},
		{
			ID: "R-AUTH-5", Section: "RFC 9051, section 11.7; RFC 3501, section 11.2", Side: faultnet.Server, Severity: Warn, Kind: Protocol, Local: true, Scenario: true,
			Text:    "The answer to a login that fails does not tell whether the user or the password was wrong.",
			Example: "C: a1 LOGIN nobody x\nS: a1 NO no such user\nC: a2 LOGIN test x\nS: a2 NO wrong password",
			check:   checkLoginTells,
		},
	}
}

func checkLoginRefused(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for k := range s.Commands {
			c := &s.Commands[k]
			if c.Name != "LOGIN" || c.Err != nil || c.Answer < 0 || !s.offers(c.Begun, "LOGINDISABLED") {
				continue
			}
			resp := &s.Responses[c.Answer]
			if resp.Phase != NotAuthenticated || s.brokenBefore(resp.Event) {
				continue
			}
			j.reach(r)
			if resp.Status == imapwire.OK {
				j.report(r, Finding{Conn: s.Conn, event: resp.Event, Summary: fmt.Sprintf("LOGINDISABLED was said, and %s was answered %s", quoteUnit(c.Raw), quoteUnit(resp.Raw))})
				break
			}
		}
	}
}

// checkCancelled looks at what AUTHENTICATE came to whose last line is "*", or no
// base64.
func checkCancelled(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for k := range s.Commands {
			c := &s.Commands[k]
			if c.Name != "AUTHENTICATE" || c.Reply == nil || c.Answer < 0 || !bytes.HasSuffix(c.Reply, []byte("\r\n")) || bareCR(c.Reply) {
				continue
			}
			resp := &s.Responses[c.Answer]
			if resp.Command != k || s.brokenBefore(resp.Event) || s.cutWrong(resp.Event) {
				continue
			}
			line := bytes.TrimSuffix(c.Reply, []byte("\r\n"))
			where := "cancelled"
			if string(line) != "*" {
				if where = "no base64"; isBase64(line) {
					continue
				}
			}
			j.reach(r)
			if resp.Status == imapwire.BAD {
				continue
			}
			f := Finding{Conn: s.Conn, event: resp.Event, Where: where, Summary: fmt.Sprintf("%s to %s was answered %s", quoteUnit(c.Reply), quoteUnit(c.Raw), quoteUnit(resp.Raw))}
			if resp.Status == imapwire.NO && where == "no base64" && j.profile != Rev2 {
				f.Severity = Warn // RFC 3501 does not say so
			}
			j.report(r, f)
			break
		}
	}
}

func isBase64(line []byte) bool {
	_, err := base64.StdEncoding.DecodeString(string(line))
	return err == nil
}

func checkChallenge(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for i := range s.Responses {
			resp := &s.Responses[i]
			if resp.Type != imapwire.Continuation || resp.Command == noReason || s.inProgress(resp) != "AUTHENTICATE" || s.brokenBefore(resp.Event) || s.PeerGone >= 0 && s.PeerGone < resp.Event {
				continue
			}
			if c := &s.Commands[resp.InProgress]; c.Err != nil || len(c.Literals) > 0 {
				continue
			}
			j.reach(r)
			f := Finding{Conn: s.Conn, event: resp.Event}
			switch {
			case resp.Err != nil && s.framedAs(resp) == r.ID:
				f.Where = "no space"
			case resp.Err == nil && !isBase64(bytes.TrimRight(bytes.TrimPrefix(resp.Raw, []byte("+ ")), "\r\n")):
				f.Where = "text"
			default:
				continue
			}
			f.Summary = "no SASL challenge: " + quoteUnit(resp.Raw)
			j.report(r, f)
			break
		}
	}
}

// checkLoginTells compares the answers to logins that fail. The case has some with
// a user that there is and some with one that there is not.
func checkLoginTells(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		var first *Response
		for k := range s.Commands {
			c := &s.Commands[k]
			if c.Name != "LOGIN" || c.Err != nil || c.Answer < 0 || s.Responses[c.Answer].Status != imapwire.NO {
				continue
			}
			resp := &s.Responses[c.Answer]
			if first == nil {
				first = resp
				continue
			}
			j.reach(r)
			if !bytes.Equal(first.Raw[len(first.Tag):], resp.Raw[len(resp.Tag):]) {
				j.report(r, Finding{Conn: s.Conn, event: resp.Event, Summary: fmt.Sprintf("one failed login was answered %s, another %s", quoteUnit(first.Raw), quoteUnit(resp.Raw))})
				break
			}
		}
	}
}
