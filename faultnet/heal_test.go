package faultnet

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// seen is a byte that arrived, and when.
type arrival struct {
	text string
	at   time.Duration
}

// arrivals reads all that c gets, and says when. What arrives at one time is one.
func arrivals(c io.Reader, out *[]arrival, done chan struct{}) {
	defer close(done)
	start := time.Now()
	b := make([]byte, 100)
	for {
		n, err := c.Read(b)
		now := time.Since(start)
		if all := *out; n > 0 && len(all) > 0 && all[len(all)-1].at == now {
			all[len(all)-1].text += string(b[:n])
		} else if n > 0 {
			*out = append(all, arrival{string(b[:n]), now})
		}
		if err != nil {
			*out = append(*out, arrival{short(err), now})
			return
		}
	}
}

// timeline plays the plan on a link whose server writes what, a word every
// second, and then ends its stream; it returns what the client saw, as "0s:one".
func timeline(t *testing.T, plan string, o Options, words ...string) (string, *Link) {
	t.Helper()
	p, err := ParsePlan(plan)
	if err != nil {
		t.Fatal(err)
	}
	o.Plan = p
	l := NewLink(o)
	var got []arrival
	done := make(chan struct{})
	go arrivals(l.Client(), &got, done)
	for i, word := range words {
		if i > 0 {
			time.Sleep(time.Second)
		}
		l.Server().Write([]byte(word))
	}
	l.Server().CloseWrite()
	select {
	case <-done:
	case <-time.After(time.Hour):
		l.Client().Close()
		<-done
	}
	var s []string
	for _, a := range got {
		s = append(s, fmt.Sprintf("%v:%s", a.at, a.text))
	}
	return strings.Join(s, " "), l
}

func TestWhatLastsEndsWhereThePlanSays(t *testing.T) {
	ran := 0
	for _, row := range []struct {
		plan  string
		words []string
		want  string
	}{
		// The words: one a second.
		{"", []string{"ab", "cd", "ef"}, "0s:ab 1s:cd 2s:ef 2s:EOF"},
		{"server @1 until @4: stall", []string{"ab", "cd", "ef"}, "0s:a 1s:bcd 2s:ef 2s:EOF"},
		{"server @1: stall; server @4: heal", []string{"ab", "cd", "ef"}, "0s:a 1s:bcd 2s:ef 2s:EOF"},
		{"server @1: stall; server @4: heal delay", []string{"ab", "cd", "ef"}, "0s:a 1h0m2s:read memory client->server: use of closed network connection"},
		{"server @1 until time 90s: stall", []string{"ab", "cd", "ef"}, "0s:a 1m30s:bcdef 1m30s:EOF"},
		{"server @1 until time 90s: stall 10s", []string{"ab", "cd", "ef"}, "0s:a 10s:bcdef 10s:EOF"},
		{"server @1 until time 5s: stall 1m", []string{"ab", "cd", "ef"}, "0s:a 5s:bcdef 5s:EOF"},
		{"server @1 until time 5s: noread", []string{"ab", "cd", "ef"}, "0s:a 5s:bcdef 5s:EOF"},
		{"server @1 until @4: hole", []string{"ab", "cd", "ef"}, "0s:a 2s:ef 2s:EOF"},
		{"server @1 until @3: hole", []string{"ab", "cd", "ef"}, "0s:a 1s:d 2s:ef 2s:EOF"},
		{"server @1 until time 9s: hole", []string{"ab", "cd", "ef"}, "0s:a 9s:EOF"},
		{`server @1 until after "cd": hole; server after "b": stall 1m`, []string{"ab", "cd", "ef"}, "0s:a 2s:ef 2s:EOF"},
		{"server until @4: delay 10s", []string{"ab", "cd", "ef"}, "10s:ab 11s:cdef 11s:EOF"},
		{"server until time 1500ms: delay 10s", []string{"ab", "cd", "ef"}, "1.5s:abcd 2s:ef 2s:EOF"},
		{"server until line 2: throttle 1B/s", []string{"abc\n", "d", "e"}, "0s:a 1s:b 2s:c 3s:\nde 3s:EOF"},
		{"server until time 1500ms: throttle 1B/s", []string{"abcdef", "g", "h"}, "0s:a 1s:b 1.5s:cdefg 2s:h 2s:EOF"},
		{"server @2 until @5: drip 1 10s", []string{"ab", "cdef", "g"}, "0s:ab 1s:c 11s:d 21s:efg 21s:EOF"},
		{"server until @3: join 1m", []string{"ab", "cd", "ef"}, "1s:abcd 2s:ef 2s:EOF"},
		{"server until time 30s: join 1m", []string{"ab"}, "0s:ab 0s:EOF"},
		{"server @1: stall; client time 7s: quiet", []string{"ab", "cd", "ef"}, "0s:a 7s:bcdef 7s:EOF"},
		{"server time 1500ms: quiet; server @5: cut; server: drop 1", []string{"ab", "cd", "ef"}, "0s:b 1s:cd 2s:ef 2s:EOF"},
		{"server every 2 until @4: drop 1", []string{"ab", "cd", "ef"}, "0s:b 1s:d 2s:ef 2s:EOF"},
	} {
		synctest.Test(t, func(t *testing.T) {
			got, l := timeline(t, row.plan, Options{}, row.words...)
			if got != row.want {
				t.Errorf("%s:\n%s, want\n%s", row.plan, got, row.want)
			}
			if p, _ := ParsePlan(row.plan); len(p.Rules) > 0 && len(l.Journal()) == 0 {
				t.Errorf("%s: nothing struck", row.plan)
			}
			ran++
		})
	}
	if ran != 22 {
		t.Errorf("%d ran", ran)
	}
}

