package corpus

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
)

func rule(t testing.TB, s string) faultnet.Rule {
	t.Helper()
	r, err := faultnet.ParseRule(s)
	if err != nil {
		t.Fatalf("rule %q: %v", s, err)
	}
	return r
}

// everything uses each construct of the language once.
const everything = `imapfuzz case 1
# A note of the case.
#
#   indented
target: client
peer: honest
rules: R-AT-1 2683-3.1.2-e
plan: server @54: stall 29m
plan 2: client after "a # b": reset

# A note of the step.
C: a1 LOGIN test test
C2: größe
  ! server line 1: delay 2s
  ! client: insert "\x00 # \"x\""
S3= "From: a@example.com\r\n"
  + "\r\n"
  + "Subj" + "x"*3000 + "\x00\xff\t\"\\"
! client: cut
!2 server: reset
T: 31m
T: 1h
T: 1.5s
D: fetch 1:2 body[] # not a comment
D2= "two\r\n"
  + "lines"
TLS:
TLS2:
S:
`

func everythingCase(t testing.TB) *Case {
	return &Case{
		Note:   []string{"A note of the case.", "", "  indented"},
		Target: Client,
		Honest: true,
		Rules:  []string{"R-AT-1", "2683-3.1.2-e"},
		Plan: []PlanRule{
			{1, rule(t, "server @54: stall 29m")},
			{2, rule(t, `client after "a # b": reset`)},
		},
		Steps: []Step{
			{Conn: 1, Side: faultnet.Client, Data: []byte("a1 LOGIN test test\r\n"), Note: []string{"A note of the step."}},
			{Conn: 2, Side: faultnet.Client, Data: []byte("größe\r\n"), Faults: []faultnet.Rule{
				rule(t, "server line 1: delay 2s"), rule(t, `client: insert "\x00 # \"x\""`)}},
			{Conn: 3, Side: faultnet.Server, Data: []byte("From: a@example.com\r\n\r\nSubj" +
				strings.Repeat("x", 3000) + "\x00\xff\t\"\\")},
			{Op: Strike, Conn: 1, Fault: rule(t, "client: cut")},
			{Op: Strike, Conn: 2, Fault: rule(t, "server: reset")},
			{Op: Time, D: 31 * time.Minute},
			{Op: Time, D: time.Hour},
			{Op: Time, D: 1500 * time.Millisecond},
			{Op: Do, Conn: 1, Data: []byte("fetch 1:2 body[] # not a comment")},
			{Op: Do, Conn: 2, Data: []byte("two\r\nlines")},
			{Op: StartTLS, Conn: 1},
			{Op: StartTLS, Conn: 2},
			{Conn: 1, Side: faultnet.Server, Data: []byte("\r\n")},
		},
	}
}

func TestParse(t *testing.T) {
	t.Run("every construct is read", func(t *testing.T) {
		want := everythingCase(t)
		c, err := Parse("x.case", []byte(everything))
		if err != nil {
			t.Fatal(err)
		}
		if !c.Equal(want) {
			t.Errorf("got\n%s\nwant\n%s", Format(c), Format(want))
		}
		if err := c.Valid(); err != nil {
			t.Error(err)
		}
	})
	t.Run("CRLF line ends are read as LF ones", func(t *testing.T) {
		c, err := Parse("", []byte(strings.ReplaceAll(everything, "\n", "\r\n")))
		if err != nil {
			t.Fatal(err)
		}
		if !c.Equal(everythingCase(t)) {
			t.Errorf("got\n%s", Format(c))
		}
	})
	t.Run("the last line needs no line end", func(t *testing.T) {
		c, err := Parse("", []byte("imapfuzz case 1\ntarget: server\nC: x"))
		if err != nil || string(c.Steps[0].Data) != "x\r\n" {
			t.Errorf("got %v, %v", c, err)
		}
	})
	t.Run("the case shares nothing with the text", func(t *testing.T) {
		text := []byte(everything)
		c, err := Parse("", text)
		if err != nil {
			t.Fatal(err)
		}
		clear(text)
		if string(Format(c)) != everything {
			t.Error("changing the text changed the case")
		}
	})
}

