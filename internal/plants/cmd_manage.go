package plants

import "strings"

// create makes a mailbox, and those above it that there are not (RFC 9051,
// section 6.3.4).
func (s *session) create(args []arg) string {
	name, ok := s.boxName(strings.TrimSuffix(args[0].text, "/"))
	if !ok || !goodName(name) {
		return "NO [CANNOT] not that name"
	}
	use, ok := createUse(args[1:])
	if !ok {
		return "NO [USEATTR] not for that use"
	}
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.boxes[name] != nil {
		return "NO [ALREADYEXISTS] the mailbox exists"
	}
	st.createAbove(name)
	st.create(name).use = use
	st.adopt(name)
	return "OK CREATE completed"
}

// createAbove makes the mailboxes above name that there are not.
func (st *store) createAbove(name string) {
	for i, ch := range name {
		if up := canonicalName(name[:i]); ch == '/' && st.boxes[up] == nil {
			st.create(up)
		}
	}
}

// createUse returns the special use that the parameters of CREATE ask for (RFC
// 6154, section 3). A mailbox has one at most.
func createUse(params []arg) (use string, ok bool) {
	if len(params) == 0 {
		return "", true
	}
	p := params[0].list
	if len(p) != 2 || p[0].word() != "USE" || len(p[1].list) > 1 {
		return "", false
	}
	if len(p[1].list) == 0 {
		return "", true
	}
	use = oneOf(p[1].list[0].text, specialUses)
	return use, use != ""
}

// remove deletes a mailbox that nobody has selected: RFC 2180, section 3.1. Those
// below it stay.
func (s *session) remove(args []arg) string {
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	b := s.boxNamed(args[0].text)
	switch {
	case b == nil:
		return noBox
	case b.name == "INBOX":
		return "NO [CANNOT] INBOX stays"
	case len(b.watchers) > 0 && s.srv.has("delete-follows"):
		st.orphans = map[string]*mailbox{b.name: b}
	case len(b.watchers) > 0:
		return "NO [INUSE] the mailbox is selected"
	case len(b.msgs) > 0 && s.srv.has("delete-full-no"):
		return "NO [CANNOT] the mailbox is not empty"
	}
	delete(st.boxes, b.name)
	return "OK DELETE completed"
}

// rename renames a mailbox and those below it, none of which is selected: RFC
// 2180, section 3.2. INBOX stays, and loses its messages to the new one (RFC 9051,
// section 6.3.6).
func (s *session) rename(args []arg) string {
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	b := s.boxNamed(args[0].text)
	to, ok := s.boxName(strings.TrimSuffix(args[1].text, "/"))
	switch {
	case b == nil:
		return noBox
	case !ok || !goodName(to) || strings.HasPrefix(to+"/", b.name+"/") && to != b.name && b.name != "INBOX":
		return "NO [CANNOT] not to that name"
	case st.boxes[to] != nil || len(st.below(to)) > 0:
		return "NO [ALREADYEXISTS] the mailbox exists"
	case b.name == "INBOX":
		st.createAbove(to)
		st.moveAll(b, st.create(to))
		return "OK RENAME completed"
	}
	names := append([]string{b.name}, st.below(b.name)...)
	for _, name := range names {
		switch {
		case len(st.boxes[name].watchers) > 0:
			return "NO [INUSE] the mailbox is selected"
		case !goodName(to + name[len(b.name):]):
			return "NO [CANNOT] a name would be too long"
		}
	}
	st.createAbove(to)
	old := b.name
	for _, name := range names {
		st.rename(st.boxes[name], to+name[len(old):])
	}
	return "OK RENAME completed"
}

// rename gives b another name. Where another mailbox has had that name, b gets a
// new UIDVALIDITY (RFC 9051, section 6.3.6).
func (st *store) rename(b *mailbox, to string) {
	delete(st.boxes, b.name)
	b.name, st.boxes[to] = to, b
	if st.former[to] != 0 {
		st.validity++
		b.validity = st.validity
	}
	st.former[to] = b.validity
}

// moveAll moves all messages.
func (st *store) moveAll(from, to *mailbox) {
	for _, m := range from.msgs {
		to.add(m.body, m.flags, m.date)
	}
	from.remove(func(*message) bool { return true })
}

// subscribe notes a name, whether or not there is such a mailbox, or forgets it
// (RFC 9051, sections 6.3.7 and 6.3.8).
func (s *session) subscribe(args []arg, on bool) string {
	name, ok := s.boxName(strings.TrimSuffix(args[0].text, "/"))
	if !ok || !goodName(name) {
		return "NO [CANNOT] not that name"
	}
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	switch {
	case !on:
		delete(st.subscribed, name)
	case len(st.subscribed) >= maxSubscribed:
		return "NO [LIMIT] too many subscriptions"
	default:
		st.subscribed[name] = true
	}
	return "OK noted"
}

// maxSubscribed is how many names may be subscribed to.
const maxSubscribed = 1000
