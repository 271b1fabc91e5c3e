package harness

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// missingMailbox is the name that scenarios use for a mailbox that there is not.
const missingMailbox = "imapfuzz-missing"

// sharedRules are those of what is stored and copied, with other sessions beside.
func sharedRules() []Rule {
	return []Rule{
		{
			ID: "R-AT-2", Section: "RFC 3501, section 6.4.7; RFC 9051, section 6.4.7", Side: faultnet.Server, Severity: Error, Kind: DataLoss,
			Text:    "COPY copies all messages of its set, and one that is refused leaves the target as it was.",
			Example: "C: a1 COPY 1:3 box\nS: a1 NO over quota\n# STATUS box (MESSAGES) tells 2",
			check:   checkModel(copyWhole),
		},
		{
			ID: "R-AT-3", Section: "RFC 6851, section 3.3; RFC 9051, section 6.4.8", Side: faultnet.Server, Severity: Error, Kind: DataLoss, Capability: "MOVE|IMAP4rev2",
			Text:    "A message that MOVE moves is in the one mailbox or in the other, and in the end in the target alone; COPYUID is told before the messages are told to be gone.",
			Example: "C: a1 MOVE 1 box\nS: * 1 EXPUNGE\nS: a1 OK\n# STATUS box (MESSAGES) tells 0",
			check:   checkMove,
		},
		{
			ID: "R-AT-4", Section: "RFC 3501, sections 6.3.11 and 6.4.7; RFC 9051, sections 6.3.12 and 6.4.7", Side: faultnet.Server, Severity: Error, Kind: Protocol, Scenario: true, Local: true,
			Text:    "APPEND and COPY to a mailbox that there is not are answered NO with [TRYCREATE], and make none.",
			Example: "C: a1 APPEND missing {5}\nS: a1 NO no such mailbox",
			check:   checkTryCreate,
		},
		{
			ID: "R-AT-7", Section: "RFC 7162, sections 3.2 and 3.2.5", Side: faultnet.Server, Severity: Error, Kind: DataLoss, Scenario: true, Capability: "QRESYNC", Needs: SecondSession,
			Text:    "A client that comes back with the modification sequence it knew is told every change since: no flag and no expunged message is left out.",
			Example: "C: a1 SELECT INBOX (QRESYNC (1 1))\nS: a1 OK # and message 2, expunged since, is in no VANISHED",
			check:   checkResync,
		},
		{
			ID: "R-MA-1", Section: "RFC 2180, sections 3.1 to 3.4; RFC 2683, section 3.4.3", Side: faultnet.Server, Severity: Error, Kind: DataLoss, Scenario: true, Needs: SecondSession,
			Text:    "DELETE or RENAME of a mailbox that another session has open may be refused, or leave that session the old mailbox, or end it: it never works on another mailbox that gets the name.",
			Example: "# another session deletes box, makes it anew and appends\nC: a1 FETCH 1 BODY[]\nS: * 1 FETCH (BODY[] {5} # of the new message",
			check:   checkRenewed,
		},
		{
			ID: "R-MA-2", Section: "RFC 2180, section 4.1; RFC 9051, section 7.5.1", Side: faultnet.Server, Severity: Error, Kind: State, Needs: SecondSession,
			Text:    "A message that another session has removed keeps its number until EXPUNGE tells that it is gone, and NOOP lets EXPUNGE be told.",
			Example: "# another session removes message 1\nC: a1 FETCH 1 (UID)\nS: * 1 FETCH (UID 2)",
			check:   checkModel(fetchGone),
		},
		{
			ID: "R-MA-4", Section: "RFC 2180, section 4.2", Side: faultnet.Server, Severity: Error, Kind: State, Needs: SecondSession,
			Text:    "STORE of messages that are partly gone marks those that are left, or none, and never another message; nor does a FETCH that sets \\Seen.",
			Example: "# another session removes message 1\nC: a1 STORE 2 +FLAGS (\\Flagged)\nS: a1 OK\n# the flag is on message 3",
			check:   checkModel(storeGone),
		},
		{
			ID: "R-MA-5", Section: "RFC 2180, section 4.3", Side: faultnet.Server, Severity: Info, Kind: State,
			Text: "SEARCH may leave out messages that another session has removed.", Why: "It is leave, not duty: either answer is right.",
		},
		{
			ID: "R-MA-6", Section: "RFC 2180, section 4.4", Side: faultnet.Server, Severity: Error, Kind: State, Needs: SecondSession,
			Text:    "Numbers in COPY are those from before any EXPUNGE that it tells; what other sessions have removed is told with it; one that is refused copies nothing.",
			Example: "# another session removes message 1\nC: a1 COPY 2 box\nS: * 1 EXPUNGE\nS: a1 OK\n# box has message 3",
			check:   checkModel(copyGone),
		},
		{
			ID: "store-flags", Section: "RFC 3501, section 6.4.6; RFC 9051, section 6.4.6", Side: faultnet.Server, Severity: Error, Kind: Lie, Local: true,
			Text:    "The flags that STORE was acknowledged to have set are those that FETCH tells, in this session and in later ones.",
			Example: "C: a1 STORE 1 +FLAGS.SILENT (\\Flagged)\nS: a1 OK\nC: a2 FETCH 1 (FLAGS)\nS: * 1 FETCH (FLAGS ())",
			check:   checkModel(storeHolds),
		},
		{
			ID: "status-counts", Section: "RFC 3501, section 6.3.10; RFC 9051, section 6.3.11", Side: faultnet.Server, Severity: Error, Kind: Lie, Local: true,
			Text:    "STATUS tells how many messages there are, how many without \\Seen, and how many with \\Deleted.",
			Example: "C: a1 STORE 1:* +FLAGS (\\Seen)\nS: a1 OK\nC: a2 STATUS INBOX (UNSEEN)\nS: * STATUS INBOX (UNSEEN 2)",
			check:   checkModel(statusTells),
		},
		{
			ID: "2683-3.4.6-a", Section: "RFC 2683, section 3.4.6", Side: faultnet.Server, Severity: Error, Kind: State, Needs: SecondSession,
			Text: "A message may be removed under a session that is not told so yet: RFC 2180 says what may be answered.", Same: "R-MA-2",
		},
		{
			ID: "2683-3.4.12-c", Section: "RFC 2683, section 3.4.12", Side: faultnet.Server, Severity: Warn, Kind: Protocol, Scenario: true, Local: true,
			Text:    "A mailbox with messages in it can be deleted.",
			Example: "C: a1 DELETE box\nS: a1 NO the mailbox is not empty",
			check:   checkDeleteFull,
		},
	}
}

