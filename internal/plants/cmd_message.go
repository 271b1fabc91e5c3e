package plants

import (
	"fmt"
	"strconv"
)

const (
	readOnlyNo      = "NO [CANNOT] the mailbox is open read-only"
	noMessage       = "BAD there is no such message"
	someGone        = "NO [EXPUNGEISSUED] some of the messages are gone"
	tooManyKeywords = "NO [LIMIT] too many keywords"

	maxKeywords = 200 // of a mailbox
)

// store changes flags (RFC 9051, section 6.4.6; UNCHANGEDSINCE: RFC 7162, section
// 3.1.3). Of messages that are gone it says NO, and does the rest (RFC 2180,
// section 4.2).
func (s *session) store(args []arg, uid bool) string {
	since, args, ok := s.unchangedSince(args)
	switch {
	case !ok:
		return "BAD there is no such modifier"
	case s.readOnly && !s.srv.has("examine-writes"):
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
	switch {
	case !ok:
		return noMessage
	case len(flags) > maxFlags || len(s.box.keywords)+len(flags) > maxKeywords:
		return tooManyKeywords
	}
	var modified []uint32
	for _, p := range picks.all {
		if s.srv.has("store-by-position") {
			p.m = s.box.msgs[min(p.n, len(s.box.msgs))-1]
		}
		if item == "FLAGS.SILENT" && s.srv.has("silent-store-lost") {
			continue
		}
		if p.m.modseq > since {
			modified = append(modified, p.id(uid))
			continue
		}
		current := s.view[p.n-1].told >= p.m.modseq
		changed := s.box.flag(p.m, op, flags)
		silent := item == "FLAGS.SILENT"
		switch {
		case !silent || changed && s.condkeep:
			s.tellKeywords()
			s.tellFlags(p, uid, !silent || !current)
		case current: // else there is a change of another session to tell
			s.view[p.n-1].told = p.m.modseq
		}
	}
	code := ""
	if len(modified) > 0 {
		code = "[MODIFIED " + uidSet(modified) + "] "
	}
	if picks.missing > 0 {
		return someGone
	}
	return "OK " + code + "STORE completed"
}

// id is what the client calls a message.
func (p pick) id(uid bool) uint32 {
	if uid {
		return p.m.uid
	}
	return uint32(p.n)
}

// unchangedSince takes the modifier UNCHANGEDSINCE out of the arguments.
func (s *session) unchangedSince(args []arg) (since uint64, rest []arg, ok bool) {
	if args[1].kind != list {
		return 1<<63 - 1, args, true
	}
	mod := args[1].list
	if len(mod) != 2 || mod[0].word() != "UNCHANGEDSINCE" {
		return 0, nil, false
	}
	since, err := strconv.ParseUint(mod[1].text, 10, 63)
	s.condkeep = true
	return since, append([]arg{args[0]}, args[2:]...), err == nil
}

// copy copies or moves messages, all or none (RFC 9051, sections 6.4.7 and
// 6.4.8).
func (s *session) copy(args []arg, uid, move bool) string {
	if move && s.readOnly {
		return readOnlyNo
	}
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	to := s.boxNamed(args[1].text)
	picks, ok := s.pick(args[0].text, uid)
	switch {
	case !ok:
		return noMessage
	case to == nil:
		return s.noTarget(args[1].text)
	case picks.missing > 0:
		return someGone
	case len(picks.all) == 0:
		return "OK there was nothing to do"
	case to == s.box && move:
		return "NO [CANNOT] they are there"
	}
	if s.srv.has("copy-half") {
		picks.all = picks.all[:1]
	}
	var from, into []uint32
	gone := make(map[uint32]bool)
	for _, p := range picks.all {
		from = append(from, p.m.uid)
		gone[p.m.uid] = true
		if s.srv.has("copy-by-position") {
			p.m = s.box.msgs[min(p.n, len(s.box.msgs))-1]
		}
		if move && s.srv.has("move-loses") {
			continue
		}
		into = append(into, to.add(p.m.body, p.m.flags, p.m.date).uid)
	}
	code := fmt.Sprintf("[COPYUID %d %s %s]", to.validity, s.toldSources(from), uidSet(into))
	if move && s.srv.has("move-loses") {
		code = ""
	}
	if move && s.srv.has("copyuid-late") {
		s.box.remove(func(m *message) bool { return gone[m.uid] })
		s.update(true)
		return "OK " + code + " MOVE completed"
	}
	if !move {
		return "OK " + code + " COPY completed"
	}
	s.untagged("OK %s moved", code) // RFC 6851, section 4.3
	s.box.remove(func(m *message) bool { return gone[m.uid] })
	return "OK " + s.modseqCode() + "MOVE completed"
}

// modseqCode tells a client that has enabled QRESYNC up to where it knows the
// mailbox (RFC 7162, section 3.2.7).
func (s *session) modseqCode() string {
	if !s.qresync {
		return ""
	}
	return fmt.Sprintf("[HIGHESTMODSEQ %d] ", s.box.modseq)
}

// expunge removes what is marked: all of it, or what the set of UID EXPUNGE has
// (RFC 9051, sections 6.4.3 and 6.4.9).
func (s *session) expunge(args []arg) string {
	if s.readOnly {
		return readOnlyNo
	}
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	marked := func(m *message) bool { return m.has(`\Deleted`) }
	if len(args) > 0 {
		picks, ok := s.pick(args[0].text, true)
		if !ok {
			return noMessage
		}
		named := make(map[uint32]bool)
		for _, p := range picks.all {
			named[p.m.uid] = true
		}
		marked = func(m *message) bool { return named[m.uid] && m.has(`\Deleted`) }
	}
	removed := s.box.remove(marked)
	if s.srv.has("expunge-everywhere") {
		for _, b := range st.boxes {
			if b != s.box && len(b.msgs) > 0 {
				first := b.msgs[0]
				b.remove(func(m *message) bool { return m == first })
			}
		}
	}
	if removed == 0 {
		return "OK EXPUNGE completed"
	}
	return "OK " + s.modseqCode() + "EXPUNGE completed"
}
