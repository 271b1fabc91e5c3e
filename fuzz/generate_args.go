package fuzz

import "strconv"

// mailbox writes the name of a mailbox: INBOX, one that the case made, one that
// may be missing, or an odd one.
func (g *gen) mailbox() {
	if g.wild() {
		g.badMailbox()
		return
	}
	switch k := g.r.N(20); {
	case k < 6:
		g.s("INBOX")
	case k < 11 && len(g.boxes) > 0:
		g.s(Pick(g.r, g.boxes))
	case k < 18:
		g.s(Pick(g.r, mailboxes[:]))
	case k == 18 && len(g.v.Words) > 0:
		g.quoted(Pick(g.r, g.v.Words))
	default:
		g.literal([]byte(Pick(g.r, []string{"INBOX", "box1", "", "a b", "a\"b\\c", "a\r\nb", "a\nb", "x\r\nzz9 CREATE canary\r\n", "&AOk-", "(x)"})))
	}
}

func (g *gen) badMailbox() {
	switch g.r.N(8) {
	case 0:
		g.repeat("n", g.size(256, 1024, 4096, 8192, 65536))
	case 1:
		g.repeat("a/", g.size(16, 128, 1024, 20000))
	case 2:
		g.literal([]byte("a\x00b"))
	case 3:
		g.s(g.v.word(g.r))
	default:
		g.s(Pick(g.r, badMailboxes[:]))
	}
}

func (g *gen) pattern() {
	switch {
	case g.wild() && g.r.Chance(1, 4):
		g.repeat(Pick(g.r, []string{"*", "%", "*a", "%/", "*%"}), g.size(10, 100, 1000, 10000))
	case g.r.Chance(1, 8):
		g.mailbox()
	case g.r.Chance(1, 20):
		// What matches nothing is slow, if something is: every way is tried.
		g.repeat(Pick(g.r, []string{"*", "%", "%*", "*%"}), g.size(4, 8, 16, 32, 100))
		g.s(Pick(g.r, []string{"x", "/x", "INBOX", "z%"}))
	default:
		g.s(Pick(g.r, patterns[:]))
	}
}

// set writes a sequence set.
func (g *gen) set() {
	switch {
	case g.wild():
		if g.r.Chance(1, 12) {
			g.repeat("1,", g.size(1000, 10000, 50000))
			g.byte('1')
			return
		}
		g.s(Pick(g.r, badSets[:]))
	case g.r.Chance(1, 16):
		for n := g.r.Between(2, 60); n > 0; n-- {
			g.int(g.r.Between(1, 200))
			g.byte(Pick(g.r, []byte(",,,:")))
			g.int(g.r.Between(1, 200))
			g.byte(',')
		}
		g.byte('1')
	default:
		g.s(Pick(g.r, sets[:]))
	}
}

func (g *gen) number() {
	if g.wild() {
		g.s(Pick(g.r, badNumbers[:]))
		return
	}
	g.s(Pick(g.r, numbers[:]))
}

func (g *gen) flag() {
	switch {
	case g.wild():
		g.s(Pick(g.r, badFlags[:]))
	case g.r.Chance(2, 3):
		g.s(Pick(g.r, systemFlags[:]))
	case g.r.Chance(1, 8):
		g.s(g.v.word(g.r))
	default:
		g.s(Pick(g.r, keywords[:]))
	}
}

// flagList writes flags in parentheses.
func (g *gen) flagList() {
	if g.wild() && g.r.Chance(1, 3) {
		switch g.r.N(3) {
		case 0:
			g.nest("(", ")")
			return
		case 1:
			g.byte('(')
			n := g.size(100, 1000, 5000)
			for i := range n {
				g.s("kw")
				g.int(i)
				g.sp()
			}
			g.s("x)")
			return
		}
		g.s(Pick(g.r, []string{"(", ")", "( )", `(\Seen`, `(\Seen  \Draft)`, `(\Seen )`, `( \Seen)`, `(\Seen)(\Draft)`, ""}))
		return
	}
	g.byte('(')
	n := g.r.N(4)
	if g.r.Chance(1, 24) {
		n = g.size(8, 16, 32, 64, 256) // more than people set, and a server may have a limit
	}
	for i := range n {
		if i > 0 {
			g.sp()
		}
		g.flag()
	}
	g.byte(')')
}

