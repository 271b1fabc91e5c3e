package goimap

import "strings"

// stringLiteral is a string as an imap.LiteralReader.
type stringLiteral struct{ *strings.Reader }

func literal(s string) stringLiteral { return stringLiteral{strings.NewReader(s)} }
