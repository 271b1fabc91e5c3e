package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/imapfuzz/imapfuzz/harness"
)

const (
	textWidth = 60  // of the text of a rule in a table for a terminal
	whyWidth  = 200 // of a reason
)

// Text writes c for a terminal: a line a row, below it, unless it is a pass, why,
// and at the end the totals.
func Text(w io.Writer, c *harness.Card, files Files) error {
	var b strings.Builder
	b.WriteString(head(c) + "\n\n")
	wide := [2]int{len("SECTION"), len("RULE")}
	for _, r := range c.Rows {
		wide[0], wide[1] = max(wide[0], len(shortSection(r.Rule))), max(wide[1], len(r.Rule.ID))
	}
	line := func(section, id, side, verdict, text string) {
		fmt.Fprintf(&b, "%-*s  %-*s  %-6s  %-16s  %s\n", wide[0], section, wide[1], id, side, verdict, text)
	}
	line("SECTION", "RULE", "SIDE", "VERDICT", "RECOMMENDATION")
	for _, r := range c.Rows {
		line(shortSection(r.Rule), r.Rule.ID, r.Side.String(), verdictWord(r), shorten(r.Rule.Text, textWidth))
		if r.Verdict != harness.Pass {
			fmt.Fprintf(&b, "%*s%s\n", wide[0]+wide[1]+12, "", shorten(r.Reason(), whyWidth))
		}
		if again := files.command(r); again != "" && r.As == nil {
			fmt.Fprintf(&b, "%*s%s\n", wide[0]+wide[1]+12, "", again)
		}
	}
	b.WriteString("\n" + Totals(c) + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// Totals returns one line with how many rows have which verdict.
func Totals(c *harness.Card) string {
	known := 0
	for _, r := range c.Rows {
		if r.Verdict == harness.Failed && r.Known != "" {
			known++
		}
	}
	var parts []string
	for _, v := range harness.Verdicts() {
		word := fmt.Sprintf("%d %s", c.Count(v), v)
		if v == harness.Failed && known > 0 {
			word += fmt.Sprintf(" (%d known)", known)
		}
		parts = append(parts, word)
	}
	return fmt.Sprintf("%d rows, %d of rules that are checked: %s", len(c.Rows), c.Checked(), strings.Join(parts, ", "))
}

// head says whose card it is.
func head(c *harness.Card) string {
	var names []string
	for _, t := range c.Targets {
		names = append(names, fmt.Sprintf("%s (%s)", titled(t), plural(len(t.Trials), "case")))
	}
	return strings.Join(names, ", ") + ", judged by " + profileWords(c.Profile)
}

func titled(t *harness.Tested) string {
	if t.Version == "" {
		return t.Name
	}
	return t.Name + " " + t.Version
}

// profileWords says by which document breaches are weighed.
func profileWords(p harness.Profile) string {
	switch p {
	case harness.Rev1:
		return "profile rev1 (RFC 3501)"
	case harness.Rev2:
		return "profile rev2 (RFC 9051)"
	case harness.RFC2683:
		return "profile 2683 (RFC 2683)"
	}
	return "the usual severities"
}

// verdictWord is the verdict, with a word if it was known before.
func verdictWord(r *harness.Row) string {
	if r.Known != "" {
		return string(r.Verdict) + " (known)"
	}
	return string(r.Verdict)
}

// shortSection returns the first section that a rule rests on, in short.
func shortSection(r harness.Rule) string {
	s, _, _ := strings.Cut(r.Section, ";")
	s, _, _ = strings.Cut(s, " (")
	s = strings.NewReplacer(", sections ", " ", ", section ", " ").Replace(s)
	s, _, _ = strings.Cut(s, " and ")
	s, _, _ = strings.Cut(s, ",")
	return s
}

// shorten cuts s at a blank so that it is at most n characters wide.
func shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)[:n-3]
	cut := string(r)
	if at := strings.LastIndexByte(cut, ' '); at > n/2 {
		cut = cut[:at]
	}
	return strings.TrimRight(cut, " ,;:") + "..."
}

// plural is n and a noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
