package harness

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
)

// MaxLedger is how many UIDs a [Ledger] remembers: of more, it forgets those that
// it was told first. They take 38 MB of memory (measured).
const MaxLedger = 1 << 18

// A Ledger is what UIDs stand for over many runs of a server whose store outlives
// them (Server.Lasting), and of which only hashes are kept. It belongs to one
// goroutine; runs that it is lent to must not overlap.
type Ledger struct {
	known map[ledgerKey]ledgerEntry
	order []ledgerKey // as they came; of MaxLedger, next is the oldest
	next  int
	to    io.Writer // nil: it is kept nowhere
	err   error     // the first of to
	lines []byte
}

// A ledgerKey is the hash of a store, an account and an identity.
type ledgerKey [16]byte

// A ledgerEntry is what is known of a UID.
type ledgerEntry struct {
	content uint64 // hash of BODY[], 0: nobody has fetched it
	conn    int    // the connection that was told of it first, and
	caseID  string // of which case
}

// NewLedger returns a ledger that knows what is in old, lines that ledgers have
// written, and writes what it is told to to, all of a run in one Write. Lines that
// were torn are passed over. Either may be nil.
func NewLedger(old io.Reader, to io.Writer) (*Ledger, error) {
	l := &Ledger{known: map[ledgerKey]ledgerEntry{}}
	if old != nil {
		lines := bufio.NewReader(old)
		for {
			line, err := lines.ReadBytes('\n')
			if k, e, ok := parseLedgerLine(bytes.TrimSuffix(line, []byte("\n"))); ok && err == nil {
				l.put(k, e)
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				return nil, fmt.Errorf("ledger of UIDs: %w", err)
			}
		}
	}
	l.to = to
	return l, nil
}

// Err returns the first error of writing; the ledger goes on in memory.
func (l *Ledger) Err() error { return l.err }

// Len returns how many UIDs the ledger knows.
func (l *Ledger) Len() int { return len(l.known) }

func (l *Ledger) put(k ledgerKey, e ledgerEntry) {
	if _, ok := l.known[k]; !ok {
		if len(l.order) < MaxLedger {
			l.order = append(l.order, k)
		} else {
			delete(l.known, l.order[l.next])
			l.order[l.next] = k
			l.next = (l.next + 1) % MaxLedger
		}
	}
	l.known[k] = e
}

// tell notes what is known of a UID now.
func (l *Ledger) tell(k ledgerKey, e ledgerEntry) {
	l.put(k, e)
	l.lines = appendLedgerLine(l.lines, k, e)
}

// flush writes what a run has told.
func (l *Ledger) flush() {
	if l.to != nil && len(l.lines) > 0 && l.err == nil {
		_, l.err = l.to.Write(l.lines)
	}
	l.lines = l.lines[:0]
}

// A line is the key, the content, the case, the connection, and a checksum.
func appendLedgerLine(b []byte, k ledgerKey, e ledgerEntry) []byte {
	from := len(b)
	b = fmt.Appendf(b, "uid %x %016x %s %d", k[:], e.content, e.caseID, e.conn)
	return fmt.Appendf(b, " %08x\n", crc32.ChecksumIEEE(b[from:]))
}

func parseLedgerLine(line []byte) (k ledgerKey, e ledgerEntry, ok bool) {
	f := bytes.Split(line, []byte(" "))
	if len(f) != 6 || len(f[1]) != 2*len(k) {
		return k, e, false
	}
	sum := line[:len(line)-len(f[5])-1]
	if string(f[5]) != fmt.Sprintf("%08x", crc32.ChecksumIEEE(sum)) {
		return k, e, false
	}
	_, err1 := hex.Decode(k[:], f[1])
	content, err2 := strconv.ParseUint(string(f[2]), 16, 64)
	conn, err3 := strconv.Atoi(string(f[4]))
	return k, ledgerEntry{content: content, caseID: string(f[3]), conn: conn}, err1 == nil && err2 == nil && err3 == nil
}

func keyOf(store, user string, id identity) (k ledgerKey) {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %d %d", store, user, id.mailbox, id.validity, id.uid))
	copy(k[:], sum[:])
	return k
}

// contentOf hashes octets; it is never 0.
func contentOf(octets []byte) uint64 {
	sum := sha256.Sum256(octets)
	return binary.BigEndian.Uint64(sum[:]) | 1
}

// whole returns the octets of the message, as a session fetched them; nil if none
// did.
func (w *witness) whole() []byte {
	for k := range w.sections {
		if len(w.sections[k].section) == 0 && len(w.sections[k].octets) > 0 {
			return w.sections[k].octets
		}
	}
	return nil
}

// overRuns holds what the run told of UIDs against what earlier runs did, and tells
// it the ledger.
func (m *identities) overRuns() {
	l := m.j.rec.ledger
	if l == nil || m.j.rec.store == "" {
		return
	}
	for _, w := range m.pool[:m.used] {
		m.overRun(l, w.id, w.whole(), w.appended != nil || w.copyOf.uid != 0, Finding{Conn: w.conn, event: w.event})
	}
	if after := m.j.rec.After; after != nil && !after.Partial && after.UIDValidity != 0 {
		for i := range after.Messages {
			msg := &after.Messages[i]
			id := identity{"INBOX", after.UIDValidity, msg.UID}
			if len(msg.Body) > 0 && int64(len(msg.Body)) == msg.Size && (m.known[id] == nil || m.known[id].whole() == nil) {
				m.overRun(l, id, msg.Body, false, Finding{event: len(m.j.rec.Events)})
			}
		}
	}
	l.flush()
}

// overRun is overRuns for one UID: now are its octets, if they are known; given says
// that the server has handed it out in this run.
func (m *identities) overRun(l *Ledger, id identity, now []byte, given bool, f Finding) {
	k := keyOf(m.j.rec.store, m.j.rec.user, id)
	was, ok := l.known[k]
	e := ledgerEntry{conn: f.Conn, caseID: m.j.rec.Case.ID()}
	if now != nil {
		e.content = contentOf(now)
	}
	changed := ok && now != nil && was.content != 0 && was.content != e.content
	switch {
	case ok && given, changed && m.j.brought(now):
		f.Where = "over runs"
		f.Summary = fmt.Sprintf("the UID %d of %s (UIDVALIDITY %d) is given to a second message: connection %d of the case %s was told of the first, in an earlier run; connection %d of the case %s of this one",
			id.uid, id.mailbox, id.validity, was.conn, was.caseID, e.conn, e.caseID)
		m.report(oneMessage, f)
	case changed:
		f.Where = "BODY over runs"
		f.Summary = fmt.Sprintf("the octets of the UID %d of %s (UIDVALIDITY %d) are others than connection %d of the case %s was told in an earlier run; now connection %d of the case %s",
			id.uid, id.mailbox, id.validity, was.conn, was.caseID, e.conn, e.caseID)
		m.report(staticData, f)
	case ok && (now == nil || was.content == e.content):
		return
	case ok: // the same message, whose octets are known now
		was.content = e.content
		e = was
	}
	m.reached[oneMessage] = true
	l.tell(k, e)
}
