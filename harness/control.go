package harness

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// A control is an honest session of the harness's own with a server under test:
// no fault ever touches it.
type control struct {
	r    *run
	who  string
	p    *peer
	n    int
	dead bool
	line []byte // the command that is sent
}

// openControl connects, logs in, and notes trouble if the server does not let
// it.
func openControl(r *run, ln *faultnet.Listener, s *Server, who string) *control {
	c := &control{r: r, who: who}
	link, err := ln.Dial(context.Background(), faultnet.Options{})
	if err != nil {
		c.trouble("connect", fmt.Sprintf("cannot connect: %v", err), true)
		return c
	}
	c.p = r.newPeer(0)
	c.p.link, c.p.end = link, link.Client()
	r.wait()
	c.p.drain()
	if len(c.p.in) == 0 {
		c.p.await(settleTime)
	}
	unit, ok := c.p.nextUnit(false)
	if !ok || !bytes.HasPrefix(unit, []byte("* OK")) {
		c.trouble("greeting", fmt.Sprintf("no greeting, got %q", clip(c.p.in)), !ok)
		return c
	}
	c.must("LOGIN " + quoted(s.user()) + " " + quoted(s.password()))
	return c
}

// ask sends one command and returns the responses up to its completion. It
// notes trouble, and returns no status, when there is none.
func (c *control) ask(command string) (lines [][]byte, status imapwire.Status) {
	if c.dead {
		return nil, imapwire.None
	}
	verb, _, _ := strings.Cut(command, " ")
	if verb == "UID" {
		verb = "UID FETCH"
	}
	c.n++
	c.line = append(strconv.AppendInt(append(c.line[:0], c.who[0]), int64(c.n), 10), ' ')
	tag := string(c.line) // with its space
	c.line = append(append(c.line, command...), "\r\n"...)
	c.p.write(c.line)
	c.r.wait()
	c.p.drain()
	for waited := false; ; {
		for unit, ok := c.p.nextUnit(false); ok; unit, ok = c.p.nextUnit(false) {
			if rest, ok := bytes.CutPrefix(unit, []byte(tag)); ok {
				return lines, statusOf(rest)
			}
			lines = append(lines, unit)
		}
		if c.p.done {
			c.trouble(verb, fmt.Sprintf("the connection was %s during %s", ended(c.p.err), verb), false)
			return lines, imapwire.None
		}
		if waited {
			c.trouble(verb, fmt.Sprintf("no completion of %s within %v", verb, settleTime), true)
			return lines, imapwire.None
		}
		waited = true
		c.p.await(settleTime)
	}
}

// must is ask for a command that a sound server cannot refuse.
func (c *control) must(command string) [][]byte {
	lines, status := c.ask(command)
	if !c.dead && status != imapwire.OK {
		verb, _, _ := strings.Cut(command, " ")
		c.trouble(verb, fmt.Sprintf("%s was refused", verb), false)
	}
	return lines
}

func (c *control) trouble(verb, what string, mute bool) {
	c.dead = true
	c.r.trouble = append(c.r.trouble, Trouble{Who: c.who, What: what, Verb: verb, Mute: mute, Step: c.r.rec.step})
}

// close logs out and ends the connection.
func (c *control) close() {
	if c.p == nil {
		return
	}
	c.ask("LOGOUT")
	c.p.close()
}

func statusOf(rest []byte) imapwire.Status {
	word, _, _ := bytes.Cut(rest, []byte(" "))
	word = bytes.TrimRight(word, "\r\n")
	switch {
	case bytes.EqualFold(word, []byte("OK")):
		return imapwire.OK
	case bytes.EqualFold(word, []byte("NO")):
		return imapwire.NO
	}
	return imapwire.BAD
}

func quoted(s string) string { return string(imapwire.AppendQuoted(nil, s)) }

func clip(b []byte) []byte {
	return b[:min(len(b), 80)]
}

// A Snapshot is what a mailbox holds, as an unfaulted session reads it.
type Snapshot struct {
	UIDValidity uint32
	UIDNext     uint32
	Partial     bool // the server's answer could not be read to its end
	Messages    []Message
}

// A Message is one message of a Snapshot.
type Message struct {
	UID   uint32
	Flags []string // lower case, sorted, without \recent
	Size  int64
	Body  []byte // nil if it was not asked for
}

// Message returns the message of that uid.
func (s *Snapshot) Message(uid uint32) (Message, bool) {
	for _, m := range s.Messages {
		if m.UID == uid {
			return m, true
		}
	}
	return Message{}, false
}

// snapshot opens the mailbox read-only and reads it, bodies on demand. It
// returns nil if the mailbox cannot be opened.
func (c *control) snapshot(mailbox string, bodies bool) *Snapshot {
	lines, status := c.ask("EXAMINE " + mailbox)
	if status != imapwire.OK {
		return nil
	}
	s := new(Snapshot)
	exists := uint32(0)
	for _, line := range lines {
		r, _ := imapwire.ParseResponse(line, imapwire.Any)
		switch {
		case r.Name == "EXISTS":
			exists = r.Num
		case r.Code == "UIDVALIDITY":
			s.UIDValidity = parseNum(r.CodeArg)
		case r.Code == "UIDNEXT":
			s.UIDNext = parseNum(r.CodeArg)
		}
	}
	if exists == 0 {
		return s
	}
	items := "(UID FLAGS RFC822.SIZE)"
	if bodies {
		items = "(UID FLAGS RFC822.SIZE BODY.PEEK[])"
	}
	lines, status = c.ask("UID FETCH 1:* " + items)
	if status != imapwire.OK {
		return nil
	}
	for _, line := range lines {
		m, ok, whole := fetchedMessage(line)
		if ok {
			s.Messages = append(s.Messages, m)
		}
		s.Partial = s.Partial || !whole
	}
	return s
}

// fetchedMessage reads a FETCH response. whole tells whether it could be read to
// its end.
func fetchedMessage(line []byte) (m Message, ok, whole bool) {
	r, _ := imapwire.ParseResponse(line, imapwire.Any)
	if r.Name != "FETCH" {
		return m, false, true
	}
	err := imapwire.EachFetchItem(r, func(name string, section []byte, origin int64, value []byte) {
		switch name {
		case "UID":
			m.UID = parseNum(value)
		case "RFC822.SIZE":
			m.Size = int64(parseNum(value))
		case "FLAGS":
			m.Flags = flagList(value)
		case "BODY":
			if b, isNil, err := imapwire.NString(value); err == nil && !isNil {
				m.Body = b
			}
		}
	})
	return m, m.UID != 0, err == nil
}

// flagList returns the flags of a parenthesized list, in lower case and sorted:
// flags have no case and no order (RFC 9051, section 2.3.2).
func flagList(value []byte) []string {
	flags := strings.Fields(strings.ToLower(strings.Trim(string(value), "()")))
	flags = slices.DeleteFunc(flags, func(f string) bool { return f == `\recent` })
	slices.Sort(flags)
	return flags
}

func parseNum(b []byte) uint32 {
	n, err := strconv.ParseUint(string(bytes.TrimSpace(b)), 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}
