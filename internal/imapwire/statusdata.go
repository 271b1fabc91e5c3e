package imapwire

// statusData is the STATUS response: a mailbox and pairs of attribute and value.
func (c *cursor) statusData() bool {
	return c.mailbox() && c.sp() && c.statusItems(nil)
}

// statusItems is the list of them; f, if it is not nil, is told each until it
// returns false.
func (c *cursor) statusItems(f func(name string, value []byte) bool) bool {
	if !c.open(ProdList, `"("`) {
		return false
	}
	if c.skip(')') {
		return true
	}
	for {
		start := c.i
		name := c.name()
		if !c.statusValue(name, start) {
			return false
		}
		if f != nil && !f(intern(name), c.b[start+len(name)+1:c.i]) {
			return true
		}
		if !c.next(ProdList) {
			return !c.bad
		}
	}
}

func (c *cursor) statusValue(name []byte, start int) bool {
	switch {
	case equalFold(name, "RECENT") && c.p == Rev2:
	case equalFold(name, "MESSAGES"), equalFold(name, "UNSEEN"), equalFold(name, "RECENT"), equalFold(name, "DELETED"):
		return c.sp() && c.num()
	case equalFold(name, "UIDNEXT"), equalFold(name, "UIDVALIDITY"):
		return c.sp() && c.nz()
	case equalFold(name, "SIZE"), equalFold(name, "DELETED-STORAGE"), equalFold(name, "HIGHESTMODSEQ"):
		// 63 bits in every profile: RFC 8438 has them for clients of RFC 3501 too.
		if !c.sp() {
			return false
		}
		_, ok := c.number(max63, false)
		return ok
	case equalFold(name, "APPENDLIMIT"):
		return c.sp() && (c.nilWord() || c.num())
	case equalFold(name, "MAILBOXID"):
		return c.sp() && c.objectIDs()
	}
	return c.failAt(start, ProdStatusAtt, "a status attribute")
}
