package imapwire

import (
	"fmt"
	"strings"
	"testing"
)

// response parses a line that has to be right.
func response(t *testing.T, line string) Response {
	t.Helper()
	r, err := ParseResponse([]byte(line+"\r\n"), Any)
	if err != nil {
		t.Errorf("%q: %v", line, err)
	}
	return r
}

// show prints what an accessor says of a response, or "no".
func show(r Response) (what string) {
	switch {
	case r.Name == "FETCH":
		uid, has := r.UID()
		flags, _ := r.FetchFlags()
		mod, ok := r.ModSeq()
		return fmt.Sprint(uid, has, flags.Strings(), mod, ok)
	case r.Code == "APPENDUID":
		v, s, ok := r.AppendUID()
		return fmt.Sprintf("%d %s %t", v, FormatSet(s), ok)
	case r.Code == "COPYUID":
		v, s, d, ok := r.CopyUID()
		return fmt.Sprintf("%d %s %s %t", v, FormatSet(s), FormatSet(d), ok)
	case r.Code == "MODIFIED":
		s, ok := r.Modified()
		return fmt.Sprintf("%s %t", FormatSet(s), ok)
	case r.Code == "PERMANENTFLAGS" || r.Name == "FLAGS":
		w, ok := r.Flags()
		return fmt.Sprint(w.Strings(), ok)
	case r.Code == "CAPABILITY" || r.Name == "CAPABILITY":
		w, ok := r.Capabilities()
		return fmt.Sprint(w.Strings(), ok)
	case r.Code != "":
		n, ok := r.CodeNumber()
		return fmt.Sprint(n, ok)
	}
	switch r.Name {
	case "LIST", "LSUB":
		l, ok := r.List()
		old, has := l.Extension("OLDNAME")
		return fmt.Sprintf("%s %q %q %q %t %t", l.Attributes.Strings(), l.Delimiter, l.Mailbox, old, has, ok)
	case "STATUS":
		s, ok := r.StatusData()
		what = string(s.Mailbox)
		for name, value := range s.All() {
			what += fmt.Sprintf(" %s=%s", name, value)
		}
		n, has := s.Get("MESSAGES")
		return fmt.Sprint(what, n, has, ok)
	case "SEARCH", "SORT":
		s, ok := r.SearchData()
		for n := range s.All() {
			what += fmt.Sprint(n, ",")
		}
		return fmt.Sprint(what, s.Len(), s.ModSeq, ok)
	case "ESEARCH":
		e, ok := r.ESearch()
		return fmt.Sprintf("%s %t %d %d %d %t %s %d %t", e.Tag, e.UID, e.Min, e.Max, e.Count, e.HasCount, FormatSet(e.All), e.ModSeq, ok)
	case "VANISHED":
		s, earlier, ok := r.Vanished()
		return fmt.Sprintf("%s %t %t", FormatSet(s), earlier, ok)
	case "ENABLED":
		w, ok := r.Enabled()
		return fmt.Sprint(w.Strings(), ok)
	case "NAMESPACE":
		ok := r.Namespaces(func(kind int, prefix []byte, d rune) { what += fmt.Sprintf("%d %q %q ", kind, prefix, d) })
		return fmt.Sprint(what, ok)
	}
	return "no"
}

