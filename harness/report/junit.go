package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/imapfuzz/imapfuzz/harness"
)

// The elements of JUnit's XML that its readers agree on.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Skipped  int          `xml:"skipped,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Skipped *junitMessage `xml:"skipped"`
		Failure *junitMessage `xml:"failure"`
		Out     string        `xml:"system-out,omitempty"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes c in the XML of JUnit: a suite a target, a test a row. What failed
// before and is known, what is not offered and what cannot be judged is skipped;
// a warning passes, and stands in the test's output.
func JUnit(w io.Writer, c *harness.Card, files Files) error {
	all := junitSuites{Name: "imapfuzz check"}
	for _, t := range c.Targets {
		s := junitSuite{Name: t.Tests.String(), Properties: []junitProperty{{"target", t.Name}, {"version", t.Version}, {"profile", profileWords(c.Profile)}}}
		for _, r := range rowsOf(c, t.Tests.Sends().Other()) {
			one := newJUnitCase(r, files)
			s.Tests++
			if one.Failure != nil {
				s.Failures++
			}
			if one.Skipped != nil {
				s.Skipped++
			}
			s.Cases = append(s.Cases, one)
		}
		all.Tests, all.Failures, all.Skipped = all.Tests+s.Tests, all.Failures+s.Failures, all.Skipped+s.Skipped
		all.Suites = append(all.Suites, s)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func newJUnitCase(r *harness.Row, files Files) junitCase {
	one := junitCase{Class: r.Side.String() + "." + strings.ReplaceAll(shortSection(r.Rule), " ", "-"), Name: r.Rule.ID + " " + shorten(r.Rule.Text, textWidth)}
	switch r.Verdict {
	case harness.Failed:
		if r.Known != "" {
			one.Skipped = &junitMessage{Message: r.Reason()}
			break
		}
		one.Failure = &junitMessage{Message: r.Why, Type: r.Rule.ID, Text: r.Rule.Section + "\n" + r.Rule.Text + "\n"}
		if again := files.command(r); again != "" {
			one.Failure.Text += again + "\n"
		}
	case harness.Warned:
		one.Out = "warning: " + r.Reason()
	case harness.NotOffered, harness.CannotJudge:
		one.Skipped = &junitMessage{Message: string(r.Verdict) + ": " + r.Why}
	}
	return one
}
