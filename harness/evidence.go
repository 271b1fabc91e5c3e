package harness

import (
	"fmt"
	"slices"
	"strings"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

// evidence is what the trials of one target showed, by rule.
type evidence struct {
	*Tested
	shown   map[string][]Shown
	reached map[string][]*Trial
	named   map[string][]*Trial // trials of cases that name the rule
	lost    []*Trial
}

func newEvidence(t *Tested) *evidence {
	e := &evidence{Tested: t, shown: map[string][]Shown{}, reached: map[string][]*Trial{}, named: map[string][]*Trial{}}
	for _, tr := range t.Trials {
		for _, id := range tr.Rules {
			e.named[id] = append(e.named[id], tr)
		}
		for _, id := range tr.Reached {
			e.reached[id] = append(e.reached[id], tr)
		}
		if tr.Lost != "" {
			e.lost = append(e.lost, tr)
		}
		e.take(tr)
	}
	return e
}

// take sorts the findings of tr: of a rule that the case was written for all
// count, of others those that are no consequence.
func (e *evidence) take(tr *Trial) {
	causes := map[string]bool{}
	for i := range tr.Findings {
		causes[tr.Findings[i].Bucket()] = true
	}
	for i := range tr.All {
		f := &tr.All[i]
		cause := causes[f.Bucket()]
		if !cause && !tr.Names(f.Rule) {
			continue
		}
		s := Shown{Finding: f, Trial: tr, Cause: cause}
		if i < len(tr.Marks) {
			s.Marks = tr.Marks[i]
		}
		e.show(s)
	}
}

// show keeps the best evidence of each bucket: the first case that shows it as a
// cause, rather one that was written for the rule.
func (e *evidence) show(s Shown) {
	all := e.shown[s.Finding.Rule]
	at := slices.IndexFunc(all, func(o Shown) bool { return o.Finding.Bucket() == s.Finding.Bucket() })
	if at < 0 {
		e.shown[s.Finding.Rule] = append(all, s)
	} else if s.worth() > all[at].worth() {
		all[at] = s
	}
}

func (s *Shown) worth() int {
	n := 0
	if s.Cause {
		n += 2
	}
	if s.Trial.Names(s.Finding.Rule) {
		n++
	}
	return n
}

// row judges one rule.
func (e *evidence) row(r Rule, side faultnet.Side) *Row {
	row := &Row{Rule: r, Side: side, Verdict: CannotJudge, Why: r.Why}
	if r.Same != "" || r.Why != "" {
		return row
	}
	row.Shown = e.shown[r.ID]
	if len(row.Shown) > 0 {
		slices.SortStableFunc(row.Shown, func(a, b Shown) int {
			return 4*(rank(b.Finding.Severity)-rank(a.Finding.Severity)) + b.worth() - a.worth()
		})
		row.blame()
		return row
	}
	if at := e.reached[r.ID]; len(at) > 0 {
		row.Verdict = Pass
		row.Trial = at[0]
		if i := slices.IndexFunc(at, func(tr *Trial) bool { return tr.Names(r.ID) }); i >= 0 {
			row.Trial = at[i]
		}
		row.Why = "reached in " + row.Trial.Name
		if len(at) > 1 {
			row.Why += fmt.Sprintf(" and %d more", len(at)-1)
		}
		return row
	}
	row.Verdict, row.Why = e.unreached(r)
	return row
}

// blame takes the verdict from the findings.
func (row *Row) blame() {
	first := row.Shown[0]
	row.Trial = first.Trial
	row.Verdict, row.Why = Warned, visible([]byte(first.Finding.Summary))
	switch first.Finding.Severity {
	case Error:
		row.Verdict = Failed
	case Info:
		row.Why = "advice: " + row.Why
	}
	if !first.Cause {
		row.Why += " (after another breach in the same case)"
	}
	if n := len(row.Shown) - 1; n > 0 {
		row.Why += fmt.Sprintf(" (and %d more)", n)
	}
}

func rank(s Severity) int {
	switch s {
	case Error:
		return 2
	case Warn:
		return 1
	}
	return 0
}

// unreached says why a rule was never where it could be kept or broken.
func (e *evidence) unreached(r Rule) (Verdict, string) {
	if e.Tests == corpus.Server && r.Capability != "" && !e.advertised(r.Capability) {
		return NotOffered, "the server does not advertise " + orList(r.Capability)
	}
	if e.Tests == corpus.Client && r.Call != "" && !e.understands(strings.Split(r.Call, "|")...) {
		return NotOffered, "the client has no call " + orList(r.Call)
	}
	named := e.named[r.ID]
	for _, tr := range named {
		for _, call := range tr.Calls {
			if e.Tests == corpus.Client && !e.understands(call) {
				return NotOffered, fmt.Sprintf("the client has no call %s, which %s needs", call, tr.Name)
			}
		}
	}
	for _, tr := range named {
		switch {
		case tr.Lost != "":
			return CannotJudge, tr.Name + ": " + visible([]byte(tr.Lost))
		case len(tr.Diverged) > 0:
			return CannotJudge, tr.Name + " did not hold: " + tr.Diverged[0]
		}
	}
	switch {
	case len(named) > 0:
		return CannotJudge, named[0].Name + " did not come to where it can be kept or broken"
	case len(e.lost) > 0:
		return CannotJudge, fmt.Sprintf("no case came to where it can be kept or broken; %d came to no end, the first of them %s", len(e.lost), e.lost[0].Name)
	}
	return CannotJudge, "no case came to where it can be kept or broken"
}

// advertised reports whether the server told, in any trial, that it has one of
// these capabilities.
func (e *evidence) advertised(names string) bool {
	for name := range strings.SplitSeq(names, "|") {
		for _, tr := range e.Trials {
			if slices.ContainsFunc(tr.Caps, func(c string) bool { return strings.EqualFold(c, strings.TrimSpace(name)) }) {
				return true
			}
		}
	}
	return false
}

// understands reports whether the client can be asked for one of these calls.
func (e *evidence) understands(calls ...string) bool {
	return slices.ContainsFunc(calls, func(call string) bool {
		return slices.ContainsFunc(e.Calls, func(known string) bool { return firstWord(known) == strings.TrimSpace(call) })
	})
}

func orList(names string) string { return strings.ReplaceAll(names, "|", " or ") }
