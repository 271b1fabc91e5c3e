package imapwire

import (
	"strings"
	"testing"
)

// benchLines are what a session has most of.
var benchLines = []struct{ name, line string }{
	{"tagged", "a0001 OK [READ-WRITE] SELECT completed\r\n"},
	{"exists", "* 172 EXISTS\r\n"},
	{"flags", "* 12 FETCH (UID 4392 FLAGS (\\Seen \\Answered $Junk))\r\n"},
	{"list", "* LIST (\\HasNoChildren \\Sent) \"/\" \"Sent Messages\"\r\n"},
	{"literal", "* 2 FETCH (BODY[] {1024}\r\n" + strings.Repeat("0123456789abcde\n", 64) + " UID 3)\r\n"},
	{"envelope", "* 12 FETCH (ENVELOPE (\"Wed, 17 Jul 1996\" \"subj\" ((\"T G\" NIL \"gray\" \"cac\")(NIL NIL \"a\" \"b\")) NIL NIL NIL NIL NIL NIL \"<B2>\"))\r\n"},
}

// bench parses a line again and again.
func (g grammar) bench(b *testing.B, name, line string) {
	b.Run(name, func(b *testing.B) {
		unit := []byte(line)
		b.SetBytes(int64(len(unit)))
		b.ReportAllocs()
		for b.Loop() {
			if err := g.parse(unit, Any); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkParseResponse(b *testing.B) {
	for _, l := range benchLines {
		responseGrammar.bench(b, l.name, l.line)
	}
}

func BenchmarkParseCommand(b *testing.B) {
	for _, line := range []string{"a1 NOOP", "a1 LOGIN test test", "a1 UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (DATE FROM)])", "a1 SEARCH OR UNSEEN SINCE 1-Feb-1994 NOT FROM \"Smith\""} {
		commandGrammar.bench(b, line[3:7], line+"\r\n")
	}
}

func BenchmarkFramer(b *testing.B) {
	var stream []byte
	for _, l := range benchLines {
		stream = append(stream, l.line...)
	}
	b.SetBytes(int64(len(stream)))
	b.ReportAllocs()
	for b.Loop() {
		var f Framer
		for rest := stream; len(rest) > 0; {
			n, ok := f.Next(rest)
			if !ok {
				b.Fatal("incomplete")
			}
			rest = rest[n:]
		}
	}
}

func BenchmarkMarks(b *testing.B) {
	var stream []byte
	for _, l := range benchLines {
		stream = append(stream, l.line...)
	}
	b.SetBytes(int64(len(stream)))
	b.ReportAllocs()
	count := 0
	for b.Loop() {
		var m Marks
		m.Scan(true, stream, func(string, int) { count++ })
	}
	if count == 0 {
		b.Fatal("no marks")
	}
}

func TestValidUnitsDoNotAllocate(t *testing.T) {
	ran := 0
	for _, l := range validResponses {
		line, ps := profilesOf(l)
		if strings.Contains(line, "X-NEW") {
			continue // a name that is not known is a string of its own
		}
		unit := []byte(line + "\r\n")
		if n := testing.AllocsPerRun(10, func() { _, _ = ParseResponse(unit, ps[0]) }); n > 0 {
			t.Errorf("%q: %v allocations", line, n)
		}
		ran++
	}
	for _, l := range validCommands {
		line, ps := profilesOf(l)
		if strings.Contains(line, "XANY") {
			continue
		}
		unit := []byte(line + "\r\n")
		if n := testing.AllocsPerRun(10, func() { _, _ = ParseCommand(unit, ps[0]) }); n > 0 {
			t.Errorf("%q: %v allocations", line, n)
		}
		ran++
	}
	if ran < 100 {
		t.Fatalf("only %d units were measured", ran)
	}
}
