package fuzz

// serverVerb is one command that a client can send.
type serverVerb struct {
	name    string
	weight  int
	states  state                   // where it is sent, mostly
	args    func(*gen)              // writes the arguments, each with its space before it
	becomes state                   // the state behind it; 0: as before
	after   func(g *gen, start int) // writes the steps behind it; start is its own first step
}

// serverVerbs are the commands of RFC 9051 and RFC 3501 and of the extensions that
// go with them. Never written to.
var serverVerbs = [...]serverVerb{
	{name: "CAPABILITY", weight: 2, states: anyState},
	{name: "NOOP", weight: 4, states: anyState},
	{name: "ID", weight: 2, states: anyState, args: (*gen).idArgs},
	{name: "LOGOUT", weight: 1, states: anyState},
	{name: "LOGIN", weight: 30, states: notAuth, args: (*gen).loginArgs, becomes: auth},
	{name: "AUTHENTICATE", weight: 8, states: notAuth, args: (*gen).authArgs, becomes: auth, after: saslLine},
	{name: "STARTTLS", weight: 2, states: notAuth, after: startTLS},
	{name: "SELECT", weight: 8, states: inAuth, args: (*gen).selectArgs, becomes: selected},
	{name: "EXAMINE", weight: 3, states: inAuth, args: (*gen).selectArgs, becomes: selected},
	{name: "CREATE", weight: 6, states: inAuth, args: (*gen).createArgs},
	{name: "DELETE", weight: 4, states: inAuth, args: (*gen).boxArg},
	{name: "RENAME", weight: 4, states: inAuth, args: (*gen).renameArgs},
	{name: "SUBSCRIBE", weight: 2, states: inAuth, args: (*gen).boxArg},
	{name: "UNSUBSCRIBE", weight: 2, states: inAuth, args: (*gen).boxArg},
	{name: "LIST", weight: 7, states: inAuth, args: (*gen).listArgs},
	{name: "LSUB", weight: 2, states: inAuth, args: (*gen).lsubArgs},
	{name: "STATUS", weight: 6, states: inAuth, args: (*gen).statusArgs},
	{name: "APPEND", weight: 12, states: inAuth, args: (*gen).appendArgs},
	{name: "NAMESPACE", weight: 1, states: inAuth},
	{name: "ENABLE", weight: 2, states: inAuth, args: (*gen).enableArgs},
	{name: "IDLE", weight: 4, states: inAuth, after: idle},
	{name: "UNAUTHENTICATE", weight: 1, states: inAuth, becomes: notAuth},
	{name: "CHECK", weight: 1, states: selected},
	{name: "CLOSE", weight: 2, states: selected, becomes: auth},
	{name: "UNSELECT", weight: 2, states: selected, becomes: auth},
	{name: "EXPUNGE", weight: 4, states: selected},
	{name: "SEARCH", weight: 10, states: selected, args: (*gen).searchArgs},
	{name: "FETCH", weight: 14, states: selected, args: (*gen).fetchArgs},
	{name: "STORE", weight: 8, states: selected, args: (*gen).storeArgs},
	{name: "COPY", weight: 4, states: selected, args: (*gen).copyArgs},
	{name: "MOVE", weight: 4, states: selected, args: (*gen).copyArgs},
	{name: "UID FETCH", weight: 6, states: selected, args: (*gen).fetchArgs},
	{name: "UID SEARCH", weight: 4, states: selected, args: (*gen).searchArgs},
	{name: "UID STORE", weight: 4, states: selected, args: (*gen).storeArgs},
	{name: "UID COPY", weight: 2, states: selected, args: (*gen).copyArgs},
	{name: "UID MOVE", weight: 3, states: selected, args: (*gen).copyArgs},
	{name: "UID EXPUNGE", weight: 3, states: selected, args: (*gen).setArg},
	{name: "SORT", weight: 1, states: selected, args: (*gen).sortArgs},
	{name: "THREAD", weight: 1, states: selected, args: (*gen).threadArgs},
	{name: "GETQUOTAROOT", weight: 1, states: inAuth, args: (*gen).boxArg},
	{name: "GETACL", weight: 1, states: inAuth, args: (*gen).boxArg},
	{name: "XIMAPFUZZ", weight: 1, states: anyState, args: (*gen).unknownArgs},
}

func (g *gen) loginArgs() {
	if g.r.Chance(5, 6) {
		g.s(" test test")
		return
	}
	g.sp()
	g.astring()
	g.sp()
	g.astring()
}

func (g *gen) authArgs() {
	switch {
	case g.wild():
		g.s(Pick(g.r, []string{"", " PLAIN =", " PLAIN !!", " PLAIN A", " X-NONE", " PLAIN AHRlc3QAdGVzdA== x", " LOGIN", " EXTERNAL =", " \"PLAIN\"", " PLAIN {3}"}))
	case g.r.Chance(1, 2):
		g.s(" PLAIN AHRlc3QAdGVzdA==")
	default:
		g.s(" PLAIN")
	}
}

