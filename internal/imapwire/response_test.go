package imapwire

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// validResponses are lines that every profile has to accept, unless a prefix says
// for whom: "1|", "2|" or "a|" (Any only), in any combination.
var validResponses = []string{
	"* OK ready when you are",
	"* OK [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ AUTH=PLAIN] hello",
	"* PREAUTH welcome back",
	"* BYE see you",
	"a1 OK done", "A.7]x NO [TRYCREATE] no such box", "x BAD what?", "t ok lower case",
	"2a|* OK \u00fcml\u00e4ut",
	"2a|a OK ", "2a|a OK [ALERT] ",
	"+ go ahead", "+ ", "+ Zm9vYmFy", "+ [ALERT] text", "+ idling",
	"* OK [UIDNEXT 4392] predicted", "* OK [UIDVALIDITY 4294967295] v",
	"* OK [PERMANENTFLAGS (\\Deleted \\Seen $Forwarded \\*)] l", "* OK [PERMANENTFLAGS ()] none",
	"* OK [UNSEEN 12] first", "a OK [APPENDUID 38505 3955] ok", "a OK [APPENDUID 38505 3955:3957] multi",
	"a OK [COPYUID 38505 304,319:320 3956:3958] ok", "* NO [BADCHARSET (UTF-8 \"x y\")] no", "* NO [BADCHARSET] no",
	"* OK [X-NEW some free (text] here", "* OK [HIGHESTMODSEQ 715194045007] ok", "* OK [MAILBOXID (F2212ea87-6097)] ok",
	"* OK  two spaces, the text has one",
	"* CAPABILITY IMAP4rev2 STARTTLS IMAP4rev1 APPENDLIMIT=257890",
	"* ENABLED", "* ENABLED CONDSTORE UTF8=ACCEPT",
	"* LIST () \"/\" INBOX", "* LIST (\\Noselect \\HasChildren) NIL \"\"", "* LIST (\\X) \"\\\\\" \"a b\"",
	"2a|* LIST () \".\" {5}\r\na\rb\rc", "2a|* LIST () \"/\" \"Entw\u00fcrfe\"",
	"* LIST (\\Subscribed) \"/\" foo (\"CHILDINFO\" (\"SUBSCRIBED\"))", "* LIST () \"/\" foo (OLDNAME (\"bar\"))",
	"* LIST () \"/\" &AOk-t&AOk-", "* LIST (\\Sent) \"/\" Sent",
	"1a|* LSUB () \".\" #news.comp",
	"* STATUS blurdy (MESSAGES 231 UIDNEXT 44292)", "* STATUS \"\" ()", "* STATUS a (SIZE 9223372036854775807 DELETED 0)",
	"* STATUS a (APPENDLIMIT NIL)", "* SEARCH", "* SEARCH 2 84 882", "* SEARCH 2 5 (MODSEQ 917162500)",
	"* ESEARCH (TAG \"a567\") UID COUNT 5 ALL 4:19,21,28", "* ESEARCH", "* ESEARCH UID", "* ESEARCH (TAG A) MIN 1 X-Z (a b)",
	"* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Junk)", "* FLAGS ()",
	"* NAMESPACE ((\"\" \"/\")) NIL NIL", "* NAMESPACE ((\"\" NIL \"X-PARAM\" (\"F1\" \"F2\"))(\"#m\" \"/\")) ((\"~\" \"/\")) NIL",
	"* ID NIL", "* ID (\"name\" \"srv\" \"version\" NIL)", "* 0 EXISTS", "* 23 EXISTS", "* 5 RECENT", "* 44 EXPUNGE",
	"* ESEARCH MODSEQ 917162500000 X-A 5 X-B 1:3,7 X-C () X-D *", "* ESEARCH (TAG {2}\r\na1) MAX 4", "1a|* NO [BADCHARSET ({5}\r\nUTF-8)] x", "a OK [MODIFIED 7,9] x",
	"* MYRIGHTS INBOX lrs*", "* VANISHED (EARLIER) 41,43:116", "a|* LIST () \"/\" a (\"X-Y\" 5 Z-W (\\a \"b\" c*))", "* LIST () \"/\" a (\"X-Y\" 5 Z-W (a (\"b\") c) V $ W ())", "* STATUS a (MAILBOXID (F1-_) HIGHESTMODSEQ 0 APPENDLIMIT 5)",
	"* 1 FETCH (THREADID (T-1) SAVEDATE \"01-Jan-2000 00:00:00 +0000\" PREVIEW \"x\")", "* LIST (\\NonExistent \\Noselect) \".\" \"\\\"\"",
	"1a|* 1 FETCH (BODY (\"MESSAGE\" \"GLOBAL\" NIL NIL NIL \"\" 0))", "1a|* 1 FETCH (BODYSTRUCTURE (\"MESSAGE\" \"GLOBAL\" NIL NIL NIL \"\" 0 NIL))",
	"2a|* 1 FETCH (BODY (\"MESSAGE\" \"GLOBAL\" NIL NIL NIL \"8BIT\" 9 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) (\"X\" \"Y\" NIL NIL NIL {4}\r\n7BIT 3) 7))",
	"* 1 FETCH (BODYSTRUCTURE ((\"A\" \"B\" NIL NIL NIL \"7BIT\" 1 NIL (\"attachment\" NIL) NIL \"l\") \"ALTERNATIVE\" NIL (\"inline\" NIL) (\"de\") NIL (1 (NIL) \"x\") 4))",
	"* THREAD (2)(3 6 (4 23)(44 7 96))", "* QUOTA \"\" (STORAGE 10 512)", "* SORT 5 3 4 1", "* METADATA \"\" (/shared/x {3}\r\na)b)",
	"* 12 FETCH (FLAGS (\\Seen \\Recent $x) UID 4 RFC822.SIZE 44827)", "* 1 FETCH (FLAGS ())",
	"* 3 FETCH (INTERNALDATE \"17-Jul-1996 02:44:25 -0700\")", "* 3 FETCH (INTERNALDATE \" 1-feb-2024 23:59:60 +1345\")",
	"* 2 FETCH (BODY[HEADER] {6}\r\nA: b\r\n FLAGS ())", "* 2 FETCH (BODY[]<0> NIL BODY[1.2.HEADER.FIELDS (From \"To\")] \"\" BODY[3.MIME] \"x\")",
	"* 2 FETCH (BINARY[1] ~{3}\r\na\x00b BINARY.SIZE[1.2] 77 BINARY[2]<5> \"x\")", "1a|* 2 FETCH (RFC822 {0}\r\n RFC822.HEADER NIL RFC822.TEXT \"\")",
	"* 4 FETCH (MODSEQ (65402000000) EMAILID (M6d99ac3275bb4e) THREADID NIL PREVIEW NIL SAVEDATE NIL)",
	"* 12 FETCH (ENVELOPE (\"Wed, 17 Jul\" \"subj\" ((\"T G\" NIL \"gray\" \"cac\")(NIL NIL \"a\" \"b\")) NIL NIL NIL NIL NIL NIL \"<B2>\"))",
	"* 1 FETCH (BODY (\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 3028 92))",
	"* 1 FETCH (BODYSTRUCTURE (\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 3 1 NIL NIL NIL NIL 5 (NIL (\"x\" 7))))",
	"* 1 FETCH (BODYSTRUCTURE ((\"text\" \"plain\" NIL NIL NIL \"8bit\" 1 1)(\"IMAGE\" \"PNG\" (\"name\" \"a\") \"<i>\" \"d\" \"BASE64\" 99 \"md5\" (\"inline\" (\"a\" \"b\")) (\"en\" \"de\") \"loc\") \"MIXED\" (\"BOUNDARY\" \"x\") NIL \"en\"))",
	"* 1 FETCH (BODY (\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 9 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) (\"TEXT\" \"HTML\" NIL NIL NIL \"7BIT\" 3 1) 7))",
}

