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
			ID: "2683-3.3.2-a", Section: "RFC 2683, section 3.3.2", Side: c, Severity: Warn, Kind: Protocol, Scenario: true, Local: true, Call: callOpen,
			Text:    "A mailbox that LIST marks \\Noselect is not selected.",
			Example: "S: * LIST (\\Noselect) \"/\" work\nD: open work\nC: T3 SELECT work",
			check:   checkNoSelect,
		},
		{
			ID: "2683-3.3.2-b", Section: "RFC 2683, section 3.3.2", Side: c, Severity: Warn, Kind: Protocol, Scenario: true, Local: true, Call: callMake,
			Text:    "Nothing is created below a mailbox that LIST marks \\Noinferiors.",
			Example: "S: * LIST (\\Noinferiors) \"/\" work\nD: make work/new\nC: T3 CREATE work/new",
			check:   checkNoInferiors,
		},
		{
			ID: "2683-3.3.2-c", Section: "RFC 2683, section 3.3.2; RFC 9051, section 6.3.12", Side: c, Severity: Warn, Kind: Protocol, Scenario: true, Local: true, Call: callSave + "|" + callFile,
			Text:    "When APPEND or COPY fails the mailbox is created only if the server said TRYCREATE.",
			Example: "D: save work \"...\"\nS: T1 NO over quota\nC: T2 CREATE work",
			check:   checkCreatesOnWord,
		},
		{
			ID: "2683-3.3.2-d", Section: "RFC 2683, section 3.3.2", Side: c, Severity: Warn, Kind: Protocol, Scenario: true, Local: true, Call: callErase,
			Text:    "Nothing is expunged from a mailbox that is open READ-ONLY.",
			Example: "S: T1 OK [READ-ONLY] selected\nD: erase 1\nC: T3 EXPUNGE",
			check:   checkReadOnly,
		},
		{
			ID: "2683-3.4.4-d", Section: "RFC 2683, section 3.4.4", Side: c, Severity: Warn, Kind: Protocol, Scenario: true, Local: true, Call: callShow,
			Text:    "When FETCH, completed with OK, brought nothing of a message, NOOP comes next, so that the server can tell what is gone.",
			Example: "D: show 1:2 flags\nC: T3 FETCH 1:2 FLAGS\nS: * 1 FETCH (FLAGS ())\nS: T3 OK done\nC: T4 FETCH 1:2 FLAGS",
			check:   checkNoopNext(imapwire.OK),
		},
		{
			ID: "R-MA-3", Section: "RFC 2180, sections 4.1.2, 4.1.3 and 4.2", Side: c, Severity: Warn, Kind: Protocol, Scenario: true, Local: true, Call: callShow,
			Text:    "When FETCH was answered NO, since messages are gone, NOOP comes next.",
			Example: "D: show 1:2 flags\nC: T3 FETCH 1:2 FLAGS\nS: T3 NO some are gone\nC: T4 FETCH 1:2 FLAGS",
			check:   checkNoopNext(imapwire.NO),
		},
		{
			ID: "2683-3.4.8-a", Section: "RFC 2683, section 3.4.8", Side: c, Severity: Error, Kind: Protocol, Scenario: true, Local: true, Call: callSave,
			Text:    "A client copes with it that a mailbox of special use cannot be created: it does not try again and again.",
			Example: "C: T2 CREATE Drafts\nS: T2 NO\nC: T3 CREATE Drafts",
			check:   checkRepeats("CREATE", imapwire.NO),
		},
		{
			ID: "R-LIT-16", Section: "RFC 7888, section 4", Side: c, Severity: Warn, Kind: Protocol, Scenario: true, Local: true, Call: callSave,
			Text:    "A message that the server found too large is not sent again.",
			Example: "C: T2 APPEND INBOX {100000}\nS: T2 NO [TOOBIG]\nC: T3 APPEND INBOX {100000}",
			check:   checkRepeats("APPEND", imapwire.NO),
		},
		{
			ID: "R-LL-3", Section: "RFC 7162, section 4", Side: c, Severity: Warn, Kind: Protocol, Scenario: true, Local: true, Call: callShow,
			Text:    "A line that the server refused with BAD, as too long, is not sent again as it was.",
			Example: "C: T3 FETCH 1,3,5,7...\nS: T3 BAD line too long\nC: T4 FETCH 1,3,5,7...",
			check:   checkRepeats("FETCH", imapwire.BAD),
		},
		{
			ID: "2683-3.4.12-a", Section: "RFC 2683, section 3.4.12", Side: c, Severity: Error, Kind: State, Scenario: true, Local: true, Call: callPurge,
			Text:    "When DELETE of a mailbox fails since there are messages in it, a client empties it and deletes it then.",
			Example: "D: purge work\nC: T1 DELETE work\nS: T1 NO it is not empty\n# nothing more is done",
			check:   checkPurge,
		},
		{
			ID: "2683-3.2.1.1-b", Section: "RFC 2683, section 3.2.1.1", Side: c, Severity: Warn, Kind: Resource, Scenario: true, Call: callTree,
			Text:    fmt.Sprintf("A client that walks the tree level by level comes to an end where it is bottomless: here, not below level %d.", deepTree),
			Example: "C: T1 LIST \"\" a/%\nS: * LIST () \"/\" a/a\nC: T2 LIST \"\" a/a/%\nS: * LIST () \"/\" a/a/a\n# ... and so on",
			check:   checkTreeEnds,
		},
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

