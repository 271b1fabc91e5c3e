package imapwire

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

func TestUTF7(t *testing.T) {
	for name, wire := range map[string]string{
		"INBOX": "INBOX", "AT&T": "AT&-T", "\u65e5\u672c\u8a9e": "&ZeVnLIqe-", "\U0001f600": "&2D3eAA-",
		"\u00e9t\u00e9": "&AOk-t&AOk-", "a\u00e9&": "a&AOk-&-", "": "", "tab\t": "tab&AAk-", "&&": "&-&-",
	} {
		if got := EncodeUTF7(name); got != wire {
			t.Errorf("%q encodes to %q, want %q", name, got, wire)
		}
		if got, err := DecodeUTF7([]byte(wire)); err != nil || got != name {
			t.Errorf("%q decodes to %q, %v, want %q", wire, got, err, name)
		}
	}
	for wire, why := range map[string]string{
		"&": "a shift without end", "&AOk": "a shift without end", "\u00e9": "octets above 127", "a\tb": "a control character", "&AGE-": "a needless shift",
		"&AOk-&AOk-": "two shifts in a row", "&2D0-": "half a pair", "&3gA-": "the wrong half", "&2D0AYQ-": "a broken pair", "&AOl-": "bits to spare", "&AOkA-": "a digit to spare", "&AO/-": "the slash of plain base64", "&A-": "too few bits",
	} {
		if got, err := DecodeUTF7([]byte(wire)); err == nil {
			t.Errorf("%q with %s decodes to %q", wire, why, got)
		}
	}
}

func TestSets(t *testing.T) {
	for text, want := range map[string]string{"1": "1", "5:5": "5", "1:3,*": "1:3,*", "*:2": "*:2", "7,7": "7,7", "01": "", "": "", "1,": "", "1:": "", ":1": "", "$": "", "1 ": "", "4294967296": "", "**": ""} {
		s, err := ParseSet([]byte(text))
		var e *Error
		if got := FormatSet(s); got != want || (err == nil) != (want != "") || err != nil && !errors.As(err, &e) {
			t.Errorf("%q gives %q, %v, want %q", text, got, err, want)
		}
	}
	s, _ := ParseSet([]byte("2:4,9:*"))
	for n, in := range map[uint32]bool{1: false, 2: true, 4: true, 5: false, 7: true, 9: true, 10: false} {
		if s.Contains(n, 7) != in {
			t.Errorf("2:4,9:* has %d of 7: want %t", n, in)
		}
	}
}

func TestDateTimes(t *testing.T) {
	want := time.Date(1996, 7, 7, 2, 44, 25, 0, time.FixedZone("", -7*3600))
	got, err := ParseDateTime([]byte(`" 7-Jul-1996 02:44:25 -0700"`))
	if err != nil || !got.Equal(want) || FormatDateTime(got) != `" 7-Jul-1996 02:44:25 -0700"` {
		t.Errorf("got %v, %v", got, err)
	}
	for _, s := range []string{"", `"`, `"07-Jul-1996 02:44:25 -0700`, `"07-Jul-1996 02:44:25 -0700" `, `"07-Jul-1996 02:44 -0700"`, `"29-Feb-1900 00:00:00 +0000"`, `"29-Feb-2001 00:00:00 +0000"`, `"07-Jul-96 02:44:25 -0700"`, `"07-Jul-1996 02:44:25 -0060"`, `"07-Jul-1996 02:60:25 -0000"`} {
		if got, err := ParseDateTime([]byte(s)); err == nil {
			t.Errorf("%q is %v", s, got)
		}
	}
}

func TestStrings(t *testing.T) {
	for raw, want := range map[string]string{`"a\"b\\"`: `a"b\`, `""`: "", "{3}\r\nNIL": "NIL", "~{2}\r\na\x00": "a\x00"} {
		if got, isNil, err := NString([]byte(raw)); err != nil || isNil || string(got) != want {
			t.Errorf("%q is %q, %t, %v", raw, got, isNil, err)
		}
	}
	if _, isNil, err := NString([]byte("nil")); err != nil || !isNil {
		t.Errorf("nil is no NIL: %v", err)
	}
	for _, raw := range []string{"", "x", `"a`, `"a"b`, "{3}\r\nab", "{1}\r\nab", "NILx", "{1+}\r\na"} {
		if got, _, err := NString([]byte(raw)); err == nil {
			t.Errorf("%q is %q", raw, got)
		}
	}
	for s, want := range map[string]string{"a": "a", "": `""`, "NIL": `"NIL"`, "x y": `"x y"`, `\`: `"\\"`, "a\r": "{2}\r\na\r", "\u00e9": "{2}\r\n\u00e9", "a]": "a]"} {
		if got := string(AppendAString(nil, s)); got != want {
			t.Errorf("%q is written as %q, want %q", s, got, want)
		}
	}
	if got := string(AppendAString(nil, strings.Repeat("a", 2000))); !strings.HasPrefix(got, "{2000}\r\naa") {
		t.Errorf("a long string is written as %.20q...", got)
	}
	for s, want := range map[string]string{"inBox": "INBOX", "Entw\u00fcrfe": "Entw&APw-rfe", "a b": `"a b"`} {
		if got := string(AppendMailbox(nil, s)); got != want {
			t.Errorf("%q is written as %q, want %q", s, got, want)
		}
	}
}

func TestCommandLine(t *testing.T) {
	for line, want := range map[string]Literal{
		"a {3}\r\n": {3, false, false, 2}, "{0+}\r\n": {0, true, false, 0}, "a ~{7}\r\n": {7, false, true, 2}, "x~{7+}\r\n": {7, true, true, 1},
		"a {18446744073709551615}\r\n": {math.MaxUint64, false, false, 2}, "a {99999999999999999999999}\r\n": {math.MaxUint64, false, false, 2}, "a \"{3}\r\n": {3, false, false, 3},
	} {
		if got, ok := CommandLine([]byte(line)); !ok || got != want {
			t.Errorf("%q: %+v, %t", line, got, ok)
		}
	}
	for _, line := range []string{"", "\r\n", "}\r\n", "{}\r\n", "{+}\r\n", "{3}\n", "{3} \r\n", "{3-}\r\n", "3}\r\n", "{3}", "{3++}\r\n", "{-3}\r\n"} {
		if got, ok := CommandLine([]byte(line)); ok {
			t.Errorf("%q: %+v", line, got)
		}
	}
}

func TestSASLLines(t *testing.T) {
	for line, ok := range map[string]bool{"\r\n": true, "*\r\n": true, "Zm9v\r\n": true, "Zg==\r\n": true, "Zg=\r\n": false, "Zm9v \r\n": false, "*": false, "=\r\n": false, "Zm9v\n": false, "**\r\n": false} {
		if err := CheckBase64([]byte(line)); (err == nil) != ok {
			t.Errorf("%q: %v", line, err)
		}
	}
}
