package harness

import (
	"bytes"
	"strings"
)

// A use is something in a command that only a server with an extension has to
// take.
type use struct {
	what    string   // as a finding names it
	asks    []string // words by which a call asks for it, in lower case; nil: by the command's name
	caps    []string // it needs one of these; a name that ends with "=" stands for all that begin so
	own     bool     // no call can ask for it: the client decides
	enabled string   // what has to be enabled before, too; "" if nothing
}

// uses returns what c has of extensions, the command itself before its arguments.
func (c *Command) uses() []use {
	if caps, own := c.extensionOf(); caps != nil {
		what := c.Name
		if own {
			what = "initial response"
		}
		return []use{{what: what, caps: caps, own: own}}
	}
	if c.Err != nil {
		return nil
	}
	switch trimUID(c.Name) {
	case "LIST":
		return c.listUses()
	case "STATUS":
		atts, _ := c.StatusAtts()
		return statusUses(nil, atts)
	case "SELECT", "EXAMINE":
		return c.selectUses()
	case "CREATE":
		if bytes.HasSuffix(c.Args, []byte("))")) && containsFold(c.Args, " (use (") {
			return []use{{what: "CREATE (USE)", asks: []string{`\`}, caps: []string{"CREATE-SPECIAL-USE"}}}
		}
	case "APPEND":
		n := 0
		if len(c.Literals) > 1 && c.EachMessage(nil) {
			n = len(c.Literals)
		}
		if n > 2 { // one may be the mailbox
			return []use{{what: "APPEND of several messages", caps: []string{"MULTIAPPEND"}, own: true}}
		}
	case "FETCH":
		return c.fetchUses()
	case "STORE":
		if containsFold(c.Args, " (unchangedsince ") {
			return savedUse([]use{condstore("UNCHANGEDSINCE")}, c.Args)
		}
		return savedUse(nil, c.Args)
	case "COPY", "MOVE":
		return savedUse(nil, c.Args)
	case "SEARCH":
		return c.searchUses()
	}
	return nil
}

// condstore is a use of what RFC 7162 brought. QRESYNC implies CONDSTORE (section
// 3.2.3).
func condstore(what string) use {
	return use{what: what, asks: []string{strings.ToLower(what)}, caps: []string{"CONDSTORE", "QRESYNC"}}
}

// qresync is a use of what has to be enabled (RFC 7162, sections 3.2.5 and 3.2.6).
func qresync(what string) use {
	return use{what: what, asks: []string{strings.ToLower(what)}, caps: []string{"QRESYNC"}, enabled: "QRESYNC"}
}

// savedUse adds the saved result of a search, "$", if it is the set that args
// begin with (RFC 5182).
func savedUse(out []use, args []byte) []use {
	set, _, _ := bytes.Cut(args, []byte(" "))
	if bytes.IndexByte(set, '$') < 0 {
		return out
	}
	return append(out, use{what: "$", asks: []string{"$"}, caps: []string{"SEARCHRES", "IMAP4rev2"}})
}

// listUses are the options of LIST (RFC 5258, 5819 and 6154).
func (c *Command) listUses() (out []use) {
	l, ok := c.ListArgs()
	if !ok || l.Select == nil && l.Return == nil && !bytes.HasPrefix(l.Patterns, []byte("(")) {
		return nil
	}
	asks := []string{"status", "subscribed", "special-use", "children", "remote", "recursive"}
	out = append(out, use{what: "LIST with options", asks: asks, caps: []string{"LIST-EXTENDED", "IMAP4rev2"}})
	for _, options := range [][]byte{l.Select, l.Return} {
		eachOption(options, func(name, value []byte) {
			switch {
			case bytes.EqualFold(name, []byte("SPECIAL-USE")):
				out = append(out, use{what: "LIST with SPECIAL-USE", asks: []string{"special-use"}, caps: []string{"SPECIAL-USE", "IMAP4rev2"}})
			case bytes.EqualFold(name, []byte("STATUS")):
				out = append(out, use{what: "LIST RETURN (STATUS)", asks: []string{"status"}, caps: []string{"LIST-STATUS", "IMAP4rev2"}})
				out = statusUses(out, value)
			}
		})
	}
	return out
}

// eachOption calls f for each option of a list in parentheses: its name, and the
// inside of the list behind it, if there is one.
func eachOption(list []byte, f func(name, value []byte)) {
	for i := 1; i < len(list); i++ {
		start := i
		for i < len(list) && list[i] != ' ' && list[i] != ')' {
			i++
		}
		name, value := list[start:i], []byte(nil)
		if bytes.HasPrefix(list[i:], []byte(" (")) {
			end := closing(list, i+1)
			value, i = list[i+2:end], end+1
		}
		if len(name) > 0 {
			f(name, value)
		}
	}
}

// closing returns where the parenthesis at i is closed.
func closing(b []byte, i int) int {
	for depth := 0; i < len(b); i++ {
		switch b[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(b)
}

// statusUses are the attributes that are not of RFC 3501.
func statusUses(out []use, atts []byte) []use {
	for att := range bytes.FieldsSeq(atts) {
		var caps []string
		switch name := strings.ToUpper(string(att)); name {
		case "SIZE":
			caps = []string{"STATUS=SIZE", "IMAP4rev2"}
		case "DELETED":
			caps = []string{"IMAP4rev2", "QUOTA=RES-MESSAGE"} // RFC 9208, section 4.1.4
		case "DELETED-STORAGE":
			caps = []string{"QUOTA=RES-STORAGE"}
		case "HIGHESTMODSEQ":
			caps = []string{"CONDSTORE", "QRESYNC"}
		case "APPENDLIMIT":
			caps = []string{"APPENDLIMIT", "APPENDLIMIT="}
		case "MAILBOXID":
			caps = []string{"OBJECTID"}
		default:
			continue
		}
		out = append(out, use{what: "STATUS " + strings.ToUpper(string(att)), asks: []string{strings.ToLower(string(att))}, caps: caps})
	}
	return out
}

// selectUses are the parameters of SELECT and EXAMINE.
func (c *Command) selectUses() (out []use) {
	if !bytes.HasSuffix(c.Args, []byte(")")) {
		return nil
	}
	p, ok := c.SelectParams()
	if ok && p.Condstore {
		out = append(out, condstore("CONDSTORE"))
	}
	if ok && p.QResync {
		out = append(out, qresync("QRESYNC"))
	}
	return out
}
