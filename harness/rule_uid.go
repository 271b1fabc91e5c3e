package harness

import (
	"fmt"
	"slices"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// uidRules are those of UIDs and of what they stand for.
func uidRules() []Rule {
	return []Rule{
		{
			ID: "R-UID-1", Section: "RFC 3501, section 2.3.1.1; RFC 9051, section 2.3.1.1", Side: faultnet.Server, Severity: Error, Kind: DataLoss,
			Text:    "A mailbox, its UIDVALIDITY and a UID never stand for a second message, in any session, before a restart of the server or after it.",
			Example: "C: a1 UID FETCH 1 BODY.PEEK[]\nS: * 1 FETCH (UID 1 BODY[] {5}\n# in another session, under the same UIDVALIDITY, UID 1 has the octets of another message",
			check:   checkIdentity(oneMessage),
		},
		{
			ID: "R-UID-2", Section: "RFC 3501, section 2.3.1.1; RFC 9051, section 2.3.1.1", Side: faultnet.Server, Severity: Error, Kind: State,
			Text:    "UIDs ascend in the order in which messages come, and the UID of a message does not change in a session.",
			Example: "C: a1 APPEND INBOX {5}\nS: a1 OK [APPENDUID 1 8] done\nC: a2 APPEND INBOX {5}\nS: a2 OK [APPENDUID 1 7] done",
			check:   checkAscent,
		},
		{
			ID: "R-UID-3", Section: "RFC 3501, section 2.3.1.1; RFC 9051, section 2.3.1.1", Side: faultnet.Server, Severity: Error, Kind: State,
			Text:    "UIDNEXT is above the UID of every message there is, and not above that of any that comes; it changes only when messages are added, and never falls.",
			Example: "S: * OK [UIDNEXT 5]\nC: a1 APPEND INBOX {5}\nS: a1 OK [APPENDUID 1 4] done",
			check:   checkNext,
		},
		{
			ID: "R-UID-4", Section: "RFC 3501, section 2.3.1.1; RFC 9051, section 2.3.1.1", Side: faultnet.Server, Severity: Error, By: By{RFC2683: Info}, Kind: State, Local: true, Needs: Restart,
			Text:    "Where UIDs did not last, UIDVALIDITY is larger than before.",
			Example: "S: * OK [UIDVALIDITY 7]\n# later, of the same mailbox\nS: * OK [UIDVALIDITY 6]",
			check:   checkIdentity(validGrows),
		},
		{
			ID: "R-UID-5", Section: "RFC 3501, sections 6.3.3 to 6.3.5; RFC 9051, sections 6.3.4 to 6.3.6", Side: faultnet.Server, Severity: Error, Kind: DataLoss,
			Text:    "A mailbox that is made anew under an old name has another UIDVALIDITY, or no UID that the old one could have had.",
			Example: "S: * OK [UIDVALIDITY 1]\nS: * OK [UIDNEXT 4]\n# DELETE and CREATE\nS: * OK [UIDVALIDITY 1]\nS: * OK [UIDNEXT 1]",
			check:   checkIdentity(renewedBox),
		},
		{
			ID: "R-UID-6", Section: "RFC 3501, section 2.3.1.1; RFC 9051, section 2.3.1.1", Side: faultnet.Server, Severity: Error, Kind: Lie, Local: true,
			Text:    "The date, size, envelope, structure and octets of a message never change.",
			Example: "S: * 1 FETCH (UID 1 INTERNALDATE \"01-Jan-2000 00:00:00 +0000\")\nS: * 1 FETCH (UID 1 INTERNALDATE \"02-Jan-2000 00:00:00 +0000\")",
			check:   checkIdentity(staticData),
		},
		{
			ID: "R-UID-7", Section: "RFC 3501, section 6.4.8; RFC 9051, section 6.4.9", Side: faultnet.Server, Severity: Error, Kind: Protocol, Local: true,
			Text:    "The FETCH data that a command with UIDs brings has the UID in it, asked for or not.",
			Example: "C: a1 UID FETCH 1 (FLAGS)\nS: * 1 FETCH (FLAGS ())\nS: a1 OK",
			check:   checkUIDTold,
		},
		{
			ID: "R-UID-8", Section: "RFC 4315, section 3; RFC 9051, section 7.1", Side: faultnet.Server, Severity: Error, Kind: Lie, Capability: "UIDPLUS|IMAP4rev2", Local: true,
			Text:    "APPENDUID and COPYUID name the UIDVALIDITY of the target and the UIDs that the messages really got there, as many as there are messages.",
			Example: "C: a1 COPY 1:2 box\nS: a1 OK [COPYUID 1 1:2 7] done",
			check:   checkIdentity(realUIDs),
		},
		{
			ID: "R-UID-10", Section: "RFC 3501, section 6.4.5; RFC 9051, section 6.4.5", Side: faultnet.Server, Severity: Error, Kind: Lie, Local: true,
			Text:    "A partial fetch gives the octets from its origin on, no more than it asks for, none beyond the end, and names the origin; what is fetched whole names none.",
			Example: "C: a1 FETCH 1 BODY.PEEK[]<0.5>\nS: * 1 FETCH (BODY[]<0> {9}",
			check:   checkPartial,
		},
		{
			ID: "2683-3.4.3-a", Section: "RFC 2683, section 3.4.3", Side: faultnet.Server, Severity: Warn, Kind: State, Local: true, Needs: Restart,
			Text:    "UIDs are kept for good: UIDVALIDITY does not change as long as nobody deletes or renames the mailbox, not when the server is restarted either.",
			Example: "S: * OK [UIDVALIDITY 6]\n# later, of the same mailbox\nS: * OK [UIDVALIDITY 7]",
			check:   checkIdentity(uidsLast),
		},
		{
			ID: "2683-3.4.3-b", Section: "RFC 2683, section 3.4.3", Side: faultnet.Server, Severity: Error, Kind: DataLoss,
			Text: "If a UID may have lost its message, UIDVALIDITY changes.", Same: "R-UID-1",
		},
		{
			ID: "2683-3.4.3-e", Section: "RFC 2683, section 3.4.3", Side: faultnet.Server, Severity: Info, Kind: State, Scenario: true, Local: true, Capability: "UIDPLUS|IMAP4rev2",
			Text:    "UIDs are counted in each mailbox, not in the whole server.",
			Example: "C: a1 APPEND one {5}\nS: a1 OK [APPENDUID 1 7] done\nC: a2 APPEND two {5}\nS: a2 OK [APPENDUID 2 8] done\nC: a3 APPEND one {5}\nS: a3 OK [APPENDUID 1 9] done",
			check:   checkOneCounter,
		},
		{
			ID: "2683-3.4.3-f", Section: "RFC 2683, section 3.4.3", Side: faultnet.Server, Severity: Error, Kind: DataLoss, Needs: SecondSession,
			Text: "UIDs that lose their messages while a client has the mailbox open are withdrawn with a new UIDVALIDITY, or with the connection.", Same: "R-MA-1",
		},
		{
			ID: "2683-3.4.3-g", Section: "RFC 2683, section 3.4.3", Side: faultnet.Server, Severity: Info, Kind: State,
			Text: "A server may tell a new UIDVALIDITY without being asked.", Why: "It is leave, not duty: a server that never does it breaks nothing. What clients make of it is their side's rule 2683-3.4.3-h.",
		},
		{
			ID: "2683-3.4.3-i", Section: "RFC 2683, section 3.4.3", Side: faultnet.Server, Severity: Info, Kind: State,
			Text: "A server may end the session instead, so that the client learns the new UIDVALIDITY when it comes back.", Why: "It is leave, not duty; an end without BYE is judged as R-END-3.",
		},
	}
}

// checkAscent looks at the UIDs that messages get, and at those that they have.
func checkAscent(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		f := s.gather()
		for k := range f.fetched {
			if f.fetched[k].hasUID && f.fetched[k].selection >= 0 {
				j.reach(r)
				break
			}
		}
		if f.changed.resp < 0 {
			continue
		}
		resp := &s.Responses[f.changed.resp]
		if j.drifted(resp.Event) || s.strays(resp.Event) {
			continue
		}
		j.report(r, Finding{
			Conn: s.Conn, event: resp.Event, Where: "changed",
			Summary: fmt.Sprintf("message %d had the UID %d, and now has %d", resp.Num, f.changed.what[0], f.changed.what[1]),
		})
		return
	}
	checkIdentity(uidsAscend)(j, r)
}

