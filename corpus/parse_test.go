package corpus

import (
	"errors"
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

// restarted has what only a case for a server may have.
const restarted = `imapfuzz case 1
target: server

C: a1 LOGIN test test
# a note of the restart
RESTART:
C2: b1 LOGIN test test
RESTART:
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
	t.Run("a restart is of no connection", func(t *testing.T) {
		c, err := Parse("x.case", []byte(strings.Replace(restarted, "RESTART:\nC2", "RESTART:  # and more\nC2", 1)))
		if err != nil {
			t.Fatal(err)
		}
		want := Step{Op: Restart, Note: []string{"a note of the restart", "and more"}}
		if !c.Steps[1].Equal(&want) || c.Restarts() != 2 || c.Conns() != 2 {
			t.Errorf("got\n%s", Format(c))
		}
		text := strings.Replace(restarted, "restart\n", "restart\n# and more\n", 1)
		if got := string(Format(c)); got != text {
			t.Errorf("got\n%s\nwant\n%s", got, text)
		}
	})
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
		{"comments behind the last step", "# a\ntarget: server\n\nC: x\n  # b\n# c\n", "# a\ntarget: server\n\nC: x\n# b\n# c\n"},
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

func FuzzParse(f *testing.F) {
	f.Add([]byte(everything))
	f.Add([]byte(restarted))
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
