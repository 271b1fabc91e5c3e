package harness

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

func storeRules() []Rule {
	return []Rule{
		{
			ID: "R-AT-1", Section: "RFC 9051, section 6.3.12; RFC 3501, section 6.3.11", Side: faultnet.Server, Severity: Error, Kind: DataLoss,
			Text:    "APPEND is atomic: what was not completely received, or was refused, leaves the mailbox as before; what was acknowledged is there, whole and once, and still is when the server has been restarted.",
			Example: "C: a1 APPEND INBOX {310}\nS: +\nC= \"From: a@exam\"\n! client: cut\n# a later session finds a message of 12 octets",
			check:   checkAppend,
		},
		{
			ID: "2683-3.1.2-e", Section: "RFC 2683, section 3.1.2; RFC 9051, section 6.4.2", Side: faultnet.Server, Severity: Error, Kind: DataLoss,
			Text:    "The end of a session, in whatever way, expunges nothing: only EXPUNGE, CLOSE and MOVE remove messages.",
			Example: "C: a1 STORE 1 +FLAGS (\\Deleted)\n! client: cut\n# a later session finds the message gone",
			check:   checkSevered,
		},
		{
			ID: "R-ST-7", Section: "RFC 9051, section 6.3.3; RFC 3501, section 6.3.2", Side: faultnet.Server, Severity: Error, Kind: State,
			Text:    "A mailbox that was opened with EXAMINE cannot be changed through that session: no flag, no message, not even \\Seen.",
			Example: "C: a1 EXAMINE INBOX\nC: a2 STORE 1 +FLAGS (\\Flagged)\n# a later session sees the flag",
			check:   checkExamine,
		},
		{
			ID: "2683-3.4.5-a", Section: "RFC 2683, section 3.4.5; RFC 9051, section 2.3.4", Side: faultnet.Server, Severity: Error, By: By{Rev2: Warn}, Kind: Lie, Local: true,
			Text:    "RFC822.SIZE is exact: BODY[] has as many octets.",
			Example: "C: a1 FETCH 1 (RFC822.SIZE BODY.PEEK[])\nS: * 1 FETCH (RFC822.SIZE 25 BODY[] {0}",
			check:   checkSize,
		},
	}
}

// checkSize holds sizes against octets, in what the sessions fetched and what the
// check-up read.
func checkSize(j *judging, r Rule) {
	found := len(j.found)
	if checkIdentity(exactSize)(j, r); len(j.found) > found {
		return
	}
	if j.rec.After == nil || j.rec.After.Partial || !mentions(j.rec.Case, "append") {
		return
	}
	for _, m := range j.rec.After.Messages {
		j.reach(r)
		if int64(len(m.Body)) != m.Size {
			j.report(r, Finding{
				Where: sizePlace(uint64(m.Size), len(m.Body)), event: len(j.rec.Events),
				Summary: fmt.Sprintf("the RFC822.SIZE of message %d is %d, its BODY[] has %d octets", m.UID, m.Size, len(m.Body)),
			})
			return
		}
	}
}

// checkAppend holds what INBOX contains in the end against what was appended
// to it.
func checkAppend(j *judging, r Rule) {
	found := len(j.found)
	if j.rec.Restarts > 0 && len(j.rec.Conns) > 0 {
		checkModel(mailLasts)(j, r)
	}
	before, after := j.rec.Before, j.rec.After
	if before == nil || after == nil || len(j.found) > found {
		return
	}
	appends := j.appends()
	if len(appends) == 0 || after.Partial || j.unclear() || j.uses("COPY", "MOVE", "RENAME", "DELETE", "CREATE") {
		return
	}
	j.reach(r)
	for _, m := range after.Messages {
		if _, old := before.Message(m.UID); old {
			continue
		}
		if f, ok := explain(m, appends); !ok {
			f.event = len(j.rec.Events)
			j.report(r, f)
			return
		}
	}
	if !j.uses("EXPUNGE", "CLOSE") {
		j.checkAcknowledged(r, appends)
	}
}

// unclear reports whether on some connection nobody can tell what the bytes
// mean.
func (j *judging) unclear() bool {
	return slices.ContainsFunc(j.rec.Conns, func(s *Session) bool {
		return s.Broken >= 0 || s.Murky >= 0 || s.cutWrong(len(j.rec.Events)) || s.unheard(j.rec)
	})
}

