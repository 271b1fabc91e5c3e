package goimap

import (
	"slices"
	"strings"
	"testing"
)

func TestParseCall(t *testing.T) {
	tests := []struct {
		line string
		verb string
		args []string
	}{
		{"noop", "noop", nil},
		{"  NOOP \t", "noop", nil},
		{"fetch 1:* body[]", "fetch", []string{"1:*", "body[]"}},
		{`append INBOX "a\r\n\x00\"b" \Seen`, "append", []string{"INBOX", "a\r\n\x00\"b", `\Seen`}},
		{`list "" *`, "list", []string{"", "*"}},
		{"login `a` b", "login", []string{"`a`", "b"}},
		{`create "caf\u00e9"`, "create", []string{"café"}},
	}
	for _, test := range tests {
		c, err := parseCall(test.line)
		if err != nil || c.verb != test.verb || !slices.Equal(c.args, test.args) {
			t.Errorf("%q is %q %q, %v", test.line, c.verb, c.args, err)
		}
	}
	for _, line := range []string{"", "  ", `"`, `a "b`, `a "b"c`, `a b"c"`, `a "\q"`, strings.Repeat("a ", maxCallWords+1), strings.Repeat("a", maxCallBytes+1)} {
		if c, err := parseCall(line); err == nil {
			t.Errorf("%q is the call %q", abridged(line), c)
		}
	}
}

func TestExamplesAreCalls(t *testing.T) {
	calls := Calls()
	if len(calls) < 60 {
		t.Errorf("only %d examples", len(calls))
	}
	seen := make(map[string]bool)
	for _, line := range calls {
		j := newJob(line)
		if j.err != nil {
			t.Errorf("%s: %v", line, j.err)
			continue
		}
		seen[j.verb.name] = true
	}
	for _, v := range verbs() {
		if !seen[v.name] || v.do == nil || v.usage == "" {
			t.Errorf("verb %q has no example, usage or function", v.name)
		}
	}
}

func FuzzCall(f *testing.F) {
	for _, line := range Calls() {
		f.Add(line)
	}
	f.Add(`search not not or 1 2 uid $ header a "b"`)
	f.Fuzz(func(t *testing.T, line string) {
		c, err := parseCall(line)
		if err != nil {
			return
		}
		again, err := parseCall(c.String())
		if err != nil || again.verb != c.verb || !slices.Equal(again.args, c.args) {
			t.Errorf("%q is %q, which is %q, %v", line, c, again, err)
		}
		newJob(line)
		fetchOptions(c.args)
		searchKeys(c.args)
		searchReturn(c.args)
		for _, a := range c.args {
			if set, err := uidSet(a); err == nil && set.String() == "" {
				t.Errorf("the set %q is empty", a)
			}
			if set, err := seqSet(a); err == nil && set.String() == "" {
				t.Errorf("the set %q is empty", a)
			}
		}
	})
}

func TestSets(t *testing.T) {
	for in, want := range map[string]string{"1": "1", "1:3,7": "1:3,7", "*": "*", "5:*": "5:*", "*:5": "5:*", "3:1": "1:3", "4294967295": "4294967295"} {
		if set, err := seqSet(in); err != nil || set.String() != want {
			t.Errorf("seqSet(%q) = %v, %v", in, set, err)
		}
		if set, err := uidSet(in); err != nil || set.String() != want {
			t.Errorf("uidSet(%q) = %v, %v", in, set, err)
		}
	}
	for _, in := range []string{"", "0", "1:", ":1", "1,,2", "x", "-1", "4294967296", "1:2:3"} {
		if set, err := seqSet(in); err == nil {
			t.Errorf("seqSet(%q) = %v", in, set)
		}
	}
	if set, err := uidSet("$"); err != nil || set.String() != "$" {
		t.Errorf("uidSet($) = %v, %v", set, err)
	}
}

func TestFetchItemsOnTheWire(t *testing.T) {
	tests := map[string]string{
		"fetch 1 body":                                  "(BODY)",
		"fetch 1 bodystructure":                         "(BODYSTRUCTURE)",
		"fetch 1 body[]<0.10>":                          "(BODY[]<0.10>)",
		"fetch 1 body.peek[1.2.header]":                 "(BODY.PEEK[1.2.HEADER])",
		"fetch 1 body[1.mime] body[text]":               "(BODY[1.MIME] BODY[TEXT])",
		"fetch 1 body[header.fields(from,subject)]":     `(BODY[HEADER.FIELDS ("from" "subject")])`,
		"fetch 1 body[header.fields.not(from)]":         `(BODY[HEADER.FIELDS.NOT ("from")])`,
		"fetch 1 binary.peek[1]<5.6> binary.size[1]":    "(BINARY.PEEK[1]<5.6> BINARY.SIZE[1])",
		"fetch 1 uid changedsince:7":                    "(UID) (CHANGEDSINCE 7)",
		"search 1:3 not or seen unkeyword x uid 5":      "1:3 UID 5 NOT (OR (SEEN) (UNKEYWORD x))",
		"search on 1-Jan-2000 header X-Y z":             `ON "1-Jan-2000" HEADER "X-Y" "z"`,
		"search senton 2-Feb-2001 larger 1 smaller 9":   `SENTON "2-Feb-2001" LARGER 1 SMALLER 9`,
		"search from a to b cc c bcc d body e text f":   `FROM "a" TO "b" CC "c" BCC "d" BODY "e" TEXT "f"`,
		"search modseq 12 keyword k unflagged":          "KEYWORD k UNFLAGGED MODSEQ 12",
		"search since 1-Jan-2000 before 3-Jan-2000 all": `SINCE "1-Jan-2000" BEFORE "3-Jan-2000"`,
		"search sentsince 1-Jan-2000":                   `SENTSINCE "1-Jan-2000"`,
		"search sentbefore 1-Jan-2000":                  `SENTBEFORE "1-Jan-2000"`,
		`store 1 -flags.silent \Seen x`:                 `-FLAGS.SILENT (\Seen x)`,
	}
	for call, want := range tests {
		t.Run(call, func(t *testing.T) {
			scripted(t, func(r *rig, s *script) {
				loggedIn(r, s)
				r.ask(call)
				if heard := s.heard.String(); !strings.HasSuffix(heard, " "+want+"\r\n") {
					t.Errorf("the client sent %q, want %q", heard, want)
				}
				s.say("T2 OK done\r\n")
				if c := r.claim(call); c.Err != nil {
					t.Error(c.Err)
				}
				r.end()
			})
		})
	}
}

func TestItemsThatAreNone(t *testing.T) {
	for _, w := range []string{"body[", "body]", "body[]x", "body[]<1>", "body[]<1.2", "body[]<-1.2>", "body[99999999999]", "body[header.fields]",
		"body[header.fields()]", "body[header(from)]", "body[nonsense]", "binary[header]", "binary.size.peek[1]", "binary.size[1]<1.2>", "x[]", "changedsince:x"} {
		if o, err := fetchOptions([]string{w}); err == nil {
			t.Errorf("%s is %+v", w, o)
		}
	}
	for _, keys := range []string{"or seen", "not", "header a", "since yesterday", "larger x", "uid x", strings.Repeat("not ", 100) + "seen"} {
		if c, err := searchKeys(strings.Fields(keys)); err == nil {
			t.Errorf("%s is %+v", keys, c)
		}
	}
	if _, _, err := searchReturn([]string{"return:nonsense"}); err == nil {
		t.Error("return:nonsense is taken")
	}
}
