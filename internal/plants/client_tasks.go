package plants

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

const (
	// overviewSize is how many messages are shown at once.
	overviewSize = 50

	// keepAlive is after how long a client that has nothing to do says so: RFC
	// 2683, section 3.1.2, has 25 minutes.
	keepAlive = 25 * time.Minute
)

// taskCalls are calls that leave to the client how they are done.
func taskCalls() []clientCall {
	sel := imapwire.Selected
	return []clientCall{
		{name: "news", states: sel, examples: []string{"news"}, do: (*client).news},
		{name: "below", args: 1, states: loggedIn, examples: []string{"below work"}, do: (*client).below},
		{name: "overview", states: sel, examples: []string{"overview"}, do: (*client).overview},
		{name: "read", args: 1, states: sel, examples: []string{"read 1"}, do: (*client).read},
		{name: "erase", args: 1, states: sel, examples: []string{"erase 1"}, do: (*client).erase},
		{name: "drop", args: 1, states: loggedIn, examples: []string{"drop work"}, do: (*client).drop},
		{name: "open", args: 1, states: loggedIn, examples: []string{"open work"}, do: selects("SELECT")},
		{name: "make", args: 1, states: loggedIn, examples: []string{"make work/new"}, do: (*client).create},
		{name: "unseen", states: sel, examples: []string{"unseen"}, do: (*client).unseen},
		{name: "subscribed", states: loggedIn, examples: []string{"subscribed"}, do: (*client).subscribed},
		{name: "rest", args: 1, states: loggedIn, examples: []string{"rest 1h"}, do: (*client).rest},
		{name: "quit", examples: []string{"quit"}, do: (*client).quit},
		{name: "together", args: 1, states: loggedIn, examples: []string{`together "search all" noop`}, do: (*client).together},
	}
}

// news looks for new mail in the selected mailbox, which tells of itself.
func (c *client) news(_ []string, claim *harness.Claim) error {
	line := text("STATUS ").and(boxText(c.known.box)).and(text(" (MESSAGES)"))
	switch {
	case c.has("client-status-selected"):
		return c.command(line, claim)
	case c.has("client-status-polls"):
		if err := c.command(line, claim); err != nil {
			return err
		}
		return c.command(line, claim)
	}
	return c.command(text("NOOP"), claim)
}

// below lists what is directly below a mailbox: without a reference (RFC 2683,
// section 3.4.9).
func (c *client) below(args []string, claim *harness.Claim) error {
	if c.known.delimiter == "" {
		if err := c.command(text(`LIST "" ""`), claim); err != nil {
			return err
		}
	}
	line := text(`LIST "" `).and(quotedText(imapwire.EncodeUTF7(args[0] + c.known.delimiter + "%")))
	switch {
	case c.has("client-reference-open"):
		line = text("LIST ").and(quotedText(imapwire.EncodeUTF7(args[0]))).and(text(" %"))
	case c.has("client-reference"):
		line = text("LIST ~/ %")
	}
	err := c.command(line, claim)
	claim.Text = fmt.Sprintf("%q", c.known.asked)
	return err
}

// overview fetches what is shown first of the selected mailbox (RFC 2683, section
// 3.2.1.2).
func (c *client) overview(_ []string, claim *harness.Claim) error {
	n := c.known.exists
	switch {
	case c.has("client-fetches-all"):
		return c.command(text("FETCH 1:* ALL"), claim)
	case n == 0:
		return nil
	}
	return c.command(text(fmt.Sprintf("FETCH %d:%d (FLAGS ENVELOPE)", max(n, overviewSize)-overviewSize+1, n)), claim)
}

// read fetches the first part of a message (RFC 2683, section 3.2.1.4).
func (c *client) read(args []string, claim *harness.Claim) error {
	fetch := fetches("FETCH")
	if c.has("client-whole-message") {
		return fetch(c, []string{args[0], "body[]"}, claim)
	}
	if err := fetch(c, []string{args[0], "bodystructure"}, claim); err != nil {
		return err
	}
	return fetch(c, []string{args[0], "body.peek[1]"}, claim)
}

// erase makes messages go for good: no end of a session does it (RFC 2683, section
// 3.1.2).
func (c *client) erase(args []string, claim *harness.Claim) error {
	err := stores("STORE")(c, []string{args[0], "+flags.silent", `\Deleted`}, claim)
	if err != nil || c.has("client-forgets-expunge") {
		return err
	}
	return c.expunge(nil, claim)
}

