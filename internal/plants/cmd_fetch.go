package plants

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// date is the INTERNALDATE of all messages.
const date = `"01-Jan-2000 00:00:00 +0000"`

// A fetched is what a FETCH shows of a message: taken under the store's lock,
// sent without it.
type fetched struct {
	n     int
	uid   uint32
	flags string
	body  []byte
}

func (s *session) fetch(args []arg, uid bool) string {
	if len(args) != 2 {
		return "NO [CANNOT] modifiers are not supported"
	}
	items := fetchItems(args[1], uid)
	seen := false
	for _, it := range items {
		if _, ok := section(it, nil); !ok && !strings.Contains("UID FLAGS INTERNALDATE RFC822.SIZE", it) {
			return "NO [CANNOT] that item is not supported"
		}
		seen = seen || strings.HasPrefix(it, "BODY[") || it == "RFC822" || it == "RFC822.TEXT"
	}
	all, flagged, ok := s.look(args[0].text, uid, seen && !s.readOnly)
	if !ok {
		return "BAD there is no such message"
	}
	for i, f := range all {
		show := items
		if flagged[i] && !strings.Contains(strings.Join(items, " "), "FLAGS") {
			show = append(items[:len(items):len(items)], "FLAGS")
		}
		s.showMessage(f, show)
		if len(s.out) > flushAt {
			s.flush()
		}
	}
	return "OK FETCH completed"
}

// look takes the messages of a set, and sets \Seen if that is wanted; flagged
// says where that changed something.
func (s *session) look(set string, uid, seen bool) (all []fetched, flagged []bool, ok bool) {
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	picks, ok := s.pick(set, uid)
	for _, p := range picks {
		change := seen && !p.m.has(`\Seen`)
		if change {
			p.m.set('+', []string{`\Seen`})
		}
		flagged = append(flagged, change)
		all = append(all, fetched{p.n, p.m.uid, strings.Join(p.m.flags, " "), p.m.body})
	}
	return all, flagged, ok
}

// fetchItems returns the data items in upper case, macros replaced.
func fetchItems(a arg, uid bool) []string {
	var out []string
	for _, w := range a.words() {
		switch w = strings.ToUpper(w); w {
		case "FAST":
			out = append(out, "FLAGS", "INTERNALDATE", "RFC822.SIZE")
		case "UID":
		default:
			out = append(out, w)
		}
		uid = uid || w == "UID"
	}
	if uid {
		out = append([]string{"UID"}, out...)
	}
	return out
}

// showMessage adds a FETCH response to the output.
func (s *session) showMessage(f fetched, items []string) {
	s.out = fmt.Appendf(s.out, "* %d FETCH (", f.n)
	for i, it := range items {
		if i > 0 {
			s.out = append(s.out, ' ')
		}
		switch it {
		case "UID":
			s.out = append(s.out, "UID "+utoa(f.uid)...)
		case "FLAGS":
			s.out = append(s.out, "FLAGS ("+f.flags+")"...)
		case "INTERNALDATE":
			s.out = append(s.out, "INTERNALDATE "+date...)
		case "RFC822.SIZE":
			size := len(f.body)
			if s.srv.has("size-wrong") {
				size -= bytes.Count(f.body, []byte("\r"))
			}
			s.out = append(s.out, "RFC822.SIZE "+strconv.Itoa(size)...)
		default:
			data, _ := section(it, f.body)
			size := len(data)
			if s.srv.has("literal-size") && it == "BODY[HEADER]" {
				size += 3
			}
			s.out = fmt.Appendf(s.out, "%s {%d}\r\n", itemName(it), size)
			s.out = append(s.out, data...)
		}
	}
	if !s.srv.has("list-open") {
		s.out = append(s.out, ')')
	}
	s.out = append(s.out, '\r', '\n')
}

// itemName is what a response calls a data item: without PEEK, and without the
// length of a partial (RFC 9051, section 7.5.2).
func itemName(item string) string {
	item = strings.Replace(item, "BODY.PEEK[", "BODY[", 1)
	head, part, ok := strings.Cut(item, "<")
	if !ok {
		return item
	}
	from, _, _ := strings.Cut(part, ".")
	return head + "<" + from + ">"
}

// section returns what an item stands for in a message; it is not ok if it is
// none that the server can do.
func section(item string, body []byte) (data []byte, ok bool) {
	name, part, partial := strings.Cut(strings.Replace(item, "BODY.PEEK[", "BODY[", 1), "<")
	head, text := body, []byte(nil)
	if i := bytes.Index(body, []byte("\r\n\r\n")); i >= 0 {
		head, text = body[:i+4], body[i+4:]
	}
	switch name {
	case "BODY[]", "RFC822":
		data = body
	case "BODY[HEADER]", "RFC822.HEADER":
		data = head
	case "BODY[TEXT]", "RFC822.TEXT":
		data = text
	default:
		return nil, false
	}
	if !partial {
		return data, true
	}
	a, b, _ := strings.Cut(strings.TrimSuffix(part, ">"), ".")
	from, _ := strconv.ParseUint(a, 10, 64)
	n, _ := strconv.ParseUint(b, 10, 64)
	data = data[min(from, uint64(len(data))):]
	return data[:min(n, uint64(len(data)))], true
}
