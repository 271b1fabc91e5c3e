package imapwire

import "testing"

// validCommands are commands without CRLF; prefixes as in validResponses.
var validCommands = []string{
	"a CAPABILITY", "a noop", "A-1.] LOGOUT", "a STARTTLS", "a UNAUTHENTICATE", "a IDLE", "a NAMESPACE", "a UNSELECT", "a CLOSE", "a EXPUNGE", "1a|a CHECK",
	"a LOGIN smith sesame", "a LOGIN \"jo \\\"x\\\"\" {6}\r\nse\r\nme", "a LOGIN {3+}\r\nabc {2}\r\nde", "a LOGIN \"\" \"\"",
	"a AUTHENTICATE GSSAPI", "a AUTHENTICATE PLAIN =", "a AUTHENTICATE PLAIN AGFiYwBkZWY=", "a AUTHENTICATE X Zg==",
	"a ENABLE IMAP4rev2", "a ENABLE X Y", "a ID NIL", "a ID (\"name\" \"x\" \"v\" NIL)", "a ID ()",
	"a SELECT INBOX", "a EXAMINE \"b x\"", "2a|a SELECT AT&T", "a SELECT AT&-T", "a SELECT &ZeVnLIqe-", "2a|a SELECT \"Entw\u00fcrfe\"", "a SELECT x (CONDSTORE)", "a|a SELECT x (FOO)", "a|a SELECT x (FOO BAR 5 CONDSTORE)",
	"a CREATE foo/", "a CREATE s (USE (\\Sent \\Drafts))", "a DELETE {0}\r\n", "a RENAME a b", "a SUBSCRIBE #n", "a UNSUBSCRIBE x]y",
	"a LIST \"\" *", "a LIST \"\" \"\"", "a LIST ~/M %", "a LIST (SUBSCRIBED RECURSIVEMATCH) \"\" (\"a/*\" b%) RETURN (CHILDREN STATUS (MESSAGES UNSEEN))",
	"a LIST () \"\" x RETURN ()", "a LIST (SPECIAL-USE) \"\" * RETURN (SPECIAL-USE SUBSCRIBED)", "a LIST (REMOTE) \"\" {1}\r\n%", "1a|a LSUB \"\" *",
	"a STATUS b (UIDNEXT MESSAGES SIZE DELETED)", "1a|a STATUS b (RECENT)",
	"a APPEND s (\\Seen) {3}\r\nabc", "a APPEND s \" 7-Feb-1994 21:52:25 -0800\" {3+}\r\nabc", "a APPEND s (\\Seen $x) \"17-Feb-1994 21:52:25 -0800\" ~{2}\r\n\x00b",
	"a APPEND s {0}\r\n", "a APPEND s {1}\r\nx (\\Draft) {2}\r\nyy",
	"a FETCH 2:4 (FLAGS BODY[HEADER.FIELDS (DATE FROM)])", "a FETCH 1:*,3,*:5 ALL", "a FETCH $ fast", "a FETCH 1 BODY", "a FETCH 1 BODY.PEEK[]<0.1024>", "a FETCH 1 BODY[1.2.3.TEXT]",
	"a FETCH 1 (BODY[HEADER.FIELDS.NOT (\"x y\" {1}\r\nz)] BINARY[1]<1.2> BINARY.PEEK[] BINARY.SIZE[3] UID)", "1a|a FETCH 1 (RFC822 RFC822.HEADER RFC822.TEXT RFC822.SIZE)",
	"a FETCH 1 FLAGS (CHANGEDSINCE 12)", "a UID FETCH 4294967295 BODYSTRUCTURE", "a FETCH 1 (BODY[1.MIME] ENVELOPE INTERNALDATE)",
	"a STORE 2:4 +FLAGS (\\Deleted)", "a STORE 1 FLAGS.SILENT ()", "a UID STORE 1 -FLAGS \\Seen $x y", "a STORE 1 (UNCHANGEDSINCE 9) FLAGS ()",
	"a COPY 2:4 M", "a UID COPY 1,2 \"x\"", "a MOVE 42:69 foo", "a UID MOVE $ foo", "a UID EXPUNGE 3000:3002",
	"a SEARCH FLAGGED SINCE 1-Feb-1994 NOT FROM \"Smith\"", "a SEARCH CHARSET UTF-8 TEXT {3}\r\n\xd1\x8fx", "a SEARCH RETURN (MIN COUNT) DELETED FROM x", "a SEARCH RETURN () CHARSET \"x\" ALL",
	"a SEARCH OR (SEEN 1:3) NOT NOT HEADER x \"\"", "a UID SEARCH UID 1:* LARGER 0 SMALLER 4294967295", "a SEARCH 1,2 $ KEYWORD x UNKEYWORD y", "1a|a SEARCH NEW OLD RECENT",
	"a SEARCH ON \"01-Jan-2000\" SENTON 1-Jan-2000", "a SEARCH RETURN (SAVE) ((ALL))", "a SEARCH RETURN (PARTIAL 1:500 COUNT) ALL", "a|a CREATE x (FOO (a) USE ())",
	"a SEARCH MODSEQ 620162338000", "a SEARCH MODSEQ \"/flags/\\\\draft\" all 0", "a SEARCH EMAILID M1 THREADID T SAVEDON 1-Jan-2000 OLDER 5",
	"a LIST (X-OPT (a (b c))) \"\" * RETURN (X-R (\"q\" {1}\r\nz))", "a LIST \"\" * RETURN (SUBSCRIBED)", "1a|a SEARCH CHARSET {5}\r\nUTF-8 ALL",
	"a FETCH 1 (PREVIEW MODSEQ EMAILID THREADID SAVEDATE)", "a FETCH 1 PREVIEW (LAZY)", "a UID SORT (DATE) UTF-8 (OR ALL x)", "a SETACL x \"y\" +lrs", "a SETMETADATA INBOX (/private/x ~{2}\r\n\x00b)", "a NOTIFY SET (selected (MessageNew (UID)))",
	"a SORT (DATE) UTF-8 ALL", "a GETQUOTAROOT INBOX", "1a|a XANY thing (x)",
}

