package plants

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

const (
	// replyTime is how long the client waits for the next byte of a reply.
	replyTime = 5 * time.Minute

	// idleTime is after how long it begins IDLE anew: RFC 9051, section 6.3.13,
	// advises less than 29 minutes.
	idleTime = 28 * time.Minute
)

// Client returns the client with the given defects as a target, or its clean
// twin if there are none. It panics if there is no defect of a name.
//
// It does one call at a time, in the goroutine of Drive; what it can do is
// listed at [clientCalls]. While IDLE runs it also reads what comes, and begins
// IDLE anew before half an hour is over. When there are no more calls, or ctx is
// done, it closes the connection, which ends the call that waits: logging out is
// a call.
func Client(bugs ...string) *harness.Client {
	check(bugs)
	return &harness.Client{
		Name:     "planted client",
		Calls:    exampleCalls(),
		Peer:     Server(),
		Packages: packages,
		Drive: func(ctx context.Context, conn net.Conn) error {
			c := &client{bugs: bugs, ctx: ctx, raw: conn, conn: conn, in: bufio.NewReader(conn), cache: make(map[string]*cached), done: make(map[string]reply)}
			return c.drive()
		},
	}
}

// A client is one connection.
type client struct {
	bugs []string
	ctx  context.Context
	raw  net.Conn
	conn net.Conn // raw, or TLS on it
	in   *bufio.Reader

	tags    int
	greeted bool
	caps    []string // nil if they are not known
	idling  string   // tag of the IDLE that runs
	renew   time.Time
	ending  bool             // the end of an IDLE is waited for
	done    map[string]reply // completions that nobody has waited for yet, by tag
	known   clientState
	boxes   map[string]string  // attributes of mailboxes that LIST told, by name
	cache   map[string]*cached // what is remembered by UID, by mailbox
	alerts  []string           // that nobody has been shown
	spoiled error              // why a defect takes the command that runs for failed
	sulking bool               // a defect's: no call is done any more
	early   bool               // a completion that is not read yet was claimed: a defect's
	err     error              // why nothing more can be done
	first   error              // of the calls
}

func (c *client) has(bug string) bool { return slices.Contains(c.bugs, bug) }

// drive makes the calls of the case, and closes the connection.
func (c *client) drive() error {
	defer c.raw.Close()
	if !c.has("client-deaf") {
		stop := context.AfterFunc(c.ctx, func() { c.raw.Close() })
		defer stop()
	}
	if c.has("client-leaks") {
		go func() { <-make(chan struct{}) }()
	}
	for {
		call, ok := c.next(harness.Calls(c.ctx))
		if !ok {
			break
		}
		claim := harness.Claim{Call: call}
		claim.Err = c.guard(func() error { return c.call(call, &claim) })
		claim.Text = strings.TrimSpace(claim.Text + " " + c.shown())
		harness.Report(c.ctx, claim)
		if c.early {
			c.early = false
			c.response()
		}
		if c.first == nil {
			c.first = claim.Err
		}
	}
	return c.first
}

// shown returns the alerts that the user has not seen (RFC 9051, section 7.1).
func (c *client) shown() string {
	var out []string
	for _, a := range c.alerts {
		out = append(out, "alert: "+a)
	}
	c.alerts = nil
	return strings.Join(out, ", ")
}

// guard is how the defect "client-panic-returned" turns a panic into an error.
func (c *client) guard(call func() error) (err error) {
	if c.has("client-panic-returned") {
		defer func() {
			if v := recover(); v != nil {
				err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
			}
		}()
	}
	return call()
}

// fail closes the connection; later calls return err.
func (c *client) fail(err error) error {
	if c.err == nil {
		c.err = err
		c.raw.Close()
	}
	return err
}

// greeting waits for the greeting, once.
func (c *client) greeting() error {
	if c.err != nil || c.greeted {
		return c.err
	}
	r, err := c.response()
	if err != nil {
		return c.fail(err)
	}
	c.greeted = true
	switch {
	case r.Type == imapwire.Untagged && r.Status == imapwire.OK:
		c.known.phase = imapwire.NotAuthenticated
	case r.Type == imapwire.Untagged && r.Status == imapwire.PREAUTH:
		c.known.phase = imapwire.Authenticated
	case c.has("client-any-greeting"):
		c.known.phase = imapwire.NotAuthenticated
	default:
		return c.fail(errors.New("the server does not greet: " + string(r.Text)))
	}
	return nil
}

// ask asks for the capabilities.
func (c *client) ask(claim *harness.Claim) error {
	err := c.command(text("CAPABILITY"), claim)
	claim.Caps = c.caps
	return err
}

// startTLS goes on inside TLS. What it was told before, and what came in
// plaintext behind the completion, is forgotten (RFC 3501, section 6.2.1).
func (c *client) startTLS() error {
	if c.known.phase != imapwire.NotAuthenticated && !c.has("client-takes-preauth") {
		return c.fail(errors.New("the server skips the login, so that there is no TLS")) // RFC 9051, section 7.1.4
	}
	line := text("STARTTLS")
	if c.has("client-pipelines-starttls") {
		line = text("STARTTLS\r\nT99 CAPABILITY")
	}
	if err := c.command(line, new(harness.Claim)); err != nil {
		if !c.has("client-falls-back") && !c.has("client-takes-preauth") {
			c.fail(err) // there is to be no session in clear: RFC 9051, section 11.1
		}
		return err
	}
	c.raw.SetDeadline(time.Now().Add(replyTime))
	var left []byte
	if c.has("client-keeps-plaintext") {
		left, _ = c.in.Peek(c.in.Buffered())
		left = slices.Clone(left)
	}
	conn := tls.Client(c.raw, harness.ClientTLS())
	if err := conn.Handshake(); err != nil {
		return c.fail(err)
	}
	c.conn = conn
	c.in = bufio.NewReader(&after{left, conn})
	if !c.has("client-keeps-capabilities") {
		c.caps, c.boxes, c.alerts = nil, nil, nil
	}
	return nil
}

// after reads what is left, and then from conn.
type after struct {
	left []byte
	conn net.Conn
}

// Read implements io.Reader.
func (a *after) Read(p []byte) (int, error) {
	if len(a.left) > 0 {
		n := copy(p, a.left)
		a.left = a.left[n:]
		return n, nil
	}
	return a.conn.Read(p)
}
