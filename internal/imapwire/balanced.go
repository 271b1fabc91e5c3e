package imapwire

// balanced checks *(SP token) for syntax alone: strings and literals are whole,
// parentheses match, spaces are single.
func (c *cursor) balanced() bool {
	for c.peek() == ' ' {
		if !c.sp() || !c.group() {
			return false
		}
	}
	return true
}

// group is one token, or a balanced group of parentheses. Groups may touch, as
// the threads of RFC 5256 do.
func (c *cursor) group() bool {
	depth := 0
	for {
		switch ch := c.peek(); {
		case ch == '(':
			if depth++; depth > MaxNesting {
				return c.fail(ProdNesting, "fewer parentheses")
			}
			c.i++
			continue
		case ch == ')' && depth > 0:
			depth--
			c.i++
		case ch == '"':
			if !c.quoted() {
				return false
			}
		case ch == '{' || ch == '~' && c.peekAt(1) == '{':
			if !c.literal(ch == '~') {
				return false
			}
		case ch == '\\' && (class[c.peekAt(1)]&isAtom != 0 || c.peekAt(1) == '*'):
			c.i += 2
			c.run(isAStr)
		default:
			if !c.word(isAStr|isList, ProdList, "a token") {
				return false
			}
		}
		switch c.peek() {
		case ' ':
			if depth == 0 {
				return true
			}
			if !c.sp() {
				return false
			}
		case ')', '(':
			if depth == 0 && c.peek() == ')' {
				return c.fail(ProdList, `no ")" here`)
			}
		default:
			if depth > 0 {
				return c.fail(ProdList, `SP or ")"`)
			}
			return true
		}
	}
}

// parens is a balanced group of tagged-ext-comp or option-val-comp: no list in it
// is empty.
func (c *cursor) parens() bool {
	if c.peek() != '(' {
		return c.fail(ProdList, `"("`)
	}
	depth := 0
	for {
		if c.peek() == '(' {
			if depth++; depth > MaxNesting {
				return c.fail(ProdNesting, "fewer parentheses")
			}
			c.i++
			continue
		}
		if !c.extToken() {
			return false
		}
		for depth > 0 && c.skip(')') {
			depth--
		}
		if depth == 0 {
			return true
		}
		if c.peek() != ' ' {
			return c.fail(ProdList, `SP or ")"`)
		}
		if !c.sp() {
			return false
		}
	}
}

// extToken is astring. Any also takes what extensions put in its place: a flag, a
// set, a pattern.
func (c *cursor) extToken() bool {
	if c.p != Any {
		return c.astring()
	}
	switch ch := c.peek(); {
	case ch == '\\':
		return c.flag(flagFetch)
	case class[ch]&isList != 0:
		return c.word(isList, ProdList, "a token")
	}
	return c.astring()
}
