package imapwire

// capabilities is *(SP capability).
func (c *cursor) capabilities() bool {
	for c.peek() == ' ' {
		if !c.sp() || !c.word(isAtom, ProdCapability, "a capability") {
			return false
		}
	}
	return true
}

// capabilityData is capability-data without its name: it has to list the revision.
func (c *cursor) capabilityData() bool {
	found := false
	for c.peek() == ' ' {
		if !c.sp() {
			return false
		}
		start := c.i
		if !c.word(isAtom, ProdCapability, "a capability") {
			return false
		}
		w := c.b[start:c.i]
		found = found || c.p != Rev2 && equalFold(w, "IMAP4REV1") || c.p != Rev1 && equalFold(w, "IMAP4REV2")
	}
	if !found {
		return c.fail(ProdCapability, "IMAP4rev1 or IMAP4rev2 in the list")
	}
	return true
}

// idParams is the parameter list of RFC 2971, section 4: pairs, or NIL.
func (c *cursor) idParams() bool {
	if c.nilWord() {
		return true
	}
	if !c.open(ProdList, `"(" or NIL`) {
		return false
	}
	if c.skip(')') {
		return true
	}
	for {
		if !c.str() || !c.sp() || !c.nstring() {
			return false
		}
		if !c.next(ProdList) {
			return !c.bad
		}
	}
}
