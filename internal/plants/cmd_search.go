package plants

import (
	"strings"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// A query decides about a message.
type query func(pick) bool

func (s *session) search(args []arg, uid bool) string {
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	if len(args) > 1 && args[0].word() == "CHARSET" {
		args = args[2:]
	}
	q, ok := s.all(args)
	if !ok {
		return "NO [CANNOT] that search is not supported"
	}
	var found []string
	for i, u := range s.view {
		m := s.box.byUID(u)
		if m == nil || !q(pick{i + 1, m}) {
			continue
		}
		n := uint32(i + 1)
		if uid {
			n = u
		}
		found = append(found, " "+utoa(n))
	}
	s.untagged("SEARCH%s", strings.Join(found, ""))
	return "OK SEARCH completed"
}

// all is the query that asks for each of the keys.
func (s *session) all(args []arg) (query, bool) {
	var keys []query
	for len(args) > 0 {
		q, rest, ok := s.key(args)
		if !ok {
			return nil, false
		}
		keys, args = append(keys, q), rest
	}
	return func(p pick) bool {
		for _, q := range keys {
			if !q(p) {
				return false
			}
		}
		return true
	}, true
}

// key reads one search key.
func (s *session) key(args []arg) (q query, rest []arg, ok bool) {
	if len(args) == 0 {
		return nil, nil, false
	}
	a, rest := args[0], args[1:]
	if a.kind == list {
		q, ok = s.all(a.list)
		return q, rest, ok
	}
	switch word := a.word(); word {
	case "ALL":
		return func(pick) bool { return true }, rest, true
	case "NOT":
		not, rest, ok := s.key(rest)
		return func(p pick) bool { return !not(p) }, rest, ok
	case "OR":
		one, rest, ok := s.key(rest)
		if !ok {
			return nil, nil, false
		}
		two, rest, ok := s.key(rest)
		return func(p pick) bool { return one(p) || two(p) }, rest, ok
	case "UID":
		if len(rest) == 0 {
			return nil, nil, false
		}
		set, err := imapwire.ParseSet([]byte(rest[0].text))
		return func(p pick) bool { return set.Contains(p.m.uid, s.lastUID()) }, rest[1:], err == nil
	case "ANSWERED", "FLAGGED", "DELETED", "SEEN", "DRAFT":
		return func(p pick) bool { return p.m.has(`\` + word) }, rest, true
	case "UNANSWERED", "UNFLAGGED", "UNDELETED", "UNSEEN", "UNDRAFT":
		return func(p pick) bool { return !p.m.has(`\` + word[2:]) }, rest, true
	}
	set, err := imapwire.ParseSet([]byte(a.text))
	return func(p pick) bool { return set.Contains(uint32(p.n), s.number()) }, rest, err == nil
}
