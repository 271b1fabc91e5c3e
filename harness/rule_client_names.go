package harness

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// nameCall returns what a call says that is the mailbox of its command.
func nameCall(words []string) (name string, ok bool) {
	i := 1
	switch words[0] {
	case "select", "examine", "create", "delete", "rename", "subscribe", "unsubscribe", "status", "append":
	case "copy", "uid-copy", "move", "uid-move":
		i = 2
	default:
		return "", false
	}
	if len(words) <= i {
		return "", false
	}
	return words[i], true
}

// misnamed reports whether c names a mailbox that no call asked for although
// calls asked for the command: what one of them meant, and what a server reads.
func (j *judging) misnamed(s *Session, c *Command) (meant, sent string, wrong bool) {
	if c.Err != nil || c.Received < 0 || !namesMailbox(c) {
		return "", "", false
	}
	octets, ok := c.Command.Mailbox()
	if !ok {
		return "", "", false
	}
	sent = imapwire.MailboxName(octets)
	found := j.calls(func(_ int, words []string) bool {
		name, ok := nameCall(words)
		switch words[0] {
		case callOpen, callMake, callSave, callFile, callPurge, callDrop:
			return true // which mailboxes it takes for that is the client's to decide
		}
		if !ok || !sliceHas(calledFor(words[0]), c.Name) {
			return false
		}
		meant = name
		return name == sent || strings.EqualFold(name, "INBOX") && sent == "INBOX" || !utf8.ValidString(name) ||
			strings.Contains(name, "\x00") || name == string(octets) && s.utf8Agreed(c.Begun)
	})
	return meant, sent, !found && meant != ""
}

func sliceHas(list []string, s string) bool {
	for _, have := range list {
		if have == s {
			return true
		}
	}
	return false
}

// checkUTF7 looks at the names of mailboxes: are they valid, and the ones that
// were meant?
func checkUTF7(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		if !namesMailbox(c) {
			continue
		}
		octets, ok := c.Command.Mailbox()
		if s.breach(c) == ruleUTF7 {
			j.report(r, s.syntaxFinding(c))
			return
		}
		if !ok || c.Received < 0 || c.Err != nil || s.misled(c.Begun) {
			continue
		}
		if bytes.IndexByte(octets, '&') < 0 && !above127(octets) {
			continue
		}
		j.reach(r)
		if s.utf8Agreed(c.Begun) || s.TLS || s.joined(c) {
			continue
		}
		if _, err := imapwire.DecodeUTF7(octets); err != nil {
			j.report(r, Finding{Conn: s.Conn, event: c.Received, Where: "invalid", Summary: fmt.Sprintf("%s: %v", quoteUnit(c.Raw), err)})
			return
		}
		if meant, sent, wrong := j.misnamed(s, c); wrong && !strings.ContainsAny(meant, `"\`) {
			j.report(r, Finding{Conn: s.Conn, event: c.Received, Where: "another name", Summary: misread(meant, sent)})
			return
		}
	}
}

// checkEncodedLevels looks for delimiters inside what is encoded.
func checkEncodedLevels(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		if !namesMailbox(c) || bytes.IndexByte(c.Args, '&') < 0 {
			continue
		}
		j.reach(r)
		if c.Received >= 0 && !s.TLS && !s.misled(c.Begun) && s.joined(c) {
			j.report(r, Finding{Conn: s.Conn, event: c.Received, Summary: fmt.Sprintf("%s has the delimiter %q inside what is encoded", quoteUnit(c.Raw), s.delimiter())})
			return
		}
	}
}
