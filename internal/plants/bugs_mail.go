package plants

import (
	"encoding/base64"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// has reports whether the defect of that name is switched on.
func (st *store) has(bug string) bool { return st.srv != nil && st.srv.has(bug) }

// nextOfAll is the UID that "uid-global" gives: one counter counts for all
// mailboxes.
func (st *store) nextOfAll() uint32 {
	next := uint32(1)
	for _, b := range st.boxes {
		next = max(next, b.next)
	}
	return next
}

// adopt has the defect "delete-follows": who had a mailbox open that was deleted
// works on the new one of its name.
func (st *store) adopt(name string) {
	old := st.orphans[name]
	if old == nil {
		return
	}
	b := st.boxes[name]
	for _, w := range old.watchers {
		w.box = b
		b.watchers = append(b.watchers, w)
	}
	old.watchers = nil
}

// provokeOpen has the defects that strike when a mailbox is opened.
func (b *mailbox) provokeOpen() {
	switch {
	case b.st.has("validity-grows"):
		b.validity++
	case b.st.has("validity-falls") && b.validity < 1000:
		b.validity += 5000
	case b.st.has("validity-falls"):
		b.validity--
	case b.st.has("uidnext-rises"):
		b.next++
	}
}

// toldUID is the UID that FETCH tells of a message.
func (s *session) toldUID(p pick) uint32 {
	switch {
	case s.srv.has("uids-fall"):
		return 100 - p.m.uid
	case s.srv.has("uid-is-number"):
		return uint32(p.n)
	}
	return p.m.uid
}

// toldDate is the internal date that FETCH tells.
func (s *session) toldDate(date time.Time) string {
	if s.srv.has("date-of-mail") {
		return `"` + date.Format(time.RFC1123Z) + `"`
	}
	return imapwire.FormatDateTime(date)
}

// toldSources are the UIDs that COPYUID tells of the messages that were copied.
func (s *session) toldSources(uids []uint32) string {
	switch {
	case s.srv.has("copyuid-crossed"):
		slices.Reverse(uids)
		var words []string
		for _, uid := range uids {
			words = append(words, utoa(uid))
		}
		return strings.Join(words, ",")
	case s.srv.has("copyuid-short"):
		uids = uids[:1]
	}
	return uidSet(uids)
}

// circles has the defect "list-circles": a mailbox that contains itself is listed
// as deep as it goes.
func (s *session) circles(patterns []string) {
	if s.srv.has("list-circles") && slices.Contains(patterns, "*") {
		s.untagged(`LIST () "/" %s`, strings.Repeat("loop/", 30)+"loop")
	}
}

// delimiter is the hierarchy delimiter that LIST tells.
func (s *session) delimiter() string {
	switch {
	case s.srv.has("delimiter-pipe"):
		return "|"
	case s.srv.has("delimiter-letter"):
		return "X"
	case s.srv.has("delimiter-hidden"):
		return "\x1f"
	case s.srv.has("delimiter-bare"):
		return `\`
	}
	return "/"
}

// joinedUTF7 is what "utf7-joined" makes of a name: all from the first character
// outside ASCII to the last is encoded together.
func joinedUTF7(name string) string {
	ascii := func(r rune) bool { return r > 0x7e }
	from := strings.IndexFunc(name, ascii)
	last := strings.LastIndexFunc(name, ascii)
	rest := []rune(name[last:])
	var raw []byte
	for _, u := range utf16.Encode(append([]rune(name[from:last]), rest[0])) {
		raw = append(raw, byte(u>>8), byte(u))
	}
	run := strings.ReplaceAll(base64.RawStdEncoding.EncodeToString(raw), "/", ",")
	return string(imapwire.AppendAString(nil, name[:from]+"&"+run+"-"+string(rest[1:])))
}

// sought is the search key that is looked for when the client names one.
func (srv *server) sought(word string) string {
	if word == "FLAGGED" && srv.has("search-flagged-seen") {
		return "SEEN"
	}
	return word
}
