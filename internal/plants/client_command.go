package plants

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

var (
	errIdling = errors.New("IDLE is running")
	errNoIdle = errors.New("IDLE is not running")
)

// A reply is one response, with the literals that it had.
type reply struct {
	imapwire.Response
	bodies []harness.Body
}

// A clientLine is a command without its tag: text and literals in turn, the
// first a text.
type clientLine []string

// text is a command, or a piece of one, without literals.
func text(s string) clientLine { return clientLine{s} }

// and appends a piece.
func (l clientLine) and(more clientLine) clientLine {
	out := append(clientLine{}, l...)
	out[len(out)-1] += more[0]
	return append(out, more[1:]...)
}

// size is how long the line is, without its literals.
func (l clientLine) size() (n int) {
	for i := 0; i < len(l); i += 2 {
		n += len(l[i])
	}
	return n
}

var errNoText = errors.New("no command can have NUL")

// send sends a command and returns its tag. The literals wait until the server
// asks for them, where they have to (RFC 9051, section 4.3; RFC 7888, section 3).
// It is answered if the server completed the command instead, with that error.
func (c *client) send(l clientLine, claim *harness.Claim) (tag string, answered bool, err error) {
	if err := c.heed(); err != nil {
		return "", false, err
	}
	l = c.distorted(l)
	if !c.mayHaveNull(l) {
		return "", false, errNoText
	}
	c.known.told, c.spoiled = false, nil
	if c.has("client-expects-exists") {
		c.known.exists = 0
	}
	if !c.has("client-reuses-tag") || c.tags == 0 {
		c.tags++
	}
	tag = fmt.Sprintf("T%d", c.tags)
	delete(c.done, tag) // who completes it before it is sent, lies
	out := tag + " "
	for i := 0; i < len(l); i++ {
		if i%2 == 0 {
			out += l[i]
			continue
		}
		if strings.Contains(l[i], "\x00") && !c.has("client-sends-null") {
			out += "~" // RFC 3516, section 4.4
		}
		if n := c.announced(l[i]); c.nonSync(n) {
			out += fmt.Sprintf("{%d+}\r\n%s", n, l[i])
			continue
		}
		head := fmt.Sprintf("{%d}\r\n", c.announced(l[i]))
		if c.has("client-hasty") {
			out += head + l[i]
			continue
		}
		if err := c.write(out + head); err != nil {
			return tag, false, err
		}
		if c.has("client-interleaves") {
			c.meddle()
		}
		if answered, err := c.asked(tag, claim); answered || err != nil {
			return tag, answered, err
		}
		out = l[i]
	}
	end := "\r\n"
	if c.has("client-bare-lf") {
		end = "\n"
	}
	return tag, false, c.write(strings.TrimRight(out, " ") + end)
}

// mayHaveNull reports whether l has no NUL, or has it where it may be: in the
// message of an APPEND, as a literal8, to a server that has BINARY (RFC 3516,
// section 4.4).
func (c *client) mayHaveNull(l clientLine) bool {
	for i, s := range l {
		binary := i%2 == 1 && strings.HasPrefix(l[0], "APPEND") && (c.offers("BINARY") || c.has("client-literal8") || c.has("client-sends-null"))
		if strings.Contains(s, "\x00") && !binary && !c.has("client-quotes-null") {
			return false
		}
	}
	return true
}

// nonSync reports whether a literal of n octets need not wait.
func (c *client) nonSync(n int) bool {
	if c.has("client-nonsync-large") && c.offers("LITERAL-") {
		return true
	}
	return c.has("client-nonsync") || c.offers("LITERAL+") || n <= 4096 && (c.offers("LITERAL-") || c.offers("IMAP4REV2"))
}

// asked waits until the server asks for a literal, or completes the command
// instead: then nothing more of it is sent.
func (c *client) asked(tag string, claim *harness.Claim) (answered bool, err error) {
	forgotten := false // the command is, by a defect
	for {
		r, err := c.response()
		switch {
		case err != nil:
			return false, c.fail(err)
		case r.Type == imapwire.Continuation:
			return forgotten, nil
		case r.Type == imapwire.Tagged && string(r.Tag) == tag:
			if err = c.status(r); err == nil {
				err = errors.New("the server completed a command before it had come")
			}
			return true, err
		}
		c.keep(r)
		forgotten = c.has("client-gives-up-literal")
		claim.Bodies = append(claim.Bodies, r.bodies...)
	}
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
func (c *client) command(l clientLine, claim *harness.Claim) error {
	if c.idling != "" && !c.has("client-talks-in-idle") {
		return errIdling
	}
	c.known.asked = nil
	tag, answered, err := c.send(l, claim)
	if answered || err != nil {
		return err
	}
	return c.completion(tag, claim)
}

// completion takes what comes up to the completion of that tag, which may have
// come before.
func (c *client) completion(tag string, claim *harness.Claim) error {
	if r, ok := c.done[tag]; ok {
		delete(c.done, tag)
		return c.status(r)
	}
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
		if r.Type == imapwire.Tagged && (string(r.Tag) == tag || c.has("client-matches-order")) {
			return c.status(r)
		}
		c.keep(r)
	}
}

// keep notes a completion for whoever will want it: the first of its tag, since
// that one completes the command.
func (c *client) keep(r reply) {
	tag := string(r.Tag)
	if _, had := c.done[tag]; r.Type == imapwire.Tagged && !had && len(c.done) < maxDone {
		c.done[tag] = r
	}
}

// maxDone is how many completions wait at most for somebody who wants them.
const maxDone = 100

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
		return c.spoiled
	}
	return &statusError{r.Status, r.Code, string(r.Text)}
}

// A statusError is a completion that is not OK.
type statusError struct {
	status imapwire.Status
	code   string
	text   string
}

// Error returns the completion.
func (e *statusError) Error() string {
	if e.code != "" {
		return fmt.Sprintf("%v [%s] %s", e.status, e.code, e.text)
	}
	return fmt.Sprintf("%v: %s", e.status, e.text)
}

// hasCode reports whether err is a completion with that response code.
func hasCode(err error, code string) bool {
	var e *statusError
	return errors.As(err, &e) && e.code == code
}

// idle returns when the server has agreed to IDLE (RFC 9051, section 6.3.13).
func (c *client) idle() error {
	if c.idling != "" {
		return errIdling
	}
	tag, _, err := c.send(text("IDLE"), new(harness.Claim))
	if err != nil {
		return err
	}
	for {
		r, err := c.response()
		switch {
		case err != nil:
			return c.fail(err)
		case r.Type == imapwire.Continuation:
			c.idling, c.renew = tag, time.Now().Add(idleTime)
			if c.has("client-idles-long") {
				c.renew = time.Now().Add(24 * time.Hour)
			}
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
	c.ending = true
	defer func() { c.ending = false }()
	return c.completion(tag, claim)
}
