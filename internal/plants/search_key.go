package plants

import (
	"net/mail"
	"strconv"
	"strings"
	"time"
)

// argKey returns the query of a key with arguments.
func (h *searching) argKey(word string, args []arg) (query, bool) {
	text := args[0].text
	switch word {
	case "HEADER":
		return headerKey(text, args[1].text), true
	case "BCC", "CC", "FROM", "SUBJECT", "TO":
		return headerKey(word, text), true
	case "BODY":
		return func(p pick) bool { return p.m.structure().says(fold(text), false) }, true
	case "TEXT":
		return func(p pick) bool { return p.m.structure().says(fold(text), true) }, true
	case "KEYWORD":
		return func(p pick) bool { return p.m.has(text) }, true
	case "UNKEYWORD":
		return func(p pick) bool { return !p.m.has(text) }, true
	case "LARGER", "SMALLER":
		n, err := strconv.ParseInt(text, 10, 64)
		if word == "LARGER" {
			return func(p pick) bool { return int64(len(p.m.body)) > n }, err == nil
		}
		return func(p pick) bool { return int64(len(p.m.body)) < n }, err == nil
	case "UID":
		set, ok := parseSet(text, true)
		return func(p pick) bool { return set.holds(h.s, p.n-1) }, ok
	}
	return dateKey(word, text)
}

// headerKey looks into a field of the header; an empty text is in each one.
func headerKey(name, text string) query {
	text = fold(text)
	return func(p pick) bool {
		for _, f := range p.m.structure().fields() {
			if strings.EqualFold(f.name, name) && (text == "" || strings.Contains(fold(decodeWords(f.value)), text) || strings.Contains(fold(f.value), text)) {
				return true
			}
		}
		return false
	}
}

// dateKey compares days, whatever the time and the zone (RFC 9051, section
// 6.4.4).
func dateKey(word, text string) (query, bool) {
	day, err := time.Parse("2-Jan-2006", text)
	date := func(m *message) (time.Time, bool) { return m.date, true }
	if rest, ok := strings.CutPrefix(word, "SENT"); ok {
		word, date = rest, sent
	}
	return func(p pick) bool {
		t, ok := date(p.m)
		if !ok {
			return false
		}
		is := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
		switch word {
		case "BEFORE":
			return is.Before(day)
		case "ON":
			return is.Equal(day)
		}
		return !is.Before(day)
	}, err == nil
}

// sent returns the date of the header.
func sent(m *message) (time.Time, bool) {
	for _, f := range m.structure().fields() {
		if strings.EqualFold(f.name, "Date") {
			t, err := mail.ParseDate(f.value)
			return t, err == nil
		}
	}
	return time.Time{}, false
}

// modseqKey is MODSEQ (RFC 7162, section 3.1.5). The name of a flag before the
// number is ignored: the server keeps one modification for all flags.
func (h *searching) modseqKey(args []arg) (q query, rest []arg, ok bool) {
	if len(args) > 2 && args[0].kind == str {
		args = args[2:]
	}
	if len(args) == 0 {
		return nil, nil, false
	}
	n, err := strconv.ParseUint(args[0].text, 10, 64)
	h.modseq = true
	return func(p pick) bool { return p.m.modseq >= n }, args[1:], err == nil
}