func (g *gen) dateTime() {
	if g.wild() {
		g.s(Pick(g.r, badDateTimes[:]))
		return
	}
	g.s(Pick(g.r, dateTimes[:]))
}

func (g *gen) date() {
	if g.wild() {
		g.s(Pick(g.r, badDates[:]))
		return
	}
	g.s(Pick(g.r, dates[:]))
}

// astring writes an atom, a quoted string or a literal.
func (g *gen) astring() {
	switch {
	case g.wild():
		if g.r.Chance(1, 10) {
			g.byte('"')
			g.repeat("q", g.size(1024, 8192, 65536))
			g.byte('"')
			return
		}
		g.s(Pick(g.r, badStrings[:]))
	case g.r.Chance(1, 6):
		g.literal([]byte(Pick(g.r, astrings[:])))
	case g.r.Chance(1, 8):
		g.s(g.v.word(g.r))
	default:
		g.s(Pick(g.r, astrings[:]))
	}
}

// str writes a quoted string or a literal.
func (g *gen) str() {
	if g.r.Chance(1, 8) {
		g.literal([]byte("lunch"))
		return
	}
	g.quoted([]byte(g.v.word(g.r)))
}

// quoted writes b as a quoted string.
func (g *gen) quoted(b []byte) {
	g.byte('"')
	for _, c := range b {
		if c == '"' || c == '\\' {
			g.byte('\\')
		}
		g.byte(c)
	}
	g.byte('"')
}

// literal writes content as a literal: announced, with its octets in the next
// step, or, without waiting, in the same. One that may break the grammar announces
// another size than it has.
func (g *gen) literal(content []byte) { g.literalOf(content, false) }

func (g *gen) literalOf(content []byte, binary bool) {
	if binary {
		g.byte('~')
	}
	n := len(content)
	if g.wild() {
		if g.r.Chance(1, 3) {
			g.s(Pick(g.r, announced[:]))
			if g.r.Chance(1, 2) {
				return
			}
			g.crlf()
			g.flush()
			g.buf = append(g.buf, content...)
			return
		}
		n = max(0, n+Pick(g.r, []int{-1, 1, -2, 2, 10, 1000, -n}))
	}
	g.byte('{')
	g.buf = strconv.AppendInt(g.buf, int64(n), 10)
	if nonSync := g.r.Chance(1, 3); nonSync {
		g.s("+}\r\n")
	} else {
		g.s("}\r\n")
		g.flush()
	}
	g.buf = append(g.buf, content...)
}

// some writes 1 to n of words with sep between.
func (g *gen) some(n int, words []string, sep string) {
	for i, k := 0, g.r.Between(1, n); i < k; i++ {
		if i > 0 {
			g.s(sep)
		}
		g.s(Pick(g.r, words))
	}
}

// depth returns how deep a nesting goes: mostly not far, rarely to 100,000.
func (g *gen) depth() int {
	if g.r.Chance(1, 2) {
		return 10
	}
	return g.size(10, 100, 1000, 10000, 100000)
}

// nest writes open many times, a word, and shut as often or not at all.
func (g *gen) nest(open, shut string) {
	n := g.depth()
	g.repeat(open, n)
	if g.r.Chance(1, 4) {
		return
	}
	g.s("x")
	g.repeat(shut, n)
}

func (g *gen) statusList() {
	if g.wild() {
		g.s(Pick(g.r, badStatusItems[:]))
		return
	}
	g.some(5, statusItems[:], " ")
}
