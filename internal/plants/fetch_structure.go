package plants

import (
	"bytes"
	"maps"
	"mime"
	"slices"
	"strconv"
	"strings"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// appendNString appends a string in quotes or as a literal, or NIL.
func appendNString(dst []byte, s *string) []byte {
	if s == nil {
		return append(dst, "NIL"...)
	}
	return appendString(dst, *s)
}

// appendString appends a string in quotes, or as a literal where quotes cannot
// hold it.
func appendString(dst []byte, s string) []byte {
	plain := len(s) < 1000
	for i := range len(s) {
		plain = plain && s[i] >= ' ' && s[i] < 0x7f
	}
	if plain {
		return imapwire.AppendQuoted(dst, s)
	}
	s = strings.ReplaceAll(s, "\x00", "")
	dst = append(strconv.AppendInt(append(dst, '{'), int64(len(s)), 10), "}\r\n"...)
	return append(dst, s...)
}

// optional is a field's value, or nil.
func (p *part) optional(name string) *string {
	for _, f := range p.fields() {
		if strings.EqualFold(f.name, name) {
			return &f.value
		}
	}
	return nil
}

// envelope appends the ENVELOPE of a message (RFC 9051, section 7.5.2). Without
// Sender or Reply-To, From stands for them.
func (p *part) envelope(dst []byte) []byte {
	dst = appendNString(append(dst, '('), p.optional("Date"))
	dst = appendNString(append(dst, ' '), p.optional("Subject"))
	from := p.value("From")
	for _, name := range []string{"From", "Sender", "Reply-To", "To", "Cc", "Bcc"} {
		value := p.value(name)
		if value == "" && (name == "Sender" || name == "Reply-To") {
			value = from
		}
		dst = addressList(append(dst, ' '), value)
	}
	dst = appendNString(append(dst, ' '), p.optional("In-Reply-To"))
	dst = appendNString(append(dst, ' '), p.optional("Message-ID"))
	return append(dst, ')')
}

// structure appends the BODYSTRUCTURE of a part, or with ext unset its BODY (RFC
// 9051, section 7.5.2).
func (p *part) structure(dst []byte, ext bool) []byte {
	dst = append(dst, '(')
	if len(p.parts) > 0 {
		for _, sub := range p.parts {
			dst = sub.structure(dst, ext)
		}
		dst = appendString(append(dst, ' '), p.sub)
		if ext {
			dst = appendParams(append(dst, ' '), p.params)
			dst = p.tail(dst)
		}
		return append(dst, ')')
	}
	dst = appendString(dst, p.kind)
	dst = appendString(append(dst, ' '), p.sub)
	dst = appendParams(append(dst, ' '), p.params)
	dst = appendNString(append(dst, ' '), p.optional("Content-ID"))
	dst = appendNString(append(dst, ' '), p.optional("Content-Description"))
	dst = appendString(append(dst, ' '), p.encoding)
	dst = strconv.AppendInt(append(dst, ' '), int64(len(p.body)), 10)
	if p.inner != nil {
		dst = p.inner.envelope(append(dst, ' '))
		dst = p.inner.structure(append(dst, ' '), ext)
	}
	if p.inner != nil || p.kind == "TEXT" {
		dst = strconv.AppendInt(append(dst, ' '), int64(lines(p.body)), 10)
	}
	if ext {
		dst = appendNString(append(dst, ' '), p.optional("Content-MD5"))
		dst = p.tail(dst)
	}
	return append(dst, ')')
}

// lines counts lines, the last one also when nothing ends it.
func lines(b []byte) int {
	n := bytes.Count(b, []byte("\n"))
	if len(b) > 0 && b[len(b)-1] != '\n' {
		n++
	}
	return n
}

// tail appends disposition, language and location.
func (p *part) tail(dst []byte) []byte {
	dst = p.disposition(append(dst, ' '))
	dst = append(dst, ' ')
	langs := strings.FieldsFunc(p.value("Content-Language"), func(r rune) bool { return r == ',' || r == ' ' })
	switch len(langs) {
	case 0:
		dst = append(dst, "NIL"...)
	case 1:
		dst = appendString(dst, langs[0])
	default:
		dst = append(dst, '(')
		for i, lang := range langs {
			if i > 0 {
				dst = append(dst, ' ')
			}
			dst = appendString(dst, lang)
		}
		dst = append(dst, ')')
	}
	return appendNString(append(dst, ' '), p.optional("Content-Location"))
}

func (p *part) disposition(dst []byte) []byte {
	kind, params, err := mime.ParseMediaType(p.value("Content-Disposition"))
	if err != nil || kind == "" {
		return append(dst, "NIL"...)
	}
	var flat []string
	for _, name := range slices.Sorted(maps.Keys(params)) {
		flat = append(flat, strings.ToUpper(name), params[name])
	}
	dst = appendString(append(dst, '('), strings.ToUpper(kind))
	dst = appendParams(append(dst, ' '), flat)
	return append(dst, ')')
}

// appendParams appends names and values in turn, or NIL.
func appendParams(dst []byte, params []string) []byte {
	if len(params) == 0 {
		return append(dst, "NIL"...)
	}
	dst = append(dst, '(')
	for i, text := range params {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = appendString(dst, text)
	}
	return append(dst, ')')
}
