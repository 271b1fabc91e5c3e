package harness

import (
	"fmt"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

const (
	// shortLine is how long RFC 2683, section 3.2.1.5, wants a client's commands
	// to be at most; RFC 7162, section 4, raises it to longCommand.
	shortLine   = 1000
	longCommand = 8192

	// longString is the length from which a quoted string is a long one.
	longString = 1000
)

func clientLineRules() []Rule {
	c := faultnet.Client
	return []Rule{
		{
			ID: "2683-3.2.1.5-c", Section: "RFC 2683, section 3.2.1.5", Side: c, Severity: Warn, Kind: Protocol, Local: true,
			Text:    fmt.Sprintf("Long strings go as literals, not as quoted strings. Long is, here, more than %d octets in a command of more than %d.", longString, longCommand),
			Example: "C: T1 LOGIN \"aaa[...]\" \"b\" # nine thousand octets",
			check:   checkLong("2683-3.2.1.5-c"),
		},
		{
			ID: "2683-3.2.1.5-b", Section: "RFC 2683, section 3.2.1.5", Side: c, Severity: Warn, Kind: Protocol, Local: true,
			Text:    "A set that makes a command too long is split over several commands, none of which leaves out a number.",
			Example: "C: T1 FETCH 1,3,5[...],9999 FLAGS",
			check:   checkSplit,
		},
		{
			ID: "R-LL-1", Section: "RFC 7162, section 4", Side: c, Severity: Warn, Kind: Protocol, Local: true,
			Text:    fmt.Sprintf("A command has at most about %d octets, its quoted strings counted and its literals not.", longCommand),
			Example: "C: T1 STORE 1 +FLAGS (a b c[...]",
			check:   checkLong("R-LL-1"),
		},
		{
			ID: "2683-3.2.1.5-a", Section: "RFC 2683, section 3.2.1.5", Side: c, Severity: Info, Kind: Protocol, Local: true, Scenario: true,
			By:      By{RFC2683: Warn},
			Text:    fmt.Sprintf("A command has at most about %d octets, its quoted strings counted and its literals not. (RFC 7162, section 4, says %d.)", shortLine, longCommand),
			Example: "C: T1 FETCH 1,3,5[...],999 FLAGS",
			check:   checkShort,
		},
		{
			ID: "2683-3.2.1.5-d", Section: "RFC 2683, section 3.2.1.5; RFC 7162, section 4", Side: c, Severity: Info, Kind: Protocol, Local: true, Scenario: true,
			Text:    "Numbers that follow one another are sent as a range.",
			Example: "C: T1 FETCH 1,2,3,4,5 FLAGS",
			check:   checkSetRanges,
		},
	}
}

// octets returns how many octets of c are no content of literals.
func (c *Command) octets() int {
	n := len(c.Raw)
	for i := range c.Literals {
		n -= len(c.Literals[i].Data)
	}
	return n
}

// tooLong says by what a command is too long, as the rule that it breaks.
func (c *Command) tooLong() string {
	switch {
	case c.octets() <= longCommand:
		return ""
	case longestQuoted(c.Raw) > longString:
		return "2683-3.2.1.5-c"
	case c.setLength() > longCommand/2:
		return "2683-3.2.1.5-b"
	}
	return "R-LL-1"
}

// tooLongIn names the place: of a string and of a set, what writes them is the
// same in all commands.
func (c *Command) tooLongIn(id string) string {
	if id == "R-LL-1" {
		return c.Name
	}
	return ""
}

// longestQuoted returns the length of the longest quoted string of a command, as
// it stands there.
func longestQuoted(b []byte) int {
	longest, from := 0, -1
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] == '\\' && from >= 0:
			i++
		case b[i] != '"':
		case from < 0:
			from = i + 1
		default:
			longest, from = max(longest, i-from), -1
		}
	}
	return longest
}

// setLength returns the octets of the set that c begins with.
func (c *Command) setLength() int {
	for i, ch := range c.Args {
		if (ch < '0' || ch > '9') && ch != ',' && ch != ':' && ch != '*' {
			return i
		}
	}
	return len(c.Args)
}