func profilesOf(line string) (string, []Profile) {
	if i := strings.IndexByte(line, '|'); i > 0 && i < 4 && strings.Trim(line[:i], "12a") == "" {
		var ps []Profile
		for _, ch := range line[:i] {
			ps = append(ps, map[rune]Profile{'1': Rev1, '2': Rev2, 'a': Any}[ch])
		}
		return line[i+1:], ps
	}
	return line, []Profile{Any, Rev1, Rev2}
}

// A grammar is one direction of the wire, for the tests that both share.
type grammar struct {
	unit  func([]byte) (int, bool)
	parse func([]byte, Profile) *Error
}

var (
	responseGrammar = grammar{ResponseUnit, func(b []byte, p Profile) *Error { _, err := ParseResponse(b, p); return err }}
	commandGrammar  = grammar{CommandUnit, func(b []byte, p Profile) *Error { _, err := ParseCommand(b, p); return err }}
)

// valid checks that each entry is one unit, which the profiles that it names
// accept and no others.
func (g grammar) valid(t *testing.T, entries []string) {
	t.Helper()
	ran := 0
	for _, entry := range entries {
		line, ps := profilesOf(entry)
		for _, p := range []Profile{Any, Rev1, Rev2} {
			unit := []byte(line + "\r\n")
			if n, ok := g.unit(unit); !ok || n != len(unit) {
				t.Errorf("%q is framed as %d octets (%t), not %d", unit, n, ok, len(unit))
			}
			allowed := slices.Contains(ps, p)
			if err := g.parse(unit, p); (err == nil) != allowed {
				t.Errorf("%v: %q: allowed %t, error %v", p, unit, allowed, err)
			}
			ran++
		}
	}
	if ran < 150 {
		t.Fatalf("only %d lines were parsed", ran)
	}
}

func TestValidResponses(t *testing.T) { responseGrammar.valid(t, validResponses) }

