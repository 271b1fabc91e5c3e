package fuzz

import (
	"slices"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
)

// The bounds of a Search.
const (
	maxKept     = 4096    // cases that are mutated
	maxFeatures = 1 << 20 // features that are told apart
	maxSaid     = 2 << 10 // bytes of what the target said, a kept case
	recent      = 64      // the cases that count as new
	commonSize  = 1 << 12
)

// A Search is one deterministic stream of cases for one target. Which case
// comes k-th depends on the seed, the stream, the inputs, and what the first
// k-1 cases showed, and on nothing else: not on time, not on other streams.
//
// Take a case with Next, run it, and hand the result to Done before the next
// one. A Search is not safe for concurrent use.
type Search struct {
	target       corpus.Target
	seed, stream uint64
	inputs       []*corpus.Case
	news         []*corpus.Case // handed over, and not run yet
	vocab        *Vocabulary
	next         uint64
	parent       uint64 // of the last case, 0: none
	text         []byte
	kept         []keptCase
	total        int      // kept ever
	fresh        []uint64 // of the case that is judged
	features     map[uint64]struct{}
	common       [commonSize]uint64 // some of features, by their low bits: most that a run shows are among them
	buckets      map[string]struct{}
	banned       map[uint64]bool
	limit        int // bytes of data from which on cases are left out; 0: none
	edges        *edgeMap
	rare         rareEdges
	pending      []smash
	yields       *yields
	made         []kind // what made the last case
}

// Kept is a case that a Search keeps, with what it showed first: enough to
// restore the Search in another process.
type Kept struct {
	K        uint64   `json:"k"`                   // it was the K-th case, from 1
	Case     string   `json:"case"`                // its canonical text, up to the last step that showed something new
	Features []uint64 `json:"features,omitempty"`  // that no case before had shown
	Buckets  []string `json:"buckets,omitempty"`   // that no case before had fallen in
	Made     string   `json:"made,omitempty"`      // the names of the mutations and faults that made it, with "+" between
	Said     []byte   `json:"said,omitempty"`      // what the target sent, for the vocabulary
	Edges    []byte   `json:"edges,omitempty"`     // of the target's code that it takes, packed
	NewEdges int      `json:"new_edges,omitempty"` // of these, that no case before had taken, or not so often
}

type keptCase struct {
	k    uint64
	c    *corpus.Case
	size int // bytes of data
	rare int // features that it showed first
}

// NewSearch returns the stream numbered stream of seed, for a target that is
// described by v. It begins with the inputs, as they are and in order, and goes
// on with mutations and inventions. It owns v.
func NewSearch(target corpus.Target, seed, stream uint64, inputs []*corpus.Case, v *Vocabulary) *Search {
	return &Search{
		target: target, seed: seed, stream: stream, inputs: inputs, vocab: v,
		features: map[uint64]struct{}{}, buckets: map[string]struct{}{}, banned: map[uint64]bool{},
		edges: newEdgeMap(nil), yields: newYields(uint64(len(inputs))),
	}
}

// cover has s look at the edges of the target's code that cases take, which the
// program counts in c: Next clears them, Done reads them. Call it before anything
// else.
func (s *Search) cover(c *counters) {
	s.edges = newProgramMap(c)
	s.rare = rareEdges{kept: make([]uint32, c.len()), best: make([]*keptCase, c.len())}
}

// Restore brings s, which must be new, to where a search was that had drawn
// the first k cases and kept those in kept.
func (s *Search) Restore(k uint64, kept []Kept) error {
	for _, e := range kept {
		c, err := corpus.Parse("kept", []byte(e.Case))
		if err != nil {
			return err
		}
		s.forward(e.K)
		if err := s.admit(e, c); err != nil {
			return err
		}
	}
	s.forward(k)
	return nil
}

// Hand gives s a case to run next, after the inputs. From there on the stream
// depends on it, too.
func (s *Search) Hand(c *corpus.Case) { s.news = append(s.news, c) }

// Ban excludes the K-th case from mutation: its offspring ends processes.
func (s *Search) Ban(k uint64) { s.banned[k] = true }

// Limit excludes, from here on, drawn cases with n or more bytes of data. 0 is
// no limit.
func (s *Search) Limit(n int) { s.limit = n }

// Next returns the next case, and its number, from 1. The caller must not
// change the case.
func (s *Search) Next() (c *corpus.Case, k uint64) {
	s.edges.reset()
	s.next++
	s.parent = 0
	s.made = nil
	if s.next <= uint64(len(s.inputs)) {
		return s.inputs[s.next-1], s.next
	}
	if len(s.news) > 0 {
		c, s.news = s.news[0], s.news[1:]
		return c, s.next
	}
	r := NewRand(s.seed, s.stream<<40^s.next)
	if s.smashes() {
		if c = s.smash(r); s.limit == 0 || dataSize(c) < s.limit {
			return c, s.next
		}
	}
	for range 8 {
		if c = s.draw(r); s.limit == 0 || dataSize(c) < s.limit {
			return c, s.next
		}
	}
	s.parent, s.made = 0, nil
	return s.inputOr(r), s.next
}

