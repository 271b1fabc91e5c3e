package harness

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// The rules as which breaches of the grammar are reported.
const (
	ruleSyntax    = "R-FR-6"
	ruleLines     = "R-FR-1"
	ruleNull      = "R-FR-8"
	ruleRange     = "R-FR-9"
	ruleNullData  = "R-LIT-7"
	ruleQuoting   = "2683-3.4.2-a"
	ruleInjecting = "2683-3.4.2-c"
	ruleUTF7      = "2683-3.4.2-d"
	ruleLevels    = "2683-3.4.10-e"
)

func clientSyntaxRules() []Rule {
	c := faultnet.Client
	return []Rule{
		{
			ID: ruleInjecting, Section: "RFC 2683, section 3.4.2", Side: c, Severity: Error, Kind: Injection,
			Text:    "CR and LF stand in literals only: a value that has them goes as a literal or is refused. It never starts a command of its own.",
			Example: "D: login \"a\\r\\nB1 NOOP\" x\nC: T1 LOGIN \"a\nC: B1 NOOP\" x",
			check:   checkInjecting,
		},
		{
			ID: ruleLines, Section: "RFC 9051, section 2.2", Side: c, Severity: Error, Kind: Protocol,
			Text:    "Every line of a client ends in CR and LF, and neither stands alone.",
			Example: "C= \"T1 NOOP\\n\"",
			check:   checkSyntaxOf(ruleLines, anyCommand),
		},
		{
			ID: ruleNullData, Section: "RFC 9051, section 4.3.1", Side: c, Severity: Error, Kind: Protocol,
			Text:    "A literal has no NUL: binary data goes in a literal8, to a server that has BINARY, or is encoded, or refused.",
			Example: "C: T1 APPEND INBOX {3}\nC= \"a\\x00b\"",
			check:   checkSyntaxOf(ruleNullData, hasLiteral),
		},
		{
			ID: ruleNull, Section: "RFC 9051, section 9, notes 1 to 3", Side: c, Severity: Error, Kind: Protocol,
			Text:    "No NUL is ever sent outside a literal.",
			Example: "C= \"T1 LOGIN \\\"a\\x00b\\\" x\\r\\n\"",
			check:   checkSyntaxOf(ruleNull, anyCommand),
		},
		{
			ID: ruleRange, Section: "RFC 9051, section 9, number and nz-number", Side: c, Severity: Error, Kind: Protocol,
			Text:    "Numbers stay in their range: sequence numbers, UIDs and the length of a partial fetch are never 0, and no number is larger than the grammar has it.",
			Example: "C: T1 FETCH 0 FLAGS",
			check:   checkSyntaxOf(ruleRange, hasNumber),
		},
		{
			ID: ruleQuoting, Section: "RFC 2683, section 3.4.2", Side: c, Severity: Error, Kind: Protocol,
			Text:    "In a quoted string the quote and the backslash are escaped and nothing else is, octets above 127 are not sent to a server that has not agreed to them, and the other side reads the value that was meant.",
			Example: "D: create \"a\\\\b\"\nC: T1 CREATE \"a\\b\"",
			check:   checkQuoting,
		},
		{
			ID: ruleLevels, Section: "RFC 2683, section 3.4.10", Side: c, Severity: Error, Kind: Protocol,
			Text:    "Each level of a mailbox's name is encoded in modified UTF-7 by itself: the delimiter never vanishes in what is encoded.",
			Example: "S: * LIST () \"/\" INBOX\nD: create 日/本\nC: T1 CREATE &ZeUALwBnLA-",
			check:   checkEncodedLevels,
		},
		{
			ID: ruleUTF7, Section: "RFC 2683, section 3.4.2; RFC 3501, section 5.1.3", Side: c, Severity: Error, Kind: Protocol,
			Text:    "Names of mailboxes are sent in modified UTF-7, so that the server reads the name that was meant.",
			Example: "D: create a&b\nC: T1 CREATE a&b",
			check:   checkUTF7,
		},
		{
			ID: ruleSyntax, Section: "RFC 9051, section 2.2.1", Side: c, Severity: Error, Kind: Protocol,
			Text:    "A client follows the grammar to the byte: one space where it has a space, and nothing that it does not have.",
			Example: "C: T1 SELECT  INBOX",
			check:   checkSyntaxOf(ruleSyntax, anyCommand),
		},
		{
			ID: "2683-3.4.1-a", Section: "RFC 2683, section 3.4.1", Side: c, Severity: Error, Kind: Protocol,
			Text: "Follow the grammar exactly, without decorative blanks.",
			Same: ruleSyntax,
		},
		{
			ID: "2683-3.4.10-f", Section: "RFC 2683, section 3.4.10", Side: c, Severity: Info, Kind: Protocol,
			Text: "Prefer literals over quoted strings with escapes where the other side is old.",
			Why:  "Nothing on the wire tells that a server is too old to read escapes.",
		},
	}
}

func anyCommand(*Command) bool { return true }

func hasLiteral(c *Command) bool { return len(c.Literals) > 0 }

func hasNumber(c *Command) bool {
	switch strings.TrimPrefix(c.Name, "UID ") {
	case "FETCH", "STORE", "COPY", "MOVE", "EXPUNGE", "SEARCH":
		return len(c.Args) > 0
	}
	return false
}

func namesMailbox(c *Command) bool {
	switch c.Name {
	case "SELECT", "EXAMINE", "CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE", "STATUS", "APPEND", "COPY", "UID COPY", "MOVE", "UID MOVE", "LIST", "LSUB":
		return true
	}
	return false
}

