package imapwire

// skim moves over one value of a unit that was parsed without an error, and so
// needs no judge: a list, a string, a literal, or a word. It reads no further than
// the unit's end, whatever it is shown.
func (c *cursor) skim() bool {
	depth := 0
	for c.i < len(c.b) {
		switch ch := c.b[c.i]; ch {
		case '"':
			if !c.quoted() {
				return false
			}
		case '(':
			depth++
			c.i++
			continue
		case ')':
			if depth == 0 {
				return true // the end of a list around the value
			}
			depth--
			c.i++
		case '{', '~':
			if !c.literal(ch == '~') {
				return false
			}
		case ' ', '\r', '\n':
			if depth == 0 {
				return true
			}
			c.i++
			continue
		default:
			c.i++
			c.run(isAStr)
		}
		if depth == 0 {
			return true
		}
	}
	return false
}
