package imapwire

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	goabnf "github.com/pandatix/go-abnf"
)

// An abnf is a grammar of testdata, compiled for this package's generator and
// recognizer, which know what [checks] know. go-abnf's own recognizer, which knows
// the grammar alone, is the second opinion.
type abnf struct {
	*goabnf.Grammar
	profile Profile
	rules   []rule
	byName  map[string]int
	choices int // alternatives in all the rules, numbered from 0
}

type rule struct {
	name string
	node *node
	cost int // the least depth of a sentence
	checks
}

// node is one piece of a production.
type node struct {
	op       nodeOp
	kids     []*node
	min, max int // of a repetition; max is -1 for no bound
	lo, hi   rune
	text     string
	rule     int
	choice   int   // of the first alternative
	weights  []int // of the alternatives: how much there is to say in them
}

type nodeOp uint8

const (
	opText nodeOp = iota // letters in any case
	opRange
	opRule
	opSeq
	opAlt
	opRepeat
)

// loadABNF reads a profile's grammar, once: go-abnf takes half a second for it.
func loadABNF(t testing.TB, p Profile) *abnf {
	t.Helper()
	a, err := map[Profile]func() (*abnf, error){Rev1: rev1ABNF, Rev2: rev2ABNF}[p]()
	if err != nil {
		t.Fatalf("%v: %v", p, err)
	}
	return a
}

var (
	rev1ABNF = sync.OnceValues(func() (*abnf, error) { return readABNF(Rev1, "rev1.abnf") })
	rev2ABNF = sync.OnceValues(func() (*abnf, error) { return readABNF(Rev2, "rev2.abnf") })
)

// readABNF reads a profile's grammar; that no rule is missing is checked.
func readABNF(p Profile, file string) (*abnf, error) {
	var src []byte
	for _, name := range []string{"common.abnf", file} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			return nil, err
		}
		src = append(append(src, b...), '\n')
	}
	g, err := goabnf.ParseABNF(bytes.ReplaceAll(src, []byte("\n"), []byte("\r\n")))
	if err != nil {
		return nil, err
	}
	a := &abnf{Grammar: g, profile: p, byName: map[string]int{}}
	names := []string{"SP", "CR", "LF", "CRLF", "DQUOTE", "ALPHA", "DIGIT"}
	for name := range g.Rulemap {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		a.byName[strings.ToLower(name)] = i
	}
	a.rules = make([]rule, len(names))
	for i, name := range names {
		n, err := a.alternation(goabnf.GetRule(name, g.Rulemap).Alternation)
		if err != nil {
			return nil, fmt.Errorf("rule %s: %w", name, err)
		}
		a.rules[i] = rule{name: name, node: n, cost: 1 << 20, checks: a.checksOf(name)}
	}
	a.costs()
	for i := range a.rules {
		a.weigh(a.rules[i].node)
	}
	return a, nil
}

// weigh gives an alternative the weight of the choices that it leads to, so that a
// sentence is more often a FETCH than a NOOP.
func (a *abnf) weigh(n *node) {
	for _, k := range n.kids {
		a.weigh(k)
		if n.op == opAlt {
			w := int(math.Sqrt(float64(a.choicesIn(k, make([]bool, len(a.rules))))))
			n.weights = append(n.weights, 1+w)
		}
	}
}

// choicesIn counts the alternatives in n and in the rules that it leads to.
func (a *abnf) choicesIn(n *node, seen []bool) int {
	count := 0
	if n.op == opRule && !seen[n.rule] {
		seen[n.rule] = true
		count += a.choicesIn(a.rules[n.rule].node, seen)
	}
	if n.op == opAlt && len(n.kids) > 1 {
		count += len(n.kids)
	}
	for _, k := range n.kids {
		count += a.choicesIn(k, seen)
	}
	return count
}

func (a *abnf) alternation(alt goabnf.Alternation) (*node, error) {
	n := &node{op: opAlt, choice: a.choices}
	a.choices += len(alt.Concatenations)
	for _, c := range alt.Concatenations {
		seq := &node{op: opSeq}
		for _, r := range c.Repetitions {
			kid, err := a.element(r.Element)
			if err != nil {
				return nil, err
			}
			if r.Min != 1 || r.Max != 1 {
				kid = &node{op: opRepeat, min: r.Min, max: r.Max, kids: []*node{kid}}
			}
			seq.kids = append(seq.kids, kid)
		}
		n.kids = append(n.kids, seq)
	}
	return n, nil
}

func (a *abnf) element(e goabnf.ElemItf) (*node, error) {
	switch e := e.(type) {
	case goabnf.ElemRulename:
		i, ok := a.byName[strings.ToLower(e.Name)]
		if !ok {
			return nil, fmt.Errorf("no rule %s", e.Name)
		}
		return &node{op: opRule, rule: i}, nil
	case goabnf.ElemGroup:
		return a.alternation(e.Alternation)
	case goabnf.ElemOption:
		n, err := a.alternation(e.Alternation)
		return &node{op: opRepeat, max: 1, kids: []*node{n}}, err
	case goabnf.ElemCharVal:
		return &node{op: opText, text: string(e.Values)}, nil
	case goabnf.ElemNumVal:
		v := make([]rune, len(e.Elems))
		for i, s := range e.Elems {
			n, err := strconv.ParseInt(s, 16, 32)
			if err != nil {
				return nil, err
			}
			v[i] = rune(n)
		}
		if e.Status == goabnf.StatRange {
			return &node{op: opRange, lo: v[0], hi: v[1]}, nil
		}
		return &node{op: opText, text: string(v)}, nil
	}
	return nil, fmt.Errorf("%T in a grammar", e)
}

// costs finds how deep each rule has to go at least.
func (a *abnf) costs() {
	for changed := true; changed; {
		changed = false
		for i := range a.rules {
			if c := a.cost(a.rules[i].node) + 1; c < a.rules[i].cost {
				a.rules[i].cost, changed = c, true
			}
		}
	}
}

func (a *abnf) cost(n *node) int {
	switch n.op {
	case opRule:
		return a.rules[n.rule].cost
	case opAlt:
		least := 1 << 20
		for _, k := range n.kids {
			least = min(least, a.cost(k))
		}
		return least
	case opRepeat:
		if n.min == 0 {
			return 0
		}
		return a.cost(n.kids[0])
	case opSeq:
		most := 0
		for _, k := range n.kids {
			most = max(most, a.cost(k))
		}
		return most
	}
	return 0
}
