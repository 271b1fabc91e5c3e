package imapwire

// envelope is envelope of RFC 9051, section 9: ten fields, of which six are lists
// of addresses.
func (c *cursor) envelope() bool {
	if !c.open(ProdEnvelope, `"("`) {
		return false
	}
	if !c.nstring() || !c.spNString() {
		return false
	}
	for range 6 {
		if !c.sp() || !c.addresses() {
			return false
		}
	}
	for range 2 {
		if !c.spNString() {
			return false
		}
	}
	return c.expect(')', ProdEnvelope, `")" after ten fields`)
}

// addresses is "(" 1*address ")" or NIL. Nothing stands between addresses.
func (c *cursor) addresses() bool {
	if c.nilWord() {
		return true
	}
	if !c.open(ProdEnvelope, `a list of addresses or NIL`) {
		return false
	}
	for {
		if !c.address() {
			return false
		}
		if c.skip(')') {
			return true
		}
	}
}

// address is a list of four nstrings.
func (c *cursor) address() bool {
	if !c.open(ProdEnvelope, "an address") {
		return false
	}
	if !c.nstring() || !c.spNString() || !c.spNString() || !c.spNString() {
		return false
	}
	return c.expect(')', ProdEnvelope, `")" after four fields`)
}
