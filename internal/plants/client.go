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
)

// replyTime is how long the client waits for the next byte of a reply.
const replyTime = 5 * time.Minute

// Client returns the client with the given defects as a target, or its clean
// twin if there are none. It panics if there is no defect of a name.
//
// It does one call at a time, in the goroutine of Drive: login, select, fetch,
// stream, noop, capability, caps, starttls, idle, done, logout, close. When ctx
// is done it closes the connection, which ends the call that waits.
func Client(bugs ...string) *harness.Client {
	check(bugs)
	return &harness.Client{
		Name:     "planted client",
		Calls:    []string{"login test test", "select INBOX", "fetch 1:* (FLAGS UID)", "stream 1 BODY[]", "noop", "capability", "caps", "idle", "done", "logout", "close"},
		Peer:     Server(),
		Packages: packages,
		Drive: func(ctx context.Context, conn net.Conn) error {
			c := &client{bugs: bugs, ctx: ctx, raw: conn, conn: conn, in: bufio.NewReader(conn)}
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
	early   bool     // a completion that is not read yet was claimed: a defect's
	err     error    // why nothing more can be done
	first   error    // of the calls
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
	for call := range harness.Calls(c.ctx) {
		claim := harness.Claim{Call: call}
		claim.Err = c.guard(func() error { return c.call(call, &claim) })
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

var errUsage = errors.New("there is no such call")

// call makes one call.
func (c *client) call(call string, claim *harness.Claim) error {
	word, args, _ := strings.Cut(call, " ")
	if word == "close" {
		c.fail(net.ErrClosed)
		return nil
	}
	if err := c.greeting(); err != nil {
		return err
	}
	switch word {
	case "login", "select", "noop":
		return c.command(strings.ToUpper(word)+" "+args, claim)
	case "fetch", "stream":
		return c.command("FETCH "+args, claim)
	case "capability":
		return c.ask(claim)
	case "caps":
		return c.known(claim)
	case "starttls":
		return c.startTLS()
	case "idle":
		return c.idle()
	case "done":
		return c.endIdle(claim)
	case "logout":
		err := c.command("LOGOUT", claim)
		c.fail(net.ErrClosed)
		return err
	}
	return errUsage
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
	if s := r.Status.String(); s != "OK" && s != "PREAUTH" {
		return c.fail(errors.New("the server does not greet"))
	}
	return nil
}

// ask asks for the capabilities.
func (c *client) ask(claim *harness.Claim) error {
	err := c.command("CAPABILITY", claim)
	claim.Caps = c.caps
	return err
}

// known returns the capabilities, and asks for them if they are not known.
func (c *client) known(claim *harness.Claim) error {
	if c.caps == nil {
		return c.ask(claim)
	}
	claim.Caps = c.caps
	return nil
}

// startTLS goes on inside TLS. What it was told before, and what came in
// plaintext behind the completion, is forgotten (RFC 3501, section 6.2.1).
func (c *client) startTLS() error {
	if err := c.command("STARTTLS", new(harness.Claim)); err != nil {
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
		c.caps = nil
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
