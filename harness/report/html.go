package report

import (
	_ "embed"
	"html/template"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/harness"
)

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

var page = template.Must(template.New("page").Parse(pageText))

// About is what a page says of how it was made. The zero value says nothing.
type About struct {
	Made    time.Time
	Program string // and its version
	Go      string // version
}

// HTML writes c as one page that needs nothing else: no script, no file, no
// network. All that targets sent is escaped.
func HTML(w io.Writer, c *harness.Card, files Files, about About) error {
	return page.Execute(w, newPage(c, files, about))
}

// pageView is what the template of a page sees.
type pageView struct {
	Style     template.CSS
	Title     string
	Profile   string
	Made      string
	About     []string
	Targets   []targetView
	Verdicts  []countView
	Documents []documentView
}

// targetView is one target with its totals.
type targetView struct {
	Name, Version, Side string
	Cases, Rows         int
	Counts              []countView
}

// countView is how many rows have a verdict.
type countView struct {
	Class, Word string
	N           int
}

// documentView has the rows that rest on one RFC.
type documentView struct {
	Name, About string
	Rows        []rowView
}

// rowView is one row.
type rowView struct {
	Anchor, ID, Side, Text, Section   string
	Class, Verdict, Why, Known, Short string
	Refs                              []refView
	Needs, Example                    string
	Severity                          string // of a breach, by profile; "" if none is looked for
	As, AsAnchor                      string
	Command                           string
	Trial                             string
	Ladder                            []rungView
	Bounds                            string // where the ladder shows the fault, if on no line
	Stack                             string
	Others                            []string
}

// refView is a section of an RFC.
type refView struct{ Text, URL string }

// rungView is one line of a ladder.
type rungView struct {
	Class, Arrow, Time, Text string
	Conn                     int
	Open, Bad                bool
}

func newPage(c *harness.Card, files Files, about About) *pageView {
	v := &pageView{Style: template.CSS(pageStyle), Profile: profileWords(c.Profile), Verdicts: counts(c.Rows)}
	var names []string
	for _, t := range c.Targets {
		names = append(names, t.Name)
		rows := rowsOf(c, t.Tests.Sends().Other())
		v.Targets = append(v.Targets, targetView{
			Name: t.Name, Version: t.Version, Side: t.Tests.String(), Cases: len(t.Trials), Rows: len(rows), Counts: counts(rows),
		})
	}
	v.Title = "Report card: " + strings.Join(names, ", ")
	if !about.Made.IsZero() {
		v.Made = about.Made.UTC().Format("2 January 2006, 15:04 UTC")
	}
	for _, word := range []string{about.Program, about.Go} {
		if word != "" {
			v.About = append(v.About, word)
		}
	}
	for _, r := range c.Rows {
		name := document(r.Rule)
		if n := len(v.Documents); n == 0 || v.Documents[n-1].Name != name {
			v.Documents = append(v.Documents, documentView{Name: name, About: documents[name]})
		}
		d := &v.Documents[len(v.Documents)-1]
		d.Rows = append(d.Rows, newRow(r, files))
	}
	return v
}

func rowsOf(c *harness.Card, side faultnet.Side) []*harness.Row {
	return slices.DeleteFunc(slices.Clone(c.Rows), func(r *harness.Row) bool { return r.Side != side })
}

// counts returns how many rows have each verdict.
func counts(rows []*harness.Row) []countView {
	var out []countView
	for _, v := range harness.Verdicts() {
		n := 0
		for _, r := range rows {
			if r.Verdict == v {
				n++
			}
		}
		out = append(out, countView{Class: class(v), Word: string(v), N: n})
	}
	return out
}

// class is the name of a verdict in the style sheet.
func class(v harness.Verdict) string {
	switch v {
	case harness.NotOffered:
		return "absent"
	case harness.CannotJudge:
		return "open"
	}
	return string(v)
}

