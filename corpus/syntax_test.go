package corpus

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// v is a line one, h a head: behind h steps start in line 4.
const v, h = "imapfuzz case 1\n", "imapfuzz case 1\ntarget: server\n\n"

// A badText is a text that is refused with the error want.
type badText struct{ text, want string }

func TestErrorsInTheHead(t *testing.T) {
	checkErrors(t, []badText{
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
		{h + "C: x\nplan: client: cut\n", `5:1: want a step ("C:", "S:", "T:", "D:", "TLS:", "RESTART:" or "!"), got "plan: client: cut"`},
	})
}

func TestErrorsInSteps(t *testing.T) {
	checkErrors(t, []badText{
		// Steps.
		{h + "X: y\n", `4:1: want a step ("C:", "S:", "T:", "D:", "TLS:", "RESTART:" or "!"), got "X: y"`},
		{h + "* OK\n", `4:1: want a step ("C:", "S:", "T:", "D:", "TLS:", "RESTART:" or "!"), got "* OK"`},
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
		{h + "RESTART: now\n", `4:10: want end of line, got "now"`},
		{h + "RESTART2:\n", `4:8: want ":", got "2:"`},
		{h + "RESTART\n", `4:8: want ":", got end of line`},
		{v + "target: client\n\nRESTART:\n", `4:1: want a step of a client case (a client is not restarted), got "RESTART:"`},
		{h + "TLS\n", `4:4: want ":", got end of line`},
		{h + "! client @38: reset\n", `4:10: want ":", since a fault of its own strikes here and now, got "@38: reset"`},
		{h + "!2  server line 1: cut\n", `4:12: want ":", since a fault of its own strikes here and now, got "line 1: cut"`},
		{h + "! cut\n", `4:3: want client or server, got "cut"`},
		{h + "!65 client: cut\n", `4:2: want the number of a connection (1 to 64), got "65"`},
		{h + "!\n", `4:2: want client or server, got the end`},
	})
}

func TestErrorsInIndentedLinesAndExpressions(t *testing.T) {
	checkErrors(t, []badText{
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
	})
}

// checkErrors checks that each text is refused with exactly its error, with and
// without a file name, with LF and with CRLF.
func checkErrors(t *testing.T, tests []badText) {
	t.Helper()
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
		want := "a.case:1:15: want case version 1, got version " + version
		if err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
		if _, _, err := ParseLenient(text); !errors.As(err, &lenient) || lenient.Got != version {
			t.Errorf("version %s, leniently: %v", version, err)
		}
	}
}

func TestHostileSizes(t *testing.T) {
	const bound = 1 << 16 // instead of MaxData
	t.Run("no way leads over the bound", func(t *testing.T) {
		for _, text := range []string{
			fmt.Sprintf("C= \"x\"*%d", bound+1),
			fmt.Sprintf("C= \"xy\"*%d", bound/2+1),
			"C= \"x\"*99999999999999999999",
			"C= \"x\"*9223372036854775807",
			fmt.Sprintf("C= \"x\"*%d\nC= \"y\"", bound),
			fmt.Sprintf("C= \"x\"*%d\n  + \"y\"", bound),
			fmt.Sprintf("C= \"x\"*%d\n  + \"é\"", bound-1),
			fmt.Sprintf("C= \"x\"*%d\nC:", bound-1),
			fmt.Sprintf("C= \"x\"*%d\nD: y", bound),
			"C= \"" + strings.Repeat("x", bound+1) + "\"",
			"C: " + strings.Repeat("x", bound-1),
		} {
			var se *SyntaxError
			p := parser{room: bound}
			if err := p.run([]byte(h + text)); !errors.As(err, &se) || se.Want != wantLess {
				t.Errorf("%.80s: %v", text, err)
			}
			p = parser{room: bound, lenient: true}
			err := p.run([]byte(h + text))
			n := 0
			for _, s := range p.c.Steps {
				n += len(s.Data)
			}
			if err != nil || len(p.repairs) == 0 || n > bound || n != bound-p.room {
				t.Errorf("%.80s, leniently: %d bytes, room for %d, %v, %v", text, n, p.room, p.repairs, err)
			}
		}
	})
	t.Run("lenient reading leaves out what does not fit any more", func(t *testing.T) {
		p := parser{room: 10, lenient: true}
		if err := p.run([]byte(h + "C: 12345678\n* OK\n")); err != nil || len(p.c.Steps) != 1 || len(p.repairs) != 1 {
			t.Errorf("%d steps, %v, %v", len(p.c.Steps), p.repairs, err)
		}
	})
	t.Run("the bound of Parse is MaxData", func(t *testing.T) {
		c, err := Parse("", fmt.Appendf(nil, "%sC= \"x\"*%d\nC= \"\"", h, MaxData))
		if err != nil || len(c.Steps[0].Data) != MaxData || c.Valid() != nil {
			t.Errorf("%v", err)
		}
		if _, err = Parse("", fmt.Appendf(nil, "%sC= \"x\"*%d", h, MaxData+1)); err == nil {
			t.Error("no error")
		}
		if _, repairs, err := ParseLenient(fmt.Appendf(nil, "%sC= \"x\"*%d", h, MaxData+1)); err != nil || len(repairs) != 1 {
			t.Errorf("leniently: %v, %v", repairs, err)
		}
	})
	t.Run("repeating nothing costs nothing", func(t *testing.T) {
		c, err := Parse("", []byte(h+"C= \"\"*9999999999999999999999"))
		if err != nil || len(c.Steps[0].Data) != 0 {
			t.Errorf("%v", err)
		}
	})
}

func TestGot(t *testing.T) {
	for text, want := range map[string]string{
		"":                            "end of line",
		"abc":                         `"abc"`,
		"\xff\r":                      `"\xff\r"`,
		strings.Repeat("x", 24):       `"` + strings.Repeat("x", 24) + `"`,
		strings.Repeat("x", 25):       `"` + strings.Repeat("x", 24) + `"...`,
		"x" + strings.Repeat("é", 20): `"x` + strings.Repeat(`\u00e9`, 11) + `"...`,
	} {
		if s := got(text); s != want {
			t.Errorf("got %s, want %s", s, want)
		}
	}
}
