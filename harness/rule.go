package harness

import (
	"cmp"
	"slices"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

// A Rule is one thing that a graceful peer does.
type Rule struct {
	ID       string        // stable: findings, cases and baselines name it
	Section  string        // the RFC sections that it rests on
	Side     faultnet.Side // who has to keep it; 0: both
	Severity Severity
	Kind     Kind   // the kind of finding that a breach is
	Text     string // the rule, in our own words
	Example  string // an exchange that breaks it

	check func(*judging, Rule)
}

// Rules returns all rules that are armed, in the order in which causes are
// told from consequences: a crash explains a lost completion, not the other way
// round.
func Rules() []Rule {
	return slices.Concat(robustnessRules(), framingRules(), literalRules(), endingRules(), selectedRules(), storeRules(), clientRules(), tlsRules())
}

// RulesFor returns the rules that a target of that kind is judged by.
func RulesFor(t corpus.Target) []Rule {
	side := faultnet.Server
	if t == corpus.Client {
		side = faultnet.Client
	}
	return slices.DeleteFunc(Rules(), func(r Rule) bool { return r.Side != 0 && r.Side != side })
}

// RuleByID returns the rule of that id.
func RuleByID(id string) (Rule, bool) {
	for _, r := range Rules() {
		if r.ID == id {
			return r, true
		}
	}
	return Rule{}, false
}

// judging is the state of judging one run.
type judging struct {
	rec      *Record
	side     faultnet.Side
	packages []string
	found    []Finding
}

// judge reads rec and returns what is broken, causes only, in the order in
// which it happened.
func judge(t Target, rec *Record) []Finding {
	j := &judging{rec: rec, side: faultnet.Server}
	switch t := t.(type) {
	case *Server:
		j.packages = t.Packages
	case *Client:
		j.packages, j.side = t.Packages, faultnet.Client
	}
	for _, r := range j.armed() {
		r.check(j, r)
	}
	j.traceFraming()
	return causes(j.found)
}

var (
	serverRules = RulesFor(corpus.Server)
	clientSide  = RulesFor(corpus.Client)
)

// armed returns the rules for the side that is judged.
func (j *judging) armed() []Rule {
	if j.side == faultnet.Client {
		return clientSide
	}
	return serverRules
}

// report notes that r is broken. f brings the evidence: Where, Summary, Conn and
// the event that shows it; Kind and Severity if they differ from the rule's.
func (j *judging) report(r Rule, f Finding) {
	f.Rule, f.Side = r.ID, j.side
	f.Kind = cmp.Or(f.Kind, r.Kind)
	f.Severity = cmp.Or(f.Severity, r.Severity)
	if at := cmp.Or(f.from, f.event); at >= 0 && at < len(j.rec.Events) {
		f.Step = j.rec.Events[at].Step
	} else {
		f.Step = len(j.rec.Case.Steps)
	}
	j.found = append(j.found, f)
}

// causes leaves out what is only a consequence: after a crash nothing else
// counts; on one connection only the first breach does, since what follows may
// come from it; what the harness's own sessions met counts only when nothing on
// a connection of the case explains it, unless it was silence, which explains
// the silence elsewhere.
func causes(found []Finding) []Finding {
	if len(found) < 2 {
		return found
	}
	if crashes := only(found, func(f Finding) bool { return f.Kind == Crash }); len(crashes) > 0 {
		return crashes[:1]
	}
	if mute := only(found, func(f Finding) bool { return f.Rule == ruleBystander && f.Kind == Hang }); len(mute) > 0 {
		return mute[:1]
	}
	var out []Finding
	first := make(map[int]int) // connection -> index in out
	for _, f := range found {
		if f.Conn == 0 {
			continue
		}
		k, ok := first[f.Conn]
		switch {
		case !ok:
			first[f.Conn] = len(out)
			out = append(out, f)
		case f.event < out[k].event:
			out[k] = f
		}
	}
	slices.SortStableFunc(out, func(a, b Finding) int { return a.event - b.event })
	injected := slices.ContainsFunc(out, func(f Finding) bool { return f.Kind == Injection })
	for _, f := range found {
		if f.Conn == 0 && (len(out) == 0 || !injected && !isTrouble(f)) {
			out = append(out, f)
		}
	}
	return out
}

func isTrouble(f Finding) bool { return f.Rule == ruleBystander || f.Kind == Leak }

func only(found []Finding, keep func(Finding) bool) []Finding {
	var out []Finding
	for _, f := range found {
		if keep(f) {
			out = append(out, f)
		}
	}
	return out
}
