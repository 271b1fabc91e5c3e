package corpus

import (
	"strings"
	"testing"
)

func TestParseLenient(t *testing.T) {
	tests := []struct {
		name, text, canonical string
		repairs               []string
	}{
		{"what is right is left alone", everything, everything, nil},
		{"nothing at all", "", h + "C:\n", []string{
			`line 1: no "imapfuzz case 1" in line one`,
			"line 1: no target: taken for a server",
			"line 1: no step: an empty line is sent"}},
		{"no line one", "target: client\nS: * OK", v + "target: client\n\nS: * OK\n", []string{
			`line 1: no "imapfuzz case 1" in line one`}},
		{"a line one that is nearly right", "imapfuzz case 1 x\ntarget: server\nC: x", h + "C: x\n", []string{
			`line 1: took line one for "imapfuzz case 1"`}},
		{"a protocol exchange without any form", "a NOOP\r\nb \x00\r\n", h + "C: a NOOP\nC= \"b \\x00\\r\\n\"\n", []string{
			`line 1: no "imapfuzz case 1" in line one`,
			`line 1: 1:1: want "target:", "peer:", "rules:", "plan:" or a step, got "a NOOP": sent as it stands`,
			`line 2: 2:1: want "target:", "peer:", "rules:", "plan:" or a step, got "b \x00": sent as it stands`,
			"line 2: no target: taken for a server"}},
		{"a line that is no step is sent by the harness", v + "* OK\ntarget: client\nC: x", v + "target: client\n\nS: * OK\nC: x\n", []string{
			`line 2: 2:1: want a step ("C:", "S:", "T:", "D:", "TLS:", "RESTART:" or "!"), got "* OK": sent as it stands`,
			"line 3: a header line behind a step: taken as if it stood before"}},
		{"header lines that cannot be read are left out", v + "target: serve\nrules: é\nplan: client: cat\nplan 99: client: cut\ntarget: server\nC: x",
			h + "C: x\n", []string{
				`line 2: 2:9: want "server" or "client", got "serve": left out`,
				`line 3: 3:8: want a rule id in visible ASCII, got "\u00e9": left out`,
				`line 4: 4:15: want a fault, got "cat": left out`,
				`line 5: 5:6: want the number of a connection (1 to 64), got "99": left out`}},
		{"an honest peer of a server is left out", v + "peer: honest\nC: x", h + "C: x\n", []string{
			"line 3: no target: taken for a server",
			"line 2: an honest peer in a server case: left out"}},
		{"faults and times that cannot be read are left out", h + "C: x\n  ! client: cu\n! nobody: cut\nT: soon\nT2: 1s\n  ?\n",
			h + "C: x\n", []string{
				`line 5: 5:13: want a fault, got "cu": left out`,
				`line 6: 6:3: want client or server, got "nobody": left out`,
				`line 7: 7:4: want a duration such as "31m" or "1.5s", got "soon": left out`,
				`line 8: 8:2: want ":", got "2: 1s": left out`,
				`line 9: 9:1: want a line without indent, or an indented "!", "+" or "#", got "  ?": left out`}},
		{"an expression ends where it goes wrong, and may go on", h + "C= \"ab\\q\"\n  + \"cd\n  + \"e\" f\nC= \"x\"*0\n",
			h + "C= \"abcde\"\nC= \"x\"\n", []string{
				`line 4: 4:7: want an escape (\r \n \t \\ \" \xNN), got "\\q\"": the data ends there`,
				`line 5: 5:8: want a closing ", got end of line: the data ends there`,
				`line 6: 6:9: want "+" or the end of the line, got "f": the data ends there`,
				`line 7: 7:8: want a count from 1 up, got "0": the data ends there`}},
		{"bytes that one cannot see are taken", h + "C: a\tb\xff\nC= \"a\tb\xff\"\n",
			h + "C= \"a\\tb\\xff\\r\\n\"\nC= \"a\\tb\\xff\"\n", []string{
				"line 4: bytes that are not printable: taken as they stand",
				"line 5: bytes that are not printable: taken as they stand"}},
		{"a restart of a client is left out", v + "RESTART:\nC: x\n* OK\nRESTART:\ntarget: client\n", v + "target: client\n\nC: x\nS: * OK\n", []string{
			`line 4: 4:1: want a step ("C:", "S:", "T:", "D:", "TLS:", "RESTART:" or "!"), got "* OK": sent as it stands`,
			"line 6: a header line behind a step: taken as if it stood before",
			"line 6: a restart in a client case: left out",
			"line 6: a restart in a client case: left out"}},
		{"a restart that cannot be read is left out", h + "C: x\nRESTART\n", h + "C: x\n", []string{
			`line 5: 5:8: want ":", got end of line: left out`}},
		{"a plan behind the first step is taken", h + "C: x\nplan: client: cut\n", v + "target: server\nplan: client: cut\n\nC: x\n", []string{
			"line 5: a header line behind a step: taken as if it stood before"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, repairs, err := ParseLenient([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if got := string(Format(c)); got != tt.canonical {
				t.Errorf("got\n%s\nwant\n%s", got, tt.canonical)
			}
			var got []string
			for _, r := range repairs {
				got = append(got, r.String())
			}
			if g, w := strings.Join(got, "\n"), strings.Join(tt.repairs, "\n"); g != w {
				t.Errorf("repairs: got\n%s\nwant\n%s", g, w)
			}
			checkRoundTrip(t, c)
		})
	}
}

func FuzzParseLenient(f *testing.F) {
	f.Add([]byte(everything))
	f.Add([]byte(everything[len(everything)/3:]))
	f.Add([]byte("a LOGIN x y\r\nb APPEND INBOX {3}\r\n\x00\x01\x02\r\n"))
	f.Add([]byte("imapfuzz case 1\npeer: honest\nC= \"x\"*99 + \"\n  + \"y\n  ! client: cut\n!\nT: x\nTLS: y\nC9999: z\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, repairs, err := ParseLenient(text)
		if err != nil {
			if _, ok := err.(*VersionError); !ok {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		for _, r := range repairs {
			if r.What == "" {
				t.Fatalf("an empty repair in line %d", r.Line)
			}
		}
		if isHuge(c) {
			return
		}
		checkRoundTrip(t, c)
		if _, err := Parse("", text); err == nil && len(repairs) > 0 {
			t.Fatalf("strict reading accepts what was repaired: %v", repairs)
		}
		if _, err := Parse("", text); err != nil && len(repairs) == 0 {
			t.Fatalf("no repair is told of: %v", err)
		}
	})
}
