package plants

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

const (
	maxReplyLine = 1 << 20
	maxReplyMail = 64 << 20
)

var errTooLong = errors.New("the server sends more than can be taken")

// heed takes the responses that lie there whole and that nobody waited for: the
// next command has to respect what they tell, and none of them can complete it.
func (c *client) heed() error {
	for c.err == nil {
		there, _ := c.in.Peek(c.in.Buffered())
		if _, whole := imapwire.ResponseUnit(there); !whole {
			break
		}
		r, err := c.response()
		if err != nil {
			return c.fail(err)
		}
		c.keep(r)
	}
	return c.err
}

// response reads one response, whatever it is: any may come at any time.
func (c *client) response() (r reply, err error) {
	var raw []byte
	var framer imapwire.Framer
	for {
		line, err := c.line()
		raw = append(raw, line...)
		if err != nil {
			return r, err
		}
		if len(raw) > maxReplyLine+maxReplyMail {
			return r, errTooLong
		}
		if _, whole := framer.Next(raw); whole {
			break
		}
		lit, _ := imapwire.CommandLine(line) // free text that ends like one has none
		body, from := harness.Body{Announced: int64(lit.Size)}, len(raw)
		if raw, err = c.literal(raw, lit.Size); err != nil && !c.has("client-short-literal") {
			body.Err = err
		}
		body.Got = int64(len(raw) - from)
		c.misjudge(&body, raw)
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

// line reads a line with its LF, and waits replyTime for each byte.
func (c *client) line() ([]byte, error) {
	var line []byte
	for {
		until := c.patience()
		b, err := c.in.ReadByte()
		if tooSoon(err, until) {
			continue
		}
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
		until := c.patience()
		k, err := c.in.Read(buf[:min(n, uint64(len(buf)))])
		raw = append(raw, buf[:k]...)
		n -= uint64(k)
		if err != nil && !tooSoon(err, until) {
			return raw, c.ended(err)
		}
	}
	return raw, nil
}

// patience sets until when the next byte has to come, the zero time being for
// ever.
func (c *client) patience() (until time.Time) {
	if !(c.has("client-trusts-idle") && c.ending) && !c.has("client-patient") {
		until = time.Now().Add(replyTime)
	}
	c.conn.SetReadDeadline(until)
	return until
}

// tooSoon reports whether err is a time-out before that time: a call has come, for
// which only a client in IDLE that has nothing else to do wakes up.
func tooSoon(err error, until time.Time) bool {
	return timedOut(err) && time.Now().Before(until)
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
	if errors.Is(err, io.EOF) && c.known.bye != "" && !c.has("client-drops-bye") {
		return fmt.Errorf("the server said goodbye: %s: %w", c.known.bye, err)
	}
	return err
}
