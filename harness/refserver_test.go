package harness_test

import (
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/internal/plants"
)

// exchanges are what the reference server does, sentence by sentence. Each is
// the steps of a case behind LOGIN and, but for those in outside, SELECT INBOX.
func exchanges() map[string]string {
	return map[string]string{
		"a line of 8192 octets is taken":                      "C= \"a3 SEARCH SUBJECT \\\"\" + \"x\"*8170 + \"\\\"\\r\\n\"\nS: * SEARCH\nS: a3 OK\n",
		"a longer line is BAD, and its rest is dropped":       "C= \"a3 SEARCH SUBJECT \\\"\" + \"x\"*70000 + \" a4 NOOP\\\"\\r\\n\"\nS: a3 BAD\nC: a5 NOOP\nS: a5 OK\n",
		"a literal behind a line that is too long is dropped": "C= \"a3 SEARCH SUBJECT \\\"\" + \"x\"*70000 + \"\\\" {10+}\\r\\na4 NOOP\\r\\n\\r\\n\\r\\n\"\nS: a3 BAD\nC: a5 NOOP\nS: a5 OK\n",
		"a synchronizing one is refused":                      "C= \"a3 SEARCH SUBJECT \\\"\" + \"x\"*70000 + \"\\\" {10}\\r\\n\"\nS: a3 BAD\nC: a5 NOOP\nS: a5 OK\n",
		"a literal that is too big is dropped":                "C= \"a3 CREATE {9000+}\\r\\n\" + \"x\"*9000 + \"\\r\\n\"\nS: a3 BAD [TOOBIG]\nC: a5 NOOP\nS: a5 OK\n",
		"a literal that is far too big ends the session":      "C= \"a3 APPEND INBOX {99999999999+}\\r\\nx\"\nS: * BYE [TOOBIG]\n",

		"CLOSED stands between two mailboxes":          "C: a3 SELECT Sent\nS: * OK [CLOSED]\nS: * 0 EXISTS\nS: a3 OK\n",
		"SELECT of no mailbox leaves none selected":    "C: a3 SELECT none\nS: * OK [CLOSED]\nS: a3 NO [NONEXISTENT]\nC: a4 FETCH 1 FLAGS\nS: a4 BAD\n",
		"a copy to no mailbox asks for CREATE":         "C: a3 COPY 1 none\nS: a3 NO [TRYCREATE]\nC: a4 COPY 1 a*b\nS: a4 BAD\nC: a5 COPY 1 \"a*b\"\nS: a5 NO [CANNOT]\n",
		"an existing mailbox is ALREADYEXISTS":         "C: a3 CREATE Sent\nS: a3 NO [ALREADYEXISTS]\nC: a4 CREATE inbox\nS: a4 NO [ALREADYEXISTS]\n",
		"CREATE makes the mailboxes above":             "C: a3 CREATE a/b/c\nS: a3 OK\nC: a4 STATUS a/b (MESSAGES)\nS: * STATUS a/b (MESSAGES 0)\nS: a4 OK\n",
		"a mailbox below a deleted one stays":          "C: a3 CREATE a/b\nS: a3 OK\nC: a4 DELETE a\nS: a4 OK\nC: a5 LIST \"\" a*\nS: * LIST (\\Noselect) \"/\" a\nS: * LIST () \"/\" a/b\nS: a5 OK\nC: a6 SELECT a\nS: a6 NO\n",
		"RENAME takes those below along":               "C: a3 CREATE a/b\nS: a3 OK\nC: a4 RENAME a c\nS: a4 OK\nC: a5 STATUS c/b (MESSAGES)\nS: * STATUS c/b\nS: a5 OK\nC: a6 STATUS a/b (MESSAGES)\nS: a6 NO\n",
		"RENAME of INBOX moves its messages":           "C: a3 RENAME INBOX old\nS: * 1 EXPUNGE\nS: a3 OK\nC: a4 STATUS old (MESSAGES)\nS: * STATUS old (MESSAGES 3)\nS: a4 OK\nC: a5 STATUS INBOX (MESSAGES)\nS: * STATUS INBOX (MESSAGES 0)\nS: a5 OK\n",
		"a mailbox that is selected stays":             "C2: b1 LOGIN test test\nS2: b1 OK\nC2: b2 CREATE x\nS2: b2 OK\nC: a3 SELECT x\nS: a3 OK\nC2: b3 DELETE x\nS2: b3 NO [INUSE]\nC2: b4 RENAME x y\nS2: b4 NO [INUSE]\nC: a4 UNSELECT\nS: a4 OK\nC2: b5 DELETE x\nS2: b5 OK\n",
		"a mailbox made again has a later UIDVALIDITY": "C: a3 CREATE x\nS: a3 OK\nC: a4 STATUS x (UIDVALIDITY)\nS: * STATUS x (UIDVALIDITY 6)\nS: a4 OK\nC: a5 DELETE x\nS: a5 OK\nC: a6 CREATE x\nS: a6 OK\nC: a7 STATUS x (UIDVALIDITY)\nS: * STATUS x (UIDVALIDITY 7)\nS: a7 OK\n",

		"names that are no modified UTF-7 are refused": "C: a3 CREATE &Jjo!\nS: a3 NO [CANNOT]\nC: a4 CREATE &U,BTFw-&ZeVnLIqe-\nS: a4 NO [CANNOT]\nC: a5 CREATE &AGE-\nS: a5 NO [CANNOT]\nC: a6 SELECT &Jjo\nS: a6 NO\n",
		"each level is encoded by itself":              "C: a3 CREATE &ZeVnLA-/&AOk-\nS: a3 OK\nC: a4 LIST \"\" &ZeVnLA-/%\nS: * LIST () \"/\" &ZeVnLA-/&AOk-\nS: a4 OK\n",
		"a reference is like cd":                       "C: a3 CREATE abc/def\nS: a3 OK\nC: a4 LIST abc/ def\nS: * LIST () \"/\" abc/def\nS: a4 OK\nC: a5 LIST abc def\nS: * LIST () \"/\" abc/def\nS: a5 OK\nC: a6 LIST abc/ /def\nS: * LIST () \"/\" abc/def\nS: a6 OK\n",
		"LIST tells what it is asked":                  "C: a3 SUBSCRIBE Sent\nS: a3 OK\nC: a4 LIST \"\" (Se% Tr%) RETURN (SUBSCRIBED CHILDREN SPECIAL-USE STATUS (MESSAGES))\nS: * LIST (\\HasNoChildren \\Subscribed \\Sent) \"/\" Sent\nS: * STATUS Sent (MESSAGES 0)\nS: * LIST (\\HasNoChildren \\Trash) \"/\" Trash\nS: a4 OK\n",
		"LIST selects by subscription":                 "C: a3 SUBSCRIBE a/b\nS: a3 OK\nC: a4 LIST (SUBSCRIBED RECURSIVEMATCH) \"\" %\nS: * LIST (\\NonExistent) \"/\" a (CHILDINFO (\"SUBSCRIBED\"))\nS: a4 OK\nC: a5 LSUB \"\" %\nS: * LSUB (\\Noselect) \"/\" a\nS: a5 OK\n",
		"LIST selects by use":                          "C: a3 CREATE Old (USE (\\Archive))\nS: a3 OK\nC: a4 LIST (SPECIAL-USE) \"\" O*\nS: * LIST (\\Archive) \"/\" Old\nS: a4 OK\nC: a5 CREATE x (USE (\\None))\nS: a5 NO [USEATTR]\n",

		"APPEND tells the UID":             "C= \"a3 APPEND INBOX {4+}\\r\\na: b\\r\\n\"\nS: * 4 EXISTS\nS: a3 OK [APPENDUID 1 4]\n",
		"APPEND of two is all or none":     "C= \"a3 APPEND INBOX {4+}\\r\\na: b (\\\\Seen) {4+}\\r\\nc: d\\r\\n\"\nS: * 5 EXISTS\nS: a3 OK [APPENDUID 1 4:5]\n",
		"APPEND keeps the date exactly":    "C= \"a3 APPEND INBOX \\\" 7-Feb-1994 21:52:25 -0800\\\" {4+}\\r\\na: b\\r\\n\"\nS: a3 OK\nC: a4 FETCH 4 INTERNALDATE\nS: * 4 FETCH (INTERNALDATE \" 7-Feb-1994 21:52:25 -0800\")\nS: a4 OK\n",
		"MOVE tells COPYUID, then EXPUNGE": "C: a3 MOVE 2 Sent\nS: * OK [COPYUID 4 2 1]\nS: * 2 EXPUNGE\nS: a3 OK\n",
		"UID EXPUNGE keeps to its set":     "C: a3 STORE 1:3 +FLAGS.SILENT (\\Deleted)\nS: a3 OK\nC: a4 UID EXPUNGE 2\nS: * 2 EXPUNGE\nS: a4 OK\n",
		"EXAMINE changes nothing":          "C: a3 EXAMINE INBOX\nS: a3 OK [READ-ONLY]\nC: a4 EXPUNGE\nS: a4 NO\nC: a5 MOVE 1 Sent\nS: a5 NO\nC: a6 FETCH 2 BODY[TEXT]\nS: a6 OK\nC: a7 FETCH 2 FLAGS\nS: * 2 FETCH (FLAGS ())\nS: a7 OK\n",

		"ESEARCH tells what it is asked":     "C: a3 UID SEARCH RETURN (MIN MAX COUNT ALL) ALL\nS: * ESEARCH (TAG \"a3\") UID MIN 1 MAX 3 ALL 1:3 COUNT 3\nS: a3 OK\nC: a4 SEARCH RETURN (MIN COUNT) DRAFT\nS: * ESEARCH (TAG \"a4\") COUNT 0\nS: a4 OK\n",
		"a saved result stands for a set":    "C: a3 SEARCH RETURN (SAVE) UNSEEN\nS: a3 OK\nC: a4 FETCH $ UID\nS: * 2 FETCH (UID 2)\nS: * 3 FETCH (UID 3)\nS: a4 OK\n",
		"SEARCH reads encoded headers":       "C= \"a3 SEARCH CHARSET UTF-8 SUBJECT {5+}\\r\\ncaf\\xc3\\xa9\\r\\n\"\nS: * SEARCH 2\nS: a3 OK\nC= \"a4 SEARCH CHARSET UTF-8 BODY {5+}\\r\\nCAF\\xc3\\x89\\r\\n\"\nS: * SEARCH 2\nS: a4 OK\n",
		"an unknown charset is BADCHARSET":   "C: a3 SEARCH CHARSET X-NONE ALL\nS: a3 NO [BADCHARSET (US-ASCII UTF-8)]\n",
		"SEARCH knows dates, sizes and sets": "C: a3 SEARCH SENTON 3-Jan-2000 LARGER 300 2:* UID 3\nS: * SEARCH 3\nS: a3 OK\nC: a4 SEARCH OR SEEN NOT (UNDELETED)\nS: * SEARCH 1 3\nS: a4 OK\nC: a5 SEARCH ON 1-Jan-2000 HEADER In-Reply-To \"\"\nS: * SEARCH 2\nS: a5 OK\n",

		"ENVELOPE":                           "C: a3 FETCH 2 ENVELOPE\nS: * 2 FETCH (ENVELOPE (\"Mon, 3 Jan 2000 12:05:00 +0100\" \"=?utf-8?q?caf=C3=A9?=\" ((\"Bob\" NIL \"bob\" \"example.org\")) ((\"Bob\" NIL \"bob\" \"example.org\")) ((\"Bob\" NIL \"bob\" \"example.org\")) ((\"Ada\" NIL \"ada\" \"example.org\")) ((\"Carol, R.\" NIL \"carol\" \"example.org\")) NIL \"<lunch@example.org>\" \"<cafe@example.org>\"))\nS: a3 OK\n",
		"BODYSTRUCTURE of a multipart":       "C: a3 FETCH 2 BODYSTRUCTURE\nS: * 2 FETCH (BODYSTRUCTURE ((\"TEXT\" \"PLAIN\" (\"CHARSET\" \"utf-8\") NIL NIL \"QUOTED-PRINTABLE\" 17 1 NIL NIL NIL NIL)(\"APPLICATION\" \"OCTET-STREAM\" (\"NAME\" \"map.bin\") NIL NIL \"BASE64\" 12 NIL (\"ATTACHMENT\" (\"FILENAME\" \"map.bin\")) NIL NIL) \"MIXED\" (\"BOUNDARY\" \"b1\") NIL NIL NIL))\nS: a3 OK\n",
		"BODY of a message in a message":     "C: a3 FETCH 3 BODY\nS: * 3 FETCH (BODY (\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 155 (\"Mon, 3 Jan 2000 12:00:00 +0000\" \"lunch\" ((\"Ada\" NIL \"ada\" \"example.org\")) ((\"Ada\" NIL \"ada\" \"example.org\")) ((\"Ada\" NIL \"ada\" \"example.org\")) ((\"Bob\" NIL \"bob\" \"example.org\")) NIL NIL NIL \"<lunch@example.org>\") (\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 10 1) 7))\nS: a3 OK\n",
		"parts, and parts of parts":          "C: a3 FETCH 2 BODY.PEEK[2]\nS= \"* 2 FETCH (BODY[2] {12}\\r\\nAAECAwQFBgc=)\\r\\n\"\nS: a3 OK\nC: a4 FETCH 3 BODY.PEEK[1.TEXT]\nS= \"* 3 FETCH (BODY[1.TEXT] {10}\\r\\nAt noon?\\r\\n)\\r\\n\"\nS: a4 OK\nC: a5 FETCH 3 BODY.PEEK[1.1]\nS= \"* 3 FETCH (BODY[1.1] {10}\\r\\nAt noon?\\r\\n)\\r\\n\"\nS: a5 OK\nC: a6 FETCH 2 BODY.PEEK[7]\nS: * 2 FETCH (BODY[7] NIL)\nS: a6 OK\n",
		"some fields of a header":            "C: a3 FETCH 1 BODY.PEEK[HEADER.FIELDS (Subject \"X]\")]\nS= \"* 1 FETCH (BODY[HEADER.FIELDS (Subject \\\"X]\\\")] {18}\\r\\nSubject: lunch\\r\\n\\r\\n)\\r\\n\"\nS: a3 OK\n",
		"pieces begin at 0":                  "C: a3 FETCH 1 BODY.PEEK[TEXT]<0.2>\nS= \"* 1 FETCH (BODY[TEXT]<0> {2}\\r\\nAt)\\r\\n\"\nS: a3 OK\nC: a4 FETCH 1 BODY.PEEK[TEXT]<99.1>\nS= \"* 1 FETCH (BODY[TEXT]<99> {0}\\r\\n)\\r\\n\"\nS: a4 OK\n",
		"BINARY decodes":                     "C: a3 FETCH 2 (BINARY.SIZE[2] BINARY.PEEK[2])\nS= \"* 2 FETCH (BINARY.SIZE[2] 8 BINARY[2] ~{8}\\r\\n\\x00\\x01\\x02\\x03\\x04\\x05\\x06\\x07)\\r\\n\"\nS: a3 OK\nC: a4 FETCH 2 BINARY.PEEK[1]<7.4>\nS= \"* 2 FETCH (BINARY[1]<7> {4}\\r\\ncaf\\xc3)\\r\\n\"\nS: a4 OK\n",
		"an unknown encoding is UNKNOWN-CTE": "C= \"a3 APPEND INBOX {38+}\\r\\nContent-Transfer-Encoding: x-y\\r\\n\\r\\nabcd\\r\\n\"\nS: a3 OK\nC: a4 FETCH 4 BINARY.PEEK[1]\nS: a4 NO [UNKNOWN-CTE]\n",

		"flags that others set are told":            "C2: b1 LOGIN test test\nS2: b1 OK\nC2: b2 SELECT INBOX\nS2: b2 OK\nC2: b3 STORE 2 +FLAGS ($a)\nS2: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $a)\nS2: * OK [PERMANENTFLAGS\nS2: * 2 FETCH (FLAGS ($a))\nS2: b3 OK\nC: a3 NOOP\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $a)\nS: * OK [PERMANENTFLAGS\nS: * 2 FETCH (UID 2 FLAGS ($a))\nS: a3 OK\n",
		"EXPUNGE waits for FETCH, STORE and SEARCH": "C2: b1 LOGIN test test\nS2: b1 OK\nC2: b2 SELECT INBOX\nS2: b2 OK\nC2: b3 EXPUNGE\nS2: * 3 EXPUNGE\nS2: b3 OK\nC: a3 FETCH 1:3 UID\nS: * 1 FETCH (UID 1)\nS: * 2 FETCH (UID 2)\nS: a3 NO [EXPUNGEISSUED]\nC: a4 STORE 3 FLAGS ()\nS: a4 NO [EXPUNGEISSUED]\nC: a5 SEARCH ALL\nS: * SEARCH 1 2\nS: a5 OK\nC: a6 COPY 2:3 Sent\nS: * 3 EXPUNGE\nS: a6 NO [EXPUNGEISSUED]\nC: a7 STATUS Sent (MESSAGES)\nS: * STATUS Sent (MESSAGES 0)\nS: a7 OK\n",

		"CONDSTORE holds back what was changed": "C: a3 STORE 2 (UNCHANGEDSINCE 1) +FLAGS (\\Seen)\nS: a3 OK [MODIFIED 2]\nC: a4 STORE 2 (UNCHANGEDSINCE 3) +FLAGS (\\Seen)\nS: * 2 FETCH (FLAGS (\\Seen) MODSEQ (5))\nS: a4 OK\nC: a5 FETCH 1:* (FLAGS) (CHANGEDSINCE 4)\nS: * 2 FETCH (FLAGS (\\Seen) MODSEQ (5))\nS: a5 OK\nC: a6 SEARCH MODSEQ 4\nS: * SEARCH 2 3 (MODSEQ 5)\nS: a6 OK\n",
	}
}