// checkMove looks at when COPYUID is told, and at what the model says of MOVE.
func checkMove(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for k := range s.Commands {
			c := &s.Commands[k]
			if trimUID(c.Name) != "MOVE" || s.status(c) != imapwire.OK || c.Err != nil {
				continue
			}
			j.reach(r)
			for i, gone := c.Answer, false; i >= 0 && s.Responses[i].Event >= c.Received; i-- {
				resp := &s.Responses[i]
				gone = gone || resp.Code == "COPYUID"
				if gone && (resp.Name == "EXPUNGE" || resp.Name == "VANISHED") && s.alone(i) == c {
					j.report(r, Finding{
						Conn: s.Conn, event: resp.Event, Where: "COPYUID", Severity: Warn, Kind: Protocol, local: true,
						Summary: quoteUnit(c.Raw) + " tells that messages are gone before COPYUID tells where they are",
					})
					return
				}
			}
		}
	}
	checkModel(moveWhole)(j, r)
}

// checkTryCreate judges what is stored where there is no mailbox.
func checkTryCreate(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for i := range s.Commands {
			c := &s.Commands[i]
			base := trimUID(c.Name)
			if base != "APPEND" && base != "COPY" && base != "MOVE" || c.Answer < 0 || mailboxOf(c) != missingMailbox {
				continue
			}
			j.reach(r)
			resp := &s.Responses[c.Answer]
			where, what := "", ""
			switch {
			case resp.Status == imapwire.OK:
				where, what = "made", "makes the mailbox"
			case resp.Status == imapwire.BAD:
				where, what = "BAD", "is answered BAD"
			case resp.Code != "TRYCREATE":
				where, what = "no TRYCREATE", "is refused without [TRYCREATE]"
			default:
				continue
			}
			j.report(r, Finding{Conn: s.Conn, event: resp.Event, Where: base + ": " + where, Summary: quoteUnit(c.Raw) + " " + what + ": " + quoteUnit(resp.Raw)})
		}
	}
}

// mailboxOf returns the mailbox that c works on, also if its literal was refused.
func mailboxOf(c *Command) string {
	if name, ok := c.Command.Mailbox(); ok {
		return imapwire.MailboxName(name)
	}
	return mailboxArg(appendArgs(c))
}

// checkDeleteFull judges DELETE of mailboxes in which a message was stored.
func checkDeleteFull(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for i := range s.Commands {
			c := &s.Commands[i]
			if c.Name != "DELETE" || c.Answer < 0 || !s.filled(i, mailboxOf(c)) {
				continue
			}
			j.reach(r)
			if st := s.status(c); st != imapwire.OK {
				j.report(r, Finding{Conn: s.Conn, event: s.answered(c), Summary: "a mailbox that has a message cannot be deleted: " + quoteUnit(s.Responses[c.Answer].Raw)})
			}
		}
	}
}

