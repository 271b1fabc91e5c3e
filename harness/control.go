package harness

import (
	"bytes"
	"context"
	"encoding/base64"
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

	disabled bool // the greeting says LOGINDISABLED

	line    []byte // the commands that are sent
	lines   [][]byte
	replies []reply
}

// A reply is what a server said to one command.
type reply struct {
	lines  [][]byte // the responses up to its completion
	status imapwire.Status
}

// openControl connects, logs in, and notes trouble if the server does not let
// it.
func openControl(r *run, ln *faultnet.Listener, s *Server, who string) *control {
	c := connectControl(r, ln, who)
	if !c.dead {
		c.must(c.login(s))
	}
	return c
}

// login is the command that logs in: AUTHENTICATE where the greeting says that
// LOGIN will not do.
func (c *control) login(s *Server) string {
	if c.disabled {
		return "AUTHENTICATE PLAIN " + base64.StdEncoding.EncodeToString([]byte("\x00"+s.user()+"\x00"+s.password()))
	}
	return "LOGIN " + quoted(s.user()) + " " + quoted(s.password())
}

// connectControl connects and reads the greeting.
func connectControl(r *run, ln *faultnet.Listener, who string) *control {
	c := &control{r: r, who: who, line: make([]byte, 0, 192), lines: make([][]byte, 0, 24)}
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
	}
	c.disabled = bytes.Contains(unit, []byte(" LOGINDISABLED"))
	return c
}

// ask sends one command and returns the responses up to its completion, which
// are valid until the next. It notes trouble, and returns no status, when there
// is none.
func (c *control) ask(command string) (lines [][]byte, status imapwire.Status) {
	r := c.askAll(command)[0]
	return r.lines, r.status
}

// askAll sends commands, all at once, and returns a reply for each, valid until
// the next. It notes trouble at the first that is not completed; that one and those
// after it have no status.
func (c *control) askAll(commands ...string) []reply {
	c.replies = append(c.replies[:0], make([]reply, len(commands))...)
	if c.dead {
		return c.replies
	}
	first := c.n + 1
	c.line, c.lines = c.line[:0], c.lines[:0]
	for _, command := range commands {
		c.n++
		c.line = append(append(c.appendTag(c.line, c.n), command...), "\r\n"...)
	}
	c.p.write(c.line)
	c.r.wait()
	c.p.drain()
	done, from := 0, 0
	tag := c.appendTag(c.line[:0], first)
	for waited := false; ; {
		for unit, ok := c.p.nextUnit(false); ok; unit, ok = c.p.nextUnit(false) {
			rest, ok := bytes.CutPrefix(unit, tag)
			if !ok {
				c.lines = append(c.lines, unit)
				continue
			}
			c.replies[done] = reply{c.lines[from:len(c.lines):len(c.lines)], statusOf(rest)}
			if done++; done == len(commands) {
				return c.replies
			}
			from, waited = len(c.lines), false
			tag = c.appendTag(tag[:0], first+done)
		}
		if verb := verbOf(commands[done]); c.p.done {
			c.trouble(verb, fmt.Sprintf("the connection was %s during %s", ended(c.p.err), verb), false)
			return c.replies
		} else if waited {
			c.trouble(verb, fmt.Sprintf("no completion of %s within %v", verb, settleTime), true)
			return c.replies
		}
		waited = true
		c.p.await(settleTime)
	}
}

// appendTag appends the tag of the n-th command, with its space.
func (c *control) appendTag(b []byte, n int) []byte {
	return append(strconv.AppendInt(append(b, c.who[0]), int64(n), 10), ' ')
}

func verbOf(command string) string {
	verb, _, _ := strings.Cut(command, " ")
	if verb == "UID" {
		return "UID FETCH"
	}
	return verb
}

// must is ask for a command that a sound server cannot refuse.
func (c *control) must(command string) [][]byte {
	lines, status := c.ask(command)
	c.refused(command, status)
	return lines
}

// refused notes trouble if a command that a sound server cannot refuse was.
func (c *control) refused(command string, status imapwire.Status) {
	if !c.dead && status != imapwire.OK {
		verb, _, _ := strings.Cut(command, " ")
		c.trouble(verb, fmt.Sprintf("%s was refused", verb), false)
	}
}

func (c *control) trouble(verb, what string, mute bool) {
	c.dead = true
	c.r.trouble = append(c.r.trouble, Trouble{Who: c.who, What: what, Verb: verb, Mute: mute, Step: c.r.rec.step})
}

// all sends commands that a sound server cannot refuse, at once or one by one.
func (c *control) all(atOnce bool, commands ...string) {
	if !atOnce {
		for _, command := range commands {
			if !c.dead {
				c.must(command)
			}
		}
		return
	}
	for i, r := range c.askAll(commands...) {
		c.refused(commands[i], r.status)
	}
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
	if c.opened(s, lines) == 0 {
		return s
	}
	lines, status = c.ask(fetchAll(bodies))
	if status != imapwire.OK {
		return nil
	}
	c.fetched(s, lines)
	return s
}

// fetchAll is the command that reads a mailbox.
func fetchAll(bodies bool) string {
	if bodies {
		return "UID FETCH 1:* (UID FLAGS RFC822.SIZE BODY.PEEK[])"
	}
	return "UID FETCH 1:* (UID FLAGS RFC822.SIZE)"
}

// opened notes what the responses to EXAMINE say, and returns how many messages
// there are.
func (c *control) opened(s *Snapshot, lines [][]byte) (exists uint32) {
	for _, line := range lines {
		switch r := c.r.scratch.said.read(line); r.what {
		case saidExists:
			exists = r.num
		case saidUIDValidity:
			s.UIDValidity = r.num
		case saidUIDNext:
			s.UIDNext = r.num
		}
	}
	return exists
}

// fetched notes the messages that the responses to UID FETCH bring.
func (c *control) fetched(s *Snapshot, lines [][]byte) {
	for _, line := range lines {
		r := c.r.scratch.said.read(line)
		if r.what != saidFetch {
			continue
		}
		if r.m.UID != 0 {
			s.Messages = append(s.Messages, r.m)
		}
		s.Partial = s.Partial || !r.whole
	}
}

// fetchedMessage reads a FETCH response. whole tells whether it could be read to
// its end.
func fetchedMessage(r imapwire.Response) (m Message, whole bool) {
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
	return m, err == nil
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
