package imapwire

import "strconv"

// BodyPart is one part of a BODY or BODYSTRUCTURE (RFC 9051, section 7.5.2).
type BodyPart struct {
	// Path is the part's number as a section has it: 1, 2 for BODY[1.2]. A multipart
	// that is the whole of a message has the message's own path, which is empty for
	// the outermost one (RFC 9051, section 6.4.5.1). It is valid during the call.
	Path  []int
	Depth int // of the parts around it: 0 for the outermost
	// Multipart says that Type and what goes with one part are not there; Parts is
	// the number of its parts.
	Multipart bool
	Parts     int
	// Type and Subtype are as they were sent: media types are case-insensitive.
	Type, Subtype []byte
	// Params is the value of the parameters on the wire; of a multipart only where
	// extension data is there.
	Params []byte
	// ID, Description and Encoding are nil for NIL.
	ID, Description, Encoding []byte
	Octets                    uint64
	// Lines is set where HasLines is: for text and for enclosed messages.
	Lines    uint64
	HasLines bool
	// Envelope is the value on the wire of an enclosed message's envelope, or nil.
	Envelope []byte
}

// EachBodyPart calls f for every part of the value of BODY or BODYSTRUCTURE: a part
// after those that it encloses, since its own fields follow theirs.
func EachBodyPart(value []byte, f func(BodyPart)) *Error {
	c := cursor{b: value, server: true}
	w := walker{f: f}
	if c.walkBody(&w, 0) && c.i != len(value) {
		c.fail(ProdBody, "the end of the body")
	}
	return c.err()
}

// Number returns the path with dots between its numbers.
func (p BodyPart) Number() string {
	var b []byte
	for i, n := range p.Path {
		if i > 0 {
			b = append(b, '.')
		}
		b = strconv.AppendInt(b, int64(n), 10)
	}
	return string(b)
}

type walker struct {
	f    func(BodyPart)
	path []int
}

// tell hands over a part, with a path that a caller can append to without harm.
func (w *walker) tell(p BodyPart) {
	p.Path = w.path[:len(w.path):len(w.path)]
	w.f(p)
}

// walkBody is body, as the whole of the message that the path names.
func (c *cursor) walkBody(w *walker, depth int) bool {
	if depth >= MaxNesting {
		return c.fail(ProdNesting, "fewer body parts in body parts")
	}
	if !c.open(ProdBody, `"("`) {
		return false
	}
	if c.peek() == '(' {
		return c.walkMultipart(w, depth)
	}
	w.path = append(w.path, 1)
	ok := c.walkPart(w, depth)
	w.path = w.path[:len(w.path)-1]
	return ok
}

// walkParts is 1*body, as the parts of the multipart that the path names.
func (c *cursor) walkParts(w *walker, depth int) (n int, ok bool) {
	if depth >= MaxNesting {
		return 0, c.fail(ProdNesting, "fewer body parts in body parts")
	}
	for c.skip('(') {
		n++
		w.path = append(w.path, n)
		if c.peek() == '(' {
			ok = c.walkMultipart(w, depth)
		} else {
			ok = c.walkPart(w, depth)
		}
		w.path = w.path[:len(w.path)-1]
		if !ok {
			return n, false
		}
	}
	return n, true
}

func (c *cursor) walkMultipart(w *walker, depth int) bool {
	p := BodyPart{Depth: depth, Multipart: true}
	var ok bool
	if p.Parts, ok = c.walkParts(w, depth+1); !ok {
		return false
	}
	if !c.sp() {
		return false
	}
	if p.Subtype, ok = c.stringValue(); !ok {
		return false
	}
	if c.skip(' ') {
		start := c.i
		if !c.bodyParams() {
			return false
		}
		p.Params = c.b[start:c.i]
		if !c.bodyTail() {
			return false
		}
	}
	if !c.expect(')', ProdBody, `")"`) {
		return false
	}
	w.tell(p)
	return true
}

func (c *cursor) walkPart(w *walker, depth int) bool {
	p := BodyPart{Depth: depth}
	at := c.i
	var ok bool
	if p.Type, ok = c.stringValue(); !ok || !c.sp() {
		return false
	}
	if equalFold(p.Type, "MULTIPART") {
		return c.failAt(at, ProdBody, "a multipart's parts before its subtype")
	}
	if p.Subtype, ok = c.stringValue(); !ok || !c.sp() || !c.walkFields(&p) {
		return false
	}
	switch {
	case equalFold(p.Type, "TEXT"):
		p.HasLines = true
	case c.holdsMessage(p.Type, p.Subtype):
		p.HasLines = true
		if !c.sp() {
			return false
		}
		start := c.i
		if !c.envelope() {
			return false
		}
		p.Envelope = c.b[start:c.i]
		if !c.sp() || !c.walkBody(w, depth+1) {
			return false
		}
	}
	if p.HasLines {
		if !c.sp() {
			return false
		}
		if p.Lines, ok = c.number(max63, false); !ok {
			return false
		}
	}
	if c.peek() == ' ' && (!c.sp() || !c.nstring() || !c.bodyTail()) {
		return false
	}
	if !c.expect(')', ProdBody, `")"`) {
		return false
	}
	w.tell(p)
	return true
}

// walkFields is body-fields.
func (c *cursor) walkFields(p *BodyPart) (ok bool) {
	start := c.i
	if !c.bodyParams() {
		return false
	}
	p.Params = c.b[start:c.i]
	if !c.sp() {
		return false
	}
	if p.ID, ok = c.nstringValue(); !ok || !c.sp() {
		return false
	}
	if p.Description, ok = c.nstringValue(); !ok || !c.sp() {
		return false
	}
	if p.Encoding, ok = c.stringValue(); !ok || !c.sp() {
		return false
	}
	p.Octets, ok = c.number(max63, false)
	return ok
}

// stringValue is string, and returns what it stands for.
func (c *cursor) stringValue() ([]byte, bool) {
	start := c.i
	if !c.str() {
		return nil, false
	}
	return decoded(c.b[start:c.i]), true
}

// EachParam calls f for each pair of body parameters, as [BodyPart] has them: none
// for NIL.
func EachParam(params []byte, f func(name, value []byte)) (ok bool) {
	c := cursor{b: params, server: true}
	if c.nilWord() || len(params) == 0 {
		return c.whole()
	}
	if !c.open(ProdBody, "parameters or NIL") {
		return false
	}
	for {
		name, good := c.stringValue()
		if !good || !c.sp() {
			return false
		}
		value, good := c.stringValue()
		if !good {
			return false
		}
		f(name, value)
		if !c.next(ProdBody) {
			return c.whole()
		}
	}
}
