package imapwire

// createArgs is a mailbox, and the uses that CREATE-SPECIAL-USE gives it (RFC
// 6154, section 6). Other parameters (RFC 4466) are for Any only.
func (c *cursor) createArgs() bool {
	if !c.mailbox() {
		return false
	}
	if c.peek() != ' ' || c.peekAt(1) != '(' {
		return true
	}
	c.i += 2
	for {
		switch {
		case c.keyword("USE"):
			if !c.sp() || !c.attributes() {
				return false
			}
		case c.p != Any:
			return c.fail(ProdList, "USE")
		case !c.param():
			return false
		}
		if !c.next(ProdList) {
			return !c.bad
		}
	}
}

// appendArgs is a mailbox and one or more messages (more with MULTIAPPEND, RFC
// 3502): flags, date, and a literal, which may be binary (RFC 3516).
// f, if it is not nil, is told each message.
func (c *cursor) appendArgs(f func(AppendMessage)) bool {
	if !c.mailbox() {
		return false
	}
	for n := 0; ; n++ {
		if n > 0 && c.peek() != ' ' {
			return true
		}
		if !c.sp() {
			return false
		}
		var m AppendMessage
		start := c.i
		if c.peek() == '(' {
			if !c.flagList(flagPlain) {
				return false
			}
			m.Flags = c.b[start+1 : c.i-1]
			if !c.sp() {
				return false
			}
		}
		start = c.i
		if c.peek() == '"' {
			if _, ok := c.dateTime(); !ok {
				return false
			}
			m.Date = c.b[start:c.i]
			if !c.sp() {
				return false
			}
		}
		start = c.i
		m.Binary = c.peek() == '~'
		if !c.literal(m.Binary) {
			return false
		}
		if f != nil {
			m.Data = literalData(c.b[start:c.i])
			f(m)
		}
	}
}

// listArgs is [select options SP] reference SP pattern [SP "RETURN" options] (RFC
// 5258, section 6).
func (c *cursor) listArgs() bool {
	if c.peek() == '(' && (!c.selectOptions() || !c.sp()) {
		return false
	}
	if !c.mailbox() || !c.sp() || !c.patterns(nil) {
		return false
	}
	if c.peek() != ' ' {
		return true
	}
	if !c.sp() {
		return false
	}
	if !c.keyword("RETURN") {
		return c.fail(ProdList, "RETURN")
	}
	return c.sp() && c.returnOptions()
}

// selectOptions is list-select-opts: RECURSIVEMATCH needs an option that selects
// something.
func (c *cursor) selectOptions() bool {
	start := c.i
	c.i++
	if c.skip(')') {
		return true
	}
	recursive, base := false, false
	for {
		switch {
		case c.keyword("RECURSIVEMATCH"):
			recursive = true
		case c.keyword("REMOTE"):
		default:
			if !c.keyword("SUBSCRIBED") && !c.keyword("SPECIAL-USE") && !c.option() {
				return false
			}
			base = true
		}
		if !c.next(ProdList) {
			break
		}
	}
	if recursive && !base {
		return c.failAt(start, ProdList, "an option that RECURSIVEMATCH modifies")
	}
	return !c.bad
}

// option is the name of an option and its value in parentheses, if it has one.
func (c *cursor) option() bool {
	if !c.word(isAtom, ProdList, "an option") {
		return false
	}
	if c.peek() == ' ' && c.peekAt(1) == '(' {
		return c.sp() && c.parens()
	}
	return true
}

// returnOptions is list-return-opts behind its word.
func (c *cursor) returnOptions() bool {
	if !c.open(ProdList, `"("`) {
		return false
	}
	if c.skip(')') {
		return true
	}
	for {
		switch {
		case c.keyword("STATUS"):
			if !c.sp() || !c.statusAtts() {
				return false
			}
		case c.keyword("SUBSCRIBED"), c.keyword("CHILDREN"), c.keyword("SPECIAL-USE"):
		case !c.option():
			return false
		}
		if !c.next(ProdList) {
			return !c.bad
		}
	}
}

// patterns is one pattern, or a list of them (RFC 5258); f, if it is not nil, is
// told each.
func (c *cursor) patterns(f func([]byte)) bool {
	list := c.skip('(')
	for {
		start := c.i
		if !c.listMailbox() {
			return false
		}
		if f != nil {
			f(decoded(c.b[start:c.i]))
		}
		if !list {
			return true
		}
		if !c.next(ProdListMailbox) {
			return !c.bad
		}
	}
}

// listMailbox is list-mailbox: a name that may have wildcards.
func (c *cursor) listMailbox() bool {
	start := c.i
	switch c.peek() {
	case '"':
		return c.quoted() && c.utf7At(start)
	case '{':
		return c.literal(false) && c.utf7At(start)
	}
	return c.word(isList, ProdListMailbox, "a mailbox name or pattern") && c.utf7At(start)
}

// statusAtts is the list of attributes that STATUS asks for.
func (c *cursor) statusAtts() bool {
	if !c.open(ProdStatusAtt, `"("`) {
		return false
	}
	for {
		start := c.i
		if !c.statusAtt(c.name()) {
			return c.failAt(start, ProdStatusAtt, "a status attribute")
		}
		if !c.next(ProdStatusAtt) {
			return !c.bad
		}
	}
}

// statusAtt tells whether STATUS may ask for the attribute.
func (c *cursor) statusAtt(name []byte) bool {
	switch intern(name) {
	case "MESSAGES", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "DELETED", "SIZE", "APPENDLIMIT",
		"HIGHESTMODSEQ", "MAILBOXID", "DELETED-STORAGE":
		return true
	case "RECENT":
		return c.p != Rev2
	}
	return false
}
