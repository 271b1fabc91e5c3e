package harness

import (
	"bytes"
	"math"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// model returns the model of the run, run to its end.
func (j *judging) model() *mailModel {
	if j.mail != nil {
		return j.mail
	}
	m := &j.rec.Conns[0].model
	j.mail = m
	m.reset(j)
	end := m.certain()
	j.rec.inOrder(func(s *Session, it Item) bool {
		if it.Event >= end || m.dead {
			return false
		}
		switch it.Kind {
		case CommandItem:
			m.command(s, &s.Commands[it.Index])
		case ResponseItem:
			m.response(s, it.Index)
		}
		return !m.dead
	})
	if !m.dead && end == math.MaxInt {
		m.checkUp()
	}
	return m
}

// checkModel returns the check of one of the model's rules.
func checkModel(rule int) func(*judging, Rule) {
	return func(j *judging, r Rule) {
		if len(j.rec.Conns) == 0 {
			return
		}
		m := j.model()
		if m.reached[rule] {
			j.reach(r)
		}
		for i := range m.found {
			if m.found[i].rule == rule {
				j.report(r, m.found[i].Finding)
			}
		}
	}
}

// certain returns the first event from which on it is open what the server made
// of what it got: something was malformed, or two things went on at once.
func (m *mailModel) certain() int {
	at := math.MaxInt
	for _, s := range m.j.rec.Conns {
		at = min(at, s.gather().doubtful)
		for k := range s.Commands {
			c := &s.Commands[k]
			if c.Begun >= at {
				break
			}
			if (c.Err != nil || !c.Known) && !c.refusedWhole(s) && !c.didNothing(s) || c.Received < 0 {
				at = c.Begun
				break
			}
			if k > 0 {
				if end := s.answered(&s.Commands[k-1]); end < 0 || end > c.Begun {
					at = c.Begun // pipelined
					break
				}
			}
			if c.Name != "IDLE" && len(m.j.rec.Conns) > 1 && s.answered(c) >= 0 && !m.j.undisturbed(s, c.Begun, s.answered(c)) {
				at = c.Begun
				break
			}
		}
	}
	return at
}

// refusedWhole reports whether c is well-formed as far as it came, and was refused
// instead of being asked for its literal.
func (c *Command) refusedWhole(s *Session) bool {
	n := len(c.Literals)
	return n > 0 && c.Literals[n-1].Refused && !c.malformed() && c.Answer >= 0 && !okStatus(&s.Responses[c.Answer])
}

// didNothing reports whether c is one line, however malformed, that was refused with
// BAD, or to somebody who has not logged in: the server has read it to its end, and done
// nothing. What might announce a literal may have another end for the server.
func (c *Command) didNothing(s *Session) bool {
	status := s.status(c)
	refused := status == imapwire.BAD || status == imapwire.NO && c.Phase <= NotAuthenticated
	return refused && c.Received >= 0 && c.Received <= s.answered(c) && bytes.IndexByte(c.Raw, '{') < 0
}

// command does what c does, if it was acknowledged; what may have been done of it,
// if it was not.
func (m *mailModel) command(s *Session, c *Command) {
	v := &m.views[s.Conn-1]
	if (c.Err != nil || !c.Known) && c.didNothing(s) {
		if upper := bytes.ToUpper(c.Raw); bytes.Contains(upper, []byte("SELECT")) || bytes.Contains(upper, []byte("EXAMINE")) {
			v.leave() // it may have gone so far as to leave the mailbox
		}
		return
	}
	ok := s.status(c) == imapwire.OK
	if v.box < 0 && c.changes() && (c.Phase == Selected && s.status(c) != imapwire.BAD || c.Phase == Authenticated && ok) {
		for i := range m.boxes {
			m.lose(i) // one of them may be what it works on
		}
		return
	}
	switch name := trimUID(c.Name); name {
	case "SELECT", "EXAMINE":
		v.leave()
	case "STORE":
		m.store(c, v, ok)
	case "FETCH":
		m.fetches(c, v)
	case "COPY", "MOVE":
		m.copy(s, c, v)
	case "EXPUNGE":
		m.expunge(c, v, ok)
	case "CLOSE":
		m.close(v, ok)
	case "APPEND":
		m.append(s, c)
	case "CREATE", "DELETE", "RENAME":
		m.manage(s, c, ok)
	case "UNSELECT", "UNAUTHENTICATE":
		v.box = -1
	case "SEARCH", "STATUS", "NOOP", "CHECK", "IDLE", "LIST", "LSUB", "CAPABILITY", "LOGIN", "AUTHENTICATE", "LOGOUT",
		"STARTTLS", "ID", "ENABLE", "NAMESPACE", "SUBSCRIBE", "UNSUBSCRIBE", "SORT", "THREAD":
	default:
		m.dead = m.dead || s.status(c) != imapwire.BAD && s.status(c) != imapwire.NO
	}
}

// untold returns the messages that are there and that v does not know of, and
// perhaps some that are gone.
func (m *mailModel) untold(v *modelView) []int {
	all := m.boxes[v.box].msgs
	i := len(all)
	for i > 0 && all[i-1] > v.top {
		i--
	}
	return all[i:]
}

// changes reports whether c changes the selected mailbox.
func (c *Command) changes() bool {
	switch trimUID(c.Name) {
	case "STORE", "EXPUNGE", "MOVE", "CLOSE", "COPY", "FETCH":
		return true
	}
	return false
}

// pick returns the messages of c's set that v numbers; it is not ok if the set has
// the saved result of a search in it.
func (m *mailModel) pick(c *Command, v *modelView) (messages []int, ok bool) {
	set, saved, ok := c.Command.Set()
	if !ok || saved {
		return nil, false
	}
	m.picked = m.picked[:0]
	uids := c.UID()
	last := uint32(len(v.seq))
	if uids && len(v.seq) > 0 {
		last = m.msgs[v.seq[len(v.seq)-1]].uid
	}
	for _, k := range m.untold(v) {
		if uid := m.msgs[k].uid; uids && (uid == 0 || set.HasStar() || set.Contains(uid, last)) {
			return nil, false // a server may go by messages that the client does not know of
		}
	}
	for i, k := range v.seq {
		n := uint32(i + 1)
		if uids {
			if n = m.msgs[k].uid; n == 0 || last == 0 {
				return nil, false
			}
		}
		if set.Contains(n, last) {
			m.picked = append(m.picked, k)
		}
	}
	return m.picked, true
}