// inputOr returns a harmless case where drawing gave none.
func (s *Search) inputOr(r *Rand) *corpus.Case {
	if len(s.inputs) > 0 {
		return Pick(r, s.inputs)
	}
	return Decode(s.target, nil, s.vocab)
}

// enough is how many new features make a case worth keeping. It grows with the
// number of cases, since most features are sequences, of which there are always
// more.
func (s *Search) enough() int { return 1 + min(s.total/40, 40) }

// Parent returns the number of the kept case that the last case was made from,
// 0 for none.
func (s *Search) Parent() uint64 { return s.parent }

// Features returns how many different states and replies have been seen.
func (s *Search) Features() int { return len(s.features) }

// Done takes the result of the case that Next returned last. If the case is
// kept, because it showed what none before had, Done returns what is to be
// known of it.
func (s *Search) Done(c *corpus.Case, res *harness.Result) *Kept {
	if res.Record == nil {
		return nil
	}
	e := Kept{K: s.next}
	s.fresh = s.fresh[:0]
	last := 0 // the step by which all that is new had shown
	res.Record.Features(func(f uint64, step int) {
		if !s.known(f) && len(s.features) < maxFeatures && !slices.Contains(s.fresh, f) {
			s.fresh = append(s.fresh, f)
			last = max(last, step)
		}
	})
	for i := range res.Findings {
		b := res.Findings[i].Bucket()
		if _, ok := s.buckets[b]; !ok {
			s.buckets[b] = struct{}{}
			e.Buckets = append(e.Buckets, b)
			last = max(last, res.Findings[i].Step+1)
		}
	}
	s.edges.look()
	keep := len(s.fresh)+s.edges.rare >= s.enough() || s.edges.new > 0 || len(e.Buckets) > 0
	s.yields.note(s.made, keep)
	if !keep {
		return nil
	}
	e.Made = madeNames(s.made)
	e.Edges, e.NewEdges = s.edges.taken(), s.edges.rare
	e.Features = slices.Clone(s.fresh)
	if s.edges.new+s.edges.rare > 0 {
		last = len(c.Steps) // which step took them is not known
	}
	short := cut(c, last)
	s.text = short.Append(s.text[:0])
	e.Case = string(s.text)
	e.Said = said(res.Record)
	s.admit(e, short)
	return &e
}

// cut returns a copy of c without what follows its first n steps and the literals
// that they have begun: what shows the same in fewer steps runs faster, and so do
// its offspring. Cases for clients stay whole: replies that are missing are a case
// of their own.
func cut(c *corpus.Case, n int) *corpus.Case {
	d := c.Clone()
	if c.Target == corpus.Client || n < 1 || n >= len(d.Steps) {
		return d
	}
	d.Steps = d.Steps[:blockEnd(d, n-1)]
	if d.Valid() != nil {
		return c.Clone()
	}
	return d
}

// known reports whether a kept case has shown the feature f. The map is larger
// than the processor's caches; common is not.
func (s *Search) known(f uint64) bool {
	at := &s.common[f%commonSize]
	if *at == f {
		return true
	}
	_, ok := s.features[f]
	if ok {
		*at = f
	}
	return ok
}

// admit adds e to what is mutated.
func (s *Search) admit(e Kept, c *corpus.Case) error {
	for _, f := range e.Features {
		s.features[f] = struct{}{}
	}
	for _, b := range e.Buckets {
		s.buckets[b] = struct{}{}
	}
	s.vocab.Learn(e.Said)
	s.yields.learn(&e)
	s.total++
	if len(s.kept) >= maxKept {
		s.evict()
	}
	kept := keptCase{k: e.K, c: c, size: dataSize(c), rare: len(e.Features) + e.NewEdges}
	s.kept = append(s.kept, kept)
	s.rare.admit(kept, e.Edges)
	if s.edges.adds(e.Edges) && e.K > uint64(len(s.inputs)) && len(s.pending) < maxSmashes {
		s.pending = append(s.pending, smash{e: kept})
	}
	return s.edges.admit(e.Edges)
}

// evict drops the least worthy of the oldest few.
func (s *Search) evict() {
	worst := 0
	for i := 1; i < 16; i++ {
		if s.kept[i].worth() < s.kept[worst].worth() {
			worst = i
		}
	}
	copy(s.kept[worst:], s.kept[worst+1:])
	s.kept = s.kept[:len(s.kept)-1]
}

// said returns the beginning of what the target sent.
func said(rec *harness.Record) []byte {
	kind := harness.ServerSent
	if rec.Tests == corpus.Client {
		kind = harness.ClientSent
	}
	var out []byte
	for i := range rec.Events {
		if e := &rec.Events[i]; e.Kind == kind && len(out)+len(e.Data) <= maxSaid {
			out = append(out, e.Data...) // whole, since its words may come in any order
		}
	}
	return out
}

func dataSize(c *corpus.Case) int {
	n := 0
	for i := range c.Steps {
		n += len(c.Steps[i].Data)
	}
	return n
}
