package plants

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// mailboxCalls are the calls about mailboxes as a whole.
func mailboxCalls() []clientCall {
	return []clientCall{
		{name: "select", args: 1, states: loggedIn, examples: []string{"select INBOX", "select INBOX condstore"}, do: selects("SELECT")},
		{name: "examine", args: 1, states: loggedIn, examples: []string{"examine INBOX"}, do: selects("EXAMINE")},
		{name: "unselect", states: imapwire.Selected, examples: []string{"unselect"}, do: (*client).unselect},
		{name: "close-mailbox", states: imapwire.Selected, examples: []string{"close-mailbox"}, do: (*client).closeMailbox},
		{name: "create", args: 1, states: loggedIn, examples: []string{"create work", `create sent \Sent`}, do: (*client).create},
		{name: "delete", args: 1, states: loggedIn, examples: []string{"delete work"}, do: (*client).remove},
		{name: "rename", args: 2, states: loggedIn, examples: []string{"rename work play"}, do: func(c *client, a []string, claim *harness.Claim) error {
			return c.command(text("RENAME ").and(boxText(a[0])).and(text(" ")).and(boxText(a[1])), claim)
		}},
		{name: "subscribe", args: 1, states: loggedIn, examples: []string{"subscribe work"}, do: boxCall("SUBSCRIBE")},
		{name: "unsubscribe", args: 1, states: loggedIn, examples: []string{"unsubscribe work"}, do: boxCall("UNSUBSCRIBE")},
		{name: "list", args: 2, states: loggedIn, examples: []string{`list "" %`, `list "" % status subscribed`}, do: (*client).list},
		{name: "status", args: 1, states: loggedIn, examples: []string{"status work", "status work messages size"}, do: (*client).statusOf},
		{name: "namespace", states: loggedIn, examples: []string{"namespace"}, do: func(c *client, _ []string, claim *harness.Claim) error {
			if err := c.need("NAMESPACE", "IMAP4REV2"); err != nil {
				return err
			}
			return c.command(text("NAMESPACE"), claim)
		}},
	}
}

func boxCall(verb string) func(*client, []string, *harness.Claim) error {
	return func(c *client, args []string, claim *harness.Claim) error {
		return c.command(text(verb+" ").and(boxText(args[0])), claim)
	}
}

var (
	errNoSelect = errors.New("the server says that it cannot be selected")
	errNoBelow  = errors.New("the server says that nothing can be below it")
	errInUse    = errors.New("it is selected")
)

// selects opens a mailbox, unless the server has said that it cannot be opened
// (RFC 2683, section 3.3.2). A NO leaves none selected, a BAD the one before (RFC
// 9051, section 6.3.2).
func selects(verb string) func(*client, []string, *harness.Claim) error {
	return func(c *client, args []string, claim *harness.Claim) error {
		name := canonicalName(args[0])
		if (c.marked(name, `\noselect`) || c.marked(name, `\nonexistent`)) && !c.has("client-selects-noselect") {
			return errNoSelect
		}
		line := text(verb + " ").and(boxText(name))
		param, err := c.selectParam(args[1:])
		if err != nil {
			return err
		}
		line = line.and(text(param))
		before := c.known
		if c.idling != "" {
			return errIdling
		}
		c.known.opening, c.known.exists, c.known.validity, c.known.next, c.known.unseen = name, 0, 0, 0, false
		c.known.readOnly = verb == "EXAMINE"
		err = c.command(line, claim)
		c.known.opening = ""
		var no *statusError
		switch {
		case err == nil:
			c.known.box, c.known.phase = name, imapwire.Selected
			claim.Text = fmt.Sprintf("%d messages, uidvalidity %d, uidnext %d", c.known.exists, c.known.validity, c.known.next)
		case errors.As(err, &no) && no.status == imapwire.BAD:
			c.known.box, c.known.phase = before.box, before.phase
			c.known.exists, c.known.validity, c.known.next, c.known.readOnly = before.exists, before.validity, before.next, before.readOnly
		default:
			c.refused(before)
		}
		return err
	}
}

// selectParam is the parameter that a call asks for: condstore, or
// qresync:UIDVALIDITY,MODSEQ, which has to be enabled first (RFC 7162, section
// 3.2.3).
func (c *client) selectParam(args []string) (string, error) {
	if len(args) == 0 {
		return "", nil
	}
	if known, ok := strings.CutPrefix(args[0], "qresync:"); ok {
		if err := c.need("QRESYNC"); err != nil {
			return "", err
		}
		if !c.known.qresync && !c.has("client-forgets-enable") {
			if c.known.phase == imapwire.Selected {
				return "", errState
			}
			if err := c.enable([]string{"QRESYNC"}, discarded()); err != nil {
				return "", err
			}
			if !c.known.qresync {
				return "", errNotOffered
			}
		}
		return " (QRESYNC (" + strings.ReplaceAll(known, ",", " ") + "))", nil
	}
	if !strings.EqualFold(args[0], "condstore") {
		return "", nil
	}
	return " (CONDSTORE)", c.need("CONDSTORE", "QRESYNC")
}

// refused notes that SELECT was answered NO, or not at all.
func (c *client) refused(before clientState) {
	c.sulking = c.has("client-sulks")
	if c.has("client-keeps-mailbox") {
		c.known = before
		return
	}
	c.deselected()
}

// deselected notes that no mailbox is selected any more.
func (c *client) deselected() {
	if c.known.phase == imapwire.Selected {
		c.known.phase = imapwire.Authenticated
	}
	c.known.box, c.known.exists, c.known.validity, c.known.next, c.known.readOnly = "", 0, 0, 0, false
}

// marked reports whether LIST has told an attribute of a mailbox.
func (c *client) marked(name, attribute string) bool {
	return strings.Contains(" "+c.boxes[name]+" ", " "+attribute+" ")
}

