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

func framingRules() []Rule {
	return []Rule{
		{
			ID: ruleCanary, Section: "RFC 9051, section 4.3; RFC 2683, section 3.4.2", Side: faultnet.Server, Severity: Error, Kind: Injection,
			Text:    "What stands inside a literal, a quoted string, or a line that was refused is data: it is never executed or completed as a command.",
			Example: "C: a1 NOOP xxxx...zz9 NOOP # one line of a hundred thousand octets\nS: a1 BAD\nS: zz9 OK",
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
			j.reach(r)
			if resp.Err == nil && resp.Command != noReason || zeroNumber(resp) || resp.Err != nil && resp.Err.Production == imapwire.ProdNesting || // our own limit
				s.PeerGone >= 0 && s.PeerGone < resp.Event || s.framedAs(resp) != "" {
				continue
			}
			f := Finding{Conn: s.Conn, event: resp.Event}
			if resp.Err != nil {
				f.Where = s.framingPlace(resp)
				f.Summary = fmt.Sprintf("%s: %v", quoteUnit(resp.Raw), resp.Err)
			} else {
				f.Where = "continuation"
				if s.echoesPlus(resp) {
					f.Where = "echoed tag"
				}
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

// zeroNumber reports whether all that is wrong with resp is that the message
// number is zero: numbering is R-SEQ-2's.
func zeroNumber(resp *Response) bool {
	return resp.Err != nil && bytes.HasPrefix(resp.Raw, []byte("* 0 ")) && resp.Err.Pos == len("* ")
}

// echoesPlus reports whether what looks like a continuation request is an answer to a
// command whose tag is a plus, which is none.
func (s *Session) echoesPlus(resp *Response) bool {
	word, _, _ := bytes.Cut(resp.Text, []byte(" "))
	switch string(word) {
	case "OK", "NO", "BAD":
		return slices.ContainsFunc(s.Commands, func(c Command) bool {
			return c.Begun < resp.Event && c.Err != nil && c.Err.Production == imapwire.ProdTag && bytes.HasPrefix(c.Raw, []byte("+"))
		})
	}
	return false
}

// echoes reports whether resp begins with a tag that none may be, which is that of a
// command: R-FR-1 has it.
func (s *Session) echoes(resp *Response) bool {
	tag := tagOf(resp.Raw)
	return resp.Err != nil && slices.ContainsFunc(s.Commands, func(c Command) bool {
		return c.Begun < resp.Event && c.Err != nil && c.Err.Pos <= len(tag) && bytes.Equal(tagOf(c.Raw), tag)
	})
}

// framingPlace says where resp is wrong. A tag that no client may choose, and
// flags that none may set, are wrong wherever they come back; so are octets above
// 127 in words.
func (s *Session) framingPlace(resp *Response) string {
	if at := resp.Err.Pos; at < len(resp.Raw) && resp.Raw[at] > 0x7e {
		switch resp.Err.Production {
		case imapwire.ProdTag, imapwire.ProdFlag, imapwire.ProdAtom, imapwire.ProdResponse:
			return "octet above 127"
		}
	}
	if word := tagOf(resp.Raw); len(word) > 0 && word[0] != '*' {
		for i := range s.Commands {
			if c := &s.Commands[i]; c.Err != nil && bytes.Contains(c.Raw, word) {
				return "echoed tag"
			}
		}
	}
	for i := range s.Commands {
		if c := &s.Commands[i]; c.Err != nil && c.Err.Production == imapwire.ProdTag && len(c.Tag) > 0 && bytes.Contains(resp.Raw, c.Tag) {
			return "echoed tag"
		}
	}
	if resp.Err.Production == imapwire.ProdFlag {
		return "flag"
	}
	return strings.TrimSpace(strings.ToLower(resp.Name + " " + resp.Err.Production))
}

// checkResidue looks at a response that was begun and never ended, on a
// connection that nothing had ended for the server.
func (j *judging) checkResidue(r Rule, s *Session) {
	end := s.settled(j.rec)
	if len(s.Residue) == 0 || s.writesHeld(j.rec) || s.saidToNobody(j.rec) || !s.closedAlone() && (end < 0 || s.goneBy(end)) {
		return
	}
	j.report(r, Finding{
		Conn: s.Conn, Where: "unfinished response", event: len(j.rec.Events),
		Summary: "a response that was begun and never ended: " + quoteUnit(s.Residue),
	})
}

func checkServerBug(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for i := range s.Responses {
			resp := &s.Responses[i]
			if resp.Type == imapwire.Tagged && !okStatus(resp) {
				j.reach(r)
			}
			if resp.Code != "SERVERBUG" || s.PeerGone >= 0 && s.PeerGone < resp.Event {
				continue // or nobody is left to see it
			}
			j.report(r, Finding{
				Conn: s.Conn, event: resp.Event, Where: j.serverBugCause(s, resp),
				Summary: fmt.Sprintf("%s was answered %s", s.describe(resp.Command), quoteUnit(resp.Raw)),
			})
			break
		}
	}
}

// serverBugCause tells one [SERVERBUG] from another: by what the server logged
// while it worked on the command, or, if it says nothing, by the exchange.
func (j *judging) serverBugCause(s *Session, resp *Response) string {
	from := 0
	if resp.Command >= 0 {
		from = s.Commands[resp.Command].Begun
	}
	class := ""
	for i := from; i < resp.Event; i++ {
		if e := &j.rec.Events[i]; e.Kind == Logged {
			class = logClass(e.Text)
			if s.TLS {
				break // what was sent inside TLS is recorded late: later lines are of later commands
			}
		}
	}
	return orDefault(class, s.shape(resp.Command))
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
			if resp.Type == imapwire.Tagged {
				j.reach(r)
			}
			if resp.Type != imapwire.Tagged || resp.Command >= 0 || s.brokenBefore(resp.Event) || s.Hidden(resp.Tag) || s.injected(resp) || s.echoes(resp) {
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
		if k, ok := s.mute(j.rec); ok && s.Commands[k].Err == nil && !s.brokenBefore(s.Commands[k].Received) {
			j.report(r, Finding{
				Conn: s.Conn, Kind: Hang, event: s.settled(j.rec), from: s.Commands[k].Received, Where: "silence " + s.Commands[k].Name,
				Summary: fmt.Sprintf("%s was never completed", quoteUnit(s.Commands[k].Raw)),
			})
		}
	}
}

// checkSyntaxErrors looks at what became of commands that the grammar refuses.
func checkSyntaxErrors(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		j.checkLoneLF(r, s)
		if s.Broken >= 0 {
			continue
		}
		if slices.ContainsFunc(s.Commands, func(c Command) bool { return c.Err != nil && c.Answer >= 0 }) {
			j.reach(r)
		}
		if k, ok := s.mute(j.rec); ok && s.Commands[k].Err != nil {
			c := &s.Commands[k]
			j.report(r, Finding{
				Conn: s.Conn, Kind: Hang, Severity: Error, event: s.settled(j.rec), from: c.Received, Where: c.unanswered(),
				Summary: fmt.Sprintf("%s (%v) got no answer", quoteUnit(c.Raw), c.Err),
			})
			continue
		}
		if c := s.droppedFor(j.rec); c != nil && c.Err != nil && !s.TLS {
			f := Finding{
				Conn: s.Conn, event: s.SelfGone, Where: c.unanswered(),
				Summary: fmt.Sprintf("the connection was closed without BAD or BYE after %s (%v)", quoteUnit(c.Raw), c.Err),
			}
			since := j.rec.Events[s.SelfGone].At - j.rec.Events[c.Begun].At
			if since >= time.Second {
				f.Summary = fmt.Sprintf("%s (%v) got no answer for %v, then the connection was closed", quoteUnit(c.Raw), c.Err, since)
			}
			if since >= time.Second || c.place() != "head" {
				f.Kind, f.Severity = Hang, Error
			}
			j.report(r, f)
		}
	}
}

// checkLoneLF looks for commands that were executed although their line had not
// ended.
func (j *judging) checkLoneLF(r Rule, s *Session) {
	for k := range s.Commands {
		c := &s.Commands[k]
		if !c.loneLF() || c.Answer < 0 || !c.takenFor(&s.Responses[c.Answer]) || s.brokenBefore(c.Begun) {
			continue
		}
		j.report(r, Finding{
			Conn: s.Conn, event: s.Responses[c.Answer].Event, from: c.Begun, Where: loneLFPlace,
			Summary: fmt.Sprintf("%s, which ends in an LF without CR, was answered %s", quoteUnit(c.Raw), quoteUnit(s.Responses[c.Answer].Raw)),
		})
		return
	}
}

// place says where a command is wrong: at its head, where a server cannot even
// tell what the command is, or in its arguments.
func (c *Command) place() string {
	n := 2
	words := bytes.SplitN(c.Raw, []byte(" "), 4)
	if len(words) > 1 && bytes.EqualFold(words[1], []byte("UID")) {
		n = 3
	}
	head := 0
	for i := 0; i < min(n, len(words)); i++ {
		head += len(words[i]) + 1
	}
	if len(words) <= n || c.Err.Pos < head || bytes.IndexByte(words[0], ']') >= 0 {
		return "head"
	}
	return c.Err.Production
}

// unanswered tells apart commands that got no answer: by the string that does not
// end, or else by name.
func (c *Command) unanswered() string {
	switch {
	case c.Err == nil:
		return c.Name
	case c.Err.Production == imapwire.ProdQuoted && (len(c.Literals) == 0 || bytes.Count(c.Raw, []byte{'"'})%2 != 0):
		return c.Err.Production
	case c.place() == "head":
		return "head"
	}
	return c.Name
}

// droppedFor returns the command that the server had got, whole or in part, and
// not completed when it closed the connection on its own account, without BYE;
// nil if there is none.
func (s *Session) droppedFor(rec *Record) *Command {
	if !s.closedAlone() || s.writesHeld(rec) || s.saidBye() {
		return nil // a server may give up on a client that does not read, and cannot tell it so
	}
	if n := len(s.Commands) - 1; n >= 0 && s.Commands[n].Answer < 0 && s.Commands[n].brokenHead() && s.atOnce(rec, n) {
		return &s.Commands[n]
	}
	if len(s.open) > 0 {
		return &s.Commands[s.open[0]]
	}
	return nil
}

// brokenHead reports whether a command that has not come whole is wrong in what
// has come of its head.
func (c *Command) brokenHead() bool {
	if c.Received < 0 && longLine(c.Raw) {
		return true
	}
	return c.Err != nil && c.place() == "head" && (c.Received >= 0 || c.Err.Pos < len(c.Raw))
}

// quoteUnit prints a command or response in one line.
func quoteUnit(b []byte) string {
	b = b[:min(len(b), 400)]
	return oneLine(strings.Trim(fmt.Sprintf("%q", strings.TrimRight(string(b), "\r\n")), `"`))
}
