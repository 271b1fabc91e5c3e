package harness

import (
	"bytes"
	"strings"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// A mailModel is what the mailboxes of a server hold, as far as the commands of
// all sessions of a run tell: a small reference server without a wire. It does
// what was acknowledged, and predicts what flags, counts, UIDs, searches and
// STATUS can be after it, RFC 2180's choices included. Where it is not certain any
// more what was done, it gives up, and nothing more is judged by it.
type mailModel struct {
	j        *judging
	dead     bool
	boxes    []modelBox
	msgs     []modelMessage // of all mailboxes; the others have indexes
	views    []modelView    // by connection, [0] is connection 1
	keywords [][]byte       // from bit 5 of flags on
	keys     []imapwire.SearchKey
	picked   []int
	found    []ruleFinding

	reached [modelRules]bool
}

// The rules that the model tells of.
const (
	searchFlags   = iota // 2683-3.2.3-d
	sizeTold             // R-SEQ-5
	expungeTold          // R-SEQ-2
	storeHolds           // store-flags
	statusTells          // status-counts
	copyWhole            // R-AT-2
	moveWhole            // R-AT-3
	fetchGone            // R-MA-2
	storeGone            // R-MA-4
	copyGone             // R-MA-6
	nextStays            // R-UID-3
	readOnlyHolds        // R-ST-7
	mailLasts            // R-AT-1
	modelRules
)

// A modelBox is a mailbox. Messages that are gone stay in msgs, in the order in
// which they came.
type modelBox struct {
	name      string
	lost      bool // what it holds is not known any more
	msgs      []int
	validity  uint32
	next      uint32 // UIDNEXT, 0: not known
	nextExact bool   // nothing was stored since it was told
	bumped    bool   // a failed APPEND or COPY may have raised it

	examined  bool // a session that has it open read-only has tried what would change it
	copied    bool // a COPY has stored into it
	moved     bool // a MOVE has changed it
	goneStore bool // a STORE, or a FETCH that sets \Seen, was sent while messages were gone
	goneCopy  bool // so did a COPY
}

// A modelMessage is a message; flags has bits, unsure those that it may as well
// not have, or have.
type modelMessage struct {
	uid           uint32 // 0: not known
	flags, unsure uint64
	past          [4]uint64 // flags that it had before
	size          uint64
	sized         bool
	gone          bool
	maybe         bool   // it may be gone
	since         int    // event since which its flags are so
	star          string // how they were stored, if through a set with "*": uidStar or numberStar
}

// What the last STORE of flags was that named messages by "*".
const (
	uidStar    = "UID star"
	numberStar = "star" // while messages were gone or new that the session had not been told of
)

// A modelView is the mailbox that a session has selected, as its client knows it.
type modelView struct {
	box       int // -1: none, or one that is not known
	readOnly  bool
	seq       []int    // messages by number
	top       int      // the last message that had a number
	stale     []uint64 // flags that others have changed, and that the client may not have been told
	base      []uint64 // the flags before that, or those that the client was told since
	vague     []uint64 // those of base that are in doubt
	permanent uint64   // flags that can be stored for good
	keywords  bool     // and any others
	exists    int      // what EXISTS told while a mailbox is being selected; -1
	next      uint32   // UIDNEXT then
	validity  uint32
}

// The bits of the system flags.
var modelFlags = [...]string{`\Answered`, `\Flagged`, `\Deleted`, `\Seen`, `\Draft`}

const (
	flagDeleted = 1 << 2
	flagSeen    = 1 << 3
	allFlags    = 1<<63 - 1
)

// reset makes m the model of another run, on the memory of the old one.
func (m *mailModel) reset(j *judging) {
	*m = mailModel{
		j: j, boxes: m.boxes[:0], msgs: m.msgs[:0], views: m.views[:0], keywords: m.keywords[:0], keys: m.keys[:0],
		picked: m.picked[:0], found: m.found[:0],
	}
	for range j.rec.Conns {
		m.views = grown(m.views)
		v := &m.views[len(m.views)-1]
		*v = modelView{box: -1, exists: -1, seq: v.seq[:0], stale: v.stale[:0], base: v.base[:0], vague: v.vague[:0]}
	}
	if before := j.rec.Before; before != nil && !before.Partial {
		b := m.addBox("INBOX")
		b.validity, b.next, b.nextExact = before.UIDValidity, before.UIDNext, before.UIDNext != 0
		for _, msg := range before.Messages {
			flags, ok := m.bits(msg.Flags)
			if !ok {
				b.lost = true
			}
			m.add(b, modelMessage{uid: msg.UID, flags: flags, size: uint64(msg.Size), sized: true})
		}
	}
}

// grown returns s with one element more, which may have been used before.
func grown[T any](s []T) []T {
	if len(s) < cap(s) {
		return s[:len(s)+1]
	}
	var zero T
	return append(s, zero)
}

func (m *mailModel) addBox(name string) *modelBox {
	m.boxes = grown(m.boxes)
	b := &m.boxes[len(m.boxes)-1]
	*b = modelBox{name: name, msgs: b.msgs[:0]}
	return b
}

// add stores a message in b.
func (m *mailModel) add(b *modelBox, msg modelMessage) int {
	m.msgs = append(m.msgs, msg)
	b.msgs = append(b.msgs, len(m.msgs)-1)
	return len(m.msgs) - 1
}

// box returns the index of the mailbox of that name, -1 if nothing is known of
// it.
func (m *mailModel) box(name string) int {
	for i := range m.boxes {
		if m.boxes[i].name == name && !m.boxes[i].lost {
			return i
		}
	}
	return -1
}

// named returns the name of the mailbox that octets stand for in s, and the index of
// what is known of it, -1 for nothing. Where there is no modified UTF-7 any more (RFC
// 6855, section 3), servers decode a name that looks like it all the same, or do not:
// both mailboxes are given up, and sure is false.
func (m *mailModel) named(s *Session, octets []byte, event int) (name string, box int, sure bool) {
	name = s.mailboxName(octets, event)
	box = m.box(name)
	if decoded := imapwire.MailboxName(octets); decoded != name {
		m.lose(box)
		m.lose(m.box(decoded))
		return name, -1, false
	}
	return name, box, true
}

// lose gives a mailbox up.
func (m *mailModel) lose(box int) {
	if box < 0 {
		return
	}
	m.boxes[box].lost = true
	for i := range m.views {
		if m.views[i].box == box {
			m.views[i].box = -1
		}
	}
}

// bit returns the bit of a flag. It is not ok if there are too many.
func (m *mailModel) bit(flag []byte) (bit uint64, ok bool) {
	for i, name := range modelFlags {
		if len(flag) == len(name) && equalFold(flag, name) {
			return 1 << i, true
		}
	}
	if equalFold(flag, `\Recent`) {
		return 0, true
	}
	for i, word := range m.keywords {
		if bytes.EqualFold(word, flag) {
			return 1 << (len(modelFlags) + i), true
		}
	}
	if len(m.keywords) >= 62-len(modelFlags) {
		return 0, false
	}
	m.keywords = append(m.keywords, flag)
	return 1 << (len(modelFlags) + len(m.keywords) - 1), true
}

// equalFold is strings.EqualFold for ASCII, without a copy.
func equalFold(b []byte, s string) bool {
	if len(b) != len(s) {
		return false
	}
	for i := range b {
		if lower(b[i]) != lower(s[i]) {
			return false
		}
	}
	return true
}

func (m *mailModel) bits(flags []string) (out uint64, ok bool) {
words:
	for _, f := range flags {
		for i, name := range modelFlags {
			if strings.EqualFold(f, name) {
				out |= 1 << i
				continue words
			}
		}
		bit, ok := m.bit([]byte(f))
		if !ok {
			return 0, false
		}
		out |= bit
	}
	return out, true
}

// words returns the bits of a list of flags.
func (m *mailModel) words(w imapwire.Words) (out uint64, ok bool) {
	for f := range w.All() {
		bit, ok := m.bit(f)
		if !ok {
			m.dead = true
			return 0, false
		}
		out |= bit
	}
	return out, true
}

// count returns how many messages b holds. It is not ok if that is open.
func (m *mailModel) count(b *modelBox) (n int, ok bool) {
	for _, k := range b.msgs {
		if m.msgs[k].maybe {
			return 0, false
		}
		if !m.msgs[k].gone {
			n++
		}
	}
	return n, true
}

// pending reports whether messages that v numbers are gone.
func (m *mailModel) pending(v *modelView) bool {
	for _, k := range v.seq {
		if m.msgs[k].gone || m.msgs[k].maybe {
			return true
		}
	}
	return false
}

// changed notes that the flags of message k may be others now, for all views but
// by's: before, they were was, but for those in doubt.
func (m *mailModel) changed(k int, was, doubt, bits uint64, by *modelView) {
	for i := range m.views {
		v := &m.views[i]
		if v == by || v.box < 0 {
			continue
		}
		for n, other := range v.seq {
			if other != k {
				continue
			}
			fresh := bits &^ v.stale[n]
			v.base[n] = v.base[n]&^fresh | was&fresh
			v.vague[n] = v.vague[n]&^fresh | doubt&fresh
			v.stale[n] |= bits
		}
	}
}

// leave ends the selection: which mailbox is selected is open.
func (v *modelView) leave() {
	v.box, v.exists, v.next, v.validity = -1, -1, 0, 0
	v.permanent, v.keywords = 1<<len(modelFlags)-1, false
}

// number gives v a message more.
func (v *modelView) number(k int) {
	v.top = k
	v.seq, v.stale = append(v.seq, k), append(v.stale, 0)
	v.base, v.vague = append(v.base, 0), append(v.vague, 0)
}

// forget takes the i-th message out of v.
func (v *modelView) forget(i int) {
	v.seq = append(v.seq[:i], v.seq[i+1:]...)
	v.stale = append(v.stale[:i], v.stale[i+1:]...)
	v.base = append(v.base[:i], v.base[i+1:]...)
	v.vague = append(v.vague[:i], v.vague[i+1:]...)
}

// at returns where v numbers message k, -1 if it does not.
func (v *modelView) at(k int) int {
	for i, other := range v.seq {
		if other == k {
			return i
		}
	}
	return -1
}

// blame ends the model with a finding about b. Where a session that has b open
// read-only has tried to change it, it is that.
func (m *mailModel) blame(b *modelBox, rule int, f Finding) {
	if b.examined {
		rule, f.Where, f.Severity = readOnlyHolds, "", ""
	}
	m.report(rule, f)
}

// report ends the model with a finding.
func (m *mailModel) report(rule int, f Finding) {
	m.found = append(m.found, ruleFinding{rule, f})
	m.dead = true
}
