package imapwire

import (
	"strings"
	"testing"
)

// wrong is a unit without its CRLF, and where it breaks; "\x7f|" at its end stands
// for "no CRLF is added".
type wrong struct {
	line string
	prod string
	pos  int
}

var wrongResponses = []wrong{
	{"", ProdTag, 0}, {" * OK x", ProdTag, 0}, {"*", ProdSpace, 1}, {"* ", ProdResponse, 2}, {"*  OK x", ProdSpace, 2},
	{"* OK", ProdSpace, 4}, {"* MAYBE x", ProdResponse, 2}, {"a", ProdSpace, 1}, {"a BYE x", ProdStatus, 2}, {"a PREAUTH x", ProdStatus, 2},
	{"a FETCH x", ProdStatus, 2}, {"a OK", ProdSpace, 4}, {"a  OK x", ProdSpace, 2}, {"+", ProdSpace, 1}, {"+OK x", ProdSpace, 1},
	{"* OK a\x00b", ProdNull, 6}, {"* OK a\rb", ProdCRLF, 7}, {"* OK a\xffb", ProdText, 6}, {"* OK x\n|", ProdCRLF, 6}, {"* OK x\r\n \r\n|", ProdCRLF, 8}, {"* OK x|", ProdCRLF, 6},
	{"* OK [", ProdCode, 6}, {"* OK []", ProdCode, 6}, {"* OK [ALERT]", ProdSpace, 12}, {"* OK [ALERT x] y", ProdCode, 11}, {"* OK [UIDNEXT 0] x", ProdNumber, 14},
	{"* OK [UIDNEXT] x", ProdSpace, 13}, {"* OK [UIDVALIDITY 4294967296] x", ProdNumber, 18}, {"* OK [PERMANENTFLAGS \\Seen] x", ProdFlag, 21},
	{"* OK [PERMANENTFLAGS (\\*x)] x", ProdFlag, 24}, {"* OK [APPENDUID 1 *] x", ProdUIDSet, 18}, {"* OK [COPYUID 1 1:* 2] x", ProdUIDSet, 18}, {"* OK [COPYUID 1 2] x", ProdSpace, 17},
	{"* OK [BADCHARSET ()] x", ProdCharset, 18}, {"* OK [X-Y ] x", ProdCode, 10}, {"* OK [CAPABILITY X] x", ProdCapability, 18},
	{"* CAPABILITY", ProdCapability, 12}, {"* CAPABILITY AUTH=PLAIN", ProdCapability, 23}, {"* CAPABILITY IMAP4rev1 ", ProdCapability, 23}, {"* CAPABILITY  IMAP4rev1", ProdSpace, 13},
	{"* LIST (Noselect) \"/\" x", ProdFlag, 8}, {"* LIST () \"\" x", ProdQuoted, 11}, {"* LIST () \"//\" x", ProdQuoted, 12}, {"* LIST () / x", ProdQuoted, 10}, {"* LIST () \"/\" ", ProdMailbox, 14},
	{"* LIST () \"/\" a*b", ProdCRLF, 15}, {"* LIST () \"/\" a b", ProdList, 16}, {"* LIST () \"/\" {3+}\r\nabc", ProdLiteral, 16}, {"* LIST () \"/\" {3}\r\na\x00c", ProdNull, 20},
	{"* LIST () \"/\" {9}\r\nabc", ProdLiteral, 24}, {"* LIST (\\x  \\y) \"/\" a", ProdSpace, 11}, {"* LIST () \"\\a\" x", ProdQuoted, 12}, {"* LIST () \"/\" \"a\\b\"", ProdQuoted, 17},
	{"* STATUS x (MESSAGES)", ProdSpace, 20}, {"* STATUS x (FOO 1)", ProdStatusAtt, 12}, {"* STATUS x (UIDNEXT 0)", ProdNumber, 20}, {"* STATUS x (MESSAGES -1)", ProdNumber, 21}, {"* STATUS x MESSAGES 1", ProdList, 11},
	{"* SEARCH ", ProdNumber, 9}, {"* SEARCH 0", ProdNumber, 9}, {"* SEARCH 1 01", ProdNumber, 11}, {"* SEARCH 1,2", ProdCRLF, 10}, {"* SEARCH 1  2", ProdSpace, 11},
	{"* ESEARCH (TAG) COUNT 1", ProdSpace, 14}, {"* ESEARCH ALL $", ProdSequenceSet, 14}, {"* ESEARCH MIN 0", ProdNumber, 14}, {"* ESEARCH COUNT", ProdSpace, 15},
	{"* FLAGS \\Seen", ProdFlag, 8}, {"* FLAGS (\\Seen", ProdFlag, 14}, {"* FLAGS (\\Recent)", ProdFlag, 9}, {"* FLAGS (\\*)", ProdFlag, 10}, {"* FLAGS ( \\Seen)", ProdFlag, 9}, {"* FLAGS (\\Seen )", ProdFlag, 15},
	{"* NAMESPACE NIL NIL", ProdSpace, 19}, {"* NAMESPACE () NIL NIL", ProdList, 13}, {"* ID (\"a\")", ProdSpace, 9}, {"* ID x", ProdList, 5},
	{"* EXISTS", ProdResponse, 2}, {"* -1 EXISTS", ProdResponse, 2}, {"* 4294967296 EXISTS", ProdNumber, 2}, {"* 0 EXPUNGE", ProdNumber, 2}, {"* 0 FETCH (UID 1)", ProdNumber, 2}, {"* 1 EXISTS x", ProdCRLF, 10}, {"* 1 FOO", ProdResponse, 4},
	{"* 1 FETCH ()", ProdFetchAtt, 11}, {"* 1 FETCH FLAGS (\\Seen)", ProdList, 10}, {"* 1 FETCH (UID 0)", ProdNumber, 15}, {"* 1 FETCH (UID 1 )", ProdFetchAtt, 17}, {"* 1 FETCH (UID 1", ProdList, 16}, {"* 1 FETCH (UID 1))", ProdCRLF, 17},
	{"* 1 FETCH (FOO 1)", ProdFetchAtt, 11}, {"* 1 FETCH (FLAGS(\\Seen))", ProdSpace, 16}, {"* 1 FETCH (INTERNALDATE \"1-Jan-2000 00:00:00 +0000\")", ProdDateTime, 26}, {"* 1 FETCH (INTERNALDATE \"00-Jan-2000 00:00:00 +0000\")", ProdDateTime, 25},
	{"* 1 FETCH (INTERNALDATE \"01-Jan-2000 24:00:00 +0000\")", ProdDateTime, 37}, {"* 1 FETCH (INTERNALDATE \"30-Feb-2000 00:00:00 +0000\")", ProdDateTime, 25}, {"* 1 FETCH (INTERNALDATE \"01-Jan-2000 00:00:00 GMT\")", ProdDateTime, 46},
	{"* 1 FETCH (BODY[HEADER.FIELDS ()] NIL)", ProdAString, 31}, {"* 1 FETCH (BODY[0] NIL)", ProdSection, 16}, {"* 1 FETCH (BODY[1.] NIL)", ProdSection, 18}, {"* 1 FETCH (BODY[MIME] NIL)", ProdSection, 16}, {"* 1 FETCH (BODY[]<0.5> NIL)", ProdPartial, 19},
	{"* 1 FETCH (BODY[] atom)", ProdString, 18}, {"* 1 FETCH (BODY[] ~{1}\r\nx)", ProdString, 18}, {"* 1 FETCH (BINARY[HEADER] NIL)", ProdSection, 18}, {"* 1 FETCH (BODY[] \"a\rb\")", ProdQuoted, 20},
	{"* 1 FETCH (ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL))", ProdSpace, 56}, {"* 1 FETCH (ENVELOPE (NIL NIL () NIL NIL NIL NIL NIL NIL NIL))", ProdEnvelope, 30},
	{"* 1 FETCH (ENVELOPE (NIL NIL ((NIL NIL NIL)) NIL NIL NIL NIL NIL NIL NIL))", ProdSpace, 42}, {"* 1 FETCH (ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL))", ProdEnvelope, 60},
	{"* 1 FETCH (BODY ())", ProdString, 17}, {"* 1 FETCH (BODY (\"mixed\" (\"boundary\" \"x\")))", ProdString, 25}, {"* 1 FETCH (BODY (\"multipart\" \"mixed\" NIL NIL NIL \"7bit\" 0))", ProdBody, 17},
	{"* 1 FETCH (BODY (\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 3))", ProdSpace, 52}, {"* 1 FETCH (BODY (\"A\" \"B\" NIL NIL NIL \"7BIT\" 3 NIL))", ProdBody, 45}, {"* 1 FETCH (BODY (\"A\" \"B\" () NIL NIL \"7BIT\" 3))", ProdString, 26},
	{"* 1 FETCH (BODY (\"A\" \"B\" (\"x\") NIL NIL \"7BIT\" 3))", ProdSpace, 29}, {"* 1 FETCH (BODYSTRUCTURE (\"A\" \"B\" NIL NIL NIL NIL 3))", ProdString, 46},
	{"* 1 FETCH (UID[] 1)", ProdFetchAtt, 14}, {"* 1 FETCH (BINARY.SIZE[1]<0> 1)", ProdPartial, 25}, {"* 1 FETCH (BINARY 1)", ProdFetchAtt, 11}, {"* 1 FETCH (EMAILID ())", ProdList, 20}, {"* 1 FETCH (MODSEQ 5)", ProdList, 18},
	{"* ESEARCH X", ProdSpace, 11}, {"* ESEARCH (UID 1)", ProdList, 11}, {"* ESEARCH 5 1", ProdSearchKey, 10}, {"* SEARCH 1 (MODSEQ)", ProdSpace, 18}, {"* LIST () NIL x (a)", ProdSpace, 18}, {"* LIST () NIL x (a b)", ProdNumber, 19},
	{"* FETCH (UID 1)", ProdResponse, 2}, {"* ENABLED X\x00", ProdNull, 11}, {"a OK [X\x00] y", ProdNull, 7}, {"* 1 FETCH (BODY[] {3+}\r\nabc)", ProdLiteral, 20},
	{"* THREAD (1", ProdList, 11}, {"* THREAD 1)", ProdList, 10}, {"* QUOTA x  (a)", ProdSpace, 10},
}

