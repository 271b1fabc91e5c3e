package fuzz

// searchArgs writes the arguments of SEARCH: result options, charset, keys.
func (g *gen) searchArgs() {
	switch {
	case g.wild():
		g.s(Pick(g.r, []string{" RETURN", " RETURN (", " RETURN (X)", " RETURN MIN", " RETURN (MIN MIN)", " RETURN (PARTIAL 1:2)", " RETURN ()) "}))
	case g.r.Chance(1, 3):
		g.s(" RETURN (")
		if g.r.Chance(5, 6) {
			g.some(3, []string{"MIN", "MAX", "ALL", "COUNT", "SAVE"}, " ")
		}
		g.byte(')')
	}
	switch {
	case g.wild():
		g.s(Pick(g.r, []string{" CHARSET", " CHARSET X-NONE", ` CHARSET ""`, " CHARSET UTF-8 CHARSET UTF-8", " CHARSET UTF-7", " CHARSET \xff"}))
	case g.r.Chance(1, 10):
		g.s(Pick(g.r, []string{" CHARSET UTF-8", " CHARSET US-ASCII", ` CHARSET "utf-8"`, " CHARSET ISO-8859-1"}))
	}
	g.searchKeys()
}

// searchKeys writes one or more keys, each with its space before it.
func (g *gen) searchKeys() {
	if g.wild() && g.r.Chance(1, 3) {
		g.searchNest()
		return
	}
	for n := g.r.Between(1, 3); n > 0; n-- {
		g.sp()
		g.searchKey(3)
	}
}

// searchNest writes keys that nest deeper than anybody means.
func (g *gen) searchNest() {
	g.sp()
	switch n := g.depth(); g.r.N(4) {
	case 0:
		g.repeat("NOT ", n)
		g.s("ALL")
	case 1:
		g.repeat("OR ALL ", n)
		g.s("ALL")
	case 2:
		g.repeat("(", n)
		g.s("ALL")
		g.repeat(")", n)
	default:
		g.repeat("OR (", min(n, 10000))
		g.s("ALL")
	}
}

// searchKey writes one key; depth bounds how deep it nests.
func (g *gen) searchKey(depth int) {
	k := g.r.N(20)
	if depth == 0 && k >= 16 {
		k = 0
	}
	switch {
	case k < 5:
		g.s(Pick(g.r, simpleKeys[:]))
	case k < 7:
		g.set()
	case k < 8:
		g.s("UID ")
		g.set()
	case k < 10:
		g.s(Pick(g.r, []string{"BCC ", "CC ", "FROM ", "TO ", "SUBJECT ", "TEXT ", "BODY "}))
		g.astring()
	case k < 11:
		g.s(Pick(g.r, []string{"KEYWORD ", "UNKEYWORD "}))
		g.flag()
	case k < 12:
		g.s("HEADER ")
		g.astring()
		g.sp()
		g.astring()
	case k < 14:
		g.s(Pick(g.r, []string{"BEFORE ", "ON ", "SINCE ", "SENTBEFORE ", "SENTON ", "SENTSINCE "}))
		g.date()
	case k < 16:
		g.s(Pick(g.r, []string{"LARGER ", "SMALLER ", "LARGER ", "OLDER ", "MODSEQ "}))
		g.number()
	case k < 17:
		g.s("NOT ")
		g.searchKey(depth - 1)
	case k < 18:
		g.s("OR ")
		g.searchKey(depth - 1)
		g.sp()
		g.searchKey(depth - 1)
	case k < 19:
		g.byte('(')
		g.searchKey(depth - 1)
		g.sp()
		g.searchKey(depth - 1)
		g.byte(')')
	default:
		g.s(Pick(g.r, []string{"$", "$", "UID $", "NOT $"}))
	}
}
