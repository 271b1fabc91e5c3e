package fuzz

import (
	"slices"
	"strconv"
)

// looks are what FETCH asks for: what never changes of a message, and what others
// change.
var looks = [...]string{
	"(UID FLAGS)", "(UID BODY.PEEK[])", "(UID BODY.PEEK[])", "(UID FLAGS INTERNALDATE)", "(UID RFC822.SIZE ENVELOPE)", "(UID BODYSTRUCTURE)",
	"(UID BODY.PEEK[HEADER])", "BODY[]", "FLAGS", "(FLAGS MODSEQ)", "(FLAGS) (CHANGEDSINCE 1)", "(UID INTERNALDATE)", "ALL",
}

// marks are what STORE does.
var marks = [...]string{"FLAGS", "+FLAGS", "+FLAGS", "-FLAGS", "+FLAGS.SILENT", "FLAGS.SILENT", "-FLAGS.SILENT", "(UNCHANGEDSINCE 1) +FLAGS"}

// messages writes a set for messages that the session knows, and the word that goes
// before the command: by number or by UID. It must know some. k is the message that it is about, from
// 0 on, and -1 if it is about none.
func (h *history) messages() (uid, set string, k int) {
	s := h.me()
	n := len(s.uids)
	k = h.someMessage()
	a, z, end := k+1, min(k+2, n), n
	if h.r.Chance(1, 3) {
		uid, a, z, end = "UID ", s.uids[k], s.uids[z-1], s.uids[n-1]
	}
	switch h.r.N(16) {
	case 0:
		return uid, "*", n - 1
	case 1:
		return uid, strconv.Itoa(a) + ":*", k
	case 2, 3:
		return uid, strconv.Itoa(a) + ":" + strconv.Itoa(z), k
	case 4, 5, 6:
		return uid, "1:*", k
	case 7:
		return uid, strconv.Itoa(end) + "," + strconv.Itoa(a), k
	case 8:
		return uid, strconv.Itoa(end + 1), -1
	}
	return uid, strconv.Itoa(a), k
}

// someMessage picks one that the session knows, from 0 on: where some are gone,
// rather one of these, or the next.
func (h *history) someMessage() int {
	s := h.me()
	k := h.r.N(len(s.uids))
	if !s.news || h.r.Chance(1, 4) {
		return k
	}
	for i := range s.uids {
		if at := (k + i) % len(s.uids); !slices.Contains(h.boxes[s.box].uids, s.uids[at]) {
			return min(at+h.r.N(2), len(s.uids)-1)
		}
	}
	return k
}

// look fetches something.
func (h *history) look() {
	if len(h.me().uids) == 0 {
		h.add()
		return
	}
	uid, set, _ := h.messages()
	h.line(uid+"FETCH", set, h.what())
}

// what picks what FETCH asks for.
func (h *history) what() string {
	if h.r.Chance(1, 2) {
		return h.asks
	}
	return Pick(h.r, looks[:])
}

// lookAtAll fetches something of all messages.
func (h *history) lookAtAll() { h.line("FETCH", "1:*", h.what()) }

// goAndSee looks at the mailbox that something was done with last.
func (h *history) goAndSee() {
	if h.me().box != h.last {
		h.open(h.box())
	} else if h.r.Chance(2, 3) {
		h.poll()
	}
	h.lookAtAll()
}

// mark changes flags.
func (h *history) mark() {
	if len(h.me().uids) == 0 || h.me().readOnly {
		h.add()
		return
	}
	uid, set, _ := h.messages()
	h.tag()
	h.s(" " + uid + "STORE " + set + " " + Pick(h.r, marks[:]) + " ")
	h.flagList()
	h.crlf()
	h.flush()
}

