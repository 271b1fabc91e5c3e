package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/harness/report"
)

var update = flag.Bool("update", false, "write the golden files and the pages in docs instead of comparing")

// golden compares got with a file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, got, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not current: go test ./harness/report -update (or make rules) writes it, and git diff shows what changed", name)
	}
}

// hostile is what a target may send.
const hostile = `</code><script>alert(1)</script>"'&<!--]]> <img src=x onerror=alert(1)>`

// card is one with every kind of row.
func card() *harness.Card {
	bad := &harness.Trial{
		Name: "scenarios/server/append_cut", Text: "imapfuzz case 1\ntarget: server\n\nC: a1 NOOP\n", Rules: []string{"R-AT-1"},
		Ladder: []harness.Rung{
			{Who: "server", Conn: 1, Text: "* OK ready"},
			{Who: "client", Conn: 1, At: time.Second, Text: "a1 APPEND INBOX {25}"},
			{Who: "network", Conn: 1, At: time.Second, Text: "cut, at byte 54 of what the client sends"},
			{Who: "server", Conn: 1, At: 2 * time.Second, Text: "a1 OK " + hostile, Open: true},
			{Who: "client", Conn: 2, At: 2 * time.Second, Text: `b1 \x00\x1b[31m`},
			{Who: "target", At: 3 * time.Second, Text: "log: " + hostile},
		},
	}
	good := &harness.Trial{Name: "seeds/client/noop", Rules: []string{"R-CL-7"}, Ladder: []harness.Rung{{Who: "client", Conn: 1, Text: "T1 NOOP"}}}
	finding := &harness.Finding{Rule: "R-AT-1", Kind: harness.DataLoss, Severity: harness.Error, Side: faultnet.Server, Where: "partial", Summary: "half a message: " + hostile, Stack: "goroutine 1:\n" + hostile}
	other := *finding
	other.Where, other.Summary = "twice", "a message came twice"
	fails := &harness.Row{
		Rule: harness.Rule{ID: "R-AT-1", Section: "RFC 9051, section 6.3.12; RFC 3501, section 6.3.11", Text: "APPEND is atomic: " + hostile, Severity: harness.Error},
		Side: faultnet.Server, Verdict: harness.Failed, Why: finding.Summary + " (and 1 more)", Trial: bad,
		Shown: []harness.Shown{{Finding: finding, Marks: []int{3}, Trial: bad, Cause: true}, {Finding: &other, Trial: bad}},
	}
	known := *fails
	known.Rule.ID, known.Known = "R-AT-2", "reported | in *March*"
	same := &harness.Row{Rule: harness.Rule{ID: "2683-3.1.2-z", Section: "RFC 2683, section 3.1.2", Text: "The same.", Same: "R-AT-1"}, Side: faultnet.Server, Verdict: harness.Failed, Why: "as R-AT-1: " + fails.Why, As: fails, Shown: fails.Shown, Trial: bad}
	return &harness.Card{
		Profile: harness.Rev2,
		Targets: []*harness.Tested{
			{Name: "a server " + hostile, Version: "v1", Tests: corpus.Server, Trials: []*harness.Trial{bad}},
			{Name: "a client", Tests: corpus.Client, Trials: []*harness.Trial{good}},
		},
		Rows: []*harness.Row{
			same,
			{Rule: harness.Rule{ID: "2683-3.4.9-a", Section: "RFC 2683, section 3.4.9", Text: "A reference is a folder."}, Side: faultnet.Server, Verdict: harness.Warned, Why: "advice: it is not", Trial: bad, Shown: []harness.Shown{{Finding: &other, Trial: bad}}},
			{Rule: harness.Rule{ID: "2683-3.4.11-a", Section: "RFC 2683, section 3.4.11", Text: "Alerts are shown.", Why: "nobody sees a screen"}, Side: faultnet.Client, Verdict: harness.CannotJudge, Why: "nobody sees a screen"},
			fails, &known,
			{Rule: harness.Rule{ID: "R-AT-3", Section: "RFC 6851, section 3.3", Text: "MOVE is all or nothing.", Example: "C: a1 MOVE 1 x\n"}, Side: faultnet.Server, Verdict: harness.NotOffered, Why: "the server does not advertise MOVE"},
			{Rule: harness.Rule{ID: "R-CL-7", Section: "none", Text: "A response that was cut is no whole one."}, Side: faultnet.Client, Verdict: harness.Pass, Why: "reached in seeds/client/noop", Trial: good},
		},
	}
}

// where says that the case of a row is in a file.
var where = report.Files{Of: func(r *harness.Row) string {
	if len(r.Shown) == 0 {
		return ""
	}
	return "out put/check/" + strings.ToLower(r.Rule.ID) + ".case"
}}

