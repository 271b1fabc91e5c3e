package harness

import (
	"fmt"
	"strings"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// Calls of a client that keeps what it knows of messages by their UIDs.
const (
	callRemember = "remember" // the UIDs of the selected mailbox are to be kept
	callMark     = "mark"     // those messages are to be given a flag
	callCache    = "cache"    // what is kept?
)

func clientCacheRules() []Rule {
	c := faultnet.Client
	const why = "It is about what a program shows to its user and lets him choose: nothing of it is on the wire."
	return []Rule{
		{
			ID: "2683-3.4.3-c", Section: "RFC 2683, section 3.4.3; RFC 4549, section 4.1", Side: c, Severity: Error, Kind: DataLoss, Scenario: true, Call: callMark,
			Text:    "When UIDVALIDITY is another as the mailbox is opened again, no UID from before is used.",
			Example: "S: * OK [UIDVALIDITY 7]\nD: remember\nD: select INBOX\nS: * OK [UIDVALIDITY 8]\nD: mark \\Deleted\nC: T5 UID STORE 5 +FLAGS (\\Deleted)",
			check:   checkStaleUIDs(true),
		},
		{
			ID: "2683-3.4.3-d", Section: "RFC 2683, section 3.4.3", Side: c, Severity: Error, Kind: DataLoss, Scenario: true, Call: callMark,
			Text:    "UIDs are those of one mailbox: they are not used in another that has the same UIDVALIDITY.",
			Example: "D: remember\nD: select work\nS: * OK [UIDVALIDITY 7]\nD: mark \\Deleted\nC: T5 UID STORE 5 +FLAGS (\\Deleted)",
			check:   checkOtherUIDs,
		},
		{
			ID: "2683-3.4.3-h", Section: "RFC 2683, section 3.4.3", Side: c, Severity: Error, Kind: DataLoss, Scenario: true, Call: callMark,
			Text:    "A UIDVALIDITY that comes unasked, with a command that fails, makes all UIDs from before worthless.",
			Example: "C: T4 UID STORE 5 +FLAGS (\\Seen)\nS: * OK [UIDVALIDITY 9]\nS: T4 NO\nC: T5 UID STORE 5 +FLAGS (\\Deleted)",
			check:   checkStaleUIDs(false),
		},
		{ID: "2683-3.4.3-i", Section: "RFC 2683, section 3.4.3", Side: c, Severity: Error, Kind: State, Same: "2683-3.4.3-c",
			Text: "After the server has cut the session, UIDVALIDITY is compared before any UID is used."},
		{ID: "2683-3.4.3-j", Section: "RFC 2683, section 3.4.3", Side: c, Severity: Error, Kind: State, Same: "2683-3.4.3-h",
			Text: "A client copes with a UIDVALIDITY that changes while there are messages in the mailbox."},
		{
			ID: "R-UID-9", Section: "RFC 4549, section 4.1", Side: c, Severity: Error, Kind: State, Scenario: true, Call: callCache,
			Text:    "What is kept of a mailbox by UID is dropped as soon as anything tells another UIDVALIDITY: SELECT, STATUS or APPENDUID.",
			Example: "D: remember\nS: * STATUS INBOX (UIDVALIDITY 8)\nD: cache\n# it is still there",
			check:   checkCacheDropped,
		},
		{ID: "2683-3.2.1-a", Section: "RFC 2683, section 3.2.1", Side: c, Severity: Error, Kind: State, Same: "bounded-memory",
			Text: "A client bears up against a flood of data: its memory is bounded."},
		{ID: "2683-3.2.1.2-b", Section: "RFC 2683, section 3.2.1.2", Side: c, Severity: Info, Kind: Protocol, Text: "Only what is about to be shown is fetched.", Why: why},
		{ID: "2683-3.2.1.2-d", Section: "RFC 2683, section 3.2.1.2", Side: c, Severity: Info, Kind: Protocol, Text: "Sorting that needs every message is not the default.", Why: why},
		{ID: "2683-3.2.1.4-a", Section: "RFC 2683, section 3.2.1.4", Side: c, Severity: Info, Kind: Protocol, Text: "What BODYSTRUCTURE costs the server is weighed against its use.",
			Why: "How useful a body structure is to a program cannot be seen from outside."},
		{ID: "2683-3.2.2-b", Section: "RFC 2683, section 3.2.2", Side: c, Severity: Info, Kind: Protocol, Text: "Mailboxes that are not subscribed are not hidden from the user.", Why: why},
		{ID: "2683-3.4.7-a", Section: "RFC 2683, section 3.4.7", Side: c, Severity: Info, Kind: Protocol, Text: "The user can set a prefix for the names of mailboxes.", Why: why},
		{ID: "2683-3.4.8-b", Section: "RFC 2683, section 3.4.8", Side: c, Severity: Info, Kind: Protocol, Text: "The user can choose the names of mailboxes of special use.", Why: why},
		{ID: "2683-3.4.9-f", Section: "RFC 2683, section 3.4.9", Side: c, Severity: Info, Kind: Protocol, Text: "The user can choose whether a pattern begins with the delimiter.", Why: why},
		{ID: "2683-3.5-a", Section: "RFC 2683, section 3.5", Side: c, Severity: Info, Kind: Protocol, Text: "A client is tested against every server there is.",
			Why: "It is advice to authors; this program is an answer to it."},
		{ID: "R-AT-5", Section: "RFC 4549, section 5.1", Side: c, Severity: Info, Kind: Protocol, Text: "After a lost connection a client finds out what was done before it goes on.",
			Why: "A client under test has one connection a run: what it does on the next one is not seen."},
		{ID: "R-CL-6", Section: "RFC 7888, section 4; RFC 2683, section 3.1.2", Side: c, Severity: Info, Kind: Protocol, Text: "A client connects anew a bounded number of times, and slower each time.",
			Why: "A client under test has one connection a run: that it connects anew is not seen."},
		{ID: "R-MA-5", Section: "RFC 2180, section 4.3", Side: c, Severity: Info, Kind: Protocol, Text: "When a search does not find a message that was expected, NOOP comes next.",
			Why: "Which messages a program expects a search to find nobody else knows."},
	}
}

// kept is what a client was told, up to an event, of the UIDs of its mailbox.
type kept struct {
	box      string
	validity uint64
}

// keptAt returns the mailbox that is selected at event, and its UIDVALIDITY.
func (s *Session) keptAt(event int) (k kept) {
	for i := range s.Commands {
		if c := &s.Commands[i]; c.selects() && c.Begun < event {
			k.box, _ = c.named()
		}
	}
	for i := range s.Responses {
		if r := &s.Responses[i]; r.Event < event && r.Code == "UIDVALIDITY" {
			k.validity, _ = r.CodeNumber()
		}
	}
	return k
}

// eachMark gives to f each UID STORE that the call "mark" makes, with what was
// known when the UIDs were last kept, and now.
func (j *judging) eachMark(r Rule, f func(s *Session, c *Command, then, now kept, from int) bool) {
	s := j.client()
	if s == nil {
		return
	}
	remembered, event := kept{}, -1
	try := func(m *madeCall) bool {
		switch m.word {
		case callRemember:
			remembered, event = s.keptAt(m.to), m.to
		case callMark:
			now := s.keptAt(m.from)
			if event >= 0 && now != remembered {
				j.reach(r)
			}
			for _, c := range m.commands {
				if event >= 0 && c.Name == "UID STORE" && f(s, c, remembered, now, event) {
					return true
				}
			}
		}
		return false
	}
	found := false
	j.eachCall(s, func(m *madeCall) bool { found = try(m); return found })
	if m := j.lastCall(s); m != nil && !found {
		try(m)
	}
}

// checkStaleUIDs returns the check of UIDs from before another UIDVALIDITY of the
// same mailbox: that SELECT told, or that came unasked.
func checkStaleUIDs(selected bool) func(*judging, Rule) {
	return func(j *judging, r Rule) {
		j.eachMark(r, func(s *Session, c *Command, then, now kept, from int) bool {
			if now.box != then.box || now.validity == then.validity || s.selectedSince(from, c.Begun) != selected {
				return false
			}
			j.report(r, Finding{Conn: s.Conn, event: c.Begun, Summary: fmt.Sprintf("%s has UIDs from when UIDVALIDITY was %d; it is %d", quoteUnit(c.Raw), then.validity, now.validity)})
			return true
		})
	}
}

func (s *Session) selectedSince(from, to int) bool {
	for i := range s.Commands {
		if c := &s.Commands[i]; c.selects() && c.Begun > from && c.Begun < to {
			return true
		}
	}
	return false
}

func checkOtherUIDs(j *judging, r Rule) {
	j.eachMark(r, func(s *Session, c *Command, then, now kept, _ int) bool {
		if now.box == then.box {
			return false
		}
		j.report(r, Finding{Conn: s.Conn, event: c.Begun, Summary: fmt.Sprintf("%s is sent in %q, and has the UIDs of %q", quoteUnit(c.Raw), now.box, then.box)})
		return true
	})
}

// checkCacheDropped holds what a client says that it keeps of the mailbox that it
// remembered against the UIDVALIDITY that was told last.
func checkCacheDropped(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	remembered := kept{}
	j.eachCall(s, func(m *madeCall) bool {
		if m.word == callRemember && m.claim.Err == nil {
			remembered = s.keptAt(m.to)
		}
		if m.word != callCache || remembered.validity == 0 {
			return false
		}
		now, told := s.validityOf(remembered.box, m.from)
		if !told || now == remembered.validity {
			return false
		}
		j.reach(r)
		if !strings.Contains(m.claim.Text, fmt.Sprintf("in %q", remembered.box)) {
			return false
		}
		j.report(r, Finding{Conn: s.Conn, event: m.to, Summary: fmt.Sprintf("UIDVALIDITY of %q is %d now, and what was kept under %d is still there: %s", remembered.box, now, remembered.validity, m.claim.Text)})
		return true
	})
}

// validityOf returns the UIDVALIDITY that STATUS or APPENDUID told last, before
// event, of a mailbox.
func (s *Session) validityOf(box string, event int) (v uint64, ok bool) {
	for i := range s.Responses {
		r := &s.Responses[i]
		if r.Event >= event {
			break
		}
		if status, is := r.StatusData(); is && imapwire.MailboxName(status.Mailbox) == box {
			if n, has := status.Get("UIDVALIDITY"); has {
				v, ok = n, true
			}
		}
		if r.Code == "APPENDUID" && r.Command >= 0 {
			if name, is := s.Commands[r.Command].named(); is && name == box {
				fmt.Sscanf(string(r.CodeArg), "%d", &v)
				ok = true
			}
		}
	}
	return v, ok
}