// documents says what the RFCs are that rules rest on.
var documents = map[string]string{
	"RFC 2177": "IDLE",
	"RFC 2180": "multi-accessed mailboxes",
	"RFC 2595": "TLS for IMAP, POP3 and ACAP",
	"RFC 2683": "implementation recommendations",
	"RFC 3501": "IMAP4rev1",
	"RFC 3516": "BINARY",
	"RFC 4315": "UIDPLUS",
	"RFC 4549": "disconnected clients",
	"RFC 4959": "SASL initial response",
	"RFC 5161": "ENABLE",
	"RFC 5530": "response codes",
	"RFC 6851": "MOVE",
	"RFC 7162": "CONDSTORE and QRESYNC",
	"RFC 7888": "non-synchronizing literals",
	"RFC 9051": "IMAP4rev2",
	"No RFC":   "what every defence needs",
}

var (
	firstRFC = regexp.MustCompile(`RFC [0-9]+`)
	section  = regexp.MustCompile(`RFC ([0-9]+)(?:, sections? ([0-9]+(?:\.[0-9]+)*))?`)
)

// document returns the RFC under which a rule stands.
func document(r harness.Rule) string {
	if r.Recommended() {
		return "RFC 2683"
	}
	if s := firstRFC.FindString(r.Section); s != "" {
		return s
	}
	return "No RFC"
}

// refs returns the sections that a rule rests on, with where they can be read.
func refs(r harness.Rule) []refView {
	var out []refView
	for _, m := range section.FindAllStringSubmatch(r.Section, -1) {
		ref := refView{Text: "RFC " + m[1], URL: "https://www.rfc-editor.org/rfc/rfc" + m[1]}
		if m[2] != "" {
			ref.Text += ", " + m[2]
			ref.URL += "#section-" + m[2]
		}
		out = append(out, ref)
	}
	return out
}

func anchor(r *harness.Row) string { return r.Side.String() + "-" + r.Rule.ID }

func newRow(r *harness.Row, files Files) rowView {
	v := rowView{
		Anchor: anchor(r), ID: r.Rule.ID, Side: r.Side.String(), Text: r.Rule.Text, Short: shorten(r.Rule.Text, 110),
		Section: shortSection(r.Rule), Refs: refs(r.Rule), Class: class(r.Verdict), Verdict: string(r.Verdict),
		Why: r.Why, Known: r.Known, Needs: r.Rule.Needs.String(), Example: r.Rule.Example,
	}
	if r.Rule.Checked() && r.Rule.Same == "" {
		v.Severity = severities(r.Rule)
	}
	if r.As != nil {
		v.As, v.AsAnchor = r.As.Rule.ID, anchor(r.As)
		return v
	}
	v.Command = files.command(r)
	if r.Trial == nil {
		return v
	}
	v.Trial = r.Trial.Name
	var marks []int
	if len(r.Shown) > 0 {
		marks = r.Shown[0].Marks
		v.Stack = r.Shown[0].Finding.Stack
		for _, s := range r.Shown[1:] {
			v.Others = append(v.Others, s.Finding.Summary+" ("+s.Trial.Name+")")
		}
		if len(marks) == 0 {
			v.Bounds = "It shows in what the run left behind, not on a line."
		}
	}
	if len(r.Shown) > 0 || r.Trial.Names(r.Rule.ID) {
		v.Ladder = rungs(r.Trial.Ladder, marks)
	}
	return v
}

// rungs are the lines of a ladder.
func rungs(all []harness.Rung, marks []int) []rungView {
	conns, last := false, time.Duration(-1)
	for _, r := range all {
		conns = conns || r.Conn > 1
	}
	var out []rungView
	for i, r := range all {
		v := rungView{Class: "by-" + r.Who, Text: r.Text, Open: r.Open, Bad: slices.Contains(marks, i)}
		switch r.Who {
		case "client":
			v.Arrow = "C"
		case "server":
			v.Arrow = "S"
		case "network":
			v.Arrow = "⚡"
		default:
			v.Arrow = "·"
		}
		if conns && r.Conn > 0 {
			v.Conn = r.Conn
		}
		if r.At != last && (last >= 0 || r.At > 0) {
			v.Time = r.At.Round(time.Millisecond).String()
		}
		last = r.At
		out = append(out, v)
	}
	return out
}
