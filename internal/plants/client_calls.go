package plants

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// A clientCall is something that a case may ask the client to do. Names and
// arguments are those of the other clients under test, where they have the call
// too.
type clientCall struct {
	name     string
	args     int             // how many at least
	states   imapwire.States // in which it makes sense; 0: any
	examples []string
	do       func(c *client, args []string, claim *harness.Claim) error
}

// clientCalls lists what the client can do.
func clientCalls() []clientCall {
	return append(append(sessionCalls(), mailboxCalls()...), append(append(messageCalls(), carefulCalls()...), taskCalls()...)...)
}

// exampleCalls are examples of every call.
func exampleCalls() []string {
	var out []string
	for _, call := range clientCalls() {
		out = append(out, call.examples...)
	}
	return out
}

const (
	loggedIn = imapwire.Authenticated | imapwire.Selected
)

var (
	errUsage = errors.New("there is no such call")
	errState = errors.New("not in this state")
)

func discarded() *harness.Claim { return new(harness.Claim) }

// call makes one call.
func (c *client) call(line string, claim *harness.Claim) error {
	words, err := callWords(line)
	if err != nil || len(words) == 0 {
		return errUsage
	}
	name, args := strings.ToLower(words[0]), words[1:]
	if name == "close" {
		c.fail(errClosed)
		return nil
	}
	if err := c.greeting(); err != nil {
		return err
	}
	if err := c.heed(); err != nil {
		return err
	}
	if c.sulking {
		return errState
	}
	if c.has("client-needs-known") && c.offers("X-NEW=1") {
		return errNotOffered
	}
	for _, call := range clientCalls() {
		switch {
		case call.name != name:
			continue
		case len(args) < call.args:
			return errUsage
		case call.states != 0 && call.states&c.known.phase == 0 && !c.has("client-enables-late"):
			return errState
		}
		return call.do(c, args, claim)
	}
	return errUsage
}

var errClosed = errors.New("the connection was closed")

// callWords splits a call into words; those that begin with a double quote are
// quoted as in Go.
func callWords(line string) ([]string, error) {
	var words []string
	for rest := strings.TrimSpace(line); rest != ""; rest = strings.TrimSpace(rest) {
		if rest[0] != '"' {
			word, after, _ := strings.Cut(rest, " ")
			words, rest = append(words, word), after
			continue
		}
		q, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return nil, err
		}
		word, err := strconv.Unquote(q)
		if err != nil {
			return nil, err
		}
		words, rest = append(words, word), rest[len(q):]
	}
	return words, nil
}

// next waits for the next call. While IDLE runs it reads what comes.
func (c *client) next(calls <-chan string) (call string, ok bool) {
	if c.idling == "" || c.err != nil {
		call, ok = <-calls
		return call, ok
	}
	type asked struct {
		call string
		ok   bool
	}
	got, conn := make(chan asked, 1), c.conn
	go func() {
		call, ok := <-calls
		got <- asked{call, ok}
		conn.SetReadDeadline(time.Unix(1, 0))
	}()
	for c.err == nil && c.idling != "" && len(got) == 0 {
		conn.SetReadDeadline(c.renew)
		if len(got) > 0 {
			break
		}
		c.hear()
	}
	a := <-got
	return a.call, a.ok
}

// hear waits for the next octet of the server, and then takes the whole response.
// When IDLE has run for long enough it begins anew.
func (c *client) hear() {
	_, err := c.in.Peek(1)
	switch {
	case err == nil:
		r, err := c.response()
		if err != nil {
			c.fail(err)
		}
		c.keep(r)
	case !timedOut(err):
		c.fail(c.ended(err))
	case !time.Now().Before(c.renew):
		if err := c.endIdle(discarded()); err == nil {
			c.idle()
		}
	}
}

// quotedText is a string in quotes, or a literal where quotes cannot hold it or it
// is long (RFC 2683, section 3.2.1.5).
func quotedText(s string) clientLine {
	plain := len(s) < 1000
	for i := range len(s) {
		plain = plain && s[i] >= ' ' && s[i] < 0x7f
	}
	if plain {
		return text(string(imapwire.AppendQuoted(nil, s)))
	}
	return clientLine{"", s, ""}
}

// boxText is the name of a mailbox in modified UTF-7.
func boxText(name string) clientLine {
	if strings.EqualFold(name, "INBOX") {
		return text("INBOX")
	}
	return quotedText(imapwire.EncodeUTF7(name))
}