func TestResponsesAreTakenApart(t *testing.T) {
	for line, want := range map[string]string{
		`* LIST (\HasNoChildren \Sent) "/" "a \"b\""`:          `[\HasNoChildren \Sent] '/' "a \"b\"" "" false true`,
		"* LIST () NIL {3}\r\na b (X 5 \"oldname\" (\"o l\"))": `[] '\x00' "a b" "(\"o l\")" true true`,
		`* LSUB () "\\" x`: `[] '\\' "x" "" false true`,
		`* STATUS "b x" (MESSAGES 231 uidnext 44292 MAILBOXID (F-1))`: `b x MESSAGES=231 UIDNEXT=44292 MAILBOXID=(F-1)231 true true`,
		`* STATUS x ()`:                   `x0 false true`,
		`* SEARCH 2 84 882`:               `2,84,882,3 0 true`,
		`* SEARCH`:                        `0 0 true`,
		`* SEARCH 2 5 (MODSEQ 917162500)`: `2,5,2 917162500 true`,
		`* SORT 5 3`:                      `5,3,2 0 true`,
		`* ESEARCH`:                       ` false 0 0 0 false  0 true`,
		`* ESEARCH (TAG "a5") UID COUNT 5 ALL 4:7`: `a5 true 0 0 5 true 4:7 0 true`,
		`* ESEARCH MIN 1 X-Y (a b) MAX 9 MODSEQ 7`: ` false 1 9 0 false  7 true`,
		`* ESEARCH UID`:                          ` true 0 0 0 false  0 true`,
		`* VANISHED (EARLIER) 41,43:116`:         `41,43:116 true true`,
		`* VANISHED 7`:                           `7 false true`,
		`* ENABLED`:                              `[] true`,
		`* ENABLED CONDSTORE X`:                  `[CONDSTORE X] true`,
		`* FLAGS (\Seen $x)`:                     `[\Seen $x] true`,
		`* CAPABILITY IMAP4rev1 IDLE`:            `[IMAP4rev1 IDLE] true`,
		`* OK [CAPABILITY IMAP4rev1 X=Y] x`:      `[IMAP4rev1 X=Y] true`,
		`* OK [PERMANENTFLAGS (\Seen \*)] x`:     `[\Seen \*] true`,
		`* OK [UIDNEXT 4392] x`:                  `4392 true`,
		`* OK [HIGHESTMODSEQ 715194045007] x`:    `715194045007 true`,
		`* OK [ALERT] x`:                         `0 false`,
		`a OK [APPENDUID 38505 3955:3957] x`:     `38505 3955:3957 true`,
		`a OK [COPYUID 38505 304,319:320 1:3] x`: `38505 304,319:320 1:3 true`,
		`a OK [MODIFIED 7,9] x`:                  `7,9 true`,
		`* NAMESPACE (("" "/")("#m" NIL)) NIL (("~\"" "." "X" ("a")))`: `0 "" '/' 0 "#m" '\x00' 2 "~\"" '.' true`,
		`* 3 FETCH (UID 7 FLAGS (\Seen) MODSEQ (65402000000))`:         `7 true [\Seen] 65402000000 true`,
		`* 3 FETCH (BODY[] NIL)`:                                       `0 false [] 0 false`,
	} {
		if got := show(response(t, line)); got != want {
			t.Errorf("%q is\n%s, want\n%s", line, got, want)
		}
	}
}

func TestResponsesThatAreWrongAreNotTakenApart(t *testing.T) {
	for _, line := range []string{
		"* LIST (x) NIL a", "* LIST () NIL", "* LIST () NIL a b", "* STATUS x (FOO 1)", "* STATUS x", "* SEARCH 0", "* SEARCH 1 ", "* SEARCH (MODSEQ 5)", "* ESEARCH MIN 0", "* ESEARCH (TAG a",
		"* VANISHED *", "* VANISHED (EARLIER)", "* FLAGS", "* FLAGS (a  b)", "* OK [PERMANENTFLAGS a] x", "* OK [UIDNEXT 0] x", "a OK [APPENDUID 1] x", "a OK [COPYUID 1 2] x", "a OK [MODIFIED x] x", "* NAMESPACE NIL NIL", "* 1 FETCH (UID 0)",
	} {
		r, err := ParseResponse([]byte(line+"\r\n"), Any)
		if got := show(r); err == nil || !strings.HasSuffix(got, "false") {
			t.Errorf("%q is %s, error %v", line, got, err)
		}
	}
}

func TestSetsAreCounted(t *testing.T) {
	s, _ := ParseSet([]byte("4:2,7,9:*,*"))
	got := ""
	for n := range s.Numbers(10) {
		got += fmt.Sprint(n, " ")
	}
	if got != "2 3 4 7 9 10 10 " || s.Count(10) != 7 || s.Max() != 0 || !s.HasStar() {
		t.Errorf("numbers %s, count %d, max %d", got, s.Count(10), s.Max())
	}
	s, _ = ParseSet([]byte("1:4294967295"))
	if s.Count(1) != 1<<32-1 || s.Max() != 1<<32-1 || s.HasStar() {
		t.Errorf("count %d, max %d", s.Count(1), s.Max())
	}
	if s = (Set{{0, 0}}); s.Count(0) != 0 {
		t.Errorf("an empty mailbox has %d numbers", s.Count(0))
	}
}

