package harness

import (
	"bytes"
	"fmt"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// sequenceRules are those of message numbers, and of what is told without being
// asked for.
func sequenceRules() []Rule {
	return []Rule{
		{
			ID: "R-SEQ-3", Section: "RFC 3501, sections 5.5 and 7.4.1; RFC 9051, section 7.5.1", Side: faultnet.Server, Severity: Error, Kind: State, Needs: SecondSession,
			Text:    "EXPUNGE is not sent while no command is in progress, nor in answer to FETCH, STORE or SEARCH: the numbers in the client's next command would mean other messages.",
			Example: "# another session removes message 1\nC: a1 FETCH 2 (FLAGS)\nS: * 1 EXPUNGE\nS: a1 OK",
			check:   checkExpungeTime,
		},
		{
			ID: "R-SEQ-5", Section: "RFC 3501, section 5.2; RFC 9051, section 5.2", Side: faultnet.Server, Severity: Error, Kind: State, Needs: SecondSession,
			Text:    "What another session adds to the selected mailbox is told while a command is processed, by NOOP at the latest, and the number is right; flags that it changes should be told.",
			Example: "# another session has appended a message\nC: a1 NOOP\nS: a1 OK # and no EXISTS",
			check:   checkModel(sizeTold),
		},
		{
			ID: "R-SEQ-7", Section: "RFC 3501, section 5.3; RFC 9051, section 5.3", Side: faultnet.Server, Severity: Error, Kind: Hang, Needs: SecondSession,
			Text: "A client that does not read what it is sent must not hold up the others.",
			Same: ruleBystander,
		},
		{
			ID: "R-SEQ-8", Section: "RFC 3501, section 2.3.1.2; RFC 9051, section 2.3.1.2", Side: faultnet.Server, Severity: Error, Kind: State,
			Text:    "Message numbers follow the UIDs: a message with a larger number has a larger UID.",
			Example: "S: * 1 FETCH (UID 7)\nS: * 2 FETCH (UID 5)",
			check:   checkOrder,
		},
		{
			ID: "R-SEQ-9", Section: "RFC 3501, section 6.4.8; RFC 9051, section 6.4.9", Side: faultnet.Server, Severity: Warn, Kind: Protocol, Scenario: true, Local: true,
			Text:    "A UID that no message has is no error: UID FETCH, UID STORE and UID COPY pass over it and say OK. A message number that there is not brings no data.",
			Example: "C: a1 UID FETCH 4294967295 (FLAGS)\nS: a1 NO no such message",
			check:   checkMissingUID,
		},
		{
			ID: "R-SEQ-10", Section: "RFC 3501, sections 6.4.8 and 9; RFC 9051, section 9", Side: faultnet.Server, Severity: Error, Kind: Lie, Scenario: true, Local: true,
			Text:    "A range is the same from either end, and one from any UID to \"*\" has the last message in it.",
			Example: "C: a1 FETCH 3:1 (UID)\nS: a1 OK # and no data of three messages",
			check:   checkRanges,
		},
		{
			ID: "R-SEQ-11", Section: "RFC 9051, section 7.5.2", Side: faultnet.Server, Severity: Error, Kind: Protocol, Capability: "IMAP4rev2", Needs: SecondSession, Local: true,
			Text:    "Once IMAP4rev2 is enabled, FETCH data that nobody asked for has the UID in it.",
			Example: "C: a1 NOOP\nS: * 2 FETCH (FLAGS (\\Seen))\nS: a1 OK",
			check:   checkUnsolicitedUID,
		},
		{
			ID: "R-SEQ-12", Section: "RFC 7162, sections 3.2.3 and 3.2.10", Side: faultnet.Server, Severity: Error, Kind: Protocol, Capability: "QRESYNC",
			Text:    "Once QRESYNC is enabled, VANISHED is sent in the place of EXPUNGE, and when EXPUNGE may be sent; with EARLIER it answers SELECT and UID FETCH alone.",
			Example: "C: a1 ENABLE QRESYNC\nS: * ENABLED QRESYNC\nS: a1 OK\nC: a2 EXPUNGE\nS: * 1 EXPUNGE",
			check:   checkVanished,
		},
	}
}

// checkExpungeTime looks for EXPUNGE where numbers must stay.
func checkExpungeTime(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		f := s.gather()
		for i := range s.Responses {
			resp := &s.Responses[i]
			if resp.Event >= f.doubtful {
				break
			}
			if resp.Name == "FETCH" && len(j.rec.Conns) > 1 {
				j.reach(r)
			}
			if resp.Name != "EXPUNGE" {
				continue
			}
			j.reach(r)
			if where, what := s.wrongTime(i); where != "" {
				j.report(r, Finding{Conn: s.Conn, event: resp.Event, Where: where, Summary: fmt.Sprintf("EXPUNGE %d %s", resp.Num, what)})
				break
			}
		}
	}
}

// wrongTime says in which command, if in any, the i-th response of s may not tell
// that messages are gone.
func (s *Session) wrongTime(i int) (where, what string) {
	r := &s.Responses[i]
	if r.InProgress < 0 {
		for k := range s.Commands {
			if c := &s.Commands[k]; c.Begun <= r.Event && (c.Answer < 0 || c.Answer > i) {
				return "", "" // it has begun to come: who can say how far the server is
			}
		}
		return "no command", "while no command was in progress"
	}
	if c := s.alone(i); c != nil {
		switch c.Name {
		case "FETCH", "STORE", "SEARCH":
			return c.Name, "in answer to " + quoteUnit(c.Raw)
		}
	}
	return "", ""
}

