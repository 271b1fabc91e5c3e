package goimap_test

// Doubles of a client.
var clientDoubles = []double{
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
	{"what the greeting offers is offered, though its end has no LF", "", `imapfuzz case 1
target: client
peer: honest
plan: server cr-lf 1: drop 1

D: append INBOX "From: a@example.org\r\n\r\nhi\r\n"
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
	{"a NUL in a name is sent for the reason that one in a message is", "protocol/R-LIT-7", `imapfuzz case 1
target: client

S: * OK hi
S: * CAPABILITY LITERAL+
D: login "a\x00b" test
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
	{"what the client asks for on its own is in progress, whatever claims success", "protocol/R-PIPE-1/behind capability", `imapfuzz case 1
target: client

S: * OK [CAPABILITY N] hi
D: login test test
S= "$1 OK \r\n"
D: select INBOX
S= "$ OK \r\n"
D: fetch 1:* flags
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
	{"a call that nothing ends, however the connection ended", "data-loss/R-AT-6, hang/2683-3.1.2-a/imapclient.(*commandBase).wait", `imapfuzz case 1
target: client

S: * ok
D: move 1,3 work
S: $ OK
S= "* 1 FETCH (BODY[1.HEADER.FIELDS (X)]<4294967295> {0}\r\n"
  + "\r\n"
`},
	{"a literal in a code that has none is no reason to wait", "", `imapfuzz case 1
target: client
plan: server @15: insert "{4294967295}\r\n"

S: * ok [capabili ]
D: create sent \Sent
S: $ OK
`},
	{"a CAPABILITY of the client's own, before one whose OK was cut", "lie/R-CL-7/unfinished completion", `imapfuzz case 1
target: client
plan: server completion 1 @2: replace ")"

S: * PREAUTH
D: capability
S: $ OK
  ! server @6: truncate
`},
	{"a call that Close does not end, on a connection that the server has closed", "hang/2683-3.1.2-a/imapclient.(*Client).startTLS", `imapfuzz case 1
target: client

D: starttls
S= "$1 OK [CAPABILITY]\r\r\n"
`},
}
