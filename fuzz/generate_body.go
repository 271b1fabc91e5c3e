package fuzz

// storeReply writes the FETCH response that answers STORE.
func (g *gen) storeReply() {
	g.star()
	g.nz()
	g.s(" FETCH (FLAGS ")
	g.flagList()
	g.s(")\r\n")
}

// fetchReply writes a FETCH response with items in any order.
func (g *gen) fetchReply() {
	g.star()
	g.nz()
	g.s(" FETCH (")
	n := g.r.Between(1, 5)
	if g.wild() && g.r.Chance(1, 8) {
		n = g.size(0, 100, 1000)
	}
	for i := range n {
		if i > 0 {
			g.sp()
		}
		g.replyItem()
	}
	if !g.wild() || g.r.Chance(1, 2) {
		g.byte(')')
	}
	g.crlf()
}

// replyItem writes one item of a FETCH response.
func (g *gen) replyItem() {
	switch g.r.N(14) {
	case 0, 1:
		g.s("FLAGS ")
		g.flagList()
	case 2:
		g.s("UID ")
		g.nz()
	case 3:
		g.s("RFC822.SIZE ")
		g.number()
	case 4:
		g.s("INTERNALDATE ")
		g.dateTime()
	case 5:
		g.s("ENVELOPE ")
		g.envelope()
	case 6, 7:
		g.s(Pick(g.r, []string{"BODYSTRUCTURE ", "BODY "}))
		g.bodyStructure()
	case 8, 9, 10:
		g.s("BODY[")
		g.section()
		g.byte(']')
		if g.r.Chance(1, 5) {
			g.s(Pick(g.r, []string{"<0>", "<5>", "<4294967295>", "<", "<-1>"}))
		}
		g.sp()
		g.nstring(Pick(g.r, mails[:]))
	case 11:
		g.s("BINARY[1] ")
		if g.r.Chance(1, 2) {
			g.byte('~')
		}
		g.serverLiteral([]byte("a\x00b"))
	case 12:
		g.s("BINARY.SIZE[1] ")
		g.number()
	default:
		g.s(Pick(g.r, []string{"X-NEW 1", "X-NEW (a (b))", "MODSEQ (12)", "MODSEQ (0)", `EMAILID (M1)`, "X-NEW {3}\r\nabc", "SAVEDATE NIL", "PREVIEW \"hi\"", "RFC822 \"\"", "X", "BODY[ 1", "FLAGS", "UID", "()"}))
	}
}

func (g *gen) envelope() {
	if g.wild() && g.r.Chance(1, 3) {
		g.nest("(", ")")
		return
	}
	g.byte('(')
	g.nstring("Mon, 3 Jan 2000 12:00:00 +0000")
	g.sp()
	g.nstring(Pick(g.r, []string{"lunch", "=?utf-8?q?caf=C3=A9?=", "", "a\"b", "=?x?b?!!?=", "=?utf-8?q?=0D=0AX:?="}))
	for range 6 {
		g.sp()
		g.addresses()
	}
	g.sp()
	g.nstring("<a@example.org>")
	g.sp()
	g.nstring("<lunch@example.org>")
	if g.wild() {
		g.s(Pick(g.r, []string{" NIL", "", " (", " NIL NIL NIL", ") ("}))
	}
	g.byte(')')
}

func (g *gen) addresses() {
	switch {
	case g.wild():
		g.s(Pick(g.r, []string{"()", "(NIL)", "((NIL NIL NIL))", "((NIL NIL NIL NIL NIL))", `"a@b"`, "(())", "((NIL NIL NIL NIL)", "(NIL NIL NIL NIL)", `((NIL NIL "group" NIL)`, `((NIL NIL NIL NIL)(NIL NIL NIL NIL))`}))
	case g.r.Chance(1, 2):
		g.s("NIL")
	default:
		g.s(`((`)
		g.nstring("Ada")
		g.s(` NIL "ada" "example.org"))`)
	}
}