// strays reports whether a MOVE has told, by that event, of more messages than it was to
// move: which ones are there then is open.
func (s *Session) strays(event int) bool {
	told := map[int]uint64{}
	for i := range s.Responses {
		r := &s.Responses[i]
		if r.Event > event {
			break
		}
		if r.Name != "EXPUNGE" || r.InProgress < 0 {
			continue
		}
		c := &s.Commands[r.InProgress]
		if trimUID(c.Name) != "MOVE" || c.Err != nil {
			continue
		}
		told[r.InProgress]++
		if set, _, ok := c.Command.Set(); ok && !set.HasStar() && told[r.InProgress] > set.Count(0) {
			return true
		}
	}
	return false
}

// drifted reports whether message numbers had gone wrong by that event, which has
// findings of its own: what numbers stand for is open then.
func (j *judging) drifted(event int) bool {
	if m := j.model(); slices.ContainsFunc(m.found, func(f ruleFinding) bool {
		return f.event <= event && (f.rule == fetchGone || f.rule == expungeTold || f.rule == readOnlyHolds)
	}) {
		return true
	}
	return slices.ContainsFunc(j.found, func(f Finding) bool { return f.event <= event && (f.Rule == "R-SEQ-1" || f.Rule == "R-SEQ-2") })
}

// checkNext holds UIDNEXT against UIDs.
func checkNext(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		f := s.gather()
		if f.nextWrong.resp < 0 || f.changed.resp >= 0 || f.disorder.resp >= 0 {
			continue
		}
		resp := &s.Responses[f.nextWrong.resp]
		if j.drifted(resp.Event) || s.strays(resp.Event) {
			continue
		}
		if sel := s.selectionAt(resp.Event); sel == nil || !j.undisturbed(s, s.Commands[sel.command].Begun, sel.from) {
			continue
		}
		j.report(r, Finding{
			Conn: s.Conn, event: resp.Event, Where: "selected",
			Summary: fmt.Sprintf("message %d has the UID %d, and UIDNEXT was %d when the mailbox was opened", resp.Num, f.nextWrong.what[0], f.nextWrong.what[1]),
		})
		return
	}
	found := len(j.found)
	checkIdentity(nextHolds)(j, r)
	if len(j.found) == found {
		checkModel(nextStays)(j, r)
	}
}