func TestAHealingBeforeTheNextByteIsNoneInTheJournal(t *testing.T) {
	for _, row := range []struct{ plan, journal string }{
		{"server @2 until time 5s: stall 1m", "server @2: stall 5s\nserver @2: heal stall\n"},
		{"server @2: noread; server time 5s: heal", "server @2: noread 5s\nserver @2: heal\n"},
		{"server @2: throttle 1B/s; server time 5s: heal throttle", "server @2: heal throttle\n"},
		{"server @2: hole; client time 5s: quiet", "client: heal\nserver @2: heal\n"},
		{"server @2: delay 2s; server @2: stall 3s; server time 5s: heal delay", "server @2: stall 3s\nserver @2: heal delay\n"},
	} {
		synctest.Test(t, func(t *testing.T) {
			got, l := timeline(t, row.plan, Options{}, "ab", "", "", "", "", "", "", "", "cd")
			plan := JournalPlan(l.Journal())
			if plan.String() != row.journal {
				t.Errorf("%s:\n%swant\n%s", row.plan, plan, row.journal)
			}
			if again, _ := timeline(t, plan.String(), Options{}, "ab", "", "", "", "", "", "", "", "cd"); again != got {
				t.Errorf("%s: %s, replayed %s", row.plan, got, again)
			}
		})
	}
}

func TestAChopEndsWhereItIsHealed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := ParsePlan("server until @5: chop 2; server @8: chop 1")
		if err != nil {
			t.Fatal(err)
		}
		c, s := Pipe(Options{Plan: p})
		s.Write([]byte("abcdefghij"))
		var got []string
		b := make([]byte, 100)
		for n := 0; n < 10; {
			m, _ := c.Read(b)
			got = append(got, string(b[:m]))
			n += m
		}
		if want := []string{"ab", "cd", "e", "fgh", "i", "j"}; !reflect.DeepEqual(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

func TestAnEndBeforeTheFirstStrikeDisarmsTheRule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got, l := timeline(t, "server @4 until @3: cut; server @3 until @3: cut", Options{}, "abcdef")
		if got != "0s:abcdef 0s:EOF" || len(l.Journal()) != 0 || len(l.Unfired()) != 2 {
			t.Errorf("%s, %v, %v", got, l.Journal(), l.Unfired())
		}
	})
}

