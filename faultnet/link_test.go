package faultnet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// link makes a connection with a plan.
func link(t testing.TB, plan string, o Options) *Link {
	t.Helper()
	p, err := ParsePlan(plan)
	if err != nil {
		t.Fatal(err)
	}
	o.Plan = p
	return NewLink(o)
}

// readAll reads to the end in the background; the result is there when the
// bubble is quiet.
func readAll(c *Conn) *string {
	s := new(string)
	go func() {
		b, err := io.ReadAll(c)
		*s = string(b)
		if err != nil {
			*s += " " + short(err)
		}
	}()
	return s
}

func TestFaultsAtOnePositionStrikeInTheOrderOfTheirClasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := link(t, `server @2: cut; server @2: reset; server @2: stall 1m; server @2: insert "X"; server @2: chop 1; server @2: insert "Y"`, Options{})
		got := readAll(l.Client())
		l.Server().Write([]byte("abcd"))
		time.Sleep(time.Minute)
		synctest.Wait()
		if *got != "abXY" {
			t.Errorf("the client read %q", *got)
		}
		var order []string
		for _, s := range l.Journal() {
			order = append(order, s.Fault.String())
		}
		if s := strings.Join(order, ", "); s != `chop 1, insert "X", insert "Y", stall 1m, cut` {
			t.Errorf("they struck in the order %s", s)
		}
		if u := l.Unfired(); len(u) != 1 || u[0].Fault.Kind != Reset {
			t.Errorf("unfired: %v", u)
		}
	})
}

func TestRemovingARuleMovesNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plan := `server @2: insert "XX"; server @4: drop 3; server @9: flip 0x20; server @12: cut`
		want := []int64{2, 4, 9, 12}
		p, err := ParsePlan(plan)
		if err != nil {
			t.Fatal(err)
		}
		for i := range p.Rules {
			l := NewLink(Options{Plan: p.Without(i)})
			got := readAll(l.Client())
			l.Server().Write([]byte("abcdefghijklmnop"))
			l.Server().CloseWrite()
			synctest.Wait()
			var at []int64
			for _, s := range l.Journal() {
				at = append(at, s.At)
			}
			left := append(append([]int64(nil), want[:i]...), want[i+1:]...)
			if !reflect.DeepEqual(at, left) || *got == "" {
				t.Errorf("without rule %d they struck at %v, %q", i, at, *got)
			}
		}
	})
}

func TestAStallFillsTheBufferAndThenBlocksTheSender(t *testing.T) {
	for _, row := range []struct {
		plan string
		held int
	}{{"client @10: stall 1h", 100}, {"client @10: noread 1h", 50}} {
		synctest.Test(t, func(t *testing.T) {
			l := link(t, row.plan, Options{Buffer: 100})
			start := time.Now()
			l.Client().SetWriteDeadline(start.Add(time.Minute))
			go io.ReadFull(l.Server(), make([]byte, 10))
			l.Client().Write(make([]byte, 10))
			synctest.Wait()
			n, err := l.Client().Write(make([]byte, 200))
			if n != row.held || !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != time.Minute {
				t.Errorf("%s: %d, %v after %v", row.plan, n, err, time.Since(start))
			}
			l.Client().SetWriteDeadline(time.Time{})
			got := readAll(l.Server())
			n, err = l.Client().Write(make([]byte, 200))
			if n != 200 || err != nil || time.Since(start) != time.Hour {
				t.Errorf("%s: %d, %v after %v", row.plan, n, err, time.Since(start))
			}
			l.Client().Close()
			synctest.Wait()
			if len(*got) != row.held+200 {
				t.Errorf("%s: the server read %d", row.plan, len(*got))
			}
		})
	}
}

