package faultnet

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestRulesHaveACanonicalForm(t *testing.T) {
	ran := 0
	for _, row := range []struct{ in, want string }{
		{"client @38: reset", "client @38: reset"},
		{"  server   line 3 :stall 29m ", "server line 3: stall 29m"},
		{"server literal 1 @10: cut", "server literal 1 @10: cut"},
		{"server literal@10:cut", "server literal 1 @10: cut"},
		{"server greeting: cut", "server greeting 1: cut"},
		{"server tagged 2 @0: hole", "server tagged 2: hole"},
		{`server after "BODY[": delay 2s`, `server after "BODY[": delay 2s`},
		{`server after "BODY[" 1: delay 1000ms..1m30s`, `server after "BODY[": delay 1s..1m30s`},
		{`server after "a\x00\"\\\r\n\t` + "\xff" + `" 7 @2: half`, `server after "a\x00\"\\\r\n\t\xff" 7 @2: half`},
		{"client: chop 1", "client: chop 1"},
		{"client @0: chop 1..9", "client: chop 1..9"},
		{"client: join", "client: join"},
		{"client: join 200ms", "client: join"},
		{"client: join 1.5s", "client: join 1.5s"},
		{"client: noread 2h", "client: noread 2h"},
		{"client: stall 2h5m", "client: stall 2h5m"},
		{"client: stall 2h0m5s", "client: stall 2h0m5s"},
		{"client: stall 15us", "client: stall 15µs"},
		{"client: truncate", "client: truncate"},
		{`client: insert "* BYE\r\n"`, `client: insert "* BYE\r\n"`},
		{`client: replace " "`, `client: replace " "`},
		{"client: drop 5", "client: drop 5"},
		{"client: drop line", "client: drop line"},
		{"client: duplicate 007", "client: duplicate 7"},
		{"client: duplicate line", "client: duplicate line"},
		{"client: flip 0x8", "client: flip 0x08"},
	} {
		r, err := ParseRule(row.in)
		if err != nil || r.String() != row.want || r.Check() != nil {
			t.Errorf("%s: %s, %v, %v; want %s", row.in, r, err, r.Check(), row.want)
			continue
		}
		if again, err := ParseRule(row.want); err != nil || !reflect.DeepEqual(again, r) {
			t.Errorf("%s parses to %+v, %v, want %+v", row.want, again, err, r)
		}
		ran++
	}
	if ran != 26 {
		t.Errorf("%d ran", ran)
	}
}

func TestErrorsSayWhereAndWhat(t *testing.T) {
	ran := 0
	for _, row := range []struct{ in, want string }{
		{"cleint: cut", `1:1: want client or server, got "cleint"`},
		{"client @38 reset", `1:12: want a colon, got "reset"`},
		{"client @: cut", `1:9: want a count of bytes, got ":"`},
		{"client @99999999999999999999: cut", `1:9: want a count of bytes, got "99999999999999999999"`},
		{"client line 0: cut", `1:13: want the number of a line, got "0"`},
		{"client Line 1: cut", `1:8: want a colon, got "Line"`},
		{"client 5: cut", `1:8: want line, after, a mark, @ or a colon, got "5"`},
		{`client after "": cut`, `1:14: want a pattern of one byte or more, got "\"\""`},
		{`client after x: cut`, `1:14: want a quoted string, got "x"`},
		{`client after "x: cut`, `1:21: want a closing quote, got the end`},
		{`client after "\y": cut`, `1:15: want one of \r \n \t \" \\ \xNN, got "\\y\""`},
		{`client after "\x0`, `1:15: want two hexadecimal digits, got "\\x0"`},
		{`client after "\x0g": cut`, `1:15: want two hexadecimal digits, got "\\x0g\""`},
		{"client: cutt", `1:9: want a fault, got "cutt"`},
		{"client: ", `1:9: want a fault, got the end`},
		{"client: stall", `1:14: want a duration such as 1.5s, got the end`},
		{"client: stall -5s", `1:15: want a duration such as 1.5s, got "-5s"`},
		{"client: delay 5s..2s", `1:19: want a duration above 5s, got "2s"`},
		{"client: chop 0", `1:14: want a count of bytes, got "0"`},
		{"client: chop 5..5", `1:17: want a count above 5, got "5"`},
		{"client: drop all", `1:14: want a count of bytes or line, got "all"`},
		{`client: insert ""`, `1:16: want one byte or more, got "\"\""`},
		{"client: flip 8", `1:14: want a mask from 0x01 to 0xff, got "8"`},
		{"client: flip 0x00", `1:14: want a mask from 0x01 to 0xff, got "0x00"`},
		{"client: cut cut", `1:13: want the end of the rule, got "cut"`},
		{"# fine\nclient: cut # fine\n\n  server: cut server: cut", `4:15: want the end of the rule, got "server"`},
		{"client: cut;server: what", `1:21: want a fault, got "what"`},
	} {
		_, err := ParsePlan(row.in)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || err.Error() != row.want {
			t.Errorf("%s:\n%v, want\n%s", row.in, err, row.want)
		}
		ran++
	}
	if ran != 27 {
		t.Errorf("%d ran", ran)
	}
	if _, err := ParseRule("client: cut; server: cut"); err == nil {
		t.Error("two rules are one rule")
	}
	if _, err := ParseFault("cut # no comments here"); err == nil {
		t.Error("a fault with a comment is a fault")
	}
}

