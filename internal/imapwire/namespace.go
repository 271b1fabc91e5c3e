package imapwire

// namespaceData is three namespaces (RFC 2342, section 6).
func (c *cursor) namespaceData() bool {
	for range 3 {
		if !c.sp() || !c.namespace() {
			return false
		}
	}
	return true
}

func (c *cursor) namespace() bool {
	if c.nilWord() {
		return true
	}
	if !c.open(ProdList, "a namespace or NIL") {
		return false
	}
	for {
		if !c.open(ProdList, `"("`) || !c.str() || !c.sp() || !c.delimiter() {
			return false
		}
		for c.peek() == ' ' {
			if !c.sp() || !c.str() || !c.sp() || !c.strings() {
				return false
			}
		}
		if !c.expect(')', ProdList, `")"`) {
			return false
		}
		if c.skip(')') {
			return true
		}
	}
}

// strings is "(" string *(SP string) ")".
func (c *cursor) strings() bool {
	if !c.open(ProdList, `"("`) {
		return false
	}
	for {
		if !c.str() {
			return false
		}
		if !c.next(ProdList) {
			return !c.bad
		}
	}
}
