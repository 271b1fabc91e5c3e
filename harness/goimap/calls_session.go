package goimap

import (
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"

	"github.com/imapfuzz/imapfuzz/harness"
)

// sessionVerbs are the calls that connect, log in, look at the client, and end.
func sessionVerbs() []verb {
	return []verb{
		{name: "connect", usage: "nothing", when: anyhow, examples: []string{"connect"}, do: connect},
		{name: "starttls", usage: "nothing", when: anyhow, examples: []string{"starttls"}, do: startTLS},
		{name: "greeting", usage: "nothing", when: anyhow, examples: []string{"greeting"},
			do: func(d *driver, _ []string, _ *harness.Claim) error { return d.ready() }},
		{name: "caps", usage: "nothing", when: anyhow, examples: []string{"caps"}, do: cachedCaps},
		{name: "capability", usage: "nothing", examples: []string{"capability"}, do: capability},
		{name: "noop", usage: "nothing", examples: []string{"noop"},
			do: plain(func(c *imapclient.Client, _ []string) *imapclient.Command { return c.Noop() })},
		{name: "login", usage: "USER PASSWORD", min: 2, max: 2, examples: []string{"login test test", `login "t\u00e9st" "a b"`}, do: login},
		{name: "authenticate", usage: "USER PASSWORD", min: 2, max: 2, examples: []string{"authenticate test test"}, do: authenticate},
		{name: "unauthenticate", usage: "nothing", examples: []string{"unauthenticate"}, do: unauthenticate},
		{name: "enable", usage: "CAPABILITY...", min: 1, max: -1, examples: []string{"enable IMAP4rev2", "enable UTF8=ACCEPT METADATA"}, do: enable},
		{name: "idle", usage: "nothing", examples: []string{"idle"}, do: startIdle},
		{name: "done", usage: "nothing", when: anyhow, examples: []string{"done"}, do: endIdle},
		{name: "logout", usage: "nothing", examples: []string{"logout"},
			do: plain(func(c *imapclient.Client, _ []string) *imapclient.Command { return c.Logout() })},
		{name: "mailbox", usage: "nothing", when: now, examples: []string{"mailbox"}, do: mailbox},
		{name: "state", usage: "nothing", when: now, examples: []string{"state"}, do: state},
		{name: "unilateral", usage: "nothing", when: now, examples: []string{"unilateral"}, do: unilateralCounts},
		{name: "close", usage: "nothing", when: now, blocks: true, examples: []string{"close"}, do: closeNow},
	}
}

// unilateral counts what the server told unasked.
type unilateral struct {
	expunge, mailbox, fetch, metadata atomic.Int64
}

// options are the options of every client: handlers that count, and take all
// the data that they are given.
func (d *driver) options() *imapclient.Options {
	return &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Expunge: func(uint32) { d.seen.expunge.Add(1) },
		Mailbox: func(*imapclient.UnilateralDataMailbox) { d.seen.mailbox.Add(1) },
		Fetch: func(msg *imapclient.FetchMessageData) {
			d.seen.fetch.Add(1)
			for msg.Next() != nil { // Next reads what is left of the item before
			}
		},
		Metadata: func(string, []string) { d.seen.metadata.Add(1) },
	}}
}

// plain makes a call of a command that has no result but its completion.
func plain(begin func(c *imapclient.Client, args []string) *imapclient.Command) func(*driver, []string, *harness.Claim) error {
	return func(d *driver, args []string, _ *harness.Claim) error {
		return begin(d.client.Load(), args).Wait()
	}
}

func connect(d *driver, _ []string, _ *harness.Claim) error { return d.connect() }

// startTLS makes a client that begins with STARTTLS (RFC 9051, section 6.2.1).
// imapclient sends it before it has seen the greeting.
//
// From the server's OK until the end of the handshake two goroutines of
// imapclient want one lock of crypto/tls, and if the greeting or the OK told no
// capabilities, a third waits for imapclient's own: a bubble is never quiet
// meanwhile, so whoever plays the server must go on without waiting for that.
func startTLS(d *driver, _ []string, _ *harness.Claim) error {
	if d.client.Load() != nil || d.dead != nil {
		return errNotFirst
	}
	o := d.options()
	o.TLSConfig = harness.ClientTLS()
	c, err := imapclient.NewStartTLS(d.conn, o)
	if err != nil {
		d.dead = fmt.Errorf("no client: starttls failed: %w", err)
		return err
	}
	d.client.Store(c)
	d.greeted = true
	return nil
}

