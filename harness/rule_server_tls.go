package harness

import (
	"bytes"
	"fmt"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

func serverTLSRules() []Rule {
	return []Rule{
		{
			ID: "R-TLS-2", Section: "RFC 9051, section 6.2.1", Side: faultnet.Server, Severity: Error, Kind: Injection, Needs: STARTTLS, Capability: "STARTTLS",
			Text:    "What comes in plaintext behind STARTTLS is dropped, or taken for a part of the TLS handshake: it is never a command of the session inside TLS.",
			Example: "C= \"a1 STARTTLS\\r\\nb1 NOOP\\r\\n\"\nS: a1 OK\nTLS:\nS: b1 OK",
			check:   checkInjectedCommand,
		},
		{
			ID: "R-TLS-3", Section: "RFC 9051, section 6.2.1", Side: faultnet.Server, Severity: Error, Kind: Protocol, Needs: STARTTLS, Capability: "STARTTLS",
			Text:    "Inside TLS a server does not offer STARTTLS any more, and answers it with BAD.",
			Example: "TLS:\nC: a2 CAPABILITY\nS: * CAPABILITY IMAP4rev1 STARTTLS",
			check:   checkSecondTLS,
		},
		{
			ID: "R-TLS-4", Section: "RFC 9051, section 11.1; RFC 3501, section 11.1", Side: faultnet.Server, Severity: Error, Kind: State, Capability: "STARTTLS",
			Text:    "Once a server has said OK to STARTTLS it does not serve on in plaintext, whatever becomes of the handshake.",
			Example: "C: a1 STARTTLS\nS: a1 OK\nC: a2 LOGIN test test # no handshake\nS: a2 OK",
			check:   checkServedInClear,
		},
	}
}

// injected reports whether resp, inside TLS, answers what came in plaintext behind
// STARTTLS.
func (s *Session) injected(resp *Response) bool {
	if !s.TLS || resp.Type != imapwire.Tagged || resp.Command >= 0 {
		return false
	}
	for k := range s.Commands {
		if c := &s.Commands[k]; c.Void && bytes.Equal(c.Tag, resp.Tag) {
			return true
		}
	}
	return false
}

func checkInjectedCommand(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		if !s.TLS {
			continue
		}
		for k := range s.Commands {
			if s.Commands[k].Void {
				j.reach(r)
			}
		}
		for i := s.inside; i < len(s.Responses); i++ {
			resp := &s.Responses[i]
			if s.injected(resp) && !s.brokenBefore(resp.Event) {
				j.report(r, Finding{Conn: s.Conn, event: resp.Event, Summary: "what came in plaintext was executed inside TLS: " + quoteUnit(resp.Raw)})
				break
			}
		}
	}
}

func checkSecondTLS(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		if !s.TLS {
			continue
		}
		for i := s.inside; i < len(s.Responses); i++ {
			resp := &s.Responses[i]
			f := Finding{Conn: s.Conn, event: resp.Event}
			switch told, c := resp.told(), s.completed(resp); {
			case told != nil:
				f.Severity, f.Where, f.Summary = Warn, "offered", "STARTTLS is offered inside TLS: "+quoteUnit(resp.Raw)
				if j.reach(r); !hasCapability(told, "STARTTLS") {
					continue
				}
			case c != nil && c.Name == "STARTTLS" && c.Err == nil:
				f.Where, f.Summary = "accepted", fmt.Sprintf("inside TLS %s was answered %s", quoteUnit(c.Raw), quoteUnit(resp.Raw))
				if resp.Status == imapwire.NO {
					f.Severity = Warn
				}
				if j.reach(r); resp.Status == imapwire.BAD {
					continue
				}
			default:
				continue
			}
			if s.Faulted < 0 {
				j.report(r, f)
				break
			}
		}
	}
}

// checkServedInClear looks for completions in plaintext behind the OK of STARTTLS.
func checkServedInClear(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		if !s.tlsDue {
			continue
		}
		k := s.behind - 1
		if k < 0 || s.Commands[k].Name != "STARTTLS" || s.Commands[k].Answer < 0 {
			continue
		}
		if len(s.Commands) > s.behind {
			j.reach(r)
		}
		end := len(s.Responses)
		if s.TLS {
			end = s.inside
		}
		for i := s.Commands[k].Answer + 1; i < end; i++ {
			resp := &s.Responses[i]
			if resp.Type != imapwire.Tagged || resp.Err != nil || j.rec.Events[resp.Event].TLS || resp.Command < s.behind {
				continue
			}
			j.report(r, Finding{Conn: s.Conn, event: resp.Event, Summary: "STARTTLS was answered OK, and then in plaintext came " + quoteUnit(resp.Raw)})
			break
		}
	}
}
