package faultnet

import (
	"errors"
	"math"
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
		{"client: stall", "client: stall"},
		{"client: noread ", "client: noread"},
		{"client: truncate 12", "client: truncate 12"},
		{"client: throttle 1000B/s", "client: throttle 1KB/s"},
		{"client: throttle 1500B/s", "client: throttle 1500B/s"},
		{"client: throttle 2000MB/s", "client: throttle 2GB/s"},
		{"client: drip 3 1000ms", "client: drip 3 1s"},
		{"client line 2: heal", "client line 2: heal"},
		{"client line 2: heal throttle", "client line 2: heal throttle"},
		{"client time 60s: quiet", "client time 1m: quiet"},
		{"server: refuse", "server: refuse"},
		{"server: slow-accept 3s", "server: slow-accept 3s"},
		{"client: slow-connect 3s", "client: slow-connect 3s"},
		{"client: slow-connect", "client: slow-connect"},
		{"server record 3@5: reset", "server record 3 @5: reset"},
		{"server write 3 @5: reset", "server write 3 @5: reset"},
		{"server read 3: reset", "server read 3: reset"},
		{"server chance 0.0010 seed 07: reset", "server chance 0.001 seed 7: reset"},
		{"server chance 1 seed 0 every 2: flip 1", ""},
		{"server chance 1 seed 0 every 2: flip 0x01", "server chance 1 seed 0 every 2: flip 0x01"},
		{"client every 10: stall 1s", "client every 10: stall 1s"},
		{"client @5 every 10 times 3: stall 1s", "client @5 every 10 times 3: stall 1s"},
		{`server after "x" 2 every 3 until line 9 @2: drop 1`, `server after "x" 2 every 3 until line 9 @2: drop 1`},
		{"server literal every 1: stall 1s", "server literal 1 every 1: stall 1s"},
		{"server time 2s every 500ms times 4: stall 1s", "server time 2s every 500ms times 4: stall 1s"},
		{"server @9 until time 1h: throttle 9KB/s", "server @9 until time 1h: throttle 9KB/s"},
	} {
		if row.want == "" {
			if r, err := ParseRule(row.in); err == nil {
				t.Errorf("%s parses to %s", row.in, r)
			}
			ran++
			continue
		}
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
	if ran != 52 {
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
		{"client 5: cut", `1:8: want a point (line, after, record, write, read, time, chance, a mark, @) or a colon, got "5"`},
		{`client after "": cut`, `1:14: want a pattern of one byte or more, got "\"\""`},
		{`client after x: cut`, `1:14: want a quoted string, got "x"`},
		{`client after "x: cut`, `1:21: want a closing quote, got the end`},
		{`client after "\y": cut`, `1:15: want one of \r \n \t \" \\ \xNN, got "\\y\""`},
		{`client after "\x0`, `1:15: want two hexadecimal digits, got "\\x0"`},
		{`client after "\x0g": cut`, `1:15: want two hexadecimal digits, got "\\x0g\""`},
		{"client: cutt", `1:9: want a fault, got "cutt"`},
		{"client: ", `1:9: want a fault, got the end`},
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
		{"client: stall 0s", `1:15: want a duration such as 1.5s, got "0s"`},
		{"client: throttle 0KB/s", `1:18: want a rate above 0 such as 64KB/s, got "0KB/s"`},
		{"client: throttle 9", `1:18: want a rate above 0 such as 64KB/s, got "9"`},
		{"client: throttle 9999999999999999GB/s", `1:18: want a rate above 0 such as 64KB/s, got "9999999999999999GB/s"`},
		{"client: drip 0 1s", `1:14: want a count of bytes, got "0"`},
		{"client: drip 1", `1:15: want a duration such as 1.5s, got the end`},
		{"client: heal cut", `1:14: want a fault that lasts, got "cut"`},
		{"client: truncate 0", `1:18: want a count of bytes, got "0"`},
		{"client record 0: cut", `1:15: want the number of a TLS record, got "0"`},
		{"client write x: cut", `1:14: want the number of a write, got "x"`},
		{"client read 0: cut", `1:13: want the number of a read, got "0"`},
		{"client time 0s: cut", `1:13: want a duration such as 1.5s, got "0s"`},
		{"client time 5s @3: cut", `1:16: want a colon, got "@3"`},
		{"client chance 0 seed 1: cut", `1:15: want a chance above 0 and up to 1, got "0"`},
		{"client chance 1.5 seed 1: cut", `1:15: want a chance above 0 and up to 1, got "1.5"`},
		{"client chance 0.5: cut", `1:18: want seed and a number, got ":"`},
		{"client chance 0.5 seed x: cut", `1:24: want the number of a seed, got "x"`},
		{"client @3 every 0: cut", `1:17: want a count, got "0"`},
		{"client every 3 times 1: cut", `1:22: want 2 times or more, got "1"`},
		{"client time 1s every 3: cut", `1:22: want a duration such as 1.5s, got "3"`},
		{"client @3 until: cut", `1:16: want a point behind the start, got ":"`},
		{"client until @0: cut", `1:14: want a point behind the start, got "@0"`},
		{"client @3: slow-connect 1s", `1:12: want a fault that has a point in a stream, got "slow-connect"`},
		{"client: refuse", `1:9: want a fault of the client, got "refuse"`},
		{"server: slow-accept", `1:20: want a duration such as 1.5s, got the end`},
		{"\n# a file\nfaultnet plan 2\nclient: cut", `3:15: want version 1, the only one that is known, got "2"`},
		{"faultnet 1", `1:10: want plan, got "1"`},
		{"faultnet plan 1 client: cut", `1:17: want the end of the line, got "client"`},
		{"client: cut\nfaultnet plan 1", `2:1: want client or server, got "faultnet"`},
		{"client: cut;server: what", `1:21: want a fault, got "what"`},
	} {
		_, err := ParsePlan(row.in)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || err.Error() != row.want {
			t.Errorf("%s:\n%v, want\n%s", row.in, err, row.want)
		}
		ran++
	}
	if ran != 55 {
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
	if string(text) != "faultnet plan 1\n"+want {
		t.Errorf("marshaled: %s", text)
	}
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
		{Side: Client, Fault: Fault{Kind: Stall, D: -1}},
		{Side: Client, Fault: Fault{Kind: Delay, D: time.Second, DMax: time.Second}},
		{Side: Client, Fault: Fault{Kind: Join, D: -1}},
		{Side: Client, Fault: Fault{Kind: Chop}},
		{Side: Client, Fault: Fault{Kind: Drop, N: 1, Line: true}},
		{Side: Client, Fault: Fault{Kind: Duplicate}},
		{Side: Client, Fault: Fault{Kind: Insert}},
		{Side: Client, Fault: Fault{Kind: Flip}},
		{Side: Client, Fault: Fault{Kind: Hole, Data: []byte("x")}},
		{Side: Client, Fault: Fault{Kind: kindEnd}},
		{Side: Client, Fault: Fault{Kind: Throttle}},
		{Side: Client, Fault: Fault{Kind: Drip, N: 1}},
		{Side: Client, Fault: Fault{Kind: Heal, Heals: Cut}},
		{Side: Client, Fault: Fault{Kind: Quiet, Heals: Stall}},
		{Side: Client, Fault: Fault{Kind: Truncate, N: -1}},
		{Side: Client, Fault: Fault{Kind: Refuse}},
		{Side: Server, Fault: Fault{Kind: Refuse}}, // a link has nobody who refuses
		{Side: Server, Fault: Fault{Kind: SlowAccept}},
		{Side: Client, Fault: Fault{Kind: SlowConnect, D: -1}},
		{Side: Client, When: When{At: 1}, Fault: Fault{Kind: SlowConnect}},
		{Side: Client, When: When{Time: 1, At: 1}, Fault: good},
		{Side: Client, When: When{Time: 1, Read: 1}, Fault: good},
		{Side: Client, When: When{Chance: 1.1}, Fault: good},
		{Side: Client, When: When{Chance: math.NaN()}, Fault: good},
		{Side: Client, When: When{Seed: 1}, Fault: good},
		{Side: Client, Until: When{Line: -1}, Fault: good},
		{Side: Client, Repeat: Repeat{Every: -1}, Fault: good},
		{Side: Client, Repeat: Repeat{Times: 2}, Fault: good},
		{Side: Client, Repeat: Repeat{Every: 1, Times: 1}, Fault: good},
		{Side: Client, Repeat: Repeat{Period: 1}, Fault: good},
		{Side: Client, When: When{Time: 1}, Repeat: Repeat{Every: 1}, Fault: good},
	}
	for _, r := range bad {
		p := Plan{Rules: []Rule{r}}
		if p.CheckFor(LinkForm) == nil {
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
	if len(Kinds()) != 22 || Kind(0).String() != "kind 0" || kindEnd.String() != "kind 23" {
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
	f.Add("\n\tfaultnet plan 1\nclient: cut")
	f.Add("client @1 every 9 times 3 until time 5s: throttle 5KB/s; server chance 0.25 seed 9 every 1: drip 3 1s")
	f.Add("server record 2 @5 until line 9: heal noread; server: refuse; client: slow-connect; server write 3 every 1: quiet")
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