var wrongCommands = []wrong{
	{"", ProdTag, 0}, {"a", ProdSpace, 1}, {"a ", ProdCommand, 2}, {"a+b NOOP", ProdSpace, 1}, {"+a NOOP", ProdTag, 0}, {"* NOOP", ProdTag, 0}, {" NOOP", ProdTag, 0}, {"\"a\" NOOP", ProdTag, 0},
	{"a  NOOP", ProdSpace, 2}, {"a NOOP ", ProdCRLF, 6}, {"a NOOP x", ProdCRLF, 6}, {"a NOOP\n|", ProdCRLF, 6}, {"a NOOP|", ProdCRLF, 6}, {"a NOOP\r|", ProdCRLF, 7}, {"a FROB", ProdCommand, 2}, {"a UID NOOP", ProdCommand, 2}, {"a UID", ProdSpace, 5},
	{"a LOGIN", ProdSpace, 7}, {"a LOGIN x", ProdSpace, 9}, {"a LOGIN x ", ProdAString, 10}, {"a LOGIN x  y", ProdSpace, 10}, {"a LOGIN x y z", ProdCRLF, 11}, {"a LOGIN (x) y", ProdAString, 8}, {"a LOGIN x \"y", ProdQuoted, 12},
	{"a LOGIN x\x00 y", ProdNull, 9}, {"a LOGIN x \"\x00\"", ProdNull, 11}, {"a LOGIN \xffx y", ProdAString, 8}, {"a LOGIN x\xff y", ProdAString, 9}, {"a LOGIN x \"\xff\"", ProdQuoted, 11}, {"a LOGIN x {1}\r\n\x00", ProdNull, 15},
	{"a LOGIN {x}\r\n y", ProdLiteral, 9}, {"a LOGIN {-1}\r\n y", ProdLiteral, 9}, {"a LOGIN {99999999999999999999}\r\n", ProdLiteral, 9}, {"a LOGIN {1} x y", ProdLiteral, 11}, {"a LOGIN {5}\r\nx", ProdLiteral, 16}, {"a LOGIN ~{1}\r\nx y", ProdSpace, 9},
	{"a AUTHENTICATE", ProdSpace, 14}, {"a AUTHENTICATE PLAIN ", ProdBase64, 21}, {"a AUTHENTICATE PLAIN =a", ProdBase64, 21}, {"a AUTHENTICATE PLAIN Zg=", ProdBase64, 24}, {"a AUTHENTICATE PLAIN Z", ProdBase64, 22}, {"a AUTHENTICATE PLAIN Zm9v!", ProdBase64, 25},
	{"a ENABLE", ProdSpace, 8}, {"a ENABLE ", ProdCapability, 9}, {"a ENABLE X ", ProdCapability, 11}, {"a ID", ProdSpace, 4}, {"a ID (\"x\")", ProdSpace, 9}, {"a SELECT", ProdSpace, 8}, {"a SELECT ", ProdMailbox, 9}, {"a SELECT a%", ProdCRLF, 10},
	{"a CREATE x y", ProdCRLF, 10}, {"a CREATE x ()", ProdList, 12}, {"a CREATE x (USE \\Sent", ProdList, 16}, {"a CREATE x (USE (Sent))", ProdFlag, 17}, {"a SEARCH RETURN (MIN (x)) ALL", ProdList, 21}, {"a RENAME x", ProdSpace, 10}, {"a LIST", ProdSpace, 6}, {"a LIST \"\"", ProdSpace, 9}, {"a LIST \"\" ", ProdListMailbox, 10}, {"a LIST (RECURSIVEMATCH) \"\" *", ProdList, 7},
	{"a LIST \"\" * RETURN", ProdSpace, 18}, {"a LIST \"\" * FOO ()", ProdList, 12}, {"a LIST \"\" () ", ProdListMailbox, 11}, {"a STATUS x", ProdSpace, 10}, {"a STATUS x MESSAGES", ProdStatusAtt, 11}, {"a STATUS x ()", ProdStatusAtt, 12}, {"a STATUS x (FOO)", ProdStatusAtt, 12}, {"a STATUS x (MESSAGES", ProdStatusAtt, 20},
	{"a APPEND x", ProdSpace, 10}, {"a APPEND x \"y\"", ProdDateTime, 12}, {"a APPEND x y", ProdLiteral, 11}, {"a APPEND x (\\Recent) {1}\r\nx", ProdFlag, 12}, {"a APPEND x \"31-Apr-2000 00:00:00 +0000\" {1}\r\nx", ProdDateTime, 12}, {"a APPEND x {1}\r\nab", ProdCRLF, 17}, {"a APPEND x ()  {1}\r\nx", ProdSpace, 14},
	{"a FETCH 1", ProdSpace, 9}, {"a FETCH 0 ALL", ProdSequenceSet, 8}, {"a FETCH 1: ALL", ProdSequenceSet, 10}, {"a FETCH 1, ALL", ProdSequenceSet, 10}, {"a FETCH 4294967296 ALL", ProdSequenceSet, 8}, {"a FETCH 1:2:3 ALL", ProdSpace, 11}, {"a FETCH x ALL", ProdSequenceSet, 8},
	{"a FETCH 1 (ALL)", ProdFetchAtt, 11}, {"a FETCH 1 UID FLAGS", ProdCRLF, 13}, {"a FETCH 1 ()", ProdFetchAtt, 11}, {"a FETCH 1 (UID", ProdFetchAtt, 14}, {"a FETCH 1 BODY.PEEK", ProdSection, 19}, {"a FETCH 1 BODY[1", ProdSection, 16}, {"a FETCH 1 BODY[01]", ProdSection, 15}, {"a FETCH 1 BODY[]<0>", ProdPartial, 18}, {"a FETCH 1 BODY[]<0.0>", ProdPartial, 19}, {"a FETCH 1 BODY[]<x.1>", ProdPartial, 17},
	{"a STORE 1 FOO (\\Seen)", ProdStoreAtt, 10}, {"a STORE 1 +-FLAGS ()", ProdStoreAtt, 10}, {"a STORE 1 FLAGS", ProdSpace, 15}, {"a STORE 1 FLAGS ", ProdFlag, 16}, {"a STORE 1 FLAGS (\\*)", ProdFlag, 18}, {"a STORE 1 FLAGS (\\)", ProdFlag, 18}, {"a STORE 1 FLAGS \\Recent", ProdFlag, 16},
	{"a COPY 1", ProdSpace, 8}, {"a UID EXPUNGE", ProdSpace, 13}, {"a EXPUNGE 1", ProdCRLF, 9}, {"a SEARCH", ProdSpace, 8}, {"a SEARCH ", ProdSearchKey, 9}, {"a SEARCH FOO", ProdSearchKey, 9}, {"a SEARCH ()", ProdSearchKey, 10}, {"a SEARCH (ALL", ProdSearchKey, 13}, {"a SEARCH OR ALL", ProdSpace, 15},
	{"a SEARCH ON 1-Foo-2000", ProdDate, 14}, {"a SEARCH ON 32-Jan-2000", ProdDate, 12}, {"a SEARCH ON \"1-Jan-2000", ProdDate, 23}, {"a SEARCH LARGER x", ProdNumber, 16}, {"a SEARCH KEYWORD \\Seen", ProdFlag, 17}, {"a SEARCH CHARSET (x) ALL", ProdCharset, 17}, {"a SEARCH RETURN ALL", ProdList, 16},
	{"a THREAD (", ProdList, 10},
}

