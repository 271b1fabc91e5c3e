package harness

import (
	"bytes"
	"slices"
	"strings"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// A Trial is what one case showed of a target, as far as a [Card] needs it. It
// may be marshalled: runs happen in other processes.
type Trial struct {
	Name     string    `json:"name"` // of the case
	Text     string    `json:"text"` // the case
	Rules    []string  `json:"rules,omitempty"`
	Calls    []string  `json:"calls,omitempty"`    // first words of what the case asks a client to do
	Findings []Finding `json:"findings,omitempty"` // causes only
	All      []Finding `json:"all,omitempty"`      // consequences and repetitions, too
	Marks    [][]int   `json:"marks,omitempty"`    // beside All: the rungs of Ladder that show it
	Ladder   []Rung    `json:"ladder,omitempty"`
	Reached  []string  `json:"reached,omitempty"`  // ids of the rules that could be kept or broken
	Diverged []string  `json:"diverged,omitempty"` // expectations of the case that were not met
	Caps     []string  `json:"caps,omitempty"`     // capabilities that the server told at any time

	// Lost says why nothing is known of the run but its findings: it ended its
	// process, could not go on in fake time, or could not be run.
	Lost string `json:"lost,omitempty"`
}

// NewTrial returns a trial of the case of that name in which nothing happened
// yet.
func NewTrial(name string, c *corpus.Case) *Trial {
	tr := &Trial{Name: name, Text: string(corpus.Format(c)), Rules: slices.Clone(c.Rules)}
	for i := range c.Steps {
		if s := &c.Steps[i]; s.Op == corpus.Do {
			if w := firstWord(string(s.Data)); !slices.Contains(tr.Calls, w) {
				tr.Calls = append(tr.Calls, w)
			}
		}
	}
	return tr
}

// Take puts into tr what a run of its case showed; tr keeps nothing of res. The
// ladder is taken only if there are findings, or if the case names rules: who
// sees a pass wants to see why.
func (tr *Trial) Take(res *Result) {
	if res.Err != nil {
		tr.Lost = res.Err.Error()
		return
	}
	rec := res.Record
	tr.Findings, tr.All = slices.Clone(res.Findings), slices.Clone(res.All)
	tr.Diverged = slices.Clone(rec.Diverged)
	for _, r := range RulesFor(rec.Tests) {
		if res.Reached(r) {
			tr.Reached = append(tr.Reached, r.ID)
		}
	}
	tr.Caps = told(rec)
	if len(tr.All) > 0 || len(tr.Rules) > 0 {
		tr.Ladder, tr.Marks = ladder(rec, tr.All)
	}
}

// Names reports whether the case was written for the rule of that id.
func (tr *Trial) Names(id string) bool { return slices.Contains(tr.Rules, id) }

// told returns all capabilities that the server told of in the run.
func told(rec *Record) []string {
	var all []string
	for _, s := range rec.Conns {
		for i := range s.Responses {
			r := &s.Responses[i]
			list := r.CodeArg
			if r.Name == "CAPABILITY" {
				list = r.Rest
			} else if r.Code != "CAPABILITY" {
				continue
			}
			for word := range bytes.FieldsSeq(list) {
				if w := strings.ToUpper(visible(word)); !slices.Contains(all, w) {
					all = append(all, w)
				}
			}
		}
	}
	slices.Sort(all)
	return all
}

func firstWord(s string) string {
	w, _, _ := strings.Cut(strings.TrimSpace(s), " ")
	return w
}