// deepTree is as many levels of mailboxes as nobody means: RFC 2683, section
// 3.2.1.1, suggests that servers tell no more than 20.
const deepTree = 20

// attributes returns what LIST told last, before event, of a mailbox; the
// delimiter, too.
func (s *Session) attributes(name string, event int) (attrs imapwire.Words, ok bool) {
	for i := range s.Responses {
		r := &s.Responses[i]
		if l, is := r.List(); is && r.Event < event && r.Name == "LIST" && imapwire.MailboxName(l.Mailbox) == name {
			attrs, ok = l.Attributes, true
		}
	}
	return attrs, ok
}

func (c *Command) named() (string, bool) {
	octets, ok := c.Command.Mailbox()
	return imapwire.MailboxName(octets), ok
}

func checkNoSelect(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	if j.called(callOpen) {
		j.reach(r)
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		name, ok := c.named()
		if !c.selects() || !ok || j.asked(c.Name) {
			continue
		}
		if attrs, told := s.attributes(name, c.Begun); told && (attrs.Has(`\Noselect`) || attrs.Has(`\NonExistent`)) {
			j.report(r, Finding{Conn: s.Conn, event: c.Begun, Summary: quoteUnit(c.Raw) + " selects what LIST marks as not to be selected"})
			return
		}
	}
}

func checkNoInferiors(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	if j.called(callMake) {
		j.reach(r)
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		name, ok := c.named()
		if c.Name != "CREATE" || !ok || j.asked("CREATE") {
			continue
		}
		for k := range name {
			if attrs, told := s.attributes(name[:k], c.Begun); told && attrs.Has(`\Noinferiors`) && strings.HasPrefix(name[k:], string(s.delimiter())) {
				j.report(r, Finding{Conn: s.Conn, event: c.Begun, Summary: quoteUnit(c.Raw) + " is below a mailbox that LIST marks \\Noinferiors"})
				return
			}
		}
	}
}

