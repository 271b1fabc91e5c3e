package corpus

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
)

// stepText returns the canonical text of a step of a client with this data,
// without the last line end.
func stepText(data string) string {
	s := Step{Conn: 1, Side: faultnet.Client, Data: []byte(data)}
	return strings.TrimSuffix(string(s.Append(nil)), "\n")
}

func TestFormat(t *testing.T) {
	t.Run("every construct has its canonical text", func(t *testing.T) {
		if got := string(Format(everythingCase(t))); got != everything {
			t.Errorf("got\n%s\nwant\n%s", got, everything)
		}
	})
	t.Run("Append keeps what is there", func(t *testing.T) {
		got := everythingCase(t).Append([]byte("before\n"))
		if string(got) != "before\n"+everything {
			t.Errorf("got %s", got)
		}
	})
	t.Run("a case that is not valid is printed without a panic", func(t *testing.T) {
		c := &Case{Target: 7, Honest: true, Note: []string{"a\nb\r", "\n"}, Rules: []string{"", "# x"},
			Plan:  []PlanRule{{-1, faultnet.Rule{}}},
			Steps: []Step{{}, {Op: Time, D: -1}, {Op: Strike}, {Op: Do}, {Op: 99}, {Op: StartTLS, Conn: -5}}}
		if c.Valid() == nil {
			t.Error("valid")
		}
		if text := Format(c); !bytes.Contains(text, []byte("\n# a\n# b\n#\n#\n")) {
			t.Errorf("got\n%s", text)
		}
	})
	t.Run("any case of random bytes comes back", func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 2))
		for range 2000 {
			buf := make([]byte, rng.IntN(400))
			for i := range buf {
				buf[i] = byte(rng.Uint32())
				if rng.IntN(4) > 0 && i > 0 {
					buf[i] = buf[max(0, i-1-rng.IntN(9))] // runs
				}
			}
			checkRoundTrip(t, decode(buf))
		}
	})
}

// TestDataText pins which of the two forms data takes, and how.
func TestDataText(t *testing.T) {
	x := func(n int) string { return strings.Repeat("x", n) }
	tests := []struct{ name, data, want string }{
		{"a line", "a NOOP\r\n", `C: a NOOP`},
		{"an empty line", "\r\n", `C:`},
		{"a line with quotes, backslashes and a hash", "a \"b\" \\ # c\r\n", `C: a "b" \ # c`},
		{"a line of UTF-8", "größe 日本 🙂\r\n", `C: größe 日本 🙂`},
		{"nothing", "", `C= ""`},
		{"no line end", "a", `C= "a"`},
		{"LF alone", "a\n", `C= "a\n"`},
		{"CR alone", "a\r", `C= "a\r"`},
		{"CR before CRLF", "a\r\r\n", `C= "a\r\r\n"`},
		{"blank in front", " a\r\n", `C= " a\r\n"`},
		{"blank at the end", "a \r\n", `C= "a \r\n"`},
		{"a tab", "a\tb\r\n", `C= "a\tb\r\n"`},
		{"a control", "a\x00\x7f\r\n", `C= "a\x00\x7f\r\n"`},
		{"bytes that are no UTF-8", "\xff\xc3\xe2\x82\r\n", `C= "\xff\xc3\xe2\x82\r\n"`},
		{"runes that one does not see", "\u00a0\u200b\u202e\ufeff\ufffd\r\n",
			`C= "\xc2\xa0\xe2\x80\x8b\xe2\x80\xae\xef\xbb\xbf\xef\xbf\xbd\r\n"`},
		{"two lines", "a\r\nb\r\n", "C= \"a\\r\\n\"\n  + \"b\\r\\n\""},
		{"two lines and a rest", "a\r\n\r\nb", "C= \"a\\r\\n\"\n  + \"\\r\\n\"\n  + \"b\""},
		{"63 times a byte", x(63), `C= "` + x(63) + `"`},
		{"64 times a byte", x(64), `C= "x"*64`},
		{"a run amid text", "ab" + x(100) + "cd", `C= "ab" + "x"*100 + "cd"`},
		{"a run before the line end", x(100) + "\x01\r\n", `C= "x"*100 + "\x01\r\n"`},
		{"two runs", x(70) + strings.Repeat("y", 70), `C= "x"*70 + "y"*70`},
		{"a run of three bytes with a rest", strings.Repeat("abc", 30) + "ab", `C= "abc"*30 + "ab"`},
		{"a run of eight bytes", strings.Repeat("abcdefgh", 8), `C= "abcdefgh"*8`},
		{"a run of nine bytes is none", strings.Repeat("abcdefghi", 8), `C= "` + strings.Repeat("abcdefghi", 8) + `"`},
		{"the shortest unit", strings.Repeat("abab", 30), `C= "ab"*60`},
		{"NULs", strings.Repeat("\x00", 1<<20), `C= "\x00"*1048576`},
		{"lines that repeat", "\r\n" + strings.Repeat("x\r\n", 100) + "y", "C= \"\\r\\n\"\n  + \"x\\r\\n\"*100\n  + \"y\""},
		{"a short line of one byte stays a line", x(512) + "\r\n", `C: ` + x(512)},
		{"a long line of one byte is folded", "a " + x(511) + "\r\n", `C= "a " + "x"*511 + "\r\n"`},
		{"a long line without a run stays a line", strings.Repeat("123456789", 100) + "\r\n", `C: ` + strings.Repeat("123456789", 100)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := stepText(tt.data); got != tt.want {
				t.Errorf("got  %.200s\nwant %.200s", got, tt.want)
			}
			checkRoundTrip(t, &Case{Steps: []Step{{Conn: 1, Side: faultnet.Client, Data: []byte(tt.data)}}})
		})
	}
}

