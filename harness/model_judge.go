package harness

import (
	"fmt"

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
	octets, _ := c.Command.Mailbox()
	name, box, sure := m.named(s, octets, c.Begun)
	if !sure {
		return
	}
	if v.exists < 0 || v.exists > maxNumbered {
		m.lose(box)
		return
	}
	if box < 0 {
		b := m.addBox(name)
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
		rule, f := m.ofCount(b, sizeTold), Finding{
			Conn: s.Conn, event: r.Event, Where: "SELECT",
			Summary: fmt.Sprintf("%s opens with %d messages, and has %d", b.name, v.exists, n),
		}
		if v.exists < n && m.j.restarted(0, r.Event) {
			rule, f.Where, f.Summary = mailLasts, overRestart, f.Summary+": the server was restarted"
		}
		m.blame(b, rule, f)
		return
	}
	m.reached[mailLasts] = m.reached[mailLasts] || m.j.restarted(0, r.Event)
	v.box, v.readOnly = box, c.Name == "EXAMINE"
	v.seq, v.stale, v.base, v.vague, v.top = v.seq[:0], v.stale[:0], v.base[:0], v.vague[:0], -1
	for _, k := range b.msgs {
		v.top = k
		if !m.msgs[k].gone {
			v.number(k)
		}
	}
	m.nextTold(s, r, b, v.next)
}
