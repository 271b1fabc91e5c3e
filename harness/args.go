package harness

import (
	"bytes"
	"strings"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// mailboxArg returns the mailbox that is the first argument of a command, with
// INBOX in capitals whatever its case (RFC 9051, section 5.1).
func mailboxArg(args []byte) string {
	args = bytes.TrimLeft(args, " ")
	name := ""
	switch {
	case len(args) == 0:
	case args[0] == '"':
		name = unquote(args[1:])
	case args[0] == '{':
		if lit, ok := literalAt(args); ok {
			name = string(lit)
		}
	default:
		i := bytes.IndexAny(args, " \r\n")
		if i < 0 {
			i = len(args)
		}
		name = string(args[:i])
	}
	if strings.EqualFold(name, "INBOX") {
		return "INBOX"
	}
	return name
}

// unquote reads a quoted string whose opening quote is gone.
func unquote(b []byte) string {
	var s strings.Builder
	for i := 0; i < len(b) && b[i] != '"'; i++ {
		if b[i] == '\\' && i+1 < len(b) {
			i++
		}
		s.WriteByte(b[i])
	}
	return s.String()
}

// literalAt returns the octets of the literal whose header b begins with.
func literalAt(b []byte) ([]byte, bool) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return nil, false
	}
	lit, ok := imapwire.CommandLine(b[:i+1])
	if !ok || lit.Size > uint64(len(b)-i-1) {
		return nil, false
	}
	return b[i+1 : i+1+int(lit.Size)], true
}
