package goimap

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/imapfuzz/imapfuzz/harness"
)

// extensionVerbs are the calls of extensions: ID (RFC 2971), SORT and THREAD
// (RFC 5256), ACL (RFC 4314), QUOTA (RFC 9208) and METADATA (RFC 5464).
func extensionVerbs() []verb {
	return []verb{
		{name: "id", usage: "nothing", examples: []string{"id"}, do: id},
		{name: "sort", usage: "[-]CRITERION,... [KEY...]", min: 1, max: -1, examples: []string{"sort date", "sort -size,subject unseen"}, do: sorts(false)},
		{name: "uid-sort", usage: "[-]CRITERION,... [KEY...]", min: 1, max: -1, examples: []string{"uid-sort arrival all"}, do: sorts(true)},
		{name: "thread", usage: "ALGORITHM [KEY...]", min: 1, max: -1, examples: []string{"thread references", "thread orderedsubject seen"}, do: threads(false)},
		{name: "uid-thread", usage: "ALGORITHM [KEY...]", min: 1, max: -1, examples: []string{"uid-thread references all"}, do: threads(true)},
		{name: "getacl", usage: "MAILBOX", min: 1, max: 1, examples: []string{"getacl INBOX"}, do: getACL},
		{name: "setacl", usage: "MAILBOX IDENTIFIER [+|-]RIGHTS", min: 3, max: 3, examples: []string{"setacl INBOX bob +lr", "setacl INBOX anyone -w"}, do: setACL},
		{name: "myrights", usage: "MAILBOX", min: 1, max: 1, examples: []string{"myrights INBOX"}, do: myRights},
		{name: "getquota", usage: "ROOT", min: 1, max: 1, examples: []string{`getquota ""`}, do: getQuota},
		{name: "getquotaroot", usage: "MAILBOX", min: 1, max: 1, examples: []string{"getquotaroot INBOX"}, do: getQuotaRoot},
		{name: "setquota", usage: "ROOT RESOURCE LIMIT", min: 3, max: 3, examples: []string{`setquota "" STORAGE 512`}, do: setQuota},
		{name: "getmetadata", usage: "MAILBOX [maxsize:N] [depth:0|1|infinity] ENTRY...", min: 2, max: -1,
			examples: []string{`getmetadata "" /shared/comment`, "getmetadata INBOX maxsize:1024 depth:infinity /private/comment /shared"}, do: getMetadata},
		{name: "setmetadata", usage: "MAILBOX ENTRY [VALUE]", min: 2, max: 3,
			examples: []string{`setmetadata INBOX /private/comment "my own"`, "setmetadata INBOX /private/comment"}, do: setMetadata},
	}
}

func id(d *driver, _ []string, claim *harness.Claim) error {
	data, err := d.client.Load().ID(&imap.IDData{Name: "imapfuzz"}).Wait()
	if err == nil && data != nil {
		claim.Text = fmt.Sprintf("name %q", abridged(data.Name))
	}
	return err
}

func sorts(uid bool) func(*driver, []string, *harness.Claim) error {
	return func(d *driver, args []string, claim *harness.Claim) error {
		o := new(imapclient.SortOptions)
		for word := range strings.SplitSeq(args[0], ",") {
			key, reverse := strings.CutPrefix(word, "-")
			o.SortCriteria = append(o.SortCriteria, imapclient.SortCriterion{Key: imapclient.SortKey(strings.ToUpper(key)), Reverse: reverse})
		}
		var err error
		if o.SearchCriteria, err = searchKeys(args[1:]); err != nil {
			return err
		}
		sort := d.client.Load().Sort
		if uid {
			sort = d.client.Load().UIDSort
		}
		nums, err := sort(o).Wait()
		claim.Text = fmt.Sprintf("%d messages", len(nums))
		return err
	}
}