func TestJoinMakesOneReadOfWritesThatFollowEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := link(t, "client: join", Options{})
		var reads []string
		start := time.Now()
		go func() {
			b := make([]byte, 99)
			for {
				n, err := l.Server().Read(b)
				if err != nil {
					return
				}
				reads = append(reads, fmt.Sprintf("%v %s", time.Since(start), b[:n]))
			}
		}()
		for i, s := range []string{"a", "b", "c", "d"} {
			l.Client().Write([]byte(s))
			time.Sleep(time.Duration(i+1) * 45 * time.Millisecond)
		}
		l.Client().Write([]byte("e"))
		l.Client().Close()
		synctest.Wait()
		if want := []string{"200ms abc", "450ms de"}; !reflect.DeepEqual(reads, want) {
			t.Errorf("reads: %q, want %q", reads, want)
		}
	})
}

func TestChopCutsReadsAlikeHoweverTheBytesWereWritten(t *testing.T) {
	sizes := func(step int) (sizes []int) {
		l := link(t, "client @3: chop 2..5", Options{})
		data := make([]byte, 100)
		for len(data) > 0 {
			n := min(step, len(data))
			l.Client().Write(data[:n])
			data = data[n:]
		}
		l.Client().CloseWrite()
		b := make([]byte, 50)
		for {
			n, err := l.Server().Read(b)
			if err != nil {
				return sizes
			}
			sizes = append(sizes, n)
		}
	}
	one, many := sizes(100), sizes(7)
	if !reflect.DeepEqual(one, many) || one[0] != 3 {
		t.Errorf("%v and %v", one, many)
	}
	seen := map[int]bool{}
	for _, n := range one[1 : len(one)-1] {
		seen[n] = true
		if n < 2 || n > 5 {
			t.Errorf("a read of %d", n)
		}
	}
	if len(seen) != 4 {
		t.Errorf("sizes seen: %v", seen)
	}
}

func TestDelayKeepsTheOrderAndTheBandwidth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := link(t, "client: delay 1s..5s", Options{})
		start := time.Now()
		for i := range 20 {
			l.Client().Write([]byte{byte('a' + i)})
			time.Sleep(10 * time.Millisecond)
		}
		l.Client().Close()
		b, err := io.ReadAll(l.Server())
		if string(b) != "abcdefghijklmnopqrst" || err != nil {
			t.Errorf("%q, %v", b, err)
		}
		if d := time.Since(start); d < time.Second || d > 6*time.Second {
			t.Errorf("it took %v", d)
		}
	})
}

func TestHalfLeavesTheOtherDirection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := link(t, "client @2: half", Options{})
		server, client := readAll(l.Server()), readAll(l.Client())
		for range 3 {
			if n, err := l.Client().Write([]byte("abc")); n != 3 || err != nil {
				t.Errorf("the sender's write: %d, %v", n, err)
			}
		}
		synctest.Wait()
		l.Server().Write([]byte("still here"))
		l.Server().Close()
		synctest.Wait()
		if *server != "ab" || *client != "still here" {
			t.Errorf("the server read %q, the client %q", *server, *client)
		}
	})
}

func TestAHoleTellsNobodyOfAnEnd(t *testing.T) {
	for _, how := range []func(*Conn) error{(*Conn).Close, (*Conn).Reset, (*Conn).CloseWrite} {
		synctest.Test(t, func(t *testing.T) {
			l := link(t, "client @2: hole", Options{})
			l.Client().Write([]byte("abc"))
			how(l.Client())
			l.Server().SetReadDeadline(time.Now().Add(24 * time.Hour))
			if b, err := io.ReadAll(l.Server()); string(b) != "ab" || !isTimeout(err) {
				t.Errorf("%q, %v", b, err)
			}
		})
	}
}

func TestATerminalFaultBehindAStallStrikesOnTimeAndWakesTheSender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := link(t, "client @1: stall 1h; client @3: reset", Options{})
		start := time.Now()
		l.Client().Write([]byte("abcdef"))
		_, err := l.Client().Read(make([]byte, 1))
		if short(err) != "connection reset by peer" || time.Since(start) != time.Hour {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		if b, err := io.ReadAll(l.Server()); string(b) != "abc" || short(err) != "connection reset by peer" {
			t.Errorf("the server read %q, %v", b, err)
		}
		if j := l.Journal(); len(j) != 2 || j[0].Since != 0 || j[1].Since != time.Hour || j[1].At != 3 {
			t.Errorf("the journal is %+v", j)
		}
	})
}