// filled reports whether an APPEND before the i-th command stored into that
// mailbox.
func (s *Session) filled(i int, box string) bool {
	for k := range s.Commands[:i] {
		if c := &s.Commands[k]; c.Name == "APPEND" && s.status(c) == imapwire.OK && mailboxOf(c) == box {
			return true
		}
	}
	return false
}

// checkRenewed looks for messages of a new mailbox in a session that has the old
// one open.
func checkRenewed(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		f := s.gather()
		for k := range f.selections {
			sel := &f.selections[k]
			by, verb := j.tookAway(s, sel)
			if by < 0 {
				continue
			}
			j.reach(r)
			for n := range f.fetched {
				now := &f.fetched[n]
				resp := &s.Responses[now.resp]
				if now.selection != k || resp.Event < by {
					continue
				}
				for i := now.from; i < now.to; i++ {
					if sec := &f.sections[i]; len(sec.section) == 0 && j.storedSince(by, sel.mailbox, sec.octets) && !s.revalidated(by, resp.Event) {
						j.report(r, Finding{
							Conn: s.Conn, event: resp.Event, Where: verb,
							Summary: fmt.Sprintf("the session has the old %s open, and sees a message of the new one: %s", sel.mailbox, quoteUnit(resp.Raw)),
						})
						return
					}
				}
			}
		}
	}
}

// tookAway returns the event by which another session had deleted or renamed what
// s has selected, or had tried, and was refused; -1 if none had.
func (j *judging) tookAway(s *Session, sel *selection) (event int, verb string) {
	for _, other := range j.rec.Conns {
		for i := range other.Commands {
			c := &other.Commands[i]
			if other != s && (c.Name == "DELETE" || c.Name == "RENAME") && c.Begun > sel.from && c.Answer >= 0 && mailboxOf(c) == sel.mailbox {
				return other.answered(c), c.Name
			}
		}
	}
	return -1, ""
}

// storedSince reports whether an APPEND to that mailbox brought octets after that
// event.
func (j *judging) storedSince(event int, box string, octets []byte) bool {
	for _, s := range j.rec.Conns {
		for i := range s.Commands {
			c := &s.Commands[i]
			if c.Name != "APPEND" || c.Begun < event || s.status(c) != imapwire.OK || mailboxOf(c) != box {
				continue
			}
			if slices.ContainsFunc(c.Literals, func(l CommandLiteral) bool { return bytes.Equal(l.Data, octets) }) {
				return true
			}
		}
	}
	return false
}

// revalidated reports whether a UIDVALIDITY was told between two events.
func (s *Session) revalidated(from, to int) bool {
	return slices.ContainsFunc(s.Responses, func(r Response) bool { return r.Code == "UIDVALIDITY" && r.Event > from && r.Event <= to })
}

// checkResync holds what a client is told that comes back against what has changed
// in INBOX during the run.
func checkResync(j *judging, r Rule) {
	before, after := j.rec.Before, j.rec.After
	if before == nil || after == nil || after.Partial {
		return
	}
	for _, s := range j.rec.Conns {
		for i := range s.Commands {
			c := &s.Commands[i]
			p, ok := c.Command.SelectParams()
			if !c.selects() || !ok || !p.QResync || p.UIDValidity != before.UIDValidity || s.status(c) != imapwire.OK {
				continue
			}
			j.reach(r)
			if what := s.leftOut(c, before, after); what != "" {
				j.report(r, Finding{Conn: s.Conn, event: s.answered(c), Summary: quoteUnit(c.Raw) + " " + what})
				return
			}
		}
	}
}

// leftOut says which change c did not tell, "" if none.
func (s *Session) leftOut(c *Command, before, after *Snapshot) string {
	gone := func(uid uint32) bool {
		return slices.ContainsFunc(s.Responses[:c.Answer], func(r Response) bool {
			set, _, ok := r.Vanished()
			return ok && r.Event >= c.Received && set.Contains(uid, 0)
		})
	}
	flags := func(uid uint32) (out []string, ok bool) {
		for i := range s.Responses[:c.Answer] {
			r := &s.Responses[i]
			if n, told := r.UID(); r.Name != "FETCH" || !told || n != uid || r.Event < c.Received {
				continue
			}
			if value, told := r.FetchItem("FLAGS"); told {
				out, ok = flagList(value), true
			}
		}
		return out, ok
	}
	for _, was := range before.Messages {
		now, left := after.Message(was.UID)
		if !left {
			if !gone(was.UID) {
				return fmt.Sprintf("does not tell that message %d is gone", was.UID)
			}
			continue
		}
		told, ok := flags(was.UID)
		if !ok {
			told = was.Flags
		}
		if !slices.Equal(told, now.Flags) {
			return fmt.Sprintf("leaves the client with the flags %v of message %d, which has %v", told, was.UID, now.Flags)
		}
	}
	return ""
}
