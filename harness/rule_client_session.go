package harness

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

func clientSessionRules() []Rule {
	c := faultnet.Client
	return []Rule{
		{
			ID: "R-FR-5", Section: "RFC 9051, section 2.2.1", Side: c, Severity: Warn, Kind: Protocol,
			By:      By{Rev1: Error},
			Text:    "Each command of a connection has a tag of its own.",
			Example: "C: T1 NOOP\nS: T1 OK done\nC: T1 NOOP",
			check:   checkTags,
		},
		{
			ID: "R-PIPE-1", Section: "RFC 9051, section 5.5", Side: c, Severity: Error, Kind: Protocol, Call: together,
			Text:    "After any command but FETCH, STORE and SEARCH its completion is waited for before one with sequence numbers is sent: they may mean other messages by then. (What the call \"together\" asks for is the caller's doing, but in cases that name the rule.)",
			Example: "C: T1 NOOP\nC: T2 STORE 3 +FLAGS (\\Deleted)",
			check:   checkAmbiguous,
		},
		{
			ID: "R-PIPE-4", Section: "RFC 9051, section 2.2.2", Side: c, Severity: Error, Kind: Lie, Scenario: true, Call: together,
			Text:    "Completions come in any order: a client matches them by their tags.",
			Example: "C: T1 SEARCH ALL\nC: T2 NOOP\nS: T2 NO no\nS: T1 OK done\n# the client takes NO for the answer to SEARCH",
			check:   checkOutOfOrder,
		},
		{
			ID: "2683-3.2.3-c", Section: "RFC 2683, section 3.2.3", Side: c, Severity: Info, Kind: Protocol,
			Text: "Other commands may be sent while a SEARCH runs; their completions may come first.",
			Same: "R-PIPE-4",
		},
		{
			ID: "R-END-2", Section: "RFC 9051, section 3.4", Side: c, Severity: Error, Kind: Protocol,
			Text:    "After LOGOUT a client reads its tagged OK before it closes the connection, but for a bound on how long it waits.",
			Example: "C: T9 LOGOUT\nS: * BYE so long\n# the client closes",
			check:   checkLogoutRead,
		},
		{
			ID: "2683-3.1.2-b", Section: "RFC 2683, section 3.1.2", Side: c, Severity: Warn, Kind: Protocol, Call: "quit",
			Text:    "A client ends a session by LOGOUT: it does not just close the connection.",
			Example: "D: quit\n# the client closes",
			check:   checkLogoutSent,
		},
		{
			ID: "R-END-5", Section: "RFC 3501, section 3.4", Side: c, Severity: Warn, Kind: Protocol,
			Text: "A client does not close the connection on its own account: it uses LOGOUT.",
			Same: "2683-3.1.2-b",
		},
		{
			ID: "2683-3.1.1-d", Section: "RFC 2683, section 3.1.1", Side: c, Severity: Error, Kind: Protocol, Needs: SecondSession,
			Text: "One client does not open a mailbox over several connections for its own purposes.",
			Why:  "A client under test is given one connection, and can open no other.",
		},
	}
}

// checkTags looks for tags that were used before.
func checkTags(j *judging, r Rule) {
	s := j.client()
	if s == nil || s.Hasty >= 0 {
		return
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		if i == 0 || len(c.Tag) == 0 || s.continues(c) || c.Err != nil {
			continue
		}
		j.reach(r)
		for k := range s.Commands[:i] {
			o := &s.Commands[k]
			if o.Err != nil || !bytes.Equal(o.Tag, c.Tag) {
				continue
			}
			f := Finding{Conn: s.Conn, event: c.Begun, Where: "used before", Summary: fmt.Sprintf("%s has the tag of %s", quoteUnit(c.Raw), quoteUnit(o.Raw))}
			if o.Answer < 0 || s.Responses[o.Answer].Event > c.Begun {
				f.Where, f.Severity = "in use", Error
			}
			j.report(r, f)
			return
		}
	}
}

// numbers reports whether c has sequence numbers of messages.
func (c *Command) numbers() bool {
	switch c.Name {
	case "FETCH", "STORE", "COPY", "MOVE":
		return true
	case "SEARCH":
		found := false
		c.EachSearchKey(func(k imapwire.SearchKey) { found = found || k.Name == "" })
		return found
	}
	return false
}

// keepsNumbers reports whether no EXPUNGE can come while c is in progress.
func (c *Command) keepsNumbers() bool {
	return c.Name == "FETCH" || c.Name == "STORE" || c.Name == "SEARCH"
}

// claimedBetween reports whether the call that was made last before an event claimed
// success before another: if it should not have, that is R-CL-7's.
func (j *judging) claimedBetween(from, to int) bool {
	for i := from; i >= 0; i-- {
		call := &j.rec.Events[i]
		if call.Kind != Called {
			continue
		}
		return slices.ContainsFunc(j.rec.Events[from:to], func(e Event) bool {
			return e.Kind == Claimed && e.Claim.Call == call.Text && e.Claim.Err == nil
		})
	}
	return false
}

