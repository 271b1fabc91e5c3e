package harness

import (
	"fmt"
	"strings"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

func framingRules() []Rule {
	return []Rule{
		{
			ID: "canary", Section: "RFC 9051, section 4.3; RFC 2683, section 3.4.2", Side: faultnet.Server, Severity: Error, Kind: Injection,
			Text:    "What stands inside a literal, a quoted string, or a line that was refused is data: it is never executed or completed as a command.",
			Example: "C: a1 LOGIN \"x\nC: zz9 NOOP\"\nS: zz9 OK",
			check:   checkCanary,
		},
		{
			ID: "R-FR-1", Section: "RFC 9051, sections 2.2 and 9", Side: faultnet.Server, Severity: Error, Kind: Protocol,
			Text:    "What a server sends follows the grammar to the byte: lines that end in CRLF, literals of the size that they announce, no NUL, numbers in range.",
			Example: "S: * 1 FETCH (FLAGS (\\Seen)\\r\\n # the list is not closed",
			check:   checkFraming,
		},
		{
			ID: "R-MA-7", Section: "RFC 5530, section 3", Side: faultnet.Server, Severity: Error, Kind: Protocol,
			Text:    "[SERVERBUG] is a server's own word that it is broken. What a client sends must not lead there: bad input gets BAD or NO.",
			Example: "C: a1 SELECT &Jjo!\nS: a1 NO [SERVERBUG] Internal server error",
			check:   checkServerBug,
		},
		{
			ID: "R-FR-3", Section: "RFC 9051, section 2.2.2", Side: faultnet.Server, Severity: Error, Kind: Protocol,
			Text:    "Every command that came whole is completed by exactly one tagged OK, NO or BAD with its own tag, unless the connection ends.",
			Example: "C: a1 NOOP\n# nothing comes",
			check:   checkCompletions,
		},
		{
			ID: "R-FR-7", Section: "RFC 9051, section 2.2.2", Side: faultnet.Server, Severity: Warn, Kind: Protocol,
			Text:    "A command with a syntax error is answered with BAD, tagged if its tag can be read; it is not met with silence or a closed connection.",
			Example: "C: a1\n# the server closes the connection",
			check:   checkSyntaxErrors,
		},
	}
}

// checkFraming holds each response against the grammar.
func checkFraming(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for i := range s.Responses {
			resp := &s.Responses[i]
			if resp.Err == nil && resp.Command != noReason {
				continue
			}
			f := Finding{Conn: s.Conn, event: resp.Event}
			if resp.Err != nil {
				f.Where = strings.ToLower(resp.Name + " " + resp.Err.Production)
				f.Summary = fmt.Sprintf("%s: %v", quoteUnit(resp.Raw), resp.Err)
			} else {
				f.Where = "continuation"
				f.Summary = "a continuation request that no command waits for: " + quoteUnit(resp.Raw)
				if s.Broken >= 0 && s.Broken <= resp.Event {
					continue
				}
			}
			j.report(r, f)
			break
		}
		j.checkResidue(r, s)
	}
}

// checkResidue looks at a response that was begun and never ended, on a
// connection that nothing had ended for the server.
func (j *judging) checkResidue(r Rule, s *Session) {
	if len(s.Residue) == 0 || s.PeerGone >= 0 && s.SelfGone < 0 || s.SelfGone > s.PeerGone && s.PeerGone >= 0 || s.writesHeld(j.rec) {
		return
	}
	j.report(r, Finding{
		Conn: s.Conn, Where: "unfinished response", event: len(j.rec.Events),
		Summary: "a response that was begun and never ended: " + quoteUnit(s.Residue),
	})
}

// writesHeld reports whether a fault kept the server from writing.
func (s *Session) writesHeld(rec *Record) bool {
	for i := range rec.Events {
		e := &rec.Events[i]
		if e.Kind == Struck && e.Conn == s.Conn && e.Strike != nil && e.Strike.Side == faultnet.Server {
			return true
		}
	}
	return false
}

func checkServerBug(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for i := range s.Responses {
			resp := &s.Responses[i]
			if resp.Code != "SERVERBUG" {
				continue
			}
			j.report(r, Finding{
				Conn: s.Conn, event: resp.Event, Where: s.shape(resp.Command),
				Summary: fmt.Sprintf("%s was answered %s", s.describe(resp.Command), quoteUnit(resp.Raw)),
			})
			break
		}
	}
}

// shape tells exchanges apart: by the place in the grammar where the command is
// wrong, or by its name if it is right.
func (s *Session) shape(command int) string {
	if command < 0 {
		return "no command"
	}
	c := &s.Commands[command]
	if c.Err != nil {
		return "bad " + c.Err.Production
	}
	if _, err := imapwire.ParseCommand(c.Raw, imapwire.Rev1); err != nil && err.Production == imapwire.ProdUTF7 {
		return "bad " + err.Production
	}
	return orDefault(c.Name, "unknown")
}

