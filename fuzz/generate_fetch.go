package fuzz

// fetchArgs writes the set and the items of FETCH.
func (g *gen) fetchArgs() {
	g.setArg()
	g.sp()
	switch k := g.r.N(12); {
	case k == 0:
		g.s(Pick(g.r, []string{"ALL", "FAST", "FULL"}))
	case k < 5:
		g.fetchItem()
	case k == 5 && g.wild():
		g.nest("(", ")")
	default:
		g.fetchList()
	}
	if g.wild() && g.r.Chance(1, 3) {
		g.s(Pick(g.r, []string{" (CHANGEDSINCE 1)", " (VANISHED)", " ()", " FLAGS", " ("}))
	}
}

func (g *gen) fetchList() {
	g.byte('(')
	n := g.r.Between(1, 5)
	if g.r.Chance(1, 60) {
		n = g.size(50, 500, 2000)
	}
	for i := range n {
		if i > 0 {
			g.sp()
		}
		g.fetchItem()
	}
	if !g.wild() {
		g.byte(')')
	}
}

// fetchItem writes one data item of IMAP4rev1 or IMAP4rev2.
func (g *gen) fetchItem() {
	if g.wild() && g.r.Chance(1, 2) {
		g.s(Pick(g.r, badItems[:]))
		return
	}
	switch k := g.r.N(10); {
	case k < 5:
		g.s(Pick(g.r, messageItems[:]))
	case k < 8:
		g.s(Pick(g.r, []string{"BODY[", "BODY.PEEK[", "body.peek["}))
		g.section()
		g.byte(']')
		g.partial()
	case k < 9:
		g.s(Pick(g.r, []string{"BINARY[", "BINARY.PEEK["}))
		g.part()
		g.byte(']')
		g.partial()
	default:
		g.s("BINARY.SIZE[")
		g.part()
		g.byte(']')
	}
}

func (g *gen) section() {
	if !g.wild() {
		g.s(Pick(g.r, sections[:]))
		return
	}
	switch g.r.N(6) {
	case 0:
		g.repeat("1.", g.size(100, 1000, 30000))
		g.byte('1')
	case 1:
		g.s("HEADER.FIELDS (")
		g.repeat("x ", g.size(100, 1000, 30000))
		g.s("x)")
	default:
		g.s(Pick(g.r, badSections[:]))
	}
}

func (g *gen) part() {
	if g.wild() {
		g.s(Pick(g.r, badSections[:]))
		return
	}
	g.s(Pick(g.r, []string{"", "1", "2", "1.1", "3", "4294967295", "1.2.3"}))
}

func (g *gen) partial() {
	switch {
	case g.wild():
		g.s(Pick(g.r, badPartials[:]))
	case g.r.Chance(1, 6):
		g.s(Pick(g.r, partials[:]))
	case g.r.Chance(1, 5): // each edge of the one with each of the other: they are added and compared
		g.byte('<')
		g.s(Pick(g.r, numbers[:]))
		g.byte('.')
		g.s(Pick(g.r, numbers[1:]))
		g.byte('>')
	}
}
