package harness

import (
	"bytes"
	"fmt"
	"iter"

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
	return m
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
	*w = witness{event: event, conn: conn, removed: -1, sections: w.sections[:0]}
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

// completion takes what the end of a command tells.
func (m *identities) completion(s *Session, r *Response) {
	c := &s.Commands[r.Command]
	if c.Err != nil || r.Status != imapwire.OK {
		return
	}
	switch c.Name {
	case "SELECT", "EXAMINE":
		for k := range s.facts.selections {
			if sel := &s.facts.selections[k]; sel.command == r.Command {
				m.told(sel.mailbox, sel.validity, sel.next, c, s.Conn, r.Event)
			}
		}
	case "DELETE", "RENAME", "CREATE":
		m.renew(c, r)
	case "APPEND":
		m.appended(s, c, r)
	}
}

// renew notes that a name may stand for another mailbox from now on.
func (m *identities) renew(c *Command, r *Response) {
	for _, get := range []func() ([]byte, bool){c.Command.Mailbox, c.NewName} {
		name, ok := get()
		if !ok {
			continue
		}
		b := m.boxes[imapwire.MailboxName(name)]
		if b == nil || c.Name == "RENAME" && imapwire.MailboxName(name) == "INBOX" {
			continue
		}
		if c.Name != "CREATE" && b.validity != 0 {
			b.oldValid, b.oldNext = b.validity, max(b.next, b.lastUID+1)
		}
		b.validity, b.next, b.lastUID, b.renewed = 0, 0, 0, r.Event
	}
}

// told takes a UIDVALIDITY and a UIDNEXT of a mailbox: 0 is not told.
func (m *identities) told(name string, validity, next uint32, c *Command, conn, event int) {
	b := m.box(name)
	f := Finding{Conn: conn, event: event}
	if validity != 0 {
		if b.validity != 0 && c.Begun > b.at {
			m.reached[validGrows], m.reached[uidsLast] = true, true
			if validity != b.validity && !m.j.uses("DELETE", "RENAME", "CREATE") {
				f.Summary = fmt.Sprintf("the UIDVALIDITY of %s went from %d to %d, and nobody had deleted or renamed it", name, b.validity, validity)
				rule := uidsLast
				if validity < b.validity {
					rule = validGrows
				}
				m.report(rule, f)
			}
		}
		if validity != b.validity {
			b.next, b.lastUID = 0, 0
		}
		b.validity, b.at = validity, event
	}
	if next == 0 || b.validity == 0 {
		return
	}
	m.nextTold(name, b, next, c, f)
}

// nextTold holds a UIDNEXT against those before.
func (m *identities) nextTold(name string, b *boxWitness, next uint32, c *Command, f Finding) {
	if b.renewed >= 0 && b.oldValid != 0 {
		m.reached[renewedBox] = true
		if b.validity == b.oldValid && next < b.oldNext {
			f.Summary = fmt.Sprintf("%s was made anew with the UIDVALIDITY %d that it had, and its UIDNEXT went from %d to %d: UIDs will be used twice", name, b.validity, b.oldNext, next)
			m.report(renewedBox, f)
			return
		}
	}
	if b.next != 0 && c.Begun > b.nextAt {
		m.reached[nextHolds] = true
		if next < b.next {
			f.Where = "falls"
			f.Summary = fmt.Sprintf("UIDNEXT of %s went from %d to %d", name, b.next, next)
			m.report(nextHolds, f)
		}
	}
	if b.lastUID != 0 && c.Begun > b.lastAt && next <= b.lastUID {
		f.Where = "too small"
		f.Summary = fmt.Sprintf("UIDNEXT of %s is %d, and a message has been stored there with the UID %d", name, next, b.lastUID)
		m.report(nextHolds, f)
	}
	b.next, b.nextAt = next, f.event
}

// status takes a STATUS response.
func (m *identities) status(s *Session, i int) {
	c := s.alone(i)
	if c == nil || c.Name != "STATUS" {
		return
	}
	data, ok := s.Responses[i].StatusData()
	if !ok {
		return
	}
	validity, _ := data.Get("UIDVALIDITY")
	next, _ := data.Get("UIDNEXT")
	if validity != 0 || next != 0 {
		m.told(imapwire.MailboxName(data.Mailbox), uint32(validity), uint32(next), c, s.Conn, s.Responses[i].Event)
	}
}

// stored takes the UID that a new message got.
func (m *identities) stored(name string, validity uint32, uid uint32, c *Command, conn, event int) {
	b := m.box(name)
	f := Finding{Conn: conn, event: event}
	m.reached[uidsAscend] = true
	if b.validity != 0 && b.validity != validity && c.Begun > b.at && !m.j.uses("DELETE", "RENAME", "CREATE") {
		f.Where = "UIDVALIDITY"
		f.Summary = fmt.Sprintf("%s names the UIDVALIDITY %d, that of %s is %d", trimUID(c.Name), validity, name, b.validity)
		m.report(realUIDs, f)
		return
	}
	if b.validity != validity {
		b.validity, b.at, b.next, b.lastUID = validity, event, 0, 0
	}
	if b.next != 0 && c.Begun > b.nextAt {
		m.reached[nextHolds] = true
		if uid < b.next {
			f.Where = "new message"
			f.Summary = fmt.Sprintf("a new message of %s got the UID %d, and UIDNEXT had been %d", name, uid, b.next)
			m.report(nextHolds, f)
		}
	}
	if b.lastUID != 0 && c.Begun > b.lastAt && uid <= b.lastUID {
		f.Where = "new message"
		f.Summary = fmt.Sprintf("a new message of %s got the UID %d, and an earlier one %d", name, uid, b.lastUID)
		m.report(uidsAscend, f)
	}
	if b.renewed >= 0 && b.oldValid != 0 {
		m.reached[renewedBox] = true
		if validity == b.oldValid && uid < b.oldNext {
			f.Summary = fmt.Sprintf("%s was made anew with the UIDVALIDITY %d that it had, and a message got the UID %d, below the old UIDNEXT %d", name, validity, uid, b.oldNext)
			m.report(renewedBox, f)
		}
	}
	if uid > b.lastUID {
		b.lastUID, b.lastAt = uid, event
	}
}

// appended takes the completion of an APPEND.
func (m *identities) appended(s *Session, c *Command, r *Response) {
	validity, uids, ok := r.AppendUID()
	name, named := c.Command.Mailbox()
	if !ok || !named || r.Code != "APPENDUID" {
		return
	}
	m.reached[realUIDs] = true
	box := imapwire.MailboxName(name)
	n := 0
	c.EachMessage(func(imapwire.AppendMessage) { n++ })
	if uids.HasStar() || uids.Count(0) != uint64(n) {
		m.report(realUIDs, Finding{
			Conn: s.Conn, event: r.Event, Where: "count",
			Summary: fmt.Sprintf("APPENDUID names %d UIDs for %d messages: %s", uids.Count(0), n, quoteUnit(r.Raw)),
		})
		return
	}
	if n != 1 || !m.j.undisturbed(s, c.Begun, r.Event) {
		return
	}
	uid := uids[0].First
	m.stored(box, validity, uid, c, s.Conn, r.Event)
	c.EachMessage(func(a imapwire.AppendMessage) {
		m.get(identity{box, validity, uid}, r.Event, s.Conn).appended = a.Data
	})
}

// copied takes a COPYUID.
func (m *identities) copied(s *Session, i int) {
	r := &s.Responses[i]
	c := s.alone(i)
	if c == nil {
		return
	}
	validity, from, to, ok := r.CopyUID()
	name, named := c.Command.Mailbox()
	base := trimUID(c.Name)
	if !ok || !named || base != "COPY" && base != "MOVE" {
		return
	}
	m.reached[realUIDs] = true
	if from.HasStar() || to.HasStar() || from.Count(0) != to.Count(0) {
		m.report(realUIDs, Finding{
			Conn: s.Conn, event: r.Event, Where: "count",
			Summary: "COPYUID has sets of different sizes: " + quoteUnit(r.Raw),
		})
		return
	}
	if to.Count(0) > maxWitnessed || !m.j.undisturbed(s, c.Begun, r.Event) {
		return
	}
	box := imapwire.MailboxName(name)
	sel := s.selectionAt(r.Event)
	next, stop := iter.Pull(from.Numbers(0))
	defer stop()
	first := true
	for uid := range to.Numbers(0) {
		source, _ := next()
		if first {
			m.stored(box, validity, uid, c, s.Conn, r.Event)
			first = false
		}
		if b := m.box(box); uid > b.lastUID {
			b.lastUID, b.lastAt = uid, r.Event
		}
		if sel != nil && sel.validity != 0 {
			m.get(identity{box, validity, uid}, r.Event, s.Conn).copyOf = identity{sel.mailbox, sel.validity, source}
		}
	}
}

// selectionAt returns what was selected when that event came, nil if that is not
// known.
func (s *Session) selectionAt(event int) *selection {
	f := s.gather()
	for k := len(f.selections) - 1; k >= 0; k-- {
		if f.selections[k].from < event {
			return &f.selections[k]
		}
	}
	return nil
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

// fetched takes what a FETCH response tells of a message.
func (m *identities) fetched(s *Session, f *facts, now *fetched) {
	if now.uid == 0 || now.selection < 0 || f.selections[now.selection].validity == 0 {
		return
	}
	r := &s.Responses[now.resp]
	if f.changed.resp >= 0 && f.changed.resp <= now.resp || f.disorder.resp >= 0 && f.disorder.resp <= now.resp {
		return // which message it is of is open
	}
	if !now.hasSize && now.date == nil && now.envelope == nil && now.structure == nil && now.from == now.to {
		return
	}
	sel := &f.selections[now.selection]
	id := identity{sel.mailbox, sel.validity, now.uid}
	w := m.get(id, r.Event, s.Conn)
	m.count++
	at := Finding{Conn: s.Conn, event: r.Event}
	if now.hasSize {
		m.size(w, now.uid, now.size, at)
	}
	m.value(w, id, "INTERNALDATE", &w.date, now.date, at)
	if !s.enabledAny(r.Event) {
		m.value(w, id, "ENVELOPE", &w.envelope, now.envelope, at)
		m.value(w, id, "BODYSTRUCTURE", &w.struc, now.structure, at)
	}
	for k := now.from; k < now.to; k++ {
		if sec := &f.sections[k]; sec.origin < 0 && !sec.isNil {
			m.content(w, id, sec, at)
		}
	}
}

// enabledAny reports whether the client had enabled an extension, which may change
// how strings are written.
func (s *Session) enabledAny(event int) bool {
	for i := range s.Responses {
		if s.Responses[i].Event >= event {
			break
		}
		if s.Responses[i].Name == "ENABLED" {
			return true
		}
	}
	return false
}

// ghost reports whether data may be what RFC 2180, section 4.1.3, lets a server
// say of a message that another session has expunged: nothing.
func (m *identities) ghost(value []byte) bool {
	empty := len(value) == 0 || bytes.HasPrefix(value, []byte("00-")) || bytes.Contains(value, []byte("NIL NIL NIL NIL NIL"))
	return empty && m.j.uses("EXPUNGE", "CLOSE", "MOVE")
}

func (m *identities) size(w *witness, uid uint32, size uint64, f Finding) {
	if w.hasSize && w.size != size && !(size == 0 && m.ghost(nil)) {
		f.Where = "RFC822.SIZE"
		f.Summary = fmt.Sprintf("the size of message %d went from %d to %d", uid, w.size, size)
		m.report(staticData, f)
	}
	if w.hasSize {
		m.reached[staticData] = true
	}
	w.size, w.hasSize = size, true
	m.sizeHolds(w, uid, f)
}

// sizeHolds holds the size of a message against its octets.
func (m *identities) sizeHolds(w *witness, uid uint32, f Finding) {
	if !w.hasSize {
		return
	}
	for k := range w.sections {
		if len(w.sections[k].section) > 0 {
			continue
		}
		m.reached[exactSize] = true
		if n := len(w.sections[k].octets); uint64(n) != w.size && !m.ghost(w.sections[k].octets) && !(w.size == 0 && m.ghost(nil)) {
			f.Where, f.Summary = "", fmt.Sprintf("the RFC822.SIZE of message %d is %d, its BODY[] has %d octets", uid, w.size, n)
			m.report(exactSize, f)
		}
		return
	}
}

// value holds a static item against what was told of it before.
func (m *identities) value(w *witness, id identity, name string, was *[]byte, now []byte, f Finding) {
	if now == nil || m.ghost(now) {
		return
	}
	if *was == nil {
		*was = now
		return
	}
	m.reached[staticData] = true
	if !bytes.Equal(*was, now) {
		f.Where = name
		f.Summary = fmt.Sprintf("%s of message %d went from %s to %s", name, id.uid, quoteUnit(*was), quoteUnit(now))
		m.report(staticData, f)
	}
}

// content holds octets against what was told of them before.
func (m *identities) content(w *witness, id identity, sec *fetchedSection, f Finding) {
	if m.ghost(sec.octets) {
		return
	}
	whole := len(sec.section) == 0
	if whole && m.contradicts(w, id, sec.octets, f) {
		return
	}
	for k := range w.sections {
		was := &w.sections[k]
		if !bytes.EqualFold(was.section, sec.section) {
			continue
		}
		m.reached[staticData], m.reached[oneMessage] = true, true
		if bytes.Equal(was.octets, sec.octets) {
			return
		}
		rule, how := staticData, "changed"
		if whole && m.otherMessage(id, sec.octets) {
			rule, how = oneMessage, "now stand for another message"
		}
		if b := m.boxes[id.mailbox]; b != nil && b.renewed > w.event && id.validity == b.oldValid {
			rule = renewedBox
		}
		f.Where = ""
		if rule == staticData {
			f.Where = "BODY"
		}
		f.Summary = fmt.Sprintf("the octets of BODY[%s] of the UID %d of %s (UIDVALIDITY %d) %s", sec.section, id.uid, id.mailbox, id.validity, how)
		m.report(rule, f)
		return
	}
	w.sections = append(w.sections, *sec)
	if whole {
		m.sizeHolds(w, id.uid, f)
	}
}

// otherMessage reports whether octets are those of a message that is not id.
func (m *identities) otherMessage(id identity, octets []byte) bool {
	for other, w := range m.known {
		if other == id {
			continue
		}
		for k := range w.sections {
			if len(w.sections[k].section) == 0 && bytes.Equal(w.sections[k].octets, octets) {
				return true
			}
		}
		if bytes.Equal(w.appended, octets) {
			return true
		}
	}
	return m.j.brought(octets)
}

// brought reports whether an APPEND of the run brought octets.
func (j *judging) brought(octets []byte) bool {
	for _, s := range j.rec.Conns {
		for i := range s.Commands {
			for _, lit := range s.Commands[i].Literals {
				if s.Commands[i].Name == "APPEND" && bytes.Equal(lit.Data, octets) {
					return true
				}
			}
		}
	}
	return false
}

// contradicts holds octets against what APPENDUID or COPYUID said of the UID: that
// another message has it is certain only if the octets are another's.
func (m *identities) contradicts(w *witness, id identity, octets []byte, f Finding) bool {
	if b := m.boxes[id.mailbox]; b != nil && b.renewed > w.event {
		return false // by R-UID-5, R-MA-1
	}
	want := w.appended
	if want == nil {
		if source := m.known[w.copyOf]; source != nil && w.copyOf != id {
			for k := range source.sections {
				if len(source.sections[k].section) == 0 {
					want = source.sections[k].octets
				}
			}
		}
	}
	if want == nil {
		return false
	}
	m.reached[realUIDs], m.reached[oneMessage] = true, true
	if bytes.Equal(want, octets) || !m.otherMessage(id, octets) {
		return false
	}
	f.Where = "other message"
	f.Summary = fmt.Sprintf("the UID %d of %s (UIDVALIDITY %d) is not that of the message for which APPENDUID or COPYUID told it", id.uid, id.mailbox, id.validity)
	m.report(realUIDs, f)
	return true
}
