package imapwire

import (
	"fmt"
	"strings"
	"testing"
)

// transcript is what a server sends to a client that opens a mailbox of messages
// and fetches it all: flags and sizes, envelopes, body structures, and, with a
// body of that many octets, the messages themselves.
func transcript(messages, body int) []byte {
	var b strings.Builder
	text := strings.Repeat("The quick brown fox jumps over the lazy dog, again and again and again.\r\n", body/73+1)[:body]
	for n := 1; n <= messages; n++ {
		fmt.Fprintf(&b, "* %d FETCH (FLAGS (\\Seen $Forwarded) UID %d RFC822.SIZE %d INTERNALDATE \"17-Jul-2024 02:44:%02d +0200\" MODSEQ (%d))\r\n", n, 4000+n, 9000+7*n, n%60, 1<<40+n)
		fmt.Fprintf(&b, "* %d FETCH (UID %d ENVELOPE (\"Wed, 17 Jul 2024 02:23:25 -0700 (PDT)\" \"Re: [imap] weekly summary %d of the working group, and notes\" "+
			"((\"Terry Gray\" NIL \"gray\" \"cac.washington.example\")) ((\"Terry Gray\" NIL \"gray\" \"cac.washington.example\")) ((\"Terry Gray\" NIL \"gray\" \"cac.washington.example\")) "+
			"((NIL NIL \"imap\" \"cac.washington.example\")(\"John \\\"J\\\" Klensin\" NIL \"klensin\" \"mit.example\")) ((NIL NIL \"minutes\" \"cnri.reston.example\")) NIL "+
			"\"<B27397-0100000.%d@cac.washington.example>\" \"<B27398-0100000.%d@cac.washington.example>\"))\r\n", n, 4000+n, n, n, n)
		fmt.Fprintf(&b, "* %d FETCH (UID %d BODYSTRUCTURE (((\"TEXT\" \"PLAIN\" (\"CHARSET\" \"utf-8\" \"FORMAT\" \"flowed\") NIL NIL \"QUOTED-PRINTABLE\" %d 92 NIL NIL NIL NIL)"+
			"(\"TEXT\" \"HTML\" (\"CHARSET\" \"utf-8\") NIL NIL \"BASE64\" 41028 540 NIL NIL NIL NIL) \"ALTERNATIVE\" (\"BOUNDARY\" \"----=_NextPart_000_0012_01DAD8\") NIL NIL NIL)"+
			"(\"APPLICATION\" \"PDF\" (\"NAME\" \"minutes of the meeting.pdf\") \"<part2@cac.washington.example>\" \"Minutes\" \"BASE64\" 184512 NIL (\"attachment\" (\"FILENAME\" \"minutes of the meeting.pdf\")) NIL NIL) \"MIXED\" (\"BOUNDARY\" \"----=_NextPart_000_0011\") NIL NIL NIL))\r\n", n, 4000+n, 3000+n)
		if body > 0 {
			fmt.Fprintf(&b, "* %d FETCH (UID %d BODY[] {%d}\r\n%s)\r\n", n, 4000+n, len(text), text)
		}
	}
	b.WriteString("a17 OK FETCH completed\r\n")
	return []byte(b.String())
}

// read takes a server's stream as a client's reader does: it cuts units, parses
// them, and looks at every item of every FETCH.
func read(stream []byte, p Profile) (units, items int, err error) {
	var f Framer
	count := func(string, []byte, int64, []byte) { items++ }
	for len(stream) > 0 {
		n, ok := f.Next(stream)
		if !ok {
			return units, items, fmt.Errorf("%d octets are left", len(stream))
		}
		r, e := ParseResponse(stream[:n], p)
		if e != nil {
			return units, items, e
		}
		if r.Name == "FETCH" {
			if e := EachFetchItem(r, count); e != nil {
				return units, items, e
			}
		}
		units, stream = units+1, stream[n:]
	}
	return units, items, nil
}

func BenchmarkTranscript(b *testing.B) {
	for _, tt := range []struct {
		name string
		body int
	}{{"fetch with bodies of 8 KiB", 8 << 10}, {"fetch without literals", 0}} {
		b.Run(tt.name, func(b *testing.B) {
			stream := transcript(100, tt.body)
			b.SetBytes(int64(len(stream)))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := read(stream, Any); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestReadingATranscriptDoesNotAllocate(t *testing.T) {
	stream := transcript(10, 1000)
	for _, p := range []Profile{Any, Rev1, Rev2} {
		units, items, err := read(stream, p)
		if err != nil || units != 41 || items != 110 {
			t.Fatalf("%v: %d units, %d items, %v", p, units, items, err)
		}
		if n := testing.AllocsPerRun(5, func() { _, _, _ = read(stream, p) }); n > 2 { // the closure and its count
			t.Errorf("%v: %v allocations for %d units", p, n, units)
		}
	}
}
