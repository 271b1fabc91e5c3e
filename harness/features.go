package harness

import "github.com/imapfuzz/imapfuzz/internal/imapwire"

// A feature is a hash (FNV-1a) of something that a run showed.
type feature uint64

// aFeature is where a feature begins.
const aFeature feature = 14695981039346656037

// word appends a word to what is hashed.
func (f feature) word(w string) feature {
	for i := range len(w) {
		f = f.octet(w[i])
	}
	return f.octet(0)
}

// name appends a name of the protocol. All that are none count as one: there is no
// end of them, and a search that took each for something new would collect them.
func (f feature) name(s string) feature {
	if s != "" && !imapwire.Named(s) {
		s = "?"
	}
	return f.word(s)
}

// then appends what another feature is of.
func (f feature) then(g feature) feature {
	for ; g != 0; g >>= 8 {
		f = f.octet(byte(g))
	}
	return f
}

func (f feature) octet(c byte) feature { return (f ^ feature(c)) * 1099511628211 }

// Features calls add with a hash of everything about the run that a search may
// find new: states, commands, replies and faults, alone and in sequence; and with
// the step by which it had shown, counted from 1 (what the end of the run shows
// counts as shown by the last thing that happened). Tags, numbers and texts are
// left out, so that the hashes are few and the same in every process.
func (rec *Record) Features(add func(hash uint64, step int)) {
	last := 0
	for _, s := range rec.Conns {
		step := 0
		s.features(func(f feature, event int) {
			if event >= 0 {
				step = min(rec.Events[event].Step+1, rec.Steps)
				last = max(last, step)
			}
			add(uint64(f), step)
		})
	}
	show := func(f feature, step int) { add(uint64(f), step) }
	for i := range rec.Events {
		if e := &rec.Events[i]; e.Kind == Struck && e.Strike != nil {
			state := aFeature
			if e.Conn > 0 && e.Conn <= len(rec.Conns) {
				state = rec.Conns[e.Conn-1].at(i)
			}
			show(aFeature.word("fault").word(e.Strike.Side.String()).word(e.Strike.Fault.Kind.String()).then(state), min(e.Step+1, rec.Steps))
		}
	}
	if d := rec.Driven; d != nil {
		how := "ok"
		if d.Err != nil {
			how = "error"
		}
		show(aFeature.word("driven").word(how).word(lastVerb(rec)), last)
	}
	show(aFeature.word("log").word(bucketCount(len(rec.Log))), rec.Steps)
	show(aFeature.word("diverged").word(bucketCount(len(rec.Diverged))), rec.Steps)
}

// features shows what happened in s, and with which event; the end of s shows with
// none.
func (s *Session) features(show func(f feature, event int)) {
	prev, prev2 := aFeature, aFeature
	for _, it := range s.Items {
		var now feature
		switch it.Kind {
		case CommandItem:
			now = s.commandFeature(it.Index)
		case ResponseItem:
			r := &s.Responses[it.Index]
			now = r.feature()
			if r.Command >= 0 {
				show(aFeature.word("reply").then(s.commandFeature(r.Command)).then(now), it.Event)
			}
		case EndItem:
			now = aFeature.word("end").word(s.Phase.String())
		}
		show(aFeature.word("1").then(now), it.Event)
		show(aFeature.word("2").then(prev).then(now), it.Event)
		if it.Kind == CommandItem {
			show(aFeature.word("3").then(prev2).then(prev).then(now), it.Event)
		}
		prev2, prev = prev, now
	}
	show(aFeature.word("end").word(s.Phase.String()).then(prev), -1)
}

// commandFeature is a command without its tag and values.
func (s *Session) commandFeature(i int) feature {
	c := &s.Commands[i]
	f := aFeature.word(c.Phase.String()).name(c.Name)
	if c.ReadOnly {
		f = f.word("ro")
	}
	if c.Err != nil {
		f = f.word("bad").word(c.Err.Production)
	}
	if len(c.Literals) > 0 {
		f = f.word("literal")
	}
	return f
}

// feature is a response without its tag, numbers and text.
func (r *Response) feature() feature {
	f := aFeature
	switch r.Type {
	case imapwire.Tagged:
		f = f.word("tagged").name(r.Name).name(r.Code)
	case imapwire.Continuation:
		f = f.word("+")
	default:
		f = f.name(r.Name).name(r.Code)
	}
	if r.Err != nil {
		f = f.word("bad").word(r.Err.Production)
	}
	if r.HasNum {
		f = f.word(bucketCount(int(r.Num)))
	}
	return f
}

// at names the state in which event i found s: the last thing that happened
// before it.
func (s *Session) at(i int) feature {
	state := aFeature.word(s.Phase.String())
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