func checkOrder(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		f := s.gather()
		for k := range f.fetched {
			if f.fetched[k].hasUID && f.fetched[k].selection >= 0 {
				j.reach(r)
				break
			}
		}
		if f.disorder.resp >= 0 && !j.drifted(s.Responses[f.disorder.resp].Event) {
			resp := &s.Responses[f.disorder.resp]
			j.report(r, Finding{
				Conn: s.Conn, event: resp.Event,
				Summary: fmt.Sprintf("message %d has the UID %d, and its neighbour %d", resp.Num, f.disorder.what[1], f.disorder.what[0]),
			})
		}
	}
}

// checkMissingUID judges the commands with UIDs that no message has.
func checkMissingUID(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for i := range s.Commands {
			c := &s.Commands[i]
			set, saved, ok := c.Command.Set()
			if !ok || saved || !c.UID() || c.Err != nil || c.Answer < 0 || set.Max() < 1<<31 {
				continue
			}
			j.reach(r)
			if st := s.status(c); st != imapwire.OK {
				j.report(r, Finding{
					Conn: s.Conn, event: s.answered(c), Where: trimUID(c.Name),
					Summary: fmt.Sprintf("%s names a UID that no message has, and was answered %v", quoteUnit(c.Raw), st),
				})
			}
		}
	}
}

// checkRanges looks for the messages of each set in the answers.
func checkRanges(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		f := s.gather()
		for i := range s.Commands {
			c := &s.Commands[i]
			if trimUID(c.Name) != "FETCH" || s.status(c) != imapwire.OK || c.Err != nil {
				continue
			}
			set, saved, ok := c.Command.Set()
			if !ok || saved || len(set) != 1 {
				continue
			}
			how := "range"
			switch a, b := set[0].First, set[0].Last; {
			case c.UID() && (a == 0 || b == 0):
				how = "to the last"
			case a > b && b != 0:
				how = "reversed"
			}
			j.reach(r)
			if n, missing := s.unanswered(f, c, set); missing {
				j.report(r, Finding{
					Conn: s.Conn, event: s.answered(c), Where: how,
					Summary: fmt.Sprintf("message %d is in the set of %s, and nothing was told of it", n, quoteUnit(c.Raw)),
				})
			}
		}
	}
}

// unanswered returns the first message of the set of a FETCH that it told nothing
// of, going by the numbers and UIDs that the session knows at its end.
func (s *Session) unanswered(f *facts, c *Command, set imapwire.Set) (n int, missing bool) {
	last := uint32(len(f.uids))
	if c.UID() && last > 0 {
		last = f.uids[last-1]
	}
	for k, uid := range f.uids {
		name := uint32(k + 1)
		if c.UID() {
			name = uid
		}
		if name == 0 || !set.Contains(name, last) {
			continue
		}
		told := false
		for i := range f.fetched {
			resp := &s.Responses[f.fetched[i].resp]
			told = told || int(f.fetched[i].seq) == k+1 && resp.Event >= c.Received && resp.Event <= s.answered(c)
		}
		if !told {
			return k + 1, true
		}
	}
	return 0, false
}

// everEnabled reports whether the server said ENABLED at all.
func (s *Session) everEnabled() bool {
	for i := range s.Commands {
		if s.Commands[i].Name == "ENABLE" {
			return true
		}
	}
	return false
}

// checkUnsolicitedUID looks at FETCH data that comes while nobody fetches or
// stores.
func checkUnsolicitedUID(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		if !s.everEnabled() {
			continue
		}
		f := s.gather()
		for k := range f.fetched {
			now := &f.fetched[k]
			resp := &s.Responses[now.resp]
			c := s.alone(now.resp)
			if resp.InProgress >= 0 && (c == nil || c.Name != "NOOP" && c.Name != "IDLE" && c.Name != "CHECK") || !s.enabled(resp.Event, "IMAP4REV2") {
				continue
			}
			j.reach(r)
			if !now.hasUID {
				j.report(r, Finding{Conn: s.Conn, event: resp.Event, Summary: "FETCH data that nobody asked for has no UID: " + quoteUnit(resp.Raw)})
				break
			}
		}
	}
}

// checkVanished holds EXPUNGE and VANISHED against what is enabled.
func checkVanished(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		if !s.everEnabled() {
			continue
		}
		f := s.gather()
		for i := range s.Responses {
			resp := &s.Responses[i]
			if resp.Event >= f.doubtful {
				break
			}
			if resp.Name != "EXPUNGE" && resp.Name != "VANISHED" || !s.enabled(resp.Event, "QRESYNC") {
				continue
			}
			j.reach(r)
			if where, what := s.vanishedWrong(i); where != "" {
				j.report(r, Finding{Conn: s.Conn, event: resp.Event, Where: where, Summary: what + ": " + quoteUnit(resp.Raw)})
				break
			}
		}
	}
}

func (s *Session) vanishedWrong(i int) (where, what string) {
	r := &s.Responses[i]
	if r.Name == "EXPUNGE" {
		return "EXPUNGE", "QRESYNC is enabled, and the server sent EXPUNGE"
	}
	_, earlier, ok := r.Vanished()
	c := s.alone(i)
	switch {
	case !ok:
	case earlier && c != nil && !c.selects() && !(c.Name == "UID FETCH" && bytes.Contains(bytes.ToUpper(c.Args), []byte("VANISHED"))):
		return "EARLIER", "VANISHED (EARLIER) where nobody asked for it"
	case !earlier:
		if where, what := s.wrongTime(i); where != "" {
			return "time", "VANISHED " + what
		}
	}
	return "", ""
}