// checkUIDTold looks for the UID in what commands with UIDs bring. What another
// session changes meanwhile may be told without it.
func checkUIDTold(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		f := s.gather()
		for k := range f.fetched {
			now := &f.fetched[k]
			c := s.alone(now.resp)
			if c == nil || c.Name != "UID FETCH" && c.Name != "UID STORE" {
				continue
			}
			j.reach(r)
			asked := c.Name == "UID FETCH" && (now.hasSize || now.date != nil || now.envelope != nil || now.structure != nil || now.from < now.to)
			if now.hasUID || !asked && len(j.rec.Conns) > 1 {
				continue
			}
			resp := &s.Responses[now.resp]
			j.report(r, Finding{Conn: s.Conn, event: resp.Event, Where: trimUID(c.Name), Summary: "the data that " + c.Name + " brings has no UID: " + quoteUnit(resp.Raw)})
			break
		}
	}
}

// checkOneCounter compares how the UIDs of two mailboxes grow: when each message
// gets a larger UID than any before it in either, and the numbers of the one count
// the messages of the other, they come from one counter.
func checkOneCounter(j *judging, r Rule) {
	type stored struct {
		box string
		uid uint32
	}
	var all []stored
	var last *Command
	for _, s := range j.rec.Conns {
		for i := range s.Commands {
			c := &s.Commands[i]
			if c.Name != "APPEND" || s.status(c) != imapwire.OK {
				continue
			}
			name, _ := c.Command.Mailbox()
			_, uids, ok := s.Responses[c.Answer].AppendUID()
			if !ok || len(uids) == 0 {
				return
			}
			all = append(all, stored{imapwire.MailboxName(name), uids[0].First})
			last = c
		}
	}
	if len(all) < 4 {
		return
	}
	j.reach(r)
	for i := 1; i < len(all); i++ {
		if all[i].uid != all[i-1].uid+1 || all[i].box == all[i-1].box {
			return
		}
	}
	j.report(r, Finding{
		Conn: 1, event: last.Begun,
		Summary: fmt.Sprintf("the messages of two mailboxes got the UIDs %d to %d in turn", all[0].uid, all[len(all)-1].uid),
	})
}
