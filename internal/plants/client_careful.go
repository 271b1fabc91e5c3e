package plants

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// carefulCalls are what a mail program makes of several commands, as RFC 2683 and
// RFC 4549 advise. Go-imap's client, a library, has none of them.
func carefulCalls() []clientCall {
	sel := imapwire.Selected
	return []clientCall{
		{name: "save", args: 2, states: loggedIn, examples: []string{`save drafts "Subject: x\r\n\r\ny\r\n"`}, do: (*client).save},
		{name: "file", args: 2, states: sel, examples: []string{"file 1 archive"}, do: (*client).file},
		{name: "show", args: 2, states: sel, examples: []string{"show 1:3 flags"}, do: (*client).show},
		{name: "remember", states: sel, examples: []string{"remember"}, do: (*client).remember},
		{name: "mark", args: 1, states: sel, examples: []string{`mark \Deleted`}, do: (*client).mark},
		{name: "cache", examples: []string{"cache"}, do: (*client).tellCache},
		{name: "purge", args: 1, states: loggedIn, examples: []string{"purge work"}, do: (*client).purge},
		{name: "tree", states: loggedIn, examples: []string{"tree"}, do: (*client).tree},
		{name: "download", args: 2, states: sel, examples: []string{"download 1 100"}, do: (*client).download},
		{name: "secure", args: 2, states: imapwire.NotAuthenticated | loggedIn, examples: []string{"secure test test"}, do: (*client).secure},
	}
}

// created does what begin does, and, if that fails for want of a mailbox that may
// be created, creates it and does it again, once (RFC 9051, section 6.3.12).
func (c *client) created(box string, claim *harness.Claim, begin func() error) error {
	err := begin()
	if !hasCode(err, "TRYCREATE") && (err == nil || !c.has("client-always-creates")) {
		if err != nil && c.has("client-resends") {
			return begin()
		}
		return err
	}
	err = c.create([]string{box}, claim)
	if err != nil && c.has("client-insists") {
		err = c.create([]string{box}, claim)
	}
	if err != nil && !hasCode(err, "ALREADYEXISTS") {
		return err
	}
	return begin()
}

// save is append into a mailbox that may have to be created.
func (c *client) save(args []string, claim *harness.Claim) error {
	return c.created(args[0], claim, func() error { return c.append(args, claim) })
}

// file moves messages into a mailbox that may have to be created. If the server
// has no MOVE the originals are marked, only once the copy is confirmed, and not
// expunged (RFC 4549, section 5.1).
func (c *client) file(args []string, claim *harness.Claim) error {
	if c.known.readOnly {
		return errReadOnly
	}
	verb := "MOVE"
	switch err := c.need("MOVE", "IMAP4REV2"); {
	case errors.Is(err, errNotOffered):
		verb = "COPY"
	case err != nil:
		return err
	}
	err := c.created(args[1], claim, func() error { return copies(verb)(c, args, claim) })
	if err != nil && !c.has("client-moves-blindly") || verb == "MOVE" {
		return err
	}
	return stores("STORE")(c, []string{args[0], "+flags.silent", `\Deleted`}, claim)
}

// show is fetch; if it brings nothing of a message that was asked for, NOOP lets
// the server tell what has gone (RFC 2180, section 4.1).
func (c *client) show(args []string, claim *harness.Claim) error {
	set, err := imapwire.ParseSet([]byte(args[0]))
	if err != nil {
		return err
	}
	exists := c.known.exists
	err = fetches("FETCH")(c, args, claim)
	if c.err != nil {
		return err
	}
	missing := 0
	for n := uint32(1); n <= min(exists, maxSeen); n++ {
		if set.Contains(n, exists) && !c.known.seen[n] {
			missing++
		}
	}
	if missing == 0 {
		return err
	}
	if c.repeats(err) {
		return fetches("FETCH")(c, args, claim)
	}
	if noop := c.command(text("NOOP"), claim); noop != nil {
		return noop
	}
	claim.Text += fmt.Sprintf(", %d missing", missing)
	return err
}

// remember notes the UIDs of the mailbox.
func (c *client) remember(_ []string, claim *harness.Claim) error {
	if c.known.validity == 0 {
		return errors.New("the server does not keep UIDs") // RFC 9051, section 6.3.2
	}
	if err := fetches("UID FETCH")(c, []string{"1:*", "uid"}, claim); err != nil {
		return err
	}
	if c.known.box == "" || c.known.validity == 0 {
		return errState
	}
	c.cache[c.known.box] = &cached{validity: c.known.validity, uids: slices.Clone(c.known.uids)}
	return nil
}

