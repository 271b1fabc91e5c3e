package plants

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// messageCalls are the calls that fetch, store, copy, remove and look for
// messages.
func messageCalls() []clientCall {
	sel := imapwire.Selected
	return []clientCall{
		{name: "fetch", args: 2, states: loggedIn, examples: []string{"fetch 1:* (FLAGS UID)", "fetch 1:2 flags body[]"}, do: fetches("FETCH")},
		{name: "stream", args: 2, states: loggedIn, examples: []string{"stream 1 BODY[]"}, do: fetches("FETCH")},
		{name: "uid-fetch", args: 2, states: sel, examples: []string{"uid-fetch 1:* flags"}, do: fetches("UID FETCH")},
		{name: "uid-stream", args: 2, states: sel, examples: []string{"uid-stream 1:* body.peek[]"}, do: fetches("UID FETCH")},
		{name: "append", args: 2, states: loggedIn, examples: []string{`append INBOX "Subject: x\r\n\r\ny\r\n" \Seen $Junk`}, do: (*client).append},
		{name: "store", args: 2, states: sel, examples: []string{`store 1:2 +flags \Deleted`}, do: stores("STORE")},
		{name: "uid-store", args: 2, states: sel, examples: []string{`uid-store 1:* -flags \Seen`}, do: stores("UID STORE")},
		{name: "copy", args: 2, states: sel, examples: []string{"copy 1:2 work"}, do: copies("COPY")},
		{name: "uid-copy", args: 2, states: sel, examples: []string{"uid-copy 1:* work"}, do: copies("UID COPY")},
		{name: "move", args: 2, states: sel, examples: []string{"move 1 work"}, do: copies("MOVE")},
		{name: "uid-move", args: 2, states: sel, examples: []string{"uid-move 2:3 work"}, do: copies("UID MOVE")},
		{name: "expunge", states: sel, examples: []string{"expunge"}, do: (*client).expunge},
		{name: "uid-expunge", args: 1, states: sel, examples: []string{"uid-expunge 1:*"}, do: (*client).expunge},
		{name: "search", states: sel, examples: []string{"search unseen", "search return:min,max,count 1:* not deleted"}, do: searches("SEARCH")},
		{name: "uid-search", states: sel, examples: []string{"uid-search all"}, do: searches("UID SEARCH")},
	}
}

// maxCommandLine is how long a command may be, without its literals: RFC 2683,
// section 3.2.1.5, has 1000, and RFC 7162, section 4, no more than 8192.
const maxCommandLine = 1000

var errReadOnly = errors.New("the mailbox is open read-only")

// sets cuts a set into pieces that fit on a line beside what else there is: as
// ranges, ascending, none twice (RFC 7162, section 4). What is no set of plain
// numbers stays as it is.
func sets(words string, beside int) ([]string, error) {
	if words == "$" {
		return []string{words}, nil
	}
	set, err := imapwire.ParseSet([]byte(words))
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(set, func(r imapwire.Range) bool { return r.First == 0 || r.Last == 0 }) {
		return []string{words}, nil
	}
	for i, r := range set {
		set[i] = imapwire.Range{First: min(r.First, r.Last), Last: max(r.First, r.Last)}
	}
	slices.SortFunc(set, func(a, b imapwire.Range) int { return int(int64(a.First) - int64(b.First)) })
	var tidy imapwire.Set
	for _, r := range set {
		if n := len(tidy); n > 0 && uint64(r.First) <= uint64(tidy[n-1].Last)+1 {
			tidy[n-1].Last = max(tidy[n-1].Last, r.Last)
		} else {
			tidy = append(tidy, r)
		}
	}
	var out []string
	for len(tidy) > 0 {
		n := min(len(tidy), max(1, (maxCommandLine-beside)/22)) // a range has 22 octets at most, with its comma
		out = append(out, imapwire.FormatSet(tidy[:n]))
		tidy = tidy[n:]
	}
	return out, nil
}

// each sends a command for each piece of a set, up to the first that fails.
func (c *client) each(verb, set string, rest clientLine, claim *harness.Claim) error {
	pieces, err := c.pieces(set, len(verb)+rest.size()+20)
	if err != nil {
		return err
	}
	for i, piece := range pieces {
		if c.has("client-splits-badly") && i == 1 {
			piece = piece[strings.IndexByte(piece, ',')+1:]
		}
		if err := c.command(text(verb+" "+piece).and(rest), claim); err != nil {
			return err
		}
	}
	return nil
}