func threads(uid bool) func(*driver, []string, *harness.Claim) error {
	return func(d *driver, args []string, claim *harness.Claim) error {
		o := &imapclient.ThreadOptions{Algorithm: imap.ThreadAlgorithm(strings.ToUpper(args[0]))}
		var err error
		if o.SearchCriteria, err = searchKeys(args[1:]); err != nil {
			return err
		}
		thread := d.client.Load().Thread
		if uid {
			thread = d.client.Load().UIDThread
		}
		data, err := thread(o).Wait()
		claim.Text = fmt.Sprintf("%d threads", len(data))
		return err
	}
}

func getACL(d *driver, args []string, claim *harness.Claim) error {
	data, err := d.client.Load().GetACL(args[0]).Wait()
	if err == nil && data != nil {
		claim.Text = fmt.Sprintf("%d identifiers", len(data.Rights))
	}
	return err
}

func setACL(d *driver, args []string, _ *harness.Claim) error {
	mod, rights := imap.RightModificationReplace, args[2]
	if rights != "" && (rights[0] == '+' || rights[0] == '-') {
		mod, rights = imap.RightModification(rights[0]), rights[1:]
	}
	return d.client.Load().SetACL(args[0], imap.RightsIdentifier(args[1]), mod, imap.RightSet(rights)).Wait()
}

func myRights(d *driver, args []string, claim *harness.Claim) error {
	data, err := d.client.Load().MyRights(args[0]).Wait()
	if err == nil && data != nil {
		claim.Text = fmt.Sprintf("rights %q", abridged(data.Rights.String()))
	}
	return err
}

func getQuota(d *driver, args []string, claim *harness.Claim) error {
	data, err := d.client.Load().GetQuota(args[0]).Wait()
	if err == nil && data != nil { // imapclient gives nil if no QUOTA response came
		claim.Text = fmt.Sprintf("%d resources", len(data.Resources))
	}
	return err
}

func getQuotaRoot(d *driver, args []string, claim *harness.Claim) error {
	data, err := d.client.Load().GetQuotaRoot(args[0]).Wait()
	claim.Text = fmt.Sprintf("%d roots", len(data))
	return err
}

// setQuota sets one limit: imapclient would write several in random order.
func setQuota(d *driver, args []string, _ *harness.Claim) error {
	limit, err := strconv.ParseInt(args[2], 10, 64)
	if err != nil {
		return fmt.Errorf("limit: %w", err)
	}
	return d.client.Load().SetQuota(args[0], map[imap.QuotaResourceType]int64{imap.QuotaResourceType(args[1]): limit}).Wait()
}

func getMetadata(d *driver, args []string, claim *harness.Claim) error {
	o := new(imapclient.GetMetadataOptions)
	entries := args[1:]
	for ; len(entries) > 0; entries = entries[1:] {
		name, value, ok := strings.Cut(entries[0], ":")
		if !ok || name != "maxsize" && name != "depth" {
			break
		}
		if err := metadataOption(o, name, value); err != nil {
			return err
		}
	}
	data, err := d.client.Load().GetMetadata(args[0], entries, o).Wait()
	if err == nil && data != nil {
		claim.Text = fmt.Sprintf("%d entries", len(data.Entries))
	}
	return err
}

func metadataOption(o *imapclient.GetMetadataOptions, name, value string) error {
	switch {
	case name == "maxsize":
		n, err := strconv.ParseUint(value, 10, 32)
		size := uint32(n)
		o.MaxSize = &size
		return err
	case value == "0":
		o.Depth = imapclient.GetMetadataDepthZero
	case value == "1":
		o.Depth = imapclient.GetMetadataDepthOne
	case value == "infinity":
		o.Depth = imapclient.GetMetadataDepthInfinity
	default:
		return fmt.Errorf("want depth:0, depth:1 or depth:infinity, got %q", abridged(value))
	}
	return nil
}

// setMetadata sets one entry, or removes it if there is no value: imapclient
// would write several in random order.
func setMetadata(d *driver, args []string, _ *harness.Claim) error {
	var value *[]byte
	if len(args) > 2 {
		b := []byte(args[2])
		value = &b
	}
	return d.client.Load().SetMetadata(args[0], map[string]*[]byte{args[1]: value}).Wait()
}
