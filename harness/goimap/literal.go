package goimap

import (
	"io"
	"strings"
)

// stringLiteral is a string as an imap.LiteralReader. Unlike a strings.Reader it
// tells of its end together with the last bytes: who reads it into a buffer need
// not make room for more.
type stringLiteral struct{ *strings.Reader }

func literal(s string) stringLiteral { return stringLiteral{strings.NewReader(s)} }

// Read implements io.Reader.
func (l stringLiteral) Read(b []byte) (int, error) {
	n, err := l.Reader.Read(b)
	if err == nil && l.Len() == 0 {
		err = io.EOF
	}
	return n, err
}