func TestValidCommands(t *testing.T) { commandGrammar.valid(t, validCommands) }

func TestCommandTable(t *testing.T) {
	specs := CommandNames()
	for i, s := range specs {
		if i > 0 && specs[i-1].Name >= s.Name {
			t.Errorf("%s stands before %s", specs[i-1].Name, s.Name)
		}
		if s.States == 0 || s.RFC == "" {
			t.Errorf("%s lacks states or RFC: %+v", s.Name, s)
		}
		if got, ok := LookupCommand(s.Name); !ok || got != s {
			t.Errorf("%s is looked up as %+v, %t", s.Name, got, ok)
		}
		cmd, err := ParseCommand([]byte("a "+s.Name+" (\r\n"), Any)
		if cmd.Name != s.Name || !cmd.Known || err == nil || err.Production == ProdCommand {
			t.Errorf("%s is parsed as %q, known %t, %v", s.Name, cmd.Name, cmd.Known, err)
		}
	}
	if len(specs) < 50 {
		t.Fatalf("only %d commands", len(specs))
	}
	specs[0].Name = "X"
	if CommandNames()[0].Name == "X" {
		t.Error("the caller can change the table")
	}
	if s, ok := LookupCommand("FROB"); ok {
		t.Errorf("FROB is %+v", s)
	}
	if got := (NotAuthenticated | Selected).String(); got != "not-authenticated|selected" {
		t.Errorf("states are written as %q", got)
	}
}

func TestCommandFields(t *testing.T) {
	for _, tt := range []struct{ line, tag, name, args string }{
		{"a1 noop", "a1", "NOOP", ""}, {"a1 Uid fetch 1 FLAGS", "a1", "UID FETCH", "1 FLAGS"},
		{"x LOGIN {1}\r\na b", "x", "LOGIN", "{1}\r\na b"}, {"x FROB a  b", "x", "FROB", "a  b"},
		{"x SELECT", "x", "SELECT", ""}, {"x", "x", "", ""}, {"x uid", "x", "UID", ""},
	} {
		cmd, _ := ParseCommand([]byte(tt.line+"\r\n"), Any)
		if string(cmd.Tag) != tt.tag || cmd.Name != tt.name || string(cmd.Args) != tt.args {
			t.Errorf("%q: tag %q, name %q, args %q", tt.line, cmd.Tag, cmd.Name, cmd.Args)
		}
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct {
		got  interface{ String() string }
		want string
	}{
		{Any, "any"}, {Rev1, "rev1"}, {Rev2, "rev2"}, {Tagged, "tagged"}, {Untagged, "untagged"}, {Continuation, "continuation"},
		{ResponseType(0), "none"}, {None, "none"}, {OK, "OK"}, {PREAUTH, "PREAUTH"}, {Status(99), "none"}, {States(0), ""},
	} {
		if tt.got.String() != tt.want {
			t.Errorf("%#v is written as %q, want %q", tt.got, tt.got.String(), tt.want)
		}
	}
}
