package fuzz

import "bytes"

// Bounds of how far into a line tokens are looked for.
const (
	maxTokens   = 64
	maxTokenize = 8192
)

// token is a stretch of a line: data[a:b].
type token struct{ a, b int }

// tokenize cuts a line, or what stands between two parentheses, into words: atoms
// with the brackets in them, quoted strings, parenthesized lists, literal headers.
// It never fails; what does not close reaches to the end. It appends to dst.
func tokenize(dst []token, d []byte, from, to int) []token {
	to = min(to, from+maxTokenize, len(d))
	for i := from; i < to && len(dst) < maxTokens; {
		if c := d[i]; c == ' ' || c == '\r' || c == '\n' {
			i++
			continue
		}
		end := tokenEnd(d[:to], i)
		dst = append(dst, token{i, end})
		i = end
	}
	return dst
}

// tokenEnd returns where the token that starts at i ends.
func tokenEnd(d []byte, i int) int {
	depth, quoted := 0, false
	for ; i < len(d); i++ {
		switch c := d[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == '\r' || c == '\n':
			return i
		case quoted:
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			if depth--; depth < 0 {
				return i + 1
			}
		case c == ' ' && depth == 0:
			return i
		}
	}
	return min(i, len(d))
}

// inner returns the tokens within a list, or none.
func inner(dst []token, d []byte, t token) []token {
	if t.b-t.a < 3 || d[t.a] != '(' || d[t.b-1] != ')' {
		return dst
	}
	return tokenize(dst, d, t.a+1, t.b-1)
}

// line is a command or a reply, cut into tokens.
type line struct {
	data []byte
	toks []token // the arguments of a command; all but "*" of a reply
	verb string  // in upper case; "UID FETCH" for the UID forms; of a reply its first atom that is no number
}

// wordOf returns the text of a token in upper case, or "" if it is long.
func wordOf(d []byte, t token) string {
	if t.b-t.a > 24 {
		return ""
	}
	return string(bytes.ToUpper(d[t.a:t.b]))
}

// parseLine cuts data; command says that a client sent it. ok is false if it has no
// arguments.
func parseLine(data []byte, command bool, buf []token) (l line, ok bool) {
	l.data = data
	toks := tokenize(buf, data, 0, len(data))
	if len(toks) < 2 {
		return l, false
	}
	toks = toks[1:] // tag, or "*"
	if command {
		l.verb = wordOf(data, toks[0])
		toks = toks[1:]
		if l.verb == "UID" && len(toks) > 0 {
			l.verb = "UID " + wordOf(data, toks[0])
			toks = toks[1:]
		}
	} else {
		for _, t := range toks[:min(2, len(toks))] {
			if c := data[t.a]; c > '9' {
				l.verb = wordOf(data, t)
				break
			}
		}
	}
	l.toks = toks
	return l, len(toks) > 0
}

// opener returns the last header of a literal that ends data: where it starts, and
// the size that it announces.
func opener(data []byte) (at int, size uint64, ok bool) {
	if !opensLiteral(data) {
		return 0, 0, false
	}
	at = bytes.LastIndexByte(data, '{')
	digits := 0
	for i := at + 1; i < len(data)-3; i++ {
		c := data[i]
		if c == '+' && i == len(data)-4 && digits > 0 {
			break
		}
		if c < '0' || c > '9' || digits > 18 {
			return 0, 0, false
		}
		digits++
		size = size*10 + uint64(c-'0')
	}
	return at, size, digits > 0
}
