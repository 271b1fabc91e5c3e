package harness

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// clientTakesRules are the rules of what a client has to put up with. What a
// legal server says decides which calls succeed: the cases are ours.
func clientTakesRules() []Rule {
	c := faultnet.Client
	return []Rule{
		{
			ID: "2683-3.4-a", Section: "RFC 2683, section 3.4", Side: c, Same: "R-CL-1",
			Text: "A client accepts any response at any time.",
		},
		{
			ID: "R-CL-2", Section: "RFC 3501, section 7; RFC 9051, section 7", Side: c, Severity: Warn, Kind: State, Scenario: true,
			Text:    "Data that nothing was asked for, and that there is no use for, is ignored: it fails no call, and is taken for the answer to none.",
			Example: "S: * SEARCH 77\nD: search all\nC: T2 SEARCH ALL\nS: * SEARCH 1\nS: T2 OK done\n# the caller is given 1 and 77",
			check:   checkIgnored,
		},
		{
			ID: "R-CL-3", Section: "RFC 3501, section 7.1 (SHOULD); RFC 9051, section 7.1 (MUST)", Side: c, Severity: Warn, Kind: State, Scenario: true,
			By:      By{Rev2: Error},
			Text:    "A response code that a client does not know is ignored: what it stands in counts.",
			Example: "C: T1 NOOP\nS: T1 OK [X-NEW (a b) \"c\"] done\n# the call fails",
			check:   checkCarriesOn,
		},
		{
			ID: "R-CL-4", Section: "RFC 9051, section 7.5.2 and section 9 (body-extension, flag-extension)", Side: c, Severity: Error, Kind: State, Scenario: true,
			Text:    "A client takes body structures with extension data, and flags, that are not known yet.",
			Example: "S: * 1 FETCH (BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 9 1 NIL NIL NIL NIL (1 (\"new\"))))\n# the call fails",
			check:   checkCarriesOn,
		},
		{
			ID: "R-CL-5", Section: "RFC 9051, sections 7.1.2 and 7.1.3", Side: c, Severity: Error, Kind: State, Scenario: true,
			Text:    "An untagged NO is a warning and an untagged BAD belongs to no command: neither completes the one that runs.",
			Example: "C: T1 NOOP\nS: * NO disk 98% full\nS: T1 OK done\n# the call fails",
			check:   checkCarriesOn,
		},
		{
			ID: "R-END-6", Section: "RFC 9051, section 7.1.5", Side: c, Severity: Warn, Kind: State, Scenario: true,
			Text:    "After BYE a client reads on until the end: a completion that comes behind it counts.",
			Example: "C: T1 APPEND ...\nS: * BYE going down\nS: T1 OK done\n# the call fails",
			check:   checkCarriesOn,
		},
		{
			ID: "2683-3.4.4-c", Section: "RFC 2683, section 3.4.4", Side: c, Severity: Error, Kind: State, Scenario: true,
			Text:    "That FETCH responses are missing, or items in them, or come in another order, is no failure: the completion says whether there was one.",
			Example: "D: fetch 1:2 flags\nC: T1 FETCH 1:2 FLAGS\nS: T1 OK done\n# the call fails",
			check:   checkCarriesOn,
		},
		{
			ID: "2683-3.1.1-a", Section: "RFC 2683, section 3.1.1", Side: c, Same: "2683-3.1.1-b",
			Text: "A client does not rely on it that a mailbox can be open twice at once.",
		},
		{
			ID: "2683-3.1.1-b", Section: "RFC 2683, section 3.1.1", Side: c, Severity: Error, Kind: State, Scenario: true,
			Text:    "A SELECT that is refused, since the mailbox is open elsewhere, fails that call and no other: the session goes on.",
			Example: "D: select INBOX\nC: T1 SELECT INBOX\nS: T1 NO [INUSE] open elsewhere\nD: noop\n# the client gives up",
			check:   checkRefusedSelect,
		},
		{
			ID: "2683-3.1.1-c", Section: "RFC 2683, section 3.1.1", Side: c, Same: "2683-3.1.2-a",
			Text: "A client that loses its connection since another has opened its mailbox goes on in an orderly way: what waits returns.",
		},
		{
			ID: "R-ST-4", Section: "RFC 3501, section 6.3.1; RFC 9051, section 6.3.2", Side: c, Severity: Error, Kind: State, Scenario: true,
			Text:    "When SELECT was answered NO no mailbox is selected, and the client knows it.",
			Example: "C: T2 SELECT work\nS: T2 NO no such mailbox\nD: mailbox\n# the client names the mailbox that it had selected before",
			check:   checkDeselected,
		},
		{
			ID: "R-FR-2", Section: "RFC 9051, section 7.1 and section 9 (greeting)", Side: c, Severity: Error, Kind: Protocol, Scenario: true,
			Text:    "A session begins with OK or PREAUTH, untagged. On any other line the client sends nothing but LOGOUT.",
			Example: "S: * NO not now\nC: T1 LOGIN test test",
			check:   checkGreeted,
		},
	}
}

