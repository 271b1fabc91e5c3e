package imapwire

// searchData is the SEARCH response: numbers, and at their end what CONDSTORE
// adds (RFC 7162, section 3.1.5).
func (c *cursor) searchData() bool {
	for c.peek() == ' ' {
		if !c.sp() {
			return false
		}
		if c.peek() == '(' {
			c.i++
			if !c.keyword("MODSEQ") {
				return c.fail(ProdList, "MODSEQ")
			}
			return c.sp() && c.modSeq() && c.expect(')', ProdList, `")"`)
		}
		if !c.nz() {
			return false
		}
	}
	return true
}

// esearchData is the ESEARCH response: the tag of its command, UID, and pairs of
// name and value.
func (c *cursor) esearchData() bool {
	if c.peek() == ' ' && c.peekAt(1) == '(' {
		c.i += 2
		if !c.keyword("TAG") {
			return c.fail(ProdList, "TAG")
		}
		if !c.sp() || !c.astring() || !c.expect(')', ProdList, `")"`) {
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
		if !c.esearchPair() {
			return false
		}
	}
	return true
}

func (c *cursor) esearchPair() bool {
	start := c.i
	name := c.name()
	if len(name) == 0 || class[name[0]]&isDigit != 0 {
		return c.failAt(start, ProdSearchKey, "a result's name")
	}
	if !c.sp() {
		return false
	}
	switch {
	case equalFold(name, "MIN"), equalFold(name, "MAX"):
		return c.nz()
	case equalFold(name, "COUNT"):
		return c.num()
	case equalFold(name, "ALL"):
		return c.set(setAll)
	case equalFold(name, "MODSEQ"):
		return c.modSeq()
	}
	return c.taggedValue()
}
