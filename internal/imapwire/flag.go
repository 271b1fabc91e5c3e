package imapwire

// flagUse says where a flag stands.
type flagUse uint8

const (
	flagPlain     flagUse = iota // flag: not \Recent, not \*
	flagFetch                    // flag-fetch: also \Recent
	flagPermanent                // flag-perm: also \*
)

// flag is flag, flag-fetch or flag-perm (RFC 9051, section 9).
func (c *cursor) flag(use flagUse) bool {
	start := c.i
	if !c.skip('\\') {
		return c.word(isAtom, ProdFlag, "a flag")
	}
	if use == flagPermanent && c.skip('*') {
		return true
	}
	word := c.i
	if !c.word(isAtom, ProdFlag, `a name after "\"`) {
		return false
	}
	if use != flagFetch && equalFold(c.b[word:c.i], "RECENT") {
		return c.failAt(start, ProdFlag, `a flag other than \Recent`)
	}
	return true
}

// flagList is a list of flags, which may be empty.
func (c *cursor) flagList(use flagUse) bool {
	if !c.open(ProdFlag, `"("`) {
		return false
	}
	if c.skip(')') {
		return true
	}
	for {
		if !c.flag(use) {
			return false
		}
		if !c.next(ProdFlag) {
			return !c.bad
		}
	}
}