func (c *client) unselect(_ []string, claim *harness.Claim) error {
	if err := c.need("UNSELECT", "IMAP4REV2"); err != nil {
		return err
	}
	err := c.command(text("UNSELECT"), claim)
	if err == nil {
		c.deselected()
	}
	return err
}

func (c *client) closeMailbox(_ []string, claim *harness.Claim) error {
	err := c.command(text("CLOSE"), claim)
	if err == nil {
		c.deselected()
	}
	return err
}

// create makes a mailbox, unless the server has said that there can be none below
// another (RFC 2683, section 3.3.2).
func (c *client) create(args []string, claim *harness.Claim) error {
	for name, attributes := range c.boxes {
		if strings.Contains(attributes, `\noinferiors`) && strings.HasPrefix(args[0], name+"/") && !c.has("client-creates-below") {
			return errNoBelow
		}
	}
	line := text("CREATE ").and(boxText(args[0]))
	if len(args) > 1 {
		if err := c.need("CREATE-SPECIAL-USE"); err != nil {
			return err
		}
		line = line.and(text(" (USE (" + strings.Join(args[1:], " ") + "))"))
	}
	err := c.command(line, claim)
	if err == nil {
		delete(c.boxes, canonicalName(args[0]))
	}
	return err
}

// remove deletes a mailbox that is not selected (RFC 2683, section 3.4.12).
func (c *client) remove(args []string, claim *harness.Claim) error {
	if canonicalName(args[0]) == c.known.box {
		return errInUse
	}
	return c.command(text("DELETE ").and(boxText(args[0])), claim)
}

// list lists mailboxes. Its options ask for more or choose, as those of the other
// clients do (RFC 5258).
func (c *client) list(args []string, claim *harness.Claim) error {
	var choose, tell []string
	for _, a := range args[2:] {
		switch strings.ToLower(a) {
		case "status":
			tell = append(tell, "STATUS (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)")
		case "subscribed", "special-use", "children":
			tell = append(tell, strings.ToUpper(a))
		case "select-subscribed":
			choose = append(choose, "SUBSCRIBED")
		case "select-special-use":
			choose = append(choose, "SPECIAL-USE")
		case "recursive":
			choose = append(choose, "RECURSIVEMATCH")
		default:
			return errUsage
		}
	}
	line := text("LIST ")
	if err := c.mayList(args[2:]); err != nil {
		return err
	}
	if len(choose) > 0 {
		line = line.and(text("(" + strings.Join(choose, " ") + ") "))
	}
	line = line.and(quotedText(imapwire.EncodeUTF7(args[0]))).and(text(" ")).and(quotedText(imapwire.EncodeUTF7(args[1])))
	if len(tell) > 0 {
		line = line.and(text(" RETURN (" + strings.Join(tell, " ") + ")"))
	}
	err := c.command(line, claim)
	claim.Text = fmt.Sprintf("%q", c.listed(args[1]))
	return err
}

// mayList reports an error if the server has not what LIST needs for its options
// (RFC 5258, section 3; RFC 5819, section 2; RFC 6154, section 2).
func (c *client) mayList(options []string) error {
	for _, o := range options {
		if err := c.need("LIST-EXTENDED", "IMAP4REV2"); err != nil {
			return err
		}
		var err error
		switch strings.ToLower(o) {
		case "status":
			err = c.need("LIST-STATUS", "IMAP4REV2")
		case "special-use", "select-special-use":
			err = c.need("SPECIAL-USE", "IMAP4REV2")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// listed are the names that LIST brought, as they are handed over.
func (c *client) listed(pattern string) []string {
	if len(c.bugs) == 0 {
		return c.known.asked
	}
	var out []string
	for _, name := range c.known.asked {
		if c.has("client-keeps-escapes") {
			name = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name)
		}
		if !c.has("client-drops-rooted") || strings.HasPrefix(name, strings.Trim(pattern, "*%")) {
			out = append(out, name)
		}
	}
	return out
}

// statusOf is STATUS of a mailbox that is not selected: that one tells of itself
// (RFC 9051, section 6.3.11).
func (c *client) statusOf(args []string, claim *harness.Claim) error {
	if canonicalName(args[0]) == c.known.box {
		return errInUse
	}
	if err := c.speaks(); err != nil && !c.has("client-rev1-anyway") {
		return err
	}
	items := "MESSAGES UIDNEXT UIDVALIDITY UNSEEN"
	if len(args) > 1 {
		items = strings.ToUpper(strings.Join(args[1:], " "))
	}
	if err := c.mayAskStatus(strings.Fields(items)); err != nil {
		return err
	}
	return c.command(text("STATUS ").and(boxText(args[0])).and(text(" ("+items+")")), claim)
}

// mayAskStatus reports an error if the server has not what an item of STATUS needs.
func (c *client) mayAskStatus(items []string) (err error) {
	for _, item := range items {
		switch item {
		case "SIZE":
			err = c.need("STATUS=SIZE", "IMAP4REV2")
		case "DELETED":
			err = c.need("QUOTA=RES-MESSAGE", "IMAP4REV2")
		case "DELETED-STORAGE":
			err = c.need("QUOTA=RES-STORAGE")
		case "HIGHESTMODSEQ":
			err = c.need("CONDSTORE", "QRESYNC")
		case "APPENDLIMIT":
			if !slices.ContainsFunc(c.caps, func(have string) bool { return strings.HasPrefix(strings.ToUpper(have), "APPENDLIMIT=") }) {
				err = c.need("APPENDLIMIT")
			}
		case "MAILBOXID":
			err = c.need("OBJECTID")
		}
		if err != nil {
			return err
		}
	}
	return nil
}
