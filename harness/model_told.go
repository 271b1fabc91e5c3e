package harness

import (
	"fmt"
)

// nextTold holds UIDNEXT against the one that was told before: without a new
// message it stays (RFC 3501, section 2.3.1.1); RFC 9051 lets what failed raise it.
func (m *mailModel) nextTold(s *Session, r *Response, b *modelBox, next uint32) {
	if next == 0 {
		return
	}
	if b.next != 0 && b.nextExact && next >= b.next {
		m.reached[nextStays] = true
		if next != b.next && !b.bumped {
			m.blame(b, nextStays, Finding{
				Conn: s.Conn, event: r.Event, Where: "rises",
				Summary: fmt.Sprintf("UIDNEXT of %s went from %d to %d, and no message had been stored there", b.name, b.next, next),
			})
			return
		}
	}
	b.next, b.nextExact, b.bumped = next, true, false
}

// flushed judges what NOOP has to have told.
func (m *mailModel) flushed(s *Session, r *Response, v *modelView) {
	b := &m.boxes[v.box]
	for i, k := range v.seq {
		if m.msgs[k].maybe {
			m.lose(v.box)
			return
		}
		m.reached[fetchGone] = true
		if m.msgs[k].gone {
			m.blame(&m.boxes[v.box], fetchGone, Finding{
				Conn: s.Conn, event: r.Event, Where: "not told",
				Summary: fmt.Sprintf("message %d of %s was removed, and NOOP does not tell it", i+1, b.name),
			})
			return
		}
	}
	n, ok := m.count(b)
	if !ok {
		m.lose(v.box)
		return
	}
	m.reached[m.ofCount(b, sizeTold)] = true
	if n > len(v.seq) {
		m.blame(b, m.ofCount(b, sizeTold), Finding{
			Conn: s.Conn, event: r.Event, Where: "not told",
			Summary: fmt.Sprintf("%s has %d messages, and after NOOP the client knows of %d", b.name, n, len(v.seq)),
		})
		return
	}
	for i, k := range v.seq {
		msg := &m.msgs[k]
		if (msg.flags^v.base[i])&v.stale[i]&^v.vague[i]&^msg.unsure != 0 {
			rule, where, severity := sizeTold, "flags not told", Warn
			if b.goneStore { // then they have more likely not changed at all
				rule, where, severity = storeGone, "", ""
			}
			m.blame(b, rule, Finding{
				Conn: s.Conn, event: r.Event, Where: where, Severity: severity,
				Summary: fmt.Sprintf("another session has changed the flags of message %d of %s, and NOOP does not tell it", i+1, b.name),
			})
			return
		}
		v.stale[i] = 0
	}
}

// expungeDone judges what EXPUNGE has to have told.
func (m *mailModel) expungeDone(s *Session, r *Response, v *modelView) {
	m.reached[expungeTold] = true
	for i, k := range v.seq {
		msg := &m.msgs[k]
		if msg.maybe {
			msg.maybe = false // it was not: it would have been told
		}
		if msg.gone {
			m.blame(&m.boxes[v.box], expungeTold, Finding{
				Conn: s.Conn, event: r.Event, Where: m.j.numberingCause(r, s.verb(r)),
				Summary: fmt.Sprintf("EXPUNGE is done, and message %d of %s, which was marked, was not told to be gone", i+1, m.boxes[v.box].name),
			})
			return
		}
	}
}

// copyDone judges what RFC 2180, section 4.4, wants of COPY.
func (m *mailModel) copyDone(s *Session, r *Response, v *modelView) {
	m.reached[copyGone] = m.reached[copyGone] || m.pending(v)
	for i, k := range v.seq {
		if m.msgs[k].gone {
			m.blame(&m.boxes[v.box], copyGone, Finding{
				Conn: s.Conn, event: r.Event, Where: "not told", Severity: Warn,
				Summary: fmt.Sprintf("another session has removed message %d of %s, and COPY does not tell it", i+1, m.boxes[v.box].name),
			})
			return
		}
	}
}
