package harness

import (
	"bytes"
	"fmt"
	"iter"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

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
		m.renew(s, c, r)
	case "APPEND":
		m.appended(s, c, r)
	}
}

// renew notes that a name may stand for another mailbox from now on.
func (m *identities) renew(s *Session, c *Command, r *Response) {
	for _, get := range []func() ([]byte, bool){c.Command.Mailbox, c.NewName} {
		name, ok := get()
		if !ok {
			continue
		}
		box := s.mailboxName(name, r.Event)
		b := m.boxes[box]
		if b == nil || c.Name == "RENAME" && box == "INBOX" {
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
				if m.j.restarted(b.at, event) {
					f.Where, f.Summary = overRestart, f.Summary+": the server was restarted"
				}
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
			if m.j.restarted(b.nextAt, f.event) {
				f.Where, f.Summary = "falls over a "+overRestart, f.Summary+", when the server was restarted"
			}
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
		event := s.Responses[i].Event
		m.told(s.mailboxName(data.Mailbox, event), uint32(validity), uint32(next), c, s.Conn, event)
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
	box := s.mailboxName(name, r.Event)
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
		m.given(identity{box, validity, uid}, a.Data, Finding{Conn: s.Conn, event: r.Event})
	})
}

// given takes the UID that the server says an APPEND of data got.
func (m *identities) given(id identity, data []byte, f Finding) {
	w := m.get(id, f.event, f.Conn)
	if b := m.box(id.mailbox); w.appended != nil && !bytes.Equal(w.appended, data) && b.renewed < w.event {
		f.Summary = fmt.Sprintf("the UID %d of %s (UIDVALIDITY %d) is given to a second message, of %d octets; the first had %d",
			id.uid, id.mailbox, id.validity, len(data), len(w.appended))
		if m.j.restarted(w.event, f.event) {
			f.Where, f.Summary = overRestart, f.Summary+": the server was restarted between"
		}
		m.report(oneMessage, f)
	}
	w.appended = data
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
	box := s.mailboxName(name, r.Event)
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