// written returns what a function writes of the card.
func written(t *testing.T, write func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTheTextIsAsBefore(t *testing.T) {
	golden(t, "testdata/card.txt", written(t, func(w io.Writer) error { return report.Text(w, card(), where) }))
}

func TestTheMarkdownIsAsBefore(t *testing.T) {
	golden(t, "testdata/card.md", written(t, func(w io.Writer) error { return report.Markdown(w, card()) }))
}

func TestMarkdownSortsWhatHasNoOrder(t *testing.T) {
	c := card()
	c.Rows[3].Shown, c.Rows[3].Why = nil, `STATUS x (UNSEEN MESSAGES) (\seen \Deleted) (and 2 more)`
	got := string(written(t, func(w io.Writer) error { return report.Markdown(w, c) }))
	if want := `STATUS x (MESSAGES UNSEEN) (\Deleted \seen) (and 2 more)`; !strings.Contains(got, want) {
		t.Errorf("%s", got)
	}
}

func TestMarkdownDoesNotTellHowToTakeATargetDown(t *testing.T) {
	c := card()
	for _, kind := range []harness.Kind{harness.Crash, harness.Hang, harness.Resource} {
		c.Rows[3].Shown[0].Finding.Kind = kind
		got := string(written(t, func(w io.Writer) error { return report.Markdown(w, c) }))
		if strings.Contains(got, "half a message") || !strings.Contains(got, string(kind)+": scenarios/server/append\\_cut") {
			t.Errorf("%s:\n%s", kind, got)
		}
	}
}

func TestThePageIsAsBefore(t *testing.T) {
	about := report.About{Made: time.Date(2026, 11, 26, 23, 0, 0, 0, time.UTC), Program: "imapfuzz v1", Go: "go1.26"}
	golden(t, "testdata/card.html", written(t, func(w io.Writer) error { return report.HTML(w, card(), where, about) }))
}

func TestThePageNeedsNothingElseAndEscapesWhatTargetsSent(t *testing.T) {
	got := string(written(t, func(w io.Writer) error { return report.HTML(w, card(), where, report.About{}) }))
	for _, bad := range []string{"<script", "<img", "src=", "onerror=alert(1)>", "<link", "@import", "url(", "http-equiv=\"refresh\""} {
		if strings.Contains(strings.ReplaceAll(got, "src=x", ""), bad) {
			t.Errorf("the page has %s", bad)
		}
	}
	for _, want := range []string{
		"&lt;script&gt;alert(1)", `<li class="by-server bad">`, `<li class="by-network">`, "$ imapfuzz replay"[2:],
		`id="server-R-AT-1"`, `href="#server-R-AT-1"`, `href="https://www.rfc-editor.org/rfc/rfc9051#section-6.3.12"`,
		"a message came twice", "reported | in *March*", "prefers-color-scheme: dark", "default-src 'none'",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if n := strings.Count(got, " bad\">"); n != 2 {
		t.Errorf("want the line at fault marked once in each of two rows, got %d marks", n)
	}
}

func TestTheJSONHasItsNames(t *testing.T) {
	got := written(t, func(w io.Writer) error { return report.JSON(w, card(), where) })
	var c struct {
		Rules, Checked, Pass, Fail, Warn int
		NotOffered                       int `json:"not_offered"`
		CannotJudge                      int `json:"cannot_judge"`
		Rows                             []map[string]string
	}
	dec := json.NewDecoder(bytes.NewReader(got))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		t.Fatal(err)
	}
	if c.Rules != 7 || c.Rules != len(c.Rows) || c.Pass+c.Fail+c.Warn+c.NotOffered+c.CannotJudge != c.Rules || c.Fail != 3 || c.Warn != 1 {
		t.Errorf("%+v", c)
	}
	for _, r := range c.Rows {
		for _, name := range []string{"id", "section", "side", "verdict", "why", "case"} {
			if _, ok := r[name]; !ok || len(r) != 6 {
				t.Errorf("want %s and five more, got %v", name, r)
			}
		}
	}
	if r := c.Rows[4]; r["id"] != "R-AT-2" || !strings.HasPrefix(r["why"], "known: reported") || r["verdict"] != "fail" {
		t.Errorf("%v", r)
	}
}

func TestTheXMLIsJUnits(t *testing.T) {
	got := written(t, func(w io.Writer) error { return report.JUnit(w, card(), where) })
	golden(t, "testdata/card.xml", got)
	var all struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Skipped  int `xml:"skipped,attr"`
		Suites   []struct {
			Name  string `xml:"name,attr"`
			Cases []struct {
				Name    string    `xml:"name,attr"`
				Failure *struct{} `xml:"failure"`
				Skipped *struct{} `xml:"skipped"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(got, &all); err != nil {
		t.Fatal(err)
	}
	tests, failures, skipped := 0, 0, 0
	for _, s := range all.Suites {
		for _, c := range s.Cases {
			tests++
			if c.Failure != nil {
				failures++
			}
			if c.Skipped != nil {
				skipped++
			}
		}
	}
	if len(all.Suites) != 2 || tests != 7 || all.Tests != tests || failures != 2 || all.Failures != failures || skipped != 3 || all.Skipped != skipped {
		t.Errorf("%d suites, %d tests, %d failures, %d skipped; it says %+v", len(all.Suites), tests, failures, skipped, all)
	}
}

func TestXMLHasNoCharacterThatXMLForbids(t *testing.T) {
	c := card()
	c.Rows[3].Why = "a\x00b\x1b\xff"
	if err := xml.Unmarshal(written(t, func(w io.Writer) error { return report.JUnit(w, c, where) }), new(any)); err != nil {
		t.Error(err)
	}
}

func TestTheCaseOfEachBreachIsWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "check")
	c := card()
	files, err := report.Write(dir, c)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range c.Rows {
		name := files.Of(r)
		if (name != "") != (len(r.Shown) > 0) {
			t.Errorf("%s: %q", r.Rule.ID, name)
		}
		if name == "" {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil || string(text) != r.Trial.Text {
			t.Errorf("%s: %v, %q", r.Rule.ID, err, text)
		}
		if _, err := corpus.Parse(name, text); err != nil {
			t.Error(err)
		}
	}
	if files.Of(c.Rows[0]) != files.Of(c.Rows[3]) {
		t.Error("a rule that is the same as another has the same case")
	}
	if _, err := report.Write(filepath.Join(files.Of(c.Rows[3]), "below"), c); err == nil {
		t.Error("want an error where nothing can be written")
	}
}