// outside are exchanges that begin before login.
func outside() map[string]string {
	return map[string]string{
		"AUTHENTICATE takes a response at once or later": "C: a1 AUTHENTICATE PLAIN\nS= \"+ \\r\\n\"\nC: AHRlc3QAdGVzdA==\nS: a1 OK [CAPABILITY\n",
		"AUTHENTICATE can be taken back":                 "C: a1 AUTHENTICATE PLAIN\nS: +\nC: *\nS: a1 BAD\nC: a2 AUTHENTICATE PLAIN AHRlc3QAdGVzdA==\nS: a2 OK\n",
		"an empty response is none of PLAIN":             "C: a1 AUTHENTICATE PLAIN =\nS: a1 NO\nC: a2 AUTHENTICATE PLAIN AAAAA\nS: a2 BAD\n",
		"too many failed logins end the session":         "C= " + strings.Repeat("\"a1 LOGIN test x\\r\\n\" + ", 10) + "\"a2 LOGIN test x\\r\\n\"\nS: a1 NO [AUTHENTICATIONFAILED]\nS: a2 NO\nS: * BYE\n",
		"STARTTLS is offered once":                       "C: a1 STARTTLS\nS: a1 OK\nTLS:\nC: a2 CAPABILITY\nS: * CAPABILITY IMAP4rev1 IMAP4rev2 AUTH=PLAIN\nS: a2 OK\nC: a3 STARTTLS\nS: a3 BAD\n",
		"ENABLE tells what is on":                        "C: a1 LOGIN test test\nS: a1 OK\nC: a2 ENABLE X-NONE IMAP4rev2\nS: * ENABLED IMAP4rev2\nS: a2 OK\nC: a3 ENABLE X-NONE\nS: * ENABLED\nS: a3 OK\n",
		"IMAP4rev2 has ESEARCH and LIST in SELECT":       "C: a1 LOGIN test test\nS: a1 OK\nC: a2 ENABLE IMAP4rev2\nS: a2 OK\nC: a3 SELECT INBOX\nS: * 3 EXISTS\nS: * FLAGS\nS: * LIST (\\HasNoChildren) \"/\" INBOX\nS: a3 OK\nC: a4 SEARCH SEEN\nS: * ESEARCH (TAG \"a4\") ALL 1\nS: a4 OK\n",
		"IMAP4rev2 has names in UTF-8":                   "C: a1 LOGIN test test\nS: a1 OK\nC: a2 ENABLE IMAP4rev2\nS: a2 OK\nC= \"a3 CREATE \\\"caf\\xc3\\xa9\\\"\\r\\n\"\nS: a3 OK\nC: a4 LIST \"\" caf*\nS= \"* LIST (\\\\HasNoChildren) \\\"/\\\" \\\"caf\\xc3\\xa9\\\"\\r\\n\"\nS: a4 OK\nC2: b1 LOGIN test test\nS2: b1 OK\nC2: b2 LIST \"\" caf*\nS2: * LIST () \"/\" caf&AOk-\nS2: b2 OK\n",
		"QRESYNC tells what is gone":                     "C: a1 LOGIN test test\nS: a1 OK\nC: a2 ENABLE QRESYNC\nS: a2 OK\nC: a3 SELECT INBOX\nS: a3 OK\nC: a4 UID STORE 1 +FLAGS.SILENT (\\Deleted)\nS: a4 OK\nC: a5 EXPUNGE\nS: * VANISHED 1,3\nS: a5 OK [HIGHESTMODSEQ 7]\nC: a6 SELECT INBOX (QRESYNC (1 4))\nS: * 1 EXISTS\nS: * VANISHED (EARLIER) 1,3\nS: a6 OK\n",
		"who says nothing is told BYE":                   "C: a1 LOGIN test test\nS: a1 OK\nT: 32m\nS: * BYE\n",
		"so is who idles":                                "C: a1 LOGIN test test\nS: a1 OK\nC: a2 IDLE\nS: +\nT: 32m\nS: * BYE\n",
		"so is who never ends a command":                 "C: a1 LOGIN test test\nS: a1 OK\nC= \"a2 NO\"\nT: 25m\nC= \"O\"\nT: 25m\nC= \"P\"\nT: 25m\nS: * BYE\n",
		"a session without login ends too":               "C: a1 NOOP\nS: a1 OK\nT: 32m\nS: * BYE\n",
	}
}

func TestTheReferenceServer(t *testing.T) {
	const enter = "C: a1 LOGIN test test\nS: a1 OK\nC: a2 SELECT INBOX\nS: * 3 EXISTS\nS: a2 OK\n"
	run := func(name, text string) {
		t.Run(name, func(t *testing.T) {
			r := play(t, plants.Server(), parse(t, head+"\n"+text))
			wantNone(t, r)
			if len(r.Record.Diverged) > 0 {
				t.Errorf("%v\n%s", r.Record.Diverged, r.Record.Transcript())
			}
		})
	}
	for name, text := range exchanges() {
		run(name, enter+text)
	}
	for name, text := range outside() {
		run(name, text)
	}
}
