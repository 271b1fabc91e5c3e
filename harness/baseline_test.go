package harness_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/plants"
)

const someBaseline = `imapfuzz baseline 1
# What we live with.

server R-AT-1 until 2027-03-01: reported
client "lie/R-CL-7/a \"quoted\" place" until 2026-12-31: mended: in the next release
`

func TestABaselineIsText(t *testing.T) {
	b, err := harness.ParseBaseline("known", []byte(someBaseline))
	if err != nil {
		t.Fatal(err)
	}
	want := []harness.Accepted{
		{Side: faultnet.Server, Rule: "R-AT-1", Until: time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC), Reason: "reported"},
		{Side: faultnet.Client, Rule: "R-CL-7", Bucket: `lie/R-CL-7/a "quoted" place`, Until: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), Reason: "mended: in the next release"},
	}
	if !reflect.DeepEqual(b.Entries, want) {
		t.Errorf("got %+v", b.Entries)
	}
	again, err := harness.ParseBaseline("known", []byte(b.String()))
	if err != nil || !reflect.DeepEqual(again, b) {
		t.Errorf("%v\n%s", err, b)
	}
}

func TestABaselineIsReadStrictly(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       `1:1: want "imapfuzz baseline 1", got the end of the line`,
		"imapfuzz baseline 2":                    `1:1: want "imapfuzz baseline 1", got "imapfuzz baseline 2"`,
		"both R-AT-1 until":                      `2:1: want "server" or "client", got "both R-AT-1 until"`,
		"server":                                 `2:7: want a blank, got the end of the line`,
		"server R-NO-1 until":                    `2:8: want the id of a rule of the server (imapfuzz explain lists them), got "R-NO-1 until"`,
		"client R-AT-1 until":                    `2:8: want the id of a rule of the client (imapfuzz explain lists them), got "R-AT-1 until"`,
		`server "lie/R-CL-7" x`:                  `2:8: want the id of a rule of the server (imapfuzz explain lists them), got "\"lie/R-CL-7\" x"`,
		`server "R-AT-1" x`:                      `2:8: want a bucket, kind/rule/where, got "\"R-AT-1\" x"`,
		`server "R-AT-1`:                         `2:8: want a bucket in quotes, got "\"R-AT-1"`,
		"server R-AT-1 since x":                  `2:15: want "until", got "since x"`,
		"server R-AT-1 until x:":                 `2:21: want a day and a colon, as in 2027-03-01:, got "x:"`,
		"server R-AT-1 until 2027-02-30: x":      `2:21: want a day and a colon, as in 2027-03-01:, got "2027-02-30: x"`,
		"server R-AT-1 until 2027-03-01 x":       `2:21: want a day and a colon, as in 2027-03-01:, got "2027-03-01 x"`,
		"server R-AT-1 until 2027-03-01:":        `2:32: want a reason, got the end of the line`,
		"server R-AT-1 until 2027-03-01: a\x01b": `2:34: want printable characters, got "\x01b"`,
		"server R-AT-1 until 2027-03-01: \xff":   `2:1: want UTF-8, got other bytes`,
	} {
		if text != "" && !strings.HasPrefix(text, "imapfuzz") {
			text = "imapfuzz baseline 1\n" + text
		}
		_, err := harness.ParseBaseline("known", []byte(text))
		if bad := (*harness.BaselineError)(nil); !errors.As(err, &bad) || err.Error() != "known:"+want {
			t.Errorf("%q:\nwant %s\ngot  %v", text, want, err)
		}
	}
}

func FuzzBaselineRoundTrip(f *testing.F) {
	f.Add([]byte(someBaseline))
	f.Add([]byte("imapfuzz baseline 1\nserver \"\\x00/R-AT-1/\\n\" until 0001-01-01: \u00e4\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := harness.ParseBaseline("x", text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "x:") || strings.Contains(err.Error(), "\n") {
				t.Errorf("an error that nobody can read: %q", err)
			}
			return
		}
		again, err := harness.ParseBaseline("x", []byte(b.String()))
		if err != nil || !reflect.DeepEqual(again, b) {
			t.Errorf("%v\n%q\n%q", err, text, b)
		}
	})
}

func TestAKnownFailureIsShownAsKnownUntilItExpires(t *testing.T) {
	var p plants.Plant
	for _, one := range plants.Bugs() {
		if one.Rule == "R-AT-1" && !one.Dies {
			p = one
			break
		}
	}
	card := harness.NewCard("", nil, tried(t, p.Target(false), corpus.Seed{Name: p.Name, Case: parse(t, p.Text())}))
	row := rowOf(t, card, p.Rule, faultnet.Server)
	if len(card.Fails()) != 1 || card.Fails()[0] != row {
		t.Fatalf("want one fail, got %d", len(card.Fails()))
	}
	last := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	b := card.Baseline(last, "reported")
	if len(b.Entries) != len(row.Shown) {
		t.Fatalf("%d entries for %d buckets", len(b.Entries), len(row.Shown))
	}
	card.Accept(b, last.Add(23*time.Hour))
	if row.Known != "reported" || row.Verdict != harness.Failed || len(card.Fails()) != 0 || !strings.HasPrefix(row.Reason(), "known: reported: ") {
		t.Errorf("on its last day: %q %s, %d fails", row.Known, row.Verdict, len(card.Fails()))
	}
	card.Accept(b, last.Add(24*time.Hour))
	if row.Known != "" || len(card.Fails()) != 1 {
		t.Errorf("a day later: %q, %d fails", row.Known, len(card.Fails()))
	}
	b.Entries[0].Bucket = "another/R-AT-1/bucket"
	card.Accept(b, last)
	if row.Known != "" {
		t.Error("another bucket of the rule is not known")
	}
	b.Entries[0].Bucket = ""
	card.Accept(b, last)
	if row.Known == "" {
		t.Error("all findings of the rule are known")
	}
	b.Entries[0].Side = faultnet.Client
	card.Accept(b, last)
	if row.Known != "" {
		t.Error("what is known of a client is not known of a server")
	}
}
