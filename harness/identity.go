package harness

import (
	"slices"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// An identity is what a UID is of: the same mailbox, UIDVALIDITY and UID never
// stand for two messages (RFC 9051, section 2.3.1.1).
type identity struct {
	mailbox  string
	validity uint32
	uid      uint32
}

// A witness is what was told of one message.
type witness struct {
	id       identity
	event    int // of the first word of it
	conn     int
	size     uint64
	hasSize  bool
	date     []byte
	envelope []byte
	struc    []byte
	sections []fetchedSection
	appended []byte // what an APPEND brought that was answered with its UID
	copyOf   identity
	removed  int // event by which it was known to be gone; -1
}

// identities is the ledger of a run: who told what of which message, over all
// sessions.
type identities struct {
	j     *judging
	known map[identity]*witness
	pool  []*witness
	used  int
	boxes map[string]*boxWitness
	count int // of data that were compared
	found []ruleFinding

	reached [identityRules]bool
}

// A boxWitness is what was told of a mailbox under one name.
type boxWitness struct {
	validity uint32
	at       int // event by which validity was told
	next     uint32
	nextAt   int
	lastUID  uint32 // the largest that APPENDUID told
	lastAt   int
	renewed  int // event by which another mailbox may have got the name; -1
	oldValid uint32
	oldNext  uint32 // at least this was UIDNEXT of the one before
}

// ruleFinding is a finding of a rule that other rules are judged together with.
type ruleFinding struct {
	rule int
	Finding
}

// The rules that the ledger tells of.
const (
	oneMessage = iota // R-UID-1
	uidsAscend        // R-UID-2
	nextHolds         // R-UID-3
	validGrows        // R-UID-4
	renewedBox        // R-UID-5
	staticData        // R-UID-6
	realUIDs          // R-UID-8
	uidsLast          // 2683-3.4.3-a
	exactSize         // 2683-3.4.5-a
	identityRules
)

// maxWitnessed bounds the work on one run.
const maxWitnessed = 1 << 12

// identify returns the ledger of the run, which it keeps.
func (j *judging) identify() *identities {
	if j.ids != nil {
		return j.ids
	}
	m := &j.rec.Conns[0].ids
	j.ids = m
	m.reset(j)
	m.before()
	j.rec.inOrder(func(s *Session, it Item) bool {
		if it.Kind == ResponseItem {
			m.response(s, it.Index)
		}
		return m.count < maxWitnessed
	})
	m.after()
	m.overRuns()
	m.shown()
	return m
}

// shown leaves out that UIDs fell over a restart, where it shows what came of it: a
// UID that stands for a second message.
func (m *identities) shown() {
	again := func(f ruleFinding) bool {
		return f.rule == oneMessage && (f.Where == overRestart || f.Where == "over runs")
	}
	if !slices.ContainsFunc(m.found, again) {
		return
	}
	m.found = slices.DeleteFunc(m.found, func(f ruleFinding) bool { return f.rule == nextHolds || f.rule == uidsAscend })
}

func (m *identities) reset(j *judging) {
	if m.known == nil {
		m.known, m.boxes = make(map[identity]*witness), make(map[string]*boxWitness)
	}
	clear(m.known)
	clear(m.boxes)
	m.j, m.used, m.count, m.found, m.reached = j, 0, 0, m.found[:0], [identityRules]bool{}
}

// checkIdentity returns the check of one of the ledger's rules.
func checkIdentity(rule int) func(*judging, Rule) {
	return func(j *judging, r Rule) {
		if len(j.rec.Conns) == 0 {
			return
		}
		m := j.identify()
		if m.reached[rule] {
			j.reach(r)
		}
		for i := range m.found {
			if m.found[i].rule == rule {
				j.report(r, m.found[i].Finding)
				return
			}
		}
	}
}

func (m *identities) report(rule int, f Finding) {
	m.found = append(m.found, ruleFinding{rule, f})
}

// get returns the witness of id, a new one if there is none.
func (m *identities) get(id identity, event, conn int) *witness {
	if w := m.known[id]; w != nil {
		return w
	}
	if m.used == len(m.pool) {
		m.pool = append(m.pool, new(witness))
	}
	w := m.pool[m.used]
	m.used++
	*w = witness{id: id, event: event, conn: conn, removed: -1, sections: w.sections[:0]}
	m.known[id] = w
	return w
}

func (m *identities) box(name string) *boxWitness {
	b := m.boxes[name]
	if b == nil {
		b = &boxWitness{at: -1, nextAt: -1, lastAt: -1, renewed: -1}
		m.boxes[name] = b
	}
	return b
}

// before takes what the bystander saw in INBOX before the first step.
func (m *identities) before() {
	s := m.j.rec.Before
	if s == nil || s.UIDValidity == 0 {
		return
	}
	b := m.box("INBOX")
	b.validity, b.next = s.UIDValidity, s.UIDNext
}

// response takes one response of s.
func (m *identities) response(s *Session, i int) {
	r := &s.Responses[i]
	f := s.gather()
	if r.Err != nil || r.Event >= f.doubtful {
		return
	}
	switch {
	case r.Name == "FETCH":
		if k := f.ofResponse(i); k >= 0 {
			m.fetched(s, f, &f.fetched[k])
		}
	case r.Name == "STATUS":
		m.status(s, i)
	case r.Type == imapwire.Tagged && r.Command >= 0:
		m.completion(s, r)
	}
	if r.Code == "COPYUID" {
		m.copied(s, i)
	}
}

// ofResponse returns the index of what the i-th response told, or -1.
func (f *facts) ofResponse(i int) int {
	lo, hi := 0, len(f.fetched)
	for lo < hi {
		if mid := (lo + hi) / 2; f.fetched[mid].resp < i {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(f.fetched) && f.fetched[lo].resp == i {
		return lo
	}
	return -1
}

// after takes what the check-up saw of INBOX after the last step.
func (m *identities) after() {
	s := m.j.rec.After
	if s == nil || s.Partial || s.UIDValidity == 0 {
		return
	}
	end := len(m.j.rec.Events)
	last := Command{Begun: end}
	if m.boxes["INBOX"] == nil || m.j.unclear() {
		return
	}
	for _, c := range m.j.rec.Conns {
		if c.facts.changed.resp >= 0 || c.facts.disorder.resp >= 0 {
			return // what the UIDs stand for is open
		}
	}
	m.told("INBOX", s.UIDValidity, s.UIDNext, &last, 0, end)
	for i := range s.Messages {
		msg := &s.Messages[i]
		w := m.known[identity{"INBOX", s.UIDValidity, msg.UID}]
		if w == nil {
			continue
		}
		f := Finding{event: end}
		m.size(w, msg.UID, uint64(msg.Size), f)
		if msg.Body != nil {
			m.content(w, identity{"INBOX", s.UIDValidity, msg.UID}, &fetchedSection{origin: -1, octets: msg.Body}, f)
		}
	}
}