// bodyStructure writes a body, small, large or nested.
func (g *gen) bodyStructure() {
	if g.wild() {
		g.oddBody()
		return
	}
	switch g.r.N(5) {
	case 0:
		g.s(`("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" 12 1)`)
	case 1:
		g.s(`(("TEXT" "PLAIN" NIL NIL NIL "7BIT" 12 1)("APPLICATION" "OCTET-STREAM" ("NAME" "x") NIL NIL "BASE64" 4) "MIXED" ("BOUNDARY" "b1") NIL NIL NIL)`)
	case 2:
		g.s(`("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 342 (NIL "x" NIL NIL NIL NIL NIL NIL NIL NIL) ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 0 0) 10)`)
	case 3:
		g.s(`("TEXT" "HTML" NIL NIL NIL "8BIT" 4294967295 4294967295 NIL ("INLINE" NIL) ("EN" "DE") "http://x" (1 (2 "x")))`)
	default:
		n := g.r.Between(1, 30)
		g.repeat("(", n)
		g.s(`("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1)`)
		g.repeat(` "MIXED")`, n)
	}
}

func (g *gen) oddBody() {
	switch n := g.depth(); g.r.N(7) {
	case 0:
		g.repeat("(", n)
	case 1:
		g.nest("(", ")")
	case 2:
		g.repeat("(", n)
		g.s(`("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1)`)
		g.repeat(` "MIXED")`, n)
	case 3:
		n = min(n, 10000)
		g.repeat(`("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 1 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) `, n)
	case 4:
		g.s(`("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1 NIL NIL NIL NIL `)
		g.nest("(", ")")
		g.byte(')')
	case 5:
		g.repeat("(", g.size(20, 200, 2000, 1000000))
	default:
		g.s(Pick(g.r, []string{
			"()", "NIL", "(NIL)", `("TEXT")`, `("TEXT" "PLAIN")`, `("MIXED")`, `("TEXT" "PLAIN" ("CHARSET") NIL NIL "7BIT" 1 1)`, `("TEXT" "PLAIN" () NIL NIL "7BIT" 1 1)`,
			`("TEXT" "PLAIN" NIL NIL NIL NIL NIL NIL)`, `("TEXT" "PLAIN" NIL NIL NIL "7BIT" -1 -1)`, `(() "MIXED")`, `("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 1)`, `("TEXT" "PLAIN" NIL NIL NIL "7BIT" 4294967296 1)`,
			`(("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1))`, `("TEXT" "PLAIN" (NIL NIL) NIL NIL "7BIT" 1 1)`, `{4}` + "\r\nTEXT", `("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1 NIL ("X"`,
		}))
	}
}

// hostileReply writes what only a broken or hostile server sends.
func (g *gen) hostileReply() {
	switch g.r.N(6) {
	case 0:
		g.s("* X ")
		g.nest("(", ")")
		g.crlf()
	case 1:
		g.s("* ")
		g.repeat("x", g.size(1000, 8192, 65536, 200000))
		g.crlf()
	case 2:
		g.s("* ID ")
		g.nest("(", ")")
		g.crlf()
	case 3:
		g.s("* 1 FETCH (BODY[] ")
		g.s(Pick(g.r, announced[:]))
		g.s("\r\nabc)\r\n")
	case 4:
		g.s("* LIST (")
		g.repeat(`\X `, g.size(100, 10000))
		g.s(`\X) "/" INBOX` + "\r\n")
	default:
		g.s(Pick(g.r, []string{"\r\n", "\n", " \r\n", "*\r\n", "* \r\n", "\x00\r\n", "* OK x\ny\r\n", "* OK \xff\r\n", "+\r\n", "+ x\r\n", "T1 OK x\r\n", "garbage\r\n", "* 1 FETCH (FLAGS (\\Seen)\r\n", "* BYE x\r\n", "{5}\r\nhello\r\n", "* 1 EXISTS x\r\n", "* ok\r\n"}))
	}
}