// pieces is sets, with its defects.
func (c *client) pieces(set string, beside int) ([]string, error) {
	switch {
	case c.has("client-zero"), c.has("client-no-ranges"), c.has("client-no-split"):
		return []string{set}, nil
	case c.has("client-long-line"):
		return sets(set, beside-8000)
	}
	return sets(set, beside)
}

// fetches makes a call of FETCH.
func fetches(verb string) func(*client, []string, *harness.Claim) error {
	return func(c *client, args []string, claim *harness.Claim) error {
		items, needs := fetchWords(args[1:])
		for _, names := range needs {
			if err := c.need(names...); err != nil {
				return err
			}
		}
		c.known.seen, c.known.uids = make(map[uint32]bool), nil
		err := c.each(verb, args[0], text(" "+items), claim)
		claim.Text = fmt.Sprintf("%d messages", c.answered(args[0], strings.HasPrefix(verb, "UID")))
		if len(c.known.seen) == 0 && err == nil && c.has("client-needs-all") {
			err = errState
		}
		return err
	}
}

// answered counts the messages of a set that responses have come for: what comes
// of others was not asked for.
func (c *client) answered(words string, uid bool) (n int) {
	set, err := imapwire.ParseSet([]byte(words))
	if err != nil || c.has("client-counts-all") {
		return len(c.known.seen)
	}
	if uid {
		uids := slices.Compact(slices.Sorted(slices.Values(c.known.uids)))
		return len(slices.DeleteFunc(uids, func(u uint32) bool { return !set.Contains(u, math.MaxUint32) }))
	}
	for m := range c.known.seen {
		if set.Contains(m, c.known.exists) {
			n++
		}
	}
	return n
}

// numbers is what a search has found.
func numbers(found []uint32) string {
	if len(found) == 0 {
		return "none"
	}
	var set imapwire.Set
	for _, n := range found {
		set = append(set, imapwire.Range{First: n, Last: n})
	}
	return imapwire.FormatSet(set)
}

// fetchWords returns the items as FETCH has them, and what the server has to
// offer. Items in capitals are taken as they are.
func fetchWords(words []string) (items string, needs [][]string) {
	items = strings.Join(words, " ")
	if strings.ToUpper(items) == items {
		return items, nil
	}
	var list []string
	after := ""
	for _, w := range words {
		upper := strings.ToUpper(w)
		n, since := strings.CutPrefix(w, "changedsince:")
		switch {
		case since:
			after, needs = " (CHANGEDSINCE "+n+")", append(needs, []string{"CONDSTORE", "QRESYNC"})
			continue
		case upper == "SIZE":
			upper = "RFC822.SIZE"
		case upper == "MODSEQ":
			needs = append(needs, []string{"CONDSTORE", "QRESYNC"})
		case strings.HasPrefix(upper, "BINARY"):
			needs = append(needs, []string{"BINARY", "IMAP4REV2"})
		case upper == "EMAILID", upper == "THREADID":
			needs = append(needs, []string{"OBJECTID"})
		case upper == "PREVIEW", upper == "SAVEDATE":
			needs = append(needs, []string{upper})
		case strings.Contains(upper, "HEADER.FIELDS"):
			upper = strings.ReplaceAll(strings.ReplaceAll(upper, "(", " ("), ",", " ")
		}
		list = append(list, upper)
	}
	return "(" + strings.Join(list, " ") + ")" + after, needs
}

// append stores a message (RFC 9051, section 6.3.12).
func (c *client) append(args []string, claim *harness.Claim) error {
	line := text("APPEND ").and(boxText(args[0])).and(text(" "))
	if flags := args[2:]; len(flags) > 0 {
		line = line.and(text("(" + strings.Join(flags, " ") + ") "))
	}
	c.known.filling = canonicalName(args[0])
	err := c.command(line.and(clientLine{"", args[1], ""}), claim)
	c.known.filling = ""
	claim.Text = strings.Join(c.known.asked, ", ")
	return err
}

