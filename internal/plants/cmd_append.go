package plants

import (
	"bytes"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// maxFlags is how many flags a message may have.
const maxFlags = 20

// A delivery is a message that APPEND brings.
type delivery struct {
	flags []string
	date  time.Time
	body  []byte
}

// append stores messages that came whole, all or none (RFC 9051, section 6.3.12;
// RFC 3502).
func (s *session) append(args []arg) string {
	var all []delivery
	next := delivery{date: time.Now().UTC()}
	for _, a := range args[1:] {
		switch {
		case a.kind == list:
			next.flags = a.words()
		case a.quoted:
			date, err := imapwire.ParseDateTime([]byte(`"` + a.text + `"`))
			if err != nil {
				return "BAD that is no date"
			}
			next.date = date
		case a.text == "":
			return "NO [CANNOT] a message of no octets"
		case strings.Contains(a.text, "\x00"):
			return "NO [CANNOT] a message with NUL, which no other literal could show"
		default:
			next.body = []byte(a.text)
			all = append(all, next)
			next = delivery{date: time.Now().UTC()}
		}
	}
	return s.deliver(args[0].text, all)
}

func (s *session) deliver(box string, all []delivery) string {
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	b := s.boxNamed(box)
	if b == nil && s.srv.has("append-creates") {
		b = st.create(box)
	}
	if b == nil {
		return s.noTarget(box)
	}
	for _, d := range all {
		switch {
		case len(d.flags) > maxFlags:
			if s.srv.has("append-refused-stored") {
				b.add(d.body, d.flags, d.date)
			}
			return "NO [LIMIT] too many flags"
		case len(b.keywords)+len(d.flags) > maxKeywords:
			return tooManyKeywords
		}
	}
	var uids []uint32
	for _, d := range all {
		switch {
		case s.srv.has("append-lost"):
			return "OK APPEND completed"
		case s.srv.has("append-truncated"):
			d.body = d.body[:len(d.body)/2]
		case s.srv.has("append-twice"):
			b.add(d.body, d.flags, d.date)
		}
		uids = append(uids, b.add(d.body, d.flags, d.date).uid)
	}
	return "OK [APPENDUID " + utoa(b.validity) + " " + uidSet(uids) + "] APPEND completed"
}

// noTarget is the answer to what would be stored where there is no mailbox: the
// client may create it, if it has a good name (RFC 9051, section 6.3.12).
func (s *session) noTarget(box string) string {
	if name, ok := s.boxName(strings.TrimSuffix(box, "/")); !ok || !goodName(name) {
		return "NO [CANNOT] that is no name of a mailbox"
	}
	if s.srv.has("no-trycreate") {
		return noBox
	}
	return "NO [TRYCREATE] no such mailbox"
}

// partial is called with what had come of a command when the connection ended:
// nothing is to be done. The defect "append-partial" stores it.
func (s *session) partial(raw []byte) {
	if !s.srv.has("append-partial") || commandName(raw) != "APPEND" {
		return
	}
	if i := bytes.IndexByte(raw, '\n'); i >= 0 && !strings.HasSuffix(string(raw), "}\r\n") {
		if _, ok := imapwire.CommandLine(raw[:i+1]); ok {
			s.deliver("INBOX", []delivery{{body: bytes.Clone(raw[i+1:])}})
		}
	}
}