func TestRunsAreFound(t *testing.T) {
	t.Run("wherever they start and whatever their period", func(t *testing.T) {
		found := 0
		for period := 1; period <= maxPeriod; period++ {
			for before := range 100 {
				// Text without a run, then a run of 72 bytes.
				d := make([]byte, 0, 300)
				for i := range before {
					d = append(d, byte(i*i+7*i))
				}
				unit := []byte("ABCDEFGH")[:period]
				start := len(d)
				for i := range 72 {
					d = append(d, unit[i%period])
				}
				d = append(d, 0xee)
				r, ok := nextRun(d, 0)
				if !ok || r.unit != period || r.start > start || r.end != len(d)-1 {
					t.Fatalf("period %d behind %d bytes: got %+v, %v", period, before, r, ok)
				}
				found++
			}
		}
		if found != 800 {
			t.Errorf("%d runs", found)
		}
	})
	t.Run("in time that grows with the data only", func(t *testing.T) {
		// Almost-runs: each is one byte too short to be folded.
		d := bytes.Repeat(append(bytes.Repeat([]byte("x"), minRun-1), 'y'), 1<<14)
		if r, ok := nextRun(d, 0); ok {
			t.Errorf("got %+v", r)
		}
	})
}

func TestDurationText(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 1: "1ns", time.Microsecond: "1µs", time.Second: "1s", 10 * time.Second: "10s", time.Minute: "1m", 29 * time.Minute: "29m",
		10 * time.Minute: "10m", time.Hour: "1h", 10 * time.Hour: "10h", time.Hour + time.Second: "1h0m1s", 61 * time.Minute: "1h1m",
		90 * time.Second: "1m30s", 1<<63 - 1: "2562047h47m16.854775807s",
	} {
		if got := string(appendDuration(nil, d)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		checkRoundTrip(t, &Case{Steps: []Step{{Op: Time, D: d}}})
	}
}

func TestIsPrintable(t *testing.T) {
	for _, r := range "az09 ~!é¡ÿ日本語🙂€“”–†ﬁ￠𠀀" {
		if !IsPrintable(r) {
			t.Errorf("%U is not", r)
		}
	}
	for _, r := range []rune{-1, 0, '\t', '\n', 0x1f, 0x7f, 0x80, 0x9f, 0xa0, 0xad, 0x61c, 0x1680, 0x2000, 0x200b, 0x200e, 0x2028, 0x202e, 0x202f,
		0x205f, 0x2066, 0x3000, 0xd800, 0xdfff, 0xe000, 0xfdd0, 0xfeff, 0xfffd, 0xffff, 0x1fffe, 0x1ffff, 0x2ffff, 0x40000, 0xe0001, 0x10ffff} {
		if IsPrintable(r) {
			t.Errorf("%U is", r)
		}
	}
}