// cachedCaps asks the client, not the server; if the client does not know, it
// asks the server, and gives up after 30 seconds.
func cachedCaps(d *driver, _ []string, claim *harness.Claim) error {
	if err := d.connect(); err != nil {
		return err
	}
	claim.Caps = sortedCaps(d.client.Load().Caps())
	return nil
}

func capability(d *driver, _ []string, claim *harness.Claim) error {
	caps, err := d.client.Load().Capability().Wait()
	claim.Caps = sortedCaps(caps)
	return err
}

func sortedCaps(set imap.CapSet) []string {
	var out []string
	for c := range set {
		out = append(out, string(c))
	}
	slices.Sort(out)
	return out
}

func login(d *driver, args []string, _ *harness.Claim) error {
	cmd := d.client.Load().Login(args[0], args[1])
	before, _ := d.conn.written()
	return d.settled(cmd.Wait(), before)
}

// authenticate logs in with SASL PLAIN (RFC 9051, section 6.2.2).
func authenticate(d *driver, args []string, _ *harness.Claim) error {
	err := d.client.Load().Authenticate(sasl.NewPlainClient("", args[0], args[1]))
	_, before := d.conn.written()
	return d.settled(err, before)
}

func unauthenticate(d *driver, _ []string, _ *harness.Claim) error {
	cmd := d.client.Load().Unauthenticate()
	before, _ := d.conn.written()
	return d.settled(cmd.Wait(), before)
}

// settled lets the client ask for the capabilities of the state into which a
// successful command has put it.
func (d *driver) settled(err error, before int) error {
	if err == nil {
		d.settle(before)
	}
	return err
}

func enable(d *driver, args []string, claim *harness.Claim) error {
	var caps []imap.Cap
	for _, a := range args {
		caps = append(caps, imap.Cap(a))
	}
	data, err := d.client.Load().Enable(caps...).Wait()
	if data != nil {
		claim.Text = fmt.Sprintf("enabled %q", sortedCaps(data.Caps))
	}
	return err
}

// startIdle returns when IDLE is running (RFC 9051, section 6.3.13). imapclient
// begins it anew every 28 minutes.
func startIdle(d *driver, _ []string, _ *harness.Claim) error {
	cmd, err := d.client.Load().Idle()
	if err == nil {
		d.idle = cmd
	}
	return err
}

func endIdle(d *driver, _ []string, _ *harness.Claim) error {
	if d.idle == nil {
		return errNotIdle
	}
	cmd := d.idle
	d.idle = nil
	if err := cmd.Close(); err != nil {
		return err
	}
	return cmd.Wait()
}

// mailbox reports what the client takes the selected mailbox to be; the number
// of messages comes first.
func mailbox(d *driver, _ []string, claim *harness.Claim) error {
	claim.Text = "none"
	c := d.client.Load()
	if c == nil {
		return nil
	}
	if m := c.Mailbox(); m != nil {
		claim.Text = fmt.Sprintf("%d messages in %q", m.NumMessages, m.Name)
	}
	return nil
}

func state(d *driver, _ []string, claim *harness.Claim) error {
	s := imap.ConnStateNone
	if c := d.client.Load(); c != nil {
		s = c.State()
	}
	claim.Text = s.String()
	return nil
}

func unilateralCounts(d *driver, _ []string, claim *harness.Claim) error {
	claim.Text = fmt.Sprintf("%d expunge, %d mailbox, %d fetch, %d metadata",
		d.seen.expunge.Load(), d.seen.mailbox.Load(), d.seen.fetch.Load(), d.seen.metadata.Load())
	return nil
}

func closeNow(d *driver, _ []string, _ *harness.Claim) error {
	d.closing.Store(true)
	return d.close()
}
