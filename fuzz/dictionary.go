package fuzz

// The words of IMAP by grammar class: a selection from RFC 9051, RFC 3501 and the
// extensions that they name. Where a table has wrong words too, they come last and
// the table says so.

// atoms are words of any kind, for places where any may stand.
var atoms = [...]string{
	"NIL", "INBOX", "FETCH", "SEARCH", "ALL", "FAST", "FULL", "UID", "FLAGS", "EXISTS", "RECENT", "EXPUNGE",
	"OK", "NO", "BAD", "BYE", "PREAUTH", "RETURN", "SAVE", "COUNT", "MIN", "MAX", "CHARSET", "UTF-8", "US-ASCII",
	"MESSAGES", "HEADER", "TEXT", "MIME", "DONE", "PLAIN", "CONDSTORE", "QRESYNC", "nil", "inbox", "0", "1", "$", "*",
}

// capabilities are names of capabilities.
var capabilities = [...]string{
	"IMAP4rev1", "IMAP4rev2", "IMAP4", "LITERAL+", "LITERAL-", "IDLE", "ENABLE", "ID", "NAMESPACE", "UNSELECT", "UIDPLUS",
	"MOVE", "ESEARCH", "SEARCHRES", "LIST-EXTENDED", "LIST-STATUS", "SPECIAL-USE", "CREATE-SPECIAL-USE", "STATUS=SIZE",
	"CHILDREN", "BINARY", "SASL-IR", "UNAUTHENTICATE", "APPENDLIMIT", "APPENDLIMIT=1000", "AUTH=PLAIN", "AUTH=LOGIN", "STARTTLS",
	"LOGINDISABLED", "CONDSTORE", "QRESYNC", "SORT", "SORT=DISPLAY", "THREAD=REFERENCES", "THREAD=ORDEREDSUBJECT", "QUOTA",
	"QUOTA=RES-STORAGE", "ACL", "RIGHTS=texk", "METADATA", "METADATA-SERVER", "UTF8=ACCEPT", "UTF8=ONLY", "OBJECTID", "PREVIEW",
	"COMPRESS=DEFLATE", "NOTIFY", "X-IMAPFUZZ", "WITHIN", "MULTIAPPEND", "REPLACE", "SAVEDATE",
}

// enableable are what ENABLE turns on (RFC 5161, and the RFCs of the extensions), as
// its arguments.
var enableable = [...]string{"IMAP4rev2", "CONDSTORE", "QRESYNC", "QRESYNC", "IMAP4rev2 QRESYNC", "UTF8=ACCEPT", "IMAP4rev2 CONDSTORE"}

// codes are response codes, as they stand between brackets.
var codes = [...]string{
	"ALERT", "PARSE", "READ-ONLY", "READ-WRITE", "TRYCREATE", "CLOSED", "UIDNOTSTICKY", "NOMODSEQ", "UNAVAILABLE",
	"AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED", "CONTACTADMIN", "NOPERM", "INUSE",
	"EXPUNGEISSUED", "CORRUPTION", "SERVERBUG", "CLIENTBUG", "CANNOT", "LIMIT", "OVERQUOTA", "ALREADYEXISTS", "NONEXISTENT",
	"NOTSAVED", "HASCHILDREN", "UNKNOWN-CTE", "TOOBIG", "BADCHARSET", "BADCHARSET (UTF-8 US-ASCII)", "UNSEEN 1", "UIDNEXT 4",
	"UIDVALIDITY 1", "UIDVALIDITY 4294967295", "PERMANENTFLAGS ()", `PERMANENTFLAGS (\Deleted \*)`, "HIGHESTMODSEQ 715194045007",
	"APPENDUID 1 4", "APPENDUID 38505 3955:3957", "COPYUID 1 1:3 4:6", "COPYUID 38505 304,319:320 3956:3958",
	"CAPABILITY IMAP4rev1", "CAPABILITY IMAP4rev1 IMAP4rev2 IDLE MOVE", "REFERRAL imap://example.org/", "MAILBOXID (F2212ea87)",
	"X-UNKNOWN", "X-UNKNOWN with text", "METADATA TOOMANY",
	// what no grammar allows, or no sense
	"UIDNEXT 0", "UIDNEXT 4294967296", "UIDVALIDITY 0", "UNSEEN 0", "COPYUID 1 1:* 2:*", "COPYUID 1 1:2 5", "APPENDUID 0 0",
	"COPYUID 1 1:4294967295 1:4294967295", "COPYUID", "APPENDUID 1", "PERMANENTFLAGS (", "CAPABILITY", "BADCHARSET (", "",
	" ALERT", "ALERT ", "MODIFIED 1:4294967295", "HIGHESTMODSEQ 18446744073709551616",
}