// A madeCall is a call of the case with what it came to.
type madeCall struct {
	word     string
	from, to int // events: when it was made, and when it was answered
	claim    *Claim
	commands []*Command // that were sent meanwhile
}

// allOK reports whether there were commands and each was completed with OK by
// the time that the call returned.
func (m *madeCall) allOK(s *Session) bool {
	for _, c := range m.commands {
		if c.Received < 0 || c.Answer < 0 || s.Responses[c.Answer].Status != imapwire.OK || s.Responses[c.Answer].Event > m.to {
			return false
		}
	}
	return len(m.commands) > 0
}

// eachCall gives to f the calls that were made one after the other and returned,
// in their order, until f returns true.
func (j *judging) eachCall(s *Session, f func(m *madeCall) bool) {
	from := -1
	for i := range j.rec.Events {
		e := &j.rec.Events[i]
		if e.Kind == Called && inTurn(e.Text) {
			from = i
		}
		if e.Kind != Claimed || !inTurn(e.Claim.Call) || from < 0 {
			continue
		}
		m := &madeCall{from: from, to: i, claim: e.Claim}
		if words, ok := CallWords(e.Claim.Call); ok {
			m.word = words[0]
		}
		for k := range s.Commands {
			if c := &s.Commands[k]; c.Begun > from && c.Begun < i {
				m.commands = append(m.commands, c)
			}
		}
		if f(m) {
			return
		}
	}
}

// checkCarriesOn asks of each call whose commands were all completed with OK
// that it claims success.
func checkCarriesOn(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	j.eachCall(s, func(m *madeCall) bool {
		if !m.allOK(s) {
			return false
		}
		j.reach(r)
		if m.claim.Err == nil {
			return false
		}
		j.report(r, Finding{Conn: s.Conn, event: m.to, Where: m.word,
			Summary: fmt.Sprintf("the server completed it with OK, and %q fails: %v", m.claim.Call, m.claim.Err)})
		return true
	})
}

// checkIgnored also looks at what a search hands over: no number that only came
// when no search was in progress.
func checkIgnored(j *judging, r Rule) {
	checkCarriesOn(j, r)
	s := j.client()
	if s == nil {
		return
	}
	j.eachCall(s, func(m *madeCall) bool {
		if !strings.HasSuffix(m.word, "search") || m.claim.Err != nil {
			return false
		}
		inside, outside := make(map[uint32]bool), make(map[uint32]bool)
		for k := range s.Responses {
			data, ok := s.Responses[k].SearchData()
			if !ok {
				continue
			}
			for n := range data.All() {
				if e := s.Responses[k].Event; e > m.from && e < m.to {
					inside[n] = true
				} else {
					outside[n] = true
				}
			}
		}
		j.reach(r)
		_, given, _ := strings.Cut(m.claim.Text, "all ")
		given, _, _ = strings.Cut(given, " ")
		set, err := imapwire.ParseSet([]byte(strings.TrimSuffix(given, ",")))
		for _, v := range set {
			if n := v.First; err == nil && outside[n] && !inside[n] {
				j.report(r, Finding{Conn: s.Conn, event: m.to, Where: "search",
					Summary: fmt.Sprintf("%q was answered without %d, and hands it over: %s", m.claim.Call, n, m.claim.Text)})
				return true
			}
		}
		return false
	})
}

