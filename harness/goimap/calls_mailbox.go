package goimap

import (
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/imapfuzz/imapfuzz/harness"
)

// mailboxVerbs are the calls about mailboxes as a whole.
func mailboxVerbs() []verb {
	return []verb{
		{name: "select", usage: "MAILBOX [condstore]", min: 1, max: 2, examples: []string{"select INBOX", "select INBOX condstore"},
			do: selects(false)},
		{name: "examine", usage: "MAILBOX [condstore]", min: 1, max: 2, examples: []string{"examine INBOX"}, do: selects(true)},
		{name: "unselect", usage: "nothing", examples: []string{"unselect"},
			do: plain(func(c *imapclient.Client, _ []string) *imapclient.Command { return c.Unselect() })},
		{name: "close-mailbox", usage: "nothing", examples: []string{"close-mailbox"},
			do: plain(func(c *imapclient.Client, _ []string) *imapclient.Command { return c.UnselectAndExpunge() })},
		{name: "create", usage: "MAILBOX [SPECIAL-USE...]", min: 1, max: -1, examples: []string{"create work", `create sent \Sent`},
			do: plain(create)},
		{name: "delete", usage: "MAILBOX", min: 1, max: 1, examples: []string{"delete work"},
			do: plain(func(c *imapclient.Client, a []string) *imapclient.Command { return c.Delete(a[0]) })},
		{name: "rename", usage: "MAILBOX MAILBOX", min: 2, max: 2, examples: []string{"rename work play"},
			do: plain(func(c *imapclient.Client, a []string) *imapclient.Command { return c.Rename(a[0], a[1], nil) })},
		{name: "subscribe", usage: "MAILBOX", min: 1, max: 1, examples: []string{"subscribe work", `subscribe "\u65e5\u672c"`},
			do: plain(func(c *imapclient.Client, a []string) *imapclient.Command { return c.Subscribe(a[0]) })},
		{name: "unsubscribe", usage: "MAILBOX", min: 1, max: 1, examples: []string{"unsubscribe work"},
			do: plain(func(c *imapclient.Client, a []string) *imapclient.Command { return c.Unsubscribe(a[0]) })},
		{name: "list", usage: "REFERENCE PATTERN [OPTION...]", min: 2, max: -1,
			examples: []string{`list "" *`, `list "" % status subscribed`, `list "" * select-subscribed recursive special-use children`}, do: list},
		{name: "status", usage: "MAILBOX [ITEM...]", min: 1, max: -1, examples: []string{"status INBOX", "status INBOX messages size deleted"}, do: status},
		{name: "namespace", usage: "nothing", examples: []string{"namespace"}, do: namespace},
	}
}

func selects(readOnly bool) func(*driver, []string, *harness.Claim) error {
	return func(d *driver, args []string, claim *harness.Claim) error {
		o := &imap.SelectOptions{ReadOnly: readOnly}
		if len(args) > 1 {
			if lower(args[1]) != "condstore" {
				return fmt.Errorf("want condstore, got %q", abridged(args[1]))
			}
			o.CondStore = true
		}
		data, err := d.client.Load().Select(args[0], o).Wait()
		if err == nil {
			claim.Text = fmt.Sprintf("%d messages, uidvalidity %d, uidnext %d", data.NumMessages, data.UIDValidity, data.UIDNext)
		}
		return err
	}
}

func create(c *imapclient.Client, args []string) *imapclient.Command {
	o := new(imap.CreateOptions)
	for _, a := range args[1:] {
		o.SpecialUse = append(o.SpecialUse, imap.MailboxAttr(a))
	}
	return c.Create(args[0], o)
}

// list understands the options of RFC 5258 and its relatives: status,
// subscribed, special-use and children ask for more to be returned;
// select-subscribed, select-special-use, remote and recursive choose.
func list(d *driver, args []string, claim *harness.Claim) error {
	o := new(imap.ListOptions)
	for _, a := range args[2:] {
		switch lower(a) {
		case "status":
			o.ReturnStatus = usualStatus()
		case "subscribed":
			o.ReturnSubscribed = true
		case "special-use":
			o.ReturnSpecialUse = true
		case "children":
			o.ReturnChildren = true
		case "select-subscribed":
			o.SelectSubscribed = true
		case "select-special-use":
			o.SelectSpecialUse = true
		case "remote":
			o.SelectRemote = true
		case "recursive":
			o.SelectRecursiveMatch = true
		default:
			return fmt.Errorf("want an option of list, got %q", abridged(a))
		}
	}
	data, err := d.client.Load().List(args[0], args[1], o).Collect()
	names := make([]string, len(data))
	for i, m := range data {
		names[i] = m.Mailbox
	}
	claim.Text = fmt.Sprintf("%q", names)
	return err
}

func usualStatus() *imap.StatusOptions {
	return &imap.StatusOptions{NumMessages: true, UIDNext: true, UIDValidity: true, NumUnseen: true}
}

// status asks for messages, uidnext, uidvalidity and unseen, or for the items
// that are given (RFC 9051, section 6.3.11).
func status(d *driver, args []string, claim *harness.Claim) error {
	o := usualStatus()
	if len(args) > 1 {
		o = new(imap.StatusOptions)
	}
	for _, a := range args[1:] {
		if !statusItem(o, lower(a)) {
			return fmt.Errorf("want an item of status, got %q", abridged(a))
		}
	}
	data, err := d.client.Load().Status(args[0], o).Wait()
	if err == nil && data != nil {
		claim.Text = statusText(data)
	}
	return err
}

func statusItem(o *imap.StatusOptions, item string) bool {
	switch item {
	case "messages":
		o.NumMessages = true
	case "uidnext":
		o.UIDNext = true
	case "uidvalidity":
		o.UIDValidity = true
	case "unseen":
		o.NumUnseen = true
	case "deleted":
		o.NumDeleted = true
	case "size":
		o.Size = true
	case "appendlimit":
		o.AppendLimit = true
	case "deleted-storage":
		o.DeletedStorage = true
	case "highestmodseq":
		o.HighestModSeq = true
	default:
		return false
	}
	return true
}

func statusText(data *imap.StatusData) string {
	var out []string
	add := func(name string, n *uint32) {
		if n != nil {
			out = append(out, fmt.Sprintf("%s %d", name, *n))
		}
	}
	add("messages", data.NumMessages)
	add("unseen", data.NumUnseen)
	add("deleted", data.NumDeleted)
	add("appendlimit", data.AppendLimit)
	if data.UIDNext != 0 {
		out = append(out, fmt.Sprintf("uidnext %d", data.UIDNext))
	}
	if data.UIDValidity != 0 {
		out = append(out, fmt.Sprintf("uidvalidity %d", data.UIDValidity))
	}
	if data.Size != nil {
		out = append(out, fmt.Sprintf("size %d", *data.Size))
	}
	return strings.Join(out, ", ")
}

func namespace(d *driver, _ []string, claim *harness.Claim) error {
	data, err := d.client.Load().Namespace().Wait()
	if err != nil || data == nil {
		return err
	}
	for _, n := range slices.Concat(data.Personal, data.Other, data.Shared) {
		claim.Text += fmt.Sprintf("%q ", n.Prefix)
	}
	claim.Text = strings.TrimSpace(claim.Text)
	return nil
}