func unitOf(line string) []byte {
	if s, raw := strings.CutSuffix(line, "|"); raw {
		return []byte(s)
	}
	return []byte(line + "\r\n")
}

func TestWrongUnits(t *testing.T) {
	check := func(w wrong, err *Error) {
		t.Helper()
		switch {
		case err == nil:
			t.Errorf("%q is accepted", w.line)
		case err.Production != w.prod || err.Pos != w.pos:
			t.Errorf("%q: %s at %d (%v), want %s at %d", w.line, err.Production, err.Pos, err, w.prod, w.pos)
		}
	}
	for _, w := range wrongResponses {
		_, err := ParseResponse(unitOf(w.line), Any)
		check(w, err)
	}
	for _, w := range wrongCommands {
		_, err := ParseCommand(unitOf(w.line), Any)
		check(w, err)
	}
	if len(wrongResponses) < 100 || len(wrongCommands) < 100 {
		t.Fatalf("only %d responses and %d commands", len(wrongResponses), len(wrongCommands))
	}
}

func TestProfiles(t *testing.T) {
	for _, tt := range []struct {
		p    Profile
		line string
		prod string
		pos  int
	}{
		{Rev1, "a SELECT AT&T", ProdUTF7, 13}, {Rev1, "a SELECT &AGE-", ProdUTF7, 12}, {Rev1, "a LIST \"\" \"&x\"", ProdUTF7, 13},
		{Rev1, "a SELECT {2}\r\n\xc3\xa9", ProdUTF7, 14}, {Rev1, "a SELECT \"\u00e9\"", ProdQuoted, 10}, {Rev1, "a SELECT x (FOO)", ProdList, 12},
		{Rev1, "a SEARCH LARGER 4294967296", ProdNumber, 16}, {Rev2, "a CHECK", ProdCommand, 2}, {Rev2, "a LSUB \"\" *", ProdCommand, 2},
		{Rev2, "a FETCH 1 RFC822", ProdFetchAtt, 10}, {Rev2, "a SEARCH NEW", ProdSearchKey, 9}, {Rev2, "a STATUS x (RECENT)", ProdStatusAtt, 12},
	} {
		_, err := ParseCommand(unitOf(tt.line), tt.p)
		if err == nil || err.Production != tt.prod || err.Pos != tt.pos {
			t.Errorf("%v: %q: %+v, want %s at %d", tt.p, tt.line, err, tt.prod, tt.pos)
		}
	}
	for _, tt := range []struct {
		p    Profile
		line string
		prod string
		pos  int
	}{
		{Rev1, "a OK ", ProdText, 5}, {Rev1, "a OK [ALERT] ", ProdText, 13}, {Rev1, "a OK \u00e9", ProdText, 5}, {Rev1, "* LIST () \"/\" &", ProdUTF7, 15},
		{Rev1, "* CAPABILITY IMAP4rev2", ProdCapability, 22}, {Rev2, "* CAPABILITY IMAP4rev1", ProdCapability, 22}, {Rev2, "* LSUB () \"/\" x", ProdResponse, 2},
		{Rev2, "* 1 FETCH (RFC822 NIL)", ProdFetchAtt, 11}, {Rev1, "* 1 FETCH (RFC822.SIZE 4294967296)", ProdNumber, 23}, {Rev1, "* LIST () \"/\" {4294967296}\r\n", ProdLiteral, 15},
	} {
		_, err := ParseResponse(unitOf(tt.line), tt.p)
		if err == nil || err.Production != tt.prod || err.Pos != tt.pos {
			t.Errorf("%v: %q: %+v, want %s at %d", tt.p, tt.line, err, tt.prod, tt.pos)
		}
	}
}