// checkRefusedSelect asks of a SELECT that was refused that its call fails, and
// that calls behind it are as good as ever.
func checkRefusedSelect(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	refused := false
	j.eachCall(s, func(m *madeCall) bool {
		var no *Command
		for _, c := range m.commands {
			if c.selects() && c.Answer >= 0 && s.Responses[c.Answer].Status == imapwire.NO {
				no = c
			}
		}
		switch {
		case no != nil:
			refused = true
			j.reach(r)
			if m.claim.Err == nil {
				j.report(r, Finding{Conn: s.Conn, event: m.to, Where: "claimed", Summary: fmt.Sprintf("%s was refused, and %q claims success", quoteUnit(no.Raw), m.claim.Call)})
				return true
			}
		case refused && m.claim.Err != nil && (m.allOK(s) || len(m.commands) == 0) && (s.PeerGone < 0 || s.PeerGone > m.to):
			j.report(r, Finding{Conn: s.Conn, event: m.to, Where: "after it", Summary: fmt.Sprintf("after a refused SELECT %q fails: %v", m.claim.Call, m.claim.Err)})
			return true
		}
		return false
	})
}

// checkDeselected looks at what a client says of its mailbox when the last SELECT
// was answered NO.
func checkDeselected(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	for i := range j.rec.Events {
		e := &j.rec.Events[i]
		if e.Kind != Claimed || e.Claim.Err != nil || e.Claim.Call != "mailbox" && e.Claim.Call != "state" {
			continue
		}
		var last *Command
		for k := range s.Commands {
			if c := &s.Commands[k]; c.selects() && c.Begun < i {
				last = c
			}
		}
		if last == nil || last.Answer < 0 || s.Responses[last.Answer].Status != imapwire.NO || s.Responses[last.Answer].Event > i {
			continue
		}
		j.reach(r)
		if e.Claim.Text != "none" && e.Claim.Text != "authenticated" {
			j.report(r, Finding{Conn: s.Conn, event: i, Where: e.Claim.Call,
				Summary: fmt.Sprintf("after %s was answered NO the client holds for true: %s", quoteUnit(last.Raw), e.Claim.Text)})
			return
		}
	}
}

// checkGreeted looks for commands behind a line that is no greeting.
func checkGreeted(j *judging, r Rule) {
	s := j.client()
	if s == nil || len(s.Responses) == 0 {
		return
	}
	first := &s.Responses[0]
	if first.Type == imapwire.Untagged && (first.Status == imapwire.OK || first.Status == imapwire.PREAUTH) {
		return
	}
	j.reach(r)
	for i := range s.Commands {
		c := &s.Commands[i]
		if c.Begun <= first.Event || c.Name == "LOGOUT" {
			continue
		}
		where := orDefault(strings.ToLower(first.Status.String()), strings.ToLower(first.Name))
		switch first.Type {
		case imapwire.Tagged:
			where = "tagged"
		case imapwire.Continuation:
			where = "continuation"
		}
		j.report(r, Finding{Conn: s.Conn, event: c.Begun, Where: where,
			Summary: fmt.Sprintf("the server began with %s, and the client sends %s", quoteUnit(first.Raw), quoteUnit(c.Raw))})
		return
	}
}

var (
	quotedString = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	anyNIL       = regexp.MustCompile(`[ (]((?i)nil)\b`)
)

// otherNIL reports whether NIL stands in b in letters that are not all capital, which
// is NIL, too (RFC 9051, section 9, note 1).
func otherNIL(b []byte) bool {
	return slices.ContainsFunc(anyNIL.FindAllSubmatch(quotedString.ReplaceAll(b, []byte(`""`)), -1), func(m [][]byte) bool {
		return string(m[1]) != "NIL"
	})
}
