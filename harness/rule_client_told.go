package harness

import (
	"fmt"
	"strings"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// clientToldRules are the rules of what a client makes of what it is told.
func clientToldRules() []Rule {
	c := faultnet.Client
	return []Rule{
		{
			ID: "R-SEQ-4", Section: "RFC 9051, sections 5.2, 7.4.1 and 7.5.1", Side: c, Severity: Error, Kind: State, Scenario: true, Call: "mailbox",
			Text:    "A client records every EXISTS and EXPUNGE, with whatever command it comes.",
			Example: "C: T3 APPEND INBOX {9}\nS: * 4 EXISTS\nS: + go ahead\n# the client still believes in 3 messages",
			check:   checkTold,
		},
		{
			ID: "R-SEQ-6", Section: "RFC 9051, section 5.2", Side: c, Severity: Error, Kind: State, Scenario: true, Call: "mailbox",
			Text:    "A client does not rely on it that a later command tells the number of messages again.",
			Example: "S: * 3 EXISTS\nC: T3 NOOP\nS: T3 OK done\n# the client does not know any more how many there are",
			check:   checkTold,
		},
		{
			ID: "2683-3.1.1-g", Section: "RFC 2683, section 3.1.1; RFC 9051, section 6.3.11", Side: c, Severity: Warn, Kind: State, Scenario: true, Call: "mailbox",
			Text:    "The numbers of STATUS are a picture of their own: they do not change what is known of the selected mailbox.",
			Example: "S: * 3 EXISTS\nS: * STATUS INBOX (MESSAGES 7)\n# the client believes in 7 messages",
			check:   checkTold,
		},
		{
			ID: "R-TLS-7", Section: "RFC 9051, section 11.3", Side: c, Severity: Warn, Kind: Injection, Scenario: true, Call: "unilateral",
			Text:    "Before the login a client ignores whatever is neither CAPABILITY nor status: nothing of it reaches the caller.",
			Example: "S: * OK ready\nS: * 3 EXISTS\n# the client's handler is called",
			check:   checkUnheard(NotAuthenticated),
		},
		{
			ID: "R-TLS-8", Section: "RFC 9051, section 11.3", Side: c, Severity: Warn, Kind: State, Scenario: true, Call: "unilateral",
			By:      By{Rev2: Error},
			Text:    "While no mailbox is selected a client ignores FLAGS, EXISTS, EXPUNGE and FETCH.",
			Example: "S: * PREAUTH ready\nS: * 3 EXISTS\n# the client's handler is called",
			check:   checkUnheard(Authenticated),
		},
		{
			ID: "2683-3.4.4-b", Section: "RFC 2683, section 3.4.4", Side: c, Severity: Warn, Kind: State, Scenario: true, Call: "uid-stream|stream|fetch|uid-fetch",
			Text:    "A FETCH response is taken whenever it comes and whatever it has, in whatever order: what was asked for reaches the caller, and what was not is not given as the answer.",
			Example: "C: T3 UID FETCH 7 BODY[]\nS: * 1 FETCH (BODY[] \"text\" UID 7)\n# the caller is given nothing",
			check:   checkFetched,
		},
		{
			ID: "2683-3.4.5-c", Section: "RFC 2683, section 3.4.5", Side: c, Severity: Warn, Kind: DataLoss, Scenario: true, Call: "stream",
			Text:    "How long a message is its literal says, not RFC822.SIZE.",
			Example: "S: * 1 FETCH (RFC822.SIZE 3 BODY[] {10}\n# the caller is given three octets",
			check:   checkLiteralSize,
		},
		{
			ID: "2683-3.1.2-h", Section: "RFC 2683, section 3.1.2", Side: c, Severity: Info, Kind: State, Scenario: true, Local: true,
			Text:    "Why the server ended the session, as BYE says it, can be logged or shown: it reaches the caller.",
			Example: "S: * BYE down for maintenance\n! server: cut\n# the call fails with \"EOF\"",
			check:   checkByeText,
		},
		{
			ID: "2683-3.4.11-a", Section: "RFC 2683, section 3.4.11; RFC 9051, section 7.1", Side: c, Severity: Error, Kind: State, Scenario: true, Local: true,
			Text:    "The text of an ALERT is put before the user: it reaches the caller, inside TLS at least.",
			Example: "TLS:\nS: * OK [ALERT] the server stops in 5 minutes\n# the caller never sees it",
			check:   checkAlert,
		},
	}
}

// unheard reads what a client says that it was told unasked.
func unheard(text string) (expunge, mailbox, fetch int, ok bool) {
	n, _ := fmt.Sscanf(text, "%d expunge, %d mailbox, %d fetch", &expunge, &mailbox, &fetch)
	return expunge, mailbox, fetch, n == 3
}

// checkUnheard returns the check that nothing of messages has reached the caller
// of a client that never was further than in that state.
func checkUnheard(state Phase) func(*judging, Rule) {
	return func(j *judging, r Rule) {
		s := j.client()
		if s == nil {
			return
		}
		for i := range j.rec.Events {
			e := &j.rec.Events[i]
			if e.Kind != Claimed || e.Claim.Call != "unilateral" {
				continue
			}
			told, further := false, false
			for k := range s.Responses {
				resp := &s.Responses[k]
				if resp.Event >= i {
					break
				}
				switch resp.Name {
				case "FLAGS", "EXISTS", "EXPUNGE", "FETCH":
					told = told || resp.Phase == state
				}
				further = further || resp.Phase > state || resp.Selecting
			}
			expunge, mailbox, fetch, ok := unheard(e.Claim.Text)
			if !told || further || !ok {
				continue
			}
			j.reach(r)
			if expunge+mailbox+fetch > 0 {
				j.report(r, Finding{Conn: s.Conn, event: i, Summary: fmt.Sprintf("in the state %s the caller was told of %s", state, e.Claim.Text)})
				return
			}
		}
	}
}

// checkFetched counts the messages, and the literals, that the calls of FETCH
// hand over.
func checkFetched(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	j.eachCall(s, func(m *madeCall) bool {
		uid := strings.HasPrefix(m.word, "uid-")
		streams := strings.HasSuffix(m.word, "stream")
		if !streams && !strings.HasSuffix(m.word, "fetch") || !m.allOK(s) || m.claim.Err != nil {
			return false
		}
		words, _ := CallWords(m.claim.Call)
		set, err := imapwire.ParseSet([]byte(words[1]))
		if err != nil {
			return false
		}
		messages, responses, literals := make(map[uint32]bool), 0, 0
		for k := range s.Responses {
			resp := &s.Responses[k]
			if resp.Name != "FETCH" || resp.Event < m.from || resp.Event > m.to {
				continue
			}
			if n, told := resp.UID(); uid && (!told || !set.Contains(n, 0)) || !uid && !set.Contains(resp.Num, 0) {
				continue
			}
			messages[resp.Num] = true
			responses++
			literals += bodies(resp)
		}
		j.reach(r)
		given := -1
		fmt.Sscanf(m.claim.Text, "%d messages", &given)
		f := Finding{Conn: s.Conn, event: m.to}
		switch {
		case given > responses:
			f.Where = "not asked for"
			f.Summary = fmt.Sprintf("%q hands over %d messages, and %d responses were of those that were asked for", m.claim.Call, given, responses)
		case given >= 0 && given < len(messages):
			f.Where = "message missing"
			f.Summary = fmt.Sprintf("%q hands over %d messages of %d that came", m.claim.Call, given, len(messages))
		case streams && len(m.claim.Bodies) < literals:
			f.Where = "item missing"
			f.Summary = fmt.Sprintf("%q hands over %d literals of %d that came", m.claim.Call, len(m.claim.Bodies), literals)
		default:
			return false
		}
		j.report(r, f)
		return true
	})
}

// bodies counts the pieces of message text in a FETCH response.
func bodies(resp *Response) (n int) {
	imapwire.EachFetchItem(resp.Response, func(_ string, section []byte, _ int64, value []byte) {
		if section != nil && len(value) > 0 && value[0] == '{' {
			n++
		}
	})
	return n
}

// checkLiteralSize asks that what a stream hands over is as long as its literal.
func checkLiteralSize(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	checkCarriesOn(j, r)
	j.eachCall(s, func(m *madeCall) bool {
		if m.word != "stream" || !m.allOK(s) {
			return false
		}
		want, got := int64(0), int64(0)
		for k := range s.Responses {
			resp := &s.Responses[k]
			if resp.Name != "FETCH" || resp.Event < m.from || resp.Event > m.to {
				continue
			}
			for rest := resp.Raw; len(rest) > 0; {
				line, after, _ := strings.Cut(string(rest), "\r\n")
				lit, ok := imapwire.CommandLine([]byte(line + "\r\n"))
				if !ok || uint64(len(after)) < lit.Size {
					break
				}
				want += int64(lit.Size)
				rest = []byte(after[lit.Size:])
			}
		}
		for _, b := range m.claim.Bodies {
			got += b.Got
		}
		j.reach(r)
		if got == want {
			return false
		}
		j.report(r, Finding{Conn: s.Conn, event: m.to, Summary: fmt.Sprintf("%q hands over %d octets of literals that have %d", m.claim.Call, got, want)})
		return true
	})
}

// surfaced reports whether a call that returned after event hands over text, as
// its result or its error, and whether there was such a call at all.
func (j *judging) surfaced(event int, text string) (shown, asked bool) {
	for i := event; i < len(j.rec.Events); i++ {
		e := &j.rec.Events[i]
		if e.Kind != Claimed {
			continue
		}
		asked = true
		if strings.Contains(e.Claim.Text, text) || e.Claim.Err != nil && strings.Contains(e.Claim.Err.Error(), text) {
			return true, true
		}
	}
	return false, asked
}

func checkByeText(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	for i := range s.Responses {
		resp := &s.Responses[i]
		if resp.Status != imapwire.BYE || len(resp.Text) == 0 {
			continue
		}
		shown, asked := j.surfaced(resp.Event, string(resp.Text))
		if asked {
			j.reach(r)
		}
		if asked && !shown {
			j.report(r, Finding{Conn: s.Conn, event: resp.Event, Summary: fmt.Sprintf("no call hands over %q, with which the server ended the session", abridge(string(resp.Text)))})
		}
		return
	}
}

func checkAlert(j *judging, r Rule) {
	s := j.client()
	if s == nil || !s.TLS {
		return
	}
	secure := false
	for i := range j.rec.Events {
		secure = secure || j.rec.Events[i].Kind == TLSStarted
		if !secure {
			continue
		}
		for k := range s.Responses {
			resp := &s.Responses[k]
			if resp.Event != i || resp.Code != "ALERT" {
				continue
			}
			shown, asked := j.surfaced(i, string(resp.Text))
			if asked {
				j.reach(r)
			}
			if asked && !shown {
				j.report(r, Finding{Conn: s.Conn, event: i, Where: strings.ToLower(pick(resp.Type == imapwire.Tagged, "tagged ", "untagged ") + resp.Status.String()),
					Summary: fmt.Sprintf("no call hands over the alert %q", abridge(string(resp.Text)))})
				return
			}
		}
	}
}
