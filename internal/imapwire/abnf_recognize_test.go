package imapwire

import (
	mathbits "math/bits"
	"unicode/utf8"
)

// maxSentence bounds what the recognizer takes.
const maxSentence = 383

// places is a set of offsets.
type places [(maxSentence + 64) / 64]uint64

func (p *places) add(i int)      { p[i/64] |= 1 << (i % 64) }
func (p *places) has(i int) bool { return p[i/64]&(1<<(i%64)) != 0 }

func (p *places) join(q *places) (grew bool) {
	for i := range p {
		grew = grew || q[i]&^p[i] != 0
		p[i] |= q[i]
	}
	return grew
}

// next returns the first offset in p from i on, or -1.
func (p *places) next(i int) int {
	for w := i / 64; w < len(p); w++ {
		bits := p[w]
		if w == i/64 {
			bits &= ^uint64(0) << (i % 64)
		}
		if bits != 0 {
			return w*64 + mathbits.TrailingZeros64(bits)
		}
	}
	return -1
}

// A recognizer tells whether octets are a sentence of a grammar: it follows all
// the ways through the grammar at once.
type recognizer struct {
	*abnf
	server bool
	b      []byte
	memo   []places // by rule and offset
	known  []uint32 // the turn in which memo was set
	turn   uint32
}

// sentence tells whether b is one of the grammar.
func (g *recognizer) sentence(b []byte) bool {
	g.b = b
	if g.memo == nil {
		g.memo = make([]places, len(g.rules)*(maxSentence+1))
		g.known = make([]uint32, len(g.memo))
	}
	g.turn++
	return g.ends(g.start(g.server), 0).has(len(b))
}

// ends returns where a rule that begins at offset i can end.
func (g *recognizer) ends(rule, i int) *places {
	key := i*len(g.rules) + rule
	if g.known[key] == g.turn {
		return &g.memo[key]
	}
	var out places
	r := &g.rules[rule]
	if r.match != nil {
		if n := r.match(g.b[i:], g.server); n >= 0 {
			out.add(i + n)
		}
	} else {
		var from places
		from.add(i)
		all := g.reach(r.node, from)
		for end := all.next(0); end >= 0; end = all.next(end + 1) {
			if r.ok == nil || r.ok(g.b[i:end]) {
				out.add(end)
			}
		}
	}
	g.memo[key], g.known[key] = out, g.turn
	return &g.memo[key]
}

// reach returns where n can end when it begins at one of from.
func (g *recognizer) reach(n *node, from places) (out places) {
	if from == (places{}) {
		return out
	}
	switch n.op {
	case opText:
		for i := from.next(0); i >= 0; i = from.next(i + 1) {
			if i+len(n.text) <= len(g.b) && equalLetters(g.b[i:i+len(n.text)], n.text) {
				out.add(i + len(n.text))
			}
		}
	case opRange:
		for i := from.next(0); i >= 0; i = from.next(i + 1) {
			ch, size := utf8.DecodeRune(g.b[i:])
			if size > 0 && (ch != utf8.RuneError || size > 1) && n.lo <= ch && ch <= n.hi {
				out.add(i + size)
			}
		}
	case opRule:
		for i := from.next(0); i >= 0; i = from.next(i + 1) {
			out.join(g.ends(n.rule, i))
		}
	case opSeq:
		out = from
		for _, k := range n.kids {
			out = g.reach(k, out)
		}
	case opAlt:
		for _, k := range n.kids {
			p := g.reach(k, from)
			out.join(&p)
		}
	case opRepeat:
		level := from
		for count := 0; level != (places{}) && (n.max < 0 || count <= n.max); count++ {
			if count >= n.min && !out.join(&level) {
				break
			}
			level = g.reach(n.kids[0], level)
		}
	}
	return out
}

// equalLetters compares ASCII letters in any case.
func equalLetters(b []byte, s string) bool {
	for i := range b {
		if upper(b[i]) != upper(s[i]) {
			return false
		}
	}
	return true
}
