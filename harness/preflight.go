package harness

import (
	"fmt"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

// Preflight returns the case by which one sees whether anything can be tested at
// all: the target greets, logs in and selects. It asks a client only for calls
// that it understands; one that is a fixed program has to begin.
func Preflight(t Target) *corpus.Case {
	c := &corpus.Case{Target: t.Tests(), Note: []string{"Whether anything can be tested at all."}}
	say := func(side faultnet.Side, text string) {
		c.Steps = append(c.Steps, corpus.Step{Op: corpus.Bytes, Conn: 1, Side: side, Data: []byte(text + "\r\n")})
	}
	switch t := t.(type) {
	case *Server:
		say(faultnet.Server, "* OK")
		for i, line := range []string{"LOGIN " + quoted(t.user()) + " " + quoted(t.password()), "SELECT INBOX", "LOGOUT"} {
			tag := fmt.Sprintf("a%d ", i+1)
			say(faultnet.Client, tag+line)
			say(faultnet.Server, tag+"OK")
		}
	case *Client:
		e := &evidence{Tested: &Tested{Calls: t.Calls}}
		do := func(call string) bool {
			if e.understands(firstWord(call)) {
				c.Steps = append(c.Steps, corpus.Step{Op: corpus.Do, Conn: 1, Data: []byte(call)})
				return true
			}
			return false
		}
		say(faultnet.Server, "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready")
		if len(t.Calls) == 0 {
			say(faultnet.Client, "")
			break
		}
		if do("login test test") {
			say(faultnet.Client, "LOGIN")
			say(faultnet.Server, "$1 OK [CAPABILITY IMAP4rev1] in")
			if do("select INBOX") {
				say(faultnet.Client, "SELECT")
				say(faultnet.Server, "* 0 EXISTS\r\n* FLAGS ()\r\n* OK [UIDVALIDITY 1] valid\r\n* OK [UIDNEXT 1] next\r\n$2 OK [READ-WRITE] open")
			}
		}
	}
	return c
}

// Ready returns nil if tr, the trial of a [Preflight], came through, and else
// one line: what was tried, and what came back.
func (tr *Trial) Ready() error {
	back := tr.Lost
	switch {
	case len(tr.Diverged) > 0:
		back = tr.Diverged[0]
	case tr.Lost != "" && len(tr.All) > 0:
		back = tr.All[0].Summary
	case tr.Lost == "":
		return nil
	}
	return fmt.Errorf("no card: greeting, login and selection were tried first: %s", visible([]byte(back)))
}