// mark sets flags of the remembered messages: never by UIDs of another
// UIDVALIDITY (RFC 4549, section 4.1).
func (c *client) mark(args []string, claim *harness.Claim) error {
	m := c.cache[c.known.box]
	for _, box := range c.remembered() {
		if c.has("client-one-cache") {
			m = c.cache[box]
		}
	}
	if m == nil || m.validity != c.known.validity && !c.has("client-keeps-uids") || len(m.uids) == 0 {
		delete(c.cache, c.known.box)
		return errors.New("nothing is remembered of this mailbox")
	}
	return stores("UID STORE")(c, append([]string{uidSet(m.uids), "+flags.silent"}, args...), claim)
}

// tellCache reports what is remembered.
func (c *client) tellCache(_ []string, claim *harness.Claim) error {
	var out []string
	for _, box := range c.remembered() {
		out = append(out, fmt.Sprintf("%d in %q", len(c.cache[box].uids), box))
	}
	claim.Text = strings.Join(out, ", ")
	return nil
}

// purge deletes a mailbox; one that the server does not delete with messages in it
// is emptied first (RFC 2683, section 3.4.12).
func (c *client) purge(args []string, claim *harness.Claim) error {
	err := c.remove(args, claim)
	var no *statusError
	if !errors.As(err, &no) || no.status != imapwire.NO || no.code == "NONEXISTENT" || c.has("client-stops-purging") {
		return err
	}
	if err := selects("SELECT")(c, args[:1], claim); err != nil {
		return err
	}
	if c.known.readOnly {
		return errReadOnly
	}
	if c.known.exists > 0 {
		if err := stores("STORE")(c, []string{"1:*", "+flags.silent", `\Deleted`}, claim); err != nil {
			return err
		}
	}
	if err := c.closeMailbox(nil, claim); err != nil {
		return err
	}
	return c.remove(args, claim)
}

// tree lists the hierarchy level by level, not all at once, and not below what it
// has seen, nor deeper than anybody means (RFC 2683, section 3.2.1.1).
func (c *client) tree(_ []string, claim *harness.Claim) error {
	switch {
	case c.has("client-lists-all"):
		return c.command(text(`LIST "" *`), claim)
	case c.has("client-reference"):
		return c.command(text(`LIST ~/ %`), claim)
	}
	level := []string{""}
	seen := make(map[string]bool)
	for depth := 0; (depth < maxDepth || c.has("client-bottomless")) && len(level) > 0 && len(seen) < 1000; depth++ {
		var next []string
		for _, above := range level {
			if err := c.command(text(`LIST "" `).and(quotedText(imapwire.EncodeUTF7(above)+"%")), claim); err != nil {
				return err
			}
			for _, name := range c.known.asked {
				if !seen[name] && !c.marked(name, `\noinferiors`) && !c.marked(name, `\hasnochildren`) {
					next = append(next, name+"/")
				}
				seen[name] = true
			}
		}
		level = next
	}
	claim.Text = fmt.Sprintf("%d mailboxes", len(seen))
	return nil
}

// download fetches a message piece by piece, the first octet being 0 (RFC 2683,
// section 3.2.1.3, and its erratum), until a piece is short.
func (c *client) download(args []string, claim *harness.Claim) error {
	size, err := strconv.ParseUint(args[1], 10, 31)
	if err != nil || size == 0 {
		return errUsage
	}
	if c.has("client-partial") {
		return c.command(text("PARTIAL "+args[0]+" RFC822 1 "+args[1]), claim)
	}
	total := uint64(0)
	for range maxPieces {
		before := len(claim.Bodies)
		if err := c.command(text(fmt.Sprintf("FETCH %s BODY.PEEK[]<%d.%d>", args[0], total, size)), claim); err != nil {
			return err
		}
		got := uint64(0)
		for _, b := range claim.Bodies[before:] {
			got += uint64(b.Got)
		}
		if total += got; got < size {
			claim.Text = fmt.Sprintf("%d octets", total)
			return nil
		}
		if c.has("client-skips-octet") {
			total++
		}
	}
	return errTooLong
}

// maxPieces is in how many pieces a message is fetched at most.
const maxPieces = 1000

// secure logs in inside TLS or not at all (RFC 9051, section 11.1).
func (c *client) secure(args []string, claim *harness.Claim) error {
	if c.conn == c.raw {
		if c.known.phase != imapwire.NotAuthenticated {
			return c.fail(errors.New("the server skips the login, so that there is no TLS")) // RFC 9051, section 7.1.4
		}
		if err := c.need("STARTTLS"); err != nil {
			return err
		}
		if err := c.startTLS(); err != nil {
			return err
		}
	}
	if err := c.need("AUTH=PLAIN", "IMAP4REV1", "IMAP4REV2"); err != nil {
		return err
	}
	return c.login(args, claim)
}
