package harness

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// maxDepth is how many levels of mailboxes RFC 2683, section 3.2.1.1, suggests for
// servers that can export circular hierarchies.
const maxDepth = 20

// listRules are those of the names of mailboxes.
func listRules() []Rule {
	return []Rule{
		{
			ID: "2683-3.2.1.1-c", Section: "RFC 2683, section 3.2.1.1", Side: faultnet.Server, Severity: Warn, Kind: Resource, Local: true,
			Text:    "A hierarchy that runs in circles is listed to a limited depth: 20 levels.",
			Example: "C: a1 LIST \"\" *\nS: * LIST () \"/\" a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a",
			check:   checkDepth,
		},
		{
			ID: "2683-3.4.9-a", Section: "RFC 2683, section 3.4.9; RFC 3501, section 6.3.8", Side: faultnet.Server, Severity: Warn, By: By{RFC2683: Error}, Kind: Lie, Scenario: true, Local: true,
			Text:    "The reference of LIST counts: with its delimiter at the end it is at least put before the pattern.",
			Example: "C: a1 LIST one/ two\nS: a1 OK\nC: a2 LIST \"\" one/two\nS: * LIST () \"/\" one/two",
			check:   checkReference,
		},
		{
			ID: "2683-3.4.9-b", Section: "RFC 2683, section 3.4.9", Side: faultnet.Server, Severity: Warn, By: By{RFC2683: Error}, Kind: Lie,
			Text: "A server from which no pattern can break out still does with the reference what is to be expected.", Same: "2683-3.4.9-a",
		},
		{
			ID: "2683-3.4.9-c", Section: "RFC 2683, section 3.4.9", Side: faultnet.Server, Severity: Info, By: By{RFC2683: Warn}, Kind: Protocol, Scenario: true, Local: true,
			Text:    "Between a reference and a pattern there is one delimiter: it is put there if neither has it, and never twice.",
			Example: "C: a1 LIST one/ /two\nS: * LIST () \"/\" one//two",
			check:   checkJoint,
		},
		{
			ID: "2683-3.4.10-a", Section: "RFC 2683, section 3.4.10", Side: faultnet.Server, Severity: Warn, Kind: Protocol, Local: true,
			Text:    "The hierarchy delimiter is \"/\", \"\\\" or \".\".",
			Example: "S: * LIST () \"|\" INBOX",
			check:   checkDelimiter(oddDelimiter),
		},
		{
			ID: "2683-3.4.10-b", Section: "RFC 2683, section 3.4.10", Side: faultnet.Server, Severity: Error, Kind: Protocol,
			Text: "Where \"\\\" is the delimiter, it is escaped in quoted strings, or names are sent as literals.", Same: "R-FR-1",
		},
		{
			ID: "2683-3.4.10-c", Section: "RFC 2683, section 3.4.10", Side: faultnet.Server, Severity: Warn, Kind: Protocol, Local: true,
			Text:    "The hierarchy delimiter is no letter and no digit.",
			Example: "S: * LIST () \"X\" INBOX",
			check:   checkDelimiter(wordDelimiter),
		},
		{
			ID: "2683-3.4.10-d", Section: "RFC 2683, section 3.4.10", Side: faultnet.Server, Severity: Warn, Kind: Protocol, Local: true,
			Text:    "The hierarchy delimiter can be seen and typed: it is no control character and nothing outside ASCII.",
			Example: "S: * LIST () \"\\x1f\" INBOX",
			check:   checkDelimiter(hiddenDelimiter),
		},
		{
			ID: "2683-3.4.10-e", Section: "RFC 2683, section 3.4.10; RFC 3501, section 5.1.3", Side: faultnet.Server, Severity: Error, Kind: Protocol, Local: true,
			Text:    "Each level of a name is encoded in modified UTF-7 by itself: the delimiter is never inside the encoded part.",
			Example: "S: * LIST () \"/\" &AOkALwDp-",
			check:   checkLevels,
		},
		{
			ID: "2683-3.4.10-f", Section: "RFC 2683, section 3.4.10", Side: faultnet.Server, Severity: Info, Kind: Protocol,
			Text: "Literals are kinder to old peers than quoted strings with backslashes.", Why: "It is a preference between two forms that are both right, for peers that nobody has any more.",
		},
	}
}

