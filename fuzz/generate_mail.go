package fuzz

import "bytes"

// appendArgs writes the arguments of APPEND: mailbox, flags, date, message.
func (g *gen) appendArgs() {
	g.sp()
	if g.r.Chance(1, 2) {
		g.s("INBOX")
	} else {
		g.mailbox()
	}
	if g.r.Chance(1, 3) {
		g.sp()
		g.flagList()
	}
	if g.r.Chance(1, 4) {
		g.sp()
		g.dateTime()
	}
	g.sp()
	if g.r.Chance(1, 40) {
		g.s(Pick(g.r, []string{`"From: a"`, "x", "{0}", "{5}", "{5+}", "", "{-1}", "{1 }", "~", "CATENATE (TEXT {3+}\r\nabc)", "UTF8 (~{3+}\r\nabc)"}))
		return
	}
	if g.wild() && g.r.Chance(1, 4) {
		g.s(Pick(g.r, announced[:]))
		return
	}
	g.literalOf(g.message(), g.r.Chance(1, 10))
}

// mails are messages, most of them odd.
var mails = [...]string{
	"From: a@example.com\r\nSubject: x\r\n\r\nhi\r\n",
	"From: a@example.com\r\nTo: b@example.com\r\nDate: Mon, 3 Jan 2000 12:00:00 +0000\r\nMessage-ID: <x@example.com>\r\n\r\n",
	"",
	"x",
	"\r\n",
	"\r\n\r\n",
	"\r\nzz9 CREATE canary\r\n",
	"zz9 NOOP\r\nzz9 CREATE canary\r\n",
	"Subject: no end of the header",
	"Subject: no end of the header\r\n",
	"From: a\nSubject: bare line feeds\n\nbody\n",
	"From: a\rSubject: bare returns\r\rbody\r",
	"Subject: nul\r\n\r\na\x00b\r\n",
	"Subject: caf\xc3\xa9\r\nX: \xff\xfe\r\n\r\n8 bit \xe9\r\n",
	"MIME-Version: 1.0\r\nContent-Type: multipart/mixed\r\n\r\n--x\r\n\r\nno boundary\r\n",
	"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\nno parts\r\n",
	"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\nContent-Type: text/html\r\n\r\ntwo\r\n",
	"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n\r\nx\r\n----\r\n",
	"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nx\r\n--a--\r\n--a--\r\n",
	"Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\nSubject: deep\r\n\r\n",
	"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogeA0KDQp4\r\n",
	"Content-Type: text/plain; charset=x-none\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!\r\n",
	"Content-Type: text/plain\r\nContent-Transfer-Encoding: x-none\r\n\r\nx\r\n",
	"Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=ZZ=\r\n=",
	"Content-Type: ;;;\r\nContent-Disposition: ;\r\nContent-Type: text/html\r\n\r\nx\r\n",
	"From: \"a, <b@c>\r\nTo: <>, ,;, group: a@b, c;\r\nDate: yesterday\r\nSubject:\r\n\r\nx\r\n",
	"Subject: a\r\n folded\r\n\tfolded\r\n  \r\n\r\nx\r\n",
	": no name\r\nno colon\r\n\r\nx\r\n",
	"Subject: =?utf-8?b?////?= =?x?q?=ZZ?= =?utf-8?q?=0D=0A?=\r\n\r\nx\r\n",
	"Subject: {5}\r\n\r\n* BYE x\r\na1 OK x\r\n)\r\n",
}

// deepMail returns a message with what nests without bound: comments in an address
// (RFC 5322, section 3.2.2). A literal has no line that is too long for them.
func (g *gen) deepMail() []byte {
	n := g.size(10, 1000, 100_000, 500_000)
	b := append([]byte("From: a@example.com "), bytes.Repeat([]byte("("), n)...)
	if n <= 1000 {
		b = append(b, bytes.Repeat([]byte(")"), n)...)
	}
	return append(b, "\r\n\r\nx\r\n"...)
}

// message returns the octets of a message: a small odd one, or one of a size at an
// edge, or a large header or tree.
func (g *gen) message() []byte {
	switch k := g.r.N(26); {
	case k >= 24:
		return g.deepMail()
	case k < 18:
		return []byte(Pick(g.r, mails[:]))
	case k < 22:
		size := g.size(0, 1, 2, 999, 1000, 1001, 4095, 4096, 4097, 8192)
		head := min(size, len("Subject: x\r\n\r\n"))
		return append([]byte("Subject: x\r\n\r\n"[:head]), bytes.Repeat([]byte("x"), size-head)...)
	case k == 22:
		b := bytes.Repeat([]byte("X-H: y\r\n"), g.size(10, 1000, 4000))
		return append(b, "\r\nx\r\n"...)
	default:
		unit := Pick(g.r, []string{"Content-Type: message/rfc822\r\n\r\n", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", "Subject: =?x?q?a?= (((\r\n\r\n"})
		return bytes.Repeat([]byte(unit), g.size(3, 30, 300, 1000))
	}
}
