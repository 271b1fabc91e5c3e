package harness

import (
	"bytes"
	"fmt"
)

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
			f.Where, f.Summary = sizePlace(w.size, n), fmt.Sprintf("the RFC822.SIZE of message %d is %d, its BODY[] has %d octets", uid, w.size, n)
			m.report(exactSize, f)
		}
		return
	}
}

// sizePlace tells a message that is not there at all, where it is fetched, from one
// that is shown otherwise than it is counted.
func sizePlace(size uint64, octets int) string {
	if octets == 0 && size > 0 {
		return "empty"
	}
	return ""
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
		if rule == oneMessage && m.j.restarted(w.event, f.event) {
			f.Where, f.Summary = overRestart, f.Summary+": the server was restarted between"
		}
		m.report(rule, f)
		if rule == oneMessage { // what was told of the first does not bind the second
			*w = witness{id: id, event: f.event, conn: f.Conn, appended: w.appended, removed: -1, sections: append(w.sections[:0], *sec)}
		}
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
		if w.appended != nil { // what it is shown as may be wrong
			if bytes.Equal(w.appended, octets) {
				return true
			}
			continue
		}
		for k := range w.sections {
			if len(w.sections[k].section) == 0 && bytes.Equal(w.sections[k].octets, octets) {
				return true
			}
		}
	}
	return m.j.brought(octets)
}

// brought reports whether an APPEND of the run, which was not refused, brought octets.
func (j *judging) brought(octets []byte) bool {
	for _, s := range j.rec.Conns {
		for i := range s.Commands {
			if a := s.Commands[i].Answer; a >= 0 && !okStatus(&s.Responses[a]) {
				continue
			}
			for _, lit := range s.Commands[i].Literals {
				if s.Commands[i].Name == "APPEND" && !lit.Refused && bytes.Equal(lit.Data, octets) {
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
	if len(want) == 0 || len(octets) == 0 { // which is the content of no message
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
