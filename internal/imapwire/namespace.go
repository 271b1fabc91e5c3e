package imapwire

// namespaceData is three namespaces (RFC 2342, section 6).
func (c *cursor) namespaceData() bool {
	for range 3 {
		if !c.sp() || !c.namespace(nil) {
			return false
		}
	}
	return true
}

// namespace is one of them; f, if it is not nil, is told its prefixes.
func (c *cursor) namespace(f func(prefix []byte, delimiter rune)) bool {
	if c.nilWord() {
		return true
	}
	if !c.open(ProdList, "a namespace or NIL") {
		return false
	}
	for {
		if !c.open(ProdList, `"("`) {
			return false
		}
		start := c.i
		if !c.str() {
			return false
		}
		raw := c.b[start:c.i]
		if !c.sp() {
			return false
		}
		delimiter, ok := c.delimiterValue()
		if !ok {
			return false
		}
		if f != nil {
			f(decoded(raw), delimiter)
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