func TestAPlanIsLinesSemicolonsAndComments(t *testing.T) {
	p, err := ParsePlan("# one\r\n\n;; client @3: cut ; server: insert \"#;:\\n\" # two\n\tserver line 2: hole\r\n#")
	want := "client @3: cut\nserver: insert \"#;:\\n\"\nserver line 2: hole\n"
	if err != nil || p.String() != want {
		t.Errorf("%q, %v, want %q", p, err, want)
	}
	if got := p.Without(1).String(); got != "client @3: cut\nserver line 2: hole\n" || len(p.Rules) != 3 {
		t.Errorf("without the second: %q of %v", got, p.Rules)
	}
	text, err := p.MarshalText()
	var q Plan
	if err != nil || q.UnmarshalText(text) != nil || !reflect.DeepEqual(p, q) {
		t.Errorf("marshaled and back: %v", q)
	}
	if err := q.UnmarshalText([]byte("x")); err == nil || !reflect.DeepEqual(p, q) {
		t.Errorf("a bad text gives %v and leaves %v", err, q)
	}
}

func TestCheckRefusesWhatTheLanguageCannotSay(t *testing.T) {
	good := Fault{Kind: Cut}
	bad := []Rule{
		{}, {Side: Client}, {Side: 3, Fault: good},
		{Side: Client, When: When{Line: 1, Mark: "x"}, Fault: good},
		{Side: Client, When: When{At: -1}, Fault: good},
		{Side: Client, When: When{Nth: 2}, Fault: good},
		{Side: Client, When: When{Mark: "line"}, Fault: good},
		{Side: Client, When: When{Mark: "A"}, Fault: good},
		{Side: Client, Fault: Fault{Kind: Cut, N: 1}},
		{Side: Client, Fault: Fault{Kind: Stall}},
		{Side: Client, Fault: Fault{Kind: Delay, D: time.Second, DMax: time.Second}},
		{Side: Client, Fault: Fault{Kind: Join, D: -1}},
		{Side: Client, Fault: Fault{Kind: Chop}},
		{Side: Client, Fault: Fault{Kind: Drop, N: 1, Line: true}},
		{Side: Client, Fault: Fault{Kind: Duplicate}},
		{Side: Client, Fault: Fault{Kind: Insert}},
		{Side: Client, Fault: Fault{Kind: Flip}},
		{Side: Client, Fault: Fault{Kind: Hole, Data: []byte("x")}},
		{Side: Client, Fault: Fault{Kind: kindEnd}},
	}
	for _, r := range bad {
		p := Plan{Rules: []Rule{r}}
		if p.Check() == nil {
			t.Errorf("%+v passes", r)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("NewLink takes %+v", r)
				}
			}()
			NewLink(Options{Plan: p})
		}()
	}
}

func TestNamesAreNames(t *testing.T) {
	if len(Kinds()) != 15 || Kind(0).String() != "kind 0" || kindEnd.String() != "kind 16" {
		t.Errorf("kinds: %v", Kinds())
	}
	if Client.Other() != Server || Server.Other() != Client || Side(0).Other() != 0 || Side(7).String() != "side 7" {
		t.Error("sides")
	}
	if Struck.String() != "struck" || Op(0).String() != "op 0" {
		t.Error("ops")
	}
	if !Reset.Terminal() || Stall.Terminal() || !Truncate.Hostile() || !Flip.Hostile() || Cut.Hostile() {
		t.Error("kinds of kinds")
	}
}

func FuzzPlan(f *testing.F) {
	for _, e := range effects {
		for _, tr := range triggers {
			f.Add("server" + tr.when + ": " + e.what)
		}
	}
	f.Add("client @1: cut; # x\nserver: chop 1..2\n")
	f.Add(`client after "\xff\t" 3 @4: delay 1ns..1h2m3.004005006s`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePlan(text)
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Line < 1 || syntax.Col < 1 ||
				syntax.Line > 1+strings.Count(text, "\n") || syntax.Want == "" || syntax.Got == "" {
				t.Fatalf("%q: %#v", text, err)
			}
			return
		}
		if err := p.Check(); err != nil {
			t.Fatalf("%q parses to a plan that is none: %v", text, err)
		}
		canon := p.String()
		q, err := ParsePlan(canon)
		if err != nil || !reflect.DeepEqual(p, q) {
			t.Fatalf("%q prints as %q, which parses to %+v, %v, not %+v", text, canon, q, err, p)
		}
		if again := q.String(); again != canon {
			t.Fatalf("%q prints as %q", canon, again)
		}
		for _, r := range p.Rules {
			if s, err := ParseRule(r.String()); err != nil || !reflect.DeepEqual(s, r) {
				t.Fatalf("%q: %v, %v", r, s, err)
			}
			if g, err := ParseFault(r.Fault.String()); err != nil || !reflect.DeepEqual(g, r.Fault) {
				t.Fatalf("%q: %v, %v", r.Fault, g, err)
			}
		}
	})
}