// eachList calls f for the LIST and LSUB responses of all sessions until it returns
// false.
func (j *judging) eachList(f func(s *Session, r *Response, l imapwire.List) bool) {
	for _, s := range j.rec.Conns {
		for i := range s.Responses {
			r := &s.Responses[i]
			if r.Name != "LIST" && r.Name != "LSUB" || r.Err != nil {
				continue
			}
			if l, ok := r.List(); ok && !f(s, r, l) {
				return
			}
		}
	}
}

func checkDepth(j *judging, r Rule) {
	j.eachList(func(s *Session, resp *Response, l imapwire.List) bool {
		if l.Delimiter == 0 || resp.Name != "LIST" {
			return true
		}
		j.reach(r)
		n := bytes.Count(l.Mailbox, []byte(string(l.Delimiter)))
		if n < maxDepth || j.uses("CREATE", "RENAME") {
			return true
		}
		j.report(r, Finding{Conn: s.Conn, event: resp.Event, Summary: fmt.Sprintf("a name of %d levels: %s", n+1, quoteUnit(resp.Raw))})
		return false
	})
}

// The delimiters that RFC 2683 advises against.
const (
	oddDelimiter = iota
	wordDelimiter
	hiddenDelimiter
	goodDelimiter
)

func delimiterKind(d rune) int {
	switch {
	case d == 0, d == '/', d == '\\', d == '.':
		return goodDelimiter
	case d < ' ', d >= 0x7f:
		return hiddenDelimiter
	case '0' <= d && d <= '9', 'a' <= d && d <= 'z', 'A' <= d && d <= 'Z':
		return wordDelimiter
	}
	return oddDelimiter
}

// checkDelimiter returns the check for delimiters of one kind.
func checkDelimiter(kind int) func(*judging, Rule) {
	return func(j *judging, r Rule) {
		j.eachList(func(s *Session, resp *Response, l imapwire.List) bool {
			if l.Delimiter != 0 {
				j.reach(r)
			}
			if delimiterKind(l.Delimiter) != kind {
				return true
			}
			j.report(r, Finding{Conn: s.Conn, event: resp.Event, Summary: fmt.Sprintf("the hierarchy delimiter is %q: %s", l.Delimiter, quoteUnit(resp.Raw))})
			return false
		})
	}
}

// checkLevels looks for the delimiter inside what modified UTF-7 encodes. Names of
// IMAP4rev2 are not encoded.
func checkLevels(j *judging, r Rule) {
	j.eachList(func(s *Session, resp *Response, l imapwire.List) bool {
		at := bytes.IndexByte(l.Mailbox, '&')
		if at < 0 || l.Delimiter == 0 || s.enabledAny(resp.Event) {
			return true
		}
		if at+1 < len(l.Mailbox) && l.Mailbox[at+1] != '-' {
			j.reach(r)
		}
		if !encodedDelimiter(l.Mailbox, l.Delimiter) {
			return true
		}
		j.report(r, Finding{Conn: s.Conn, event: resp.Event, Summary: fmt.Sprintf("the delimiter %q is inside an encoded part: %s", l.Delimiter, quoteUnit(resp.Raw))})
		return false
	})
}

// encodedDelimiter reports whether a shifted part of name holds the delimiter,
// plain or encoded.
func encodedDelimiter(name []byte, delimiter rune) bool {
	for {
		_, rest, ok := bytes.Cut(name, []byte("&"))
		if !ok {
			return false
		}
		run, after, ended := bytes.Cut(rest, []byte("-"))
		if !ended {
			return false
		}
		if len(run) > 0 && (bytes.ContainsRune(run, delimiter) || slices.Contains(utf7Units(run), uint16(delimiter))) {
			return true
		}
		name = after
	}
}

