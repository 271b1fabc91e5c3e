package plants

import (
	"slices"
	"strconv"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// A resync is what a client that comes back knows (RFC 7162, section 3.2.5).
type resync struct {
	validity uint64
	modseq   uint64
	uids     imapwire.Set // nil: all
}

// selectParams reads the parameters of SELECT. It returns a status if they are
// wrong.
func (s *session) selectParams(args []arg) (known *resync, status string) {
	if len(args) == 0 {
		return nil, ""
	}
	for i := 0; i < len(args[0].list); i++ {
		switch a := args[0].list[i]; a.word() {
		case "CONDSTORE":
			s.condkeep = true
		case "QRESYNC":
			if i++; i >= len(args[0].list) || !s.qresync {
				return nil, "BAD QRESYNC is not enabled"
			}
			r, ok := parseResync(args[0].list[i].list)
			if !ok {
				return nil, "BAD that is no QRESYNC"
			}
			known = &r
		default:
			return nil, "BAD there is no such parameter"
		}
	}
	return known, ""
}

func parseResync(args []arg) (r resync, ok bool) {
	if len(args) < 2 {
		return r, false
	}
	var err1, err2, err3 error
	r.validity, err1 = strconv.ParseUint(args[0].text, 10, 32)
	r.modseq, err2 = strconv.ParseUint(args[1].text, 10, 63)
	if len(args) > 2 && args[2].kind == atom {
		r.uids, err3 = imapwire.ParseSet([]byte(args[2].text))
	}
	return r, err1 == nil && err2 == nil && err3 == nil
}

// resync tells what has changed since the client knew the mailbox. The caller
// holds the store's lock.
func (s *session) resync(known resync) {
	if known.validity != uint64(s.box.validity) {
		return
	}
	if s.srv.has("resync-forgets") {
		return
	}
	s.vanishedSince(known.modseq, func(uid uint32) bool { return known.uids == nil || known.uids.Contains(uid, s.box.next-1) })
	for i := range s.view {
		m := s.box.byUID(s.view[i].uid)
		if m.modseq > known.modseq && (known.uids == nil || known.uids.Contains(m.uid, s.box.next-1)) {
			s.tellFlags(pick{i + 1, m}, true, true)
		}
	}
}

// tellVanished tells which of the UIDs of a set are gone since then.
func (s *session) tellVanished(text string, since uint64) {
	set, _ := parseSet(text, true)
	s.vanishedSince(since, func(uid uint32) bool {
		return set.ranges.Contains(uid, s.box.next-1) || set.saved && slices.Contains(s.saved, uid)
	})
}

func (s *session) vanishedSince(since uint64, wanted func(uint32) bool) {
	var uids []uint32
	for _, v := range s.box.gone {
		known := slices.ContainsFunc(s.view, func(k known) bool { return k.uid == v.uid })
		if v.modseq > since && wanted(v.uid) && !known {
			uids = append(uids, v.uid)
		}
	}
	slices.Sort(uids)
	if len(uids) > 0 {
		s.untagged("VANISHED (EARLIER) %s", uidSet(uids))
	}
}
