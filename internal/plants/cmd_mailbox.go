package plants

import (
	"strings"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

const flagList = `\Answered \Flagged \Deleted \Seen \Draft`

func (s *session) selectBox(args []arg, readOnly bool) string {
	if len(args) != 1 {
		return "BAD parameters are not supported"
	}
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	b := st.find(args[0].text)
	if b == nil {
		s.shut() // RFC 9051, section 6.3.2: a SELECT that fails selects nothing
		if s.srv.has("serverbug") && strings.Contains(args[0].text, "&") {
			return "NO [SERVERBUG] internal error"
		}
		return "NO [NONEXISTENT] no such mailbox"
	}
	s.open(b, readOnly)
	s.untagged("%d EXISTS", len(b.msgs))
	s.untagged("0 RECENT")
	s.untagged("FLAGS (%s)", flagList)
	if s.readOnly {
		s.untagged("OK [PERMANENTFLAGS ()] no changes")
	} else {
		s.untagged(`OK [PERMANENTFLAGS (%s \*)] all flags`, flagList)
	}
	s.untagged("OK [UIDVALIDITY %d] valid", b.validity)
	next := b.next
	if s.srv.has("zero") && b.name == "INBOX" {
		next = 0
	}
	s.untagged("OK [UIDNEXT %d] next", next)
	if readOnly {
		return "OK [READ-ONLY] EXAMINE completed"
	}
	return "OK [READ-WRITE] SELECT completed"
}

func (s *session) closeBox(expunge bool) string {
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	if expunge && !s.readOnly {
		s.box.remove(func(m *message) bool { return m.has(`\Deleted`) })
	}
	s.shut()
	return "OK closed"
}

func (s *session) manage(verb string, args []arg) string {
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	name := strings.TrimSuffix(canonicalName(args[0].text), "/")
	b := st.boxes[name]
	switch verb {
	case "CREATE":
		return st.tryCreate(name, len(args) > 1)
	case "SUBSCRIBE", "UNSUBSCRIBE":
		return "OK noted"
	}
	switch {
	case name == "INBOX":
		return "NO [CANNOT] INBOX stays"
	case b == nil:
		return "NO [NONEXISTENT] no such mailbox"
	case len(b.watchers) > 0:
		return "NO [INUSE] the mailbox is selected"
	}
	delete(st.boxes, name)
	if verb == "RENAME" {
		to := canonicalName(args[1].text)
		if st.boxes[to] != nil || !goodName(to) {
			st.boxes[name] = b
			return "NO [CANNOT] not to that name"
		}
		b.name, st.boxes[to] = to, b
	}
	return "OK done"
}

func (st *store) tryCreate(name string, params bool) string {
	switch {
	case params:
		return "NO [CANNOT] parameters are not supported"
	case st.boxes[name] != nil:
		return "NO [ALREADYEXISTS] the mailbox exists"
	case !goodName(name):
		return "NO [CANNOT] not that name"
	}
	st.create(name)
	return "OK CREATE completed"
}

// goodName reports whether a mailbox may be called so: what LIST can show.
func goodName(name string) bool {
	if name == "" || len(name) > 200 || strings.ContainsAny(name, "%*") {
		return false
	}
	_, err := imapwire.DecodeUTF7([]byte(name))
	return err == nil
}

func (s *session) list(verb string, args []arg) string {
	if len(args) != 2 || args[0].kind == list || args[1].kind == list {
		return "NO [CANNOT] only the plain LIST is supported"
	}
	ref, pattern := args[0].text, args[1].text
	if pattern == "" {
		s.untagged(`%s (\Noselect) "/" ""`, verb)
		return "OK done"
	}
	if strings.HasPrefix(ref, "/") || s.srv.has("list-spins") {
		ref = ""
	}
	st := s.srv.store
	st.mu.Lock()
	names := st.names()
	st.mu.Unlock()
	for _, name := range names {
		found := false
		if s.srv.has("list-spins") {
			found = slowMatch(name, pattern)
		} else {
			found = match(name, ref+pattern)
		}
		if found {
			s.untagged(`%s () "/" %s`, verb, imapwire.AppendAString(nil, name))
		}
	}
	return "OK done"
}

// match reports whether name matches pattern: "*" stands for anything, "%" for
// anything but the separator. It takes time in proportion to the product of
// their lengths.
func match(name, pattern string) bool {
	at := make([]bool, len(name)+1) // at[i]: pattern so far matches name[:i]
	at[0] = true
	for _, p := range []byte(pattern) {
		if p == '*' || p == '%' {
			for i := range name {
				at[i+1] = at[i+1] || at[i] && (p == '*' || name[i] != '/')
			}
			continue
		}
		for i := len(name); i > 0; i-- {
			at[i] = at[i-1] && name[i-1] == p
		}
		at[0] = false
	}
	return at[len(name)]
}

// slowMatch is what "list-spins" matches with: exponential in the wildcards.
func slowMatch(name, pattern string) bool {
	switch {
	case pattern == "":
		return name == ""
	case pattern[0] == '*' || pattern[0] == '%':
		return slowMatch(name, pattern[1:]) || name != "" && slowMatch(name[1:], pattern)
	}
	return name != "" && name[0] == pattern[0] && slowMatch(name[1:], pattern[1:])
}

func (s *session) status(args []arg) string {
	if s.srv.has("lock-twice") {
		s.srv.mutex.Lock()
		s.srv.mutex.Lock()
	}
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	b := st.find(args[0].text)
	if b == nil {
		return "NO [NONEXISTENT] no such mailbox"
	}
	var items []string
	for _, w := range args[1].words() {
		n := 0
		switch w = strings.ToUpper(w); w {
		case "MESSAGES":
			n = len(b.msgs)
		case "RECENT":
		case "UIDNEXT":
			n = int(b.next)
		case "UIDVALIDITY":
			n = int(b.validity)
		case "UNSEEN":
			n = len(b.msgs) - b.count(`\Seen`)
		case "DELETED":
			n = b.count(`\Deleted`)
		case "SIZE":
			n = b.size()
		default:
			return "NO [CANNOT] that item is not supported"
		}
		items = append(items, w+" "+utoa(uint32(n)))
	}
	s.untagged("STATUS %s (%s)", imapwire.AppendAString(nil, b.name), strings.Join(items, " "))
	return "OK STATUS completed"
}
