package harness

import (
	"bytes"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// bystanderMailbox is where the bystander works. Cases leave it alone.
const bystanderMailbox = "imapfuzz-bystander"

// A bystander is an honest session that works on beside the tortured ones, in a
// mailbox of its own, and must not notice them.
type bystander struct {
	*control
	turn   int
	was    Message
	worked time.Time // when it last showed that it is alive
}

// mailCount is how many messages INBOX holds at least.
const mailCount = 3

// Mail returns the messages that INBOX holds when a run against a server
// begins: the first with \Seen, the second with none, the third with \Deleted
// and \Flagged. A Start that stores them itself, and one in [BystanderMailbox],
// saves the harness the work of doing it over the wire.
func Mail() [mailCount]string { return [3]string{mailText, mailMixed, mailNested} }

// MailFlags returns the flags of the messages of [Mail].
func MailFlags() [mailCount]string { return [3]string{`\Seen`, ``, `\Flagged \Deleted`} }

// BystanderMailbox returns the name of the mailbox in which the harness's
// bystander works beside a tortured session. It holds the first message of
// [Mail].
func BystanderMailbox() string { return bystanderMailbox }

// openBystander logs in, makes sure that the mailboxes hold what cases rely on,
// and reads INBOX as it is before the first step.
func openBystander(r *run, ln *faultnet.Listener, s *Server) *bystander {
	known := &r.scratch.fresh
	if known.target == s && s.Lasting == nil && known.runs < freshEvery {
		return openAgain(r, ln, s)
	}
	b := &bystander{control: openControl(r, ln, s, "bystander")}
	if b.dead {
		return b
	}
	*known = freshStore{}
	r.before = b.snapshot("INBOX", false)
	delivered := r.before != nil && len(r.before.Messages) >= mailCount
	if r.before != nil && !delivered {
		b.deliver()
		r.before = b.snapshot("INBOX", false)
	}
	if _, status := b.ask("SELECT " + bystanderMailbox); status != imapwire.OK && !b.dead {
		b.ask("CREATE " + bystanderMailbox)
		b.append(bystanderMailbox, "", mailText)
		b.must("SELECT " + bystanderMailbox)
		delivered = false
	}
	b.was, _ = b.own(b.must(fetchOwn))
	if delivered && s.Lasting == nil && !b.dead && r.before != nil {
		b.was.Body = bytes.Clone(b.was.Body)
		*known = freshStore{target: s, inbox: r.before, own: b.was}
		known.pipelines = pipelines(r, ln, s)
	}
	return b
}

// openAgain is openBystander for a store that is known.
func openAgain(r *run, ln *faultnet.Listener, s *Server) *bystander {
	known := &r.scratch.fresh
	known.runs++
	r.before = known.inbox
	b := &bystander{control: connectControl(r, ln, "bystander"), was: known.own}
	b.all(known.pipelines, b.login(s), "SELECT "+bystanderMailbox)
	return b
}

// fetchOwn is the command that reads the bystander's own message.
const fetchOwn = "UID FETCH 1:* (UID BODY.PEEK[])"

// own returns the bystander's own message, if it is among lines.
func (b *bystander) own(lines [][]byte) (Message, bool) {
	for _, line := range lines {
		if r := b.r.scratch.said.read(line); r.what == saidFetch && r.m.UID != 0 {
			return r.m, true
		}
	}
	return Message{}, false
}

// deliver fills INBOX.
func (b *bystander) deliver() {
	flags := MailFlags()
	for i, m := range Mail() {
		b.append("INBOX", flags[i], m)
	}
}

// append stores one message, with a synchronizing literal.
func (b *bystander) append(mailbox, flags, mail string) {
	if b.dead {
		return
	}
	head := "APPEND " + mailbox + " (" + flags + ") {" + itoa(len(mail)) + "}\r\n"
	b.p.write([]byte("b0 " + head))
	b.r.wait()
	b.p.drain()
	b.p.parsed = len(b.p.in)
	b.p.write([]byte(mail + "\r\n"))
	b.must("NOOP")
}

// work does one piece of work.
func (b *bystander) work() {
	b.worked = time.Now() // dead or not
	if b.dead {
		return
	}
	b.turn++
	if b.turn%2 == 0 {
		b.must("NOOP")
		return
	}
	// INBOX may be gone by now: any completion will do.
	b.ask("STATUS INBOX (MESSAGES)")
}

// finish reads once more, and compares. It stays connected: a server that is stopped
// must let go of a session that it still has, and the check-up has logged out.
func (b *bystander) finish() {
	if b.dead {
		return
	}
	m, ok := b.own(b.must(fetchOwn))
	if b.dead {
		return
	}
	same := ok && m.UID == b.was.UID && bytes.Equal(m.Body, b.was.Body)
	if !same && !mentions(b.r.c, bystanderMailbox) {
		b.trouble("UID FETCH", "the bystander's own message has changed", false)
	}
}
