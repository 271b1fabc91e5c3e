package fuzz

import "strconv"

// replyKinds are the untagged responses that a server may send at any time, and
// those that it may not.
var replyKinds = [...]func(*gen){
	(*gen).existsReply, (*gen).existsReply, (*gen).expungeReply, (*gen).expungeReply, (*gen).fetchReply, (*gen).fetchReply, (*gen).statusReply, (*gen).codeReply, (*gen).codeReply,
	(*gen).listReply, (*gen).searchReply, (*gen).flagsReply, (*gen).capabilityReply, (*gen).otherReply, (*gen).otherReply, (*gen).esearchReply, (*gen).hostileReply,
}

// anyReply writes one untagged response of any kind.
func (g *gen) anyReply() { Pick(g.r, replyKinds[:])(g) }

// reply writes the data that fits a command, and returns how many responses.
// Unless joined, each is a step.
func (g *gen) reply(verb string, joined bool) int {
	f, most := g.replyOf(verb)
	n := g.r.Between(min(1, most), most)
	for range n {
		f(g)
		if !joined {
			g.flush()
		}
	}
	return n
}

// replyOf returns what writes the data of a command, and how many of them there
// are at most.
func (g *gen) replyOf(verb string) (f func(*gen), most int) {
	switch verb {
	case "FETCH", "UID FETCH":
		return (*gen).fetchReply, 4
	case "STORE", "UID STORE":
		return (*gen).storeReply, 3
	case "SELECT", "EXAMINE":
		return (*gen).selectReply, 1
	case "LIST":
		return (*gen).listReply, 4
	case "STATUS":
		return (*gen).statusReply, 1
	case "SEARCH", "UID SEARCH":
		if g.r.Chance(1, 2) {
			return (*gen).esearchReply, 1
		}
		return (*gen).searchReply, 1
	case "EXPUNGE", "UID EXPUNGE":
		return (*gen).expungeReply, 3
	case "MOVE", "UID MOVE":
		return (*gen).moveReply, 1
	case "CAPABILITY", "LOGIN", "AUTHENTICATE":
		return (*gen).capabilityReply, 1
	case "LOGOUT":
		return func(g *gen) { g.s("* BYE bye\r\n") }, 1
	case "NAMESPACE", "ID", "ENABLE", "SORT", "THREAD", "GETQUOTA", "GETQUOTAROOT", "SETQUOTA", "GETACL", "MYRIGHTS", "GETMETADATA", "UID SORT", "UID THREAD":
		return func(g *gen) { g.namedReply(verb) }, 1
	}
	return (*gen).anyReply, 0
}

func (g *gen) star() { g.s("* ") }

// nz writes a message number or UID.
func (g *gen) nz() {
	switch {
	case g.wild():
		g.s(Pick(g.r, []string{"0", "4294967295", "4294967296", "4294967294", "9223372036854775808", "18446744073709551616", "-1", "", "1:2", "*", "999999999", "01", "NIL"}))
	case g.r.Chance(1, 30):
		g.s("4294967295")
	default:
		g.int(g.r.Between(1, 4))
	}
}

func (g *gen) existsReply() {
	g.star()
	if g.wild() {
		g.nz()
	} else {
		g.int(g.r.N(6))
	}
	g.s(Pick(g.r, []string{" EXISTS\r\n", " EXISTS\r\n", " EXISTS\r\n", " RECENT\r\n", " exists\r\n"}))
}

func (g *gen) expungeReply() {
	g.star()
	if g.r.Chance(1, 12) {
		g.s("VANISHED 1:2\r\n")
		return
	}
	g.nz()
	g.s(" EXPUNGE\r\n")
}

func (g *gen) flagsReply() {
	g.s("* FLAGS ")
	g.flagList()
	g.crlf()
}

func (g *gen) codeReply() {
	g.star()
	g.s(Pick(g.r, []string{"OK ", "OK ", "OK ", "NO ", "BAD ", "ok "}))
	g.code()
	g.s("x\r\n")
}

func (g *gen) selectReply() {
	lines := [...]string{
		"* 3 EXISTS\r\n", "* 0 RECENT\r\n", "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n", "* OK [UIDVALIDITY 1] x\r\n", "* OK [UIDNEXT 4] x\r\n",
		"* OK [PERMANENTFLAGS (\\Deleted \\Seen \\*)] x\r\n", "* LIST () \"/\" INBOX\r\n",
	}
	for n := len(lines); n > 0; n-- { // each of them, in any order, now and then without one
		i := g.r.N(n)
		if !g.bad || !g.r.Chance(1, 6) {
			g.s(lines[i])
		} else if g.r.Chance(1, 2) {
			g.anyReply()
		}
		lines[i] = lines[n-1]
	}
}

