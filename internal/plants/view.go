package plants

import (
	"fmt"
	"slices"
	"strings"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// A known is a message that the client knows, and the modification of its flags
// that it was told.
type known struct {
	uid  uint32
	told uint64
}

// open selects a mailbox; the caller holds the store's lock.
func (s *session) open(b *mailbox, readOnly bool) {
	s.shut()
	b.provokeOpen()
	s.box, s.readOnly = b, readOnly
	s.phase = imapwire.Selected
	for _, m := range b.msgs {
		s.view = append(s.view, known{m.uid, m.modseq})
	}
	s.words = len(b.keywords)
	b.watchers = append(b.watchers, s)
}

// shut deselects the mailbox; the caller holds the store's lock.
func (s *session) shut() {
	if s.box != nil {
		s.box.unwatch(s)
	}
	s.box, s.view, s.saved = nil, s.view[:0], nil
	s.phase = imapwire.Authenticated
}

// update tells the client what has changed in its mailbox, expunged messages
// only where their numbers may change (RFC 9051, section 7.5.1). The caller
// holds the store's lock.
func (s *session) update(expunged bool) {
	if s.box == nil {
		return
	}
	if expunged && !s.srv.has("exists-falls") {
		s.tellExpunged()
	}
	last := s.lastUID()
	grown := false
	fresh := len(s.box.msgs)
	for fresh > 0 && s.box.msgs[fresh-1].uid > last && !s.srv.has("exists-untold") {
		fresh--
	}
	for _, m := range s.box.msgs[fresh:] {
		s.view = append(s.view, known{m.uid, m.modseq})
		grown = true
	}
	if s.srv.has("exists-falls") && len(s.view) > len(s.box.msgs) {
		s.view = slices.DeleteFunc(s.view, func(k known) bool { return s.box.byUID(k.uid) == nil })
		grown = true
	}
	if grown {
		s.untagged("%d EXISTS", len(s.view))
	}
	s.tellKeywords()
	if !s.srv.has("flags-untold") {
		s.tellChanged()
	}
}

// tellExpunged tells which messages have gone, the last first.
func (s *session) tellExpunged() {
	var gone imapwire.Set
	for i := len(s.view) - 1; i >= 0; i-- {
		uid := s.view[i].uid
		if s.box.byUID(uid) != nil {
			continue
		}
		n := i + 1
		if s.srv.has("expunge-zero") {
			n = 0
		}
		if s.srv.has("expunge-off") {
			n = len(s.view) + 1
		}
		if s.qresync && !s.srv.has("expunge-under-qresync") {
			gone = append(gone, imapwire.Range{First: uid, Last: uid})
		} else {
			s.untagged("%d EXPUNGE", n)
		}
		s.view = slices.Delete(s.view, i, i+1)
	}
	if len(gone) > 0 {
		slices.Reverse(gone)
		s.untagged("VANISHED %s", imapwire.FormatSet(merge(gone)))
	}
}

// tellKeywords tells which flags there are, if that has changed.
func (s *session) tellKeywords() {
	if s.words == len(s.box.keywords) {
		return
	}
	s.words = len(s.box.keywords)
	s.flagsLine()
}

// flagsLine tells the flags of the mailbox, and which of them last (RFC 9051,
// section 6.3.2).
func (s *session) flagsLine() {
	flags := strings.TrimRight(flagList+" "+strings.Join(s.box.keywords, " "), " ")
	if s.srv.has("flags-poor") {
		s.untagged("FLAGS (%s)", strings.ReplaceAll(flags, ` \Draft`, ""))
	} else {
		s.untagged("FLAGS (%s)", flags)
	}
	if s.readOnly {
		s.untagged("OK [PERMANENTFLAGS ()] no changes")
		return
	}
	s.untagged(`OK [PERMANENTFLAGS (%s \*)] all flags`, flags)
}

// tellChanged tells the flags that others have changed.
func (s *session) tellChanged() {
	for i := range s.view {
		if m := s.box.byUID(s.view[i].uid); m != nil && m.modseq > s.view[i].told {
			s.tellFlags(pick{i + 1, m}, true, true)
		}
	}
}

// tellFlags tells the flags of a message, or of a silent STORE no more than what
// its modification is.
func (s *session) tellFlags(p pick, uid, flags bool) {
	s.view[p.n-1].told = p.m.modseq
	var items []string
	if (uid || s.rev2 || s.qresync) && !s.srv.has("rev2-no-uid") {
		items = append(items, "UID "+utoa(p.m.uid))
	}
	if flags {
		items = append(items, "FLAGS ("+strings.Join(p.m.flags, " ")+")")
	}
	if s.condkeep {
		items = append(items, fmt.Sprintf("MODSEQ (%d)", p.m.modseq))
	}
	s.untagged("%d FETCH (%s)", p.n, strings.Join(items, " "))
}

// number is the largest message number, for "*".
func (s *session) number() uint32 { return uint32(len(s.view)) }

// lastUID is the largest UID that the client knows, for "*".
func (s *session) lastUID() uint32 {
	if len(s.view) == 0 {
		return 0
	}
	return s.view[len(s.view)-1].uid
}

// A pick is a message of a set, with its number.
type pick struct {
	n int
	m *message
}

// A picked is what a set of messages is: those that are still there, in order,
// and how many of those that it numbers are not.
type picked struct {
	all     []pick
	missing int
}

// A numberSet is a sequence-set of numbers or UIDs; "$" in it is the saved
// result (RFC 9051, section 6.4.4.1).
type numberSet struct {
	ranges imapwire.Set
	uid    bool
	saved  bool
}

// parseSet reads a set that the strict grammar has accepted.
func parseSet(text string, uid bool) (numberSet, bool) {
	out := numberSet{uid: uid}
	var plain []string
	for part := range strings.SplitSeq(text, ",") {
		if part == "$" {
			out.saved = true
		} else {
			plain = append(plain, part)
		}
	}
	if len(plain) == 0 {
		return out, out.saved
	}
	var err error
	out.ranges, err = imapwire.ParseSet([]byte(strings.Join(plain, ",")))
	return out, err == nil
}

// holds reports whether the set has the i-th message of s, from 0 on.
func (set numberSet) holds(s *session, i int) bool {
	uid := s.view[i].uid
	if set.saved && slices.Contains(s.saved, uid) {
		return true
	}
	if set.uid {
		return set.ranges.Contains(uid, s.lastUID())
	}
	return set.ranges.Contains(uint32(i+1), s.number())
}

// within reports whether the set names no message number that there is not.
func (set numberSet) within(s *session) bool {
	for _, r := range set.ranges {
		if max(r.First, r.Last) > s.number() || s.number() == 0 {
			return false
		}
	}
	return true
}

// pick returns the messages of a set. It is not ok if set names a message number
// that does not exist. The caller holds the store's lock.
func (s *session) pick(text string, uid bool) (out picked, ok bool) {
	set, ok := parseSet(text, uid)
	if !ok || !uid && !set.within(s) {
		return out, false
	}
	if s.srv.has("renumbers-early") {
		s.view = slices.DeleteFunc(s.view, func(k known) bool { return s.box.byUID(k.uid) == nil })
	}
	if s.srv.has("range-one-way") {
		set.ranges = slices.DeleteFunc(set.ranges, func(r imapwire.Range) bool { return r.First > r.Last && r.Last != 0 })
	}
	for i := range s.view {
		if !set.holds(s, i) {
			continue
		}
		if m := s.box.byUID(s.view[i].uid); m != nil {
			out.all = append(out.all, pick{i + 1, m})
		} else if s.srv.has("ghost-is-next") && len(s.box.msgs) > 0 {
			next := *s.box.msgs[0]
			next.uid, next.kept = s.view[i].uid, nil
			out.all = append(out.all, pick{i + 1, &next})
		} else if !uid {
			out.missing++
		}
	}
	return out, true
}

// merge joins the neighbours of an ascending set.
func merge(set imapwire.Set) imapwire.Set {
	var out imapwire.Set
	for _, r := range set {
		if n := len(out); n > 0 && out[n-1].Last+1 == r.First {
			out[n-1].Last = r.Last
			continue
		}
		out = append(out, r)
	}
	return out
}

// uidSet returns the UIDs of messages as a set.
func uidSet(uids []uint32) string {
	var set imapwire.Set
	for _, uid := range uids {
		set = append(set, imapwire.Range{First: uid, Last: uid})
	}
	return imapwire.FormatSet(merge(set))
}
