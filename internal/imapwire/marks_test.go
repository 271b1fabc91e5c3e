package imapwire

import (
	"fmt"
	"strings"
	"testing"
)

// scanAll returns the marks of a stream shown in pieces of n octets.
func scanAll(server bool, stream string, n int) []string {
	var m Marks
	var out []string
	for at := 0; at < len(stream); at += n {
		p := stream[at:min(at+n, len(stream))]
		m.Scan(server, []byte(p), func(name string, off int) {
			if off < 0 || off >= len(p) {
				panic(fmt.Sprintf("mark %s at %d of %d octets", name, off, len(p)))
			}
			out = append(out, fmt.Sprintf("%s@%d", name, at+off))
		})
	}
	return out
}

func TestMarks(t *testing.T) {
	for _, tt := range []struct {
		name, stream, want string
		server             bool
	}{
		{"a greeting and a completion", "* OK hi\r\na1 OK done {3}\r\n", "greeting@0 line@0 untagged@0 cr-lf@8 line@9 tagged@9 completion@12 cr-lf@24", true},
		{"a fetch with a literal", "* OK\r\n* 1 FETCH (X {2}\r\nab Y)\r\n",
			"greeting@0 line@0 untagged@0 cr-lf@5 line@6 untagged@6 fetch@15 literal-header@19 cr-lf@23 literal@24 literal-end@26 line@26 cr-lf@30", true},
		{"an empty literal", "* LIST () NIL {0}\r\n\r\n", "greeting@0 line@0 untagged@0 literal-header@14 cr-lf@18 literal-end@19 line@19 cr-lf@20", true},
		{"a continuation whose text looks like a literal", "+ x {9}\r\n* 2 EXPUNGE\r\n", "greeting@0 line@0 continuation@0 cr-lf@8 line@9 untagged@9 cr-lf@21", true},
		{"a literal in a response code", "a NO [BADCHARSET ({1}\r\nx)] {1}\r\n* SEARCH\r\n",
			"greeting@0 line@0 tagged@0 completion@2 literal-header@18 cr-lf@22 literal@23 literal-end@24 line@24 cr-lf@31 line@32 untagged@32 cr-lf@41", true},
		{"a quoted brace", "* LIST () \"{\\\"\" a\r\n", "greeting@0 line@0 untagged@0 cr-lf@18", true},
		{"a command with a literal", "a1 LOGIN {1+}\r\nx {2}\r\nyy\r\nb NOOP\r\n",
			"command@0 tag-end@2 literal-header@9 cr-lf@14 literal@15 literal-end@16 literal-header@17 cr-lf@21 literal@22 literal-end@24 cr-lf@25 command@26 tag-end@27 cr-lf@33", false},
		{"idle and done", "a IDLE\r\nDONE\r\nDx NOOP\r\n", "command@0 tag-end@1 cr-lf@7 done@8 cr-lf@13 command@14 tag-end@16 cr-lf@22", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for n := 1; n <= len(tt.stream); n++ {
				if got := strings.Join(scanAll(tt.server, tt.stream, n), " "); got != tt.want {
					t.Fatalf("in pieces of %d:\n got %s\nwant %s", n, got, tt.want)
				}
			}
		})
	}
}

// FuzzMarks checks that marks do not depend on the pieces, and that literals are
// found where the framer finds them.
func FuzzMarks(f *testing.F) {
	f.Add(true, []byte("* OK [X {2}\r\nab] {3}\r\n+ \r\n"), 3)
	f.Add(false, []byte("a APPEND x {4}\r\n\r\n{1\r\nb IDLE\r\nDONE\r\n"), 2)
	for _, l := range validResponses {
		line, _ := profilesOf(l)
		f.Add(true, []byte(line+"\r\n"), 5)
	}
	f.Fuzz(func(t *testing.T, server bool, b []byte, n int) {
		if len(b) > 1<<12 {
			return
		}
		whole := scanAll(server, string(b), len(b)+1)
		if n = n&15 + 1; strings.Join(whole, " ") != strings.Join(scanAll(server, string(b), n), " ") {
			t.Errorf("marks of %q depend on the pieces", b)
		}
		var starts, marked int
		fr := Framer{Client: !server}
		for rest := b; len(rest) > 0; starts++ {
			k, ok := fr.Next(rest)
			if !ok {
				starts++
				break
			}
			rest = rest[k:]
		}
		for _, m := range whole {
			switch name, _, _ := strings.Cut(m, "@"); name {
			case "command", "done", "untagged", "tagged", "continuation":
				marked++
			}
		}
		if starts != marked {
			t.Errorf("%q: %d units, %d marks at their starts: %v", b, starts, marked, whole)
		}
	})
}
