package fuzz

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// callReplace asks the client for something else.
func (m *mutator) callReplace() bool {
	for k, at := 0, m.r.N(len(m.c.Steps)+1); k < len(m.c.Steps); k++ {
		i := (at + k) % len(m.c.Steps)
		s := &m.c.Steps[i]
		if s.Op != corpus.Do {
			continue
		}
		call := string(s.Data)
		if next := m.vary(call); next != call {
			s.Data = []byte(next)
		} else {
			s.Data = []byte(m.vary(Pick(m.r, m.v.calls())))
		}
		m.touch(i)
		return true
	}
	return false
}

// commandArg writes an argument that can stand where old does in a command.
func (m *mutator) commandArg(verb string, old []byte, k int) {
	name := strings.TrimPrefix(verb, "UID ")
	c := old[0]
	switch {
	case c == '"' && len(old) > 22 && bytes.IndexByte(old, ':') > 0:
		m.dateTime()
	case k == 0 && (name == "FETCH" || name == "STORE" || name == "COPY" || name == "MOVE" || name == "EXPUNGE"):
		m.set()
	case name == "FETCH":
		m.fetchItem()
	case name == "SEARCH" && c != '"' && !isSetWord(string(old)):
		m.searchKey(2)
	case name == "STATUS" && k > 0:
		m.statusOr(c)
	case c == '(':
		m.flagList()
	case c == '\\' || c == '$' || name == "STORE":
		m.flag()
	case c == '{' || c == '~':
		m.literal(m.message())
	case isSetWord(string(old)):
		if m.r.Chance(1, 2) {
			m.set()
		} else {
			m.number()
		}
	case name == "LIST" || name == "LSUB":
		m.pattern()
	case name == "LOGIN" || name == "SEARCH" || name == "ID":
		m.astring()
	default:
		m.mailbox()
	}
}

// statusOr writes items of STATUS, in parentheses if c opens them.
func (m *mutator) statusOr(c byte) {
	if c != '(' {
		m.statusList()
		return
	}
	m.byte('(')
	m.statusList()
	m.byte(')')
}

// replyArg writes what can stand where old does in a reply, behind the word before.
func (m *mutator) replyArg(before string, old []byte) {
	switch c := old[0]; {
	case strings.HasPrefix(before, "BODY[") || strings.HasPrefix(before, "BINARY["):
		m.nstring(Pick(m.r, mails[:]))
	case before == "ENVELOPE":
		m.envelope()
	case before == "BODY" || before == "BODYSTRUCTURE":
		m.bodyStructure()
	case before == "INTERNALDATE":
		m.dateTime()
	case before == "FLAGS" && c == '(':
		m.flagList()
	case before == "FETCH" && c == '(':
		m.byte('(')
		m.replyItem()
		m.byte(')')
	case c == '[':
		m.byte('[')
		m.s(Pick(m.r, codes[:]))
		m.byte(']')
	case c == '"' || c == '{' || c == 'N' && string(old) == "NIL":
		m.nstring(m.v.word(m.r))
	case isSetWord(string(old)):
		if m.r.Chance(1, 3) {
			m.number()
		} else {
			m.nz()
		}
	case c == '(' && m.r.Chance(1, 8):
		m.nest("(", ")")
	case c == '(':
		m.flagList()
	case c == '\\':
		m.flag()
	default:
		m.s(m.v.word(m.r))
	}
}

// argNumber changes one number of a line: by one, or to an edge.
func (m *mutator) argNumber() bool {
	i := m.someBytes()
	if i < 0 {
		return false
	}
	d := m.c.Steps[i].Data
	var nums []token
	for k := 0; k < len(d) && len(nums) < maxTokens; k++ {
		if d[k] < '0' || d[k] > '9' {
			continue
		}
		t := token{a: k}
		for k < len(d) && d[k] >= '0' && d[k] <= '9' {
			k++
		}
		t.b = k
		if n := tagLen(d); t.a > n {
			nums = append(nums, t)
		}
	}
	if len(nums) == 0 {
		return false
	}
	t := Pick(m.r, nums)
	m.splice(i, t.a, t.b, func() {
		n, err := strconv.ParseUint(string(d[t.a:t.b]), 10, 64)
		switch {
		case err == nil && m.r.Chance(1, 2):
			m.buf = strconv.AppendUint(m.buf, n+uint64(m.r.Between(0, 2))-1, 10)
		case m.r.Chance(1, 2):
			m.s(Pick(m.r, numbers[:]))
		default:
			m.s(Pick(m.r, badNumbers[:]))
		}
	})
	return true
}
