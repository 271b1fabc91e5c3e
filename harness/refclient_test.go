package harness_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/plants"
)

// clientStrays are the seeds of clients whose dialogue the reference client
// leaves, each with what it does.
func clientStrays() map[string]string {
	const greets = "it waits for the greeting, which comes too late here"
	const lacks = "it has no such call"
	return map[string]string{
		"client/acl":                     lacks,
		"client/metadata":                lacks,
		"client/quota":                   lacks,
		"client/sort_thread":             lacks,
		"client/unauthenticate":          lacks,
		"client/starttls":                greets,
		"client/starttls_injected":       greets,
		"client/starttls_preauth":        greets,
		"client/starttls_refused":        greets,
		"cut/client_before_client_hello": greets,
		"client/greeting_without_code":   "it asks for capabilities when it needs one, not before",
	}
}

func TestTheReferenceClientKeepsToEveryClientSeed(t *testing.T) {
	target := plants.Client()
	why := clientStrays()
	ran := 0
	for _, seed := range corpus.Seeds() {
		if seed.Case.Target != corpus.Client {
			continue
		}
		ran++
		t.Run(seed.Name, func(t *testing.T) {
			r := harness.Run(t, target, seed.Case, harness.Options{})
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			wantNone(t, r)
			reason, left := why[seed.Name], len(r.Record.Diverged) > 0
			switch {
			case reason != "" && !left:
				t.Errorf("listed as a stray (%s), but every expectation was met", reason)
			case reason == "" && left:
				t.Errorf("left the dialogue: %v\n%s", r.Record.Diverged, r.Record.Transcript())
			}
		})
	}
	if ran < 80 {
		t.Errorf("%d seeds of clients, want at least 80", ran)
	}
}

