package plants

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"maps"
	"mime"
	"mime/quotedprintable"
	"slices"
	"strings"
)

const (
	maxPartDepth = 50   // of parts in parts
	maxParts     = 1000 // of a multipart
)

// A part is a message or a part of one (RFC 2045 to 2047). Its slices point into
// the message.
type part struct {
	whole    []byte
	header   []byte // with the empty line that ends it
	body     []byte
	kind     string // in upper case, as sub
	sub      string
	params   []string // names and values in turn
	encoding string
	parts    []*part // of a multipart
	inner    *part   // the message in a message/rfc822
}

// A field is one field of a header.
type field struct {
	name, value string // the value unfolded
	raw         []byte // with its CRLF
}

// structure returns m's structure. The caller holds the store's lock.
func (m *message) structure() *part {
	if m.kept == nil {
		m.kept = parsePart(m.body, 1, "TEXT/PLAIN")
	}
	return m.kept
}

// parsePart reads a message or a part; what has no type of its own is of that
// type.
func parsePart(data []byte, depth int, kind string) *part {
	n := headerLen(data)
	p := &part{whole: data, header: data[:n:n], body: data[n:], encoding: "7BIT"}
	p.kind, p.sub, _ = strings.Cut(kind, "/")
	if p.kind == "TEXT" {
		p.params = []string{"CHARSET", "US-ASCII"}
	}
	boundary := ""
	for _, f := range p.fields() {
		switch strings.ToUpper(f.name) {
		case "CONTENT-TYPE":
			boundary = p.setType(f.value)
		case "CONTENT-TRANSFER-ENCODING":
			if enc := strings.ToUpper(strings.TrimSpace(f.value)); enc != "" {
				p.encoding = enc
			}
		}
	}
	switch {
	case p.kind == "MULTIPART":
		p.split(boundary, depth)
	case p.isMessage() && depth < maxPartDepth:
		p.inner = parsePart(p.body, depth+1, "TEXT/PLAIN")
	case p.isMessage():
		p.kind, p.sub = "APPLICATION", "OCTET-STREAM"
	}
	return p
}

// isMessage reports whether p has a message in it (RFC 9051, section 9:
// media-message).
func (p *part) isMessage() bool {
	return p.kind == "MESSAGE" && (p.sub == "RFC822" || p.sub == "GLOBAL")
}

// setType takes what Content-Type says, if that can be read, and returns the
// boundary.
func (p *part) setType(value string) (boundary string) {
	kind, params, err := mime.ParseMediaType(value)
	main, sub, ok := strings.Cut(strings.ToUpper(kind), "/")
	if err != nil || !ok {
		return ""
	}
	p.kind, p.sub, p.params = main, sub, nil
	for _, name := range slices.Sorted(maps.Keys(params)) {
		p.params = append(p.params, strings.ToUpper(name), params[name])
	}
	return params["boundary"]
}

// split cuts a multipart into its parts. What has none is text.
func (p *part) split(boundary string, depth int) {
	kind := "TEXT/PLAIN"
	if p.sub == "DIGEST" {
		kind = "MESSAGE/RFC822"
	}
	from := -1
	for at := 0; at < len(p.body) && boundary != "" && depth < maxPartDepth && len(p.parts) < maxParts; {
		next := len(p.body)
		if i := bytes.IndexByte(p.body[at:], '\n'); i >= 0 {
			next = at + i + 1
		}
		line := string(bytes.TrimRight(p.body[at:next], " \t\r\n"))
		last := line == "--"+boundary+"--"
		if last || line == "--"+boundary {
			if from >= 0 {
				end := max(from, len(bytes.TrimSuffix(bytes.TrimSuffix(p.body[:at], []byte("\n")), []byte("\r"))))
				p.parts = append(p.parts, parsePart(p.body[from:end:end], depth+1, kind))
			}
			if from = next; last {
				from = -1
				break
			}
		}
		at = next
	}
	if from >= 0 && from < len(p.body) {
		p.parts = append(p.parts, parsePart(p.body[from:], depth+1, kind))
	}
	if len(p.parts) == 0 {
		p.kind, p.sub, p.params = "TEXT", "PLAIN", nil
	}
}

// headerLen returns how long the header is that data begins with, with the empty
// line that ends it.
func headerLen(data []byte) int {
	for at := 0; ; {
		i := bytes.IndexByte(data[at:], '\n')
		if i < 0 {
			return len(data)
		}
		if line := data[at : at+i]; len(line) == 0 || len(line) == 1 && line[0] == '\r' {
			return at + i + 1
		}
		at += i + 1
	}
}

// fields returns the fields of the header, in order. Lines that are none are left
// out.
func (p *part) fields() []field {
	var out []field
	rest := p.header
	for len(rest) > 0 {
		n := 0
		for n < len(rest) {
			i := bytes.IndexByte(rest[n:], '\n')
			if i < 0 {
				n = len(rest)
				break
			}
			if n += i + 1; n < len(rest) && rest[n] != ' ' && rest[n] != '\t' {
				break
			}
		}
		raw := rest[:n]
		rest = rest[n:]
		name, value, ok := strings.Cut(string(raw), ":")
		if name = strings.TrimRight(name, " \t"); !ok || name == "" || strings.ContainsAny(name, " \t\r\n") {
			continue
		}
		value = strings.NewReplacer("\r\n", "", "\n", "", "\r", "", "\x00", "").Replace(value)
		out = append(out, field{name, strings.Trim(value, " \t"), raw})
	}
	return out
}

// value returns the value of the first field of that name, "" if there is none.
func (p *part) value(name string) string {
	for _, f := range p.fields() {
		if strings.EqualFold(f.name, name) {
			return f.value
		}
	}
	return ""
}

var errEncoding = errors.New("the content transfer encoding is not known, or wrong")

// decoded returns the body of p without its transfer encoding.
func (p *part) decoded() ([]byte, error) {
	if p.kind == "MULTIPART" || p.kind == "MESSAGE" {
		return p.body, nil
	}
	switch p.encoding {
	case "7BIT", "8BIT", "BINARY":
		return p.body, nil
	case "BASE64":
		b, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(p.body)))
		if err != nil {
			return nil, errEncoding
		}
		return b, nil
	case "QUOTED-PRINTABLE":
		b, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(p.body)))
		if err != nil {
			return nil, errEncoding
		}
		return b, nil
	}
	return nil, errEncoding
}

// says reports whether text, folded, is in the body of p or, if that is wanted, in
// its header: as it is written, or decoded.
func (p *part) says(text string, header bool) bool {
	if header && (strings.Contains(fold(string(p.whole)), text) || strings.Contains(fold(decodeWords(string(p.header))), text)) {
		return true
	}
	if strings.Contains(fold(string(p.body)), text) {
		return true
	}
	if b, err := p.decoded(); err == nil && p.kind == "TEXT" && strings.Contains(fold(string(b)), text) {
		return true
	}
	if p.inner != nil && p.inner.says(text, true) {
		return true
	}
	return slices.ContainsFunc(p.parts, func(sub *part) bool { return sub.says(text, header) })
}

// decodeWords decodes the encoded words of a header (RFC 2047), where it can.
func decodeWords(text string) string {
	out, err := new(mime.WordDecoder).DecodeHeader(text)
	if err != nil {
		return text
	}
	return out
}