func (g *gen) moveReply() {
	g.s("* OK [COPYUID ")
	g.nz()
	g.sp()
	g.set()
	g.sp()
	g.set()
	g.s("] x\r\n")
	g.expungeReply()
}

func (g *gen) listReply() {
	g.star()
	g.s(Pick(g.r, []string{"LIST (", "LIST (", "LIST (", "LSUB (", "list ("}))
	for i, n := 0, g.r.N(3); i < n; i++ {
		if i > 0 {
			g.sp()
		}
		g.s(Pick(g.r, mailboxAttributes[:]))
	}
	if g.wild() {
		g.s(Pick(g.r, []string{`) "//" `, `) "" `, `) / `, ") ", `)"/"`, `) "\" `, `) "\x" `, `) {1}` + "\r\n/ ", " ", ") NIL NIL "}))
	} else {
		g.s(Pick(g.r, []string{`) "/" `, `) "/" `, `) "." `, `) NIL `, `) "\\" `}))
	}
	g.replyBox()
	if g.r.Chance(1, 8) {
		g.s(Pick(g.r, []string{` ("CHILDINFO" ("SUBSCRIBED"))`, ` (OLDNAME ("x"))`, ` ("X" (a (b) "c"))`, " ()", " (", ` ("X" 1`}))
	}
	g.crlf()
}

// replyBox writes the name of a mailbox as a server does: a server's literal is
// followed by its octets.
func (g *gen) replyBox() {
	switch {
	case g.wild():
		g.s(Pick(g.r, badMailboxes[:]))
	case g.r.Chance(1, 6):
		g.serverLiteral([]byte("box {5}"))
	case g.r.Chance(1, 2):
		g.s("INBOX")
	default:
		g.s(Pick(g.r, mailboxes[:]))
	}
}

func (g *gen) statusReply() {
	g.s("* STATUS ")
	g.replyBox()
	g.s(" (")
	for i, n := 0, g.r.N(5); i < n; i++ {
		if i > 0 {
			g.sp()
		}
		if g.wild() {
			g.s(Pick(g.r, badStatusItems[:]))
		} else {
			g.s(Pick(g.r, statusItems[:]))
		}
		g.sp()
		g.number()
	}
	if !g.wild() {
		g.byte(')')
	}
	g.crlf()
}

func (g *gen) searchReply() {
	g.s("* SEARCH")
	if g.wild() && g.r.Chance(1, 4) {
		g.sp()
		g.nest("(", ")")
		g.crlf()
		return
	}
	n := g.r.N(5)
	if g.r.Chance(1, 50) {
		n = g.size(1000, 20000)
	}
	for range n {
		g.sp()
		g.nz()
	}
	if g.r.Chance(1, 10) {
		g.s(Pick(g.r, []string{" ", " (MODSEQ 917162500)", " NIL", " 1:3"}))
	}
	g.crlf()
}

func (g *gen) esearchReply() {
	g.s("* ESEARCH")
	switch {
	case g.wild():
		g.s(Pick(g.r, []string{` (TAG "")`, " (TAG", " ()", ` (TAG {2}` + "\r\nT1)", ` (X "T1")`, ` TAG "T1"`, ` (TAG "zz8")`}))
	case g.r.Chance(2, 3):
		g.s(` (TAG "T`)
		g.int(g.r.Between(1, 9))
		g.s(`")`)
	}
	if g.r.Chance(1, 2) {
		g.s(" UID")
	}
	for range g.r.N(4) {
		switch g.r.N(5) {
		case 0:
			g.s(" MIN ")
			g.nz()
		case 1:
			g.s(" MAX ")
			g.nz()
		case 2:
			g.s(" COUNT ")
			g.number()
		case 3:
			g.s(" ALL ")
			g.set()
		default:
			g.s(Pick(g.r, []string{" X-NEW 1", " X-NEW (a b)", " MODSEQ 917162500", " PARTIAL (1:2 1)", " X-NEW"}))
		}
	}
	g.crlf()
}

func (g *gen) capabilityReply() {
	g.s("* CAPABILITY IMAP4rev1")
	for range g.r.N(8) {
		g.sp()
		g.s(Pick(g.r, capabilities[:]))
	}
	if g.wild() {
		g.s(Pick(g.r, []string{" ", "  X", " (", ` "X"`, " {1}\r\nX", " =", " AUTH=", " \x00", " APPENDLIMIT=99999999999999999999"}))
	}
	g.crlf()
}

// serverLiteral writes b as a server's literal. One that may break the grammar has
// another size, or a form that only clients may use.
func (g *gen) serverLiteral(b []byte) {
	n, end := len(b), "}\r\n"
	if g.wild() {
		switch g.r.N(8) {
		case 0:
			end = "+}\r\n"
		case 1:
			g.byte('~')
		case 2:
			g.s(Pick(g.r, announced[:]))
			g.crlf()
			g.buf = append(g.buf, b...)
			return
		default:
			n = max(0, n+Pick(g.r, []int{-1, 1, -2, 2, 10, -n, 1000}))
		}
	}
	g.byte('{')
	g.buf = strconv.AppendInt(g.buf, int64(n), 10)
	g.s(end)
	g.buf = append(g.buf, b...)
}

