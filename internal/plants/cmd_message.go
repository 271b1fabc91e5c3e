package plants

import (
	"fmt"
	"strings"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

const readOnlyNo = "NO [CANNOT] the mailbox is open read-only"

func (s *session) store(args []arg, uid bool) string {
	if args[1].kind == list || strings.Contains(args[0].text, "$") {
		return "NO [CANNOT] modifiers are not supported"
	}
	if s.readOnly && !s.srv.has("examine-writes") {
		return readOnlyNo
	}
	op := byte(0)
	item := args[1].word()
	if item[0] == '+' || item[0] == '-' {
		op, item = item[0], item[1:]
	}
	var flags []string
	for _, a := range args[2:] {
		flags = append(flags, a.words()...)
	}
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	picks, ok := s.pick(args[0].text, uid)
	if !ok {
		return "BAD there is no such message"
	}
	for _, p := range picks {
		p.m.set(op, flags)
		if item != "FLAGS.SILENT" {
			s.tellFlags(p, uid)
		}
	}
	return "OK STORE completed"
}

func (s *session) tellFlags(p pick, uid bool) {
	id := ""
	if uid {
		id = "UID " + utoa(p.m.uid) + " "
	}
	s.untagged("%d FETCH (%sFLAGS (%s))", p.n, id, strings.Join(p.m.flags, " "))
}

func (s *session) copy(args []arg, uid, move bool) string {
	if strings.Contains(args[0].text, "$") {
		return "NO [CANNOT] saved results are not supported"
	}
	if move && s.readOnly {
		return readOnlyNo
	}
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	to := st.find(args[1].text)
	picks, ok := s.pick(args[0].text, uid)
	switch {
	case !ok:
		return "BAD there is no such message"
	case to == nil:
		return "NO [TRYCREATE] no such mailbox"
	case len(picks) == 0:
		return "OK there was nothing to do"
	}
	var from, into imapwire.Set
	gone := make(map[uint32]bool)
	for _, p := range picks {
		m := to.add(p.m.body, append([]string(nil), p.m.flags...))
		from = append(from, imapwire.Range{First: p.m.uid, Last: p.m.uid})
		into = append(into, imapwire.Range{First: m.uid, Last: m.uid})
		gone[p.m.uid] = true
	}
	code := fmt.Sprintf("[COPYUID %d %s %s]", to.validity, imapwire.FormatSet(from), imapwire.FormatSet(into))
	if !move {
		return "OK " + code + " COPY completed"
	}
	s.untagged("OK %s moved", code) // RFC 6851, section 4.3
	s.box.remove(func(m *message) bool { return gone[m.uid] })
	return "OK MOVE completed"
}

func (s *session) expunge(args []arg) string {
	if s.readOnly {
		return readOnlyNo
	}
	var only imapwire.Set
	if len(args) > 0 {
		var err error
		if only, err = imapwire.ParseSet([]byte(args[0].text)); err != nil {
			return "NO [CANNOT] saved results are not supported"
		}
	}
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	last := s.lastUID()
	s.box.remove(func(m *message) bool {
		return m.has(`\Deleted`) && (only == nil || only.Contains(m.uid, last))
	})
	if s.srv.has("expunge-everywhere") {
		for _, b := range st.boxes {
			if b != s.box && len(b.msgs) > 0 {
				first := b.msgs[0]
				b.remove(func(m *message) bool { return m == first })
			}
		}
	}
	return "OK EXPUNGE completed"
}
