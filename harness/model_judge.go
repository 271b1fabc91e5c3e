package harness

import (
	"fmt"
	"slices"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// response holds a response against what the model predicts, and lets the client
// of s learn from it.
func (m *mailModel) response(s *Session, i int) {
	r := &s.Responses[i]
	v := &m.views[s.Conn-1]
	switch {
	case r.Err != nil:
		m.dead = true
	case r.Type == imapwire.Tagged:
		if r.Command >= 0 {
			m.completion(s, &s.Commands[r.Command], r, v)
		}
	case r.Name == "EXISTS" && r.Selecting:
		v.exists = int(r.Num)
	case r.Code == "PERMANENTFLAGS" && r.Selecting:
		m.permanent(r, v)
	case r.Code == "UIDNEXT" && r.Selecting:
		n, _ := r.CodeNumber()
		v.next = uint32(n)
	case r.Code == "UIDVALIDITY":
		n, _ := r.CodeNumber()
		v.validity = uint32(n)
		if !r.Selecting {
			m.lose(v.box)
		}
	case r.Name == "STATUS":
		m.status(s, i, v)
	case r.Name == "SEARCH" || r.Name == "ESEARCH":
		m.searched(s, i, v)
	case v.box < 0:
	case r.Name == "EXISTS":
		m.exists(s, r, v)
	case r.Name == "EXPUNGE":
		m.expunged(s, r, v)
	case r.Name == "VANISHED":
		m.vanished(r, v)
	case r.Name == "FETCH":
		m.fetched(s, i, v)
	}
}

func (m *mailModel) permanent(r *Response, v *modelView) {
	flags, ok := r.Response.Flags()
	if !ok {
		return
	}
	v.permanent, v.keywords = 0, false
	for f := range flags.All() {
		if string(f) == `\*` {
			v.keywords = true
			continue
		}
		bit, _ := m.bit(f)
		v.permanent |= bit
	}
}

// verb names the command in progress when r came.
func (s *Session) verb(r *Response) string { return trimUID(orDefault(s.inProgress(r), "no command")) }

func (m *mailModel) exists(s *Session, r *Response, v *modelView) {
	b := &m.boxes[v.box]
	n := int(r.Num) - len(v.seq)
	if n < 0 {
		m.lose(v.box) // R-SEQ-1's
		return
	}
	m.reached[m.ofCount(b, sizeTold)] = true
	all, left, top := 0, 0, v.top
	for _, k := range b.msgs {
		if k <= top {
			continue
		}
		all++
		if !m.msgs[k].gone && !m.msgs[k].maybe {
			left++
		}
	}
	if n > all {
		m.blame(b, m.ofCount(b, sizeTold), Finding{
			Conn: s.Conn, event: r.Event, Where: s.verb(r) + ": too many",
			Summary: fmt.Sprintf("EXISTS tells of %d messages in %s, and there can be no more than %d", r.Num, b.name, len(v.seq)+all),
		})
		return
	}
	if n > 0 && all != left {
		m.lose(v.box) // which of them are told of is open
		return
	}
	for _, k := range b.msgs {
		if n > 0 && k > top {
			v.number(k)
			n--
		}
	}
}

// ofCount is the rule that a wrong number of messages in b breaks: that of what
// changed it last.
func (m *mailModel) ofCount(b *modelBox, rule int) int {
	switch {
	case b.goneCopy:
		return copyGone
	case b.moved:
		return moveWhole
	case b.copied:
		return copyWhole
	}
	return rule
}

func (m *mailModel) expunged(s *Session, r *Response, v *modelView) {
	i := int(r.Num) - 1
	if i < 0 || i >= len(v.seq) {
		m.dead = true // R-SEQ-2's, as it is
		return
	}
	m.reached[expungeTold] = true
	msg := &m.msgs[v.seq[i]]
	if !msg.gone && !msg.maybe {
		f := Finding{
			Conn: s.Conn, event: r.Event, Where: m.j.numberingCause(r, s.verb(r)),
			Summary: fmt.Sprintf("EXPUNGE %d during %s, and nobody had removed that message of %s", r.Num, s.verb(r), m.boxes[v.box].name),
		}
		m.blame(&m.boxes[v.box], expungeTold, f)
		return
	}
	msg.gone, msg.maybe = true, false
	v.forget(i)
}

func (m *mailModel) vanished(r *Response, v *modelView) {
	set, earlier, ok := r.Vanished()
	if earlier {
		return
	}
	if !ok || set.Count(0) > maxNumbered {
		m.lose(v.box)
		return
	}
	for uid := range set.Numbers(0) {
		found := false
		for i, k := range v.seq {
			if msg := &m.msgs[k]; msg.uid == uid && (msg.gone || msg.maybe) {
				msg.gone, msg.maybe = true, false
				v.forget(i)
				found = true
				break
			}
		}
		if !found {
			m.lose(v.box)
			return
		}
	}
}

// fetched holds what FETCH tells of a message against the model.
func (m *mailModel) fetched(s *Session, i int, v *modelView) {
	r := &s.Responses[i]
	f := s.gather()
	k := f.ofResponse(i)
	if k < 0 || r.Num == 0 || int(r.Num) > len(v.seq) {
		m.dead = true
		return
	}
	now := &f.fetched[k]
	n := int(r.Num) - 1
	msg := &m.msgs[v.seq[n]]
	b := &m.boxes[v.box]
	if now.hasUID {
		m.reached[fetchGone] = m.reached[fetchGone] || m.pending(v)
		if msg.uid != 0 && msg.uid != now.uid {
			m.wrongUID(s, r, v, msg, now)
			return
		}
		msg.uid = now.uid
	}
	if msg.maybe && now.hasFlags {
		msg.unsure, v.stale[n] = allFlags, 0
	}
	if msg.gone || msg.maybe {
		return // RFC 2180, section 4.1: whatever a server keeps of it
	}
	if now.hasSize {
		if msg.sized && msg.size != now.size && b.copied {
			rule := copyWhole
			if b.goneCopy {
				rule = copyGone
			}
			m.blame(b, rule, Finding{
				Conn: s.Conn, event: r.Event, Where: "other message",
				Summary: fmt.Sprintf("message %d of %s has %d octets, and %d were copied or appended there", r.Num, b.name, now.size, msg.size),
			})
			return
		}
		msg.size, msg.sized = now.size, true
	}
	if now.hasFlags {
		m.flags(s, r, v, n, now)
	}
}

// wrongUID judges a message number that stands for another message than it should.
func (m *mailModel) wrongUID(s *Session, r *Response, v *modelView, msg *modelMessage, now *fetched) {
	if !m.pending(v) {
		m.dead = true
		return
	}
	m.blame(&m.boxes[v.box], fetchGone, Finding{
		Conn: s.Conn, event: r.Event, Where: "renumbered",
		Summary: fmt.Sprintf("message %d has the UID %d, and had %d: numbers changed before EXPUNGE was told", r.Num, now.uid, msg.uid),
	})
}

// flags holds the flags of the n-th message against the model.
func (m *mailModel) flags(s *Session, r *Response, v *modelView, n int, now *fetched) {
	told, ok := m.words(now.flags)
	if !ok {
		return
	}
	msg := &m.msgs[v.seq[n]]
	b := &m.boxes[v.box]
	m.reached[storeHolds] = true
	m.reached[storeGone] = m.reached[storeGone] || b.goneStore
	if wrong := (told ^ msg.flags) &^ msg.unsure &^ v.stale[n]; wrong != 0 {
		rule, where := storeHolds, "FETCH"
		if c := s.alone(int(now.resp)); c == nil || trimUID(c.Name) != "FETCH" {
			where = "told unasked"
		}
		if b.goneStore && !slices.Contains(msg.past[:], told) {
			rule, where = storeGone, ""
		}
		m.blame(b, rule, Finding{
			Conn: s.Conn, event: r.Event, Where: where,
			Summary: fmt.Sprintf("message %d of %s has the flags (%s), and should%s", r.Num, b.name, now.flags, m.should(msg, wrong)),
		})
		return
	}
	settled := allFlags &^ v.stale[n]
	msg.flags = msg.flags&^settled | told&settled
	if !s.fetchesOctets(r) {
		msg.unsure &^= settled
	} else {
		msg.unsure &^= settled &^ flagSeen
	}
	if told == msg.flags {
		v.stale[n] = 0
	}
}

// fetchesOctets reports whether r is told in a FETCH, which may set \Seen before or
// after it.
func (s *Session) fetchesOctets(r *Response) bool { return trimUID(s.inProgress(r)) == "FETCH" }

// should says how the flags that wrong has should be.
func (m *mailModel) should(msg *modelMessage, wrong uint64) string {
	out := ""
	for i := range len(modelFlags) + len(m.keywords) {
		if wrong&(1<<i) == 0 {
			continue
		}
		name := ""
		if i < len(modelFlags) {
			name = modelFlags[i]
		} else {
			name = string(m.keywords[i-len(modelFlags)])
		}
		if msg.flags&(1<<i) == 0 {
			out += " not"
		}
		out += " have " + name
	}
	return out
}

// completion judges what was due before a command ended.
func (m *mailModel) completion(s *Session, c *Command, r *Response, v *modelView) {
	ok := r.Status == imapwire.OK
	switch name := trimUID(c.Name); {
	case c.selects():
		if ok && c.Err == nil {
			m.selected(s, c, r, v)
		}
	case v.box < 0:
	case name == "NOOP" && ok:
		m.flushed(s, r, v)
	case name == "EXPUNGE" && ok:
		m.expungeDone(s, r, v)
	case c.Name == "COPY" && ok:
		m.copyDone(s, r, v)
	}
}

// selected begins a view.
func (m *mailModel) selected(s *Session, c *Command, r *Response, v *modelView) {
	name, _ := c.Command.Mailbox()
	box := m.box(imapwire.MailboxName(name))
	if v.exists < 0 || v.exists > maxNumbered {
		m.lose(box)
		return
	}
	if box < 0 {
		b := m.addBox(imapwire.MailboxName(name))
		for range v.exists {
			m.add(b, modelMessage{unsure: allFlags})
		}
		box = len(m.boxes) - 1
	}
	b := &m.boxes[box]
	if b.validity != 0 && v.validity != b.validity {
		m.lose(box)
		return
	}
	b.validity = v.validity
	if n, ok := m.count(b); !ok {
		m.lose(box)
		return
	} else if m.reached[m.ofCount(b, sizeTold)] = true; n != v.exists {
		m.blame(b, m.ofCount(b, sizeTold), Finding{
			Conn: s.Conn, event: r.Event, Where: "SELECT",
			Summary: fmt.Sprintf("%s opens with %d messages, and has %d", b.name, v.exists, n),
		})
		return
	}
	v.box, v.readOnly = box, c.Name == "EXAMINE"
	v.seq, v.stale, v.base, v.top = v.seq[:0], v.stale[:0], v.base[:0], -1
	for _, k := range b.msgs {
		v.top = k
		if !m.msgs[k].gone {
			v.number(k)
		}
	}
	m.nextTold(s, r, b, v.next)
}

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
		if (msg.flags^v.base[i])&v.stale[i]&^msg.unsure != 0 {
			m.blame(b, sizeTold, Finding{
				Conn: s.Conn, event: r.Event, Where: "flags not told", Severity: Warn,
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
				Conn: s.Conn, event: r.Event, Where: "not told",
				Summary: fmt.Sprintf("another session has removed message %d of %s, and COPY does not tell it", i+1, m.boxes[v.box].name),
			})
			return
		}
	}
}

