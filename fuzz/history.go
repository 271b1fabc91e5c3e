package fuzz

import (
	"slices"
	"strings"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
)

// A history is a case for a server whose commands have to do with each other: one to
// three sessions work in turns in the same few mailboxes, name messages that are
// there, and look at what the others did. Most of it is what a good client says: what
// it is after are states that only many right commands lead to.
//
// It keeps an idea of what the server holds, which may be wrong: nothing waits for
// the server's answers.
type history struct {
	*gen
	boxes []pastBox
	sess  [maxConns + 1]pastSession
	last  int    // index in boxes of the mailbox that something was done with last
	asks  string // what is asked of messages more often than anything else
}

// A pastBox is a mailbox that the case knows of.
type pastBox struct {
	name string // as it stands on the wire
	uids []int
	next int
	gone bool // deleted
}

// A pastSession is a connection that works in a mailbox.
type pastSession struct {
	box  int   // index in boxes; -1: none is selected
	uids []int // of the messages that it knows
	news bool  // another session has removed some of these, and it was not told

	readOnly, qresync bool
}

// historyActs are what a session can do next, with what states it fits. Never
// written to.
var historyActs = [...]struct {
	weight int
	states state
	act    func(*history)
}{
	{6, selected, (*history).look},
	{5, selected, (*history).mark},
	{5, selected, (*history).remove},
	{6, selected, (*history).copy},
	{3, inAuth, (*history).add},
	{4, inAuth, (*history).status},
	{2, selected, (*history).poll},
	{2, selected, (*history).leave},
	{3, selected, (*history).enter},
	{9, auth, (*history).enter},
	{6, inAuth, (*history).manage},
	{2, inAuth, (*history).any},
}

// historyCase makes a whole case of that kind.
func (g *gen) historyCase() {
	g.c = &corpus.Case{Target: corpus.Server, Steps: make([]corpus.Step, 0, 32)}
	h := &history{gen: g, asks: Pick(g.r, looks[:])}
	h.begin()
	conns := 1 + g.r.Weighted([]int{4, 6, 1})
	for g.conn = 1; g.conn <= conns; g.conn++ {
		h.arrive()
	}
	g.conn = 1
	for n := g.r.Between(3, 8); n > 0; n-- {
		h.turn(conns)
		h.act()
	}
	if g.r.Chance(2, 3) {
		h.turn(conns)
		h.goAndSee()
	}
	if g.r.Chance(1, 4) {
		g.addFault()
	}
}

// begin sets up what a server holds at first.
func (h *history) begin() {
	mail := harness.Mail()
	inbox := pastBox{name: "INBOX", next: 1 + len(mail[:])}
	for uid := 1; uid < inbox.next; uid++ {
		inbox.uids = append(inbox.uids, uid)
	}
	h.boxes = []pastBox{inbox}
	for i := range h.sess {
		h.sess[i].box = -1
	}
}

// line writes a command.
func (h *history) line(parts ...string) {
	h.tag()
	for _, p := range parts {
		h.sp()
		h.s(p)
	}
	h.crlf()
	h.flush()
}

// arrive logs in, turns something on now and then, mostly selects, and may look at
// what is there.
func (h *history) arrive() {
	h.login()
	if h.r.Chance(1, 3) {
		what := Pick(h.r, enableable[:])
		h.me().qresync = strings.Contains(what, "QRESYNC")
		h.line("ENABLE", what)
	}
	if h.conn == 1 && h.r.Chance(1, 4) {
		h.create()
	}
	if h.r.Chance(7, 8) {
		h.open(h.last)
		if h.r.Chance(1, 3) {
			h.lookAtAll()
		}
	}
}

// turn lets another session go on, or the same: most of the time one that does not
// know yet what has happened to its messages.
func (h *history) turn(conns int) {
	for conn := 1; conn <= conns; conn++ {
		if conn != h.conn && h.sess[conn].news && h.r.Chance(2, 3) {
			h.conn = conn
			return
		}
	}
	if h.r.Chance(1, 2) {
		h.conn = h.r.Between(1, conns)
	}
}

// act does one thing that fits the state.
func (h *history) act() {
	st := max(h.conns[h.conn].state, auth)
	var weights [len(historyActs)]int
	for i := range historyActs {
		if historyActs[i].states&st != 0 {
			weights[i] = historyActs[i].weight
		}
	}
	historyActs[h.r.Weighted(weights[:])].act(h)
}

// closed says that the session has no mailbox selected any more.
func (h *history) closed() {
	h.conns[h.conn].state = auth
	s := h.me()
	s.box, s.uids, s.news = -1, nil, false
}

// me returns the session whose turn it is.
func (h *history) me() *pastSession { return &h.sess[h.conn] }

// open selects a mailbox.
func (h *history) open(box int) {
	b, s := &h.boxes[box], h.me()
	verb, more := "SELECT", ""
	if h.r.Chance(1, 12) {
		verb = "EXAMINE"
	}
	switch {
	case s.qresync && h.r.Chance(1, 2):
		more = Pick(h.r, []string{" (QRESYNC (1 1))", " (QRESYNC (1 1 1:3))", " (QRESYNC (2 1))"})
	case h.r.Chance(1, 16):
		more = " (CONDSTORE)"
	}
	h.line(verb, b.name+more)
	h.conns[h.conn].state = selected
	s.box, s.readOnly = box, verb == "EXAMINE"
	h.synced()
	h.last = box
}

// box picks a mailbox that there is: often that of the last act.
func (h *history) box() int {
	if !h.boxes[h.last].gone && h.r.Chance(1, 2) {
		return h.last
	}
	k := h.r.N(len(h.boxes))
	for h.boxes[k].gone {
		k = (k + 1) % len(h.boxes) // INBOX is never gone
	}
	return k
}

// other picks a mailbox to put something into: rather one that is not selected. If
// there is none, it makes one.
func (h *history) other() int {
	for range 4 {
		if k := h.box(); k != h.me().box {
			return k
		}
	}
	if len(h.boxes) == 1 {
		return h.create()
	}
	return h.box()
}

// synced says that the session knows again what there is.
func (h *history) synced() {
	if s := h.me(); s.box >= 0 {
		s.uids, s.news = slices.Clone(h.boxes[s.box].uids), false
	}
}

// drop removes a message from a mailbox: the session whose turn it is is told, the
// others are not.
func (h *history) drop(box, uid int) {
	b := &h.boxes[box]
	b.uids = slices.DeleteFunc(slices.Clone(b.uids), func(u int) bool { return u == uid })
	for conn := range h.sess {
		if s := &h.sess[conn]; conn != h.conn && s.box == box && slices.Contains(s.uids, uid) {
			s.news = true
		}
	}
	h.last = box
}

// put adds a message to a mailbox.
func (h *history) put(box int) {
	b := &h.boxes[box]
	b.uids = append(b.uids, b.next)
	b.next++
	h.last = box
}
