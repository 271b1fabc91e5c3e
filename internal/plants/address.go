package plants

import "strings"

// addressList is the list of addresses of a field, as ENVELOPE has it, or NIL (RFC
// 9051, section 7.5.2). Groups begin with an address of a name alone, and end
// with one of nothing.
func addressList(dst []byte, value string) []byte {
	var all []byte
	for value != "" {
		n, stop := addressEnd(value)
		text := strings.TrimSpace(value[:n])
		value = value[min(n+1, len(value)):]
		switch {
		case stop == ':':
			all = appendAddress(all, nil, nil, ptr(unquoteText(text)), nil)
			continue
		case text != "":
			all = oneAddress(all, text)
		}
		if stop == ';' {
			all = appendAddress(all, nil, nil, nil, nil)
		}
	}
	if len(all) == 0 {
		return append(dst, "NIL"...)
	}
	return append(append(append(dst, '('), all...), ')')
}

// addressEnd returns where the first address ends, and by what.
func addressEnd(value string) (n int, stop byte) {
	depth, angle, quoted := 0, false, false
	for i := 0; i < len(value); i++ {
		switch ch := value[i]; {
		case ch == '\\':
			i++
		case ch == '"' && depth == 0:
			quoted = !quoted
		case quoted:
		case ch == '(':
			depth++
		case ch == ')' && depth > 0:
			depth--
		case depth > 0:
		case ch == '<':
			angle = true
		case ch == '>':
			angle = false
		case angle:
		case ch == ',' || ch == ';' || ch == ':':
			return i, ch
		}
	}
	return len(value), 0
}

// oneAddress appends an address with or without a name.
func oneAddress(dst []byte, text string) []byte {
	text, comment := cutComments(text)
	var name *string
	addr := text
	if i := strings.LastIndexByte(text, '<'); i >= 0 {
		addr = strings.TrimSuffix(strings.TrimSpace(text[i+1:]), ">")
		if n := unquoteText(strings.TrimSpace(text[:i])); n != "" {
			name = &n
		}
	} else if comment != "" {
		name = &comment
	}
	var route *string
	if strings.HasPrefix(addr, "@") {
		if r, rest, ok := strings.Cut(addr, ":"); ok {
			route, addr = &r, rest
		}
	}
	box, host := addr, ""
	if i := strings.LastIndexByte(addr, '@'); i >= 0 {
		box, host = addr[:i], addr[i+1:]
	}
	return appendAddress(dst, name, route, ptr(unquoteText(strings.TrimSpace(box))), ptr(strings.TrimSpace(host)))
}

// cutComments returns text without its comments, and the last of them.
func cutComments(text string) (rest, comment string) {
	var out, inside strings.Builder
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		ch := text[i]
		to := &out
		if depth > 0 {
			to = &inside
		}
		switch {
		case ch == '\\' && i+1 < len(text):
			if depth == 0 {
				to.WriteByte(ch)
			}
			i++
			to.WriteByte(text[i])
			continue
		case ch == '"' && depth == 0:
			quoted = !quoted
		case ch == '(' && !quoted:
			if depth++; depth == 1 {
				inside.Reset()
				continue
			}
		case ch == ')' && depth > 0:
			if depth--; depth == 0 {
				continue
			}
		}
		to.WriteByte(ch)
	}
	return strings.TrimSpace(out.String()), strings.TrimSpace(inside.String())
}

// unquoteText takes the quotes and backslashes off a phrase.
func unquoteText(text string) string {
	if !strings.Contains(text, `"`) {
		return text
	}
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			i++
			out.WriteByte(text[i])
		case text[i] != '"':
			out.WriteByte(text[i])
		}
	}
	return out.String()
}

func appendAddress(dst []byte, name, route, box, host *string) []byte {
	dst = append(dst, '(')
	for i, text := range []*string{name, route, box, host} {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = appendNString(dst, text)
	}
	return append(dst, ')')
}

func ptr(s string) *string { return &s }
