package harness

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

// A Verdict is what a report card says of a target about one rule.
type Verdict string

// The verdicts.
const (
	Pass        Verdict = "pass" // it was reached, and never broken
	Failed      Verdict = "fail"
	Warned      Verdict = "warn"
	NotOffered  Verdict = "not offered"
	CannotJudge Verdict = "cannot be judged"
)

// Verdicts returns the verdicts there are, in the order in which they are
// counted.
func Verdicts() []Verdict { return []Verdict{Pass, Failed, Warned, NotOffered, CannotJudge} }

// A Tested is a target, and what cases showed of it.
type Tested struct {
	Name    string // of the target
	Version string // "" if unknown
	Tests   corpus.Target
	Calls   []string // clients: examples of the calls that it understands; see [Client]
	Trials  []*Trial
	LeftOut []string // a line for each reason for which cases were not run, and how many
}

// A Card is a report card: a row for each rule, and each side that has to keep
// it.
type Card struct {
	Profile Profile
	Targets []*Tested
	Rows    []*Row
}

// A Row is what a card says about one rule.
type Row struct {
	Rule    Rule
	Side    faultnet.Side
	Verdict Verdict
	Why     string // one line: what was found, where it was reached, or why there is no verdict

	Known string  // the reason for which a breach was accepted before, "" if it was not
	Shown []Shown // the findings, one a bucket, the worst first
	Trial *Trial  // of the first of them, or that which reached the rule; may be nil
	As    *Row    // the row from which this one has its verdict
}

// Shown is a finding, and the trial that showed it.
type Shown struct {
	Finding *Finding
	Marks   []int // rungs of the trial's ladder
	Trial   *Trial
	Cause   bool // it was no consequence of another
	Known   string
}

// NewCard judges what the trials showed: for each target the rules of its side,
// in the order of the sections of the RFCs. Only, if not empty, are the ids of
// the rules that are wanted; those that no rule has are nobody's.
func NewCard(p Profile, only []string, targets ...*Tested) *Card {
	c := &Card{Profile: p, Targets: targets}
	for _, t := range targets {
		c.Rows = append(c.Rows, rowsFor(t)...)
	}
	for _, r := range c.Rows {
		c.inherit(r)
	}
	if len(only) > 0 {
		c.Rows = slices.DeleteFunc(c.Rows, func(r *Row) bool { return !slices.Contains(only, r.Rule.ID) })
	}
	slices.SortStableFunc(c.Rows, compareRows)
	return c
}

// rowsFor returns a row for each rule that binds t.
func rowsFor(t *Tested) []*Row {
	side := sideOf(t.Tests)
	e := newEvidence(t)
	var rows []*Row
	for _, r := range Catalogue() {
		if r.binds(side) {
			rows = append(rows, e.row(r, side))
		}
	}
	return rows
}

// inherit gives r, if it is the same rule as another, the verdict of that.
func (c *Card) inherit(r *Row) {
	if r.Rule.Same == "" {
		return
	}
	as := c.row(r.Rule.Same, r.Side)
	for range len(c.Rows) { // a chain ends, or is a circle
		if as == nil || as.Rule.Same == "" {
			break
		}
		as = c.row(as.Rule.Same, r.Side)
	}
	if as == nil || as.Rule.Same != "" {
		r.Verdict, r.Why = CannotJudge, "it is judged as "+r.Rule.Same+", for which there is no row"
		return
	}
	r.As, r.Verdict, r.Shown, r.Trial = as, as.Verdict, as.Shown, as.Trial
	r.Why = "as " + as.Rule.ID + ": " + as.Why
}

// row returns the row of the rule of that id for that side, if need be for the
// other.
func (c *Card) row(id string, side faultnet.Side) *Row {
	var other *Row
	for _, r := range c.Rows {
		if r.Rule.ID == id && r.Side == side {
			return r
		}
		if r.Rule.ID == id {
			other = r
		}
	}
	return other
}

// Count returns how many rows have that verdict.
func (c *Card) Count(v Verdict) int {
	n := 0
	for _, r := range c.Rows {
		if r.Verdict == v {
			n++
		}
	}
	return n
}

// Checked returns how many rows are of rules that are judged at all.
func (c *Card) Checked() int {
	n := 0
	for _, r := range c.Rows {
		if r.Rule.Checked() {
			n++
		}
	}
	return n
}

// Fails returns the rows that failed, but for those that are known to.
func (c *Card) Fails() []*Row {
	var out []*Row
	for _, r := range c.Rows {
		if r.Verdict == Failed && r.Known == "" {
			out = append(out, r)
		}
	}
	return out
}

// compareRows orders rows by the first section that their rules rest on: the
// recommendations of RFC 2683 first, then by number of the RFC, and last what no
// RFC says; then by id, and the server's before the client's.
func compareRows(a, b *Row) int {
	return cmp.Or(
		slices.Compare(sectionKey(a.Rule), sectionKey(b.Rule)),
		compareIDs(a.Rule.ID, b.Rule.ID),
		cmp.Compare(b.Side, a.Side),
	)
}

// sectionKey returns the number of the first RFC that r names, and those of the
// section.
func sectionKey(r Rule) []int {
	if r.Recommended() {
		return append([]int{0}, numbers(strings.TrimPrefix(r.ID, "2683-"))...)
	}
	_, rest, ok := strings.Cut(r.Section, "RFC ")
	if !ok {
		return []int{1 << 30}
	}
	key := numbers(rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))])
	if len(key) == 1 && key[0] == 2683 {
		key[0] = 0
	}
	if at := strings.IndexAny(rest, ";"); at >= 0 {
		rest = rest[:at]
	}
	if _, section, ok := strings.Cut(rest, "section"); ok {
		section = strings.TrimLeft(section, "s ")
		key = append(key, numbers(section[:len(section)-len(strings.TrimLeft(section, "0123456789."))])...)
	}
	return key
}

// Recommended reports whether r is a recommendation of RFC 2683.
func (r Rule) Recommended() bool { return strings.HasPrefix(r.ID, "2683-") }

// compareIDs compares ids so that R-FR-2 comes before R-FR-10.
func compareIDs(a, b string) int {
	cut := func(s string) (string, int) {
		at := strings.LastIndexByte(s, '-') + 1
		n, err := strconv.Atoi(s[at:])
		if err != nil {
			return s, 0
		}
		return s[:at], n
	}
	ha, na := cut(a)
	hb, nb := cut(b)
	return cmp.Or(strings.Compare(ha, hb), cmp.Compare(na, nb))
}

// numbers returns the numbers with dots between with which s begins.
func numbers(s string) []int {
	var out []int
	for part := range strings.SplitSeq(s, ".") {
		digits := part[:len(part)-len(strings.TrimLeft(part, "0123456789"))]
		n, err := strconv.Atoi(digits)
		if err != nil {
			break
		}
		out = append(out, n)
	}
	return out
}

// Reason returns one line that explains the verdict.
func (r *Row) Reason() string {
	if r.Known != "" {
		return "known: " + r.Known + ": " + r.Why
	}
	return r.Why
}
