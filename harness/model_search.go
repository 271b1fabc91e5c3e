package harness

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// A truth is what is known of a condition.
type truth int8

const (
	isFalse truth = -1
	isOpen  truth = 0
	isTrue  truth = 1
)

func truthOf(b bool) truth {
	if b {
		return isTrue
	}
	return isFalse
}

// status holds a STATUS response against the model.
func (m *mailModel) status(s *Session, i int, v *modelView) {
	r := &s.Responses[i]
	data, ok := r.StatusData()
	if !ok {
		m.dead = true
		return
	}
	_, box, _ := m.named(s, data.Mailbox, r.Event)
	if box < 0 {
		return
	}
	b := &m.boxes[box]
	n, sure := m.count(b)
	if !sure {
		return
	}
	if v.box == box && (n != len(v.seq) || m.pending(v)) {
		return // a server may tell what this client knows
	}
	seen, marked := m.tally(b, v)
	for _, want := range [...]struct {
		item string
		n    int
	}{{"MESSAGES", n}, {"UNSEEN", n - seen}, {"DELETED", marked}} {
		told, ok := data.Get(want.item)
		if !ok || seen < 0 && want.item == "UNSEEN" || marked < 0 && want.item == "DELETED" {
			continue
		}
		m.reached[statusTells] = true
		m.reached[m.ofCount(b, statusTells)] = true
		if told != uint64(want.n) {
			rule := statusTells
			if want.item == "MESSAGES" {
				rule = m.ofCount(b, rule)
			}
			m.blame(b, rule, Finding{
				Conn: s.Conn, event: r.Event, Where: want.item,
				Summary: fmt.Sprintf("STATUS of %s tells %s %d, and it is %d", b.name, want.item, told, want.n),
			})
			return
		}
	}
	if next, ok := data.Get("UIDNEXT"); ok {
		m.nextTold(s, r, b, uint32(next))
	}
}

// tally counts the messages of b with \Seen and with \Deleted; -1 is open.
func (m *mailModel) tally(b *modelBox, v *modelView) (seen, marked int) {
	for _, k := range b.msgs {
		msg := &m.msgs[k]
		if msg.gone {
			continue
		}
		doubt := msg.unsure
		if n := v.at(k); n >= 0 && v.box >= 0 && &m.boxes[v.box] == b {
			doubt |= v.stale[n]
		}
		switch {
		case doubt&flagSeen != 0:
			seen = -1
		case seen >= 0 && msg.flags&flagSeen != 0:
			seen++
		}
		switch {
		case doubt&flagDeleted != 0:
			marked = -1
		case marked >= 0 && msg.flags&flagDeleted != 0:
			marked++
		}
	}
	return seen, marked
}

// searched holds the result of a SEARCH against the model. What is told after it
// was not known to it.
func (m *mailModel) searched(s *Session, i int, v *modelView) {
	c := s.alone(i)
	if v.box < 0 || c == nil || trimUID(c.Name) != "SEARCH" || s.status(c) != imapwire.OK {
		return
	}
	for k := range s.Responses[:c.Answer] {
		if r := &s.Responses[k]; k != i && r.Event >= c.Received && (r.Name == "SEARCH" || r.Name == "ESEARCH") {
			return // two of them: what they mean together is open
		}
	}
	m.keys = m.keys[:0]
	a, ok := c.EachSearchKey(func(k imapwire.SearchKey) { m.keys = append(m.keys, k) })
	if !ok || len(m.keys) == 0 {
		return
	}
	res := &s.Responses[i]
	holds, ok := result(res, a)
	if !ok {
		return
	}
	for i, k := range v.seq {
		n := uint32(i + 1)
		if c.UID() {
			n = m.msgs[k].uid
		}
		if n == 0 || m.msgs[k].gone || m.msgs[k].maybe {
			continue // RFC 2180, section 4.3: such may be left out
		}
		want := m.matches(v, i)
		if want == isOpen {
			continue
		}
		m.reached[searchFlags] = true
		if has := holds(n); has != (want == isTrue) {
			how := "leaves out"
			if has {
				how = "has"
			}
			rule, where := searchFlags, m.keyShape()
			if where == numberStar && (m.pending(v) || len(m.untold(v)) > 0) {
				rule, where = storeGone, ""
			}
			m.blame(&m.boxes[v.box], rule, Finding{
				Conn: s.Conn, event: res.Event, Where: where,
				Summary: fmt.Sprintf("%s %s message %d of %s: %s", quoteUnit(c.Raw), how, i+1, m.boxes[v.box].name, quoteUnit(res.Raw)),
			})
			return
		}
	}
}