// unheard reports whether the server's word that a client goes on without may have
// been lost, since the connection was reset: a write that fails is not recorded.
func (s *Session) unheard(rec *Record) bool {
	switch s.mode {
	case modeAwait, modeIdleAwait, modeAuthAwait, modeStartTLS:
		return s.Hasty >= 0 && slices.ContainsFunc(rec.Events, func(e Event) bool { return e.Kind == ServerReset && e.Conn == s.Conn })
	}
	return false
}

// appended is what the server got of one APPEND to INBOX.
type appended struct {
	c      *Command
	status imapwire.Status
	data   []byte
	whole  bool // the whole command came
	found  int  // messages that it explains
}

// appends returns the APPENDs to INBOX, in the order of connections.
func (j *judging) appends() []*appended {
	var out []*appended
	for _, s := range j.rec.Conns {
		for i := range s.Commands {
			c := &s.Commands[i]
			if c.Name != "APPEND" || len(c.Literals) == 0 || mailboxArg(appendArgs(c)) != "INBOX" {
				continue
			}
			if c.refusable() && (c.Answer < 0 || c.lateRefusal()) {
				return nil // is no APPEND, got no answer: R-FR-7's, and nothing can be told of the store
			}
			first := 0
			if len(c.Args) > 0 && c.Args[0] == '{' {
				first = 1 // the mailbox is a literal too
			}
			for _, lit := range c.Literals[min(first, len(c.Literals)):] {
				a := &appended{c: c, data: lit.Data, whole: c.Received >= 0 && uint64(len(lit.Data)) == lit.Size}
				if c.Answer >= 0 {
					a.status = s.Responses[c.Answer].Status
				}
				out = append(out, a)
			}
		}
	}
	return out
}

// appendArgs returns the arguments of an APPEND, also of one that did not come
// whole.
func appendArgs(c *Command) []byte {
	if len(c.Args) > 0 {
		return c.Args
	}
	_, rest, _ := bytes.Cut(c.Raw, []byte(" "))
	_, rest, _ = bytes.Cut(rest, []byte(" "))
	return rest
}

// explain finds the APPEND that m came from. It is not ok if there is none that
// may have left it.
func explain(m Message, appends []*appended) (Finding, bool) {
	var refused, partial, open *appended
	for _, a := range appends {
		switch {
		case !m.has(a.data):
		case !a.whole:
			partial = a
		case a.status == imapwire.NO || a.status == imapwire.BAD:
			refused = a
		case a.status != imapwire.OK:
			open = cmp.Or(open, a)
		case a.found == 0:
			a.found++
			return Finding{}, true
		}
	}
	if open != nil { // it may have left it, or not: what was acknowledged has left its own
		open.found++
		return Finding{}, true
	}
	switch {
	case partial != nil:
		return ofPart(m, partial), false
	case refused != nil && refused.c.malformed():
		return Finding{Where: "partial", Summary: fmt.Sprintf("a message is in INBOX, of an APPEND that was answered %v for how it goes on: %s", refused.status, quoteUnit(refused.c.Raw))}, false
	case refused != nil:
		return Finding{Where: "refused", Kind: Lie, Summary: fmt.Sprintf("an APPEND was answered %v, and its message is in INBOX: %s", refused.status, quoteUnit(refused.c.Raw))}, false
	}
	for _, a := range appends {
		if a.found > 0 && m.has(a.data) {
			return Finding{Where: "twice", Kind: Duplicate, Summary: "an APPEND left its message twice: " + quoteUnit(a.c.Raw)}, false
		}
		if !a.whole && m.Size == int64(len(a.data)) { // a server may show it otherwise (2683-3.4.5-a)
			return ofPart(m, a), false
		}
		if m.Size < int64(len(a.data)) && bytes.HasPrefix(a.data, m.Body) {
			return Finding{Where: "truncated", Summary: fmt.Sprintf("of an APPEND of %d octets %d are in INBOX: %s", len(a.data), m.Size, quoteUnit(a.c.Raw))}, false
		}
	}
	return Finding{Where: "changed", Summary: fmt.Sprintf("a message of %d octets is in INBOX that nobody appended: %s", m.Size, quoteUnit(m.Body))}, false
}

// ofPart returns the finding of a message that an APPEND left that did not come whole.
func ofPart(m Message, a *appended) Finding {
	return Finding{Where: "partial", Summary: fmt.Sprintf("a message of %d octets is in INBOX, of an APPEND of which no more came: %s", m.Size, quoteUnit(a.c.Raw))}
}

