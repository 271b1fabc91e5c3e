package report

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/imapfuzz/imapfuzz/harness"
)

// Markdown writes c as a table a target. It is made to be published: of what
// takes a target down it says that, and not how.
func Markdown(w io.Writer, c *harness.Card) error {
	var b strings.Builder
	for i, t := range c.Targets {
		if i > 0 {
			b.WriteString("\n")
		}
		rows := rowsOf(c, t.Tests.Sends().Other())
		fmt.Fprintf(&b, "# Report card: %s\n\n%s, judged by %s. %s.\n\n",
			cell(titled(t)), plural(len(t.Trials), "case"), profileWords(c.Profile), countWords(rows))
		b.WriteString("| section | rule | verdict | recommendation | why |\n|---|---|---|---|---|\n")
		for _, r := range rows {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n",
				cell(shortSection(r.Rule)), cell(r.Rule.ID), verdictWord(r), cell(r.Rule.Text), cell(shorten(ordered(publicReason(r)), whyWidth)))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// countWords says how many rows have which verdict.
func countWords(rows []*harness.Row) string {
	parts := []string{plural(len(rows), "rule")}
	for _, n := range counts(rows) {
		parts = append(parts, fmt.Sprintf("%d %s", n.N, n.Word))
	}
	return strings.Join(parts, ", ")
}

// publicReason is the reason of a row without what would tell how to take the
// target down.
func publicReason(r *harness.Row) string {
	for _, s := range r.Shown {
		switch s.Finding.Kind {
		case harness.Crash, harness.Hang, harness.Resource:
			return fmt.Sprintf("%s: %s", s.Finding.Kind, s.Trial.Name)
		}
	}
	return r.Reason()
}

// unordered finds lists of names or flags, which have no order.
var unordered = regexp.MustCompile(`\((?:[A-Z]+|\\[A-Za-z]+)(?: (?:[A-Z]+|\\[A-Za-z]+))+\)`)

// ordered sorts the lists in s that have no order: a target may draw lots there,
// and the page is to be the same each time.
func ordered(s string) string {
	return unordered.ReplaceAllStringFunc(s, func(list string) string {
		words := strings.Fields(strings.Trim(list, "()"))
		slices.Sort(words)
		return "(" + strings.Join(words, " ") + ")"
	})
}

// cell makes s fit for a cell of a table.
func cell(s string) string {
	return strings.NewReplacer("\n", " ", "|", `\|`, "<", "&lt;", ">", "&gt;", "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`).Replace(strings.TrimSpace(s))
}
