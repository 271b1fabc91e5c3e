package imapwire

// searchData is the SEARCH response: numbers, and at their end what CONDSTORE
// adds if there are any (RFC 7162, section 7).
func (c *cursor) searchData() bool {
	for first := true; c.peek() == ' '; first = false {
		if !c.sp() {
			return false
		}
		if !first && c.peek() == '(' {
			c.i++
			_, ok := c.modSeqItem()
			return ok
		}
		if !c.nz() {
			return false
		}
	}
	return true
}

// vanishedData is expunged-resp (RFC 7162, section 7).
func (c *cursor) vanishedData() bool {
	if !c.sp() {
		return false
	}
	if c.peek() == '(' {
		c.i++
		if !c.keyword("EARLIER") {
			return c.fail(ProdList, "EARLIER")
		}
		if !c.expect(')', ProdList, `")"`) || !c.sp() {
			return false
		}
	}
	return c.set(setKnown)
}

// esearchData is the ESEARCH response: the tag of its command, UID, and pairs of
// name and value.
func (c *cursor) esearchData() bool {
	if c.peek() == ' ' && c.peekAt(1) == '(' {
		c.i++
		if _, ok := c.correlator(); !ok {
			return false
		}
	}
	for first := true; c.peek() == ' '; first = false {
		if !c.sp() {
			return false
		}
		if first && c.keyword("UID") {
			continue
		}
		if !c.esearchPair(nil) {
			return false
		}
	}
	return true
}

// correlator is search-correlator without its space, and returns the tag as it is
// on the wire.
func (c *cursor) correlator() ([]byte, bool) {
	if !c.open(ProdList, `"("`) {
		return nil, false
	}
	if !c.keyword("TAG") {
		return nil, c.fail(ProdList, "TAG")
	}
	if !c.sp() {
		return nil, false
	}
	start := c.i
	if !c.astring() {
		return nil, false
	}
	return c.b[start:c.i], c.expect(')', ProdList, `")"`)
}

// esearchPair is one result; e, if it is not nil, is told what it says.
func (c *cursor) esearchPair(e *ESearch) bool {
	start := c.i
	name := c.taggedLabel()
	if len(name) == 0 || equalFold(name, "UID") {
		return c.failAt(start, ProdSearchKey, "a result's name")
	}
	if !c.sp() {
		return false
	}
	var n uint64
	var ok bool
	switch {
	case equalFold(name, "MIN"), equalFold(name, "MAX"):
		n, ok = c.number(max32, true)
	case equalFold(name, "COUNT"):
		n, ok = c.number(max32, false)
	case equalFold(name, "MODSEQ"):
		n, ok = c.modSeqValue()
	case equalFold(name, "ALL") && e != nil:
		e.All, ok = c.setRanges(setAll)
		return ok
	case equalFold(name, "ALL"):
		return c.set(setAll)
	default:
		return c.taggedValue()
	}
	if ok && e != nil {
		e.set(name, n)
	}
	return ok
}

// set keeps a number that is named in any case.
func (e *ESearch) set(name []byte, n uint64) {
	switch intern(name) {
	case "MIN":
		e.Min = uint32(n)
	case "MAX":
		e.Max = uint32(n)
	case "COUNT":
		e.Count, e.HasCount = uint32(n), true
	case "MODSEQ":
		e.ModSeq = n
	}
}
