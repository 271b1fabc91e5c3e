package imapwire

// ResponseType is the kind of a server's response.
type ResponseType uint8

const (
	// Tagged is the completion of a command.
	Tagged ResponseType = 1 + iota
	// Untagged starts with "*".
	Untagged
	// Continuation starts with "+".
	Continuation
)

// String returns "tagged", "untagged", "continuation" or "none".
func (t ResponseType) String() string {
	switch t {
	case Tagged:
		return "tagged"
	case Untagged:
		return "untagged"
	case Continuation:
		return "continuation"
	}
	return "none"
}

// Response is one response of a server. Its slices point into the unit.
type Response struct {
	Raw  []byte
	Type ResponseType
	Tag  []byte // of a tagged response
	// Status is set for OK, NO, BAD, BYE and PREAUTH.
	Status Status
	// Name is the response's name in upper case, "FETCH" for example, or the word
	// of its status; it is empty for a continuation. A name that is not known is cut
	// after 40 octets.
	Name   string
	Num    uint32 // the number before EXISTS, RECENT, EXPUNGE and FETCH
	HasNum bool
	// Code is the name of the response code in upper case, CodeArg what follows
	// it up to the bracket, Text the text for a human or, in a continuation,
	// whatever follows "+".
	Code    string
	CodeArg []byte
	Text    []byte
	// Rest is what follows the name and its space, without the final CRLF.
	Rest []byte

	whole *byte    // the first octet of Raw, if it was parsed without an error
	ends  itemEnds // of a FETCH response, if it was parsed without an error
}

// dataNames are the names of untagged data.
var dataNames = []string{
	"CAPABILITY", "ENABLED", "LIST", "LSUB", "STATUS", "SEARCH", "ESEARCH", "FLAGS",
	"NAMESPACE", "ID", "EXISTS", "RECENT", "EXPUNGE", "FETCH",
	"SORT", "THREAD", "QUOTA", "QUOTAROOT", "ACL", "LISTRIGHTS", "MYRIGHTS",
	"METADATA", "VANISHED", "LANGUAGE", "COMPARATOR", "XLIST", "URLFETCH", "GENURLAUTH",
}

// ParseResponse parses one complete unit of a server, as [ResponseUnit] cuts it.
// With an error the response has what was understood before it.
func ParseResponse(unit []byte, p Profile) (Response, *Error) {
	r := Response{Raw: unit}
	c := cursor{b: unit, p: p, server: true}
	c.response(&r)
	if !c.bad && c.crlf() {
		r.whole, r.ends = &unit[0], c.ends
	}
	return r, c.err()
}

// trim returns b from i on, without a final CRLF or LF.
func trim(b []byte, i int) []byte {
	b = b[min(i, len(b)):]
	if n := len(b); n > 0 && b[n-1] == '\n' {
		b = b[:n-1]
	}
	if n := len(b); n > 0 && b[n-1] == '\r' {
		b = b[:n-1]
	}
	return b
}

func (c *cursor) response(r *Response) bool {
	switch c.peek() {
	case '*':
		r.Type = Untagged
		c.i++
		return c.sp() && c.untagged(r)
	case '+':
		r.Type = Continuation
		c.i++
		if !c.skip(' ') {
			return c.fail(ProdSpace, "SP")
		}
		r.Rest = trim(c.b, c.i)
		return c.continuation(r)
	}
	start := c.i
	if !c.word(isTag, ProdTag, `"*", "+" or a tag`) {
		return false
	}
	r.Type, r.Tag = Tagged, c.b[start:c.i]
	if !c.sp() {
		return false
	}
	word := c.i
	name := c.name()
	r.Status = statusOf(name)
	r.Name = intern(name)
	if s := r.Status; s != OK && s != NO && s != BAD {
		return c.failAt(word, ProdStatus, "OK, NO or BAD")
	}
	return c.statusRest(r)
}

// continuation is what follows "+ ": text with an optional code, or base64, which
// may be empty (an empty SASL challenge).
func (c *cursor) continuation(r *Response) bool {
	if c.peek() == '[' {
		return c.respText(r)
	}
	start := c.i
	if c.peek() == '\r' {
		r.Text = c.b[start:start]
		return true
	}
	ok := c.textLine()
	r.Text = c.b[start:c.i]
	return ok
}

func (c *cursor) untagged(r *Response) bool {
	start := c.i
	if ch := c.peek(); class[ch]&isDigit != 0 {
		return c.numbered(r)
	}
	name := c.name()
	if len(name) == 0 {
		return c.fail(ProdResponse, "the name of a response")
	}
	r.Name = intern(name)
	if r.Status = statusOf(name); r.Status != None {
		return c.statusRest(r)
	}
	rest := c.i
	if c.peek() == ' ' {
		rest++
	}
	r.Rest = trim(c.b, rest)
	if known, ok := c.untaggedData(r.Name); !known {
		return c.failAt(start, ProdResponse, "a known response")
	} else if !ok {
		return false
	}
	return true
}

// numbered is message-data, EXISTS and RECENT.
func (c *cursor) numbered(r *Response) bool {
	start := c.i
	n, ok := c.number(max32, false)
	if !ok {
		return false
	}
	r.Num, r.HasNum = uint32(n), true
	if !c.sp() {
		return false
	}
	word := c.i
	r.Name = intern(c.name())
	rest := c.i
	if c.peek() == ' ' {
		rest++
	}
	r.Rest = trim(c.b, rest)
	switch r.Name {
	case "EXISTS", "RECENT":
		return true
	case "EXPUNGE", "FETCH":
		if c.b[start] == '0' {
			return c.failAt(start, ProdNumber, "a digit from 1 to 9")
		}
		return r.Name == "EXPUNGE" || c.sp() && c.fetchData(nil)
	}
	return c.failAt(word, ProdResponse, "EXISTS, RECENT, EXPUNGE or FETCH")
}

// untaggedData parses what follows the name of untagged data.
func (c *cursor) untaggedData(name string) (known, ok bool) {
	switch name {
	case "CAPABILITY":
		return true, c.capabilityData()
	case "ENABLED":
		return true, c.capabilities()
	case "LIST":
		return true, c.sp() && c.mailboxList()
	case "LSUB":
		if c.p == Rev2 {
			return false, false
		}
		return true, c.sp() && c.mailboxList()
	case "STATUS":
		return true, c.sp() && c.statusData()
	case "SEARCH", "SORT":
		return true, c.searchData()
	case "VANISHED":
		return true, c.vanishedData()
	case "ESEARCH":
		return true, c.esearchData()
	case "FLAGS":
		return true, c.sp() && c.flagList(flagPlain)
	case "NAMESPACE":
		return true, c.namespaceData()
	case "ID":
		return true, c.sp() && c.idParams()
	case "EXISTS", "RECENT", "EXPUNGE", "FETCH":
		return false, false // without their number
	case "THREAD", "QUOTA", "QUOTAROOT", "ACL", "LISTRIGHTS", "MYRIGHTS", "METADATA",
		"LANGUAGE", "COMPARATOR", "XLIST", "URLFETCH", "GENURLAUTH":
		return true, c.balanced()
	}
	return false, false
}
