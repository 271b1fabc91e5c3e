package imapwire

import "iter"

// SearchData is what a SEARCH or SORT response says (RFC 3501, section 7.2.5).
type SearchData struct {
	ModSeq  uint64 // RFC 7162, section 3.1.5; 0 if there is none
	numbers Words
}

// SearchData takes a SEARCH or SORT response apart.
func (r Response) SearchData() (s SearchData, ok bool) {
	if r.Name != "SEARCH" && r.Name != "SORT" {
		return s, false
	}
	c := r.rest()
	for len(r.Rest) > 0 {
		if c.i > 0 && c.peek() == '(' {
			c.i++
			if s.ModSeq, ok = c.modSeqItem(); !ok {
				return SearchData{}, false
			}
			break
		}
		if !c.nz() {
			return SearchData{}, false
		}
		s.numbers = Words(c.b[:c.i])
		if !c.skip(' ') {
			break
		}
	}
	if !c.whole() {
		return SearchData{}, false
	}
	return s, true
}

// Len returns how many numbers there are.
func (s SearchData) Len() int { return s.numbers.Len() }

// All yields the numbers in the order of the response.
func (s SearchData) All() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for w := range s.numbers.All() {
			n, _ := ParseNumber(w)
			if !yield(uint32(n)) {
				return
			}
		}
	}
}

// modSeqItem is the rest of "(MODSEQ" SP mod-sequence-value ")".
func (c *cursor) modSeqItem() (uint64, bool) {
	if !c.keyword("MODSEQ") {
		return 0, c.fail(ProdList, "MODSEQ")
	}
	if !c.sp() {
		return 0, false
	}
	n, ok := c.modSeqValue()
	return n, ok && c.expect(')', ProdList, `")"`)
}

// ESearch is what an ESEARCH response says (RFC 9051, section 7.3.4; RFC 4731).
type ESearch struct {
	Tag      []byte // of its command; nil if there is none
	UID      bool   // the numbers are UIDs
	Min, Max uint32 // 0: not in the response
	Count    uint32
	HasCount bool
	All      Set    // nil: not in the response
	ModSeq   uint64 // 0: not in the response
}

// ESearch takes an ESEARCH response apart. Results of other names are passed over.
func (r Response) ESearch() (e ESearch, ok bool) {
	if r.Name != "ESEARCH" {
		return e, false
	}
	c := r.rest()
	if len(r.Rest) == 0 {
		return e, true
	}
	more := true
	if c.peek() == '(' {
		tag, good := c.correlator()
		if !good {
			return ESearch{}, false
		}
		e.Tag = decoded(tag)
		more = c.skip(' ')
	}
	if more && c.keyword("UID") {
		e.UID = true
		more = c.skip(' ')
	}
	for more {
		if !c.esearchPair(&e) {
			return ESearch{}, false
		}
		more = c.skip(' ')
	}
	if !c.whole() {
		return ESearch{}, false
	}
	return e, true
}

// Vanished takes a VANISHED response apart (RFC 7162, section 3.2.10).
func (r Response) Vanished() (uids Set, earlier, ok bool) {
	if r.Name != "VANISHED" {
		return nil, false, false
	}
	c := r.rest()
	if hasFold(c.b, "(EARLIER) ") {
		earlier = true
		c.i = len("(EARLIER) ")
	}
	uids, ok = c.setRanges(setUID)
	return uids, earlier, ok && c.whole()
}

// CodeNumber returns the number of a UIDNEXT, UIDVALIDITY, UNSEEN or HIGHESTMODSEQ
// code.
func (r Response) CodeNumber() (n uint64, ok bool) {
	switch r.Code {
	case "UIDNEXT", "UIDVALIDITY", "UNSEEN", "HIGHESTMODSEQ":
		n, ok = ParseNumber(r.CodeArg)
		return n, ok && n > 0
	}
	return 0, false
}

// AppendUID returns the arguments of an APPENDUID code: more than one UID after a
// MULTIAPPEND (RFC 4315, section 3).
func (r Response) AppendUID() (validity uint32, uids Set, ok bool) {
	if r.Code != "APPENDUID" {
		return 0, nil, false
	}
	c := r.code()
	validity, uids = c.validity(), c.setOf()
	return validity, uids, c.whole()
}

// CopyUID returns the arguments of a COPYUID code (RFC 4315, section 3): the n-th
// number of source, in the order of the ranges, became the n-th of dest.
func (r Response) CopyUID() (validity uint32, source, dest Set, ok bool) {
	if r.Code != "COPYUID" {
		return 0, nil, nil, false
	}
	c := r.code()
	validity, source = c.validity(), c.setOf()
	c.sp()
	dest = c.setOf()
	return validity, source, dest, c.whole()
}

// Modified returns the set of a MODIFIED code: the messages whose STORE failed its
// UNCHANGEDSINCE (RFC 7162, section 3.1.3).
func (r Response) Modified() (Set, bool) {
	if r.Code != "MODIFIED" {
		return nil, false
	}
	c := r.code()
	s, _ := c.setRanges(setAll)
	return s, c.whole()
}

// validity is nz-number SP.
func (c *cursor) validity() uint32 {
	n, ok := c.number(max32, true)
	if !ok || !c.sp() {
		return 0
	}
	return uint32(n)
}

// setOf is uid-set.
func (c *cursor) setOf() Set {
	if c.bad {
		return nil
	}
	s, _ := c.setRanges(setUID)
	return s
}
