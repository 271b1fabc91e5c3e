package faultnet

// A Marker names positions in the streams of one connection, so that a protocol
// may say "the second literal" where the network knows only bytes.
//
// Scan is shown the bytes of each direction in order, each once, and calls emit
// for every mark: off within p (0 to len(p)) is where it stands, and a fault
// there strikes before p[off]. The marks must be a function of the bytes of that
// direction alone. The network shows one byte at a time, so that a fault strikes
// alike however the bytes were written; a mark with off 0 is found when the byte
// after it comes, a mark with off len(p) as soon as the byte before it went.
// emit must not be kept.
type Marker interface {
	Scan(side Side, p []byte, emit func(name string, off int))
}

// A watch is one rule as one connection runs it.
type watch struct {
	rule  Rule
	state watchState
	pos   int64 // where it strikes, once that is known
	left  int64 // lines, matches or marks still to come
	back  []int32
	have  int // how much of the pattern has matched
}

type watchState uint8

const (
	looking watchState = iota // the position is not known yet
	placed                    // the position is known
	queued                    // accepted, waits behind a hold
	fired                     // took effect
)

// newWatch starts a rule whose base is the position base.
func newWatch(r Rule, base int64) watch {
	w := watch{rule: r}
	switch {
	case r.When.Line > 1:
		w.left = r.When.Line - 1
	case r.When.After != "":
		w.left, w.back = r.When.nth(), borders(r.When.After)
	case r.When.Mark != "":
		w.left = r.When.nth()
	default:
		w.place(base)
	}
	return w
}

// place says that the point from which At counts is at pos.
func (w *watch) place(pos int64) { w.state, w.pos = placed, pos+w.rule.When.At }

// byteAt looks at the byte c, which stands at position pos.
func (w *watch) byteAt(c byte, pos int64) {
	switch {
	case w.rule.When.Line > 1:
		if c != '\n' {
			return
		}
	case w.rule.When.After != "":
		if !w.match(c) {
			return
		}
	default:
		return
	}
	if w.left--; w.left == 0 {
		w.place(pos + 1)
	}
}

// match takes the next byte of the stream and reports whether it completes the
// pattern (Knuth, Morris and Pratt).
func (w *watch) match(c byte) bool {
	p := w.rule.When.After
	for w.have > 0 && p[w.have] != c {
		w.have = int(w.back[w.have-1])
	}
	if p[w.have] == c {
		w.have++
	}
	if w.have < len(p) {
		return false
	}
	w.have = int(w.back[w.have-1])
	return true
}

// borders returns, for each prefix of p, the length of its longest proper
// prefix that is also its suffix.
func borders(p string) []int32 {
	back := make([]int32, len(p))
	for i, n := 1, 0; i < len(p); i++ {
		for n > 0 && p[i] != p[n] {
			n = int(back[n-1])
		}
		if p[i] == p[n] {
			n++
		}
		back[i] = int32(n)
	}
	return back
}
