package harness

import (
	"math"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// facts is what FETCH responses and the numbering of messages tell in a session.
// It is gathered once, when the first rule asks for it.
type facts struct {
	done       bool
	doubtful   int // the first event from which on nothing is certain
	fetched    []fetched
	sections   []fetchedSection
	selections []selection
	uids       []uint32 // of the selected mailbox's messages, by number; 0: not told yet

	disorder  breach // the first UIDs that do not ascend
	changed   breach // the first message whose UID is another now
	nextWrong breach // the first UID that the UIDNEXT told before denies
}

// again returns facts of nothing, on the memory of f.
func (f *facts) again() facts {
	return facts{fetched: f.fetched[:0], sections: f.sections[:0], selections: f.selections[:0], uids: f.uids[:0]}
}

// A breach is a response that broke a rule: -1, none did.
type breach struct {
	resp int
	what [2]uint32
}

// A selection is the time from a SELECT or EXAMINE to the next, or to the end of
// the session.
type selection struct {
	command  int    // index in Session.Commands
	mailbox  string // as imapwire.MailboxName returns it
	validity uint32 // 0: not told
	next     uint32 // UIDNEXT; 0: not told
	readOnly bool
	from     int // event of its completion
	old      int // how many of the messages that there were then are still there
}

// fetched is one FETCH response.
type fetched struct {
	resp      int // index in Session.Responses
	selection int // index in facts.selections; -1: none that is known
	seq       uint32
	uid       uint32 // of the message: 0 if nothing tells it
	hasUID    bool   // the response has it
	hasFlags  bool
	hasSize   bool
	flags     imapwire.Words
	size      uint64
	date      []byte // INTERNALDATE in its quotes
	envelope  []byte
	structure []byte // BODYSTRUCTURE
	from, to  int    // of its sections in facts.sections
}

// fetchedSection is a BODY[section], or one of the RFC822 items by the name that
// BODY has for it.
type fetchedSection struct {
	section []byte
	origin  int64 // -1: none
	octets  []byte
	isNil   bool
}

// maxNumbered is how many messages of a mailbox are followed by their UIDs.
const maxNumbered = 1 << 14

// gather returns what FETCH responses told in s.
func (s *Session) gather() *facts {
	f := &s.facts
	if f.done {
		return f
	}
	f.done = true
	f.disorder.resp, f.changed.resp, f.nextWrong.resp = -1, -1, -1
	g := gathering{s: s, f: f, selection: -1}
	g.item = g.take
	f.doubtful = s.doubtful()
	for i := range s.Responses {
		r := &s.Responses[i]
		if r.Event >= f.doubtful {
			break
		}
		if r.Err == nil {
			g.response(i, r)
		}
	}
	return f
}

// doubtful returns the first event from which on it cannot be told for certain
// what the server made of what it got: math.MaxInt if there is none.
func (s *Session) doubtful() int {
	at := math.MaxInt
	if s.Broken >= 0 {
		at = s.Broken
	}
	if s.Murky >= 0 {
		at = min(at, s.Murky)
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		if c.Begun >= at {
			break
		}
		if bareCR(c.Raw) || longLine(c.Raw) || c.nonSync() && c.Answer >= 0 && !okStatus(&s.Responses[c.Answer]) {
			at = c.Begun
		}
	}
	return at
}

// gathering is the state of gathering facts.
type gathering struct {
	s         *Session
	f         *facts
	selection int
	pending   selection // that is being made
	numbered  bool      // uids is in step with the server
	now       fetched
	item      imapwire.FetchFunc
}

func (g *gathering) response(i int, r *Response) {
	switch {
	case r.Type == imapwire.Tagged && r.Command >= 0:
		g.completion(r)
	case r.Name == "EXISTS":
		g.exists(r)
	case r.Name == "EXPUNGE":
		g.expunge(r.Num)
	case r.Name == "VANISHED":
		g.vanished(r)
	case r.Name == "FETCH":
		g.fetch(i, r)
	case r.Code == "UIDVALIDITY" && r.Selecting:
		n, _ := r.CodeNumber()
		g.pending.validity = uint32(n)
	case r.Code == "UIDNEXT" && r.Selecting:
		n, _ := r.CodeNumber()
		g.pending.next = uint32(n)
	}
}

// completion begins and ends selections.
func (g *gathering) completion(r *Response) {
	c := &g.s.Commands[r.Command]
	switch {
	case c.selects() && r.Status == imapwire.OK:
		name, ok := c.Command.Mailbox()
		if c.Err != nil || !ok {
			g.selection, g.numbered = -1, false
			break
		}
		p := g.pending
		p.command, p.mailbox, p.readOnly, p.from, p.old = r.Command, g.s.mailboxName(name, r.Event), c.Name == "EXAMINE", r.Event, len(g.f.uids)
		g.f.selections = append(g.f.selections, p)
		g.selection = len(g.f.selections) - 1
	case c.selects(), (c.Name == "CLOSE" || c.Name == "UNSELECT") && r.Status == imapwire.OK:
		g.selection, g.numbered = -1, false
	}
	if c.selects() {
		g.pending = selection{}
	}
}

func (g *gathering) exists(r *Response) {
	n := int(r.Num)
	if r.Selecting {
		g.f.uids, g.numbered, g.selection = g.f.uids[:0], n <= maxNumbered, -1
	}
	if n > maxNumbered || n < len(g.f.uids) {
		g.numbered = false
	}
	if !g.numbered {
		return
	}
	for len(g.f.uids) < n {
		g.f.uids = append(g.f.uids, 0)
	}
}

func (g *gathering) expunge(n uint32) {
	if n == 0 || int(n) > len(g.f.uids) {
		g.numbered = false
		return
	}
	g.f.uids = append(g.f.uids[:n-1], g.f.uids[n:]...)
	if g.selection >= 0 && int(n) <= g.f.selections[g.selection].old {
		g.f.selections[g.selection].old--
	}
}

// vanished takes UIDs out, if it is told which numbers they have.
func (g *gathering) vanished(r *Response) {
	set, earlier, ok := r.Vanished()
	if earlier {
		return
	}
	if !ok || set.Count(1<<32-1) > maxNumbered {
		g.numbered = false
		return
	}
	for uid := range set.Numbers(1<<32 - 1) {
		found := false
		for k, u := range g.f.uids {
			if u == uid {
				g.expunge(uint32(k + 1))
				found = true
				break
			}
		}
		g.numbered = g.numbered && found
	}
}

func (g *gathering) fetch(i int, r *Response) {
	f := g.f
	g.now = fetched{resp: i, selection: g.selection, seq: r.Num, from: len(f.sections)}
	imapwire.EachFetchItem(r.Response, g.item)
	g.now.to = len(f.sections)
	if g.numbered && g.now.seq >= 1 && int(g.now.seq) <= len(f.uids) {
		g.number(i)
	}
	f.fetched = append(f.fetched, g.now)
}

// number holds the UID of a message against what was told of it before.
func (g *gathering) number(i int) {
	f, k := g.f, int(g.now.seq)-1
	was := f.uids[k]
	if !g.now.hasUID {
		g.now.uid = was
		return
	}
	uid := g.now.uid
	if was != 0 && was != uid && f.changed.resp < 0 {
		f.changed = breach{i, [2]uint32{was, uid}}
	}
	f.uids[k] = uid
	for _, near := range [...]int{-1, 1} {
		for n := k + near; n >= 0 && n < len(f.uids); n += near {
			other := f.uids[n]
			if other == 0 {
				continue
			}
			if (other < uid) != (near < 0) && f.disorder.resp < 0 && f.changed.resp < 0 {
				f.disorder = breach{i, [2]uint32{other, uid}}
			}
			break
		}
	}
	if g.selection < 0 || f.nextWrong.resp >= 0 {
		return
	}
	if sel := &f.selections[g.selection]; sel.next != 0 && (k < sel.old) != (uid < sel.next) {
		f.nextWrong = breach{i, [2]uint32{uid, sel.next}}
	}
}

// take is told the data items of a FETCH response.
func (g *gathering) take(name string, section []byte, origin int64, value []byte) {
	now := &g.now
	switch name {
	case "UID":
		n, ok := imapwire.ParseNumber(value)
		now.uid, now.hasUID = uint32(n), ok
	case "FLAGS":
		now.flags, now.hasFlags = imapwire.ParseFlags(value)
	case "RFC822.SIZE":
		now.size, now.hasSize = imapwire.ParseNumber(value)
	case "INTERNALDATE":
		now.date = value
	case "ENVELOPE":
		now.envelope = value
	case "BODYSTRUCTURE":
		now.structure = value
	case "BODY":
		if section != nil {
			g.section(section, origin, value)
		}
	case "RFC822":
		g.section([]byte(""), origin, value)
	case "RFC822.HEADER":
		g.section([]byte("HEADER"), origin, value)
	case "RFC822.TEXT":
		g.section([]byte("TEXT"), origin, value)
	}
}

func (g *gathering) section(section []byte, origin int64, value []byte) {
	octets, isNil, err := imapwire.NString(value)
	if err == nil {
		g.f.sections = append(g.f.sections, fetchedSection{section, origin, octets, isNil})
	}
}