// checkAmbiguous looks for sequence numbers in a command that was sent while
// another was in progress that may bring EXPUNGE.
func checkAmbiguous(j *judging, r Rule) {
	s := j.client()
	if s == nil || s.TLS || s.Hasty >= 0 {
		return
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		if i == 0 || c.Err != nil || !c.numbers() || c.Phase != Selected {
			continue
		}
		if j.named(r) {
			j.reach(r)
		}
		for k := range s.Commands[:i] {
			o := &s.Commands[k]
			if o.Err != nil || o.keepsNumbers() || o.Answer >= 0 && s.Responses[o.Answer].Event < c.Begun {
				continue
			}
			if s.misled(c.Begun) || !j.named(r) && j.madeTogether() {
				return
			}
			if o.Answer >= 0 && j.nearlyCame(s, o.Answer, c.Begun) || o.Name != "CAPABILITY" && j.claimedBetween(o.Begun, c.Begun) || o.copies() && c.marksDeleted() && j.calls(isMove) {
				continue // or R-AT-6 has it
			}
			where := strings.ToLower(c.Name + " behind " + o.Name)
			if o.Name == "CAPABILITY" {
				// A client that asks for these on its own does so whatever the caller wants next.
				where = "behind capability"
			}
			if j.madeTogether() {
				where = together
			}
			j.report(r, Finding{Conn: s.Conn, event: c.Begun, Where: where,
				Summary: fmt.Sprintf("%s was sent while %s was in progress", quoteUnit(c.Raw), quoteUnit(o.Raw))})
			return
		}
	}
}

// nearlyCame reports whether response i, but for its line feed, had come by event:
// a client need not wait for that.
func (j *judging) nearlyCame(s *Session, i, event int) bool {
	r := &s.Responses[i]
	return j.came(s, r.Pos+len(r.Raw)-1, event)
}

// came reports whether the first n octets of what the server sent had come by event.
func (j *judging) came(s *Session, n, event int) bool {
	got := 0
	for k := range j.rec.Events[:event] {
		if e := &j.rec.Events[k]; e.Conn == s.Conn && e.Kind == ClientGot {
			got += len(e.Data)
		}
	}
	return got >= n
}

// checkOutOfOrder holds the claim of "together", which says of each of its calls
// whether it was done or failed, against the completions.
func checkOutOfOrder(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	from := 0
	for i := range j.rec.Events {
		e := &j.rec.Events[i]
		if e.Kind == Called {
			from = i
		}
		if e.Kind != Claimed || !strings.HasPrefix(e.Claim.Call, together+" ") {
			continue
		}
		var each []string
		swapped, last := false, -1
		for k := range s.Commands {
			c := &s.Commands[k]
			if c.Begun < from || c.Begun > i {
				continue
			}
			each = append(each, pick(c.Answer >= 0 && s.Responses[c.Answer].Status == imapwire.OK, "done", "failed"))
			swapped = swapped || c.Answer < last
			last = max(last, c.Answer)
		}
		if swapped {
			j.reach(r)
		}
		if want := strings.Join(each, ", "); swapped && want != e.Claim.Text {
			j.report(r, Finding{Conn: s.Conn, event: i, Summary: fmt.Sprintf("the completions, in another order than the commands, say %q, and the client says %q", want, e.Claim.Text)})
			return
		}
	}
}

// ended returns the event by which the client closed the connection on its own
// account: before the harness told it to and before the other side was gone. -1:
// it did not.
func (s *Session) quitAt(rec *Record) int {
	end := s.settled(rec)
	if s.SelfGone < 0 || end >= 0 && s.SelfGone > end || s.PeerGone >= 0 && s.PeerGone < s.SelfGone || s.Faulted >= 0 {
		return -1
	}
	return s.SelfGone
}

// checkLogoutRead looks for a client that closes with its LOGOUT unanswered, and
// in no time at that.
func checkLogoutRead(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		if c.Name != "LOGOUT" || c.Received < 0 || s.TLS {
			continue
		}
		if len(s.Responses) > 0 {
			j.reach(r)
		}
		at := s.quitAt(j.rec)
		if at < 0 || c.Answer >= 0 || s.misled(at) || len(s.Residue) > 0 || j.asked("CLOSE") {
			continue
		}
		since := c.Received
		for k := range s.Responses {
			since = max(since, s.Responses[k].Event)
		}
		if since > c.Received && s.Responses[len(s.Responses)-1].Name != "BYE" {
			continue // what came last is why: checkAnyResponse says whether it may be
		}
		if waited := j.rec.Events[at].At - j.rec.Events[since].At; waited < logoutPatience {
			j.report(r, Finding{Conn: s.Conn, event: at, Summary: fmt.Sprintf("the client closed the connection after LOGOUT and before its tagged OK, having waited %v", waited)})
			return
		}
	}
}

// logoutPatience is how long a client has to wait for the answer to LOGOUT
// before it may give up.
const logoutPatience = 5 * time.Second

// checkLogoutSent looks for the end of sessions that was left to the client.
func checkLogoutSent(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	quit := -1
	j.calls(func(at int, w []string) bool {
		quit = at
		return w[0] == "quit"
	})
	if quit >= 0 && !strings.HasPrefix(j.rec.Events[quit].Text, "quit") {
		return // all that it did it was asked for
	}
	for i := range s.Commands {
		if s.Commands[i].Name == "LOGOUT" {
			j.reach(r)
			return
		}
	}
	at := s.quitAt(j.rec)
	if at < 0 || quit > at || len(s.open) > 0 || len(s.Responses) == 0 || s.misled(at) || s.saidBye() || s.Phase == Greeting || len(s.Residue) > 0 {
		return
	}
	j.report(r, Finding{Conn: s.Conn, event: at, Summary: "the client closed the connection without LOGOUT"})
}