// checkSyntaxOf returns the check of a rule to which some breaches of the
// grammar belong.
func checkSyntaxOf(id string, reaches func(*Command) bool) func(*judging, Rule) {
	return func(j *judging, r Rule) {
		s := j.client()
		if s == nil {
			return
		}
		for i := range s.Commands {
			c := &s.Commands[i]
			if reaches(c) {
				j.reach(r)
			}
			if s.breach(c) == id {
				j.report(r, s.syntaxFinding(c))
				return
			}
		}
	}
}

func (s *Session) syntaxFinding(c *Command) Finding {
	return Finding{Conn: s.Conn, event: c.Received, Where: c.syntaxPlace(), Summary: fmt.Sprintf("%s: %v", quoteUnit(c.Raw), c.Err)}
}

// syntaxPlace says where a command of a client is wrong.
func (c *Command) syntaxPlace() string {
	switch c.Err.Production {
	case imapwire.ProdSpace, imapwire.ProdCRLF, imapwire.ProdList, imapwire.ProdCommand:
		return strings.TrimSpace(c.Err.Production + " " + c.Name)
	case imapwire.ProdNull:
		return "" // whatever the data is
	}
	return c.Err.Production
}

// breach returns the rule that a whole command breaks by its syntax, or "".
func (s *Session) breach(c *Command) string {
	if c.Err == nil || c.Received < 0 || s.misled(c.Begun) || s.continues(c) || c.refusedSync() {
		return ""
	}
	var at byte
	if c.Err.Pos < len(c.Raw) {
		at = c.Raw[c.Err.Pos]
	}
	end := c.Err.Pos >= len(c.Raw) || at == '\r' || at == '\n'
	switch p := c.Err.Production; {
	case c.obsolete():
		return "" // checkObsolete's
	case c.Err.Pos < len(c.Raw) && at == 0 && c.inLiteral(0):
		return ruleNullData
	case p == imapwire.ProdNesting:
		return "" // a bound of our own
	case c.Err.Pos < len(c.Raw) && at == 0:
		return ruleNull
	case p == imapwire.ProdQuoted && end:
		return ruleInjecting
	case p == imapwire.ProdQuoted:
		return ruleQuoting
	case p == imapwire.ProdUTF7 && s.joined(c):
		return ruleLevels
	case p == imapwire.ProdUTF7:
		return ruleUTF7
	case bareEnd(c.Raw):
		return ruleLines
	case at >= '0' && at <= '9' && (p == imapwire.ProdNumber || p == imapwire.ProdSequenceSet || p == imapwire.ProdUIDSet || p == imapwire.ProdPartial):
		return ruleRange
	}
	return ruleSyntax
}

// inLiteral reports whether the octet b stands in a literal of c.
func (c *Command) inLiteral(b byte) bool {
	for i := range c.Literals {
		if bytes.IndexByte(c.Literals[i].Data, b) >= 0 {
			return true
		}
	}
	return false
}

// bareEnd reports whether the last line of b ends without CR, or has a CR inside.
func bareEnd(b []byte) bool {
	line := bytes.TrimSuffix(b, []byte("\n"))
	line = line[bytes.LastIndexByte(line, '\n')+1:]
	return !bytes.HasSuffix(line, []byte("\r")) || bytes.IndexByte(line, '\r') < len(line)-1
}

// continues reports whether c is no command of its own but the last line of one
// that the server completed before it came: the DONE of IDLE, a line of SASL.
func (s *Session) continues(c *Command) bool {
	line := bytes.TrimRight(c.Raw, "\r\n")
	if bytes.IndexByte(line, ' ') >= 0 {
		return false
	}
	for i := range s.Commands {
		switch o := &s.Commands[i]; {
		case o == c:
			return false
		case o.Name == "IDLE" && bytes.EqualFold(line, []byte("DONE")), o.Name == "AUTHENTICATE":
			return true
		}
	}
	return false
}

// joined reports whether the name of a mailbox in c has the delimiter inside
// what is encoded.
func (s *Session) joined(c *Command) bool {
	from := bytes.IndexByte(c.Args, '&')
	for from >= 0 {
		to := bytes.IndexByte(c.Args[from:], '-')
		if to < 0 {
			return false
		}
		if bytes.Contains(utf16Of(c.Args[from+1:from+to]), []byte{0, s.delimiter()}) {
			return true
		}
		next := bytes.IndexByte(c.Args[from+to:], '&')
		if next < 0 {
			return false
		}
		from += to + next
	}
	return false
}

// utf16Of decodes the modified base64 of modified UTF-7 as far as it goes (RFC
// 3501, section 5.1.3).
func utf16Of(b []byte) []byte {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,"
	var out []byte
	acc, bits := uint32(0), 0
	for _, ch := range b {
		v := strings.IndexByte(alphabet, ch)
		if v < 0 {
			break
		}
		acc, bits = acc<<6|uint32(v), bits+6
		if bits >= 8 {
			bits -= 8
			out = append(out, byte(acc>>bits))
		}
	}
	return out
}

// delimiter returns the delimiter that the server last told of, "/" if it told
// none.
func (s *Session) delimiter() byte {
	for i := len(s.Responses) - 1; i >= 0; i-- {
		if r := &s.Responses[i]; r.Name == "LIST" {
			if l, ok := r.List(); ok && l.Delimiter > 0 && l.Delimiter < 0x80 {
				return byte(l.Delimiter)
			}
		}
	}
	return '/'
}
