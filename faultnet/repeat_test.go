package faultnet

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// struckAt plays plan on a link whose server writes text in pieces of the given
// size, one a second, and returns the positions at which rules struck its stream.
func struckAt(t *testing.T, plan string, o Options, text string, size int) (at []int64) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p, err := ParsePlan(plan)
		if err != nil {
			t.Fatal(err)
		}
		o.Plan = p
		l := NewLink(o)
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			l.Server().Write([]byte(rest[:n]))
			rest = rest[n:]
			time.Sleep(time.Second)
		}
		for _, s := range l.Journal() {
			at = append(at, s.At)
		}
	})
	return at
}

func TestARuleStrikesAgainAtEveryFurtherPoint(t *testing.T) {
	const text = "a1 x\r\n{b}\r\n{cc}\r\nd\r\n" // lines at 0, 6, 11, 17
	ran := 0
	for _, row := range []struct {
		rule string
		want []int64
	}{
		{"every 8", []int64{0, 8, 16}},
		{"@3 every 8", []int64{3, 11, 19}},
		{"@3 every 8 times 2", []int64{3, 11}},
		{"line 1 every 1", []int64{0, 6, 11, 17, 20}},
		{"line 2 every 2", []int64{6, 17}},
		{"line 2 every 1 times 2", []int64{6, 11}},
		{"line 2 @6 every 1", []int64{12, 17}}, // further than the line is long
		{"line 1 @1 every 1", []int64{1, 7, 12, 18}},
		{`after "\r\n" every 1`, []int64{6, 11, 17, 20}},
		{`after "\r\n" 2 every 2`, []int64{11, 20}},
		{`after "c" every 1`, []int64{13, 14}},
		{"brace 1 every 1", []int64{6, 11}},
		{"end 2 every 1", []int64{11, 17, 20}},
		{"every 3 until line 3", []int64{0, 3, 6, 9}},
		{"line 1 every 1 until @11", []int64{0, 6}},
		{"@1 every 1 times 3 until @2", []int64{1}},
		{"chance 1 seed 0 every 7", []int64{0, 7, 14}},
	} {
		for _, size := range []int{1, 4, len(text)} {
			o := Options{NewMarker: newWords}
			if got := struckAt(t, "server "+row.rule+": flip 0x01", o, text, size); !reflect.DeepEqual(got, row.want) {
				t.Errorf("%s, writes of %d: struck at %v, want %v", row.rule, size, got, row.want)
			}
			ran++
		}
	}
	if ran != 17*3 {
		t.Errorf("%d ran", ran)
	}
}

func TestCallsAndTimesCount(t *testing.T) {
	// Five writes of four bytes, one a second.
	for _, row := range []struct {
		rule string
		want []int64
	}{
		{"write 1", []int64{0}},
		{"write 3", []int64{8}},
		{"write 2 @3", []int64{7}},
		{"write 2 every 2", []int64{4, 12}},
		{"write 9", nil},
		{"time 500ms", []int64{4}},
		{"time 1500ms every 1s times 2", []int64{8, 12}},
		{"time 500ms every 1s until time 3s", []int64{4, 8, 12}},
		{"time 1h", nil},
	} {
		if got := struckAt(t, "server "+row.rule+": insert \"-\"", Options{}, strings.Repeat("abcd", 5), 4); !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: struck at %v, want %v", row.rule, got, row.want)
		}
	}
}

func TestAReadOfTheReceiverIsAPoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := ParsePlan("server read 2: insert \"-\"; server read 3 @2: cut")
		if err != nil {
			t.Fatal(err)
		}
		c, s := Pipe(Options{Plan: p})
		b := make([]byte, 99)
		got := ""
		for range 4 {
			s.Write([]byte("abcd"))
			n, err := c.Read(b)
			got += fmt.Sprintf("%s %v|", b[:n], err)
		}
		if want := "abcd <nil>|abcd- <nil>|abcd <nil>|ab <nil>|"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

func TestAChanceStrikesAtTheSameBytesInEveryRunAndAtItsRate(t *testing.T) {
	const n = 100_000
	text := strings.Repeat("x", n)
	rate := func(p string, want float64) []int64 {
		t.Helper()
		rule := "server chance " + p + " seed 7 every 1: flip 0x01"
		at := struckAt(t, rule, Options{Buffer: 2 * n}, text, n)
		if got := float64(len(at)); got < want*n*0.9-3 || got > want*n*1.1+3 {
			t.Errorf("%s: %v of %d", rule, got, n)
		}
		return at
	}
	at := rate("0.01", 0.01)
	rate("0.0001", 0.0001)
	rate("0.5", 0.5)
	if got := rate("1", 1); len(got) != n+1 { // before each byte, and behind the last
		t.Errorf("a chance of 1 strikes %d times", len(got))
	}
	if got := struckAt(t, "server chance 0.01 seed 7 every 1: flip 0x01", Options{Buffer: 2 * n}, text[:5000], 13); !reflect.DeepEqual(got, at[:len(got)]) || len(got) < 20 {
		t.Errorf("written in other pieces it strikes at %v, not at %v", got, at[:len(got)])
	}
	// What later releases must draw too.
	if want := []int64{38, 60, 127, 407}; !reflect.DeepEqual(at[:4], want) {
		t.Errorf("the first are %v, want %v", at[:4], want)
	}
	others := map[string]bool{}
	for _, o := range []struct {
		rule   string
		number int
	}{{"chance 0.01 seed 7", 0}, {"chance 0.01 seed 8", 0}, {"chance 0.01 seed 7", 1}, {"chance 0.01 seed 7", 2}} {
		got := struckAt(t, "server "+o.rule+": flip 0x01", Options{Buffer: 2 * n, Number: o.number}, text, n)
		if len(got) != 1 {
			t.Errorf("%v strikes %d times", o, len(got))
		}
		others[fmt.Sprint(got)] = true
	}
	if len(others) != 4 {
		t.Errorf("seeds and connections share their draws: %v", others)
	}
}
