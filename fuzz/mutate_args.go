package fuzz

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// argument picks a step with arguments, and one of them; deep says that it may be
// one inside a list. ok is false if there is none.
func (m *mutator) argument(deep bool) (i int, l line, k int, ok bool) {
	if i = m.someBytes(); i < 0 {
		return 0, l, 0, false
	}
	var buf [maxTokens]token
	l, ok = parseLine(m.c.Steps[i].Data, m.c.Target == corpus.Server, buf[:0])
	if !ok {
		return 0, l, 0, false
	}
	l.toks = slices.Clone(l.toks)
	k = m.r.N(len(l.toks))
	for deep && m.r.Chance(1, 2) {
		in := inner(nil, l.data, l.toks[k])
		if len(in) == 0 {
			break
		}
		l.toks = in
		k = m.r.N(len(in))
	}
	return i, l, k, true
}

// splice puts what f writes in the place of data[a:b] of step i. A literal that
// waits makes further steps.
func (m *mutator) splice(i, a, b int, f func()) {
	s := m.c.Steps[i]
	m.conn = s.Conn
	made := m.write(func() {
		m.buf = append(m.buf, s.Data[:a]...)
		f()
		m.buf = append(m.buf, s.Data[b:]...)
	})
	m.touch(i)
	if len(made) == 0 {
		m.c.Steps = slices.Delete(m.c.Steps, i, i+1)
		return
	}
	made[0].Faults = s.Faults
	m.c.Steps = slices.Replace(m.c.Steps, i, i+1, made...)
}

// argReplace writes another argument of the same grammar class.
func (m *mutator) argReplace() bool {
	if m.c.Target == corpus.Client && (m.c.Honest || m.r.Chance(1, 8)) {
		return m.callReplace()
	}
	i, l, k, ok := m.argument(true)
	if !ok {
		return false
	}
	t := l.toks[k]
	m.bad = m.r.Chance(2, 5)
	m.splice(i, t.a, t.b, func() {
		if m.c.Target == corpus.Server {
			m.commandArg(l.verb, l.data[t.a:t.b], k)
		} else {
			before := ""
			if k > 0 {
				before = wordOf(l.data, l.toks[k-1])
			}
			m.replyArg(before, l.data[t.a:t.b])
		}
	})
	m.bad = false
	return true
}

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

// argLiteral gives a literal other octets, and mostly announces as many.
func (m *mutator) argLiteral() bool {
	for k, at := 0, m.r.N(len(m.c.Steps)+1); k < len(m.c.Steps); k++ {
		i := (at + k) % len(m.c.Steps)
		s := &m.c.Steps[i]
		if !s.Sends(m.c.Target) {
			continue
		}
		at, size, ok := opener(s.Data)
		j := blockEnd(m.c, i) - 1
		if !ok || j == i || size > uint64(len(m.c.Steps[j].Data)) {
			continue
		}
		for j > i+1 && !m.c.Steps[j].Sends(m.c.Target) {
			j--
		}
		m.newLiteral(s, at, &m.c.Steps[j], min(int(size), len(m.c.Steps[j].Data)))
		m.touch(i)
		return true
	}
	return false
}

// newLiteral writes a message for the size octets that t starts with, and announces
// it at the end of s.
func (m *mutator) newLiteral(s *corpus.Step, at int, t *corpus.Step, size int) {
	content := m.message()
	if m.r.Chance(1, 3) {
		content = bytes.Repeat([]byte("x"), Pick(m.r, []int{0, 1, 2, 4095, 4096, 4097, 8192, 65536}))
	}
	n := len(content)
	if m.r.Chance(1, 5) {
		n = max(0, n+Pick(m.r, []int{-1, 1, 2, -2, 100, 1 << 30}))
	}
	nonSync := s.Data[len(s.Data)-4] == '+'
	head := strconv.AppendInt(append(s.Data[:at:at], '{'), int64(n), 10)
	if nonSync {
		head = append(head, '+')
	}
	s.Data = append(head, "}\r\n"...)
	t.Data = slices.Concat(content, t.Data[size:])
}

