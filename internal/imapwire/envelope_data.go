package imapwire

// Envelope is the value of ENVELOPE (RFC 9051, section 7.5.2). A field that is NIL
// is nil, an empty string is empty but not nil. The strings point into the unit,
// but for quoted ones with backslashes.
type Envelope struct {
	Date, Subject, InReplyTo, MessageID []byte
	From, Sender, ReplyTo, To, Cc, Bcc  []Address
}

// Address is one address of an envelope. In the group syntax of RFC 5322 an address
// without Host starts a group, which its Mailbox names, or ends it, if Mailbox is
// nil as well.
type Address struct{ Name, Route, Mailbox, Host []byte }

// ParseEnvelope takes the value of a FETCH response's ENVELOPE apart, as [FetchFunc]
// is given it.
func ParseEnvelope(value []byte) (Envelope, *Error) {
	c := cursor{b: value, server: true}
	var e Envelope
	if c.envelopeInto(&e) && c.i != len(value) {
		c.fail(ProdEnvelope, "the end of the envelope")
	}
	return e, c.err()
}

func (c *cursor) envelopeInto(e *Envelope) bool {
	if !c.open(ProdEnvelope, `"("`) {
		return false
	}
	strs := [10]*[]byte{0: &e.Date, 1: &e.Subject, 8: &e.InReplyTo, 9: &e.MessageID}
	lists := [10]*[]Address{2: &e.From, 3: &e.Sender, 4: &e.ReplyTo, 5: &e.To, 6: &e.Cc, 7: &e.Bcc}
	for field := range 10 {
		if field > 0 && !c.sp() {
			return false
		}
		ok := false
		if lists[field] != nil {
			*lists[field], ok = c.addressList()
		} else {
			*strs[field], ok = c.nstringValue()
		}
		if !ok {
			return false
		}
	}
	return c.expect(')', ProdEnvelope, `")" after ten fields`)
}

func (c *cursor) addressList() (out []Address, ok bool) {
	if c.nilWord() {
		return nil, true
	}
	if !c.open(ProdEnvelope, `a list of addresses or NIL`) {
		return nil, false
	}
	for {
		start := c.i
		if !c.address() {
			return out, false
		}
		a := cursor{b: c.b[start+1 : c.i], server: true}
		var ad Address
		for k, f := range [4]*[]byte{&ad.Name, &ad.Route, &ad.Mailbox, &ad.Host} {
			if k > 0 {
				a.sp()
			}
			*f, _ = a.nstringValue()
		}
		out = append(out, ad)
		if c.skip(')') {
			return out, true
		}
	}
}
