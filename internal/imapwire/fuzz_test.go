package imapwire

import (
	"bytes"
	"testing"
)

// checkError checks what every error promises.
func checkError(t *testing.T, unit []byte, err *Error) {
	t.Helper()
	if err == nil {
		return
	}
	if err.Pos < 0 || err.Pos > len(unit) || err.Production == "" || err.Want == "" || err.Got == "" {
		t.Errorf("%q: bad error %+v", unit, *err)
	}
}

// any checks that errors are whole; that what one revision accepts, Any accepts;
// and that what is accepted is one unit. It returns what Any says.
func (g grammar) any(t *testing.T, b []byte) *Error {
	t.Helper()
	err := g.parse(b, Any)
	checkError(t, b, err)
	for _, p := range []Profile{Rev1, Rev2} {
		e := g.parse(b, p)
		checkError(t, b, e)
		if e == nil && err != nil {
			t.Errorf("%q: %v accepts it, any does not: %v", b, p, err)
		}
	}
	if err == nil {
		if n, ok := g.unit(b); !ok || n != len(b) {
			t.Errorf("%q is accepted but framed as %d octets (%t)", b, n, ok)
		}
	}
	return err
}

// addLines adds the lines of the tables.
func addLines(f *testing.F, valid []string, wrongs []wrong) {
	for _, l := range valid {
		line, _ := profilesOf(l)
		f.Add([]byte(line + "\r\n"))
	}
	for _, w := range wrongs {
		f.Add(unitOf(w.line))
	}
}

// FuzzParseResponse checks that parsing never panics, what [grammar.any] does, that
// items can be walked, and that the accessors take apart what is accepted.
func FuzzParseResponse(f *testing.F) {
	addLines(f, validResponses, wrongResponses)
	f.Fuzz(func(t *testing.T, b []byte) {
		err := responseGrammar.any(t, b)
		apartResponse(t, b)
		r, _ := ParseResponse(b, Any)
		if r.Name != "FETCH" || !r.HasNum {
			return
		}
		e := EachFetchItem(r, func(name string, section []byte, origin int64, value []byte) {
			if len(value) == 0 || value[0] == '"' || value[0] == '{' {
				if _, _, err := NString(value); err != nil && name != "INTERNALDATE" && name != "SAVEDATE" {
					t.Errorf("%s has the value %q: %v", name, value, err)
				}
			}
		})
		if err == nil && e != nil {
			t.Errorf("%q: %v", b, e)
		}
	})
}

// FuzzParseCommand does the same for commands.
func FuzzParseCommand(f *testing.F) {
	addLines(f, validCommands, wrongCommands)
	f.Fuzz(func(t *testing.T, b []byte) {
		commandGrammar.any(t, b)
		apartCommand(t, b)
	})
}

// units cuts a stream that arrives in pieces of n octets.
func units(f *Framer, b []byte, n int) (out []int) {
	start := 0
	for have := 0; have < len(b); {
		have = min(have+n, len(b))
		for {
			k, ok := f.Next(b[start:have])
			if !ok {
				break
			}
			out = append(out, k)
			start += k
		}
	}
	return out
}

// FuzzFramer checks that units do not depend on how a stream is cut into pieces,
// and that each ends in a line feed.
func FuzzFramer(f *testing.F) {
	f.Add(true, []byte("a LOGIN {1}\r\n\n {2+}\r\n\r\n\r\nb NOOP\r\n"), 3)
	f.Add(false, []byte("* OK {3}\r\n* LIST () NIL {3}\r\na\r\n\r\n+ {1}\r\n"), 2)
	for _, l := range validResponses {
		line, _ := profilesOf(l)
		f.Add(false, []byte(line+"\r\n"), 7)
	}
	f.Fuzz(func(t *testing.T, client bool, b []byte, n int) {
		if len(b) > 1<<12 {
			return
		}
		whole := units(&Framer{Client: client}, b, len(b)+1)
		for _, n := range []int{1, n&31 + 1} {
			got := units(&Framer{Client: client}, b, n)
			if len(got) != len(whole) {
				t.Fatalf("%q: %v in pieces of %d, %v at once", b, got, n, whole)
			}
			at := 0
			for i, k := range got {
				if k != whole[i] || b[at+k-1] != '\n' {
					t.Fatalf("%q: %v in pieces of %d, %v at once", b, got, n, whole)
				}
				at += k
			}
		}
	})
}

// FuzzUTF7 checks that a decoded name encodes to itself, and the other way round.
func FuzzUTF7(f *testing.F) {
	for _, s := range []string{"INBOX", "&", "AT&-T", "&ZeVnLIqe-", "&2D3eAA-", "&AAA-", "Entw\u00fcrfe", "\U0001f600&\u00e9", "&AOk-&AOk-", "&-&AOk-"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if name, err := DecodeUTF7(b); err == nil {
			if back := EncodeUTF7(name); back != string(b) {
				t.Errorf("%q decodes to %q, which encodes to %q", b, name, back)
			}
		}
		name := string(bytes.ToValidUTF8(b, nil))
		back, err := DecodeUTF7([]byte(EncodeUTF7(name)))
		if err != nil || back != name {
			t.Errorf("%q encodes to %q, which decodes to %q, %v", name, EncodeUTF7(name), back, err)
		}
	})
}

// FuzzSet checks that a parsed set is written as it was read, but for ranges of
// equal ends, and that writing is a fixed point.
func FuzzSet(f *testing.F) {
	for _, s := range []string{"1", "*", "1:*,3", "4294967295", "*:4,5:5", "1,,2", "0", "$"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ParseSet(b)
		if err != nil {
			return
		}
		text := FormatSet(s)
		again, err := ParseSet([]byte(text))
		if err != nil || FormatSet(again) != text || len(again) != len(s) {
			t.Errorf("%q is written as %q, which gives %v, %v", b, text, again, err)
		}
		for i := range again {
			if again[i] != s[i] {
				t.Errorf("%q: element %d is %v, then %v", b, i, s[i], again[i])
			}
		}
	})
}

// FuzzAString checks that every string survives being written as an astring in a
// command.
func FuzzAString(f *testing.F) {
	for _, s := range []string{"", "x", "NIL", "a b", "a\"\\", "\r\n", "\u00e9", "{1}", "a]b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		raw := AppendAString(nil, s)
		got, err := AString(raw)
		zero := bytes.IndexByte([]byte(s), 0) >= 0
		if (err == nil) == zero || err == nil && string(got) != s {
			t.Errorf("%q is written as %q and read as %q, %v", s, raw, got, err)
		}
		if _, e := ParseCommand([]byte("a LOGIN "+string(raw)+" x\r\n"), Rev1); (e == nil) == zero {
			t.Errorf("%q is written as %q: %v", s, raw, e)
		}
	})
}
