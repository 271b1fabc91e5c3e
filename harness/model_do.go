package harness

import (
	"math"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

func (m *mailModel) store(c *Command, v *modelView, ok bool) {
	if v.box < 0 {
		return
	}
	b := &m.boxes[v.box]
	a, parsed := c.StoreArgs()
	if v.readOnly {
		b.examined = true
		return
	}
	picked, known := m.pick(c, v)
	if !parsed || !known {
		m.lose(v.box)
		return
	}
	bits, fine := m.words(a.Flags)
	if !fine {
		return
	}
	pending := m.pending(v)
	b.goneStore = b.goneStore || pending
	star := ""
	if set, _, _ := c.Command.Set(); set.HasStar() && c.UID() {
		star = uidStar
	} else if set.HasStar() && (pending || len(m.untold(v)) > 0) {
		star = numberStar
	}
	open := uint64(0)
	for f := range a.Flags.All() {
		bit, _ := m.bit(f)
		if v.permanent&bit == 0 && !(v.keywords && f[0] != '\\') {
			open |= bit
		}
	}
	for _, k := range picked {
		msg := &m.msgs[k]
		was, doubt := msg.flags, msg.unsure
		now := bits
		touched := bits
		switch a.Op {
		case '+':
			now = was | bits
		case '-':
			now = was &^ bits
		default:
			touched = allFlags
		}
		n := v.at(k)
		if msg.past[0] != was {
			msg.past = [...]uint64{was, msg.past[0], msg.past[1], msg.past[2]}
		}
		if !ok || a.HasUnchangedSince {
			msg.unsure |= touched & (was ^ now | msg.unsure)
		} else {
			msg.flags = now
			msg.unsure = msg.unsure&^touched | open
			if a.Op == 0 {
				msg.unsure |= was &^ v.permanent &^ bits // flags that cannot be changed stay
			}
			v.stale[n] &^= touched
		}
		if msg.since = c.Begun; a.Op == 0 || star != "" {
			msg.star = star
		}
		m.changed(k, was, doubt, was^now|open|doubt&touched, v)
	}
}

// fetches knows that a FETCH of octets may set \Seen.
func (m *mailModel) fetches(c *Command, v *modelView) {
	if v.box < 0 {
		return
	}
	sees := false
	c.EachFetchAtt(func(a imapwire.FetchAtt) {
		switch a.Name {
		case "BODY", "BINARY":
			sees = sees || a.Section != nil
		case "RFC822", "RFC822.TEXT":
			sees = true
		}
	})
	if !sees {
		return
	}
	if v.readOnly {
		m.boxes[v.box].examined = true
		return
	}
	b := &m.boxes[v.box]
	b.goneStore = b.goneStore || m.pending(v) // \Seen is stored
	picked, ok := m.pick(c, v)
	if !ok {
		picked = b.msgs
	}
	for _, k := range picked {
		msg := &m.msgs[k]
		if msg.flags&flagSeen != 0 && msg.unsure&flagSeen == 0 {
			continue
		}
		m.changed(k, msg.flags, msg.unsure, flagSeen, v)
		msg.unsure |= flagSeen
	}
}

// target returns the mailbox that c works on: -1, nothing is known of it.
func (m *mailModel) target(s *Session, c *Command) int {
	name, ok := c.Command.Mailbox()
	if !ok {
		return -1
	}
	_, box, _ := m.named(s, name, c.Begun)
	return box
}

func (m *mailModel) append(s *Session, c *Command) {
	box := m.target(s, c)
	if box < 0 {
		return
	}
	b := &m.boxes[box]
	switch s.status(c) {
	case imapwire.OK:
	case imapwire.NO, imapwire.BAD:
		b.bumped = true
		return
	default:
		m.lose(box)
		return
	}
	validity, uids, told := s.Responses[c.Answer].AppendUID()
	told = told && s.Responses[c.Answer].Code == "APPENDUID" && (b.validity == 0 || validity == b.validity)
	n := 0
	c.EachMessage(func(a imapwire.AppendMessage) {
		msg := modelMessage{size: uint64(len(a.Data)), sized: true, since: c.Begun}
		msg.flags, _ = m.words(a.Flags)
		msg.unsure = msg.flags // RFC 9051, section 6.3.12: they SHOULD be set
		if told && len(uids) == 1 {
			if lo, hi := uids[0].First, uids[0].Last; n <= int(hi-lo) && hi >= lo {
				msg.uid = lo + uint32(n)
			}
		}
		m.add(b, msg)
		n++
	})
	b.nextExact = false
}

// copy does COPY and MOVE.
func (m *mailModel) copy(s *Session, c *Command, v *modelView) {
	move := trimUID(c.Name) == "MOVE"
	to := m.target(s, c)
	if v.box < 0 {
		return // there is nothing to copy from
	}
	switch s.status(c) {
	case imapwire.OK:
	case imapwire.NO, imapwire.BAD:
		if to >= 0 {
			m.boxes[to].bumped = true
			m.boxes[to].copied = true
			m.boxes[to].goneCopy = m.boxes[to].goneCopy || m.pending(v)
		}
		if move {
			m.lose(to)
			m.lose(v.box)
		}
		return
	default:
		m.lose(to)
		if move {
			m.lose(v.box)
		}
		return
	}
	if move && v.readOnly {
		m.boxes[v.box].examined = true
		m.lose(to)
		return
	}
	picked, ok := m.pick(c, v)
	if !ok || move && to == v.box {
		m.lose(to)
		if move {
			m.lose(v.box)
		}
		return
	}
	validity, source, dest := m.copyUIDs(s, c)
	m.reached[copyGone] = m.reached[copyGone] || m.pending(v)
	gone := 0
	for _, k := range picked {
		if m.msgs[k].gone || m.msgs[k].maybe {
			gone++
		}
	}
	if gone > 0 && to >= 0 { // they may have been copied all the same, or not
		m.lose(to)
		to = -1
	}
	if to >= 0 {
		b := &m.boxes[to]
		if len(dest) == 1 && (b.validity == 0 || b.validity == validity) && dest[0].Last >= dest[0].First && int(dest[0].Last-dest[0].First) == len(picked)-1 {
			validity = dest[0].First
		} else {
			validity = 0
		}
		b.copied, b.moved, b.nextExact = true, b.moved || move, b.nextExact && len(picked) == 0
		b.goneCopy = b.goneCopy || m.pending(v)
		for i, k := range picked {
			msg := m.msgs[k]
			msg.unsure |= msg.flags // RFC 9051, section 6.4.7: they SHOULD be kept
			msg.uid, msg.since = 0, c.Begun
			if validity != 0 {
				msg.uid = validity + uint32(i)
			}
			m.add(b, msg)
		}
	}
	if !move {
		return
	}
	m.boxes[v.box].moved = true
	for _, k := range picked {
		// Where some were gone before, COPYUID tells which of the others went.
		if msg := &m.msgs[k]; msg.uid == 0 || len(source) == 0 || source.Contains(msg.uid, 0) || gone == 0 {
			msg.gone = true
		}
	}
}

// copyUIDs returns the UIDs that a COPYUID during c names, those of the selected
// mailbox first.
func (m *mailModel) copyUIDs(s *Session, c *Command) (validity uint32, source, dest imapwire.Set) {
	for i := c.Answer; i >= 0 && s.Responses[i].Event >= c.Received; i-- {
		if r := &s.Responses[i]; r.Code == "COPYUID" {
			validity, source, dest, _ = r.CopyUID()
			return validity, source, dest
		}
	}
	return 0, nil, nil
}

func (m *mailModel) expunge(c *Command, v *modelView, ok bool) {
	if v.box < 0 {
		return
	}
	if v.readOnly {
		m.boxes[v.box].examined = true
		return
	}
	var only imapwire.Set
	if c.UID() {
		set, saved, parsed := c.Command.Set()
		if !parsed || saved {
			m.lose(v.box)
			return
		}
		only = set
	}
	b := &m.boxes[v.box]
	if only.HasStar() && len(m.untold(v)) > 0 {
		m.lose(v.box) // which is the last one is open
		return
	}
	last := uint32(math.MaxUint32)
	if n := len(v.seq); n > 0 && m.msgs[v.seq[n-1]].uid != 0 {
		last = m.msgs[v.seq[n-1]].uid
	}
	for _, k := range b.msgs {
		msg := &m.msgs[k]
		if msg.gone || (msg.flags|msg.unsure)&flagDeleted == 0 && !m.staleDeleted(v, k) {
			continue
		}
		n := v.at(k)
		if only != nil && msg.uid != 0 && !only.Contains(msg.uid, last) {
			continue
		}
		switch {
		case n < 0:
			m.lose(v.box)
			return
		case !ok || only != nil && msg.uid == 0 || msg.unsure&flagDeleted != 0 || v.stale[n]&flagDeleted != 0:
			msg.maybe = true
		default:
			msg.gone = true
		}
	}
	if !ok {
		for _, k := range b.msgs {
			if m.msgs[k].maybe {
				m.lose(v.box)
				return
			}
		}
	}
}

// staleDeleted reports whether v may not know yet that message k is not marked any
// more.
func (m *mailModel) staleDeleted(v *modelView, k int) bool {
	n := v.at(k)
	return n >= 0 && v.stale[n]&flagDeleted != 0
}

func (m *mailModel) close(v *modelView, ok bool) {
	box := v.box
	v.box = -1
	if box < 0 {
		return
	}
	if v.readOnly {
		m.boxes[box].examined = true
		return
	}
	for _, k := range m.boxes[box].msgs {
		msg := &m.msgs[k]
		if msg.gone || (msg.flags|msg.unsure)&flagDeleted == 0 && !m.staleDeleted(v, k) {
			continue
		}
		if n := v.at(k); !ok || n < 0 || msg.unsure&flagDeleted != 0 || v.stale[n]&flagDeleted != 0 {
			m.lose(box)
			return
		}
		msg.gone = true
	}
}

// manage does CREATE, DELETE and RENAME.
func (m *mailModel) manage(s *Session, c *Command, ok bool) {
	status := s.status(c)
	if status == imapwire.NO || status == imapwire.BAD {
		return
	}
	name, named := c.Command.Mailbox()
	if !ok || !named || c.Name == "RENAME" {
		for i := range m.boxes {
			m.lose(i)
		}
		return
	}
	box, known, sure := m.named(s, name, c.Begun)
	m.lose(known)
	if c.Name == "CREATE" && sure {
		b := m.addBox(box)
		b.nextExact = false
	}
}
