package goimap_test

import (
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
)

// Smallest cases of campaigns against go-imap that had a bucket of their own for
// a defect that has another already: what is found in them, and no more.
var doubles = []struct{ name, want, text string }{
	{"a completion that has no end is one inside TLS, too", "lie/R-CL-7/unfinished completion", `imapfuzz case 1
target: client

S: * OK [CAPABILITY I]
D: starttls
S: $ OK
TLS:
D: rename work play
S= "$ OK\rx"
`},
	{"a capability counts once it has come, though the greeting ends later", "", `imapfuzz case 1
target: client
peer: honest
plan: server cr-lf 1: stall 1ms

D: authenticate test test
`},
	{"an empty message may be shown as another", "lie/2683-3.4.5-a", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 APPEND INBOX {2}
C= "\r\n"
  + "\r\n"
C: a3 APPEND INBOX {0}
C:
`},
	{"a literal with a blank behind it, behind an APPEND that is never answered", "protocol/R-FR-1/blank behind a literal's size", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C= "a2 APPEND x {0+}\r\n"
  + "x\r\n"
C= "a3 SELECT {3} \r\n"
`},
	{"flags that a STORE should have changed while a message is gone are no flags that are not told", "state/R-MA-4, lie/2683-3.4.5-a", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C2: b1 LOGIN test test
C2: b2 SELECT INBOX
C: a3 APPEND INBOX {0}
C:
C2: b3 EXPUNGE
C: a4 STORE * FLAGS (x)
C2: b4 NOOP
`},
	{"MOVE takes away what COPYUID names, where others are gone", "state/R-SEQ-2/MOVE", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C2: b1 LOGIN test test
C2: b2 SELECT INBOX
C: a3 CREATE a/b
C: a4 STORE 2 FLAGS (\Deleted)
C: a5 UID EXPUNGE 2
C2: b3 MOVE 1:* a/b
C2: b4 SELECT INBOX
`},
	{"and what is told to be gone and is not has no new number", "state/R-SEQ-2/MOVE, lie/2683-3.4.5-a", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a4 APPEND INBOX {0}
C:
C: a5 EXPUNGE
C: a6 CREATE a/b
C: a7 MOVE 1 a/b
C: a8 STORE 1 FLAGS ()
`},
	{"MOVE's defect has one name where something malformed was refused before", "state/R-SEQ-2/MOVE", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 FETCH 1 (FLAGS
C2: b1 LOGIN test test
C2: b2 SELECT INBOX
C: a4 CREATE a/b
C: a5 STORE 2 FLAGS (\Deleted)
C: a6 UID EXPUNGE 2
C2: b3 MOVE 1:* a/b
C2: b4 SELECT INBOX
`},
	{"and where somebody was refused who may change nothing", "protocol/R-MA-7/bad number set, state/R-SEQ-2/MOVE", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 FETCH * UID
C2: b1 FETCH x
C: a4 CREATE a/b
C: a5 MOVE 1 a/b
C: a6 UID FETCH 1:* FLAGS
`},
	{"a flag that is stored after a restart is not one over a restart", "lie/2683-3.2.3-d/UID star", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 expUngE
RESTART:
C2: b1 LOGIN test test
C2: b2 SELECT INBOX
C2: b3 UID STORE *:* FLAGS (x)
`},
	{"a message of a part is one, whatever is shown of it", "data-loss/R-AT-1/partial", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C= "a2 APPEND INBOX {2}\r\n"
  + ": "
`},
	{"a tag with a plus is echoed as any other", "protocol/R-FR-1/echoed tag", `imapfuzz case 1
target: server

C= "b+1 STOREstomftn]b \r\n"
`},
	{"a UID STORE of * is wrong for the reason that a search is", "lie/2683-3.2.3-d/UID star", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 EXPUNGE
C: a4 UID STORE 3:* FLAGS (x)
`},
	{"and one of numbers, where messages are gone, for that of any other", "state/R-MA-4", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C2: b1 LOGIN test test
C2: b2 SELECT INBOX
C2: b3 STORE 2 FLAGS (\Deleted)
C2: b4 UID EXPUNGE 2
C: a3 STORE 1:* FLAGS ()
`},
	{"a flag that cannot be stored for good may be gone", "", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C2: b1 LOGIN test test
C2: b2 SELECT INBOX
C2: b3 STORE 1 FLAGS (\Draft)
C: a3 STORE 1 -FLAGS.SILENT (\Draft)
`},
	{"NIL in small letters ends the connection wherever it stands", "protocol/R-CL-1/nil", `imapfuzz case 1
target: client

S: * OK hi
D: namespace
S: * NAMESPACE NIL NiL NIL
`},
	{"as in an envelope", "protocol/R-CL-1/nil", `imapfuzz case 1
target: client

S: * PREAUTH [CAPABILITY IMAP4rev1] hi
D: select INBOX
S: * 1 EXISTS
S: $ OK done
D: fetch 1 envelope
S: * 1 FETCH (ENVELOPE (nil nil nil nil nil nil nil nil "a nil b" nil))
`},
	{"two messages that are shown as another length are two", "lie/2683-3.4.5-a/empty", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C2: b1 LOGIN test test
C2: b2 APPEND INBOX {1}
C2: x
C= "a2 APPEND INBOX {0+}\r\n"
  + "\r\n"
`},
	{"or after all has ended", "", `imapfuzz case 1
target: server

C: a1 LOGIN
C: a2 SELECT
C= "a+ UID STORE "
`},
	{"flags that are older are told after newer ones in a FETCH, too", "lie/store-flags/told unasked", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C2: b1 LOGIN test test
C2: b2 SELECT INBOX
C: a3 STORE 2 FLAGS ()
C: a4 STORE 1:* FLAGS (x)
C2: b3 FETCH 2 (FLAGS)
`},
	{"a STORE of * means a message that the session was not told of", "state/R-MA-4", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C2: b1 LOGIN test test
C2: b2 SELECT INBOX
C: a2 APPEND INBOX {2}
C= "\r\n"
  + "\r\n"
C2: b3 Store * FLAGS ()
`},
	{"a tag of IDLE's end that stands in data, too, is none", "", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 IDLE
C: a3 NOOP
C: a4 CREATE {0}
C= " {4294967295+}\r\n"
C= "a3 DELETE\n"
`},
	{"a NUL in a name is sent for the reason that one in a message is", "protocol/R-LIT-7", `imapfuzz case 1
target: client

S: * OK hi
S: * CAPABILITY LITERAL+
D: login "a\x00b" test
`},
	{"what the greeting offers is offered, though its end has no LF", "", `imapfuzz case 1
target: client
peer: honest
plan: server cr-lf 1: drop 1

D: append INBOX "From: a@example.org\r\n\r\nhi\r\n"
`},
	{"a move that does not wait for its COPY is one defect", "data-loss/R-AT-6", `imapfuzz case 1
target: client

S: * PREAUTH [CAPABILITY I]
D: list "" % status
D: select INBOX
S= "$ OK \r\n"
D: move 1:4 work
S= "$ OK \r\n"
`},
	{"nor is it one that adds no flags later", "state/R-MA-4", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C2: b1 LOGIN test test
C2: b2 SELECT INBOX
C3: c1 LOGIN test test
C3: c2 APPEND INBOX {2}
C3= "\r\n"
  + "\r\n"
C2: b3 STORE * FLAGS ()
C: a3 StOre 1:3 +FLAGS ()
`},
	{"what is refused before it is whole may do something", "injection/canary/timer", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 CREATE ALL
C: a3 SELECT INBOX
C= "a4 STORE 1 -FLAGS.SILENT (\\Seen x \\Answered)"
C: a5 STORE 1 FLAGS.SILENT()
  ! client chance 0.1 seed 200: join 1m
`},
	{"a call that claims success is done, for the client", "", `imapfuzz case 1
target: client
peer: honest

D: login test test
D: select INBOX
D: uid-copy $ work
  ! server @58: noread 1m
D: create work
D: move 1 work
`},
	{"inside TLS nobody can say which of two calls claims success", "", `imapfuzz case 1
target: client

S: * OK [CAPABILITY I] hi
D: starttls
S: $ OK done
TLS:
D: capability
D: noop
S: $ OK done
D: noop
S: $ OK done
`},
	{"and where a command that nobody knows was", "state/R-SEQ-2/MOVE, lie/2683-3.4.5-a", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 FROB
C: a4 APPEND INBOX {0}
C:
C: a5 EXPUNGE
C: a6 CREATE a/b
C: a7 MOVE 1 a/b
C: a8 STORE 1 FLAGS ()
`},
	{"what an APPEND brought that was refused is no other message", "lie/2683-3.4.5-a", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 APPEND x {2}
C= "\r\n"
  + "\r\n"
C: a3 APPEND INBOX {0}
C:
`},
	{"what is selected behind a command that is never answered", "hang/R-FR-7/APPEND", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C2: b1 LOGIN test test
C= "a3 APPEND x {0+}\r\n"
  + " {1000000000}\r\n"
C2: b2 CREATE a/b
C: a4 SELECT a/b
`},
	{"a tag that is a plus is echoed as any other", "protocol/R-FR-1/echoed tag", `imapfuzz case 1
target: server

C: + LOGIN
C: a1 STATUS
`},
	{"a literal that is too big is not asked for, whatever stands before it", "hang/R-LIT-5", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 SEARCH UNKEYWORD \seen FROM {8192}
C= "x"*8192 + "\r\n"
C: a4 NOOP
`},
	{"of two commands of one tag the first is never answered, for what stands behind its literal", "hang/R-FR-7/APPEND", `imapfuzz case 1
target: server

C: a1 LOGIN test test
! client: duplicate 40
C: a2 LSUB""
C: a3 EXAMINE
C: a4 APPEND x {1}
C: x
`},
	{"what stands behind the literal of an APPEND, with a string that is none before it", "hang/R-FR-7/APPEND", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 APPEND "\x" {66}
C= "ntent-Type: text/plain\r\n"
  + "Content-Transfer-Encoding:\r\n"
  + "\r\n"
  + "\r\n"
C: a3 RENAME {1}
C: x &AOkA6Q-x
C: a4 APPEND {1}
`},
	{"a name that looks like modified UTF-7 may mean two mailboxes once UTF-8 is agreed on", "", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 CREATE &AOk-
C2: b1 LOGIN test test
C2: b2 ENABLE UTF8=ACCEPT
C2: b3 SELECT &AOk-
C: a3 APPEND &AOk- {0}
C:
C2: b4 NOOP
`},
	{"the other way round, too", "", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 ENABLE UTF8=ACCEPT
C: a3 CREATE &AOk-
C2: b1 LOGIN test test
C2: b2 SELECT &AOk-
C: a4 APPEND &AOk- {0}
C:
C2: b3 NOOP
`},
	{"what stands in a literal that a server has not taken is executed, and asks", "hang/R-FR-7/APPEND", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 APPEND x {0}
C= " {2147483648+}\r\n"
C= "a3 IDLE\n"
`},
	{"what stands behind a CR alone is executed, and asks for data", "injection/canary/bare CR", `imapfuzz case 1
target: server
plan: client cr-lf 1: join

C= "a1 SEARCH\r"
C: a2 AUTHENTICATE PLAIN
C= "a3 APPEND {0+}\r\n"
  + "\r\n"
`},
	{"a literal that has come whole is not taken for commands: the timer is why", "injection/canary/timer", `imapfuzz case 1
target: server

C= "a1 APPEND {1+}\r\n"
  + "x\r"
T: 10m
`},
	{"nor is one of no octets", "injection/canary/timer", `imapfuzz case 1
target: server

C= "a1 APPEND {0+}\r\n"
  + "\r"
T: 10m
`},
	{"a response that a client gives up on during LOGOUT is no hurry", "protocol/R-CL-1/lsub", `imapfuzz case 1
target: client

S: * OK [CAPABILITY IMAP4rev1] ready
D: logout
S: * LSUB () "/" x
`},
	{"nor where the server has told capabilities that are none", "", `imapfuzz case 1
target: client

S: * OK [CAPABILITY N]
D: logout
S: * ESEARCH
`},
	{"octets that were taken for a literal nobody announced are missed elsewhere", "protocol/R-FR-1/blank behind a literal's size", `imapfuzz case 1
target: server

C= "a1 LIST {5+} \r\n"
C= "a2 NooP\x00\r\n"
`},
	{"and asked for, where it is a synchronizing one", "protocol/R-FR-1/blank behind a literal's size", `imapfuzz case 1
target: server

C= "a1 APPEND {6} \r\n"
`},
	{"a tag that ends the connection leaves what stands behind it without an answer", "protocol/R-END-3/tag", `imapfuzz case 1
target: server

C= "a1 FETCH\r\n"
  + "] FETCH 1 ALL\r\n"
  + "x FETCH \r\n"
`},
	{"an empty line that ends the connection is no part of a literal", "protocol/R-FR-7/head", `imapfuzz case 1
target: server

C= "a1 UID MOVE{18446744073709551616}\r\n"
  + "\r\n"
`},
	{"a literal that is refused only when a timer fires", "hang/R-LIT-5", `imapfuzz case 1
target: server

C: a1 CREATE {4295}
`},
	{"a star that stands for a message that is gone marks another, in a FETCH too", "state/R-MA-4", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C2: b1 LOGIN test test
C2: b2 SELECT INBOX
C: a3 UID EXPUNGE 1:*
C2: b3 FETCH * (BODY[] FLAGS)
`},
	{"a size of a literal where a tag should be ends the connection at once, and no timer does", "protocol/R-FR-7/head", `imapfuzz case 1
target: server

C: {5}
`},
	{"a quoted string that goes on is refused when a timer fires", "hang/R-FR-7/quoted", `imapfuzz case 1
target: server

C: a1 LOGIN "
`},
	{"a mailbox is selected by the rest of an APPEND that a timer ended", "injection/canary/timer", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 APPEND x {0}
T: 10m
C: a3 SELECT INBOX
`},
	{"a literal that a timer ended leaves the connection to its rest", "injection/canary/timer", `imapfuzz case 1
target: server

C: a1 LOGIN {9}
T: 2m
`},
	{"an APPEND that goes on behind its message gets the answer to another", "hang/R-FR-7/APPEND, lie/2683-3.4.5-a", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 APPEND INBOX {1}
C: : {2147483648}
C: a2 STORE
`},
	{"and hides the command that comes behind it", "hang/R-FR-7/APPEND", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 APPEND x {0}
C= " {2147483648}\r\n"
C= "a4 SEARCH RETURN () HEADER {0+}\r\n"
  + " {0+}\r\n"
  + " SENTBEFORE 1-Jan-2000\r\n"
C: a3 STORE
`},
	{"stars among several keys are stars", "lie/2683-3.2.3-d/UID star", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 UID EXPUNGE 1:*
C: a4 UID SEARCH NOT UID 4:* SMALLER 0
`},
	{"and so they are alone", "lie/2683-3.2.3-d/UID star", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 UID EXPUNGE 1:*
C: a4 SEARCH RETURN () UID 5:*
`},
	{"a CHECK that is OK in every state tells nothing of the mailbox", "state/R-ST-1/CHECK", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 SELECT x
C: a4 CHECK
`},
	{"a SELECT that is the server's own failure says nothing of what is selected", "protocol/R-MA-7/invalid utf-", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 EXAMINE &
C: a4 SEARCH RETURN (SAVE) ALL
C: a5 UID STORE $ FLAGS ()
`},
	{"a client that has waited for its literal gives up on what comes next", "protocol/R-CL-1/late continuation", `imapfuzz case 1
target: client

S= "* OK \r\n"
D: login "t\r\nest" "t\r\nest"
T: 1m
S: + x
`},
	{"whatever that is", "protocol/R-CL-1/late continuation", `imapfuzz case 1
target: client

S: * OK [CAPABILITY IMAP4rev1 A] x
D: authenticate test test
T: 1m
S= "+ \r\n"
S= "$1 OK \r\n"
`},
	{"a response that ends the connection ends it during LOGOUT too", "protocol/R-CL-1/esearch", `imapfuzz case 1
target: client

S= "* OK \r\n"
D: logout
S: * ESEARCH x ()
`},
	{"octets above 127 are no flags", "protocol/R-FR-1/octet above 127", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C= "a3 STORE 1 flags(\xff)\r\n"
`},
	{"nor tags", "protocol/R-FR-1/octet above 127", `imapfuzz case 1
target: server

C= "\xce X\r\n"
`},
	{"a message that comes back empty has its own UID all the same", "lie/2683-3.4.5-a/empty", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 UID FETCH 1 ALL
C: a4 APPEND INBOX {1}
C: x
`},
	{"a tag that begins with CR is no tag, whatever ends lines", "protocol/R-FR-7/head", `imapfuzz case 1
target: server

C= "\rR"
`},
	{"a line feed alone ends a line", "protocol/R-FR-7/bare LF", `imapfuzz case 1
target: server

C= "a1 NOOP\na2 NOOP\r\n"
`},
	{"what stands behind it is no quoted string", "protocol/R-FR-7/bare LF", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C= "a2 gEtqUoTarOoT\"x\n\r\n"
`},
	{"nor a literal that never came whole", "protocol/R-FR-7/bare LF", `imapfuzz case 1
target: server

C= "a1 LOGIN\n{7}\r\n"
`},
	{"nor a command that got no answer", "protocol/R-FR-7/bare LF", `imapfuzz case 1
target: server

C= "a1 LOGIN\n] SELECT x\r\n"
  + "x FETCH \r\n"
`},
	{"a literal that is neither asked for nor refused takes what the client sends without waiting", "hang/R-LIT-5", `imapfuzz case 1
target: server

C= "a1 SUBSCRIBE {9207}\r\n"
  + "x\r\n"
`},
	{"a literal is none inside a quoted string that goes on", "hang/R-FR-7/quoted", `imapfuzz case 1
target: server

C= "a1 LOGIN \"\x00{9}\r\n"
C:
`},
	{"nor where a timer ends it", "hang/R-FR-7/quoted", `imapfuzz case 1
target: server

C: a1 APPEND "{8}
`},
	{"whatever else is wrong in the string", "hang/R-FR-7/quoted", `imapfuzz case 1
target: server

C= "a1 DELETE \"\x00\r\n"
`},
	{"the rest of a line that ended IDLE is executed", "injection/canary/rest of a line", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 IDLE
C= "x"*4096 + "a3 NOOP\r\n"
`},
	{"or is none, and ends the connection", "injection/canary/rest of a line", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 IDLE
C= "&-"*2046 + "DONE\r"
`},
	{"a call that nothing ends, however the connection ended", "data-loss/R-AT-6, hang/2683-3.1.2-a/imapclient.(*commandBase).wait", `imapfuzz case 1
target: client

S: * ok
D: move 1,3 work
S: $ OK
S= "* 1 FETCH (BODY[1.HEADER.FIELDS (X)]<4294967295> {0}\r\n"
  + "\r\n"
`},
	{"a name that is no modified UTF-7 is one wherever it stands", "protocol/2683-3.4.2-e/not encoded", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 CREATE {2}
C: é
`},
}

func TestOneDefectIsOneBucket(t *testing.T) {
	for _, d := range doubles {
		t.Run(d.name, func(t *testing.T) {
			c, err := corpus.Parse("double.case", []byte(d.text))
			if err != nil {
				t.Fatal(err)
			}
			target := harness.Target(goimap.Server())
			if c.Target == corpus.Client {
				target = goimap.Client()
			}
			var got []string
			r := harness.Run(t, target, c, harness.Options{})
			for _, f := range r.Findings {
				got = append(got, f.Bucket())
			}
			if list := strings.Join(got, ", "); list != d.want {
				t.Errorf("want %s, got %s", d.want, list)
				for _, f := range r.Findings {
					t.Log(f.Summary)
				}
				t.Logf("%s", r.Record.Transcript())
			}
		})
	}
}
