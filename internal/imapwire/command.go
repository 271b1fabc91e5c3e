package imapwire

import "slices"

// States is a set of protocol states (RFC 9051, section 3).
type States uint8

const (
	NotAuthenticated States = 1 << iota
	Authenticated
	Selected

	anyState = NotAuthenticated | Authenticated | Selected
	loggedIn = Authenticated | Selected
)

// String returns the names of the states with "|" between them.
func (s States) String() string {
	out := ""
	for i, name := range []string{"not-authenticated", "authenticated", "selected"} {
		if s&(1<<i) != 0 {
			if out != "" {
				out += "|"
			}
			out += name
		}
	}
	return out
}

// CommandSpec is what is known of a command.
type CommandSpec struct {
	Name   string // in upper case; "UID FETCH" for a form with UID
	States States // in which it is valid
	RFC    string // which defines it, "9051" for example, and "3501" if 9051 dropped it
	// Checked says that the arguments are checked against their grammar; else only
	// for tokens, single spaces and balanced parentheses.
	Checked bool
}

// specs is sorted by name.
var specs = []CommandSpec{
	{"APPEND", loggedIn, "9051", true},
	{"AUTHENTICATE", NotAuthenticated, "9051", true},
	{"CAPABILITY", anyState, "9051", true},
	{"CHECK", Selected, "3501", true},
	{"CLOSE", Selected, "9051", true},
	{"COMPRESS", loggedIn, "4978", true},
	{"COPY", Selected, "9051", true},
	{"CREATE", loggedIn, "9051", true},
	{"DELETE", loggedIn, "9051", true},
	{"DELETEACL", loggedIn, "4314", false},
	{"ENABLE", Authenticated, "9051", true},
	{"EXAMINE", loggedIn, "9051", true},
	{"EXPUNGE", Selected, "9051", true},
	{"FETCH", Selected, "9051", true},
	{"GETACL", loggedIn, "4314", false},
	{"GETMETADATA", loggedIn, "5464", false},
	{"GETQUOTA", loggedIn, "9208", false},
	{"GETQUOTAROOT", loggedIn, "9208", false},
	{"ID", anyState, "2971", true},
	{"IDLE", loggedIn, "9051", true},
	{"LANGUAGE", anyState, "5255", false},
	{"LIST", loggedIn, "9051", true},
	{"LISTRIGHTS", loggedIn, "4314", false},
	{"LOGIN", NotAuthenticated, "9051", true},
	{"LOGOUT", anyState, "9051", true},
	{"LSUB", loggedIn, "3501", true},
	{"MOVE", Selected, "9051", true},
	{"MYRIGHTS", loggedIn, "4314", false},
	{"NAMESPACE", loggedIn, "9051", true},
	{"NOOP", anyState, "9051", true},
	{"NOTIFY", loggedIn, "5465", false},
	{"RENAME", loggedIn, "9051", true},
	{"SEARCH", Selected, "9051", true},
	{"SELECT", loggedIn, "9051", true},
	{"SETACL", loggedIn, "4314", false},
	{"SETMETADATA", loggedIn, "5464", false},
	{"SETQUOTA", loggedIn, "9208", false},
	{"SORT", Selected, "5256", false},
	{"STARTTLS", NotAuthenticated, "9051", true},
	{"STATUS", loggedIn, "9051", true},
	{"STORE", Selected, "9051", true},
	{"SUBSCRIBE", loggedIn, "9051", true},
	{"THREAD", Selected, "5256", false},
	{"UID COPY", Selected, "9051", true},
	{"UID EXPUNGE", Selected, "9051", true},
	{"UID FETCH", Selected, "9051", true},
	{"UID MOVE", Selected, "9051", true},
	{"UID SEARCH", Selected, "9051", true},
	{"UID SORT", Selected, "5256", false},
	{"UID STORE", Selected, "9051", true},
	{"UID THREAD", Selected, "5256", false},
	{"UNAUTHENTICATE", loggedIn, "8437", true},
	{"UNSELECT", Selected, "9051", true},
	{"UNSUBSCRIBE", loggedIn, "9051", true},
}

// CommandNames returns every command that ParseCommand knows, sorted by name. The
// caller owns the slice.
func CommandNames() []CommandSpec { return slices.Clone(specs) }

// specByName finds specs without a search.
var specByName = func() map[string]*CommandSpec {
	m := make(map[string]*CommandSpec, len(specs))
	for i := range specs {
		m[specs[i].Name] = &specs[i]
	}
	return m
}()

