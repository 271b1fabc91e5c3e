package plants

import (
	"slices"
	"strings"
	"sync"

	"github.com/imapfuzz/imapfuzz/harness"
)

// A store is the mail of the one account there is. Its mutex guards everything
// in it; nobody holds it while he writes to a connection.
type store struct {
	mu       sync.Mutex
	boxes    map[string]*mailbox
	validity uint32
}

// A mailbox holds messages in the order of their UIDs.
type mailbox struct {
	name     string
	validity uint32
	next     uint32
	msgs     []*message
	watchers []*session // that have it selected
}

// A message's body never changes; its flags do, under the store's mutex.
type message struct {
	uid   uint32
	flags []string
	body  []byte
}

func newStore() *store {
	st := &store{boxes: make(map[string]*mailbox)}
	inbox := st.create("INBOX")
	flags := harness.MailFlags()
	for i, m := range harness.Mail() {
		inbox.add([]byte(m), strings.Fields(flags[i]))
	}
	st.create(harness.BystanderMailbox()).add([]byte(harness.Mail()[0]), nil)
	return st
}

// create makes an empty mailbox.
func (st *store) create(name string) *mailbox {
	st.validity++
	b := &mailbox{name: name, validity: st.validity, next: 1}
	st.boxes[name] = b
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

// find returns the mailbox of that name; INBOX has no case (RFC 9051, section
// 5.1).
func (st *store) find(name string) *mailbox { return st.boxes[canonicalName(name)] }

func canonicalName(name string) string {
	if strings.EqualFold(name, "INBOX") {
		return "INBOX"
	}
	return name
}

// add stores a message and tells those who watch.
func (b *mailbox) add(body []byte, flags []string) *message {
	m := &message{uid: b.next, flags: flags, body: body}
	b.next++
	b.msgs = append(b.msgs, m)
	b.changed()
	return m
}

// remove drops the messages for which gone is true and returns how many.
func (b *mailbox) remove(gone func(*message) bool) int {
	before := len(b.msgs)
	b.msgs = slices.DeleteFunc(b.msgs, gone)
	if len(b.msgs) < before {
		b.changed()
	}
	return before - len(b.msgs)
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

// set changes m's flags as STORE says: op is '+', '-' or 0 for all.
func (m *message) set(op byte, flags []string) {
	var keep []string
	for _, f := range m.flags {
		named := slices.ContainsFunc(flags, func(g string) bool { return strings.EqualFold(f, g) })
		if op == '+' || op == '-' && !named {
			keep = append(keep, f)
		}
	}
	m.flags = keep
	if op == '-' {
		return
	}
	for _, f := range flags {
		if !m.has(f) {
			m.flags = append(m.flags, f)
		}
	}
}
