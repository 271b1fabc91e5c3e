package harness

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// More calls that leave to the client how it is done.
const (
	callOpen       = "open"       // a mailbox is to be selected, if it can be
	callMake       = "make"       // a mailbox is to be created, if it can be
	callSave       = "save"       // a message is to be put into a mailbox
	callFile       = "file"       // messages are to go into another mailbox
	callShow       = "show"       // data of messages
	callPurge      = "purge"      // a mailbox is to be gone, with what is in it
	callUnseen     = "unseen"     // which messages are unseen?
	callSubscribed = "subscribed" // which mailboxes are subscribed?
)

func clientPolicyOwnRules() []Rule {
	c := faultnet.Client
	return []Rule{
		{
			ID: "2683-3.2.1.2-c", Section: "RFC 2683, section 3.2.1.2", Side: c, Severity: Info, Kind: Protocol, Scenario: true, Local: true, Call: callUnseen,
			Text:    "Where SELECT told no UNSEEN, SEARCH UNSEEN finds what is unseen.",
			Example: "D: unseen\nC: T3 FETCH 1:* FLAGS",
			check:   checkSentFor(callUnseen, "SEARCH", "UNSEEN"),
		},
		{
			ID: "2683-3.2.2-a", Section: "RFC 2683, section 3.2.2", Side: c, Severity: Info, Kind: Protocol, Scenario: true, Local: true, Call: callSubscribed,
			Text:    "Whoever wants to see only the mailboxes that are subscribed can: by LSUB, or LIST (SUBSCRIBED).",
			Example: "D: subscribed\nC: T3 LIST \"\" *",
			check:   checkSentFor(callSubscribed, "LSUB", "SUBSCRIBED"),
		},
		{
			ID: "R-AT-6", Section: "RFC 4549, section 5.1", Side: c, Severity: Error, Kind: DataLoss, Call: callFile + "|move|uid-move",
			Text:    "Where messages are moved by COPY, STORE and EXPUNGE, none is marked as deleted before the COPY is confirmed.",
			Example: "D: move 1 work\nC: T3 COPY 1 work\nC: T4 STORE 1 +FLAGS.SILENT (\\Deleted)\nC: T5 EXPUNGE\nS: T3 NO over quota",
			check:   checkMovesSafely,
		},
	}
}

// lastCall is the call that had not returned when all was done, if there is one.
func (j *judging) lastCall(s *Session) *madeCall {
	from := -1
	for i := range j.rec.Events {
		switch e := &j.rec.Events[i]; {
		case e.Kind == Called && inTurn(e.Text):
			from = i
		case e.Kind == Claimed && inTurn(e.Claim.Call), e.Kind == Settled && from < 0:
			from = -1
		}
	}
	if from < 0 {
		return nil
	}
	m := &madeCall{from: from, to: len(j.rec.Events)}
	if words, ok := CallWords(j.rec.Events[from].Text); ok {
		m.word = words[0]
	}
	for k := range s.Commands {
		if c := &s.Commands[k]; c.Begun > from {
			m.commands = append(m.commands, c)
		}
	}
	return m
}

// checkSentFor returns the check that a call sends a command of that name, or one
// with that word.
func checkSentFor(call, name, word string) func(*judging, Rule) {
	return func(j *judging, r Rule) {
		s := j.client()
		if s == nil {
			return
		}
		j.eachCall(s, func(m *madeCall) bool {
			if m.word != call || len(m.commands) == 0 {
				return false
			}
			j.reach(r)
			for _, c := range m.commands {
				if has := bytes.Contains(c.Raw, []byte(word)); has && name != "LSUB" && strings.HasSuffix(c.Name, name) || name == "LSUB" && (c.Name == name || has) {
					return false
				}
			}
			j.report(r, Finding{Conn: s.Conn, event: m.commands[0].Begun, Summary: fmt.Sprintf("%q is done by %s", m.claim.Call, quoteUnit(m.commands[0].Raw))})
			return true
		})
	}
}

// isMove reports whether a call moves messages.
func isMove(_ int, words []string) bool {
	return words[0] == callFile || words[0] == "move" || words[0] == "uid-move"
}

func (c *Command) copies() bool { return strings.HasSuffix(c.Name, "COPY") }

// marksDeleted reports whether c gives messages the flag \Deleted.
func (c *Command) marksDeleted() bool {
	upper := bytes.ToUpper(c.Raw)
	return strings.HasSuffix(c.Name, "STORE") && bytes.Contains(upper, []byte(`+FLAGS`)) && bytes.Contains(upper, []byte(`\DELETED`))
}

// checkMovesSafely looks at what is marked while a COPY for the same call is not
// confirmed.
func checkMovesSafely(j *judging, r Rule) {
	s := j.client()
	if s == nil || s.TLS {
		return
	}
	j.calls(func(at int, words []string) bool {
		if !isMove(at, words) {
			return false
		}
		end := len(j.rec.Events)
		for i := at; i < len(j.rec.Events); i++ {
			if e := &j.rec.Events[i]; e.Kind == Claimed && e.Claim.Call == j.rec.Events[at].Text {
				end = i
				break
			}
		}
		var copied *Command
		for i := range s.Commands {
			c := &s.Commands[i]
			if c.Begun < at || c.Begun > end || c.Err != nil {
				continue
			}
			if c.copies() {
				copied = c
				j.reach(r)
			}
			if copied == nil || !c.marksDeleted() {
				continue
			}
			if a := copied.Answer; a < 0 || s.Responses[a].Event > c.Begun || s.Responses[a].Status != imapwire.OK {
				j.report(r, Finding{Conn: s.Conn, event: c.Begun, Summary: fmt.Sprintf("%s is sent, and %s is not confirmed", quoteUnit(c.Raw), quoteUnit(copied.Raw))})
				return true
			}
		}
		return false
	})
}