func TestWords(t *testing.T) {
	w := Words(`\Seen $x`)
	if w.Len() != 2 || !w.Has(`\seen`) || w.Has("Seen") || Words(nil).Len() != 0 || len(Words(nil).Strings()) != 0 {
		t.Errorf("%s has %d words", w, w.Len())
	}
}

func TestEnvelopesAreTakenApart(t *testing.T) {
	e, err := ParseEnvelope([]byte("(\"Wed\" NIL ((\"T \\\"G\\\"\" NIL \"gray\" \"cac\")(NIL NIL {1}\r\na \"\")) NIL NIL NIL ((NIL NIL \"g\" NIL)(NIL NIL NIL NIL)) NIL NIL \"<B2>\")"))
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%s|%t|%q|%q|%d|%s", e.Date, e.Subject == nil, e.From, e.Cc, len(e.To), e.MessageID)
	want := `Wed|true|[{"T \"G\"" "" "gray" "cac"} {"" "" "a" ""}]|[{"" "" "g" ""} {"" "" "" ""}]|0|<B2>`
	if got != want || e.From[1].Host == nil || e.Cc[0].Host != nil {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
	for _, wrong := range []string{"", "(NIL)", "(NIL NIL () NIL NIL NIL NIL NIL NIL NIL)", "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) ", "(NIL NIL ((NIL NIL NIL)) NIL NIL NIL NIL NIL NIL NIL)"} {
		if e, err := ParseEnvelope([]byte(wrong)); err == nil {
			t.Errorf("%q is %+v", wrong, e)
		}
	}
}

func TestBodiesAreWalked(t *testing.T) {
	const env = "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"
	const text = `("TEXT" "PLAIN" ("CHARSET" "x\"y") "<i>" NIL "7BIT" 3 1)`
	for value, want := range map[string]string{
		text: `1/0 TEXT/PLAIN 3 1 true; `,
		"(" + text + `("image" "png" NIL NIL NIL "base64" 9 NIL ("inline" NIL)) "MIXED" ("B" "c") NIL)`: `1/1 TEXT/PLAIN 3 1 true; 2/1 image/png 9 0 false; /0 2 parts MIXED; `,
		"(" + text + `("message" "rfc822" NIL NIL NIL "7bit" 99 ` + env + ` (` + text + text + ` "ALTERNATIVE") 7)("MESSAGE" "GLOBAL" NIL NIL NIL "7bit" 98 ` + env + ` ` + text + ` 8) "MIXED")`: `1/1 TEXT/PLAIN 3 1 true; 2.1/3 TEXT/PLAIN 3 1 true; 2.2/3 TEXT/PLAIN 3 1 true; 2/2 2 parts ALTERNATIVE; ` +
			`2/1 message/rfc822 99 7 true; 3.1/2 TEXT/PLAIN 3 1 true; 3/1 MESSAGE/GLOBAL 98 8 true; /0 3 parts MIXED; `,
	} {
		got := ""
		err := EachBodyPart([]byte(value), func(p BodyPart) {
			got += fmt.Sprintf("%s/%d ", p.Number(), p.Depth)
			if p.Multipart {
				got += fmt.Sprintf("%d parts %s; ", p.Parts, p.Subtype)
				return
			}
			got += fmt.Sprintf("%s/%s %d %d %t; ", p.Type, p.Subtype, p.Octets, p.Lines, p.HasLines)
			if pairs := 0; p.HasLines && p.Envelope == nil && (!EachParam(p.Params, func(k, v []byte) { pairs++ }) || pairs != 1) {
				t.Errorf("%q: %d pairs in %s", value, pairs, p.Params)
			}
		})
		if err != nil || got != want {
			t.Errorf("%q: %v\n%s, want\n%s", value, err, got, want)
		}
		if r := response(t, "* 1 FETCH (BODYSTRUCTURE "+value+")"); r.Name != "FETCH" {
			t.Errorf("%q is no FETCH", value)
		}
	}
	for _, wrong := range []string{"", "()", "(" + text + ")", text + " ", strings.Repeat("(", 5000)} {
		if err := EachBodyPart([]byte(wrong), func(BodyPart) {}); err == nil {
			t.Errorf("%.50q is a body", wrong)
		}
	}
}
