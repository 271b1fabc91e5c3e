package goimap_test

// Doubles in what a server takes for lines, literals and commands.
var lineDoubles = []double{
	{"a literal with a blank behind it, behind an APPEND that is never answered", "protocol/R-FR-1/blank behind a literal's size", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C= "a2 APPEND x {0+}\r\n"
  + "x\r\n"
C= "a3 SELECT {3} \r\n"
`},
	{"a tag that is a plus is echoed as any other", "protocol/R-FR-1/echoed tag", `imapfuzz case 1
target: server

C: + LOGIN
C: a1 STATUS
`},
	{"a tag with a plus is echoed as any other", "protocol/R-FR-1/echoed tag", `imapfuzz case 1
target: server

C= "b+1 STOREstomftn]b \r\n"
`},
	{"or after all has ended", "", `imapfuzz case 1
target: server

C: a1 LOGIN
C: a2 SELECT
C= "a+ UID STORE "
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
	{"what is refused before it is whole may do something", "injection/canary/timer", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 CREATE ALL
C: a3 SELECT INBOX
C= "a4 STORE 1 -FLAGS.SILENT (\\Seen x \\Answered)"
C: a5 STORE 1 FLAGS.SILENT()
  ! client chance 0.1 seed 200: join 1m
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
	{"a SELECT that is the server's own failure says nothing of what is selected", "protocol/R-MA-7/invalid utf-", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 EXAMINE &
C: a4 SEARCH RETURN (SAVE) ALL
C: a5 UID STORE $ FLAGS ()
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
	{"a name that is no modified UTF-7 is one wherever it stands", "protocol/2683-3.4.2-e/not encoded", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 CREATE {2}
C: é
`},
	{"a NOOP that a timer answers before it is whole", "injection/canary/timer", `imapfuzz case 1
target: server

C: a1 NOOP
  ! client @8: noread 1m
`},
	{"what a literal that nobody asked for says is selected", "hang/R-FR-7/APPEND", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 EXAMINE x
C= "a4 APPEND x {39}\r\n"
  + "FLAGS FLAGS\r\n"
  + "FLAGS\r\n"
  + "\r\n"
  + "\n\r\n"
C: a5 APPEND ALL {8}
C: 8 SELECT INBOX
`},
	{"a tag that comes twice, and both are answered", "", `imapfuzz case 1
target: server
plan: client chance 0.1 seed 190 every 2 times 2: duplicate 28

C: a1 STARTTLS x
C: a3 ENABLE
C= "a2 LOGIN test test\r\n"
  + "a3 FETCH 1 (UID)\r\n"
`},
}
