package imapwire

import "bytes"

// The accessors of this file take the arguments of a command apart. They apply the
// grammar of both revisions and return ok false for a command of another name; of
// a command with an error they return what stands before it. What they return
// points into the unit; only a [Set] is allocated.

// args returns a cursor on what follows the command's name.
func (cmd Command) args() cursor { return cursor{b: cmd.Args} }

// base returns the command's name without "UID ".
func (cmd Command) base() string {
	if cmd.UID() {
		return cmd.Name[len("UID "):]
	}
	return cmd.Name
}

// UID tells whether the command is a form with UID: its set has UIDs.
func (cmd Command) UID() bool { return len(cmd.Name) > 4 && cmd.Name[:4] == "UID " }

// Mailbox returns the octets, as they were sent, of the mailbox that the command
// works on; of COPY and MOVE the target. [MailboxName] decodes them. LIST and LSUB
// name none: see ListArgs.
func (cmd Command) Mailbox() (name []byte, ok bool) {
	c := cmd.args()
	switch cmd.base() {
	case "COPY", "MOVE":
		if !c.set(setSeq) || !c.sp() {
			return nil, false
		}
	case "SELECT", "EXAMINE", "CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE", "STATUS",
		"APPEND", "GETQUOTAROOT", "GETACL", "SETACL", "DELETEACL", "LISTRIGHTS", "MYRIGHTS", "SETMETADATA":
	default:
		return nil, false
	}
	return c.astringValue()
}

// NewName returns the second mailbox of RENAME, as Mailbox returns the first.
func (cmd Command) NewName() (name []byte, ok bool) {
	c := cmd.args()
	if cmd.Name != "RENAME" || !c.astring() || !c.sp() {
		return nil, false
	}
	return c.astringValue()
}

// MailboxName returns a mailbox's name in UTF-8 for octets as they were sent:
// INBOX, in any case, in capitals (RFC 9051, section 5.1), valid modified UTF-7
// decoded (RFC 3501, section 5.1.3), and anything else as it is. A session of
// IMAP4rev2 or UTF8=ACCEPT has no UTF-7 to decode: use the octets there.
func MailboxName(octets []byte) string {
	if equalFold(octets, "INBOX") {
		return "INBOX"
	}
	if s, err := DecodeUTF7(octets); err == nil {
		return s
	}
	return string(octets)
}

// Set returns the set of FETCH, STORE, COPY, MOVE and UID EXPUNGE; saved says that
// "$", the saved result of a search, is in it (RFC 5182).
func (cmd Command) Set() (s Set, saved, ok bool) {
	switch cmd.base() {
	case "FETCH", "STORE", "COPY", "MOVE":
	case "EXPUNGE":
		if !cmd.UID() {
			return nil, false, false
		}
	default:
		return nil, false, false
	}
	c := cmd.args()
	s, ok = c.setRanges(setSeq)
	return s, ok && bytes.IndexByte(c.b[:c.i], '$') >= 0, ok
}

// Login returns the name and the password of LOGIN.
func (cmd Command) Login() (user, password []byte, ok bool) {
	c := cmd.args()
	if cmd.Name != "LOGIN" {
		return nil, nil, false
	}
	if user, ok = c.astringValue(); !ok || !c.sp() {
		return nil, nil, false
	}
	password, ok = c.astringValue()
	return user, password, ok
}

// Authenticate returns the mechanism of AUTHENTICATE and its initial response as it
// is on the wire: nil if there is none (RFC 4959).
func (cmd Command) Authenticate() (mechanism, initial []byte, ok bool) {
	if cmd.Name != "AUTHENTICATE" {
		return nil, nil, false
	}
	mechanism, initial, has := bytes.Cut(cmd.Args, []byte{' '})
	if !has {
		initial = nil
	}
	return mechanism, initial, len(mechanism) > 0
}

// Enables returns the capabilities that ENABLE asks for.
func (cmd Command) Enables() (Words, bool) {
	if cmd.Name != "ENABLE" || len(cmd.Args) == 0 {
		return nil, false
	}
	return atoms(cmd.Args)
}

// StatusAtts returns the attributes that STATUS asks for.
func (cmd Command) StatusAtts() (Words, bool) {
	c := cmd.args()
	if cmd.Name != "STATUS" || !c.astring() || !c.sp() {
		return nil, false
	}
	w := c.inner(c.statusAtts)
	return w, c.whole()
}

// SelectParams returns the parameters of SELECT and EXAMINE.
func (cmd Command) SelectParams() (p SelectParams, ok bool) {
	c := cmd.args()
	if cmd.Name != "SELECT" && cmd.Name != "EXAMINE" || !c.astring() {
		return p, false
	}
	ok = c.selectParams(&p) && c.whole()
	return p, ok
}

// ListArgs are the arguments of LIST and LSUB (RFC 9051, section 6.3.9).
type ListArgs struct {
	Select    []byte // the selection options in their parentheses, or nil
	Reference []byte // octets as they were sent
	// Patterns are the patterns on the wire: one, or several in parentheses.
	Patterns []byte
	Return   []byte // the return options in their parentheses, or nil
}

// ListArgs takes LIST and LSUB apart.
func (cmd Command) ListArgs() (l ListArgs, ok bool) {
	c := cmd.args()
	if cmd.Name != "LIST" && cmd.Name != "LSUB" {
		return l, false
	}
	if c.peek() == '(' {
		if !c.selectOptions() || !c.sp() {
			return l, false
		}
		l.Select = c.b[:c.i-1]
	}
	if l.Reference, ok = c.astringValue(); !ok || !c.sp() {
		return l, false
	}
	start := c.i
	if !c.patterns(nil) {
		return l, false
	}
	l.Patterns = c.b[start:c.i]
	if c.skip(' ') {
		if !c.keyword("RETURN") || !c.sp() {
			return l, false
		}
		start = c.i
		if !c.returnOptions() {
			return l, false
		}
		l.Return = c.b[start:c.i]
	}
	return l, c.whole()
}

// EachPattern calls f for every pattern, decoded from its string.
func (l ListArgs) EachPattern(f func(pattern []byte)) {
	c := cursor{b: l.Patterns}
	c.patterns(f)
}

// EachLiteral calls f for each literal of the command: what its header says, with
// Pos counted in Raw, and its octets.
func (cmd Command) EachLiteral(f func(lit Literal, octets []byte)) {
	for line := 0; line < len(cmd.Raw); {
		k := bytes.IndexByte(cmd.Raw[line:], '\n')
		if k < 0 {
			return
		}
		lit, has := CommandLine(cmd.Raw[line : line+k+1])
		end := line + k + 1
		if !has || lit.Size > uint64(len(cmd.Raw)-end) {
			return
		}
		lit.Pos += line
		line = end + int(lit.Size)
		f(lit, cmd.Raw[end:line])
	}
}
