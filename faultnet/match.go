package faultnet

// A matcher finds a pattern in a stream, byte by byte (Knuth, Morris and Pratt).
type matcher struct {
	back []int32
	have int // how much of the pattern has matched
}

func newMatcher(p string) matcher { return matcher{back: borders(p)} }

// match takes the next byte of the stream and reports whether it completes the
// pattern p. Matches may overlap.
func (m *matcher) match(p string, c byte) bool {
	for m.have > 0 && p[m.have] != c {
		m.have = int(m.back[m.have-1])
	}
	if p[m.have] == c {
		m.have++
	}
	if m.have < len(p) {
		return false
	}
	m.have = int(m.back[m.have-1])
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