func (g *gen) idArgs() {
	switch {
	case g.wild():
		g.sp()
		g.nest("(", ")")
	case g.r.Chance(1, 2):
		g.s(" NIL")
	case g.r.Chance(1, 2):
		g.s(` ("name" "imapfuzz" "version" NIL)`)
	default:
		g.s(" (")
		for n := g.r.N(40); n > 0; n-- {
			g.s(`"k`)
			g.int(n)
			g.s(`" `)
			g.str()
			g.sp()
		}
		g.s(`"last" NIL)`)
	}
}

func (g *gen) selectArgs() {
	g.sp()
	if g.r.Chance(1, 2) {
		g.s("INBOX")
	} else {
		g.mailbox()
	}
	if g.bad && g.r.Chance(1, 4) {
		g.s(Pick(g.r, []string{" (CONDSTORE)", " (QRESYNC (1 1))", " ()", " (", " INBOX", " (X)"}))
	}
}

func (g *gen) createArgs() {
	g.sp()
	at := len(g.buf)
	g.mailbox()
	if name := g.buf[at:]; at < len(g.buf) && len(name) < 64 && len(g.boxes) < 8 {
		g.boxes = append(g.boxes, string(name))
	}
	if g.r.Chance(1, 12) {
		g.s(" (USE (")
		g.s(Pick(g.r, specialUses[:]))
		g.s("))")
	}
}

func (g *gen) boxArg() {
	g.sp()
	g.mailbox()
}

func (g *gen) renameArgs() {
	g.boxArg()
	g.boxArg()
}

func (g *gen) lsubArgs() {
	g.s(` "" `)
	g.pattern()
}

func (g *gen) listArgs() {
	g.sp()
	if g.r.Chance(1, 5) {
		g.byte('(')
		g.some(3, []string{"SUBSCRIBED", "REMOTE", "RECURSIVEMATCH", "SPECIAL-USE", "X"}, " ")
		g.s(") ")
	}
	if g.r.Chance(3, 4) {
		g.s(`""`)
	} else {
		g.mailbox()
	}
	g.sp()
	g.pattern()
	if !g.r.Chance(1, 4) {
		return
	}
	g.s(" RETURN (")
	g.some(3, []string{"SUBSCRIBED", "CHILDREN", "SPECIAL-USE", "SUBSCRIBED"}, " ")
	if g.r.Chance(1, 2) {
		g.s(" STATUS (")
		g.statusList()
		g.byte(')')
	}
	g.byte(')')
	if g.wild() {
		g.s(" RETURN ()")
	}
}

func (g *gen) statusArgs() {
	g.boxArg()
	g.s(" (")
	g.statusList()
	g.byte(')')
}

func (g *gen) enableArgs() {
	if g.wild() {
		g.s(Pick(g.r, []string{"", " ", " (IMAP4rev2)", " IMAP4rev2,X", ` "IMAP4rev2"`, " \x00"}))
		return
	}
	g.sp()
	if g.r.Chance(3, 4) {
		g.s(Pick(g.r, enableable[:]))
		return
	}
	g.some(6, capabilities[:], " ")
}

func (g *gen) setArg() {
	g.sp()
	g.set()
}

func (g *gen) copyArgs() {
	g.setArg()
	g.boxArg()
}

func (g *gen) storeArgs() {
	g.setArg()
	if g.wild() {
		g.s(Pick(g.r, []string{" FLAGS", " FLAG (x)", " +FLAGS.silent", " -+FLAGS (x)", ` "FLAGS" (x)`, " FLAGS.SILENT.SILENT (x)", " (UNCHANGEDSINCE 1) FLAGS (x)", " X (x)"}))
	} else {
		g.s(Pick(g.r, []string{" FLAGS ", " +FLAGS ", " -FLAGS ", " FLAGS.SILENT ", " +FLAGS.SILENT ", " -FLAGS.SILENT ", " +flags "}))
	}
	if g.r.Chance(1, 8) {
		g.flag()
		return
	}
	g.flagList()
}

func (g *gen) sortArgs() {
	g.s(" (")
	g.some(3, []string{"DATE", "REVERSE", "SUBJECT", "ARRIVAL", "SIZE", "FROM", "X"}, " ")
	g.s(") UTF-8")
	g.searchKeys()
}

func (g *gen) threadArgs() {
	g.s(Pick(g.r, []string{" REFERENCES UTF-8", " ORDEREDSUBJECT US-ASCII", " X UTF-8"}))
	g.searchKeys()
}

func (g *gen) unknownArgs() {
	for n := g.r.N(4); n > 0; n-- {
		g.sp()
		switch g.r.N(4) {
		case 0:
			g.astring()
		case 1:
			g.flagList()
		case 2:
			g.set()
		default:
			g.s(g.v.word(g.r))
		}
	}
}