// has reports whether m can be what was appended as data: the same octets, or,
// of a message that the server cannot show whole (2683-3.4.5-a), as many.
func (m Message) has(data []byte) bool {
	if int64(len(m.Body)) != m.Size && m.Size == int64(len(data)) {
		return true
	}
	return bytes.Equal(data, m.Body) && (len(m.Body) > 0 || m.Size == 0) // nothing may be shown of any
}

// checkAcknowledged looks for messages that were acknowledged and are not there.
func (j *judging) checkAcknowledged(r Rule, appends []*appended) {
	for _, a := range appends {
		if a.status == imapwire.OK && a.found == 0 && a.whole {
			f := Finding{Where: "lost", Summary: "an APPEND was acknowledged, and its message is not in INBOX: " + quoteUnit(a.c.Raw), event: len(j.rec.Events)}
			if j.restarted(a.c.Received, f.event) {
				f.Where, f.Summary = overRestart, f.Summary+": the server was restarted since"
			}
			j.report(r, f)
			return
		}
	}
}

// uses reports whether a word, in any case, stands anywhere in what the server
// got, or was sent: also where it is no command, since a server may take it for
// one.
func (j *judging) uses(words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool {
		w = strings.ToLower(w)
		got := func(s *Session) bool { return containsFold(s.in, w) }
		return mentions(j.rec.Case, w) || slices.ContainsFunc(j.rec.Conns, got)
	})
}

// checkSevered looks for messages that went although nobody removed them.
func checkSevered(j *judging, r Rule) {
	before, after := j.rec.Before, j.rec.After
	if before == nil || after == nil || after.Partial || before.UIDValidity != after.UIDValidity {
		return
	}
	for _, m := range before.Messages {
		if slices.Contains(m.Flags, `\deleted`) {
			j.reach(r)
		}
		if _, ok := after.Message(m.UID); !ok && !j.uses("EXPUNGE", "CLOSE", "MOVE", "DELETE ", "RENAME") {
			f := Finding{Summary: fmt.Sprintf("message %d (flags %v) is gone, and nobody expunged it", m.UID, m.Flags), event: len(j.rec.Events)}
			if j.rec.Restarts > 0 {
				f.Where = overRestart
			}
			j.report(r, f)
			return
		}
	}
}

// checkExamine looks for changes when every session had INBOX open read-only.
func checkExamine(j *judging, r Rule) {
	before, after := j.rec.Before, j.rec.After
	found := len(j.found)
	if len(j.rec.Conns) > 0 && j.examined() {
		checkModel(readOnlyHolds)(j, r)
	}
	if len(j.found) > found || j.checkReadOnly(r) || before == nil || after == nil || after.Partial || !j.examined() {
		return
	}
	j.reach(r)
	for _, m := range before.Messages {
		now, ok := after.Message(m.UID)
		if ok && slices.Equal(m.Flags, now.Flags) {
			continue
		}
		if j.uses("SELECT ", "APPEND", "COPY", "RENAME", "DELETE ", "CREATE") {
			return
		}
		f := Finding{event: len(j.rec.Events)}
		if f.Summary = fmt.Sprintf("message %d was removed through a session that had EXAMINEd the mailbox", m.UID); ok {
			f.Summary = fmt.Sprintf("the flags of message %d went from %v to %v through a session that had EXAMINEd the mailbox", m.UID, m.Flags, now.Flags)
		}
		j.report(r, f)
		return
	}
}

// checkReadOnly looks for the code that EXAMINE is answered with, and reports
// whether one is missing.
func (j *judging) checkReadOnly(r Rule) bool {
	for _, s := range j.rec.Conns {
		for i := range s.Commands {
			c := &s.Commands[i]
			if c.Name != "EXAMINE" || s.status(c) != imapwire.OK || c.Err != nil || s.cutWrong(s.answered(c)) {
				continue
			}
			j.reach(r)
			if resp := &s.Responses[c.Answer]; resp.Code != "READ-ONLY" && resp.Err == nil {
				j.report(r, Finding{Conn: s.Conn, event: resp.Event, Where: "no READ-ONLY", Kind: Protocol, Summary: "EXAMINE is answered without [READ-ONLY]: " + quoteUnit(resp.Raw)})
				return true
			}
		}
	}
	return false
}

// examined reports whether a session had INBOX open through EXAMINE.
func (j *judging) examined() bool {
	for _, s := range j.rec.Conns {
		for i := range s.Commands {
			if c := &s.Commands[i]; c.Name == "EXAMINE" && c.Answer >= 0 && s.Responses[c.Answer].Status == imapwire.OK && mailboxArg(c.Args) == "INBOX" {
				return true
			}
		}
	}
	return false
}