// nstring writes NIL, a quoted string or a literal.
func (g *gen) nstring(b string) {
	switch {
	case g.wild():
		g.s(Pick(g.r, badStrings[:]))
	case g.r.Chance(1, 4):
		g.s("NIL")
	case g.r.Chance(1, 3):
		g.serverLiteral([]byte(b))
	default:
		g.quoted([]byte(b))
	}
}

// otherReply writes data of commands that are rarely asked.
func (g *gen) otherReply() {
	g.namedReply(Pick(g.r, []string{"NAMESPACE", "ID", "ENABLE", "SORT", "THREAD", "GETQUOTA", "GETQUOTAROOT", "GETACL", "MYRIGHTS", "GETMETADATA", "X"}))
}

// namedReplies are the data of commands that are rarely asked, right and wrong.
var namedReplies = [...]struct {
	verb  string
	lines []string
}{
	{"NAMESPACE", []string{`NAMESPACE (("" "/")) NIL NIL`, `NAMESPACE NIL NIL NIL`, `NAMESPACE (("" "/")) (("~" "/")) (("#shared/" "/" "X" ("a" "b")))`, "NAMESPACE", "NAMESPACE () () ()", `NAMESPACE (("" NIL)) NIL`, `NAMESPACE (("" "//")) NIL NIL`}},
	{"ID", []string{`ID ("name" "x" "version" NIL)`, "ID NIL", "ID ()", `ID ("name")`, `ID (NIL NIL)`, `ID ("name" "x" "name" "y")`, "ID", `ID ("a" ("b"))`}},
	{"ENABLE", []string{"ENABLED IMAP4rev2", "ENABLED", "ENABLED ", "ENABLED X", "ENABLED (X)", `ENABLED "X"`}},
	{"SORT", []string{"SORT 2 1 3", "SORT", "SORT 0", "SORT 1 1 1", "SORT 4294967296", "SORT (1)"}},
	{"UID SORT", []string{"SORT 2 1 3", "SORT"}},
	{"THREAD", []string{"THREAD (1)(2 3)", "THREAD (1 (2)(3))", "THREAD", "THREAD ()", "THREAD (", "THREAD ((1)(2))", "THREAD (0)", "THREAD (1 2 3 (4 (5)(6)))"}},
	{"UID THREAD", []string{"THREAD (1)(2 3)", "THREAD"}},
	{"GETQUOTA", []string{`QUOTA "" (STORAGE 10 512)`, `QUOTA "" ()`, `QUOTA x (STORAGE 1)`, `QUOTA x (STORAGE -1 9223372036854775808)`, "QUOTA"}},
	{"GETQUOTAROOT", []string{`QUOTAROOT INBOX ""`, "QUOTAROOT INBOX", "QUOTAROOT", `QUOTAROOT "a" "b" "c"`}},
	{"SETQUOTA", []string{`QUOTA "" (STORAGE 10 512)`}},
	{"GETACL", []string{"ACL INBOX test lrswipcda", "ACL INBOX", "ACL INBOX test", "ACL"}},
	{"MYRIGHTS", []string{"MYRIGHTS INBOX lrs", "MYRIGHTS INBOX", `MYRIGHTS INBOX ""`}},
	{"GETMETADATA", []string{`METADATA "" (/shared/comment "x")`, `METADATA INBOX (/private/comment NIL)`, "METADATA INBOX ()", "METADATA INBOX /a /b", "METADATA INBOX (/a)", "METADATA"}},
	{"X", []string{"X", "X-NEW (a (b \"c\"))", "X-NEW {5}\r\nhello", "12 X-NEW", "0 X", "PREAUTH x", "(", "\"x\"", "", "FETCH", "1", "1 ", "1 FETCH", "1 FETCH ", "LIST", "STATUS", "OK", "NO", "4294967296 EXISTS", "NIL", "1 FETCH (FLAGS ()", "1 FETCH FLAGS ()", "1 FETCH (FLAGS () UID", "{5}", "SEARCH 1 2 3 {3}"}},
}

func (g *gen) namedReply(verb string) {
	g.star()
	if verb == "THREAD" && g.wild() {
		g.s("THREAD ")
		g.nest("(", ")")
		g.crlf()
		return
	}
	for i := range namedReplies {
		if t := &namedReplies[i]; t.verb == verb {
			lines := t.lines
			if !g.bad && len(lines) > 2 && verb != "X" {
				lines = lines[:2]
			}
			g.s(Pick(g.r, lines))
		}
	}
	g.crlf()
}
