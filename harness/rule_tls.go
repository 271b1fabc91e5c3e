package harness

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/imapfuzz/imapfuzz/faultnet"
)

func tlsRules() []Rule {
	return []Rule{
		{
			ID: "R-CAP-2", Section: "RFC 3501, section 6.2.1 (MUST); RFC 9051, section 6.2.1", Side: faultnet.Client, Severity: Error, Kind: Injection,
			Text:    "Once TLS has started, a client forgets everything that it was told about capabilities in plaintext, the code on the tagged OK of STARTTLS included, and asks again.",
			Example: "S: * OK [CAPABILITY IMAP4rev1 STARTTLS X-PLAIN] hello\n# after STARTTLS the client still believes in X-PLAIN",
			check:   checkPlaintextCaps,
		},
		{
			ID: "R-TLS-5", Section: "RFC 3501, section 6.2.1; RFC 9051, section 11.1", Side: faultnet.Client, Severity: Error, Kind: Injection,
			Text:    "What a server (or somebody between) sends in plaintext behind the tagged OK of STARTTLS is no part of the session inside TLS.",
			Example: "S= \"T1 OK go\\r\\n* CAPABILITY IMAP4rev1\\r\\nT2 OK done\\r\\n\"\nTLS:\n# the client takes T2 for answered",
			check:   checkInjected,
		},
	}
}

// plaintext returns what the client got before TLS, and what after, on its
// first connection.
func plaintext(rec *Record) (before, after []byte, started bool) {
	for i := range rec.Events {
		switch e := &rec.Events[i]; {
		case e.Kind == TLSUp:
			started = true
		case e.Kind == ClientGot && e.TLS:
			after = append(after, e.Data...)
		case e.Kind == ClientGot:
			before = append(before, e.Data...)
		}
	}
	return before, after, started
}

func checkPlaintextCaps(j *judging, r Rule) {
	before, after, started := plaintext(j.rec)
	if !started {
		return
	}
	inside := false
	for i := range j.rec.Events {
		e := &j.rec.Events[i]
		inside = inside || e.Kind == TLSUp
		if !inside || e.Kind != Claimed {
			continue
		}
		if len(e.Claim.Caps) > 0 {
			j.reach(r)
		}
		for _, c := range e.Claim.Caps {
			// Inside TLS any mention counts: what is no response may be read as one.
			if hasWord(before, []byte(c)) && !containsFold(after, strings.ToLower(c)) {
				j.report(r, Finding{Conn: 1, event: i, Summary: fmt.Sprintf("inside TLS the client still believes in the capability %s, which it was told in plaintext", c)})
				return
			}
		}
	}
}

// hasWord reports whether word stands in b between blanks or brackets.
func hasWord(b, word []byte) bool {
	for _, f := range bytes.FieldsFunc(b, func(c rune) bool { return c == ' ' || c == '\r' || c == '\n' || c == ']' || c == '[' }) {
		if bytes.EqualFold(f, word) {
			return true
		}
	}
	return false
}

// behindSTARTTLS reports whether some of the first plain bytes of the server came
// behind the OK of STARTTLS.
func behindSTARTTLS(s *Session, plain int) bool {
	for i := range s.Commands {
		if c := &s.Commands[i]; c.Name == "STARTTLS" && c.Answer >= 0 {
			r := &s.Responses[c.Answer]
			return okStatus(r) && r.Pos+len(r.Raw) < plain
		}
	}
	return false
}

// checkInjected looks for plaintext behind the STARTTLS completion that the
// client acted on: data of it that turns up in a claim made inside TLS. (A
// completion that was taken from there is checkPrefix's to find.)
func checkInjected(j *judging, r Rule) {
	before, _, started := plaintext(j.rec)
	if len(j.rec.Conns) == 0 || !j.rec.Conns[0].tlsDue && !started {
		return
	}
	if behindSTARTTLS(j.rec.Conns[0], len(before)) {
		j.reach(r)
	}
	i := bytes.LastIndex(before, []byte(" OK"))
	if i < 0 {
		return
	}
	_, injected, _ := bytes.Cut(before[i:], []byte("\r\n"))
	if len(injected) == 0 {
		return
	}
	inside := false
	for k := range j.rec.Events {
		e := &j.rec.Events[k]
		inside = inside || e.Kind == TLSUp
		if inside && e.Kind == Claimed && e.Claim.Text != "" && hasWord(injected, []byte(e.Claim.Text)) {
			j.report(r, Finding{Conn: 1, event: k, Summary: fmt.Sprintf("inside TLS the client reports %q, which was injected in plaintext", e.Claim.Text)})
			return
		}
	}
}
