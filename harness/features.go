package harness

import (
	"hash/fnv"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// Features calls add with a hash of everything about the run that a search may
// find new: states, commands, replies and faults, alone and in sequence. Tags,
// numbers and texts are left out, so that the hashes are few and the same in
// every process.
func (rec *Record) Features(add func(uint64)) {
	h := fnv.New64a()
	word := func(words ...string) uint64 {
		h.Reset()
		for _, w := range words {
			h.Write([]byte(w))
			h.Write([]byte{0})
		}
		return h.Sum64()
	}
	for _, s := range rec.Conns {
		prev, prev2 := "", ""
		for _, it := range s.Items {
			var now string
			switch it.Kind {
			case CommandItem:
				now = s.commandFeature(it.Index)
			case ResponseItem:
				r := &s.Responses[it.Index]
				now = r.feature()
				if r.Command >= 0 {
					add(word("reply", s.commandFeature(r.Command), now))
				}
			case EndItem:
				now = "end " + s.Phase.String()
			}
			add(word("1", now))
			add(word("2", prev, now))
			if it.Kind == CommandItem {
				add(word("3", prev2, prev, now))
			}
			prev2, prev = prev, now
		}
		add(word("end", s.Phase.String(), prev))
	}
	for i := range rec.Events {
		if e := &rec.Events[i]; e.Kind == Struck && e.Strike != nil {
			state := ""
			if e.Conn > 0 && e.Conn <= len(rec.Conns) {
				state = rec.Conns[e.Conn-1].at(i)
			}
			add(word("fault", e.Strike.Side.String(), e.Strike.Fault.Kind.String(), state))
		}
	}
	if d := rec.Driven; d != nil {
		switch {
		case d.Err != nil:
			add(word("driven", "error", lastVerb(rec)))
		default:
			add(word("driven", "ok", lastVerb(rec)))
		}
	}
	add(word("log", bucketCount(len(rec.Log))))
	add(word("diverged", bucketCount(len(rec.Diverged))))
}

// commandFeature is a command without its tag and values.
func (s *Session) commandFeature(i int) string {
	c := &s.Commands[i]
	f := c.Phase.String() + " " + c.Name
	if c.ReadOnly {
		f += " ro"
	}
	if c.Err != nil {
		f += " bad " + c.Err.Production
	}
	if len(c.Literals) > 0 {
		f += " literal"
	}
	return f
}

// feature is a response without its tag, numbers and text.
func (r *Response) feature() string {
	f := r.Name + " " + r.Code
	switch {
	case r.Type == imapwire.Tagged:
		f = "tagged " + f
	case r.Type == imapwire.Continuation:
		f = "+"
	}
	if r.Err != nil {
		f += " bad " + r.Err.Production
	}
	if r.HasNum {
		f += " " + bucketCount(int(r.Num))
	}
	return f
}

// at names the state in which event i found s: the last thing that happened
// before it.
func (s *Session) at(i int) string {
	state := s.Phase.String()
	for _, it := range s.Items {
		if it.Event > i {
			break
		}
		if it.Kind == CommandItem {
			state = s.commandFeature(it.Index)
		}
	}
	return state
}

func bucketCount(n int) string {
	switch {
	case n == 0:
		return "0"
	case n <= 3:
		return "few"
	case n <= 100:
		return "some"
	}
	return "many"
}