// decode makes a valid case of any bytes: for tests of the printer.
func decode(b []byte) *Case {
	next := func() byte {
		if len(b) == 0 {
			return 0
		}
		x := b[0]
		b = b[1:]
		return x
	}
	take := func() []byte {
		n := min(int(next()), len(b))
		x := b[:n]
		b = b[n:]
		return x
	}
	fault := func(here bool) faultnet.Rule {
		r := faultnet.Rule{Side: faultnet.Client + faultnet.Side(next()%2)}
		switch next() % 4 {
		case 0:
			r.Fault = faultnet.Fault{Kind: faultnet.Cut}
		case 1:
			r.Fault = faultnet.Fault{Kind: faultnet.Stall, D: time.Duration(next()) + 1}
		case 2:
			r.Fault = faultnet.Fault{Kind: faultnet.Insert, Data: append(take(), '#')}
		case 3:
			r.Fault = faultnet.Fault{Kind: faultnet.Flip, Mask: next() | 1}
		}
		if !here {
			r.When = faultnet.When{At: int64(next()), After: string(take())}
		}
		return r
	}
	note := func() []string {
		if next()%4 > 0 {
			return nil
		}
		return []string{trimNote(strings.ReplaceAll(string(take()), "\n", ""))}
	}
	c := &Case{Note: note(), Target: Target(next() % 2)}
	c.Honest = c.Target == Client && next()%2 == 0
	for range next() % 3 {
		c.Rules = append(c.Rules, "R-"+string('A'+next()%26))
		c.Plan = append(c.Plan, PlanRule{int(next()%MaxConns) + 1, fault(false)})
	}
	for len(c.Steps) == 0 || len(b) > 0 {
		s := Step{Op: Op(next() % 6), Conn: int(next()%MaxConns) + 1, Note: note()}
		switch s.Op {
		case Bytes, Do:
			if s.Op == Bytes {
				s.Side = faultnet.Client + faultnet.Side(next()%2)
			}
			s.Data = take()
			if next()%2 == 0 {
				s.Data = append(bytes.Clone(s.Data), crlf...)
			}
			for range next() % 3 {
				s.Faults = append(s.Faults, fault(false))
			}
		case Time:
			s.Conn, s.D = 0, time.Duration(next())<<(next()%48)
		case Strike:
			s.Fault = fault(true)
		case Restart:
			if s.Conn = 0; c.Target == Client {
				s.Op = Time
			}
		}
		c.Steps = append(c.Steps, s)
	}
	return c.Clone()
}

func FuzzFormat(f *testing.F) {
	f.Add([]byte("\x04\x02ab\x01\x01"))
	f.Add([]byte(strings.Repeat("x", 300)))
	f.Add(Format(&Case{}))
	f.Fuzz(func(t *testing.T, b []byte) { checkRoundTrip(t, decode(bytes.Clone(b))) })
}

// FuzzData checks that every byte sequence can be written.
func FuzzData(f *testing.F) {
	for _, s := range []string{"", "\r\n", "a NOOP\r\n", strings.Repeat("ab\r\n", 40), "\xff\x00", "é" + strings.Repeat("é", 99)} {
		f.Add([]byte(s), []byte(s))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		checkRoundTrip(t, &Case{Steps: []Step{
			{Conn: 1, Side: faultnet.Client, Data: a},
			{Conn: 2, Side: faultnet.Server, Data: append(bytes.Repeat(a, 9), b...)},
			{Op: Do, Conn: 1, Data: b},
		}})
	})
}

func tenSteps(t testing.TB) *Case {
	c, err := Parse("", []byte(`imapfuzz case 1
# Ten steps.
target: server
rules: R-AT-1

C: a1 LOGIN test test
S: a1 OK
C: a2 SELECT INBOX
S: a2 OK
C: a3 APPEND INBOX {310}
S: +
C= "From: a@example.com\r\n"
  + "\r\n"
  + "A mail of two lines,\r\n"
  + "as mails go.\r\n"
  + "x"*240
  ! client @54: stall 29m
S: a3 OK
T: 31m
C: a4 LOGOUT
`))
	if err != nil || len(c.Steps) != 10 {
		t.Fatalf("%v", err)
	}
	return c
}

func BenchmarkAppend(b *testing.B) {
	c := tenSteps(b)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = c.Append(buf[:0])
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkParse(b *testing.B) {
	text := Format(tenSteps(b))
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := Parse("", text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkClone(b *testing.B) {
	c := tenSteps(b)
	b.ReportAllocs()
	for b.Loop() {
		c.Clone()
	}
}
