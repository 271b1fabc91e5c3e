package goimap_test

import (
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
)

// False alarms that a campaign against go-imap raised: what no finding may say
// of these cases, each with what it is instead. In another case the same bucket
// may well be a defect.
var falseAlarms = []struct{ name, not, text string }{
	{"a call that comes after login does not tell the client to use TLS", "R-TLS-4", `imapfuzz case 1
target: client
peer: honest
plan: server greeting 1: delay 1ms

D: login test test
D: starttls
`},
	{"a piece of BINARY is not as long as BINARY.SIZE says, and need not say that it is a piece", "R-LIT-17", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 FETCH 3 (BINARY[1.1]<0.1> BINARY.SIZE[1.1])
`},
	{"so is one that is fetched by its UID", "R-LIT-17", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 UID FETCH 1 (BINARY.SIZE[] BINARY[]<4.5>)
`},
	{"two messages that are shown otherwise than they came, and alike, have not changed places", "R-UID-8", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C= "a2 APPEND INBOX {0+}\r\n"
  + "\r\n"
C= "a3 APPEND INBOX {0+}\r\n"
  + "\r\n"
`},
	{"a message that comes back empty is not the one that was refused", "R-UID-8", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 APPEND INBOX {1}
C: x
C: a3 APPEND{2}
`},
	{"a list of capabilities with an octet that none has may be read all the same", "R-LIT-9", `imapfuzz case 1
target: client

S= "* OK [CAPABILITY \xb2 LITERAL- Y]\r\n"
D: uid-search subject "caf\u00e9" since 1-Jan-2000 larger 10
`},
	{"a MOVE is completed but for its line feed", "2683-3.1.2-f", `imapfuzz case 1
target: client
peer: honest

D: login test test
D: create work
D: select INBOX
D: uid-move 2 work
  ! server cr-lf 4: noread 1ms
`},
	{"a SERVERBUG that was written as the connection ended is the end's", "R-MA-7", `imapfuzz case 1
target: server

C= "a1 RENAME \r\n"
  ! client @10: stall 1m
  ! server @1: cut
`},
	{"a line in IDLE that is too long ends it before the line does", "R-IDLE-6", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 IDLE
C= "a3 FETCH 1 (" + "x"*5000 + ")\r\n"
`},
	{"two commands behind a CAPABILITY that the client sent by itself are one bucket", "R-PIPE-1/store", `imapfuzz case 1
target: client

S: * OK ready
D: select INBOX
S: * 3 EXISTS
S: $ OK [READ-WRITE] selected
D: store 1 flags.silent \Seen
`},
	{"a client that has a completion but for its line feed may go on", "R-PIPE-1", `imapfuzz case 1
target: client
peer: honest

D: login test test
! server: drip 1 1ms
D: select INBOX
D: append INBOX "Subject: x\r\n\r\ny\r\n"
D: fetch * envelope
`},
	{"a literal that was read, in a command that was refused, was not executed because the server hangs up later", "R-LIT-10", `imapfuzz case 1
target: server

C= "a1 APPEND {1+}\r\n"
  + "x\r\n"
T: 2m
`},
	{"so may a client whose IDLE was refused", "R-IDLE-2", `imapfuzz case 1
target: client

S: * OK [CAPABILITY IMAP4rev1 IDLE] ready
D: idle
S= "$ NO\r"
D: noop
`},
}

func TestFalseAlarmsOfCampaigns(t *testing.T) {
	for _, a := range falseAlarms {
		t.Run(a.name, func(t *testing.T) {
			c, err := corpus.Parse("alarm.case", []byte(a.text))
			if err != nil {
				t.Fatal(err)
			}
			target := harness.Target(goimap.Server())
			if c.Target == corpus.Client {
				target = goimap.Client()
			}
			for _, f := range harness.Run(t, target, c, harness.Options{}).Findings {
				if strings.Contains(f.Bucket(), a.not) {
					t.Errorf("%s: %s", f.Bucket(), f.Summary)
				}
			}
		})
	}
}
