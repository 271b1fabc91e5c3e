package fuzz

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// literalRef says where a literal of a case is whose octets are all there, in one
// step: its header is Steps[step].Data[head:headEnd], CRLF included, its octets are
// Steps[content].Data[a:b].
type literalRef struct {
	step, head, headEnd int
	content, a, b       int
	nonSync             bool
}

// literalsOf finds the literals in what c sends.
func literalsOf(c *corpus.Case) []literalRef {
	var all []literalRef
	for i := range c.Steps {
		s := &c.Steps[i]
		if !s.Sends(c.Target) {
			continue
		}
		for at := 0; at < len(s.Data); {
			k := bytes.Index(s.Data[at:], []byte("}\r\n"))
			if k < 0 {
				break
			}
			end := at + k + 3
			ref, ok := literalAt(c, i, end)
			if ok {
				all = append(all, ref)
				if ref.content == i {
					end = ref.b
				}
			}
			at = end
		}
	}
	return all
}

// literalAt reads the header that ends at end in step i, and finds its octets.
func literalAt(c *corpus.Case, i, end int) (ref literalRef, ok bool) {
	d := c.Steps[i].Data
	head, size, ok := opener(d[:end])
	if !ok {
		return ref, false
	}
	ref = literalRef{step: i, head: head, headEnd: end, content: i, a: end, nonSync: d[end-4] == '+'}
	if end == len(d) {
		ref.content, ref.a = -1, 0
		for j := i + 1; j < len(c.Steps); j++ {
			if t := &c.Steps[j]; t.Conn == c.Steps[i].Conn && t.Sends(c.Target) {
				ref.content = j
				break
			}
		}
		if ref.content < 0 {
			return ref, false
		}
	}
	if size > uint64(len(c.Steps[ref.content].Data)-ref.a) {
		return ref, false
	}
	ref.b = ref.a + int(size)
	return ref, true
}

// set writes other octets, and announces as many.
func (l literalRef) set(c *corpus.Case, content []byte) {
	t := &c.Steps[l.content]
	t.Data = slices.Concat(t.Data[:l.a], content, t.Data[l.b:])
	s := &c.Steps[l.step]
	head := strconv.AppendInt(append(bytes.Clone(s.Data[:l.head]), '{'), int64(len(content)), 10)
	if l.nonSync {
		head = append(head, '+')
	}
	head = append(head, "}\r\n"...)
	s.Data = append(head, s.Data[l.headEnd:]...)
}

// shrinkLiterals gives literals fewer and plainer octets.
func (s *shrinker) shrinkLiterals() {
	for k := 0; k < len(literalsOf(s.best)) && s.calls < s.budget; k++ {
		s.shrinkLiteral(k)
	}
}

func (s *shrinker) shrinkLiteral(k int) {
	current := func() []byte {
		if all := literalsOf(s.best); k < len(all) {
			return s.best.Steps[all[k].content].Data[all[k].a:all[k].b]
		}
		return nil
	}
	set := func(content []byte) bool {
		return s.edit(func(c *corpus.Case) bool {
			all := literalsOf(c)
			if k >= len(all) {
				return false
			}
			all[k].set(c, content)
			return true
		})
	}
	full := bytes.Clone(current())
	least(0, len(full), func(n int) bool { return set(full[:n]) })
	if d := current(); len(d) > 0 {
		set(bytes.Repeat([]byte("x"), len(d)))
	}
	plain := bytes.Trim(current(), "x") == nil
	if plain || len(current()) > 512 {
		return
	}
	s.remove(func() int { return len(current()) }, func(a, b int) bool {
		d := current()
		return set(slices.Concat(d[:a], d[b:]))
	})
}
