package harness

import (
	"cmp"
	"slices"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

// A Rule is one thing that a graceful peer does. Where both sides have to do it
// in ways of their own, there is a rule for each, with the same id.
type Rule struct {
	ID       string        // stable: findings, cases and baselines name it
	Section  string        // the RFC sections that it rests on
	Side     faultnet.Side // who has to keep it; 0: both
	Severity Severity      // under the profiles that By does not name
	By       By            // its severities by profile
	Kind     Kind          // the kind of finding that a breach is
	Text     string        // the rule, in our own words
	Example  string        // an exchange that breaks it

	// Scenario rules are judged only in cases whose line "rules:" names them:
	// what such a case does is known, and so what a graceful answer is.
	Scenario bool

	// Local says that a breach of it leads to no other: it explains nothing of
	// what follows on the connection. A delimiter that is odd is one.
	Local bool

	Needs      Needs  // what it takes to judge it
	Capability string // only a target that offers this is judged: names of capabilities, "|" between alternatives
	Call       string // client: only a client that can be asked to do this is judged: the first word of calls, "|" between alternatives

	Same string // the id of the rule as which it is checked: another RFC says the same
	Why  string // why a harness cannot judge it; there is no check then

	check func(*judging, Rule)
	index int // in Catalogue
}

// Checked reports whether the harness judges r, under its own id or another.
func (r Rule) Checked() bool { return r.check != nil || r.Same != "" }

// Catalogue returns every rule there is: those that are armed, in the order in
// which causes are told from consequences (a crash explains a lost completion,
// not the other way round), those that are the same as another, and those that
// no harness can judge, with the reason.
func Catalogue() []Rule {
	all := slices.Concat(
		robustnessRules(),
		framingRules(),
		literalRules(),
		endingRules(),
		selectedRules(),
		storeRules(),
		clientRules(),
		tlsRules(),
		serverWireRules(),
		serverMailRules(),
		clientPolicyRules(), // lost mail before the pipelining that loses it
		clientWireRules(),
	)
	for i := range all {
		all[i].index = i
	}
	return all
}

// Rules returns all rules that are armed, in the order of [Catalogue].
func Rules() []Rule {
	return slices.DeleteFunc(Catalogue(), func(r Rule) bool { return r.check == nil })
}

// RulesFor returns the rules that a target of that kind is judged by.
func RulesFor(t corpus.Target) []Rule {
	return slices.DeleteFunc(Rules(), func(r Rule) bool { return !r.binds(sideOf(t)) })
}

func sideOf(t corpus.Target) faultnet.Side {
	if t == corpus.Client {
		return faultnet.Client
	}
	return faultnet.Server
}

func (r Rule) binds(side faultnet.Side) bool { return r.Side == 0 || r.Side == side }

// RuleByID returns the rule of that id, the server's if each side has its own.
func RuleByID(id string) (Rule, bool) {
	if r, ok := RuleFor(id, faultnet.Server); ok {
		return r, true
	}
	return RuleFor(id, faultnet.Client)
}

// RuleFor returns the rule of that id that a side has to keep.
func RuleFor(id string, side faultnet.Side) (Rule, bool) {
	for _, r := range Catalogue() {
		if r.ID == id && r.binds(side) {
			return r, true
		}
	}
	return Rule{}, false
}

// judging is the state of judging one run.
type judging struct {
	rec      *Record
	side     faultnet.Side
	profile  Profile
	packages []string
	armed    [2][]Rule // always, and only in cases that name them
	reached  reached
	ids      *identities // once a rule has asked for it
	mail     *mailModel  // the same
	found    []Finding
}

// judge reads rec and returns what is broken: causes only, in the order in which
// it happened, and all of it.
func judge(t Target, rec *Record, p Profile) (findings, all []Finding, at reached) {
	j := &judging{rec: rec, side: sideOf(t.Tests()), profile: p}
	switch t := t.(type) {
	case *Server:
		j.packages = t.Packages
	case *Client:
		j.packages = t.Packages
	}
	always, scenarios := serverAlways, serverScenarios
	if j.side == faultnet.Client {
		always, scenarios = clientAlways, clientScenarios
	}
	j.armed = [2][]Rule{always, scenarios}
	for i := range always {
		always[i].check(j, always[i])
	}
	if len(rec.Case.Rules) > 0 {
		for i := range scenarios {
			if slices.Contains(rec.Case.Rules, scenarios[i].ID) {
				scenarios[i].check(j, scenarios[i])
			}
		}
	}
	j.traceFraming()
	return causes(j.found), j.found, j.reached
}

var (
	serverAlways, serverScenarios = split(RulesFor(corpus.Server))
	clientAlways, clientScenarios = split(RulesFor(corpus.Client))
)

func split(rules []Rule) (always, scenarios []Rule) {
	for _, r := range rules {
		if r.Scenario {
			scenarios = append(scenarios, r)
		} else {
			always = append(always, r)
		}
	}
	return always, scenarios
}

// rule returns the armed rule of that id; there is one.
func (j *judging) rule(id string) Rule {
	for _, rules := range j.armed {
		for i := range rules {
			if rules[i].ID == id {
				return rules[i]
			}
		}
	}
	panic("no rule " + id + " is armed")
}

// reach notes that the run came to where r can be kept or broken: without it, a
// run that raises nothing says nothing about r.
func (j *judging) reach(r Rule) { j.reached.add(r.index) }

// report notes that r is broken. f brings the evidence: Where, Summary, Conn and
// the event that shows it; Kind and Severity if they differ from the rule's.
func (j *judging) report(r Rule, f Finding) {
	j.reach(r)
	f.Rule, f.Side, f.local = r.ID, j.side, r.Local
	f.Kind = cmp.Or(f.Kind, r.Kind)
	f.Severity = cmp.Or(f.Severity, r.SeverityIn(j.profile))
	if at := cmp.Or(f.from, f.event); at >= 0 && at < len(j.rec.Events) {
		f.Step = j.rec.Events[at].Step
	} else {
		f.Step = len(j.rec.Case.Steps)
	}
	j.found = append(j.found, f)
}

// causes leaves out what is only a consequence: after a crash nothing else
// counts; on one connection only the first breach does, since what follows may
// come from it, and breaches before it that lead to no other; what the harness's own sessions met counts only when nothing on
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
		if f.Conn == 0 || f.local {
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
	for _, f := range found {
		if k, ok := first[f.Conn]; f.local && (!ok || f.event <= out[k].event) {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b Finding) int { return a.event - b.event })
	injected := slices.ContainsFunc(out, func(f Finding) bool { return f.Kind == Injection })
	explained := slices.ContainsFunc(out, func(f Finding) bool { return !f.local })
	for _, f := range found {
		if f.Conn == 0 && !f.local && (!explained || !injected && !isTrouble(f)) {
			out = append(out, f)
			explained = true
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
