package plants

import (
	"bytes"
	"errors"
	"strings"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// An arg is one argument of a command: an atom, a string, or a list.
type arg struct {
	kind   argKind
	quoted bool // of a string: in quotes, not a literal
	text   string
	list   []arg
}

type argKind uint8

const (
	atom argKind = iota
	str
	list
)

// word returns a's text in upper case.
func (a arg) word() string { return strings.ToUpper(a.text) }

// words returns the texts of a list's members, or a's own.
func (a arg) words() []string {
	if a.kind != list {
		return []string{a.text}
	}
	var out []string
	for _, m := range a.list {
		out = append(out, m.text)
	}
	return out
}

var errArgs = errors.New("cannot read the arguments")

// deepest is how deep lists may nest in arguments.
const deepest = 100

// parseArgs cuts the arguments of a command, or of a response. In those of FETCH,
// sections belong to the names before them.
func parseArgs(b []byte, fetch bool) ([]arg, error) {
	args, rest, err := argList(b, fetch, deepest)
	if err == nil && len(rest) > 0 {
		err = errArgs
	}
	return args, err
}

// argList reads arguments up to the end of b or an unmatched ')'. Lists in them may
// nest so deep.
func argList(b []byte, fetch bool, depth int) (out []arg, rest []byte, err error) {
	for {
		b = bytes.TrimLeft(b, " ")
		if len(b) == 0 || b[0] == ')' {
			return out, b, nil
		}
		var a arg
		switch {
		case b[0] == '(':
			if depth == 0 {
				return nil, nil, errArgs
			}
			if a.list, b, err = argList(b[1:], fetch, depth-1); err != nil {
				return nil, nil, err
			}
			if len(b) == 0 {
				return nil, nil, errArgs
			}
			a.kind, b = list, b[1:]
		case b[0] == '"', b[0] == '{', b[0] == '~' && len(b) > 1 && b[1] == '{':
			n := stringLen(b)
			if n == 0 {
				return nil, nil, errArgs
			}
			a.kind, a.quoted, a.text, b = str, b[0] == '"', decode(b[:n]), b[n:]
		default:
			n := atomLen(b, fetch)
			a.text, b = string(b[:n]), b[n:]
		}
		out = append(out, a)
	}
}

// stringLen returns how long the quoted string or literal is that b begins
// with, 0 if it has no end.
func stringLen(b []byte) int {
	if b[0] == '"' {
		for i := 1; i < len(b); i++ {
			switch b[i] {
			case '\\':
				i++
			case '"':
				return i + 1
			}
		}
		return 0
	}
	i := bytes.IndexByte(b, '\n') + 1
	lit, ok := imapwire.CommandLine(b[:i])
	if !ok || lit.Size > uint64(len(b)-i) {
		return 0
	}
	return i + int(lit.Size)
}

// atomLen returns how long the atom is that b begins with; in FETCH a section in
// brackets, with blanks, parentheses and strings, belongs to it.
func atomLen(b []byte, fetch bool) int {
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '[':
			if !fetch {
				continue
			}
			switch strings.ToUpper(string(b[:i])) {
			case "BODY", "BODY.PEEK", "BINARY", "BINARY.PEEK", "BINARY.SIZE": // elsewhere it is a letter as others
				i += bracketLen(b[i:]) - 1
			}
		case ' ', '(', ')':
			return max(i, 1)
		}
	}
	return len(b)
}

// bracketLen returns how long the section is that b begins with.
func bracketLen(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case ']':
			return i + 1
		case '"', '{':
			i += max(stringLen(b[i:]), 1) - 1
		}
	}
	return len(b)
}

// decode returns what a quoted string or a literal stands for.
func decode(b []byte) string {
	if b[0] != '"' {
		return string(b[bytes.IndexByte(b, '\n')+1:])
	}
	var out strings.Builder
	for i := 1; i < len(b)-1; i++ {
		if b[i] == '\\' {
			i++
		}
		out.WriteByte(b[i])
	}
	return out.String()
}