// argForm writes a literal's header in another form, or an atom or a quoted string
// as a literal.
func (m *mutator) argForm() bool {
	i, l, k, ok := m.argument(false)
	if !ok {
		return false
	}
	t := l.toks[k]
	old := l.data[t.a:t.b]
	switch {
	case old[0] == '{' || old[0] == '~':
		form := strings.Trim(string(old), "~{+}")
		m.splice(i, t.a, t.b, func() {
			m.s(strings.Replace(Pick(m.r, []string{"{#}", "{#+}", "~{#}", "~{#+}", "{0#}", "{#-}", "{ #}", "{+#}", "{#}x"}), "#", form, 1))
		})
	case old[0] == '"' && len(old) > 1:
		m.splice(i, t.a, t.b, func() { m.anyLiteral(old[1 : len(old)-1]) })
	case old[0] != '(':
		m.splice(i, t.a, t.b, func() {
			if m.r.Chance(1, 2) {
				m.quoted(old)
			} else {
				m.anyLiteral(old)
			}
		})
	default:
		return false
	}
	return true
}

// anyLiteral writes b as the side that the case scripts would.
func (m *mutator) anyLiteral(b []byte) {
	if m.c.Target == corpus.Server {
		m.literal(b)
	} else {
		m.serverLiteral(b)
	}
}

// argVerb keeps the arguments and changes the command.
func (m *mutator) argVerb() bool {
	i := m.someBytes()
	if i < 0 || m.c.Target == corpus.Client {
		return false
	}
	d := m.c.Steps[i].Data
	toks := tokenize(nil, d, 0, min(len(d), 64))
	if len(toks) < 2 {
		return false
	}
	m.splice(i, toks[1].a, toks[1].b, func() { m.s(Pick(m.r, serverVerbs[:]).name) })
	return true
}

// argNest puts an argument into parentheses, some or very many.
func (m *mutator) argNest() bool {
	i, l, k, ok := m.argument(true)
	if !ok {
		return false
	}
	t := l.toks[k]
	n := 1
	if m.r.Chance(1, 2) {
		n = m.depth()
	}
	m.splice(i, t.a, t.b, func() {
		m.repeat("(", n)
		m.buf = append(m.buf, l.data[t.a:t.b]...)
		m.repeat(")", n)
	})
	return true
}

func (m *mutator) argDrop() bool {
	i, l, k, ok := m.argument(true)
	if !ok {
		return false
	}
	t := l.toks[k]
	if t.a > 0 && l.data[t.a-1] == ' ' {
		t.a--
	}
	m.splice(i, t.a, t.b, func() {})
	return true
}

func (m *mutator) argDuplicate() bool {
	i, l, k, ok := m.argument(true)
	if !ok {
		return false
	}
	t := l.toks[k]
	n := 1
	if m.r.Chance(1, 10) {
		n = m.size(10, 100, 1000)
	}
	m.splice(i, t.b, t.b, func() {
		m.repeat(" "+string(l.data[t.a:t.b]), min(n, maxData/(t.b-t.a+1)))
	})
	return true
}

func (m *mutator) argSwap() bool {
	i, l, k, ok := m.argument(true)
	if !ok || len(l.toks) < 2 {
		return false
	}
	k = min(k, len(l.toks)-2)
	a, b := l.toks[k], l.toks[k+1]
	m.splice(i, a.a, b.b, func() {
		m.buf = append(m.buf, l.data[b.a:b.b]...)
		m.buf = append(m.buf, l.data[a.b:b.a]...)
		m.buf = append(m.buf, l.data[a.a:a.b]...)
	})
	return true
}

// argWord writes a word that the target said, or one of the RFCs'.
func (m *mutator) argWord() bool {
	i, l, k, ok := m.argument(true)
	if !ok {
		return false
	}
	t := l.toks[k]
	m.splice(i, t.a, t.b, func() { m.s(m.v.word(m.r)) })
	return true
}

// argAwaited writes a word that the target compares with.
func (m *mutator) argAwaited() bool {
	if len(m.v.awaited) == 0 {
		return false
	}
	i, l, k, ok := m.argument(true)
	if !ok {
		return false
	}
	m.splice(i, l.toks[k].a, l.toks[k].b, func() { m.s(Pick(m.r, m.v.awaited)) })
	return true
}
