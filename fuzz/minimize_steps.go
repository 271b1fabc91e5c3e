package fuzz

import (
	"bytes"
	"slices"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

func (s *shrinker) shrinkConns() {
	for n := s.best.Conns(); n > 0 && s.best.Conns() > 1; n-- {
		s.edit(func(c *corpus.Case) bool {
			*c = *dropConn(c, n)
			return true
		})
	}
}

// shrinkSteps takes out blocks, then single steps.
func (s *shrinker) shrinkSteps() {
	s.remove(func() int { return len(blocks(s.best)) }, func(a, b int) bool {
		return s.edit(func(c *corpus.Case) bool {
			all := blocks(c)
			c.Steps = slices.Delete(c.Steps, all[a].a, all[b-1].b)
			return true
		})
	})
	s.remove(func() int { return len(s.best.Steps) }, func(a, b int) bool {
		return s.edit(func(c *corpus.Case) bool {
			c.Steps = slices.Delete(c.Steps, a, b)
			return true
		})
	})
}

// blocks cuts the steps into blocks, each from a to b-1.
func blocks(c *corpus.Case) []token {
	var all []token
	for i := 0; i < len(c.Steps); {
		end := blockEnd(c, i)
		all = append(all, token{i, end})
		i = end
	}
	return all
}

// shrinkNotes takes out what is said for people, and the expectations.
func (s *shrinker) shrinkNotes() {
	s.edit(func(c *corpus.Case) bool {
		c.Note, c.Rules = nil, nil
		for i := range c.Steps {
			c.Steps[i].Note = nil
		}
		return true
	})
	s.edit(func(c *corpus.Case) bool {
		c.Steps = slices.DeleteFunc(c.Steps, func(t corpus.Step) bool { return t.Expects(c.Target) })
		return true
	})
}

// shorter are the durations that are tried in the place of longer ones.
var shorter = [...]time.Duration{time.Millisecond, time.Second, time.Minute, 10 * time.Minute, 29 * time.Minute, 30*time.Minute + time.Second, 31 * time.Minute, 36 * time.Minute, time.Hour, 2 * time.Hour, 24 * time.Hour}

func (s *shrinker) shrinkTimes() {
	for i := 0; i < len(s.best.Steps); i++ {
		if s.best.Steps[i].Op != corpus.Time {
			continue
		}
		for _, d := range shorter {
			if d >= s.best.Steps[i].D || s.edit(func(c *corpus.Case) bool { c.Steps[i].D = d; return true }) {
				break
			}
		}
	}
}

// shrinkFaults takes faults out, then makes those that are left simpler.
func (s *shrinker) shrinkFaults() {
	s.remove(func() int { return len(faultRefs(s.best)) }, func(a, b int) bool {
		return s.edit(func(c *corpus.Case) bool {
			refs := faultRefs(c)
			for k := b - 1; k >= a; k-- {
				refs[k].drop(c)
			}
			return true
		})
	})
	for k := range faultRefs(s.best) {
		s.simplerFault(k)
	}
}

// simplerFault makes the kth fault of the best case simpler: once, no range, a
// shorter time, fewer bytes, a nearer point.
func (s *shrinker) simplerFault(k int) {
	edit := func(f func(r *faultnet.Rule) bool) bool {
		return s.edit(func(c *corpus.Case) bool {
			r := faultRefs(c)[k].rule(c)
			before := *r
			return f(r) && r.String() != before.String()
		})
	}
	rule := func() faultnet.Rule { return *faultRefs(s.best)[k].rule(s.best) }
	edit(func(r *faultnet.Rule) bool { r.Repeat = faultnet.Repeat{}; return true })
	edit(func(r *faultnet.Rule) bool { r.Until = faultnet.When{}; return true })
	edit(func(r *faultnet.Rule) bool { r.Fault.DMax, r.Fault.NMax = 0, 0; return true })
	for _, d := range shorter {
		if d >= rule().Fault.D || edit(func(r *faultnet.Rule) bool { r.Fault.D = d; return true }) {
			break
		}
	}
	least(1, int(min(rule().Fault.N, 1<<20)), func(n int) bool {
		return edit(func(r *faultnet.Rule) bool { r.Fault.N = int64(n); return true })
	})
	least(0, int(min(rule().When.At, 1<<20)), func(n int) bool {
		return edit(func(r *faultnet.Rule) bool { r.When.At = int64(n); return true })
	})
	if d := rule().Fault.Data; len(d) > 1 {
		least(1, len(d), func(n int) bool {
			return edit(func(r *faultnet.Rule) bool { r.Fault.Data = bytes.Clone(d[:n]); return true })
		})
	}
}

// canonical numbers connections and tags from the start.
func (s *shrinker) canonical() {
	s.edit(func(c *corpus.Case) bool {
		renumber(c)
		return true
	})
	s.edit(func(c *corpus.Case) bool {
		return c.Target == corpus.Server && canonicalTags(c)
	})
}

// renumber closes gaps in the numbers of the connections, which keep their order.
func renumber(c *corpus.Case) {
	for n := c.Conns(); n > 0; n-- {
		used := false
		for i := range c.Steps {
			used = used || c.Steps[i].Conn == n
		}
		for i := range c.Plan {
			used = used || c.Plan[i].Conn == n
		}
		if !used {
			*c = *dropConn(c, n)
		}
	}
}

// canonicalTags names the commands of each connection a1, a2 ... in their order, and
// what is expected in answer likewise. It returns false if they have these names.
func canonicalTags(c *corpus.Case) bool {
	names := make(map[string]string) // per connection: "1 a7" to "a2"
	count := make([]int, c.Conns()+1)
	changed := false
	for i := range c.Steps {
		s := &c.Steps[i]
		n := 0
		if s.Op == corpus.Bytes {
			n = tagLen(s.Data)
		}
		if n == 0 {
			continue
		}
		key := string(rune(s.Conn)) + string(s.Data[:n])
		name, ok := names[key]
		if !ok && s.Sends(c.Target) {
			count[s.Conn]++
			name = tagOf(s.Conn, count[s.Conn])
			names[key] = name
		}
		if name != "" && name != string(s.Data[:n]) {
			s.Data = append([]byte(name), s.Data[n:]...)
			changed = true
		}
	}
	return changed
}
