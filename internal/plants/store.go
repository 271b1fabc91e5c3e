package plants

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/imapfuzz/imapfuzz/harness"
)

// A store is the mail of the one account there is. Its mutex guards everything
// in it; nobody holds it while he writes to a connection.
type store struct {
	mu         sync.Mutex
	boxes      map[string]*mailbox
	subscribed map[string]bool
	former     map[string]uint32 // by name, the largest UIDVALIDITY that it has had
	validity   uint32
	srv        *server             // for defects
	orphans    map[string]*mailbox // that "delete-follows" leaves behind
}

// A mailbox holds messages in the order of their UIDs.
type mailbox struct {
	st       *store
	name     string // in UTF-8
	use      string // its special use (RFC 6154), with its backslash, or ""
	validity uint32
	next     uint32
	msgs     []*message
	keywords []string   // that a message has or had
	watchers []*session // that have it selected
	locked   bool       // for "cut-keeps-lock" alone
	disk     uint32     // UIDNEXT that "restart-loses-mail" has written down

	modseq uint64 // of the last change (RFC 7162)
	gone   []vanished
}

// A vanished is a message that was expunged, and when.
type vanished struct {
	uid    uint32
	modseq uint64
}

// A message's body never changes; its flags do, under the store's mutex.
type message struct {
	uid    uint32
	flags  []string
	body   []byte
	date   time.Time
	modseq uint64
	kept   *part    // of its structure, once somebody has asked
	disk   []string // the flags that "restart-loses-flags" has written down
}

// firstDate is the internal date of what the store holds at first.
var firstDate = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func newStore() *store {
	st := &store{boxes: make(map[string]*mailbox), subscribed: make(map[string]bool), former: make(map[string]uint32)}
	inbox := st.create("INBOX")
	flags := harness.MailFlags()
	for i, m := range harness.Mail() {
		inbox.add([]byte(m), strings.Fields(flags[i]), firstDate)
	}
	st.create(harness.BystanderMailbox()).add([]byte(harness.Mail()[0]), nil, firstDate)
	for _, use := range []string{"Drafts", "Sent", "Trash"} {
		st.create(use).use = `\` + use
	}
	st.sync()
	return st
}

// create makes an empty mailbox. Its UIDVALIDITY is larger than that of any
// mailbox before (RFC 9051, section 2.3.1.1).
func (st *store) create(name string) *mailbox {
	st.validity++
	b := &mailbox{st: st, name: name, validity: st.validity, next: 1, modseq: 1}
	if st.has("recreated-same") && st.former[name] != 0 {
		b.validity = st.former[name]
	}
	st.boxes[name], st.former[name] = b, b.validity
	return b
}

// names returns the names of all mailboxes, sorted.
func (st *store) names() []string {
	var out []string
	for name := range st.boxes {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// below returns the names of the mailboxes below name, sorted.
func (st *store) below(name string) []string {
	return slices.DeleteFunc(st.names(), func(n string) bool { return !strings.HasPrefix(n, name+"/") })
}

// find returns the mailbox of that name; INBOX has no case (RFC 9051, section
// 5.1).
func (st *store) find(name string) *mailbox { return st.boxes[canonicalName(name)] }

func canonicalName(name string) string {
	const inbox = "INBOX"
	if len(name) >= len(inbox) && strings.EqualFold(name[:len(inbox)], inbox) && strings.HasPrefix(name[len(inbox):]+"/", "/") {
		return inbox + name[len(inbox):]
	}
	return name
}

// add stores a message and tells those who watch.
func (b *mailbox) add(body []byte, flags []string, date time.Time) *message {
	b.modseq++
	if b.st.has("uid-global") {
		b.next = b.st.nextOfAll()
	}
	m := &message{uid: b.next, body: body, date: date, modseq: b.modseq}
	m.set('+', flags)
	b.learn(flags)
	b.next++
	b.msgs = append(b.msgs, m)
	b.changed()
	return m
}

// remove drops the messages for which gone is true and returns how many.
func (b *mailbox) remove(gone func(*message) bool) int {
	before := len(b.msgs)
	kept := b.msgs[:0]
	for _, m := range b.msgs {
		if !gone(m) {
			kept = append(kept, m)
			continue
		}
		b.modseq++
		b.gone = append(b.gone, vanished{m.uid, b.modseq})
	}
	clear(b.msgs[len(kept):])
	b.msgs = kept
	if len(b.msgs) < before {
		b.changed()
	}
	return before - len(b.msgs)
}

// flag changes the flags of m as STORE says and tells those who watch. It
// reports whether that changed anything.
func (b *mailbox) flag(m *message, op byte, flags []string) bool {
	if !m.set(op, flags) {
		return false
	}
	b.learn(flags)
	b.modseq++
	m.modseq = b.modseq
	b.changed()
	return true
}

// learn notes keywords.
func (b *mailbox) learn(flags []string) {
	for _, f := range flags {
		known := func(k string) bool { return strings.EqualFold(k, f) }
		if !strings.HasPrefix(f, `\`) && !slices.ContainsFunc(b.keywords, known) {
			b.keywords = append(b.keywords, f)
		}
	}
}

// byUID returns the message of that uid, or nil.
func (b *mailbox) byUID(uid uint32) *message {
	i, ok := slices.BinarySearchFunc(b.msgs, uid, func(m *message, uid uint32) int { return int(int64(m.uid) - int64(uid)) })
	if !ok {
		return nil
	}
	return b.msgs[i]
}

// changed wakes the sessions that idle on b.
func (b *mailbox) changed() {
	for _, s := range b.watchers {
		s.wire.wake()
	}
}

func (b *mailbox) unwatch(s *session) {
	b.watchers = slices.DeleteFunc(b.watchers, func(w *session) bool { return w == s })
}

func (b *mailbox) count(flag string) (n int) {
	for _, m := range b.msgs {
		if m.has(flag) {
			n++
		}
	}
	return n
}

func (b *mailbox) size() (n int) {
	for _, m := range b.msgs {
		n += len(m.body)
	}
	return n
}

// has reports whether m has a flag, in any case.
func (m *message) has(flag string) bool {
	return slices.ContainsFunc(m.flags, func(f string) bool { return strings.EqualFold(f, flag) })
}

// set changes m's flags as STORE says: op is '+', '-' or 0 for all. It reports
// whether they are others now.
func (m *message) set(op byte, flags []string) bool {
	var now []string
	for _, f := range m.flags {
		named := slices.ContainsFunc(flags, func(g string) bool { return strings.EqualFold(f, g) })
		if op == '+' || (op == '-') != named {
			now = append(now, f)
		}
	}
	same := len(now) == len(m.flags)
	m.flags = now
	if op == '-' {
		return !same
	}
	for _, f := range flags {
		if !m.has(f) && !strings.EqualFold(f, `\Recent`) {
			m.flags, same = append(m.flags, f), false
		}
	}
	return !same
}