// remove marks a message as deleted, and expunges it, or moves it away.
func (h *history) remove() {
	s := h.me()
	if len(s.uids) == 0 || s.readOnly {
		h.add()
		return
	}
	k := h.r.N(len(s.uids))
	box, uid := s.box, s.uids[k]
	number := strconv.Itoa(k + 1)
	switch h.r.N(8) {
	case 0:
		h.line("MOVE", number, h.boxes[h.box()].name)
	case 1:
		h.line("STORE", number, `+FLAGS (\Deleted)`)
		h.line("CLOSE")
		h.closed()
	case 2, 3:
		h.line("STORE", number, `+FLAGS.SILENT (\Deleted)`)
		h.line("UID EXPUNGE", strconv.Itoa(uid))
	default:
		h.line("STORE", number, `+FLAGS (\Deleted)`)
		h.line("EXPUNGE")
	}
	h.drop(box, uid)
	h.synced()
}

// copy copies or moves messages to another mailbox.
func (h *history) copy() {
	s := h.me()
	if len(s.uids) == 0 {
		h.add()
		return
	}
	uid, set, k := h.messages()
	from, gone := s.box, 0
	if k >= 0 {
		gone = s.uids[k]
	}
	to := h.other() // which may make one: the session is told then what else is gone
	if h.r.Chance(1, 5) && !s.readOnly {
		h.line(uid+"MOVE", set, h.boxes[to].name)
		if k >= 0 {
			h.drop(from, gone)
		}
	} else {
		h.line(uid+"COPY", set, h.boxes[to].name)
	}
	h.put(to)
	h.synced()
}

// add appends a message.
func (h *history) add() {
	to := h.box()
	h.tag()
	h.s(" APPEND " + h.boxes[to].name + " ")
	if h.r.Chance(1, 3) {
		h.flagList()
		h.sp()
	}
	h.literal([]byte(Pick(h.r, mails[:2])))
	h.crlf()
	h.flush()
	h.put(to)
	h.synced()
}

// status asks for the counters of a mailbox.
func (h *history) status() {
	h.line("STATUS", h.boxes[h.box()].name, Pick(h.r, []string{"(MESSAGES UIDNEXT UIDVALIDITY)", "(MESSAGES UNSEEN DELETED)", "(UIDNEXT UIDVALIDITY HIGHESTMODSEQ)"}))
	h.synced()
}

// poll lets the server tell what has happened.
func (h *history) poll() {
	if h.r.Chance(1, 6) {
		h.line("IDLE")
		h.s("DONE\r\n")
		h.flush()
	} else {
		h.line(Pick(h.r, []string{"NOOP", "NOOP", "NOOP", "CHECK"}))
	}
	h.synced()
}

// leave deselects, or goes.
func (h *history) leave() {
	h.line(Pick(h.r, []string{"CLOSE", "UNSELECT"}))
	h.closed()
}

func (h *history) enter() { h.open(h.box()) }

// any sends any command at all.
func (h *history) any() {
	h.gen.boxes = h.gen.boxes[:0]
	for _, b := range h.boxes {
		h.gen.boxes = append(h.gen.boxes, b.name)
	}
	h.anyCommand()
}

// create makes a mailbox, rather one that there was before, and returns its index.
func (h *history) create() int {
	k := slices.IndexFunc(h.boxes, func(b pastBox) bool { return b.gone })
	if k < 0 || h.r.Chance(1, 3) {
		k = len(h.boxes)
		name := Pick(h.r, []string{"box", "a", "a/b", "&AOk-"})
		for slices.ContainsFunc(h.boxes, func(b pastBox) bool { return b.name == name }) {
			name += "x"
		}
		h.boxes = append(h.boxes, pastBox{name: name})
	}
	b := &h.boxes[k]
	b.uids, b.next, b.gone = nil, 1, false
	h.line("CREATE", b.name)
	h.synced()
	h.last = k
	return k
}

// manage makes, deletes or renames a mailbox.
func (h *history) manage() {
	k := h.box()
	b := &h.boxes[k]
	switch op := h.r.N(6); {
	case k > 0 && op < 3:
		h.line("DELETE", b.name)
		b.gone = true
		if h.r.Chance(1, 2) {
			h.create()
		}
	case k > 0 && op == 3:
		name := b.name + "x"
		h.line("RENAME", b.name, name)
		h.boxes = append(h.boxes, pastBox{name: name, uids: b.uids, next: b.next})
		h.boxes[k].gone = true
		h.last = len(h.boxes) - 1
	default:
		h.create()
	}
	h.synced()
}
