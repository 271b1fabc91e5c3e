package goimap

import (
	"fmt"
	"io"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/imapfuzz/imapfuzz/harness"
)

// messageVerbs are the calls that store, copy, remove and look for messages.
func messageVerbs() []verb {
	return []verb{
		{name: "append", usage: "MAILBOX TEXT [FLAG...]", min: 2, max: -1,
			examples: []string{`append INBOX "From: a@example.org\r\n\r\nhi\r\n"`, `append INBOX "Subject: x\r\n\r\ny\r\n" \Seen $Junk`}, do: appends},
		{name: "store", usage: "SET +flags|-flags|flags[.silent] FLAG...", min: 2, max: -1,
			examples: []string{`store 1:2 +flags \Deleted`, `store 1 flags.silent \Seen \Flagged`}, do: stores(false)},
		{name: "uid-store", usage: "SET +flags|-flags|flags[.silent] FLAG...", min: 2, max: -1,
			examples: []string{`uid-store 1:* -flags \Seen`}, do: stores(true)},
		{name: "copy", usage: "SET MAILBOX", min: 2, max: 2, examples: []string{"copy 1:2 work"}, do: copies(false)},
		{name: "uid-copy", usage: "SET MAILBOX", min: 2, max: 2, examples: []string{"uid-copy 1:* work", "uid-copy $ work"}, do: copies(true)},
		{name: "move", usage: "SET MAILBOX", min: 2, max: 2, examples: []string{"move 1 work"}, do: moves(false)},
		{name: "uid-move", usage: "SET MAILBOX", min: 2, max: 2, examples: []string{"uid-move 2:3 work"}, do: moves(true)},
		{name: "expunge", usage: "nothing", examples: []string{"expunge"}, do: expunge},
		{name: "uid-expunge", usage: "SET", min: 1, max: 1, examples: []string{"uid-expunge 1:*"}, do: uidExpunge},
		{name: "search", usage: "[return:min,max,all,count] KEY...", max: -1,
			examples: []string{"search unseen", "search return:min,max,count 1:* not deleted", `search or from ada header Message-ID lunch`}, do: searches(false)},
		{name: "uid-search", usage: "[return:min,max,all,count] KEY...", max: -1,
			examples: []string{"uid-search all", `uid-search subject "caf\u00e9" since 1-Jan-2000 larger 10`}, do: searches(true)},
	}
}

// appends stores TEXT (RFC 9051, section 6.3.12). It claims success only if all
// of it was written and the server said OK.
func appends(d *driver, args []string, claim *harness.Claim) error {
	cmd := d.client.Load().Append(args[0], int64(len(args[1])), &imap.AppendOptions{Flags: flagList(args[2:])})
	_, werr := io.WriteString(cmd, args[1])
	cerr := cmd.Close()
	data, err := cmd.Wait()
	for _, e := range []error{err, werr, cerr} {
		if e != nil {
			return e
		}
	}
	claim.Text = fmt.Sprintf("uidvalidity %d, uid %d", data.UIDValidity, data.UID)
	return nil
}

func stores(uid bool) func(*driver, []string, *harness.Claim) error {
	return func(d *driver, args []string, claim *harness.Claim) error {
		set, err := numSet(uid, args[0])
		if err != nil {
			return err
		}
		s, err := storeFlags(args[1], args[2:])
		if err != nil {
			return err
		}
		return collect(d.client.Load().Store(set, s, nil), claim)
	}
}

func storeFlags(op string, flags []string) (*imap.StoreFlags, error) {
	s := &imap.StoreFlags{Flags: flagList(flags)}
	name, silent := strings.CutSuffix(lower(op), ".silent")
	s.Silent = silent
	switch name {
	case "flags":
		s.Op = imap.StoreFlagsSet
	case "+flags":
		s.Op = imap.StoreFlagsAdd
	case "-flags":
		s.Op = imap.StoreFlagsDel
	default:
		return nil, fmt.Errorf("want flags, +flags or -flags, got %q", abridged(op))
	}
	return s, nil
}

func copies(uid bool) func(*driver, []string, *harness.Claim) error {
	return func(d *driver, args []string, claim *harness.Claim) error {
		set, err := numSet(uid, args[0])
		if err != nil {
			return err
		}
		data, err := d.client.Load().Copy(set, args[1]).Wait()
		if err == nil && data != nil {
			claim.Text = copyText(data.UIDValidity, data.SourceUIDs, data.DestUIDs)
		}
		return err
	}
}

// moves moves messages (RFC 9051, section 6.4.8); if the server cannot, imapclient
// copies, marks and expunges.
func moves(uid bool) func(*driver, []string, *harness.Claim) error {
	return func(d *driver, args []string, claim *harness.Claim) error {
		set, err := numSet(uid, args[0])
		if err != nil {
			return err
		}
		data, err := d.client.Load().Move(set, args[1]).Wait()
		if err == nil && data != nil {
			claim.Text = copyText(data.UIDValidity, data.SourceUIDs, data.DestUIDs)
		}
		return err
	}
}

func copyText(validity uint32, from, to imap.NumSet) string {
	return fmt.Sprintf("uidvalidity %d, %s to %s", validity, setText(from), setText(to))
}

// setText writes a set that the server sent; it may be missing.
func setText(set imap.NumSet) string {
	if set == nil || set.String() == "" {
		return "none"
	}
	return abridged(set.String())
}

func expunge(d *driver, _ []string, claim *harness.Claim) error {
	return expunged(d.client.Load().Expunge(), claim)
}

func uidExpunge(d *driver, args []string, claim *harness.Claim) error {
	set, err := uidSet(args[0])
	if err != nil {
		return err
	}
	return expunged(d.client.Load().UIDExpunge(set), claim)
}

func expunged(cmd *imapclient.ExpungeCommand, claim *harness.Claim) error {
	nums, err := cmd.Collect()
	claim.Text = fmt.Sprintf("%d messages", len(nums))
	return err
}

func searches(uid bool) func(*driver, []string, *harness.Claim) error {
	return func(d *driver, args []string, claim *harness.Claim) error {
		o, words, err := searchReturn(args)
		if err != nil {
			return err
		}
		keys, err := searchKeys(words)
		if err != nil {
			return err
		}
		c := d.client.Load()
		search := c.Search
		if uid {
			search = c.UIDSearch
		}
		data, err := search(keys, o).Wait()
		if err == nil && data != nil {
			claim.Text = fmt.Sprintf("all %s, min %d, max %d, count %d", setText(data.All), data.Min, data.Max, data.Count)
		}
		return err
	}
}
