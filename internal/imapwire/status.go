package imapwire

// Status is the word of a status response.
type Status uint8

// The status words of RFC 9051, section 7.1.
const (
	None Status = iota
	OK
	NO
	BAD
	BYE
	PREAUTH
)

var statusNames = []string{"OK", "NO", "BAD", "BYE", "PREAUTH"}

// String returns the word, or "none".
func (s Status) String() string {
	if s == None || int(s) > len(statusNames) {
		return "none"
	}
	return statusNames[s-1]
}

// statusOf returns the status that a word names, in any case.
func statusOf(b []byte) Status {
	for i, s := range statusNames {
		if equalFold(b, s) {
			return Status(i + 1)
		}
	}
	return None
}

// statusRest is SP resp-text.
func (c *cursor) statusRest(r *Response) bool {
	if !c.skip(' ') { // not sp: text may begin with a space of its own
		return c.fail(ProdSpace, "SP")
	}
	r.Rest = trim(c.b, c.i)
	return c.respText(r)
}

// respText is resp-text: an optional code in brackets, then text. Text that only
// looks like a code is no text: the earlier alternative has priority (RFC 9051,
// section 9).
func (c *cursor) respText(r *Response) bool {
	if c.peek() == '[' {
		c.i++
		if !c.respCode(r) {
			return false
		}
		if !c.expect(']', ProdCode, `"]"`) {
			return false
		}
		if !c.skip(' ') {
			return c.fail(ProdSpace, `SP after "]"`)
		}
	}
	start := c.i
	ok := c.textLine()
	r.Text = c.b[start:c.i]
	return ok
}
