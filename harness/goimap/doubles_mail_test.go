package goimap_test

// Doubles in what a server does with mail.
var mailDoubles = []double{
	{"an empty message may be shown as another", "lie/2683-3.4.5-a", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 APPEND INBOX {2}
C= "\r\n"
  + "\r\n"
C: a3 APPEND INBOX {0}
C:
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
	{"a message that comes back empty has its own UID all the same", "lie/2683-3.4.5-a/empty", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 UID FETCH 1 ALL
C: a4 APPEND INBOX {1}
C: x
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
	{"a message of a part is one, whatever is shown of it", "data-loss/R-AT-1/partial", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C= "a2 APPEND INBOX {2}\r\n"
  + ": "
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
	{"a flag that cannot be stored for good may be gone", "", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C2: b1 LOGIN test test
C2: b2 SELECT INBOX
C2: b3 STORE 1 FLAGS (\Draft)
C: a3 STORE 1 -FLAGS.SILENT (\Draft)
`},
	{"a UID STORE of * is wrong for the reason that a search is", "lie/2683-3.2.3-d/UID star", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 EXPUNGE
C: a4 UID STORE 3:* FLAGS (x)
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
	{"a star that stands for a message that is gone marks another, in a FETCH too", "state/R-MA-4", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C2: b1 LOGIN test test
C2: b2 SELECT INBOX
C: a3 UID EXPUNGE 1:*
C2: b3 FETCH * (BODY[] FLAGS)
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
	{"and where the FETCH is never completed", "lie/store-flags/told unasked", `imapfuzz case 1
target: server
plan 2: server line 15: cut

C: a1 LOGIN test test
C: a2 SELECT INBOX
C2: b1 LOGIN test test
C2: b2 SELECT INBOX
C: a3 STORE 2 FLAGS ()
C: a4 STORE 1:* FLAGS (x)
C2: b3 FETCH 2 (FLAGS)
`},
	{"a CHECK that is OK in every state tells nothing of the mailbox", "state/R-ST-1/CHECK", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 SELECT x
C: a4 CHECK
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
	{"the star of a search whose session was not told of messages", "state/R-MA-4", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C2: b1 LOGIN test test
C2: b2 SELECT INBOX
C2: b3 CLOSE
C: a3 UID SEARCH RETURN () *
`},
	{"a message behind MOVE's wrong EXPUNGE, in a mailbox with two names", "", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 ENABLE
C: a3 SELECT INBOX
C2: b1 LOGIN test test
C: a4 CREATE &AOk-
C: a5 COPY 1:* &AOk-
C: a6 SELECT &AOk-
C2= "b2 APPEND &AOk- {0+}\r\n"
  + "\r\n"
C: a7 MOVE 1 INBOX
C: a8 FETCH 1:*()
`},
	{"and behind UID MOVE's", "protocol/R-MA-7/bad number set, lie/2683-3.4.5-a", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 FETCH x
C2: b1 LOGIN test test
C2: b2 SELECT INBOX
C: a3 CREATE &AOk-
C2: b3 UID MOVE 1 &AOk-
C2: b4 APPEND INBOX {0}
C2:
C2: b5 STORE 2 FLAGS()
`},
	{"a UID that changes behind MOVE's wrong EXPUNGE", "", `imapfuzz case 1
target: server

C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 CREATE box
C: a4 UID STORE 3 FLAGS()
C: a5 RENAME box boxx
C: a6 MOVE 1 boxx
C: a7 FETCH 1 ALL
`},
}