// systemFlags are flags of messages; keywords are those that people and programs
// made; badFlags have a wrong form.
var (
	systemFlags = [...]string{`\Seen`, `\Answered`, `\Flagged`, `\Deleted`, `\Draft`}
	keywords    = [...]string{"$Forwarded", "$MDNSent", "$Junk", "$NotJunk", "$Phishing", "$Important", "work", "a.b", "x", "NonJunk", "0", `\Custom`, `\seen`, `\DELETED`}
	badFlags    = [...]string{`\*`, `\Recent`, `\`, `\\Seen`, `"\Seen"`, "a%b", "a*b", "(x)", "a]b", "{1}", "\\Se\x00en", "\xff", "", `\Seen\Deleted`}
)

// mailboxAttributes are attributes of LIST responses, and special uses.
var (
	mailboxAttributes = [...]string{`\Noinferiors`, `\Noselect`, `\NonExistent`, `\HasChildren`, `\HasNoChildren`, `\Marked`, `\Unmarked`, `\Subscribed`, `\Remote`}
	specialUses       = [...]string{`\All`, `\Archive`, `\Drafts`, `\Flagged`, `\Junk`, `\Sent`, `\Trash`, `\Important`}
)

// mailboxes are names of mailboxes as they stand on the wire, valid ones.
var mailboxes = [...]string{
	"box1", "box2", "a/b", "a/b/c", "Sent", "Trash", "Archive", "inbox", "InBoX", `"INBOX"`, `"box 1"`, `"a\"b"`, `"a\\b"`, `""`,
	"INBOX/child", "box1/", "a//b", "/a", "&AOk-", "&AOkA6Q-x", "a&-b", "&ZeVnLIqe-", `"&AOk-/&AOk-"`, "nil", `"NIL"`, "a.b", "~", "#news",
	"..", "../x", "a/../b", `"*"`, `"%"`, `"a*b%"`, `"(x)"`, `"{5}"`, "missing", "a]b", "0", `"a b c d e f g"`,
}

// badMailboxes break a rule of names or of strings.
var badMailboxes = [...]string{
	"&", "&AOk", "&AOk-&AOk-", "&!!-", "&AGE-", "&2AA-", "&AAA-", "&AA-", "\xc3\xa9", "\"\xff\xfe\"", "\"a\x00b\"", `"a`, `a"b`, "*", "%", "a*",
	"(x)", "{x}", "{3}", `"a\nb"`, `"a\x"`, "\"a\rb\"", "\"a\nb\"", "\"x\r\nzz9 CREATE canary\r\n\"", "a\tb", "NIL", "\x7f", `\Seen`,
	"&ZeVnLIqe", "~{3}", "\"INBOX\"x", "&-&", "a\\b",
}

// patterns are those of LIST.
var patterns = [...]string{
	"*", "%", `"*"`, `"%"`, `""`, "INBOX", "inbox", "a/%", "a/*", "%/%", "*%*%*%*", "box*", `"box 1"`, "%%%%%%%%", "************", "*/*/*/*/*x",
	"INBOX*", "&AOk-*", "a/b/%", "/*", "(* %)", `("INBOX" "a/%")`, "(INBOX)",
}

// sets are sequence sets, valid ones; badSets are not.
var (
	sets = [...]string{
		"1", "2", "3", "1:*", "*", "*:1", "1:3", "3:1", "2:3", "1,3", "1,1,1", "*:*", "4", "1:4", "4294967295", "1:4294967295", "4294967295:*",
		"1,2,3,1:2,*", "2,1:*,3", "100", "1:2,2:3", "4294967294:4294967295", "*:4294967295", "$",
	}
	badSets = [...]string{
		"0", "0:*", "1:0", "4294967296", "1:4294967296", "18446744073709551616", "9223372036854775807", "-1", "1:", ":1", ",1", "1,", "1,,2", "1::2", "1:2:3",
		"*1", "**", "1 2", "1:*:*", "01", "1:a", "", "$,1", "1,$", "+1", "1.5", "\"1\"", "(1)", "99999999999999999999999999999999",
	}
)

// numbers stand at the edges of 31, 32, 63 and 64 bits; badNumbers are none, or
// above all edges.
var (
	numbers    = [...]string{"0", "1", "2", "10", "255", "256", "4096", "65535", "65536", "2147483647", "2147483648", "4294967294", "4294967295"}
	badNumbers = [...]string{
		"4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616", "-1", "+1", "00", "007", "0x10", "1e3", "1.0",
		"99999999999999999999999999999999999999999999", "", "NIL", "\"1\"",
	}
)

// dateTimes are those of APPEND and INTERNALDATE, dates those of SEARCH.
var (
	dateTimes    = [...]string{`"17-Jul-1996 02:44:25 -0700"`, `" 1-Jan-2000 00:00:00 +0000"`, `"31-Dec-9999 23:59:59 +1400"`, `" 1-Jan-1970 00:00:00 -1200"`, `"29-Feb-2024 12:00:00 +0530"`, `"01-jan-2001 00:00:60 +0000"`, `" 1-Jan-0001 00:00:00 +0000"`}
	badDateTimes = [...]string{`"31-Feb-2024 00:00:00 +0000"`, `"00-Jan-2024 00:00:00 +0000"`, `"32-Jan-2024 00:00:00 +0000"`, `"1-Jan-2024 00:00:00 +0000"`, `"17-Jul-1996 25:61:61 -0700"`, `"17-Jul-1996 02:44:25 +9999"`, `"17-Jul-1996 02:44:25"`, `"17-Xxx-1996 02:44:25 -0700"`, `"17-Jul-96 02:44:25 -0700"`, `""`, `17-Jul-1996`, `"17-Jul-1996 02:44:25 -0700`}
	dates        = [...]string{"1-Jan-2000", "17-Jul-1996", "31-Dec-9999", "29-Feb-2024", `"1-Feb-1994"`, "01-Jan-2001", "1-jan-1970", "1-Jan-0001"}
	badDates     = [...]string{"31-Feb-2024", "0-Jan-2024", "32-Jan-2024", "1-Xxx-2024", "1-Jan-24", "1-Jan-99999", "Jan-1-2000", "1/1/2000", `""`, "1-Jan", "+1-Jan-2000"}
)

// strings are the astrings of searches, users, keys; badStrings are none.
var (
	astrings   = [...]string{"test", "a", `""`, `"lunch"`, `"a b"`, `"\"\\"`, "ada@example.org", "=?utf-8?q?caf=C3=A9?=", `"NIL"`, "x]y", "Subject", `"caf` + "\xc3\xa9" + `"`, "0"}
	badStrings = [...]string{`"a`, `a"`, "\"\x00\"", "\"\r\nzz9 NOOP\r\n\"", "(", ")", "\xff", `"a\b"`, "{5", "{5}x", "{a}", "{-1}", "{}", "{0}", "{ 5}", "{5 }", "\"\n\"", "%"}
)

// announced are literal headers that nothing satisfies.
var announced = [...]string{
	"{2147483647}", "{2147483648}", "{4294967295}", "{4294967296}", "{9223372036854775807}", "{9223372036854775808}", "{18446744073709551616}", "{1000000000}", "{100000}",
	"{2147483648+}", "{4294967295+}", "{9223372036854775807+}", "{4097+}", "{100000+}", "~{4294967295}", "~{9223372036854775807+}", "{00000000000000000000000000000005}",
}

// statusItems are the data items of STATUS; badStatusItems are none.
var (
	statusItems    = [...]string{"MESSAGES", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "DELETED", "SIZE", "RECENT", "HIGHESTMODSEQ", "APPENDLIMIT", "MAILBOXID", "DELETED-STORAGE", "messages"}
	badStatusItems = [...]string{"X", "UID", "MESSAGES,UNSEEN", "(MESSAGES)", `"MESSAGES"`, "MESSAGES 1", "\x00", "*"}
)

// sections are those of BODY[...], without the brackets; badSections are none.
var (
	sections    = [...]string{"", "HEADER", "TEXT", "1", "2", "1.1", "1.MIME", "2.MIME", "1.HEADER", "1.TEXT", "1.1.TEXT", "HEADER.FIELDS (Subject)", "HEADER.FIELDS (From To)", "HEADER.FIELDS.NOT (Received)", "1.HEADER.FIELDS (X)", "header", `HEADER.FIELDS ("Subject")`, "4294967295", "1.2.3.4.5.6.7.8.9", "1.1.1.1.1.1.1.1.1.1.HEADER"}
	badSections = [...]string{"0", "MIME", "1.", ".1", "1..2", "4294967296", "HEADER.FIELDS ()", "HEADER.FIELDS", "HEADER.FIELDS (", "HEADER.FIELDS (a b", "X", "1.0", "-1", "TEXT.1", "HEADER HEADER", "1 2", "*", "(", "99999999999999999999", "HEADER.FIELDS Subject"}
)

// partials are those of FETCH; badPartials are none.
var (
	partials    = [...]string{"<0.10>", "<5.1>", "<0.1>", "<0.4294967295>", "<4294967295.1>", "<4294967295.4294967295>", "<100.100>", "<0.2147483648>", "<2147483647.2147483647>", "<1.9223372036854775807>"}
	badPartials = [...]string{"<5.0>", "<0.0>", "<9223372036854775807.9223372036854775807>", "<18446744073709551615.1>", "<0.18446744073709551616>", "<-1.5>", "<0>", "<0.>", "<.5>", "<>", "<0.10", "<a.b>", "<0.1><0.1>", "<9223372036854775807.1>"}
)

// messageItems are data items of FETCH without arguments; badItems are none.
var (
	messageItems = [...]string{"FLAGS", "UID", "ENVELOPE", "BODY", "BODYSTRUCTURE", "INTERNALDATE", "RFC822.SIZE", "RFC822", "RFC822.HEADER", "RFC822.TEXT", "flags", "Uid"}
	badItems     = [...]string{"X", "BODY[", "BODY]", "BODY.PEEK", "BINARY", "BINARY[TEXT]", "BINARY.SIZE", "BINARY.SIZE[1]<0.1>", "RFC822.PEEK", "FLAGS[1]", "ALL", `"FLAGS"`, "\x00", "BODY[[1]]", "BODY [1]", "RFC822.SIZE.X", "()", "MODSEQ()", "ENVELOPE ENVELOPE("}
)

// simpleKeys are search keys without arguments.
var simpleKeys = [...]string{"ALL", "ANSWERED", "DELETED", "DRAFT", "FLAGGED", "NEW", "OLD", "RECENT", "SEEN", "UNANSWERED", "UNDELETED", "UNDRAFT", "UNFLAGGED", "UNSEEN", "all"}

// canaries are commands that nobody sent: where a target obeys one, it has lost
// the framing.
var canaries = [...]string{"zz9 NOOP", "zz9 CREATE canary", "zz9 LOGOUT", "zz9 DELETE INBOX"}