func TestDiscardLosesWhatWasReceivedBeforeAReset(t *testing.T) {
	c, s := Pipe(Options{Discard: true})
	s.Write([]byte("lost"))
	s.Reset()
	if b, err := io.ReadAll(c); len(b) != 0 || short(err) != "connection reset by peer" {
		t.Errorf("%q, %v", b, err)
	}
}

func TestArmCountsFromWhereTheStreamStands(t *testing.T) {
	ran := 0
	for _, row := range []struct {
		rule, got string
		at        int64
	}{
		{"server: cut", "one\ntwo", 7},
		{"server @2: cut", "one\ntwo\nt", 9},
		{"server line 1: cut", "one\ntwo", 7},
		{"server line 2: cut", "one\ntwo\n", 8},
		{"server line 3: cut", "one\ntwo\nthree\n", 14},
		{`server after "o": cut`, "one\ntwo\nthree\nfo", 16},
		{"server end 1: cut", "one\ntwo\n", 8},
		{"server brace 1: cut", "one\ntwo\nthree\nfour", 18},
	} {
		r, err := ParseRule(row.rule)
		if err != nil {
			t.Fatal(err)
		}
		c, s := Pipe(Options{NewMarker: newWords})
		s.Write([]byte("one\ntwo"))
		s.Link().Arm(r)
		s.Write([]byte("\nthree\nfour{\n"))
		s.CloseWrite()
		if b, err := io.ReadAll(c); string(b) != row.got || err != nil {
			t.Errorf("%s: read %q, %v, want %q", row.rule, b, err, row.got)
		}
		if j := s.Link().Journal(); len(j) != 1 || j[0].At != row.at {
			t.Errorf("%s: the journal is %+v", row.rule, j)
		}
		ran++
	}
	if ran != 8 {
		t.Errorf("%d ran", ran)
	}
}

func TestArmWakesAReadThatBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLink(Options{})
		c, s := readAll(l.Client()), readAll(l.Server())
		synctest.Wait()
		l.Arm(Rule{Side: Server, Fault: Fault{Kind: Reset}})
		synctest.Wait()
		if want := " connection reset by peer"; *c != want || *s != want {
			t.Errorf("%q and %q", *c, *s)
		}
	})
}

func TestMarkersRunOnlyWhenARuleNeedsThem(t *testing.T) {
	made := 0
	count := func() Marker { made++; return words{} }
	link(t, `client @1: cut; server after "x": cut; client line 3: half`, Options{NewMarker: count})
	if made != 0 {
		t.Errorf("%d markers for no mark", made)
	}
	link(t, "client brace 1: cut; server end 1: cut", Options{NewMarker: count})
	if made != 1 {
		t.Errorf("%d markers for one connection", made)
	}
	NewLink(Options{NewMarker: count, Marks: true})
	if made != 2 {
		t.Errorf("%d markers, want one for Marks", made)
	}
}

func TestTheTapHearsBothViewsInOrder(t *testing.T) {
	var log []string
	l := link(t, `server @3: insert "XY"; server @5: cut`, Options{Tap: func(e Event) {
		s := fmt.Sprintf("%s %s %d", e.Op, e.Side, e.Pos)
		if e.Data != nil {
			s += fmt.Sprintf(" %q", e.Data)
		}
		if e.Strike != nil {
			s += " " + e.Strike.Rule
		}
		log = append(log, s)
	}})
	b := make([]byte, 99)
	l.Client().Write([]byte("hi"))
	l.Server().Read(b)
	l.Server().Write([]byte("abcdefg"))
	l.Client().Read(b)
	l.Client().Read(b)
	l.Client().Read(b)
	l.Client().Close()
	l.Server().Reset()
	want := []string{
		`sent client 0 "hi"`, `received client 0 "hi"`,
		`sent server 0 "abc"`, `struck server 3 server @3: insert "XY"`, `sent server 3 "de"`, `struck server 5 server @5: cut`,
		`sent server 5 "fg"`, `received server 0 "abcXYde"`, "received EOF client 7",
		"sent EOF client 2", "closed client 2", "sent reset server 7", "closed server 7",
	}
	if !reflect.DeepEqual(log, want) {
		t.Errorf("heard\n%s\nwant\n%s", strings.Join(log, "\n"), strings.Join(want, "\n"))
	}
}

func TestWritesOfSeveralGoroutinesStayWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := Pipe(Options{Buffer: 7})
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() { c.Write(bytes.Repeat([]byte{byte('a' + i)}, 100)) })
		}
		go func() { wg.Wait(); c.Close() }()
		b, err := io.ReadAll(s)
		if len(b) != 800 || err != nil {
			t.Fatalf("%d, %v", len(b), err)
		}
		for i := 0; i < 800; i += 100 {
			if strings.Count(string(b[i:i+100]), string(b[i])) != 100 {
				t.Errorf("torn: %q", b[i:i+100])
			}
		}
	})
}

// TestNothingHangsInABubble lets readers, writers, deadlines and closes loose on
// one connection with a random plan. A hang is a deadlock of the bubble, a leak
// is reported at its end.
func TestNothingHangsInABubble(t *testing.T) {
	const bubbles = 10_000
	ran, struck := 0, 0
	for seed := range uint64(bubbles) {
		synctest.Test(t, func(t *testing.T) {
			struck += chaos(t, rand.New(rand.NewPCG(seed, 1)))
			ran++
		})
	}
	if ran != bubbles || struck < bubbles {
		t.Errorf("%d bubbles ran, %d faults struck", ran, struck)
	}
}

func chaos(t *testing.T, rnd *rand.Rand) int {
	var p Plan
	for range 1 + rnd.IntN(4) {
		p.Rules = append(p.Rules, randomRule(t, rnd, Side(1+rnd.IntN(2))))
	}
	o := Options{Plan: p, Buffer: 1 + rnd.IntN(40), NewMarker: newWords}
	l := NewLink(o)
	ends := []full{l.Client(), l.Server()}
	// One end is a wrapper over a sound pipe, if it sees what the plan asks for.
	if side := rnd.IntN(3); side > 0 && p.CheckFor(ClientForm+Form(side-1)) == nil {
		l = NewLink(Options{Buffer: o.Buffer})
		ends = []full{l.Client(), l.Server()}
		w, err := Wrap(ends[side-1], Side(side), o)
		if err != nil {
			t.Fatal(err)
		}
		ends[side-1], l = w, w.l
	}
	var wg sync.WaitGroup
	for _, c := range ends {
		for range 2 {
			wg.Go(func() { io.Copy(io.Discard, c) })
			wg.Go(func() {
				for rest := []byte(stream + stream); len(rest) > 0; {
					n, err := c.Write(rest[:min(len(rest), 9)])
					if errors.Is(err, net.ErrClosed) {
						return
					}
					rest = rest[max(n, 1):]
				}
			})
		}
		wait := time.Duration(rnd.IntN(3000)) * time.Millisecond
		how := rnd.IntN(4)
		wg.Go(func() {
			for range 5 {
				c.SetDeadline(time.Now().Add(wait / 4))
				time.Sleep(wait)
				c.SetDeadline(time.Time{})
			}
			switch how {
			case 0:
				c.CloseWrite()
			case 1:
				c.CloseRead()
			case 2:
				c.(interface{ Reset() error }).Reset()
			}
			time.Sleep(wait)
			c.Close()
		})
	}
	wg.Wait()
	time.Sleep(2 * time.Hour) // a wrapper passes on what a stall held back
	return len(l.Journal())
}