// drop deletes a mailbox, and closes it first if it is selected (RFC 2683, section
// 3.4.12).
func (c *client) drop(args []string, claim *harness.Claim) error {
	if canonicalName(args[0]) == c.known.box && !c.has("client-deletes-selected") {
		var err error
		switch {
		case c.has("client-probes"):
			err = c.command(text("UNSELECT"), claim)
		case c.offers("UNSELECT") || c.offers("IMAP4REV2"):
			err = c.unselect(nil, claim)
		default:
			err = c.closeMailbox(nil, claim)
		}
		if err != nil {
			return err
		}
		c.deselected()
	}
	return c.command(text("DELETE ").and(boxText(args[0])), claim)
}

// unseen looks for what is unseen if SELECT did not tell where it begins (RFC 2683,
// section 3.2.1.2).
func (c *client) unseen(_ []string, claim *harness.Claim) error {
	switch {
	case c.known.unseen:
		return nil
	case c.has("client-fetches-flags"):
		return fetches("FETCH")(c, []string{"1:*", "flags"}, claim)
	}
	return searches("SEARCH")(c, []string{"unseen"}, claim)
}

// subscribed lists what is subscribed (RFC 2683, section 3.2.2).
func (c *client) subscribed(_ []string, claim *harness.Claim) error {
	if c.has("client-lists-unsubscribed") {
		return c.command(text(`LIST "" %`), claim)
	}
	return c.command(text(`LSUB "" *`), claim)
}

// rest stays connected for as long as the call says.
func (c *client) rest(args []string, claim *harness.Claim) error {
	left, err := time.ParseDuration(args[0])
	if err != nil {
		return err
	}
	if c.idling != "" {
		return errIdling // who waits for other calls begins IDLE anew: RFC 9051, section 6.3.13
	}
	every := keepAlive
	if c.has("client-polls") {
		every = time.Minute
	}
	for ; left > 0; left -= every {
		t := time.NewTimer(min(every, left))
		select {
		case <-t.C:
		case <-c.ctx.Done():
			t.Stop()
			return c.ctx.Err()
		}
		if err := c.command(text("NOOP"), claim); err != nil {
			return err
		}
	}
	return nil
}

// quit ends the session as it should be ended.
func (c *client) quit(_ []string, claim *harness.Claim) error {
	if c.has("client-hangs-up") {
		c.fail(errClosed)
		return nil
	}
	return c.logout(nil, claim)
}

// together sends several commands and waits for none before the next, unless a
// number of a message could mean another by then (RFC 9051, section 5.5).
func (c *client) together(calls []string, claim *harness.Claim) error {
	var first error
	var tags, each []string
	unsure := false // a command that may bring EXPUNGE is in progress
	wait := func() {
		for _, tag := range tags {
			err := c.completion(tag, claim)
			if each = append(each, "done"); err != nil {
				each[len(each)-1] = "failed"
			}
			if first == nil {
				first = err
			}
		}
		tags, unsure = nil, false
	}
	if c.idling != "" {
		return errIdling
	}
	for _, call := range calls {
		words, err := callWords(call)
		if err != nil || len(words) == 0 {
			return errUsage
		}
		line, numbered := pipelined(words)
		if line == nil {
			return errUsage
		}
		if unsure && numbered && !c.has("client-ambiguous") {
			wait()
		}
		tag, _, err := c.send(line, claim)
		if err != nil {
			return err
		}
		tags = append(tags, tag)
		unsure = unsure || !slices.Contains([]string{"fetch", "store", "search"}, words[0])
	}
	wait()
	claim.Text = strings.Join(each, ", ")
	return first
}

// pipelined is the command of a call that can be made with others, and whether it
// names messages by their numbers; nil if there is none.
func pipelined(words []string) (line clientLine, numbered bool) {
	switch args := words[1:]; {
	case words[0] == "noop":
		return text("NOOP"), false
	case words[0] == "search" && len(args) > 0:
		all := strings.ToUpper(strings.Join(args, " "))
		return text("SEARCH " + all), strings.ContainsAny(all, "0123456789*")
	case words[0] == "fetch" && len(args) > 1:
		items, _ := fetchWords(args[1:])
		return text("FETCH " + args[0] + " " + items), true
	case words[0] == "store" && len(args) > 2:
		return text("STORE " + args[0] + " " + strings.ToUpper(args[1]) + " (" + strings.Join(args[2:], " ") + ")"), true
	}
	return nil, false
}