func TestResponseFields(t *testing.T) {
	for _, tt := range []struct {
		line string
		want Response
		num  uint32
		rest string
		arg  string
		text string
	}{
		{"a1 OK [APPENDUID 1 2] done", Response{Type: Tagged, Status: OK, Name: "OK", Code: "APPENDUID"}, 0, "[APPENDUID 1 2] done", "1 2", "done"},
		{"* no [x-y] hm ", Response{Type: Untagged, Status: NO, Name: "NO", Code: "X-Y"}, 0, "[x-y] hm ", "", "hm "},
		{"* 7 exists", Response{Type: Untagged, Name: "EXISTS", HasNum: true}, 7, "", "", ""},
		{"* 7 FETCH (UID 3)", Response{Type: Untagged, Name: "FETCH", HasNum: true}, 7, "(UID 3)", "", ""},
		{"+ idling", Response{Type: Continuation}, 0, "idling", "", "idling"},
		{"* SEARCH 1 x", Response{Type: Untagged, Name: "SEARCH"}, 0, "1 x", "", ""}, // with an error
		{"* FROB {1}\r\nx", Response{Type: Untagged, Name: "FROB"}, 0, "{1}\r\nx", "", ""},
		{"* OK [UIDNEXT 0] x", Response{Type: Untagged, Status: OK, Name: "OK", Code: "UIDNEXT"}, 0, "[UIDNEXT 0] x", "0", ""},
		{"a BYE x", Response{Type: Tagged, Status: BYE, Name: "BYE"}, 0, "", "", ""},
	} {
		r, _ := ParseResponse([]byte(tt.line+"\r\n"), Any)
		w := tt.want
		if r.Type != w.Type || r.Status != w.Status || r.Name != w.Name || r.Code != w.Code || r.HasNum != w.HasNum || r.Num != tt.num {
			t.Errorf("%q: %v %v %q code %q num %d %t", tt.line, r.Type, r.Status, r.Name, r.Code, r.Num, r.HasNum)
		}
		if string(r.Rest) != tt.rest || string(r.CodeArg) != tt.arg || string(r.Text) != tt.text {
			t.Errorf("%q: rest %q, argument %q, text %q", tt.line, r.Rest, r.CodeArg, r.Text)
		}
	}
}

func TestEachFetchItem(t *testing.T) {
	const line = "* 3 FETCH (UID 7 BODY[HEADER.FIELDS (\"a\")]<5> {3}\r\nNIL BODY[] NIL BINARY[1.2] ~{1}\r\n\x00 flags (\\Seen) BODYSTRUCTURE"
	r, err := ParseResponse([]byte(line+" x)\r\n"), Any)
	if err == nil || err.Production != ProdBody {
		t.Fatalf("the body structure is accepted: %v", err)
	}
	var got []string
	e := EachFetchItem(r, func(name string, section []byte, origin int64, value []byte) {
		got = append(got, fmt.Sprintf("%s %q %d %q", name, section, origin, value))
	})
	want := []string{
		`UID "" -1 "7"`, `BODY "HEADER.FIELDS (\"a\")" 5 "{3}\r\nNIL"`, `BODY "" -1 "NIL"`,
		`BINARY "1.2" -1 "~{1}\r\n\x00"`, `FLAGS "" -1 "(\\Seen)"`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("items are\n%s", strings.Join(got, "\n"))
	}
	if e == nil || e.Pos != err.Pos {
		t.Errorf("the walk ends with %v, the parser with %v", e, err)
	}
	if e := EachFetchItem(Response{Name: "LIST"}, nil); e == nil {
		t.Error("LIST is walked")
	}
}

func TestResponseUnits(t *testing.T) {
	for stream, want := range map[string]int{
		"": 0, "*": 0, "* OK x": 0, "* OK x\r": 0, "* OK x\r\n* ": 8, "* OK {5}\r\n": 10, "a OK {5}\r\n": 10, "+ {5}\r\n": 7,
		"* LIST () NIL {2}\r\n": 0, "* LIST () NIL {2}\r\nab": 0, "* LIST () NIL {2}\r\na\n\r\nx": 23, "* X {1}\n": 8, "\n\n": 1,
		"a NO [X {1}\r\n]] {1}\r\n": 21, "a NO [X] {1}\r\n": 14, "* X {18446744073709551616}\r\nabc\r\n": 0, "* X {1+}\r\na\r\n": 13,
	} {
		if n, ok := ResponseUnit([]byte(stream)); n != want || ok != (want > 0) {
			t.Errorf("%q: %d, %t, want %d", stream, n, ok, want)
		}
	}
}

func TestFramerReset(t *testing.T) {
	f := Framer{Client: true}
	if n, ok := f.Next([]byte("a LOGIN {5}\r\nab")); ok {
		t.Fatalf("an incomplete command is %d octets", n)
	}
	f.Reset()
	if n, ok := f.Next([]byte("b NOOP {x}\r\n")); !ok || n != 12 || !f.Client {
		t.Errorf("after Reset: %d, %t, client %t", n, ok, f.Client)
	}
}
