package harness

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

func serverStateRules() []Rule {
	return []Rule{
		{
			ID: "R-ST-1", Section: "RFC 9051, section 3; RFC 3501, section 3", Side: faultnet.Server, Severity: Error, Kind: State, Local: true,
			Text:    "A command that is not valid in the session's state gets BAD or NO and does nothing: no mail before a mailbox is selected, no mailboxes before the login.",
			Example: "C: a1 LIST \"\" *\nS: * LIST () \"/\" INBOX\nS: a1 OK # nobody has logged in",
			check:   func(j *judging, r Rule) { j.checkStates(r, outOfState) },
		},
		{
			ID: "R-ST-3", Section: "RFC 9051, section 6.2; RFC 3501, section 6.2", Side: faultnet.Server, Severity: Error, Kind: State,
			Text:    "Once a connection is authenticated it stays so: another LOGIN, AUTHENTICATE or STARTTLS is refused.",
			Example: "C: a2 LOGIN other secret # after a login\nS: a2 OK",
			check:   func(j *judging, r Rule) { j.checkStates(r, loginAgain) },
		},
		{
			ID: "R-ST-4", Section: "RFC 9051, section 6.3.2; RFC 3501, section 6.3.1", Side: faultnet.Server, Severity: Error, Kind: State,
			Text:    "SELECT and EXAMINE let go of the selected mailbox first: after a NO to them none is selected.",
			Example: "C: a3 SELECT nowhere\nS: a3 NO\nC: a4 FETCH 1 FLAGS\nS: * 1 FETCH (FLAGS ())\nS: a4 OK",
			check:   func(j *judging, r Rule) { j.checkStates(r, afterFailedSelect) },
		},
		{
			ID: "R-ST-2", Section: "RFC 9051, section 6; RFC 3501, section 6", Side: faultnet.Server, Severity: Error, Kind: State, Scenario: true,
			Text:    "BAD changes neither the state nor the selected mailbox. NO does not either, but for that to SELECT and EXAMINE.",
			Example: "C: a3 XYZZY\nS: a3 BAD\nC: a4 FETCH 1 UID\nS: a4 BAD no mailbox is selected",
			check:   checkStateKept,
		},
		{
			ID: "R-ST-8", Section: "RFC 9051, section 6.1.2; RFC 3501, section 6.1.2", Side: faultnet.Server, Severity: Error, Kind: Protocol, Local: true,
			Text:    "NOOP always succeeds, in every state.",
			Example: "C: a1 NOOP\nS: a1 BAD log in first",
			check:   checkNoop,
		},
	}
}

// Ways in which what a server sends does not fit the state of the session.
const (
	inState = iota
	outOfState
	loginAgain
	afterFailedSelect
)

// checkStates holds what a server sends against the session's state; about is
// the way of the rule that is asked.
func (j *judging) checkStates(r Rule, about int) {
	for _, s := range j.rec.Conns {
		failed := false // no mailbox is selected, because a SELECT failed
		for i := range s.Responses {
			resp := &s.Responses[i]
			way, where := s.misfit(resp, failed)
			if s.testsState(resp, failed, about) {
				j.reach(r)
			}
			if way == about && !s.brokenBefore(resp.Event) && !s.cutWrong(resp.Event) && !s.unasked(resp.Event) {
				j.report(r, Finding{
					Conn: s.Conn, event: resp.Event, Where: where,
					Summary: fmt.Sprintf("in the state %v: %s", resp.Phase, orDefault(quoteUnit(resp.Raw), "nothing")) + s.answerTo(resp),
				})
			}
			if way != inState {
				break
			}
			if c := s.completed(resp); c != nil && c.selects() {
				failed = resp.Status == imapwire.NO && resp.Phase == Selected
			}
		}
	}
}

// unasked reports whether more came, behind the header of a literal, than the server had
// asked for or refused by that event: it may have read that as commands.
func (s *Session) unasked(event int) bool {
	for i := range s.Commands {
		c := &s.Commands[i]
		if c.Begun > event {
			break
		}
		if n := len(c.Literals); n > 0 && !c.Literals[n-1].Go && !c.Literals[n-1].Refused && !bytes.HasSuffix(c.Raw, []byte("}\r\n")) {
			return true
		}
	}
	return false
}

// completed returns the command that resp completes, nil if there is none.
func (s *Session) completed(resp *Response) *Command {
	if resp.Type != imapwire.Tagged || resp.Command < 0 {
		return nil
	}
	return &s.Commands[resp.Command]
}

// answerTo says which command resp completes, in words.
func (s *Session) answerTo(resp *Response) string {
	if s.completed(resp) == nil {
		return ""
	}
	return ", the answer to " + s.describe(resp.Command)
}

