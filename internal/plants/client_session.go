package plants

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// sessionCalls are the calls that connect, log in, look at the client, and end.
func sessionCalls() []clientCall {
	nothing := func(*client, []string, *harness.Claim) error { return nil }
	return []clientCall{
		{name: "connect", examples: []string{"connect"}, do: nothing},
		{name: "greeting", examples: []string{"greeting"}, do: nothing},
		{name: "caps", examples: []string{"caps"}, do: func(c *client, _ []string, claim *harness.Claim) error { return c.cachedCaps(claim) }},
		{name: "capability", examples: []string{"capability"}, do: func(c *client, _ []string, claim *harness.Claim) error { return c.ask(claim) }},
		{name: "starttls", examples: []string{"starttls"}, do: func(c *client, _ []string, _ *harness.Claim) error { return c.startTLS() }},
		{name: "login", args: 2, states: imapwire.NotAuthenticated, examples: []string{"login test test", `login "t\u00e9st" "a b"`}, do: (*client).login},
		{name: "authenticate", args: 2, states: imapwire.NotAuthenticated, examples: []string{"authenticate test test"}, do: (*client).authenticate},
		{name: "enable", args: 1, states: imapwire.Authenticated, examples: []string{"enable IMAP4rev2", "enable QRESYNC"}, do: (*client).enable},
		{name: "id", examples: []string{"id"}, do: (*client).id},
		{name: "noop", examples: []string{"noop"}, do: plainCall("NOOP")},
		{name: "idle", states: loggedIn, examples: []string{"idle"}, do: func(c *client, _ []string, _ *harness.Claim) error { return c.startIdle() }},
		{name: "done", examples: []string{"done"}, do: func(c *client, _ []string, claim *harness.Claim) error { return c.endIdle(claim) }},
		{name: "state", examples: []string{"state"}, do: (*client).state},
		{name: "mailbox", examples: []string{"mailbox"}, do: (*client).mailbox},
		{name: "unilateral", examples: []string{"unilateral"}, do: (*client).unilateral},
		{name: "logout", examples: []string{"logout"}, do: (*client).logout},
		{name: "close", examples: []string{"close"}, do: nothing}, // done before all others
	}
}

// plainCall is a command without arguments or result.
func plainCall(line string) func(*client, []string, *harness.Claim) error {
	return func(c *client, _ []string, claim *harness.Claim) error {
		if err := c.speaks(); err != nil {
			return err
		}
		err := c.command(text(line), claim)
		if c.has("client-private") && err == nil {
			return c.command(text("XPING"), claim)
		}
		return err
	}
}

// login is LOGIN, which a server that disables it is spared (RFC 9051, section
// 6.2.3).
func (c *client) login(args []string, claim *harness.Claim) error {
	if err := c.mayLogin(); err != nil {
		return err
	}
	if c.has("client-7bit") {
		args = []string{sevenBit(args[0]), sevenBit(args[1])}
	}
	if c.offers("LOGINDISABLED") && !c.has("client-login-disabled") {
		return errors.New("the server has disabled LOGIN")
	}
	return c.loggedIn(c.command(text("LOGIN ").and(quotedText(args[0])).and(text(" ")).and(quotedText(args[1])), claim), claim)
}

func (c *client) mayLogin() error {
	if c.idling != "" {
		return errIdling
	}
	if err := c.heed(); err != nil {
		return err
	}
	return c.speaks()
}

// loggedIn notes that a login has succeeded: what the server offered before is
// not believed any more, unless it said so with the completion (RFC 9051, section
// 7.2.2).
func (c *client) loggedIn(err error, claim *harness.Claim) error {
	if err != nil {
		return err
	}
	c.known.phase = imapwire.Authenticated
	if !c.known.told && !c.has("client-keeps-after-login") {
		c.caps = nil
	}
	return nil
}

// authenticate is AUTHENTICATE with PLAIN (RFC 4616), in one go if the server can
// (RFC 4959).
func (c *client) authenticate(args []string, claim *harness.Claim) error {
	if err := c.mayLogin(); err != nil {
		return err
	}
	if strings.Contains(args[0]+args[1], "\x00") {
		return errNoText
	}
	secret := base64.StdEncoding.EncodeToString([]byte("\x00" + args[0] + "\x00" + args[1]))
	if c.caps == nil && !c.has("client-assumes") {
		if err := c.ask(discarded()); err != nil {
			return err
		}
	}
	if c.offers("SASL-IR") || c.has("client-assumes") {
		return c.loggedIn(c.command(text("AUTHENTICATE PLAIN "+secret), claim), claim)
	}
	tag, _, err := c.send(text("AUTHENTICATE PLAIN"), claim)
	if err != nil {
		return err
	}
	answered, err := c.asked(tag, claim)
	if answered || err != nil {
		return err
	}
	if err := c.write(secret + "\r\n"); err != nil {
		return err
	}
	return c.loggedIn(c.completion(tag, claim), claim)
}

// enable turns extensions on, before a mailbox is selected (RFC 5161, section
// 3.1).
func (c *client) enable(args []string, claim *harness.Claim) error {
	if err := c.need("ENABLE", "IMAP4REV2"); err != nil {
		return err
	}
	for _, a := range args {
		if !isWord(a) {
			return errUsage
		}
	}
	return c.command(text("ENABLE "+strings.Join(args, " ")), claim)
}

// isWord reports whether s can stand as an atom.
func isWord(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`(){%*"\]`, r) }) < 0
}

func (c *client) id(_ []string, claim *harness.Claim) error {
	if err := c.need("ID"); err != nil {
		return err
	}
	return c.command(text(`ID ("name" "imapfuzz")`), claim)
}

// cachedCaps returns the capabilities, and asks for them if they are not known.
func (c *client) cachedCaps(claim *harness.Claim) error {
	if c.caps == nil {
		return c.ask(claim)
	}
	claim.Caps = c.caps
	return nil
}

// startIdle begins IDLE if the server offers it (RFC 2177, section 3).
func (c *client) startIdle() error {
	if c.idling != "" {
		return errIdling
	}
	if err := c.need("IDLE", "IMAP4REV2"); err != nil && !c.has("client-idles-anyway") {
		return err
	}
	return c.idle()
}

func (c *client) state(_ []string, claim *harness.Claim) error {
	claim.Text = "none"
	if c.known.phase != 0 && c.err == nil {
		claim.Text = c.known.phase.String()
	}
	return nil
}

func (c *client) mailbox(_ []string, claim *harness.Claim) error {
	claim.Text = "none"
	if c.known.box != "" {
		claim.Text = fmt.Sprintf("%d messages in %q", c.known.exists, c.known.box)
	}
	return nil
}

func (c *client) unilateral(_ []string, claim *harness.Claim) error {
	claim.Text = fmt.Sprintf("%d expunge, %d mailbox, %d fetch, 0 metadata", c.known.expunges, c.known.mailboxes, c.known.fetches)
	return nil
}

// logout waits for the answer before it closes (RFC 9051, section 3.4).
func (c *client) logout(_ []string, claim *harness.Claim) error {
	if c.has("client-slams") {
		c.send(text("LOGOUT"), claim)
		c.fail(errClosed)
		return nil
	}
	err := c.command(text("LOGOUT"), claim)
	if err != errIdling {
		c.fail(errClosed)
	}
	return err
}
