package imapwire

import (
	"math/rand/v2"
	"slices"
	"unicode/utf8"
)

// A speaker makes sentences of a grammar. It goes where it has never been until it
// has been everywhere; then alternatives that it has used less are more likely.
type speaker struct {
	*abnf
	r      *rand.Rand
	server bool
	used   []int // by choice
	b      []byte
	spans  []genSpan // of the current sentence
	limit  int       // octets after which it is brought to its end
	// curious says that there are alternatives that were never used, and that those
	// are looked for.
	curious bool
	open    []bool // by rule: it is being said
}

// genSpan is what a rule became.
type genSpan struct{ rule, from, to int }

// maxDepth is where a speaker begins to choose what ends soonest.
const maxDepth = 24

// hurry tells whether it is time for that.
func (s *speaker) hurry(depth int) bool { return depth > maxDepth || len(s.b) > s.limit }

func newSpeaker(a *abnf, seed uint64, server bool) *speaker {
	return &speaker{abnf: a, r: rand.New(rand.NewPCG(seed, uint64(a.profile))), server: server, curious: true, open: make([]bool, len(a.rules)), used: make([]int, a.choices)}
}

func (a *abnf) start(server bool) int {
	if server {
		return a.byName["response-line"]
	}
	return a.byName["command-line"]
}

// sentence returns the next sentence; it is valid until the call after it.
func (s *speaker) sentence() []byte {
	s.b, s.spans = s.b[:0], s.spans[:0]
	s.curious = s.curious && s.news(s.rules[s.start(s.server)].node, make([]bool, len(s.rules))) > 0
	s.limit = [...]int{40, 80, 160, 240, 360}[s.r.IntN(5)]
	s.say(&node{op: opRule, rule: s.start(s.server)}, 0)
	return s.b
}

// say appends a sentence of n.
func (s *speaker) say(n *node, depth int) {
	switch n.op {
	case opText:
		for _, ch := range n.text {
			if ch >= 'A' && ch <= 'Z' && s.r.IntN(4) == 0 {
				ch += 32
			}
			s.b = utf8.AppendRune(s.b, ch)
		}
	case opRange:
		ch := n.lo + s.r.Int32N(n.hi-n.lo+1)
		switch s.r.IntN(8) {
		case 0:
			ch = n.lo
		case 1:
			ch = n.hi
		}
		s.b = utf8.AppendRune(s.b, ch)
	case opRule:
		s.sayRule(n.rule, depth+1)
	case opSeq:
		for _, k := range n.kids {
			s.say(k, depth)
		}
	case opAlt:
		k := s.choose(n, depth)
		s.used[n.choice+k]++
		s.say(n.kids[k], depth)
	case opRepeat:
		for range s.times(n, depth) {
			s.say(n.kids[0], depth)
		}
	}
}

func (s *speaker) sayRule(i, depth int) {
	from, spans := len(s.b), len(s.spans)
	rule := &s.rules[i]
	was := s.open[i]
	s.open[i] = true
	defer func() { s.open[i] = was }()
	for try := 0; ; try++ {
		if rule.make != nil {
			s.b = append(s.b, rule.make(s.r, s.server)...)
		} else {
			s.say(rule.node, depth)
		}
		if rule.ok == nil || rule.ok(s.b[from:]) {
			break
		}
		if try == 10000 {
			panic("no sentence of " + rule.name + " in 10,000 tries, the last one: " + string(s.b[from:]))
		}
		s.b, s.spans = s.b[:from], s.spans[:spans]
	}
	s.spans = append(s.spans, genSpan{i, from, len(s.b)})
}

// choose picks an alternative.
func (s *speaker) choose(n *node, depth int) int {
	if len(n.kids) == 1 {
		return 0
	}
	if s.hurry(depth) {
		best := 0
		for k := range n.kids {
			if s.cost(n.kids[k]) < s.cost(n.kids[best]) {
				best = k
			}
		}
		return best
	}
	if s.curious {
		best, most := 0, 0
		for k := range n.kids {
			if news := s.newsOf(n, k); news > most {
				best, most = k, news
			}
		}
		if most > 0 {
			return best
		}
	}
	k, other := s.draw(n), s.draw(n)
	if s.used[n.choice+other]*n.weights[k] < s.used[n.choice+k]*n.weights[other] {
		k = other
	}
	return k
}

// news counts the alternatives in n, and in what it leads to but for the rules that
// were seen, that were never used.
func (s *speaker) news(n *node, seen []bool) (count int) {
	if n.op == opRule && !seen[n.rule] && s.rules[n.rule].make == nil {
		seen[n.rule] = true
		count += s.news(s.rules[n.rule].node, seen)
	}
	for k, kid := range n.kids {
		if n.op == opAlt && s.used[n.choice+k] == 0 {
			count++
		}
		count += s.news(kid, seen)
	}
	return count
}

// newsOf is news of one alternative.
func (s *speaker) newsOf(n *node, k int) int {
	count := s.news(n.kids[k], slices.Clone(s.open))
	if s.used[n.choice+k] == 0 {
		count++
	}
	return count
}

// draw picks an alternative by weight.
func (s *speaker) draw(n *node) int {
	sum := 0
	for _, w := range n.weights {
		sum += w
	}
	at := s.r.IntN(sum)
	for k, w := range n.weights {
		if at -= w; at < 0 {
			return k
		}
	}
	return 0
}

// times picks how often a repetition is repeated.
func (s *speaker) times(n *node, depth int) int {
	most := n.max
	if most < 0 || most > n.min+4 {
		most = n.min + 4
	}
	if n.min == 0 && s.curious && !s.hurry(depth) && s.news(n.kids[0], slices.Clone(s.open)) > 0 {
		return 1
	}
	if most == n.min || s.hurry(depth) {
		return n.min
	}
	if n.max < 0 {
		return n.min + min(s.r.IntN(most-n.min+1), s.r.IntN(most-n.min+1))
	}
	return n.min + s.r.IntN(most-n.min+1)
}
