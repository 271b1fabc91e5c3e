package harness

import "github.com/imapfuzz/imapfuzz/internal/imapwire"

// inOrder calls f for the items of all sessions in the order in which the target
// saw them, until f returns false.
func (rec *Record) inOrder(f func(s *Session, it Item) bool) {
	if len(rec.Conns) == 1 {
		for _, it := range rec.Conns[0].Items {
			if !f(rec.Conns[0], it) {
				return
			}
		}
		return
	}
	next := make([]int, len(rec.Conns))
	for {
		first := -1
		for i, s := range rec.Conns {
			if next[i] < len(s.Items) && (first < 0 || s.Items[next[i]].Event < rec.Conns[first].Items[next[first]].Event) {
				first = i
			}
		}
		if first < 0 || !f(rec.Conns[first], rec.Conns[first].Items[next[first]]) {
			return
		}
		next[first]++
	}
}

// answered returns the event of c's completion, or -1.
func (s *Session) answered(c *Command) int {
	if c.Answer < 0 {
		return -1
	}
	return s.Responses[c.Answer].Event
}

// status returns what c was completed with.
func (s *Session) status(c *Command) imapwire.Status {
	if c.Answer < 0 {
		return imapwire.None
	}
	return s.Responses[c.Answer].Status
}

// undisturbed reports whether no other session had a command in progress between
// two events, but for IDLE.
func (j *judging) undisturbed(s *Session, from, to int) bool {
	for _, other := range j.rec.Conns {
		if other == s {
			continue
		}
		for i := range other.Commands {
			c := &other.Commands[i]
			if c.Begun > to {
				break
			}
			if end := other.answered(c); c.Name != "IDLE" && (end < 0 || end >= from) {
				return false
			}
		}
	}
	return true
}

// alone returns the command that was the only one in progress in s when the i-th
// response was sent, nil if there was none, or more than one, or one that has not
// come whole.
func (s *Session) alone(i int) *Command {
	r := &s.Responses[i]
	if r.InProgress < 0 {
		return nil
	}
	for k := r.InProgress + 1; k < len(s.Commands); k++ {
		c := &s.Commands[k]
		if c.Begun > r.Event {
			break
		}
		if c.Answer < 0 || c.Answer >= i {
			return nil
		}
	}
	c := &s.Commands[r.InProgress]
	if c.Received < 0 || c.Err != nil {
		return nil
	}
	return c
}
