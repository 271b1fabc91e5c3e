package report

import (
	"encoding/json"
	"io"

	"github.com/imapfuzz/imapfuzz/harness"
)

// cardJSON is a card for programs. Its names are stable.
type cardJSON struct {
	Rules       int       `json:"rules"`   // rows
	Checked     int       `json:"checked"` // rows of rules that imapfuzz judges
	Pass        int       `json:"pass"`
	Fail        int       `json:"fail"` // known ones too
	Warn        int       `json:"warn"`
	NotOffered  int       `json:"not_offered"`
	CannotJudge int       `json:"cannot_judge"`
	Rows        []rowJSON `json:"rows"`
}

type rowJSON struct {
	ID      string `json:"id"`
	Section string `json:"section"`
	Side    string `json:"side"`
	Verdict string `json:"verdict"`
	Why     string `json:"why"`
	Case    string `json:"case"` // file of the case that shows it, "" if there is none
}

// JSON writes c as one object on one line.
func JSON(w io.Writer, c *harness.Card, files Files) error {
	out := cardJSON{
		Rules: len(c.Rows), Checked: c.Checked(), Pass: c.Count(harness.Pass), Fail: c.Count(harness.Failed),
		Warn: c.Count(harness.Warned), NotOffered: c.Count(harness.NotOffered), CannotJudge: c.Count(harness.CannotJudge),
		Rows: []rowJSON{},
	}
	for _, r := range c.Rows {
		out.Rows = append(out.Rows, rowJSON{
			ID: r.Rule.ID, Section: r.Rule.Section, Side: r.Side.String(), Verdict: string(r.Verdict), Why: r.Reason(), Case: files.of(r),
		})
	}
	return json.NewEncoder(w).Encode(out)
}
