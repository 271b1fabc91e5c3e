package plants

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

const (
	maxReplyLine = 1 << 20
	maxReplyMail = 64 << 20
)

var (
	errIdling  = errors.New("IDLE is running")
	errNoIdle  = errors.New("IDLE is not running")
	errTooLong = errors.New("the server sends more than can be taken")
)

// A reply is one response, with the literals that it had.
type reply struct {
	imapwire.Response
	bodies []harness.Body
}

// send sends a command and returns its tag.
func (c *client) send(line string) (string, error) {
	if c.err != nil {
		return "", c.err
	}
	c.tags++
	tag := fmt.Sprintf("T%d", c.tags)
	return tag, c.write(tag + " " + strings.TrimSpace(line) + "\r\n")
}

func (c *client) write(text string) error {
	c.conn.SetWriteDeadline(time.Now().Add(replyTime))
	if _, err := c.conn.Write([]byte(text)); err != nil {
		return c.fail(err)
	}
	return nil
}

// command sends a command and takes what comes up to its completion. It returns
// nil if that is OK.
func (c *client) command(line string, claim *harness.Claim) error {
	if c.idling != "" {
		return errIdling
	}
	tag, err := c.send(line)
	if err != nil {
		return err
	}
	return c.completion(tag, claim)
}

func (c *client) completion(tag string, claim *harness.Claim) error {
	for {
		if c.has("client-claims-early") && c.begunOK(tag) {
			c.early = true
			return nil
		}
		r, err := c.response()
		claim.Bodies = append(claim.Bodies, r.bodies...)
		if err != nil {
			c.fail(err)
			if c.has("client-claims-at-end") && errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if r.Type == imapwire.Tagged && string(r.Tag) == tag {
			return c.status(r)
		}
	}
}

// begunOK waits for the first octets of a response, and reports whether they
// begin the OK of that tag.
func (c *client) begunOK(tag string) bool {
	c.patience()
	word := tag + " OK "
	head, _ := c.in.Peek(len(word))
	return string(head) == word
}

// status makes an error of a completion that is not OK.
func (c *client) status(r reply) error {
	if r.Status == imapwire.OK || c.has("client-takes-no") {
		return nil
	}
	return fmt.Errorf("%v: %s", r.Status, r.Text)
}

// idle returns when the server has agreed to IDLE (RFC 9051, section 6.3.13).
func (c *client) idle() error {
	if c.idling != "" {
		return errIdling
	}
	tag, err := c.send("IDLE")
	if err != nil {
		return err
	}
	for {
		r, err := c.response()
		switch {
		case err != nil:
			return c.fail(err)
		case r.Type == imapwire.Continuation:
			c.idling = tag
			return nil
		case r.Type == imapwire.Tagged && string(r.Tag) == tag:
			if err = c.status(r); err == nil {
				err = errNoIdle
			}
			return err
		}
	}
}

func (c *client) endIdle(claim *harness.Claim) error {
	tag := c.idling
	if tag == "" {
		return errNoIdle
	}
	c.idling = ""
	if err := c.write("DONE\r\n"); err != nil {
		return err
	}
	return c.completion(tag, claim)
}

// response reads one response, whatever it is: any may come at any time.
func (c *client) response() (r reply, err error) {
	var raw []byte
	for {
		line, err := c.line()
		raw = append(raw, line...)
		if err != nil {
			return r, err
		}
		if len(raw) > maxReplyLine+maxReplyMail {
			return r, errTooLong
		}
		lit, ok := imapwire.CommandLine(line)
		if !ok || raw[0] == '+' {
			break
		}
		body := harness.Body{Announced: int64(lit.Size)}
		if raw, err = c.literal(raw, lit.Size); err != nil && !c.has("client-short-literal") {
			body.Err = err
		}
		body.Got = int64(len(raw)) - int64(bytes.LastIndex(raw, line)+len(line))
		r.bodies = append(r.bodies, body)
		if err != nil {
			return r, err
		}
	}
	if c.has("client-nesting") {
		depth(bytes.IndexByte(raw, '('), raw)
	}
	r.Response, _ = imapwire.ParseResponse(raw, imapwire.Any)
	return r, c.take(r)
}

// take notes what a response tells.
func (c *client) take(r reply) error {
	switch {
	case r.Name == "CAPABILITY":
		c.caps = strings.Fields(string(r.Rest))
	case r.Code == "CAPABILITY":
		c.caps = strings.Fields(string(r.CodeArg))
	case r.Name == "FETCH" && (c.has("client-panics") || c.has("client-panic-returned")):
		_ = r.Rest[len("(FLAGS"):]
	case r.Name == "SEARCH" && c.has("client-picky"):
		return errors.New("nobody asked for that")
	}
	return nil
}

// line reads a line with its LF, and waits replyTime for each byte.
func (c *client) line() ([]byte, error) {
	var line []byte
	for {
		c.patience()
		b, err := c.in.ReadByte()
		if err != nil {
			return line, c.ended(err)
		}
		if line = append(line, b); b == '\n' {
			return line, nil
		}
		if len(line) > maxReplyLine {
			return line, errTooLong
		}
	}
}

// literal reads n octets behind raw; memory grows with what comes.
func (c *client) literal(raw []byte, n uint64) ([]byte, error) {
	if n > maxReplyMail && !c.has("client-trusts-literal") {
		return raw, errTooLong
	}
	if c.has("client-trusts-literal") {
		raw = append(make([]byte, 0, n), raw...)
	}
	var buf [4096]byte
	for n > 0 {
		c.patience()
		k, err := c.in.Read(buf[:min(n, uint64(len(buf)))])
		raw = append(raw, buf[:k]...)
		n -= uint64(k)
		if err != nil {
			return raw, c.ended(err)
		}
	}
	return raw, nil
}

func (c *client) patience() {
	if !c.has("client-patient") {
		c.conn.SetReadDeadline(time.Now().Add(replyTime))
	}
}

// ended has the defects that strike at the end of the stream.
func (c *client) ended(err error) error {
	switch {
	case c.has("client-waits-at-end"):
		<-c.ctx.Done()
	case c.has("client-spins"):
		for n := 0; n >= 0; n = (n + 1) % 1000 {
		}
	}
	return err
}