// eachRefusal gives to f the commands of calls that were answered with that
// status, with what was sent behind them for the same call.
func (j *judging) eachRefusal(s *Session, status imapwire.Status, f func(m *madeCall, c *Command, answer *Response, later []*Command) bool) {
	try := func(m *madeCall) bool {
		for i, c := range m.commands {
			if c.Answer >= 0 && s.Responses[c.Answer].Status == status && f(m, c, &s.Responses[c.Answer], m.commands[i+1:]) {
				return true
			}
		}
		return false
	}
	if found := false; !found {
		j.eachCall(s, func(m *madeCall) bool { found = try(m); return found })
		if m := j.lastCall(s); m != nil && !found {
			try(m)
		}
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

func checkCreatesOnWord(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	j.eachRefusal(s, imapwire.NO, func(m *madeCall, c *Command, answer *Response, later []*Command) bool {
		if c.Name != "APPEND" && !strings.HasSuffix(c.Name, "COPY") && !strings.HasSuffix(c.Name, "MOVE") {
			return false
		}
		j.reach(r)
		if len(later) == 0 || later[0].Name != "CREATE" || answer.Code == "TRYCREATE" {
			return false
		}
		j.report(r, Finding{Conn: s.Conn, event: later[0].Begun, Summary: fmt.Sprintf("%s follows %s, which says nothing of TRYCREATE", quoteUnit(later[0].Raw), quoteUnit(answer.Raw))})
		return true
	})
}

func checkReadOnly(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	for i := range j.rec.Events {
		if e := &j.rec.Events[i]; e.Kind == Called && strings.HasPrefix(e.Text, callErase) && s.readOnlyAt(i) {
			j.reach(r)
		}
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		switch c.Name {
		case "EXPUNGE", "UID EXPUNGE", "MOVE", "UID MOVE":
			if s.readOnlyAt(c.Begun) && !j.asked(c.Name) {
				j.report(r, Finding{Conn: s.Conn, event: c.Begun, Summary: quoteUnit(c.Raw) + " is sent in a mailbox that is READ-ONLY"})
				return
			}
		}
	}
}

// readOnlyAt reports whether the last word on it, before event, was READ-ONLY.
func (s *Session) readOnlyAt(event int) (only bool) {
	for i := range s.Responses {
		if r := &s.Responses[i]; r.Event < event && (r.Code == "READ-ONLY" || r.Code == "READ-WRITE") {
			only = r.Code == "READ-ONLY"
		}
	}
	return only
}

// checkNoopNext returns the check of what follows a FETCH of the call "show" that
// was completed with that status and without some of its messages.
func checkNoopNext(status imapwire.Status) func(*judging, Rule) {
	return func(j *judging, r Rule) {
		s := j.client()
		if s == nil {
			return
		}
		j.eachRefusal(s, status, func(m *madeCall, c *Command, answer *Response, later []*Command) bool {
			if m.word != callShow || c.Name != "FETCH" || status == imapwire.OK && !s.fetchedLess(c, answer) {
				return false
			}
			j.reach(r)
			if len(later) > 0 && later[0].Name == "NOOP" {
				return false
			}
			f := Finding{Conn: s.Conn, event: answer.Event, Summary: "messages are missing, and no NOOP asks for what has gone"}
			if len(later) > 0 {
				f.event, f.Summary = later[0].Begun, "messages are missing, and the client goes on with "+quoteUnit(later[0].Raw)
			}
			j.report(r, f)
			return true
		})
	}
}

// fetchedLess reports whether nothing came of some message that c asked for.
func (s *Session) fetchedLess(c *Command, answer *Response) bool {
	word, _, _ := bytes.Cut(c.Args, []byte(" "))
	set, err := imapwire.ParseSet(word)
	if err != nil {
		return false
	}
	came := make(map[uint32]bool)
	for i := range s.Responses {
		if r := &s.Responses[i]; r.Name == "FETCH" && r.Event > c.Begun && r.Event <= answer.Event {
			came[r.Num] = true
		}
	}
	for n := uint32(1); n <= 100; n++ {
		if set.Contains(n, 0) && !came[n] {
			return true
		}
	}
	return false
}

// checkRepeats returns the check that no call sends a command again, as it was,
// that was refused with that status.
func checkRepeats(name string, status imapwire.Status) func(*judging, Rule) {
	return func(j *judging, r Rule) {
		s := j.client()
		if s == nil {
			return
		}
		j.eachRefusal(s, status, func(_ *madeCall, c *Command, answer *Response, later []*Command) bool {
			if c.Name != name || name == "APPEND" && answer.Code == "TRYCREATE" {
				return false
			}
			j.reach(r)
			for _, l := range later {
				if l.Name == name && bytes.Equal(afterTag(l.Raw), afterTag(c.Raw)) {
					j.report(r, Finding{Conn: s.Conn, event: l.Begun, Summary: fmt.Sprintf("%s was answered %s, and is sent again", quoteUnit(c.Raw), quoteUnit(answer.Raw))})
					return true
				}
			}
			return false
		})
	}
}

func afterTag(b []byte) []byte {
	_, rest, _ := bytes.Cut(bytes.TrimRight(b, "\r\n"), []byte(" "))
	return rest
}

func checkPurge(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	j.eachRefusal(s, imapwire.NO, func(m *madeCall, c *Command, _ *Response, later []*Command) bool {
		if m.word != callPurge || c.Name != "DELETE" || m.claim == nil {
			return false
		}
		marked, removed, again, refused := false, false, false, false
		for _, l := range later {
			refused = refused || l.Answer < 0 || s.Responses[l.Answer].Status != imapwire.OK
			marked = marked || strings.HasSuffix(l.Name, "STORE")
			removed = removed || marked && (l.Name == "CLOSE" || strings.HasSuffix(l.Name, "EXPUNGE"))
			again = again || removed && l.Name == "DELETE"
		}
		if refused {
			return false
		}
		j.reach(r)
		if again {
			return false
		}
		j.report(r, Finding{Conn: s.Conn, event: m.to, Where: pick(len(later) == 0, "", "half"), Summary: quoteUnit(c.Raw) + " was refused, and the mailbox was not emptied and deleted then"})
		return true
	})
}

func checkTreeEnds(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	if j.called(callTree) {
		j.reach(r)
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		l, ok := c.ListArgs()
		if !ok {
			continue
		}
		levels := 0
		l.EachPattern(func(p []byte) { levels = max(levels, bytes.Count(p, []byte("/"))) })
		if levels >= deepTree {
			j.report(r, Finding{Conn: s.Conn, event: c.Begun, Summary: fmt.Sprintf("the client goes down to level %d of the mailboxes", levels)})
			return
		}
	}
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

// checkMovesSafely looks at what is marked while a COPY for the same call is not
// confirmed.
func checkMovesSafely(j *judging, r Rule) {
	s := j.client()
	if s == nil || s.TLS {
		return
	}
	j.calls(func(at int, words []string) bool {
		if words[0] != callFile && words[0] != "move" && words[0] != "uid-move" {
			return false
		}
		end := len(j.rec.Events)
		for i := at; i < len(j.rec.Events); i++ {
			if e := &j.rec.Events[i]; e.Kind == Claimed && inTurn(e.Claim.Call) {
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
			if strings.HasSuffix(c.Name, "COPY") {
				copied = c
				j.reach(r)
			}
			if copied == nil || !strings.HasSuffix(c.Name, "STORE") || !bytes.Contains(bytes.ToUpper(c.Raw), []byte(`+FLAGS`)) || !bytes.Contains(bytes.ToUpper(c.Raw), []byte(`\DELETED`)) {
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
