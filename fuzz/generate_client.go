package fuzz

import (
	"strconv"
	"strings"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

// defaultCalls are what a client is asked to do if it has no examples of its own.
var defaultCalls = [...]string{
	"login test test", "capability", "noop", "logout", "select INBOX", "examine INBOX", "list \"\" *", "status INBOX", "create box1", "delete box1",
	"rename box1 box2", "subscribe INBOX", "unsubscribe INBOX", "namespace", "id", "enable IMAP4rev2", "unselect", "close-mailbox", "idle", "done",
	"append INBOX \"Subject: x\\r\\n\\r\\nhi\\r\\n\"", "fetch 1:* flags uid envelope", "fetch 1 bodystructure", "fetch 1 body[]", "stream 1 body[]",
	"uid-fetch 1:* flags", "fetch 1 body[header] body[text]", "fetch 1 binary[1]", "store 1 +flags \\Seen", "uid-store 1 -flags \\Seen", "copy 1 box1",
	"uid-copy 1 box1", "move 1 box1", "uid-move 1 box1", "expunge", "uid-expunge 1", "search all", "uid-search unseen",
}

// callVerb is a call and the command that it makes a client send.
type callVerb struct{ call, verb string }

// callVerbs is sorted by call. A call that is missing here sends what nobody knows.
var callVerbs = [...]callVerb{
	{"append", "APPEND"}, {"authenticate", "AUTHENTICATE"}, {"capability", "CAPABILITY"}, {"close-mailbox", "CLOSE"}, {"collect", "FETCH"},
	{"copy", "COPY"}, {"create", "CREATE"}, {"delete", "DELETE"}, {"done", "DONE"}, {"enable", "ENABLE"}, {"examine", "EXAMINE"},
	{"expunge", "EXPUNGE"}, {"fetch", "FETCH"}, {"getacl", "GETACL"}, {"getmetadata", "GETMETADATA"}, {"getquota", "GETQUOTA"},
	{"getquotaroot", "GETQUOTAROOT"}, {"id", "ID"}, {"idle", "IDLE"}, {"list", "LIST"}, {"login", "LOGIN"}, {"logout", "LOGOUT"}, {"move", "MOVE"},
	{"myrights", "MYRIGHTS"}, {"namespace", "NAMESPACE"}, {"noop", "NOOP"}, {"rename", "RENAME"}, {"search", "SEARCH"}, {"select", "SELECT"},
	{"setacl", "SETACL"}, {"setmetadata", "SETMETADATA"}, {"setquota", "SETQUOTA"}, {"sort", "SORT"}, {"starttls", "STARTTLS"}, {"status", "STATUS"},
	{"store", "STORE"}, {"stream", "FETCH"}, {"subscribe", "SUBSCRIBE"}, {"thread", "THREAD"}, {"uid-copy", "UID COPY"}, {"uid-expunge", "UID EXPUNGE"},
	{"uid-fetch", "UID FETCH"}, {"uid-move", "UID MOVE"}, {"uid-search", "UID SEARCH"}, {"uid-sort", "UID SORT"}, {"uid-store", "UID STORE"},
	{"uid-stream", "UID FETCH"}, {"uid-thread", "UID THREAD"}, {"unauthenticate", "UNAUTHENTICATE"}, {"unselect", "UNSELECT"}, {"unsubscribe", "UNSUBSCRIBE"},
}

// verbOf returns the command that a call makes a client send, or "".
func verbOf(call string) string {
	word, _, _ := strings.Cut(call, " ")
	for i := range callVerbs {
		if callVerbs[i].call == word {
			return callVerbs[i].verb
		}
	}
	return ""
}

// greetings are how a server begins, the usual ways first.
var greetings = [...]string{
	"* OK [CAPABILITY IMAP4rev1] hi", "* OK [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ IDLE UIDPLUS MOVE ENABLE NAMESPACE ID UNSELECT ESEARCH] hi",
	"* OK [CAPABILITY IMAP4rev1 LITERAL- SASL-IR AUTH=PLAIN CHILDREN LIST-EXTENDED LIST-STATUS BINARY] hi",
	"* PREAUTH [CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE] hi", "* PREAUTH hi", "* OK hi", "* OK IMAP4rev1 server ready",
	"* PREAUTH [CAPABILITY IMAP4rev2 IDLE] hi", "* PREAUTH [CAPABILITY IMAP4rev1 SORT THREAD=REFERENCES QUOTA ACL METADATA CONDSTORE UNAUTHENTICATE] hi",
	"* OK [ALERT] hi", "* ok [capability imap4rev1] hi", "* BYE too many connections", "* BYE [UNAVAILABLE] x", "* OK", "* OK ", "* NO hi", "* BAD hi", "+ hi", "",
	"220 smtp.example.org ESMTP", "-ERR", "* OK [", "* OK []", "* OK [CAPABILITY] hi", "* OK [CAPABILITY IMAP4rev1", "* CAPABILITY IMAP4rev1", "*OK hi", "OK hi", " * OK hi",
	"* OK [CAPABILITY  IMAP4rev1] hi", "* 1 EXISTS", "a1 OK hi", "* OK [X-A \"b\" (c)] hi", "* OK {5}", "* OK [CAPABILITY IMAP4rev1] h\x00i", "* OK [CAPABILITY STARTTLS LOGINDISABLED IMAP4rev1] hi",
}

// greetingsGood is how many of greetings a client must take.
const greetingsGood = 11

// clientCase makes a case in which the harness plays the server by a script.
func (g *gen) clientCase() {
	startTLS := g.r.Chance(1, 60) && g.hasCall("starttls")
	if startTLS {
		// A client that is told no capabilities asks for them behind STARTTLS's
		// back, and waits for its own lock: such a run cannot go on in fake time.
		g.s("* OK [CAPABILITY IMAP4rev1 STARTTLS X-PLAIN] hi\r\n")
		g.flush()
		g.startTLSCall()
	} else {
		g.greeting()
	}
	for n := g.r.Between(1, 7); n > 0; n-- {
		call := Pick(g.r, g.v.calls())
		if strings.HasPrefix(call, "starttls") || strings.HasPrefix(call, "logout") && n > 1 || call == "done" {
			call = g.v.calls()[0]
		}
		g.call(g.vary(call))
	}
	g.faults()
}

// honestCase makes a case in which an honest server answers, and the faults are
// all that goes wrong.
func (g *gen) honestCase() {
	if g.r.Chance(7, 8) {
		g.do("login test test")
		if g.r.Chance(7, 8) {
			g.do("select INBOX")
		}
	}
	for n := g.r.Between(1, 6); n > 0; n-- {
		call := Pick(g.r, g.v.calls())
		if strings.HasPrefix(call, "starttls") {
			call = g.v.calls()[0]
		}
		g.do(g.vary(call))
		if g.r.Chance(1, 16) || call == "idle" {
			g.pass(Pick(g.r, times[:]))
		}
		if call == "idle" {
			g.do("done")
		}
	}
	for n := 1 + g.r.Weighted([]int{10, 3, 1}); n > 0; n-- {
		g.addFault()
	}
}

// calls returns what the client can be asked, never nothing.
func (v *Vocabulary) calls() []string {
	if len(v.Calls) == 0 {
		return defaultCalls[:]
	}
	return v.Calls
}

func (g *gen) hasCall(name string) bool {
	for _, c := range g.v.Calls {
		if c == name || strings.HasPrefix(c, name+" ") {
			return true
		}
	}
	return false
}

func (g *gen) greeting() {
	table := greetings[:greetingsGood]
	if g.r.Chance(1, 8) {
		table = greetings[:]
	}
	if !g.r.Chance(1, 40) {
		g.s(Pick(g.r, table))
	} else {
		g.s("* OK ")
		g.repeat("x", g.size(512, 8192, 100000))
	}
	g.crlf()
	g.flush()
}

func (g *gen) startTLSCall() {
	g.do("starttls")
	g.expect("STARTTLS")
	if g.r.Chance(1, 3) {
		g.s(Pick(g.r, []string{"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n", "* PREAUTH x\r\n", "* BYE x\r\n"}))
		g.flush()
	}
	g.s(Pick(g.r, []string{"$ OK go\r\n", "$ OK go\r\n", "$ OK go\r\n", "$ NO no\r\n", "$ BAD no\r\n", "$ OK go\r\n* CAPABILITY X-INJECTED\r\n", "$ OK go\r\n* PREAUTH x\r\n"}))
	g.flush()
	if g.r.Chance(3, 4) {
		g.c.Steps = append(g.c.Steps, corpus.Step{Op: corpus.StartTLS, Conn: 1})
	}
}

// vary changes an argument of a call now and then: a set or a name.
func (g *gen) vary(call string) string {
	if !g.r.Chance(1, 6) {
		return call
	}
	words := strings.Split(call, " ")
	if len(words) < 2 || strings.Contains(call, "\"") {
		return call
	}
	i := g.r.Between(1, len(words)-1)
	switch w := words[i]; {
	case isSetWord(w):
		words[i] = Pick(g.r, sets[:])
	case w == "INBOX" || strings.HasPrefix(w, "box"):
		words[i] = Pick(g.r, []string{"INBOX", "box1", "box2", "a/b", "b\u00f6x", "inbox", "missing", "&", "a&b"})
	}
	return strings.Join(words, " ")
}

// isSetWord reports whether w looks like a sequence set or a number.
func isSetWord(w string) bool {
	for i := 0; i < len(w); i++ {
		if c := w[i]; (c < '0' || c > '9') && c != ':' && c != '*' && c != ',' {
			return false
		}
	}
	return w != "" && w != "*"
}

// call makes the client do something and answers it.
func (g *gen) call(call string) {
	verb := verbOf(call)
	g.do(call)
	if verb != "" {
		g.expect(verb)
	}
	g.bad = g.r.Chance(1, 3)
	defer func() { g.bad = false }()
	switch verb {
	case "IDLE":
		g.idleReply()
		return
	case "APPEND", "AUTHENTICATE":
		if g.r.Chance(5, 6) {
			g.s(Pick(g.r, []string{"+ go\r\n", "+ go\r\n", "+ \r\n", "+\r\n", "+ [ALERT] x\r\n", "+ {5}\r\n"}))
			g.flush()
		}
	}
	g.replies(verb)
	g.completion(verb)
}

// replies writes the untagged responses that belong to verb, and some that do not.
func (g *gen) replies(verb string) {
	joined := g.r.Chance(1, 6) // in one segment
	n := 0
	if g.r.Chance(9, 10) {
		n = g.reply(verb, joined)
	}
	for k := 3; k > 0 && g.r.Chance(1, 4); k-- {
		g.anyReply()
		n++
		if !joined {
			g.flush()
		}
	}
	if g.bad && g.r.Chance(1, 20) {
		g.s("* BYE gone\r\n")
	}
	if n > 0 {
		g.flush()
	}
}

// idleReply lets the client idle, tells it something, and ends it.
func (g *gen) idleReply() {
	if !g.bad || g.r.Chance(4, 5) {
		g.s(Pick(g.r, []string{"+ idling\r\n", "+ idling\r\n", "+ \r\n", "+\r\n"}))
		g.flush()
	}
	for range g.r.N(4) {
		g.anyReply()
		g.flush()
	}
	if g.r.Chance(1, 4) {
		g.pass(Pick(g.r, times[:]))
	}
	if g.bad && g.r.Chance(1, 6) {
		g.completion("IDLE")
		return
	}
	g.do("done")
	g.expect("DONE")
	// DONE has no tag, so that "$" would not be IDLE's: its own number is.
	g.s(idleTag(g.c))
	g.s(" OK done\r\n")
	g.flush()
}

// idleTag names the tag of the last command but DONE.
func idleTag(c *corpus.Case) string {
	n := 0
	for i := range c.Steps {
		if c.Steps[i].Op == corpus.Bytes && c.Steps[i].Side == faultnet.Client {
			n++
		}
	}
	return "$" + strconv.Itoa(n-1)
}

// completion answers the client's last command.
func (g *gen) completion(verb string) {
	if g.bad && g.r.Chance(1, 4) {
		g.oddCompletion()
		g.flush()
		return
	}
	switch k := g.r.N(12); {
	case k < 8:
		g.s("$ OK ")
		if (verb == "SELECT" || verb == "EXAMINE") && g.r.Chance(2, 3) {
			g.s(Pick(g.r, []string{"[READ-WRITE] ", "[READ-ONLY] "}))
		} else if g.r.Chance(1, 5) {
			g.code()
		}
	case k < 10:
		g.s("$ NO ")
		if g.r.Chance(1, 2) {
			g.code()
		}
	case k < 11:
		g.s("$ BAD ")
	default:
		g.s("$ OK ")
		g.code()
	}
	g.s("done\r\n")
	g.flush()
}

// code writes a response code, behind it a space.
func (g *gen) code() {
	g.byte('[')
	g.s(Pick(g.r, codes[:]))
	g.s("] ")
}

// oddCompletion writes what no client can wait for.
func (g *gen) oddCompletion() {
	g.s(Pick(g.r, []string{
		"", "$ OK\r\n", "$ OK \r\n", "$\r\n", "$ \r\n", "$  OK done\r\n", "$ ok done\r\n", "$ PREAUTH x\r\n", "$ BYE x\r\n", "$ X done\r\n", "zz8 OK done\r\n", "$1 OK done\r\n", "$9 OK done\r\n",
		"* BYE x\r\n", "$ OK done\r\n$ OK done\r\n", "$ OK [", "$ OK [UIDNEXT", "$ OK [COPYUID 1 1:* 1:*] x\r\n", "$ OK done\n", "$ OK done\r", "+ more\r\n", "$ OK done\r\n* 1 EXPUNGE\r\n", "$ OK {5}\r\n",
		"* OK done\r\n", "\"$\" OK done\r\n", "$ OK [ALERT]\r\n", "$ NO\r\n", "$ BAD [CLIENTBUG] x\r\n",
	}))
}
