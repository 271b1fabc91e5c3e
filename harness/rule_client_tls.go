package harness

import (
	"strings"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// clientTLSRules are about what a client that was told to use TLS does in clear.
func clientTLSRules() []Rule {
	c := faultnet.Client
	return []Rule{
		{
			ID: "R-TLS-1", Section: "RFC 9051, section 6.2.1", Side: c, Severity: Error, Kind: Injection, Call: "starttls",
			Text:    "After STARTTLS a client sends nothing until the server has answered and the handshake is done.",
			Example: "C: T1 STARTTLS\nC: T2 CAPABILITY # in the same write",
			check:   checkHasteTLS,
		},
		{
			ID: "R-TLS-4", Section: "RFC 9051, section 11.1", Side: c, Severity: Error, Kind: Injection, Call: "starttls",
			Text:    "A client that was told to use TLS looks at how STARTTLS and the handshake came out, and never logs in in clear.",
			Example: "D: starttls\nS: T1 NO not now\nD: login test test\nC: T2 LOGIN test test",
			check:   checkClearLogin,
		},
		{
			ID: "R-TLS-6", Section: "RFC 9051, section 7.1.4", Side: c, Severity: Error, Kind: Injection, Call: "starttls",
			Text:    "A client that was told to use TLS and is greeted with PREAUTH, in clear, closes the connection.",
			Example: "D: starttls\nS: * PREAUTH welcome\nD: select INBOX\nC: T1 SELECT INBOX",
			check:   checkPreauth,
		},
		{
			ID: "R-TLS-9", Section: "RFC 2595, section 2.2", Side: c, Severity: Warn, Kind: Protocol,
			Text: "There is a setting by which a client refuses to log in in clear.",
			Why:  "It is a setting of the program around the client, which no call of a case can reach.",
		},
	}
}

// checkHasteTLS looks for plaintext between STARTTLS and the handshake.
func checkHasteTLS(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	for i := range s.Commands {
		if s.Commands[i].Name == "STARTTLS" {
			j.reach(r)
		}
	}
	if s.Hasty >= 0 && s.hasteIn == modeStartTLS && !s.misled(s.Hasty) {
		j.report(r, Finding{Conn: s.Conn, event: s.Hasty, Summary: "after STARTTLS, and before it was answered, came " + quoteUnit(s.in[s.hastyAt:])})
	}
}

// demandedTLS returns the event by which a call told the client to use TLS, and
// that by which TLS was up; -1: never. A client that was asked to log in before
// it was told so may have written that down, and may wait for the greeting: it
// is not held to what came too late.
func (j *judging) demandedTLS() (called, up int) {
	called, up = -1, -1
	for i := range j.rec.Events {
		switch e := &j.rec.Events[i]; {
		case e.Kind == Called && called < 0 && strings.EqualFold(strings.TrimSpace(e.Text), "starttls"):
			called = i
		case e.Kind == Called && called < 0 && !beforeTLS(e.Text):
			return -1, -1
		case e.Kind == TLSUp:
			return called, i
		}
	}
	return called, up
}

// beforeTLS reports whether call asks for nothing that TLS has to protect.
func beforeTLS(call string) bool {
	word, _, _ := strings.Cut(strings.TrimSpace(call), " ")
	switch strings.ToLower(word) {
	case "connect", "greeting", "caps", "state":
		return true
	}
	return false
}

// checkClearLogin looks for a login in clear after TLS was demanded.
func checkClearLogin(j *judging, r Rule) {
	s := j.client()
	called, up := j.demandedTLS()
	if s == nil || called < 0 {
		return
	}
	refused := false
	for i := range s.Commands {
		c := &s.Commands[i]
		switch c.Name {
		case "STARTTLS":
			if c.Answer >= 0 && s.Responses[c.Answer].Status != imapwire.OK {
				refused = true
				j.reach(r)
			}
		case "LOGIN", "AUTHENTICATE":
			if c.Begun > called && (up < 0 || c.Begun < up) && s.Hasty < 0 {
				j.report(r, Finding{Conn: s.Conn, event: c.Begun, Where: pick(refused, "refused", ""),
					Summary: quoteUnit(c.Raw) + " was sent in clear, and the client had been told to use TLS"})
				return
			}
		}
	}
}

func pick(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}

// checkPreauth looks at what becomes of a PREAUTH greeting, in clear, to a client
// that was told to use TLS.
func checkPreauth(j *judging, r Rule) {
	s := j.client()
	called, _ := j.demandedTLS()
	if s == nil || called < 0 || len(s.Responses) == 0 || s.Responses[0].Status != imapwire.PREAUTH || s.Responses[0].Err != nil {
		return
	}
	j.reach(r)
	greeted := s.Responses[0].Event
	for i := range s.Commands {
		c := &s.Commands[i]
		if c.Begun <= max(greeted, called) || c.Name == "STARTTLS" || c.Name == "LOGOUT" || c.Name == "CAPABILITY" || s.misled(c.Begun) {
			continue
		}
		j.report(r, Finding{Conn: s.Conn, event: c.Begun, Where: pick(s.TLS, "inside TLS", ""),
			Summary: quoteUnit(c.Raw) + " was sent after PREAUTH in clear, and the client had been told to use TLS"})
		return
	}
}