func TestNesting(t *testing.T) {
	open, shut := strings.Repeat("(", 1e6), strings.Repeat(")", 1e6)
	part := func(n int) string {
		return strings.Repeat("(", n) + `("TEXT" "PLAIN" NIL NIL NIL "7BIT" 1 1)` + strings.Repeat(` "MIXED")`, n)
	}
	for _, line := range []string{
		"a SEARCH " + open + "ALL" + shut, "a SEARCH " + strings.Repeat("NOT ", 1e5) + "ALL", "a SEARCH " + strings.Repeat("OR ", 1e5) + "ALL",
		"a THREAD " + open + shut, "a CREATE x (A " + open + shut, "a LIST " + strings.Repeat("(x ", 1e5) + " x y",
	} {
		if _, err := ParseCommand(unitOf(line), Any); err == nil || err.Production != ProdNesting {
			t.Errorf("%.40q...: %v", line, err)
		}
	}
	for _, line := range []string{
		"* THREAD " + open + "1" + shut, "* 1 FETCH (BODYSTRUCTURE " + part(1e5) + ")", "* ESEARCH X " + open + "1" + shut,
		"* 1 FETCH (BODYSTRUCTURE (\"A\" \"B\" NIL NIL NIL \"7BIT\" 1 NIL NIL NIL NIL " + open + "1" + shut + "))",
	} {
		if _, err := ParseResponse(unitOf(line), Any); err == nil || err.Production != ProdNesting {
			t.Errorf("%.60q...: %v", line, err)
		}
	}
	t.Run("what real mail nests is accepted", func(t *testing.T) {
		if _, err := ParseResponse(unitOf("* 1 FETCH (BODY "+part(MaxNesting-1)+")"), Any); err != nil {
			t.Error(err)
		}
		if _, err := ParseCommand(unitOf("a SEARCH "+strings.Repeat("NOT ", MaxNesting-1)+"ALL"), Any); err != nil {
			t.Error(err)
		}
	})
}
