package plants

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A fetched is what a FETCH shows of a message: taken under the store's lock,
// sent without it.
type fetched struct {
	pick
	flags   string
	modseq  uint64
	root    *part
	flagged bool // \Seen was set by this FETCH
}

// A fetching is a FETCH that is carried out.
type fetching struct {
	items    []fetchItem
	uid      bool
	seen     bool   // an item sets \Seen
	since    uint64 // only messages changed after it (RFC 7162)
	vanished bool   // and what is gone since
	failed   bool   // something could not be decoded
	uidLess  bool   // the defect "uid-left-out": the UID is told only if it is asked for
}

// fetch shows messages (RFC 9051, section 6.4.5). Of messages that are gone it
// says NO, and shows the rest (RFC 2180, section 4.1.2).
func (s *session) fetch(args []arg, uid bool) string {
	f := &fetching{uid: uid, uidLess: s.srv.has("uid-left-out")}
	if !f.parse(args[1]) {
		return "BAD there is no such item"
	}
	if len(args) > 2 && !s.fetchModifiers(f, args[2].list) {
		return "BAD there is no such modifier"
	}
	all, missing, ok := s.look(args[0].text, f)
	switch {
	case !ok:
		return noMessage
	case uid && len(all) == 0 && s.srv.has("uid-missing-no"):
		return "NO there is no such message"
	}
	for _, m := range all {
		s.showMessage(f, m)
		if len(s.out) > flushAt {
			s.flush()
		}
	}
	switch {
	case missing > 0:
		return someGone
	case f.failed:
		return "NO [UNKNOWN-CTE] something could not be decoded"
	}
	return "OK FETCH completed"
}

// fetchModifiers takes CHANGEDSINCE and VANISHED (RFC 7162, sections 3.1.4 and
// 3.2.6).
func (s *session) fetchModifiers(f *fetching, mods []arg) bool {
	for i := 0; i < len(mods); i++ {
		switch mods[i].word() {
		case "CHANGEDSINCE":
			if i++; i >= len(mods) {
				return false
			}
			n, err := strconv.ParseUint(mods[i].text, 10, 63)
			if err != nil {
				return false
			}
			f.since, s.condkeep = n, true
			f.want("MODSEQ")
		case "VANISHED":
			f.vanished = true
		default:
			return false
		}
	}
	return !f.vanished || f.uid && s.qresync && f.since > 0
}

// look takes the messages of a set, and sets \Seen if that is wanted.
func (s *session) look(set string, f *fetching) (all []fetched, missing int, ok bool) {
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	picks, ok := s.pick(set, f.uid)
	if !ok {
		return nil, 0, false
	}
	if f.vanished {
		s.tellVanished(set, f.since)
	}
	if f.has("MODSEQ") {
		s.condkeep = true
	}
	parse := slices.ContainsFunc(f.items, func(it fetchItem) bool { return it.parsed() })
	for _, p := range picks.all {
		if p.m.modseq <= f.since && f.since > 0 {
			continue
		}
		m := fetched{pick: p}
		if f.seen && !s.readOnly {
			m.flagged = s.box.flag(p.m, '+', []string{`\Seen`})
		}
		m.flags, m.modseq = strings.Join(p.m.flags, " "), p.m.modseq
		if m.flagged || f.has("FLAGS") {
			s.view[p.n-1].told = m.modseq
		}
		if parse {
			m.root = p.m.structure()
		}
		all = append(all, m)
	}
	return all, picks.missing, true
}

// showMessage adds a FETCH response to the output.
func (s *session) showMessage(f *fetching, m fetched) {
	items := f.items
	if m.flagged && !f.has("FLAGS") {
		items = append(items[:len(items):len(items)], fetchItem{name: "FLAGS"})
	}
	if m.flagged && s.condkeep && !f.has("MODSEQ") {
		items = append(items[:len(items):len(items)], fetchItem{name: "MODSEQ"})
	}
	s.out = fmt.Appendf(s.out, "* %d FETCH (", m.n)
	first := true
	for _, it := range items {
		mark := len(s.out)
		if !first {
			s.out = append(s.out, ' ')
		}
		if !s.showItem(it, m) {
			s.out = s.out[:mark]
			f.failed = true
			continue
		}
		first = false
		if len(s.out) > flushAt {
			s.flush()
		}
	}
	if first { // the list must not be empty
		s.out = append(s.out, "UID "+utoa(m.m.uid)...)
	}
	if !s.srv.has("list-open") {
		s.out = append(s.out, ')')
	}
	s.out = append(s.out, '\r', '\n')
}