func stores(verb string) func(*client, []string, *harness.Claim) error {
	return func(c *client, args []string, claim *harness.Claim) error {
		if c.known.readOnly && !c.has("client-expunges-read-only") {
			return errReadOnly
		}
		since := ""
		if n, ok := strings.CutPrefix(args[1], "unchangedsince:"); ok && len(args) > 2 {
			if err := c.need("CONDSTORE", "QRESYNC"); err != nil {
				return err
			}
			since, args = " (UNCHANGEDSINCE "+n+")", slices.Delete(slices.Clone(args), 1, 2)
		}
		for _, flags := range c.flagPieces(args[1], args[2:]) {
			if err := c.each(verb, args[0], text(since+" "+strings.ToUpper(args[1])+" ("+strings.Join(flags, " ")+")"), claim); err != nil {
				return err
			}
		}
		return nil
	}
}

// flagPieces cuts flags that are added or removed, and are too many for one
// command.
func (c *client) flagPieces(op string, flags []string) (out [][]string) {
	if op == "" || op[0] != '+' && op[0] != '-' || c.has("client-many-flags") || len(flags) == 0 {
		return [][]string{flags}
	}
	for len(flags) > 0 {
		n, size := 0, 0
		for n < len(flags) && size < maxCommandLine/2 {
			size += len(flags[n]) + 1
			n++
		}
		out = append(out, flags[:n])
		flags = flags[n:]
	}
	return out
}

// copies makes a call of COPY or, where the mailbox may be changed and the server
// offers it, MOVE.
func copies(verb string) func(*client, []string, *harness.Claim) error {
	return func(c *client, args []string, claim *harness.Claim) error {
		if strings.HasSuffix(verb, "MOVE") {
			if c.known.readOnly {
				return errReadOnly
			}
			if err := c.need("MOVE", "IMAP4REV2"); err != nil {
				return err
			}
		}
		err := c.each(verb, args[0], text(" ").and(boxText(args[1])), claim)
		claim.Text = strings.Join(c.known.asked, ", ")
		return err
	}
}

// expunge removes what is marked: of a mailbox that is not open read-only (RFC
// 2683, section 3.3.2).
func (c *client) expunge(args []string, claim *harness.Claim) error {
	if c.known.readOnly && !c.has("client-expunges-read-only") {
		return errReadOnly
	}
	if len(args) == 0 {
		return c.command(text("EXPUNGE"), claim)
	}
	if err := c.need("UIDPLUS", "IMAP4REV2"); err != nil {
		return err
	}
	return c.each("UID EXPUNGE", args[0], text(""), claim)
}

// searches makes a call of SEARCH; strings that are no ASCII are literals in
// UTF-8.
func searches(verb string) func(*client, []string, *harness.Claim) error {
	return func(c *client, args []string, claim *harness.Claim) error {
		line := text(verb)
		if len(args) > 0 && strings.HasPrefix(args[0], "return:") {
			if err := c.maySearch(args[0]); err != nil {
				return err
			}
			line = line.and(text(" RETURN (" + strings.ToUpper(strings.ReplaceAll(args[0][len("return:"):], ",", " ")) + ")"))
			args = args[1:]
		}
		if !isASCII(strings.Join(args, "")) {
			line = line.and(text(" CHARSET UTF-8"))
		}
		if len(args) == 0 {
			args = []string{"all"}
		}
		value := 0 // how many of the next words are strings
		for _, a := range args {
			line = line.and(text(" "))
			if value > 0 {
				value--
				line = line.and(quotedText(a))
				continue
			}
			line = line.and(text(strings.ToUpper(a)))
			value = searchStrings(strings.ToUpper(a))
		}
		if !c.has("client-mixes-searches") {
			c.known.found = nil
		}
		err := c.command(line, claim)
		claim.Text = strings.TrimSpace("all " + numbers(c.known.found) + " " + strings.Join(c.known.asked, ", "))
		return err
	}
}

// maySearch reports an error if the server has not what the result options of a
// search need (RFC 4731, section 3; RFC 5182, section 2).
func (c *client) maySearch(options string) error {
	err := c.need("ESEARCH", "IMAP4REV2")
	if err == nil && strings.Contains(options, "save") {
		err = c.need("SEARCHRES", "IMAP4REV2")
	}
	return err
}

// searchStrings is how many strings follow a search key.
func searchStrings(key string) int {
	switch key {
	case "HEADER":
		return 2
	case "FROM", "TO", "CC", "BCC", "SUBJECT", "BODY", "TEXT":
		return 1
	}
	return 0
}