// result returns which numbers a SEARCH or ESEARCH response has. It is not ok if
// it does not tell.
func result(r *Response, a imapwire.SearchArgs) (holds func(uint32) bool, ok bool) {
	if r.Name == "SEARCH" {
		data, ok := r.SearchData()
		return func(n uint32) bool {
			for k := range data.All() {
				if k == n {
					return true
				}
			}
			return false
		}, ok
	}
	e, ok := r.ESearch()
	if !ok || a.HasReturn && a.Return.Len() > 0 && !a.Return.Has("ALL") {
		return nil, false
	}
	return func(n uint32) bool { return e.All.Contains(n, 0) }, true
}

// keyShape names the keys of a search: a set with "*", whose meaning depends on
// more than the set, the one key that there is, or "several keys".
func (m *mailModel) keyShape() string {
	for i := range m.keys {
		if k := &m.keys[i]; (k.Name == "" || k.Name == "UID") && bytes.IndexByte(k.Arg, '*') >= 0 {
			return strings.TrimSpace(k.Name + " star")
		}
	}
	if len(m.keys) == 1 {
		return orDefault(m.keys[0].Name, "set")
	}
	return "several keys"
}

// matches tells whether the i-th message of v matches all of the keys.
func (m *mailModel) matches(v *modelView, i int) truth {
	all := isTrue
	for n := 0; n < len(m.keys); {
		var one truth
		one, n = m.key(v, i, n)
		all = min(all, one)
	}
	return all
}

// key tells whether the i-th message of v matches the n-th key, and where the next
// key begins.
func (m *mailModel) key(v *modelView, i, n int) (truth, int) {
	if n >= len(m.keys) {
		return isOpen, n
	}
	key := &m.keys[n]
	switch key.Name {
	case "(":
		all := isTrue
		for n++; n < len(m.keys) && m.keys[n].Depth > key.Depth; {
			var one truth
			one, n = m.key(v, i, n)
			all = min(all, one)
		}
		return all, n
	case "NOT":
		not, n := m.key(v, i, n+1)
		return -not, n
	case "OR":
		one, n := m.key(v, i, n+1)
		two, n := m.key(v, i, n)
		return max(one, two), n
	}
	return m.plainKey(v, i, key), n + 1
}

// plainKey tells whether the i-th message of v matches a key that encloses none.
func (m *mailModel) plainKey(v *modelView, i int, key *imapwire.SearchKey) truth {
	msg := &m.msgs[v.seq[i]]
	switch key.Name {
	case "ALL":
		return isTrue
	case "":
		return isIn(key.Arg, uint32(i+1), uint32(len(v.seq)))
	case "UID":
		last := m.msgs[v.seq[len(v.seq)-1]].uid
		if msg.uid == 0 || last == 0 || len(m.untold(v)) > 0 {
			return isOpen
		}
		return isIn(key.Arg, msg.uid, last)
	case "KEYWORD", "UNKEYWORD":
		bit, ok := m.bit(key.Arg)
		if !ok {
			return isOpen
		}
		return m.flagged(msg, v.stale[i], bit, key.Name == "UNKEYWORD")
	}
	name, un := key.Name, false
	if len(name) > 2 && name[:2] == "UN" {
		name, un = name[2:], true
	}
	for b, flag := range modelFlags {
		if len(flag) == len(name)+1 && equalFold([]byte(name), flag[1:]) {
			return m.flagged(msg, v.stale[i], 1<<b, un)
		}
	}
	return isOpen
}

func (m *mailModel) flagged(msg *modelMessage, stale, bit uint64, un bool) truth {
	if (msg.unsure|stale)&bit != 0 {
		return isOpen
	}
	return truthOf((msg.flags&bit != 0) != un)
}

func isIn(arg []byte, n, last uint32) truth {
	set, err := imapwire.ParseSet(arg)
	if err != nil {
		return isOpen
	}
	return truthOf(set.Contains(n, last))
}