// TestAHealingIsInTheJournalAndReplays compares runs of plans that heal with those
// of their journals, which have no times, no repeats and no ends.
func TestAHealingIsInTheJournalAndReplays(t *testing.T) {
	words := []string{"ab\r\n", "cde", "f\r\ng", "hij\r\n"}
	ran := 0
	for _, plan := range []string{
		"server @1 until @4: stall", "server @2 until line 2: hole", "server until @9: throttle 1B/s",
		"server @2 until time 1500ms: hole", "server time 500ms every 1s times 2: insert \"x\"",
		"server every 3: drop 1", "server line 2 every 1: replace \"X\"", "server chance 0.3 seed 5 every 1: flip 0x20",
		"server @3: hole; client time 2s: quiet", "server write 2 every 1: insert \"-\"",
	} {
		synctest.Test(t, func(t *testing.T) {
			first, l := timeline(t, plan, Options{}, words...)
			journal := JournalPlan(l.Journal())
			if len(journal.Rules) == 0 {
				t.Fatalf("%s: nothing struck", plan)
			}
			for _, r := range journal.Rules {
				if !r.When.plain() || r.Repeat != (Repeat{}) || r.Until != (When{}) {
					t.Errorf("%s: the journal says %s", plan, r)
				}
			}
			second, m := timeline(t, journal.String(), Options{}, words...)
			if bare(first) != bare(second) || sorted(JournalPlan(m.Journal())) != sorted(journal) {
				t.Errorf("%s:\n%s\njournal\n%s\n%s\njournal\n%s", plan, first, journal, second, JournalPlan(m.Journal()))
			}
			ran++
		})
	}
	if ran != 10 {
		t.Errorf("%d ran", ran)
	}
}

// sorted is a journal of two streams, which a replay need not mix alike.
func sorted(p Plan) string {
	lines := strings.Split(p.String(), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// bare is a timeline without its times.
func bare(s string) string {
	var b strings.Builder
	for _, word := range strings.Split(s, " ") {
		_, text, _ := strings.Cut(word, ":")
		b.WriteString(text)
	}
	return b.String()
}

func TestArmHealsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLink(Options{})
		arm := func(rule string) {
			r, err := ParseRule(rule)
			if err != nil {
				t.Fatal(err)
			}
			l.Arm(r)
		}
		arm("server: throttle 1B/s")
		arm("server: delay 1h")
		arm("server: stall")
		l.Server().Write([]byte("hello"))
		time.Sleep(time.Minute)
		if n, err := l.Client().TryRead(make([]byte, 9)); n != 0 || err != nil {
			t.Fatalf("%d bytes, %v through a stall", n, err)
		}
		arm("server: heal")
		b := make([]byte, 9)
		if n, err := l.Client().TryRead(b); string(b[:n]) != "hello" {
			t.Errorf("%q, %v after the healing", b[:n], err)
		}
		l.Server().Write(bytes.Repeat([]byte("x"), 9))
		if n, err := l.Client().TryRead(b); n != 9 {
			t.Errorf("%d bytes, %v a write later", n, err)
		}
		if j := l.Journal(); len(j) != 4 || j[3].Fault.Kind != Heal {
			t.Errorf("journal %v", j)
		}
	})
}

func TestAStallWithoutEndBlocksTheSenderAndItsEndsAreHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := ParsePlan("server @1: stall")
		c, s := Pipe(Options{Plan: p, Buffer: 8})
		s.SetWriteDeadline(time.Now().Add(time.Hour))
		n, err := s.Write(make([]byte, 20))
		if n < 8 || n > 9 || err == nil {
			t.Errorf("%d bytes were accepted, %v", n, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		context.AfterFunc(ctx, func() { c.Reset() })
		s.SetWriteDeadline(time.Time{})
		if _, err := s.Write(make([]byte, 20)); short(err) != "connection reset by peer" {
			t.Errorf("the peer resets: %v", err)
		}
	})
}
