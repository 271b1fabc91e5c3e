package fuzz

import (
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// times are the steps of time that matter: around the half hour after which a
// server may log a client out (RFC 9051, section 5.4), and much more.
var times = [...]time.Duration{
	29 * time.Minute, 29*time.Minute + 59*time.Second, 31 * time.Minute, 36 * time.Minute, 24 * time.Hour,
	time.Millisecond, time.Second, time.Minute, 28 * time.Minute, 2 * time.Hour,
}

// serverCase makes a whole case for a server.
func (g *gen) serverCase() {
	conns := 1 + g.r.Weighted([]int{12, 3, 1})
	for conn := 1; conn <= conns; conn++ {
		g.conn = conn
		g.preamble()
	}
	first, last := 1, conns
	for n := g.r.Between(1, 7); n > 0; n-- {
		if g.c.Conns() > 0 {
			g.conn = g.r.Between(first, last)
		}
		switch {
		case g.v.Restarts && g.r.Chance(1, 40):
			first, last = g.restart(first, last)
		case g.r.Chance(1, 40):
			g.pass(Pick(g.r, times[:]))
		case g.r.Chance(1, 50):
			g.rawLine()
		default:
			g.anyCommand()
		}
	}
	g.faults()
	dropDead(g.c)
}

// restart restarts the server; connections first to last dial anew, under the numbers
// that it returns.
func (g *gen) restart(first, last int) (newFirst, newLast int) {
	if last == maxConns {
		return first, last
	}
	g.c.Steps = append(g.c.Steps, corpus.Step{Op: corpus.Restart})
	newFirst, newLast = last+1, min(maxConns, last+1+last-first)
	for g.conn = newFirst; g.conn <= newLast; g.conn++ {
		g.preamble()
	}
	g.conn = newFirst
	return newFirst, newLast
}

// preamble brings the connection to where most things can happen.
func (g *gen) preamble() {
	k := g.r.N(20)
	if k == 0 {
		return
	}
	g.login()
	if k > 3 {
		g.selectInbox()
	}
}

func (g *gen) login() {
	g.tag()
	g.s(" LOGIN test test\r\n")
	g.conns[g.conn].state = auth
	g.flush()
}

func (g *gen) selectInbox() {
	g.tag()
	g.s(" SELECT INBOX\r\n")
	g.conns[g.conn].state = selected
	g.flush()
}

// anyCommand writes a command that fits the state of the connection, mostly.
func (g *gen) anyCommand() {
	st := max(g.conns[g.conn].state, notAuth)
	if g.r.Chance(1, 20) {
		st = anyState
	}
	var weights [len(serverVerbs)]int
	for i := range serverVerbs {
		if serverVerbs[i].states&st != 0 {
			weights[i] = serverVerbs[i].weight
		}
	}
	g.command(&serverVerbs[g.r.Weighted(weights[:])])
}

// command writes one command with all its steps.
func (g *gen) command(v *serverVerb) {
	g.bad = g.r.Chance(2, 5)
	start := len(g.c.Steps)
	g.tag()
	g.sp()
	g.verbName(v.name)
	if v.args != nil {
		v.args(g)
	}
	if v.becomes != 0 {
		g.conns[g.conn].state = v.becomes
	}
	if g.bad {
		g.malform()
	} else {
		g.crlf()
	}
	g.flush()
	if v.after != nil {
		v.after(g, start)
	}
	g.bad = false
}

// verbName writes a command's name, now and then in another case.
func (g *gen) verbName(name string) {
	at := len(g.buf)
	g.s(name)
	if !g.r.Chance(1, 24) {
		return
	}
	for i := at; i < len(g.buf); i++ {
		if c := g.buf[i]; c >= 'A' && c <= 'Z' && g.r.Chance(1, 2) {
			g.buf[i] = c | 0x20
		}
	}
}

// malform ends a command line that may break the grammar, and may break it.
func (g *gen) malform() {
	switch g.r.N(22) {
	case 0:
		g.s(" x\r\n")
	case 1:
		g.s(" \r\n")
	case 2:
		g.s("\n")
	case 3:
		g.s("\r")
	case 4:
		g.s("\r\r\n")
	case 5:
		g.s("\x00\r\n")
	case 6:
		g.s(")\r\n")
	case 7:
		g.s(" (\r\n")
	case 8:
		g.sp()
		g.s(Pick(g.r, announced[:]))
		g.crlf()
	case 9:
		g.overlong()
	case 10:
		g.s(" ~")
		g.crlf()
	case 11:
		g.doubleSpace()
		g.crlf()
	case 12:
		g.buf = g.buf[:max(g.from+1, len(g.buf)-1-g.r.N(8))]
		g.crlf()
	case 13: // never ended
	default:
		g.crlf()
	}
}

// overlong makes the line longer than servers like, with a canary behind what a
// reader of fixed size would keep.
func (g *gen) overlong() {
	g.sp()
	n := g.size(1000, 4096, 8000, 8192, 8193, 16384, 50000, 65536, 200000)
	g.repeat("x", n)
	if g.r.Chance(1, 2) {
		g.s(Pick(g.r, canaries[:]))
	}
	g.crlf()
}

// doubleSpace doubles one space of the step in the making.
func (g *gen) doubleSpace() {
	for i := g.from; i < len(g.buf); i++ {
		if g.buf[i] == ' ' && g.r.Chance(1, 2) {
			g.buf = append(g.buf, 0)
			copy(g.buf[i+1:], g.buf[i:])
			return
		}
	}
}

// rawLine writes what is no command at all.
func (g *gen) rawLine() {
	g.s(Pick(g.r, []string{
		"\r\n", "\r\n\r\n", " \r\n", "a\r\n", "a1\r\n", "a1 \r\n", "* OK hi\r\n", "+\r\n", "DONE\r\n", "*\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "\x00\x00\x00\x00\r\n", "EHLO x\r\n", "{5}\r\n", "{5+}\r\nhello\r\n", "+x NOOP\r\n", "a(b NOOP\r\n",
		"a\"b NOOP\r\n", "\xff\xfe NOOP\r\n", "a1  NOOP\r\n", " a1 NOOP\r\n", "a1\tNOOP\r\n", "a1 NOOP\n", "a1 NOOP\rzz9 CREATE canary\r\n",
	}))
	if g.r.Chance(1, 10) {
		g.buf = g.buf[:g.from]
		g.repeat("a", g.size(8000, 65536, 200000))
		g.s(" NOOP\r\n")
	}
	g.flush()
}

// startTLS begins TLS behind the command.
func startTLS(g *gen, _ int) {
	if g.r.Chance(3, 4) {
		g.c.Steps = append(g.c.Steps, corpus.Step{Op: corpus.StartTLS, Conn: g.conn})
	}
}

// idle waits a while, lets another connection act, and ends IDLE.
func idle(g *gen, _ int) {
	if g.r.Chance(1, 3) {
		g.pass(Pick(g.r, times[:]))
	}
	if g.r.Chance(1, 8) {
		return
	}
	g.s(Pick(g.r, []string{"DONE\r\n", "DONE\r\n", "DONE\r\n", "DONE\r\n", "done\r\n", "DONE \r\n", "DON\r\n", "a1 DONE\r\n", "DONE\n", "a9 NOOP\r\n", "\r\n"}))
	g.flush()
}

// saslLine answers the challenge of AUTHENTICATE when its line had no answer.
func saslLine(g *gen, start int) {
	d := g.c.Steps[start].Data
	if n := len(d); n < 7 || string(d[n-7:]) != "PLAIN\r\n" {
		return
	}
	g.s(Pick(g.r, []string{"AHRlc3QAdGVzdA==\r\n", "AHRlc3QAdGVzdA==\r\n", "AHRlc3QAdGVzdA==\r\n", "*\r\n", "\r\n", "=\r\n", "AHRlc3QAeA==\r\n", "!!!\r\n", "AHRl\r\n", "A\r\n"}))
	g.flush()
}
