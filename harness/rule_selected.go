package harness

import (
	"fmt"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

func selectedRules() []Rule {
	return []Rule{
		{
			ID: "R-SEQ-1", Section: "RFC 9051, section 5.2; RFC 3501, section 7.3.1", Side: faultnet.Server, Severity: Error, Kind: State,
			Text:    "EXISTS never lowers the number of messages in the selected mailbox: only EXPUNGE does.",
			Example: "S: * 3 EXISTS\nS: * 2 EXISTS # and no EXPUNGE between",
			check:   func(j *judging, r Rule) { j.checkNumbering(r, "EXISTS") },
		},
		{
			ID: "R-SEQ-2", Section: "RFC 9051, section 7.5.1", Side: faultnet.Server, Severity: Error, Kind: State,
			Text:    "Message numbers in EXPUNGE and FETCH responses are between 1 and the number of messages at that instant, which each EXPUNGE lowers by one.",
			Example: "S: * 3 EXISTS\nS: * 3 EXPUNGE\nS: * 3 EXPUNGE # there are only two",
			check: func(j *judging, r Rule) {
				found := len(j.found)
				if j.checkNumbering(r, "EXPUNGE"); len(j.found) == found {
					checkModel(expungeTold)(j, r)
				}
			},
		},
	}
}

// numbering follows the number of messages of the selected mailbox through a
// session.
type numbering struct {
	n     uint32
	known bool
}

// checkNumbering replays EXISTS and EXPUNGE; about tells which of the two rules
// is asked.
func (j *judging) checkNumbering(r Rule, about string) {
	for _, s := range j.rec.Conns {
		var m numbering
		for i := range s.Responses {
			resp := &s.Responses[i]
			verb := s.inProgress(resp)
			if resp.Selecting && resp.Name != "EXISTS" {
				if resp.Command == resp.InProgress && resp.Status != 0 && resp.Phase != Selected && s.Commands[resp.Command].Answer == i && !okStatus(resp) {
					m.known = false
				}
			}
			rule, summary := m.step(resp, verb)
			if m.known && (resp.Name == about || about == "EXPUNGE" && resp.Name == "FETCH") {
				j.reach(r)
			}
			if rule == "" {
				continue
			}
			if s.brokenBefore(resp.Event) || s.cutWrong(resp.Event) {
				break
			}
			if rule == about {
				j.report(r, Finding{Conn: s.Conn, event: resp.Event, Where: j.numberingCause(resp, verb), Summary: summary})
			}
			break
		}
	}
}

// cutWrong reports whether a server may have cut what it got up to that event
// into other commands than it should, so that what it answers is hard to tell.
func (s *Session) cutWrong(event int) bool {
	for i := range s.Commands {
		if c := &s.Commands[i]; c.Begun <= event && (bareCR(c.Raw) || longLine(c.Raw) || c.nonSync() && c.Answer >= 0 && !okStatus(&s.Responses[c.Answer])) {
			return true
		}
	}
	return false
}

// step moves m by one response. It returns which rule was broken, if any, and
// what happened.
func (m *numbering) step(resp *Response, verb string) (rule, summary string) {
	switch resp.Name {
	case "EXISTS":
		if m.known && resp.Num < m.n && !resp.Selecting {
			return "EXISTS", fmt.Sprintf("EXISTS went from %d to %d during %s", m.n, resp.Num, orDefault(verb, "no command"))
		}
		m.n, m.known = resp.Num, true
	case "EXPUNGE":
		if m.known && (resp.Num == 0 || resp.Num > m.n) {
			return "EXPUNGE", fmt.Sprintf("EXPUNGE %d of %d messages during %s", resp.Num, m.n, orDefault(verb, "no command"))
		}
		if m.n > 0 {
			m.n--
		}
	case "VANISHED":
		m.n -= min(m.n, vanishing(resp))
	case "FETCH":
		if m.known && (resp.Num == 0 || resp.Num > m.n) {
			return "EXPUNGE", fmt.Sprintf("FETCH of message %d of %d during %s", resp.Num, m.n, orDefault(verb, "no command"))
		}
	}
	if resp.Phase != Selected && !resp.Selecting {
		m.known = false
	}
	return "", ""
}

// vanishing returns how many messages a VANISHED response removes: none if it
// tells of what was gone before (RFC 7162, section 3.2.10).
func vanishing(resp *Response) uint32 {
	set, err := imapwire.ParseSet(resp.Rest)
	if err != nil { // (EARLIER), or broken
		return 0
	}
	n := uint64(0)
	for _, r := range set {
		n += uint64(max(r.First, r.Last)-min(r.First, r.Last)) + 1
	}
	return uint32(min(n, 1<<32-1))
}

// inProgress returns the name of the command that resp was sent in.
func (s *Session) inProgress(resp *Response) string {
	if resp.InProgress < 0 {
		return ""
	}
	return s.Commands[resp.InProgress].Name
}

// numberingCause names the exchange that numbering was lost in: data of a
// message that has no number yet; or the command that removed messages, in this
// session or another, if there was one: where it shows then is chance.
func (j *judging) numberingCause(resp *Response, verb string) string {
	if resp.Name == "FETCH" && resp.Num == 0 {
		return "unannounced message"
	}
	for _, name := range []string{"MOVE", "UID MOVE", "EXPUNGE", "UID EXPUNGE", "CLOSE"} {
		for _, other := range j.rec.Conns {
			for k := range other.Commands {
				c := &other.Commands[k]
				if c.Name == name && c.Received >= 0 && c.Received <= resp.Event {
					return trimUID(name)
				}
			}
		}
	}
	return trimUID(orDefault(verb, "no command"))
}

func trimUID(name string) string {
	if len(name) > 4 && name[:4] == "UID " {
		return name[4:]
	}
	return name
}

func okStatus(resp *Response) bool { return resp.Status.String() == "OK" }