// testsState reports whether resp shows that the server kept a rule, or broke it.
func (s *Session) testsState(resp *Response, failed bool, about int) bool {
	c := s.completed(resp)
	if c == nil || c.Err != nil || validIn(c.Name, resp.Phase) {
		return false
	}
	switch about {
	case loginAgain:
		return authenticates(c.Name) && resp.Phase >= Authenticated
	case afterFailedSelect:
		return failed
	}
	return !failed && !authenticates(c.Name)
}

// misfit says in which way resp does not fit the state that the session is in,
// and with what.
func (s *Session) misfit(resp *Response, failed bool) (way int, where string) {
	switch {
	case resp.Phase == Greeting || resp.Phase == LoggedOut:
		return inState, ""
	case resp.Type == imapwire.Untagged:
		if s.dataFits(resp) {
			return inState, ""
		}
		where = "data " + resp.Name
	default:
		c := s.completed(resp)
		if c == nil || c.Err != nil || resp.Status != imapwire.OK || validIn(c.Name, resp.Phase) {
			return inState, ""
		}
		if authenticates(c.Name) {
			return loginAgain, c.Name
		}
		where = c.Name
	}
	if failed && resp.Phase == Authenticated && where != "CHECK" { // which shows nothing of a mailbox
		return afterFailedSelect, "" // whatever it is
	}
	return outOfState, where
}

// dataFits reports whether untagged data may come in the state that the session
// is in.
func (s *Session) dataFits(resp *Response) bool {
	if resp.Phase == Selected || resp.Selecting {
		return true
	}
	switch resp.Name {
	case "FETCH", "EXPUNGE", "EXISTS", "RECENT", "FLAGS", "SEARCH", "ESEARCH", "VANISHED":
		return false
	case "LIST", "LSUB", "STATUS", "NAMESPACE", "QUOTA", "QUOTAROOT", "ACL", "LISTRIGHTS", "MYRIGHTS":
		return resp.Phase == Authenticated
	}
	return true
}

func authenticates(name string) bool {
	return name == "LOGIN" || name == "AUTHENTICATE" || name == "STARTTLS"
}

// validIn reports whether the command of that name is valid in the state p. Of
// commands that nobody knows it is not known.
func validIn(name string, p Phase) bool {
	spec, ok := imapwire.LookupCommand(name)
	if !ok || name == "ENABLE" && p == Selected { // RFC 5161, section 3.1, binds the client
		return true
	}
	switch p {
	case NotAuthenticated:
		return spec.States&imapwire.NotAuthenticated != 0
	case Authenticated:
		return spec.States&imapwire.Authenticated != 0
	case Selected:
		return spec.States&imapwire.Selected != 0
	}
	return true
}

// checkStateKept looks at what becomes, right after a command that was refused,
// of one that the state allows. The case brings only such as succeed.
func checkStateKept(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		var refused *Command
		for i := range s.Responses {
			c := s.completed(&s.Responses[i])
			if c == nil {
				continue
			}
			resp := &s.Responses[i]
			if refused != nil && c.Err == nil && validIn(c.Name, resp.Phase) && resp.Status != imapwire.NO {
				j.reach(r)
				if resp.Status == imapwire.BAD {
					j.report(r, Finding{
						Conn: s.Conn, event: resp.Event, Where: "after " + orDefault(trimUID(knownName(refused)), "an unknown command"),
						Summary: fmt.Sprintf("after %s was refused, %s was answered %s", quoteUnit(refused.Raw), quoteUnit(c.Raw), quoteUnit(resp.Raw)),
					})
					break
				}
			}
			refused = nil
			if resp.Status == imapwire.BAD || resp.Status == imapwire.NO && !c.selects() {
				refused = c
			}
		}
	}
}

// knownName is the name of c if the grammar knows it.
func knownName(c *Command) string {
	if !c.Known {
		return ""
	}
	return strings.ToUpper(c.Name)
}

func checkNoop(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for k := range s.Commands {
			c := &s.Commands[k]
			if c.Name != "NOOP" || c.Err != nil || c.Answer < 0 {
				continue
			}
			resp := &s.Responses[c.Answer]
			if resp.Command != k || resp.Event < c.Received || resp.Code == "SERVERBUG" { // that is R-MA-7's
				continue
			}
			j.reach(r)
			if resp.Status != imapwire.OK && resp.Phase != LoggedOut && !s.brokenBefore(resp.Event) && !s.cutWrong(resp.Event) {
				j.report(r, Finding{
					Conn: s.Conn, event: resp.Event, Where: resp.Phase.String(),
					Summary: fmt.Sprintf("%s was answered %s", quoteUnit(c.Raw), quoteUnit(resp.Raw)),
				})
				break
			}
		}
	}
}