// LookupCommand returns what is known of the command of that upper-case name.
func LookupCommand(name string) (CommandSpec, bool) {
	if s := specByName[name]; s != nil {
		return *s, true
	}
	return CommandSpec{}, false
}

// Command is one command of a client. Its slices point into the unit.
type Command struct {
	Raw  []byte
	Tag  []byte
	Name string // in upper case; "UID FETCH" for a form with UID
	// Args is what follows the name and its space, without the final CRLF.
	Args []byte
	// Known says that the name is in CommandNames and in the profile.
	Known bool
}

// ParseCommand parses one complete command, as [CommandUnit] cuts it: literals in
// line as they are on the wire, CRLF at the end. With an error the command has what
// was understood before it. Lines that only continue a command (SASL responses,
// the DONE of IDLE) are not commands: the caller knows when to expect them.
func ParseCommand(unit []byte, p Profile) (Command, *Error) {
	c := cursor{b: unit, p: p}
	cmd := Command{Raw: unit}
	if c.command(&cmd) {
		c.crlf()
	}
	return cmd, c.err()
}

func (c *cursor) command(cmd *Command) bool {
	start := c.i
	ok := c.word(isTag, ProdTag, "a tag")
	cmd.Tag = c.b[start:c.i]
	if !ok || !c.sp() {
		return false
	}
	word := c.i
	name := c.name()
	if len(name) == 0 {
		return c.fail(ProdCommand, "a command")
	}
	cmd.Name = intern(name)
	if cmd.Name == "UID" {
		if !c.sp() {
			return false
		}
		if len(c.name()) == 0 {
			return c.fail(ProdCommand, "a command")
		}
		cmd.Name = intern(c.b[word:c.i])
	}
	args := c.i
	if c.peek() == ' ' {
		args++
	}
	cmd.Args = trim(c.b, args)
	spec := specByName[cmd.Name]
	if spec == nil || c.p == Rev2 && spec.RFC == "3501" {
		if spec == nil && len(name) > 1 && name[0]|0x20 == 'x' && c.p != Rev2 {
			return c.balanced() // x-command of RFC 3501, section 9
		}
		return c.failAt(word, ProdCommand, "a known command")
	}
	cmd.Known = true
	if !spec.Checked {
		return c.balanced()
	}
	return c.args(spec.Name)
}

// args parses what follows a command's name.
func (c *cursor) args(name string) bool {
	switch name {
	case "CAPABILITY", "CHECK", "CLOSE", "EXPUNGE", "IDLE", "LOGOUT", "NAMESPACE", "NOOP",
		"STARTTLS", "UNAUTHENTICATE", "UNSELECT":
		return true
	}
	if !c.sp() {
		return false
	}
	switch name {
	case "DELETE", "SUBSCRIBE", "UNSUBSCRIBE":
		return c.mailbox()
	case "SELECT", "EXAMINE":
		return c.mailbox() && c.selectParams(nil)
	case "COMPRESS":
		return c.keyword("DEFLATE") || c.p == Any && c.atom() || c.fail(ProdAtom, "DEFLATE")
	case "CREATE":
		return c.createArgs()
	case "RENAME":
		return c.mailbox() && c.sp() && c.mailbox() && c.anyParams()
	case "LOGIN":
		return c.astring() && c.sp() && c.astring()
	case "AUTHENTICATE":
		return c.authenticateArgs()
	case "ENABLE":
		return c.word(isAtom, ProdCapability, "a capability") && c.capabilities()
	case "ID":
		return c.idParams()
	case "APPEND":
		return c.appendArgs(nil)
	case "LIST":
		return c.listArgs()
	case "LSUB":
		return c.mailbox() && c.sp() && c.listMailbox()
	case "STATUS":
		return c.mailbox() && c.sp() && c.statusAtts()
	case "COPY", "MOVE", "UID COPY", "UID MOVE":
		return c.set(setSeq) && c.sp() && c.mailbox()
	case "UID EXPUNGE":
		return c.set(setSeq)
	case "FETCH", "UID FETCH":
		return c.fetchArgs(name != "FETCH", nil, nil)
	case "STORE", "UID STORE":
		return c.storeArgs(nil)
	case "SEARCH", "UID SEARCH":
		return c.searchArgs(nil)
	}
	return c.fail(ProdCommand, "a known command")
}
