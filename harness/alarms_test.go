package harness_test

import (
	"runtime/debug"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/plants"
)

// False alarms that random dialogues with the reference server, and campaigns
// against the reference client, came upon.
var falseAlarms = []struct{ name, text string }{
	{"2683-3.4.12-b where nobody can say which mailbox is selected", `imapfuzz case 1
target: client

S: * PREAUTH [CAPABILITY E CONDSTORE
D: open work
S: $ OK
D: select INBOX condstore
S: $ x
D: purge work
`},
	{"2683-3.4.2-a where another call leaves the mailbox to the client", `imapfuzz case 1
target: client

S: * PREAUTH
D: make work/new
S: $ x
D: create "work\\new"
`},
	{"R-AT-1 where the same was appended before, and got no answer", `imapfuzz case 1
target: server
plan: client @17 every 1 times 2: join 29m

C: a1 LOGIN test test
C: a2 SELECT INBOX
C2: b1 LOGIN test test
C= "a3 APPEND INBOX {2+}\r\n"
  + "hi\r\n"
C2: b2 APPEND INBOX {2}
C2= "hi\r\n"
`},
	{"R-CAP-2 where a capability is told inside TLS, too, by what is no response", `imapfuzz case 1
target: client

S: * OK [CAPABILITY IMAP4rev1 STARTTLS] ready
D: starttls
C: STARTTLS
S: $ OK go
TLS:
D: capability
C: CAPABILITY
S= "* CAPABILITY IMAP4rev1\x0c\n"
S: $ OK done
D: noop
`},
	{"no-crash where the name of a section is a password", `imapfuzz case 1
target: server

C: a1 LOGIN BODY.PEEK[ t
`},
	{"bystander where the harness waits for minutes to send what is dripped", `imapfuzz case 1
target: server
plan: client tag-end 2: drip 1 1s

C: a1 LOGIN
C= "a2 AUTHENTICATE \"" + "x"*65882
`},
	{"bystander where the harness waits for an hour to send what is dripped", `imapfuzz case 1
target: server
plan: client tag-end 2: drip 1 5s

C: a1 LOGIN
C= "a2 AUTHENTICATE \"" + "x"*65882
`},
	{"R-FR-7 where the size of a literal is why a line without a right end is refused", `imapfuzz case 1
target: server

C= "a2 APPEND INBOX {32000+}\r\n" + "x"*32000 + "\n"
C: a3 NOOP
`},
	{"R-FR-10 where lists nest deeper than the stack holds in what a client does not ask for", `imapfuzz case 1
target: client

S: * PREAUTH [CAPABILITY IMAP4rev1 IDLE] hi
D: idle
C: IDLE
S= "* ID " + "("*100000 + "x" + ")"*100000 + "\r\n"
`},
	{"bounded-memory where much is asked of each message", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C= "a3 UID FETCH 1:* (BODY" + " BODY"*1500 + ")\r\n"
`},
	{"R-CAP-5 where CONDSTORE was asked for at the end of a very long line", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C= "a2 SELECT " + "n"*8192 + " (CONDSTORE)\r\n"
C: a3 SELECT INBOX
C: a4 FETCH 1:* BODY[]
`},
	{"bounded-memory where it is the record of a chopped answer that takes memory", `imapfuzz case 1
target: server
plan: server line 2: chop 1

C: a1 LOGIN test test
C: a2 SELECT INBOX
C= "a3 FETCH 1:* BODY.PEEK[]\r\n"*100
T: 32m
`},
	{"R-SEQ-5 where sessions with and without IMAP4rev2 make mailboxes of one name, which are two", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 ENABLE IMAP4rev2
C2: b1 LOGIN test test
C2: b2 CREATE &AOk-
C2: b3 SELECT INBOX
C2: b4 COPY 1:2 &AOk-
C: a3 CREATE &AOk-
C2: b5 SELECT &AOk-
`},
	{"R-SEQ-5 where flags of an uncertain STORE were told before they became certain", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C2: b1 LOGIN test test
C2: b2 SELECT INBOX
C: a3 UID STORE 1:* (UNCHANGEDSINCE 4) FLAGS.SILENT ($x)
C2: b3 UID EXPUNGE 1
C: a4 STORE 1,3 -FLAGS ()
C2: b4 NOOP
`},
	{"R-AT-1 where the server could not say any more that it wants a literal, and took it", `imapfuzz case 1
target: server
plan: client @20: stall 1s

C: a1 LOGIN test test
C: a2 APPEND none (work) {2}
C: Su
C: a3 APPEND INBOX {4}
C= "abcd\r\n"
! client: cut
C: a4 CAPABILITY
`},
	{"no-leak where the network still brings what a client sent that is gone", `imapfuzz case 1
target: server
plan: client command 2: drip 16 29m

C: a1 LOGIN test test
C: a2 NOOP
C: a3 CREATE a
C: a4 CREATE ab
C: a5 CREATE abc
C: a6 CREATE abcd
C: a7 CREATE abcde
C: a8 CREATE abcdef
C: a9 CREATE abcdefg
C: a10 CREATE abcdefgh
C: a11 CREATE abcdefghi
C: a12 CREATE abcdefghij
C: a13 CREATE abcdefghijk
C: a14 CREATE abcdefghijkl
C: a15 CREATE abcdefghijklm
C: a16 CREATE abcdefghijklmn
C: a17 CREATE abcdefghijklmno
`},
	{"canary where a tag that ends at a CR is that of a line that announces a literal", "imapfuzz case 1\ntarget: server\n\n" + `C= "a\r"
C: a1 APPEND{39}
`},
	{"R-LIT-5 for the same line", "imapfuzz case 1\ntarget: server\n\n" + `C= "a\r"
C: a1 APPEND{0}
C= "nn\r\n"
  + "  \r\n"
  + "x\r\n"
`},
	{"R-FR-1 where a command reaches the server when nobody is left to read its answer", `imapfuzz case 1
target: server
plan: client @40: noread 29m

C: a1 LOGIN test test
C: a2 SELECT INBOX
C= "a3 FETCH 1:3 (" + "BODY.PEEK[] "*300 + "UID)\r\n"
C= "a4 FETCH 1:3 (" + "BODY.PEEK[] "*300 + "UID)\r\n"
! client: cut
`},
	{"2683-3.1.2-f where what is erased is so inside TLS, which nobody sees", `imapfuzz case 1
target: client
peer: honest

D: secure test test
D: select INBOX
D: erase 1
`},
	{"R-CL-7 where a completion came before its command, and the command was completed all the same", `imapfuzz case 1
target: client
peer: honest

D: login test test
  ! server: insert "T1 OK done\r\n"
`},
	{"R-CL-7 where what is no completion came before the completion", `imapfuzz case 1
target: client

S: * PREAUTH ready
D: together "search all" noop
S: $2 x
S: $2 OK done
S: $1 OK done
`},
	{"R-CL-7 where a line may be free text that ends like a literal's header, or a literal's header", `imapfuzz case 1
target: client

S: * PREAUTH ready
D: examine INBOX
S: $ NO x
S: " BODY[1.1] {4}
S= "T2\r\n * BODY[1] {0}\r\n \"\r\n"
D: noop
S: $ OK done
`},
	{"R-CL-7 where AUTHENTICATE was completed while the client answered its challenge", `imapfuzz case 1
target: client

S: * OK [CAPABILITY IMAP4rev1] ready
D: authenticate test test
! server: stall 1ms
S: +
S: $ OK done
`},
	{"R-AUTH-1 where LOGINDISABLED came when nobody was waiting for anything", `imapfuzz case 1
target: client

S= "* OK ready\r\n* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n"
D: login test test
`},
	{"2683-3.4.2-f where another call has logged in", `imapfuzz case 1
target: client

S: * OK [CAPABILITY IMAP4rev1 STARTTLS] ready
D: starttls
S: $ OK go ahead
TLS:
S: * CAPABILITY IMAP4rev1
D: secure test test
S: $ OK done
S: $ NO not you
D: login "t\u00e9st" "a b"
`},
	{"silence where the call keeps the session alive", `imapfuzz case 1
target: client
peer: honest

D: login test test
D: select INBOX
  ! client: stall 1ms
D: rest 90m
`},
	{"silence where it keeps the session alive inside TLS, which nobody sees", `imapfuzz case 1
target: client
peer: honest

D: secure test test
! client: stall 29m
D: rest 1h
`},
	{"R-CL-7 where a fault cuts the handshake of TLS behind its first octet", `imapfuzz case 1
target: client
peer: honest
plan: client @14: heal

D: secure test test
D: select INBOX
`},
	{"2683-3.2.1.3-a where a piece came in what is no response", `imapfuzz case 1
target: client

S: * PREAUTH ready
D: select INBOX
S: $ OK done
D: download 1 4
S= "* 1 FETCH (BODY[]<0> {4}\r\nabcd)\r\n"
S: $ OK done
S= "** 1 FETCH (BODY[]<4> {4}\r\nefgh)\r\n"
S: $ OK done
S= "* 1 FETCH (BODY[]<8> {0}\r\n)\r\n"
S: $ OK done
`},
	{"R-LIT-4 where a command with two literals was completed with the first", `imapfuzz case 1
target: client

S: * OK ready
D: login "t\r\nest" "t\r\nest"
  ! server: join
S: + go on
S: $1 OK done
D: logout
`},
	{"R-CL-1 where a call comes while IDLE begins anew", `imapfuzz case 1
target: client

S: * OK ready
D: login test test
S: $ OK [CAPABILITY IMAP4rev1 IDLE] done
D: idle
S: + idling
T: 29m
S: * OK still here
D: mailbox
`},
	{"R-IDLE-5 where another call is made in IDLE", `imapfuzz case 1
target: client
peer: honest

D: login test test
D: idle
T: 10m
D: rest 1h
T: 29m
`},
	{"R-END-3 where a server gives up, since nobody reads what it has to say while time passes", `imapfuzz case 1
target: server
plan: client command 3: stall 1m

C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 FETCH 1:3 (` + strings.Repeat("BODY[] ", 299) + `BODY[])
T: 2h
`},
}

func TestWhatIsNoDefectIsNotReported(t *testing.T) {
	defer debug.SetMaxStack(debug.SetMaxStack(16 << 20)) // as in a worker
	for _, c := range falseAlarms {
		t.Run(c.name, func(t *testing.T) {
			target, parsed := harness.Target(plants.Server()), parse(t, c.text)
			if parsed.Target == corpus.Client {
				target = plants.Client()
			}
			r := play(t, target, parsed)
			wantNone(t, r)
			if len(r.Record.Diverged) > 0 {
				t.Errorf("the case does not fit the server: %v\n%s", r.Record.Diverged, r.Record.Transcript())
			}
		})
	}
}

func TestAWholeMessageThatIsToBeDownloadedIsNotSaidToBeShown(t *testing.T) {
	wantNone(t, play(t, plants.Client(), parse(t, "imapfuzz case 1\ntarget: client\npeer: honest\n\nD: login test test\nD: select INBOX\nD: read 1\nD: download 1 100\n")))
}
