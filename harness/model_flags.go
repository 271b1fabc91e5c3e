package harness

import (
	"fmt"
	"slices"
	"strings"
)

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

// lasting returns the flags that can be stored for good (RFC 9051, section 7.1,
// PERMANENTFLAGS): others may be gone at any time.
func (v *modelView) lasting() uint64 {
	const system = 1<<len(modelFlags) - 1
	if v.keywords {
		return v.permanent | allFlags&^system
	}
	return v.permanent
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
		if c := s.alone(int(now.resp)); c == nil || trimUID(c.Name) != "FETCH" || s.toldTwice(c, r) {
			where = "told unasked"
		}
		if m.j.restarted(msg.since, r.Event) {
			where = overRestart
		}
		if r, w, other := m.otherwise(b, msg, told); other {
			rule, where = r, w
		}
		m.blame(b, rule, Finding{
			Conn: s.Conn, event: r.Event, Where: where,
			Summary: fmt.Sprintf("message %d of %s has the flags (%s), and should %s", r.Num, b.name, now.flags, m.should(msg, wrong)),
		})
		return
	}
	v.base[n], v.vague[n] = told, 0
	settled := allFlags &^ v.stale[n]
	msg.flags, msg.since = msg.flags&^settled|told&settled, r.Event
	sure := settled & v.lasting()
	if s.fetchesOctets(r) {
		sure &^= flagSeen
	}
	msg.unsure &^= sure
	if told == msg.flags {
		v.stale[n], msg.star = 0, ""
	}
}

// toldTwice reports whether c brought more than one FETCH response for the message of r:
// all but one are news.
func (s *Session) toldTwice(c *Command, r *Response) bool {
	n, end := 0, s.answered(c)
	for i := range s.Responses {
		other := &s.Responses[i]
		if end >= 0 && other.Event > end {
			break
		}
		if other.Event >= c.Received && other.Name == "FETCH" && other.Num == r.Num {
			n++
		}
	}
	return n > 1
}

// otherwise returns the rule that is broken, and where, if flags are not those of msg for
// another reason than that they were lost: another message was meant.
func (m *mailModel) otherwise(b *modelBox, msg *modelMessage, told uint64) (rule int, where string, other bool) {
	switch {
	case msg.star == uidStar:
		return searchFlags, uidStar, true
	case msg.star == numberStar, b.goneStore && !slices.Contains(msg.past[:], told):
		return storeGone, "", true
	}
	return 0, "", false
}

// fetchesOctets reports whether r is told in a FETCH, which may set \Seen before or
// after it.
func (s *Session) fetchesOctets(r *Response) bool { return trimUID(s.inProgress(r)) == "FETCH" }

// should says how the flags that wrong has should be.
func (m *mailModel) should(msg *modelMessage, wrong uint64) string {
	var have, lack []string
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
		if msg.flags&(1<<i) != 0 {
			have = append(have, name)
		} else {
			lack = append(lack, name)
		}
	}
	switch {
	case lack == nil:
		return "have " + strings.Join(have, " ")
	case have == nil:
		return "not have " + strings.Join(lack, " ")
	}
	return "have " + strings.Join(have, " ") + ", and not " + strings.Join(lack, " ")
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
				rule, where := storeHolds, "later session"
				if m.j.restarted(msg.since, end) {
					where = overRestart
				}
				if r, w, other := m.otherwise(b, msg, told); other {
					rule, where = r, w
				}
				if b.examined {
					return // R-ST-7's, which looks at the same
				}
				m.report(rule, Finding{
					event: end, Where: where,
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
