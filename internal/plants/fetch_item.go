package plants

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// A fetchItem is a data item that FETCH asks for.
type fetchItem struct {
	name      string // without PEEK
	peek      bool
	sectioned bool     // it has brackets
	path      []int    // part numbers
	text      string   // HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT, MIME or ""
	fields    []string // of HEADER.FIELDS
	partial   bool
	from, n   uint64
}

// has reports whether an item of that name, without a section, is asked for.
func (f *fetching) has(name string) bool {
	return slices.ContainsFunc(f.items, func(it fetchItem) bool { return it.name == name && !it.sectioned })
}

// want adds an item that was not asked for by name.
func (f *fetching) want(name string) {
	if !f.has(name) {
		f.items = append(f.items, fetchItem{name: name})
	}
}

// parse reads what is asked for, macros replaced (RFC 9051, section 6.4.5).
func (f *fetching) parse(a arg) bool {
	words := a.words()
	if a.kind == atom {
		switch a.word() {
		case "ALL":
			words = []string{"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"}
		case "FAST":
			words = []string{"FLAGS", "INTERNALDATE", "RFC822.SIZE"}
		case "FULL":
			words = []string{"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"}
		}
	}
	if f.uid && !f.uidLess {
		f.want("UID")
	}
	for _, w := range words {
		it, ok := parseItem(w)
		if !ok {
			return false
		}
		if it.name == "UID" && f.uid && !f.uidLess {
			continue
		}
		f.seen = f.seen || it.marks()
		f.items = append(f.items, it)
	}
	return true
}

// marks reports whether the item sets \Seen.
func (it fetchItem) marks() bool {
	switch it.name {
	case "RFC822", "RFC822.TEXT":
		return true
	case "BODY", "BINARY":
		return it.sectioned && !it.peek
	}
	return false
}

// parsed reports whether the item needs the structure of the message.
func (it fetchItem) parsed() bool {
	switch it.name {
	case "UID", "FLAGS", "MODSEQ", "INTERNALDATE", "RFC822.SIZE":
		return false
	}
	return true
}

// parseItem reads a data item that the strict grammar has accepted.
func parseItem(word string) (it fetchItem, ok bool) {
	head, rest, sectioned := strings.Cut(word, "[")
	it.name, it.peek = strings.CutSuffix(strings.ToUpper(head), ".PEEK")
	if !sectioned {
		switch it.name {
		case "UID", "FLAGS", "MODSEQ", "INTERNALDATE", "ENVELOPE", "BODY", "BODYSTRUCTURE",
			"RFC822", "RFC822.HEADER", "RFC822.SIZE", "RFC822.TEXT":
			return it, true
		}
		return it, false
	}
	it.sectioned = true
	end := strings.LastIndexByte(rest, ']')
	if end < 0 {
		return it, false
	}
	if part := rest[end+1:]; part != "" {
		from, n, _ := strings.Cut(strings.Trim(part, "<>"), ".")
		it.partial = true
		it.from, _ = strconv.ParseUint(from, 10, 64)
		it.n, _ = strconv.ParseUint(n, 10, 64)
	}
	return it, it.section(rest[:end])
}

// section reads what stands in the brackets.
func (it *fetchItem) section(text string) bool {
	for text != "" && text[0] >= '0' && text[0] <= '9' {
		num, rest, _ := strings.Cut(text, ".")
		n, err := strconv.Atoi(num)
		if err != nil {
			return false
		}
		it.path, text = append(it.path, n), rest
	}
	args, err := parseArgs([]byte(text), true)
	if err != nil {
		return false
	}
	if len(args) > 0 {
		it.text = args[0].word()
	}
	if len(args) > 1 {
		it.fields = args[1].words()
	}
	return true
}

// told is what a response calls the item: without PEEK, and without the length of
// a partial (RFC 9051, section 7.5.2).
func (it fetchItem) told() string {
	if !it.sectioned {
		return it.name
	}
	b := append([]byte(it.name), '[')
	for i, n := range it.path {
		if i > 0 {
			b = append(b, '.')
		}
		b = strconv.AppendInt(b, int64(n), 10)
	}
	if len(it.path) > 0 && it.text != "" {
		b = append(b, '.')
	}
	b = append(b, it.text...)
	for i, f := range it.fields {
		if b = append(b, ' '); i == 0 {
			b = append(b, '(')
		}
		if strings.Contains(f, "]") { // an atom may have it: it would look like the end
			b = imapwire.AppendQuoted(b, f)
		} else {
			b = imapwire.AppendAString(b, f)
		}
	}
	if len(it.fields) > 0 {
		b = append(b, ')')
	}
	b = append(b, ']')
	if it.partial {
		b = append(strconv.AppendUint(append(b, '<'), it.from, 10), '>')
	}
	return string(b)
}

// octets returns what the item stands for; it is not ok if there is no such part.
func (it fetchItem) octets(m fetched) ([]byte, bool) {
	root := m.root
	switch it.name {
	case "RFC822":
		return m.m.body, true
	case "RFC822.HEADER":
		return root.header, true
	case "RFC822.TEXT":
		return root.body, true
	}
	if len(it.path) > 0 {
		p := root.find(it.path)
		switch {
		case p == nil:
			return nil, false
		case it.text == "":
			return it.cut(p.body), true
		case it.text == "MIME":
			return it.cut(p.header), true
		case p.inner == nil:
			return nil, false
		}
		root = p.inner
	}
	switch it.text {
	case "HEADER":
		return it.cut(root.header), true
	case "TEXT":
		return it.cut(root.body), true
	case "HEADER.FIELDS", "HEADER.FIELDS.NOT":
		return it.cut(it.someFields(root)), true
	}
	return it.cut(root.whole), true
}

// someFields returns the fields that are named, or the others, and the empty line
// behind them.
func (it fetchItem) someFields(p *part) []byte {
	var out []byte
	for _, f := range p.fields() {
		named := slices.ContainsFunc(it.fields, func(name string) bool { return strings.EqualFold(name, f.name) })
		if named == (it.text == "HEADER.FIELDS") {
			out = append(out, f.raw...)
			if !bytes.HasSuffix(f.raw, []byte("\n")) {
				out = append(out, '\r', '\n')
			}
		}
	}
	return append(out, '\r', '\n')
}

// cut returns the piece that is asked for (RFC 9051, section 6.4.5).
func (it fetchItem) cut(data []byte) []byte {
	if !it.partial {
		return data
	}
	data = data[min(it.from, uint64(len(data))):]
	return data[:min(it.n, uint64(len(data)))]
}

// find returns the part of that path in the message p, or nil. What is no
// multipart has one part, itself (RFC 9051, section 6.4.5.1).
func (p *part) find(path []int) *part {
	for i, n := range path {
		if i > 0 && len(p.parts) == 0 {
			if p = p.inner; p == nil {
				return nil
			}
		}
		switch {
		case len(p.parts) > 0 && n <= len(p.parts):
			p = p.parts[n-1]
		case len(p.parts) > 0 || n != 1:
			return nil
		}
	}
	return p
}