// checkUp holds the flags that the last session saw in INBOX against the model.
func (m *mailModel) checkUp() {
	after, box := m.j.rec.After, m.box("INBOX")
	if after == nil || after.Partial || box < 0 || m.boxes[box].validity != after.UIDValidity {
		return
	}
	b := &m.boxes[box]
	end := len(m.j.rec.Events)
	for _, seen := range after.Messages {
		told, ok := m.bits(seen.Flags)
		if !ok {
			return
		}
		for _, k := range b.msgs {
			msg := &m.msgs[k]
			if msg.uid != seen.UID || msg.gone || msg.maybe {
				continue
			}
			m.reached[storeHolds] = true
			m.reached[storeGone] = m.reached[storeGone] || b.goneStore
			if wrong := (told ^ msg.flags) &^ msg.unsure; wrong != 0 {
				rule := storeHolds
				if b.goneStore && !slices.Contains(msg.past[:], told) {
					rule = storeGone
				}
				if b.examined {
					return // R-ST-7's, which looks at the same
				}
				m.report(rule, Finding{
					event: end, Where: "later session",
					Summary: fmt.Sprintf("a later session sees the flags %v of message %d, which should%s", seen.Flags, seen.UID, m.should(msg, wrong)),
				})
				return
			}
		}
	}
	if n, ok := m.count(b); ok && n != len(after.Messages) && (b.copied || b.moved) {
		m.blame(b, m.ofCount(b, sizeTold), Finding{
			event: end, Where: "later session",
			Summary: fmt.Sprintf("a later session sees %d messages in INBOX, and there should be %d", len(after.Messages), n),
		})
	}
}