// clientDialogues are what the reference client does, sentence by sentence. Each
// is the steps of a case.
func clientDialogues() map[string]string {
	const (
		hello = "S: * PREAUTH [CAPABILITY IMAP4rev1 IDLE UIDPLUS] ready\n"
		open  = hello + "D: select INBOX\nC: SELECT INBOX\nS: * 3 EXISTS\nS: * OK [UIDVALIDITY 7] x\nS: $ OK [READ-WRITE] done\n"
	)
	return map[string]string{
		"it asks what is offered before it uses it":    "S: * PREAUTH ready\nD: id\nC: CAPABILITY\nS: * CAPABILITY IMAP4rev1 ID\nS: $ OK x\nC: ID (\nS: * ID NIL\nS: $ OK x\n",
		"it does not try what is not offered":          hello + "D: id\nD: noop\nC: NOOP\nS: $ OK x\n",
		"it does not log in where that is disabled":    "S: * OK [CAPABILITY IMAP4rev1 LOGINDISABLED] x\nD: login a b\nD: noop\nC: NOOP\nS: $ OK x\n",
		"it speaks to nobody who has not IMAP4rev1":    "S: * OK [CAPABILITY IMAP4] x\nD: login a b\nD: logout\nC: LOGOUT\nS: * BYE x\nS: $ OK x\n",
		"capabilities are asked for anew after login":  "S: * OK [CAPABILITY IMAP4rev1 X-A] x\nD: login a b\nC: LOGIN \"a\" \"b\"\nS: $ OK x\nD: caps\nC: CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: $ OK x\n",
		"a refused literal is not sent":                hello + "D: append INBOX \"a: b\\r\\n\"\nC: APPEND INBOX {6}\nS: $ NO [OVERQUOTA] x\nD: noop\nC: NOOP\nS: $ OK x\n",
		"news while it waits for + is taken":           open + "D: append INBOX \"a: b\\r\\n\"\nC: APPEND INBOX {6}\nS: * 4 EXISTS\nS: + go\nS: $2 OK x\nD: mailbox\n",
		"a literal does not wait where it need not":    "S: * PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] x\nD: append INBOX \"a: b\\r\\n\"\nC: APPEND INBOX {6+}\nC: a: b\nS: T1 OK x\n",
		"the smaller kind of LITERAL has a limit":      "S: * PREAUTH [CAPABILITY IMAP4rev1 LITERAL-] x\nD: append INBOX \"" + strings.Repeat("x", 4097) + "\"\nC: APPEND INBOX {4097}\nS: + go\nS: T1 OK x\n",
		"CREATE only after TRYCREATE":                  "S: * PREAUTH [CAPABILITY IMAP4rev1 LITERAL+] x\nD: save a \"x: y\"\nC: APPEND \"a\" {4+}\nS: T1 NO [TRYCREATE] x\nC: CREATE \"a\"\nS: T2 OK x\nC: APPEND\nS: T3 OK x\nD: save a \"x: y\"\nC: APPEND\nS: T4 NO x\nD: noop\nC: NOOP\nS: T5 OK x\n",
		"a long set is cut":                            open + "D: fetch " + strings.TrimSuffix(strings.Repeat("1,", 0)+odd(3000), ",") + " flags\nC: FETCH 1,3,5\nS: $ OK x\nC: FETCH\nS: $ OK x\nC: FETCH\nS: $ OK x\nC: FETCH\nS: $ OK x\nC: FETCH\nS: $ OK x\nC: FETCH\nS: $ OK x\nC: FETCH\nS: $ OK x\nC: FETCH\nS: $ OK x\nC: FETCH\nS: $ OK x\n",
		"neighbours become ranges":                     open + "D: fetch 3,1,2,7 flags\nC: FETCH 1:3,7 (FLAGS)\nS: $ OK x\n",
		"nothing is expunged read-only":                hello + "D: examine INBOX\nC: EXAMINE INBOX\nS: * 3 EXISTS\nS: $ OK [READ-ONLY] x\nD: expunge\nD: move 1 x\nD: store 1 +flags \\Seen\nD: noop\nC: NOOP\nS: $ OK x\n",
		"what cannot be selected is not":               hello + "D: list \"\" %\nC: LIST\nS: * LIST (\\Noselect) \"/\" a\nS: $ OK x\nD: select a\nD: noop\nC: NOOP\nS: $ OK x\n",
		"NOOP after missing messages":                  open + "D: show 1:3 flags\nC: FETCH 1:3 (FLAGS)\nS: * 1 FETCH (FLAGS ())\nS: $ NO [EXPUNGEISSUED] x\nC: NOOP\nS: * 3 EXPUNGE\nS: * 2 EXPUNGE\nS: $ OK x\nD: mailbox\n",
		"UIDs of another UIDVALIDITY are forgotten":    open + "D: remember\nC: UID FETCH 1:* (UID)\nS: * 1 FETCH (UID 5)\nS: $ OK x\nD: cache\nD: select INBOX\nC: SELECT INBOX\nS: * 3 EXISTS\nS: * OK [UIDVALIDITY 8] x\nS: $ OK [READ-WRITE] x\nD: mark \\Deleted\nD: noop\nC: NOOP\nS: $ OK x\n",
		"also when they change meanwhile":              open + "D: remember\nC: UID FETCH 1:* (UID)\nS: * 1 FETCH (UID 5)\nS: $ OK x\nD: mark \\Seen\nC: UID STORE 5 +FLAGS.SILENT (\\Seen)\nS: * OK [UIDVALIDITY 9] x\nS: $ NO x\nD: mark \\Deleted\nD: noop\nC: NOOP\nS: $ OK x\n",
		"a mailbox that is selected is not asked for":  open + "D: status INBOX\nD: delete INBOX\nD: noop\nC: NOOP\nS: $ OK x\n",
		"what cannot be deleted is emptied first":      hello + "D: purge w\nC: DELETE \"w\"\nS: $ NO x\nC: SELECT \"w\"\nS: * 2 EXISTS\nS: $ OK x\nC: STORE 1:* +FLAGS.SILENT (\\Deleted)\nS: $ OK x\nC: CLOSE\nS: $ OK x\nC: DELETE \"w\"\nS: $ OK x\n",
		"nothing is marked before a copy is confirmed": open + "D: file 1 w\nC: COPY 1 \"w\"\nS: $ NO x\nD: file 1 w\nC: COPY 1 \"w\"\nS: $ OK x\nC: STORE 1 +FLAGS.SILENT (\\Deleted)\nS: $ OK x\n",
		"pieces follow each other without a gap":       open + "D: download 1 4\nC: FETCH 1 BODY.PEEK[]<0.4>\nS= \"* 1 FETCH (BODY[]<0> {4}\\r\\nabcd)\\r\\n\"\nS: $ OK x\nC: FETCH 1 BODY.PEEK[]<4.4>\nS= \"* 1 FETCH (BODY[]<4> {1}\\r\\ne)\\r\\n\"\nS: $ OK x\n",
		"the tree is walked level by level":            hello + "D: tree\nC: LIST \"\" \"%\"\nS: * LIST (\\HasChildren) \"/\" a\nS: * LIST (\\HasNoChildren) \"/\" b\nS: $ OK x\nC: LIST \"\" \"a/%\"\nS: * LIST (\\HasNoChildren) \"/\" a/c\nS: $ OK x\n",
		"IDLE begins anew before half an hour":         open + "D: idle\nC: IDLE\nS: + x\nT: 28m30s\nC: DONE\nS: T2 OK x\nC: IDLE\nS: + x\nD: done\nC: DONE\nS: T3 OK x\n",
		"what comes in IDLE is read":                   open + "D: idle\nC: IDLE\nS: + x\nS: * 4 EXISTS\nD: done\nC: DONE\nS: * 2 EXPUNGE\nS: T2 OK x\nD: mailbox\n",
		"PREAUTH is no way around TLS":                 "S: * PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] x\nD: secure a b\nD: state\n",
		"a password may have any octets but NUL":       "S: * OK [CAPABILITY IMAP4rev1] x\nD: login \"a\\\"\\\\\" \"\\xff\"\nC: LOGIN \"a\\\"\\\\\" {1}\nS: + x\nS: T1 OK x\n",
	}
}

// odd returns the first n odd numbers, each with a comma behind it.
func odd(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strconv.Itoa(2*i + 1))
		b.WriteByte(',')
	}
	return b.String()
}

func TestTheReferenceClient(t *testing.T) {
	for name, text := range clientDialogues() {
		t.Run(name, func(t *testing.T) {
			r := play(t, plants.Client(), parse(t, "imapfuzz case 1\ntarget: client\n\n"+text))
			wantNone(t, r)
			if len(r.Record.Diverged) > 0 {
				t.Errorf("%v\n%s", r.Record.Diverged, r.Record.Transcript())
			}
		})
	}
}