// showItem adds one item to the output; it is not ok if it cannot be decoded.
func (s *session) showItem(it fetchItem, m fetched) bool {
	switch it.name {
	case "UID":
		s.out = append(s.out, "UID "+utoa(s.toldUID(m.pick))...)
	case "FLAGS":
		s.out = append(s.out, "FLAGS ("+m.flags+")"...)
	case "MODSEQ":
		s.out = fmt.Appendf(s.out, "MODSEQ (%d)", m.modseq)
	case "INTERNALDATE":
		if s.srv.has("date-drifts") {
			m.m.date = m.m.date.Add(time.Minute)
		}
		s.out = append(s.out, "INTERNALDATE "+s.toldDate(m.m.date)...)
	case "RFC822.SIZE":
		size := len(m.m.body)
		if s.srv.has("size-wrong") {
			size -= bytes.Count(m.m.body, []byte("\r"))
		}
		s.out = append(s.out, "RFC822.SIZE "+strconv.Itoa(size)...)
	case "ENVELOPE":
		s.out = m.root.envelope(append(s.out, "ENVELOPE "...))
	case "BODYSTRUCTURE":
		s.out = m.root.structure(append(s.out, "BODYSTRUCTURE "...), true)
	case "BODY":
		if !it.sectioned {
			s.out = m.root.structure(append(s.out, "BODY "...), false)
			return true
		}
		s.showText(it, m)
	case "BINARY", "BINARY.SIZE":
		return s.showBinary(it, m)
	default: // RFC822 and its kin
		s.showText(it, m)
	}
	return true
}

// showText adds the octets of a section, or NIL if there is none.
func (s *session) showText(it fetchItem, m fetched) {
	if it.partial && it.from > 0 && s.srv.has("partial-off-by-one") {
		it.n, it.from = it.n+1, it.from-1
	}
	data, ok := it.octets(m)
	if it.partial && s.srv.has("partial-off-by-one") {
		data, it.from = data[:max(len(data)-1, 0)], it.from+1
	}
	s.out = append(append(s.out, it.told()...), ' ')
	if !ok {
		s.out = append(s.out, "NIL"...)
		return
	}
	size := len(data)
	if s.srv.has("literal-size") && it.name == "BODY" && it.text == "HEADER" {
		size += 3
	}
	plus := ""
	if it.text == "TEXT" && s.srv.has("literal-plus") {
		plus = "+"
	}
	s.out = fmt.Appendf(s.out, "{%d%s}\r\n", size, plus)
	s.out = append(s.out, data...)
	if it.text == "TEXT" && len(data) > 0 && s.srv.has("nul-in-literal") {
		s.out[len(s.out)-1] = 0
	}
}

// showBinary adds the decoded octets of a part, or their number (RFC 9051, section
// 6.4.5).
func (s *session) showBinary(it fetchItem, m fetched) bool {
	data, ok := m.m.body, true
	if len(it.path) > 0 {
		p := m.root.find(it.path)
		if ok = p != nil; ok {
			var err error
			if data, err = p.decoded(); err != nil {
				return false
			}
		}
	}
	if it.name == "BINARY.SIZE" && s.srv.has("binary-size") {
		data = m.m.body
	}
	if it.name == "BINARY.SIZE" {
		s.out = fmt.Appendf(s.out, "%s %d", it.told(), len(data)*b2i(ok))
		return true
	}
	s.out = append(append(s.out, it.told()...), ' ')
	if !ok {
		s.out = append(s.out, "NIL"...)
		return true
	}
	data = it.cut(data)
	if bytes.IndexByte(data, 0) >= 0 {
		s.out = append(s.out, '~')
	}
	s.out = fmt.Appendf(s.out, "{%d}\r\n", len(data))
	s.out = append(s.out, data...)
	return true
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
