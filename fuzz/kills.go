package fuzz

const (
	// patienceWithKills is how often a case is run again during which a worker was
	// killed, perhaps by the system for want of memory: if it happens once more, the
	// case is the reason.
	patienceWithKills = 4

	// patienceWithOthers is how often, if the system says that it has killed nothing:
	// then it was somebody, who hits a case that takes seconds again and again by
	// chance. Only a target that kills its own process is left.
	patienceWithOthers = 20
)

// kills counts how often a worker was killed from outside during one case, in a row.
// The zero value is ready.
type kills struct {
	k uint64 // the case
	n int
}

// excuse reports whether a death says nothing about its case, which is to be run again.
func (s *kills) excuse(d *death) bool {
	if !d.outside {
		return false
	}
	if s.k != d.K {
		*s = kills{k: d.K}
	}
	patience := patienceWithKills
	if d.spared {
		patience = patienceWithOthers
	}
	s.n++
	return s.n <= patience
}