func checkLong(id string) func(*judging, Rule) {
	return func(j *judging, r Rule) {
		s := j.client()
		if s == nil {
			return
		}
		for i := range j.rec.Events {
			if e := &j.rec.Events[i]; e.Kind == Called && len(e.Text) > longCommand {
				j.reach(r)
			}
		}
		for i := range s.Commands {
			c := &s.Commands[i]
			if c.Received >= 0 && len(c.Raw) > longCommand && c.tooLong() == id {
				j.report(r, Finding{Conn: s.Conn, event: c.Begun, Where: c.tooLongIn(id), Summary: fmt.Sprintf("%s[...] has %d octets beside its literals", quoteUnit(c.Raw[:min(len(c.Raw), 60)]), c.octets())})
				return
			}
		}
	}
}

// checkShort is checkLong by the older figure.
func checkShort(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	for i := range j.rec.Events {
		if e := &j.rec.Events[i]; e.Kind == Called && len(e.Text) > shortLine {
			j.reach(r)
		}
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		if n := c.octets(); c.Received >= 0 && n > shortLine && n <= longCommand {
			j.report(r, Finding{Conn: s.Conn, event: c.Begun, Where: c.Name, Summary: fmt.Sprintf("%s[...] has %d octets beside its literals", quoteUnit(c.Raw[:min(len(c.Raw), 60)]), n)})
			return
		}
	}
}

// setCall returns the set that a call names, if it is one of messages.
func setCall(words []string) (imapwire.Set, bool) {
	switch words[0] {
	case "fetch", "stream", "store", "copy", "move", "uid-fetch", "uid-stream", "uid-store", "uid-copy", "uid-move", "uid-expunge":
	default:
		return nil, false
	}
	if len(words) < 2 {
		return nil, false
	}
	set, err := imapwire.ParseSet([]byte(words[1]))
	return set, err == nil
}

// checkSplit holds a call with a long set against the commands that came of it.
func checkSplit(j *judging, r Rule) {
	checkLong(r.ID)(j, r)
	s := j.client()
	if s == nil {
		return
	}
	for i := range j.rec.Events {
		e := &j.rec.Events[i]
		if e.Kind != Claimed || len(e.Claim.Call) < longCommand || e.Claim.Err != nil {
			continue
		}
		words, ok := CallWords(e.Claim.Call)
		if !ok {
			continue
		}
		want, ok := setCall(words)
		if !ok || len(want) > maxSplit {
			continue
		}
		sent, parts := s.union(calledFor(words[0]), i)
		if parts < 2 {
			continue
		}
		j.reach(r)
		for _, n := range want {
			if !sent.Contains(n.First, 1<<31) || !sent.Contains(n.Last, 1<<31) {
				j.report(r, Finding{Conn: s.Conn, event: i, Kind: DataLoss, Severity: Error, Where: "left out",
					Summary: fmt.Sprintf("a set was split over %d commands, and %d is in none of them", parts, n.First)})
				return
			}
		}
	}
}

// maxSplit is how many elements of a set are looked for at most.
const maxSplit = 10000

// union returns all that the commands of these names ask for, and how many of
// them there were before that event.
func (s *Session) union(names []string, event int) (all imapwire.Set, parts int) {
	for i := range s.Commands {
		c := &s.Commands[i]
		if c.Begun >= event || !sliceHas(names, c.Name) {
			continue
		}
		if set, _, ok := c.Set(); ok {
			all = append(all, set...)
			parts++
		}
	}
	return all, parts
}

// checkSetRanges looks for runs of numbers that are sent one by one.
func checkSetRanges(j *judging, r Rule) {
	s := j.client()
	if s == nil {
		return
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		set, _, ok := c.Set()
		if !ok || c.Received < 0 {
			continue
		}
		j.reach(r)
		for k := 2; k < len(set); k++ {
			if a, b, d := set[k-2], set[k-1], set[k]; a.Last+1 == b.First && b.Last+1 == d.First && d.First > b.First {
				j.report(r, Finding{Conn: s.Conn, event: c.Received, Where: c.Name, Summary: fmt.Sprintf("%s: %d, %d and %d are no range", quoteUnit(c.Raw[:min(len(c.Raw), 60)]), a.First, b.First, d.First)})
				return
			}
		}
	}
}