// utf7Units returns the UTF-16 units of a shifted part, as far as it can be read:
// also characters that must not be shifted.
func utf7Units(run []byte) []uint16 {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,"
	var out []uint16
	bits, n := uint32(0), 0
	for _, ch := range run {
		v := strings.IndexByte(digits, ch)
		if v < 0 {
			return out
		}
		bits, n = bits<<6|uint32(v), n+6
		if n >= 16 {
			n -= 16
			out = append(out, uint16(bits>>n))
			bits &= 1<<n - 1
		}
	}
	return out
}

// A listing is a plain LIST with one pattern, and the names that it brought.
type listing struct {
	s                  *Session
	c                  *Command
	reference, pattern string
	names              []string // sorted
}

// listings returns the plain LISTs of a session that were answered OK, and the
// delimiter that it told, "/" if none.
func (s *Session) listings() (all []listing, delimiter string) {
	delimiter = "/"
	for i := range s.Commands {
		c := &s.Commands[i]
		a, ok := c.ListArgs()
		if c.Name != "LIST" || !ok || c.Err != nil || a.Select != nil || a.Return != nil || s.status(c) != imapwire.OK {
			continue
		}
		l := listing{s: s, c: c, reference: string(a.Reference)}
		a.EachPattern(func(p []byte) { l.pattern = string(p) })
		if l.pattern == "" {
			continue
		}
		for k := c.Answer; k >= 0 && s.Responses[k].Event >= c.Received; k-- {
			if got, ok := s.Responses[k].List(); ok && s.Responses[k].Name == "LIST" {
				l.names = append(l.names, string(got.Mailbox))
				if got.Delimiter != 0 {
					delimiter = string(got.Delimiter)
				}
			}
		}
		slices.Sort(l.names)
		all = append(all, l)
	}
	return all, delimiter
}

// without returns the listing with an empty reference and that pattern, nil if
// there is none.
func without(all []listing, pattern string) *listing {
	for i := range all {
		if all[i].reference == "" && all[i].pattern == pattern {
			return &all[i]
		}
	}
	return nil
}

// checkReference compares LIST with a reference with LIST of both together.
func checkReference(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		all, delimiter := s.listings()
		for i := range all {
			l := &all[i]
			plain := without(all, l.reference+l.pattern)
			if l.reference == "" || plain == nil || len(plain.names) == 0 || !strings.HasSuffix(l.reference, delimiter) || strings.HasPrefix(l.pattern, delimiter) {
				continue
			}
			j.reach(r)
			if slices.Equal(l.names, plain.names) {
				continue
			}
			where := "differs"
			if alone := without(all, l.pattern); alone != nil && slices.Equal(alone.names, l.names) {
				where = "ignored"
			}
			j.report(r, Finding{
				Conn: s.Conn, event: s.answered(l.c), Where: where,
				Summary: fmt.Sprintf("%s finds %q, and with the reference in the pattern it is %q", quoteUnit(l.c.Raw), l.names, plain.names),
			})
			return
		}
	}
}

// checkJoint looks at where a reference and a pattern meet.
func checkJoint(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		all, delimiter := s.listings()
		for i := range all {
			l := &all[i]
			if l.reference == "" {
				continue
			}
			ends, begins := strings.HasSuffix(l.reference, delimiter), strings.HasPrefix(l.pattern, delimiter)
			f := Finding{Conn: s.Conn, event: s.answered(l.c)}
			switch {
			case ends && begins:
				j.reach(r)
				for _, name := range l.names {
					if strings.Contains(name, delimiter+delimiter) {
						f.Where, f.Summary = "doubled", fmt.Sprintf("%s finds %q", quoteUnit(l.c.Raw), name)
					}
				}
			case !ends && !begins:
				plain := without(all, l.reference+delimiter+l.pattern)
				if plain == nil || len(plain.names) == 0 {
					continue
				}
				j.reach(r)
				if !slices.Equal(plain.names, l.names) {
					f.Where, f.Severity = "not put there", Info
					f.Summary = fmt.Sprintf("%s finds %q, and with the delimiter between them it is %q", quoteUnit(l.c.Raw), l.names, plain.names)
				}
			}
			if f.Summary != "" {
				j.report(r, f)
				return
			}
		}
	}
}
