package plants

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A query decides about a message.
type query func(pick) bool

// A searching is a SEARCH that is carried out.
type searching struct {
	s      *session
	min    bool
	max    bool
	all    bool
	count  bool
	save   bool
	wide   bool // the result comes as ESEARCH
	modseq bool // a key asked for modification sequences
}

// search looks for messages (RFC 9051, section 6.4.4).
func (s *session) search(tag string, args []arg, uid bool) string {
	if s.srv.has("search-slow") {
		time.Sleep(10 * time.Second)
	}
	h := &searching{s: s, wide: s.rev2}
	if args[0].word() == "RETURN" && args[0].kind == atom {
		if !h.returns(args[1].words()) {
			return "BAD there is no such result"
		}
		args = args[2:]
	}
	h.all = h.all || !h.min && !h.max && !h.count && !h.save
	if args[0].word() == "CHARSET" && args[0].kind == atom {
		if s.srv.has("charset-bad") {
			return "BAD there is no charset"
		}
		if cs := args[1].word(); cs != "UTF-8" && cs != "US-ASCII" {
			if h.save {
				s.saved = nil
			}
			return "NO [BADCHARSET (US-ASCII UTF-8)] that charset is not known"
		}
		args = args[2:]
	}
	q, ok := h.keys(args)
	if !ok {
		return "BAD there is no such search key"
	}
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	if h.modseq {
		s.condkeep = true
	}
	h.report(tag, h.run(q), uid)
	return "OK SEARCH completed"
}

// returns takes the result options (RFC 4731, section 3.1; RFC 5182).
func (h *searching) returns(words []string) bool {
	h.wide = true
	for _, w := range words {
		switch strings.ToUpper(w) {
		case "MIN":
			h.min = true
		case "MAX":
			h.max = true
		case "ALL":
			h.all = true
		case "COUNT":
			h.count = true
		case "SAVE":
			h.save = true
		default:
			return false
		}
	}
	return true
}

// run returns the messages that are found. The caller holds the store's lock.
func (h *searching) run(q query) []pick {
	var found []pick
	for i, k := range h.s.view {
		if m := h.s.box.byUID(k.uid); m != nil && q(pick{i + 1, m}) {
			found = append(found, pick{i + 1, m})
		}
	}
	return found
}

// report tells what was found, and keeps it if that is wanted.
func (h *searching) report(tag string, found []pick, uid bool) {
	if h.save {
		h.keep(found)
	}
	var ids []uint32
	modseq := uint64(0)
	for _, p := range found {
		ids = append(ids, p.id(uid))
		modseq = max(modseq, p.m.modseq)
	}
	if !h.wide {
		h.narrow(ids, modseq)
		return
	}
	line := fmt.Sprintf("ESEARCH (TAG %q)", tag)
	if uid {
		line += " UID"
	}
	if len(ids) > 0 && h.min {
		line += " MIN " + utoa(ids[0])
	}
	if len(ids) > 0 && h.max {
		line += " MAX " + utoa(ids[len(ids)-1])
	}
	if len(ids) > 0 && h.all {
		line += " ALL " + uidSet(ids)
	}
	if h.count {
		line += " COUNT " + utoa(uint32(len(ids)))
	}
	if h.modseq && modseq > 0 {
		line += fmt.Sprintf(" MODSEQ %d", modseq)
	}
	if h.min || h.max || h.all || h.count {
		h.s.untagged("%s", line)
	}
}

// narrow tells a result as RFC 3501, section 7.2.5, has it.
func (h *searching) narrow(ids []uint32, modseq uint64) {
	h.s.out = append(h.s.out, "* SEARCH"...)
	for _, id := range ids {
		h.s.out = append(append(h.s.out, ' '), utoa(id)...)
	}
	if h.modseq && modseq > 0 {
		h.s.out = fmt.Appendf(h.s.out, " (MODSEQ %d)", modseq)
	}
	h.s.out = append(h.s.out, '\r', '\n')
}

// keep saves a result for "$": of MIN and MAX alone only those (RFC 5182, section
// 2.4).
func (h *searching) keep(found []pick) {
	if (h.min || h.max) && !h.all && !h.count && len(found) > 0 {
		var some []pick
		if h.min {
			some = append(some, found[0])
		}
		if h.max {
			some = append(some, found[len(found)-1])
		}
		found = some
	}
	h.s.saved = nil
	for _, p := range found {
		h.s.saved = append(h.s.saved, p.m.uid)
	}
}

// keys is the query that asks for each of the keys.
func (h *searching) keys(args []arg) (query, bool) {
	var all []query
	for len(args) > 0 {
		q, rest, ok := h.key(args)
		if !ok {
			return nil, false
		}
		all, args = append(all, q), rest
	}
	return func(p pick) bool {
		return !slices.ContainsFunc(all, func(q query) bool { return !q(p) })
	}, len(all) > 0
}

// key reads one search key.
func (h *searching) key(args []arg) (q query, rest []arg, ok bool) {
	if len(args) == 0 {
		return nil, nil, false
	}
	a, rest := args[0], args[1:]
	if a.kind == list {
		q, ok = h.keys(a.list)
		return q, rest, ok
	}
	word := a.word()
	switch word {
	case "NOT":
		not, rest, ok := h.key(rest)
		return func(p pick) bool { return !not(p) }, rest, ok
	case "OR":
		one, rest, ok := h.key(rest)
		if !ok {
			return nil, nil, false
		}
		two, rest, ok := h.key(rest)
		return func(p pick) bool { return one(p) || two(p) }, rest, ok
	case "MODSEQ":
		return h.modseqKey(rest)
	}
	if q, ok := plainKey(h.s.srv.sought(word)); ok {
		return q, rest, true
	}
	if n := keyArgs(word); n > 0 && len(rest) >= n {
		q, ok := h.argKey(word, rest[:n])
		return q, rest[n:], ok
	}
	set, ok := parseSet(a.text, false)
	return func(p pick) bool { return set.holds(h.s, p.n-1) }, rest, ok
}

// plainKey returns the query of a key without arguments. No message is recent:
// the server does not keep track.
func plainKey(word string) (query, bool) {
	switch word {
	case "ALL", "OLD":
		return func(pick) bool { return true }, true
	case "NEW", "RECENT":
		return func(pick) bool { return false }, true
	case "ANSWERED", "FLAGGED", "DELETED", "SEEN", "DRAFT":
		return func(p pick) bool { return p.m.has(`\` + word) }, true
	case "UNANSWERED", "UNFLAGGED", "UNDELETED", "UNSEEN", "UNDRAFT":
		return func(p pick) bool { return !p.m.has(`\` + word[2:]) }, true
	}
	return nil, false
}

// keyArgs is how many arguments a key has.
func keyArgs(word string) int {
	switch word {
	case "HEADER":
		return 2
	case "BCC", "CC", "FROM", "SUBJECT", "TO", "BODY", "TEXT", "KEYWORD", "UNKEYWORD", "LARGER", "SMALLER", "UID",
		"BEFORE", "ON", "SINCE", "SENTBEFORE", "SENTON", "SENTSINCE":
		return 1
	}
	return 0
}

// fold makes text comparable without regard to case.
func fold(text string) string {
	if !utf8.ValidString(text) {
		return foldASCII(text)
	}
	return strings.ToLower(text)
}

func foldASCII(text string) string {
	b := []byte(text)
	for i, ch := range b {
		if 'A' <= ch && ch <= 'Z' {
			b[i] = ch + 'a' - 'A'
		}
	}
	return string(b)
}