// TestParseTolerates has texts that are read but are not canonical.
func TestParseTolerates(t *testing.T) {
	tests := []struct{ name, text, canonical string }{
		{"blank lines anywhere", "\n\ntarget: server\n\nrules: A\n\n\nC: x\n\n \t\nC: y\n",
			"target: server\nrules: A\n\nC: x\nC: y\n"},
		{"headers in any order, repeated rules", "plan: client: cut\nrules: B\npeer: scripted\nrules:  A\tC \ntarget: client\nC: x",
			"target: client\nrules: B A C\nplan: client: cut\n\nC: x\n"},
		{"connection 1 written out", "target: server\nplan 1: client: cut\nC1: x\nTLS1:\n!1 client: cut\n",
			"target: server\nplan: client: cut\n\nC: x\nTLS:\n! client: cut\n"},
		{"no blank behind the colon", "target:server\nC:x\nT:3s\n", "target: server\n\nC: x\nT: 3s\n"},
		{"blanks that the plain form would lose", "target: server\nC:  x\nC: x \n",
			"target: server\n\nC= \" x\\r\\n\"\nC= \"x \\r\\n\"\n"},
		{"an expression that a plain line says", "target: server\nC=\"a\"+\"b\" * 2 + \"\\x0D\\x0a\"\n", "target: server\n\nC: abb\n"},
		{"continuation lines with any indent", "target: server\nC= \"a\"\n\t+\"b\"\n + \"c\" + \"d\"\n", "target: server\n\nC= \"abcd\"\n"},
		{"an empty expression", "target: server\nC= \"\"\nD:\n", "target: server\n\nC= \"\"\nD:\n"},
		{"comments in and behind the head", "#a\ntarget: server # b\n# c\nrules: X # d\n\n# e\n\n# f\nC: x # g\n",
			"# a\n# b\n# c\n# d\ntarget: server\nrules: X\n\n# e\n# f\nC: x # g\n"},
		{"comments right above the first step", "target: server\n# a\nC: x\n", "# a\ntarget: server\n\nC: x\n"},
		{"trailing comments of steps", "target: server\n\n# 0\n! client: cut # 1\nT: 1s\t#2\nTLS: # 3 \nC= \"a # b\" # 4\n  + \"c\" # 5\n" +
			" # 6\n  ! client: cut # 7\n",
			"target: server\n\n# 0\n# 1\n! client: cut\n# 2\nT: 1s\n# 3\nTLS:\n# 4\n# 5\n# 6\n# 7\nC= \"a # bc\"\n  ! client: cut\n"},
		{"comments behind the last step", "# a\ntarget: server\n\nC: x\n# b\n", "# a\n# b\ntarget: server\n\nC: x\n"},
		{"a server that speaks first, on a high connection", "target: server\nS64: * OK\nC: x\n", "target: server\n\nS64: * OK\nC: x\n"},
		{"durations in any unit", "target: server\nT: 1h30m\nT: 90s\nT: 1500us\nT: 0s\n", "target: server\n\nT: 1h30m\nT: 1m30s\nT: 1.5ms\nT: 0s\n"},
		{"a strike whose position is its start", "target: server\n! client @0: cut\n", "target: server\n\n! client: cut\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Parse("", []byte("imapfuzz case 1\n"+tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if got, want := string(Format(c)), "imapfuzz case 1\n"+tt.canonical; got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	const v, h = "imapfuzz case 1\n", "imapfuzz case 1\ntarget: server\n\n" // steps start in line 4
	tests := []struct{ text, want string }{
		// Line one.
		{"", `1:1: want "imapfuzz case 1", got end of line`},
		{"imapfuzz\n", `1:1: want "imapfuzz case 1", got "imapfuzz"`},
		{"imapfuzz case ", `1:1: want "imapfuzz case 1", got "imapfuzz case "`},
		{"imapfuzz case one", `1:15: want 1, got "one"`},
		{"imapfuzz case 1 ", `1:16: want end of line, got " "`},
		{" imapfuzz case 1", `1:1: want "imapfuzz case 1", got " imapfuzz case 1"`},
		{"\xef\xbb\xbfimapfuzz case 1\n", `1:1: want "imapfuzz case 1", got "\ufeffimapfuzz case 1"`},
		// No step, no target.
		{v, `2:1: want "target: server" or "target: client", got end of file`},
		{v + "target: server", `2:15: want a step, got end of file`},
		{v + "target: server\n", `3:1: want a step, got end of file`},
		{v + "C: x\n", `2:1: want "target: server" or "target: client" before the first step, got "C: x"`},
		// The head.
		{v + "targets: server\n", `2:1: want "target:", "peer:", "rules:", "plan:" or a step, got "targets: server"`},
		{v + "target 1: server\n", `2:1: want "target:", "peer:", "rules:", "plan:" or a step, got "target 1: server"`},
		{v + "target\n", `2:1: want "target:", "peer:", "rules:", "plan:" or a step, got "target"`},
		{v + "target:  sever # x\n", `2:10: want "server" or "client", got "sever"`},
		{v + "target:\n", `2:8: want "server" or "client", got end of line`},
		{v + "target: server\ntarget: client\n", `3:1: want one target, got another`},
		{v + "peer: nobody\n", `2:7: want "scripted" or "honest", got "nobody"`},
		{v + "peer: honest\npeer: honest\n", `3:1: want one peer, got another`},
		{v + "target: server\npeer: honest\n", `3:7: want "scripted", since the target is a server, got "honest"`},
		{v + "peer: honest\ntarget: server\n", `3:9: want "client", since the peer is honest, got "server"`},
		{v + "rules:\n", `2:7: want a rule id, got end of line`},
		{v + "rules: A # b\nrules: A  é\n", `3:11: want a rule id in visible ASCII, got "\u00e9"`},
		{v + "plan 0: client: cut\n", `2:6: want the number of a connection (1 to 64), got "0"`},
		{v + "plan 65: client: cut\n", `2:6: want the number of a connection (1 to 64), got "65"`},
		{v + "plan x: client: cut\n", `2:6: want the number of a connection (1 to 64), got "x"`},
		{v + "plan: nobody: cut\n", `2:7: want client or server, got "nobody"`},
		{v + "plan 2:  client @3: cat\n", `2:21: want a fault, got "cat"`},
		{h + "C: x\nplan: client: cut\n", `5:1: want a step ("C:", "S:", "T:", "D:", "TLS:" or "!"), got "plan: client: cut"`},
		// Steps.
		{h + "X: y\n", `4:1: want a step ("C:", "S:", "T:", "D:", "TLS:" or "!"), got "X: y"`},
		{h + "* OK\n", `4:1: want a step ("C:", "S:", "T:", "D:", "TLS:" or "!"), got "* OK"`},
		{h + "C x\n", `4:2: want ":" or "=", got " x"`},
		{h + "C\n", `4:2: want ":" or "=", got end of line`},
		{h + "C0: x\n", `4:2: want the number of a connection (1 to 64), got "0"`},
		{h + "S65: x\n", `4:2: want the number of a connection (1 to 64), got "65"`},
		{h + "C99999999999999999999: x\n", `4:2: want the number of a connection (1 to 64), got "99999999999999999999"`},
		{h + "C: a\tb\n", `4:5: want a printable character (others in a "C=" line), got "\tb"`},
		{h + "S2: a\xffb\n", `4:6: want a printable character (others in a "S2=" line), got "\xffb"`},
		{h + "C: a\r\r\n", `4:5: want a printable character (others in a "C=" line), got "\r"`},
		{h + "C: \u00a0\n", `4:4: want a printable character (others in a "C=" line), got "\u00a0"`},
		{h + "T: soon\n", `4:4: want a duration such as "31m" or "1.5s", got "soon"`},
		{h + "T: 5\n", `4:4: want a duration such as "31m" or "1.5s", got "5"`},
		{h + "T:\n", `4:3: want a duration such as "31m" or "1.5s", got end of line`},
		{h + "T: -1s # x\n", `4:4: want a duration such as "31m" or "1.5s", got "-1s"`},
		{h + "T2: 1s\n", `4:2: want ":", got "2: 1s"`},
		{h + "T= 1s\n", `4:2: want ":", got "= 1s"`},
		{h + "TLS: now\n", `4:6: want end of line, got "now"`},
		{h + "TLS\n", `4:4: want ":", got end of line`},
		{h + "! client @38: reset\n", `4:10: want ":", since a fault of its own strikes here and now, got "@38: reset"`},
		{h + "!2  server line 1: cut\n", `4:12: want ":", since a fault of its own strikes here and now, got "line 1: cut"`},
		{h + "! cut\n", `4:3: want client or server, got "cut"`},
		{h + "!65 client: cut\n", `4:2: want the number of a connection (1 to 64), got "65"`},
		{h + "!\n", `4:2: want client or server, got the end`},
		// Indented lines.
		{h + "  ! client: cut\n", `4:3: want a step with data above an indented "!", got "! client: cut"`},
		{h + "T: 1s\n  ! client: cut\n", `5:3: want a step with data above an indented "!", got "! client: cut"`},
		{h + "C: x\n\t!  client: cu\n", `5:13: want a fault, got "cu"`},
		{h + "C: x\n + \"y\"\n", `5:2: want an expression ("C=") in the line above, got "+ \"y\""`},
		{h + "C= \"x\"\n\n + \"y\"\n", `6:2: want an expression ("C=") in the line above, got "+ \"y\""`},
		{h + " C: x\n", `4:1: want a line without indent, or an indented "!", "+" or "#", got " C: x"`},
		// Expressions.
		{h + "C=\n", `4:3: want a quoted string, got end of line`},
		{h + "C= x\n", `4:4: want a quoted string, got "x"`},
		{h + "C= \"x\n", `4:6: want a closing ", got end of line`},
		{h + "C= \"x\" \"y\"\n", `4:8: want "+" or the end of the line, got "\"y\""`},
		{h + "C= \"x\"#\n", `4:7: want "+" or the end of the line, got "#"`},
		{h + "C= \"x\" +\n", `4:9: want a quoted string, got end of line`},
		{h + "C= \"\\y\"\n", `4:5: want an escape (\r \n \t \\ \" \xNN), got "\\y\""`},
		{h + "C= \"\\x1\"\n", `4:5: want an escape (\r \n \t \\ \" \xNN), got "\\x1\""`},
		{h + "C= \"a\tb\"\n", `4:6: want a printable character or \xNN, got "\tb\""`},
		{h + "C= \"a\xff\"\n", `4:6: want a printable character or \xNN, got "\xff\""`},
		{h + "C= \"a\"*\n", `4:8: want a count from 1 up, got end of line`},
		{h + "C= \"a\"* 0\n", `4:9: want a count from 1 up, got "0"`},
		{h + "C= \"a\"*-1\n", `4:8: want a count from 1 up, got "-1"`},
		{h + "C= \"x\"\n  + y\n", `5:5: want a quoted string, got "y"`},
	}
	for _, tt := range tests {
		for _, file := range []string{"", "dir/a.case"} {
			c, err := Parse(file, []byte(tt.text))
			want := tt.want
			if file != "" {
				want = file + ":" + want
			}
			var se *SyntaxError
			if c != nil || !errors.As(err, &se) || err.Error() != want {
				t.Errorf("%q:\n got %v\nwant %s", tt.text, err, want)
			}
		}
		if strings.HasPrefix(tt.text, v) {
			crlf := strings.ReplaceAll(strings.ReplaceAll(tt.text, "\r\n", "\n"), "\n", "\r\n")
			if _, err := Parse("", []byte(crlf)); err == nil || err.Error() != tt.want && !strings.Contains(tt.text, "\r") {
				t.Errorf("%q:\n got %v\nwant %s", crlf, err, tt.want)
			}
		}
	}
}

func TestVersions(t *testing.T) {
	for _, version := range []string{"0", "2", "01", "10", "1.1", "2-draft", "99999999999999999999"} {
		text := []byte("imapfuzz case " + version + "\ntarget: server\n\nC: x\n")
		var strict, lenient *VersionError
		_, err := Parse("a.case", text)
		if !errors.As(err, &strict) || strict.Got != version || strict.File != "a.case" {
			t.Errorf("version %s, strictly: %v", version, err)
		}
		want := "a.case:1: case version " + version + " is not known (this program reads version 1)"
		if err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
		if _, _, err := ParseLenient(text); !errors.As(err, &lenient) || lenient.Got != version {
			t.Errorf("version %s, leniently: %v", version, err)
		}
	}
}

func TestHostileSizes(t *testing.T) {
	const h = "imapfuzz case 1\ntarget: server\n\n"
	t.Run("a repeat cannot exceed the bound", func(t *testing.T) {
		for _, text := range []string{
			fmt.Sprintf("C= \"x\"*%d", MaxData+1),
			fmt.Sprintf("C= \"xy\"*%d", MaxData/2+1),
			"C= \"x\"*99999999999999999999",
			"C= \"x\"*9223372036854775807",
			fmt.Sprintf("C= \"x\"*%d\nC= \"y\"", MaxData),
			fmt.Sprintf("C= \"x\"*%d\n  + \"y\"", MaxData),
			fmt.Sprintf("C= \"x\"*%d\nC:", MaxData-1),
		} {
			var se *SyntaxError
			_, err := Parse("", []byte(h+text))
			if !errors.As(err, &se) || se.Want != wantLess {
				t.Errorf("%s: %v", text, err)
			}
			c, repairs, err := ParseLenient([]byte(h + text))
			if err != nil || len(repairs) == 0 || c.Valid() != nil {
				t.Errorf("%s, leniently: %v, %v, %v", text, repairs, err, c.Valid())
			}
		}
	})
	t.Run("the bound itself is allowed", func(t *testing.T) {
		c, err := Parse("", fmt.Appendf(nil, "%sC= \"x\"*%d\nC= \"\"", h, MaxData))
		if err != nil || len(c.Steps[0].Data) != MaxData || c.Valid() != nil {
			t.Errorf("%v", err)
		}
	})
	t.Run("repeating nothing costs nothing", func(t *testing.T) {
		c, err := Parse("", []byte(h+"C= \"\"*9999999999999999999999"))
		if err != nil || len(c.Steps[0].Data) != 0 {
			t.Errorf("%v", err)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(everything))
	for _, s := range Seeds() {
		f.Add(Format(s.Case))
	}
	if text, err := os.ReadFile("seeds/client/fetch_body.case"); err == nil {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse("f", text)
		if err != nil {
			var se *SyntaxError
			var ve *VersionError
			switch {
			case errors.As(err, &se):
				if se.Line < 1 || se.Col < 1 || se.Line > strings.Count(string(text), "\n")+1 {
					t.Fatalf("position outside the text: %v", err)
				}
			case !errors.As(err, &ve):
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		if isHuge(c) {
			return
		}
		checkRoundTrip(t, c)
		d, repairs, err := ParseLenient(text)
		if err != nil || len(repairs) > 0 || !d.Equal(c) {
			t.Fatalf("lenient reading differs: %v, %v", repairs, err)
		}
	})
}

// isHuge reports whether c, which must be valid, is too large for a fuzz target
// to go on with: a repeat makes 64 MiB of a few bytes.
func isHuge(c *Case) bool {
	n := 0
	for _, s := range c.Steps {
		n += len(s.Data)
	}
	return n > 1<<20
}

// checkRoundTrip checks that c is valid, comes back from its text, and that its
// text is a fixed point.
func checkRoundTrip(t testing.TB, c *Case) {
	t.Helper()
	if err := c.Valid(); err != nil {
		t.Fatal(err)
	}
	text := Format(c)
	d, err := Parse("formatted", text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if !c.Equal(d) || !d.Equal(c) {
		t.Fatalf("got\n%s\nwant\n%s", Format(d), text)
	}
	if again := Format(d); string(again) != string(text) {
		t.Fatalf("no fixed point:\n%s\nthen\n%s", text, again)
	}
}
