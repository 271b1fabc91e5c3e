package plants

import (
	"fmt"
	"strings"
)

const (
	flagList = `\Answered \Flagged \Deleted \Seen \Draft`

	noBox = "NO [NONEXISTENT] no such mailbox"
)

// selectBox opens a mailbox (RFC 9051, sections 6.3.2 and 6.3.3).
func (s *session) selectBox(args []arg, readOnly bool) string {
	known, status := s.selectParams(args[1:])
	if status != "" {
		return status
	}
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	b := s.boxNamed(args[0].text)
	switch {
	case b == nil && s.srv.has("select-keeps"):
		return noBox
	case b != nil && b.locked:
		return "NO [INUSE] somebody has it"
	}
	if s.box != nil && !s.srv.has("closed-missing") {
		s.untagged("OK [CLOSED] the mailbox that was selected is no more")
	}
	if b == nil {
		s.shut() // RFC 9051, section 6.3.2: a SELECT that fails selects nothing
		if s.srv.has("serverbug") && strings.Contains(args[0].text, "&") {
			return "NO [SERVERBUG] internal error"
		}
		return noBox
	}
	s.condkeep = s.condkeep || s.srv.has("modseq-unasked")
	if s.srv.has("select-steals") {
		for _, w := range b.watchers {
			w.stolen = true
		}
	}
	s.open(b, readOnly)
	s.tellBox()
	if known != nil {
		s.resync(*known)
	}
	if readOnly && !s.srv.has("examine-unsaid") {
		return "OK [READ-ONLY] EXAMINE completed"
	}
	return "OK [READ-WRITE] SELECT completed"
}

// tellBox tells what a client has to know of the mailbox it opens. The caller
// holds the store's lock.
func (s *session) tellBox() {
	b := s.box
	s.untagged("%d EXISTS", len(b.msgs))
	if !s.rev2 {
		s.untagged("0 RECENT")
		for i, m := range b.msgs {
			if !m.has(`\Seen`) {
				s.untagged("OK [UNSEEN %d] the first that is unseen", i+1)
				break
			}
		}
	}
	s.flagsLine()
	if !s.srv.has("uidvalidity-missing") || b.name != "INBOX" {
		s.untagged("OK [UIDVALIDITY %d] valid", b.validity)
	}
	next := b.next
	if s.srv.has("zero") && b.name == "INBOX" {
		next = 0
	}
	if s.srv.has("uidnext-low") {
		next--
	}
	s.untagged("OK [UIDNEXT %d] next", next)
	s.untagged("OK [HIGHESTMODSEQ %d] last change", b.modseq)
	if s.rev2 {
		s.untagged(`LIST (%s) "/" %s`, strings.Join(s.attributes(b.name, listOptions{}), " "), s.told(b.name))
	}
}

func (s *session) closeBox(expunge bool) string {
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	modseq := ""
	if expunge && !s.readOnly {
		if s.box.remove(func(m *message) bool { return m.has(`\Deleted`) }) > 0 && s.qresync {
			modseq = fmt.Sprintf("[HIGHESTMODSEQ %d] ", s.box.modseq)
		}
	}
	s.shut()
	return "OK " + modseq + "closed"
}

// status tells what there is in a mailbox (RFC 9051, section 6.3.11).
func (s *session) status(args []arg) string {
	if s.srv.has("lock-twice") {
		s.srv.mutex.Lock()
		s.srv.mutex.Lock()
	}
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	b := s.boxNamed(args[0].text)
	if b == nil {
		return noBox
	}
	line, ok := s.statusLine(b, args[1].words())
	if !ok {
		return "BAD there is no such item"
	}
	s.untagged("%s", line)
	return "OK STATUS completed"
}

// statusLine is the STATUS response for a mailbox. It is not ok if there is no
// such item.
func (s *session) statusLine(b *mailbox, words []string) (line string, ok bool) {
	var items []string
	for _, w := range words {
		n := uint64(0)
		switch w = strings.ToUpper(w); w {
		case "MESSAGES":
			n = uint64(len(b.msgs))
		case "RECENT":
		case "UIDNEXT":
			n = uint64(b.next)
		case "UIDVALIDITY":
			n = uint64(b.validity)
		case "UNSEEN":
			n = uint64(len(b.msgs) - b.count(`\Seen`))
			if s.srv.has("status-counts-recent") {
				n = 0
			}
		case "DELETED":
			n = uint64(b.count(`\Deleted`))
		case "SIZE":
			n = uint64(b.size())
		case "HIGHESTMODSEQ":
			n = b.modseq
			s.condkeep = true // RFC 7162, section 3.1: who asks for it is told from now on
		case "APPENDLIMIT":
			n = maxMail
		default:
			return "", false
		}
		items = append(items, fmt.Sprintf("%s %d", w, n))
	}
	return fmt.Sprintf("STATUS %s (%s)", s.told(b.name), strings.Join(items, " ")), true
}

// specialUses are the uses that a mailbox can be created for (RFC 6154).
var specialUses = []string{`\All`, `\Archive`, `\Drafts`, `\Flagged`, `\Junk`, `\Sent`, `\Trash`}

// oneOf returns the word of words that word is, in any case, or "".
func oneOf(word string, words []string) string {
	for _, w := range words {
		if strings.EqualFold(w, word) {
			return w
		}
	}
	return ""
}