func (s *Session) describe(command int) string {
	if command < 0 {
		return "no command"
	}
	return quoteUnit(s.Commands[command].Raw)
}

// checkCompletions keeps the ledger of commands and completions.
func checkCompletions(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for i := range s.Responses {
			resp := &s.Responses[i]
			if resp.Type != imapwire.Tagged || resp.Command >= 0 || s.brokenBefore(resp.Event) || s.Hidden(resp.Tag) {
				continue
			}
			f := Finding{Conn: s.Conn, event: resp.Event, Where: "unknown tag", Summary: "a completion of no command: " + quoteUnit(resp.Raw)}
			for k := range s.Commands {
				if a := s.Commands[k].Answer; a >= 0 && a < i && string(s.Commands[k].Tag) == string(resp.Tag) {
					f.Where = "twice " + s.Commands[k].Name
					f.Summary = fmt.Sprintf("%s was completed twice: %s", quoteUnit(s.Commands[k].Raw), quoteUnit(resp.Raw))
				}
			}
			j.report(r, f)
			break
		}
		if k, ok := s.mute(j.rec); ok && s.Commands[k].Err == nil {
			j.report(r, Finding{
				Conn: s.Conn, Kind: Hang, event: s.Commands[k].Received, Where: "silence " + s.Commands[k].Name,
				Summary: fmt.Sprintf("%s was never completed", quoteUnit(s.Commands[k].Raw)),
			})
		}
	}
}

// brokenBefore reports whether the peer had broken the protocol by then.
func (s *Session) brokenBefore(event int) bool { return s.Broken >= 0 && s.Broken <= event }

// mute returns the oldest command that came whole, on a connection that was
// still open at the end, and that was not completed in all the time that it
// was given.
func (s *Session) mute(rec *Record) (int, bool) {
	if len(s.open) == 0 || s.Broken >= 0 || s.SelfGone >= 0 || s.writesHeld(rec) {
		return 0, false
	}
	k := s.open[0]
	c := &s.Commands[k]
	if c.Name == "IDLE" && (s.mode == modeIdle || s.mode == modeIdleAwait) || c.Name == "AUTHENTICATE" && (s.mode == modeAuth || s.mode == modeAuthAwait) {
		return 0, false
	}
	end := s.settled(rec)
	if end < 0 || c.Received > end || s.PeerGone >= 0 && s.PeerGone < end {
		return 0, false
	}
	if rec.Events[end].At-rec.Events[c.Received].At < settleTime {
		return 0, false
	}
	return k, true
}

func (s *Session) settled(rec *Record) int {
	for i := len(rec.Events) - 1; i >= 0; i-- {
		if rec.Events[i].Kind == Settled {
			return i
		}
	}
	return -1
}

// checkSyntaxErrors looks at what became of commands that the grammar refuses.
func checkSyntaxErrors(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		if s.Broken >= 0 {
			continue
		}
		if k, ok := s.mute(j.rec); ok && s.Commands[k].Err != nil {
			c := &s.Commands[k]
			j.report(r, Finding{
				Conn: s.Conn, Kind: Hang, Severity: Error, event: c.Received, Where: "silence " + c.Err.Production,
				Summary: fmt.Sprintf("%s (%v) got no answer", quoteUnit(c.Raw), c.Err),
			})
			continue
		}
		if k, ok := s.droppedFor(); ok && s.Commands[k].Err != nil {
			c := &s.Commands[k]
			j.report(r, Finding{
				Conn: s.Conn, event: s.SelfGone, Where: "closed " + lineShape(c.Err.Production),
				Summary: fmt.Sprintf("the connection was closed without BAD or BYE after %s (%v)", quoteUnit(c.Raw), c.Err),
			})
		}
	}
}

// lineShape says where a line is wrong: at its head, where a server cannot even
// tell what the command is, or in its arguments.
func lineShape(production string) string {
	switch production {
	case "tag", "command", "space", "crlf":
		return "head"
	}
	return production
}

// droppedFor returns the command that the server had got whole and not
// completed when it closed the connection on its own account, without BYE.
func (s *Session) droppedFor() (int, bool) {
	if len(s.open) == 0 || !s.closedAlone() || s.saidBye() {
		return 0, false
	}
	return s.open[0], true
}

// closedAlone reports whether the server closed the connection while nothing
// had ended it.
func (s *Session) closedAlone() bool {
	return s.SelfGone >= 0 && (s.PeerGone < 0 || s.SelfGone < s.PeerGone)
}

func (s *Session) saidBye() bool {
	for i := range s.Responses {
		if s.Responses[i].Status == imapwire.BYE {
			return true
		}
	}
	return false
}

// quoteUnit prints a command or response in one line.
func quoteUnit(b []byte) string {
	b = b[:min(len(b), 400)]
	return oneLine(strings.Trim(fmt.Sprintf("%q", strings.TrimRight(string(b), "\r\n")), `"`))
}
