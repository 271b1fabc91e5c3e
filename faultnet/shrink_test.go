package faultnet

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// impatient is a session of a client with a defect: a reply that takes longer
// than half a minute is asked for again, and what is read then is taken for a
// whole reply, however short it is. One fault alone does no harm; it takes a
// stall, and short reads after it. It returns the reply that is none.
func impatient(o Options) (lie string) {
	client, server := Pipe(o)
	done := make(chan struct{})
	defer func() {
		client.Close()
		server.Close()
		<-done
	}()
	go func() {
		defer close(done)
		in := bufio.NewReader(server)
		for _, err := in.ReadString('\n'); err == nil; _, err = in.ReadString('\n') {
			if _, err := server.Write([]byte("+PONG\r\n")); err != nil {
				return
			}
		}
	}()
	hasty, patience := false, 100
	for range 10 {
		client.Write([]byte("PING\r\n"))
		got, buf := "", make([]byte, 7)
		for whole := false; !whole; whole = len(got) == 7 || hasty && got != "" {
			client.SetReadDeadline(time.Now().Add(30 * time.Second))
			n, err := client.Read(buf[:7-len(got)])
			got += string(buf[:n])
			if errors.Is(err, os.ErrDeadlineExceeded) && got == "" && patience > 0 {
				hasty = true
				patience--
				client.Write([]byte("PING\r\n"))
			} else if err != nil {
				return ""
			}
		}
		if got != "" && got != "+PONG\r\n" {
			return got
		}
	}
	return ""
}

// noisy is a plan of n rules that makes an impatient client lie, of which two
// are needed.
func noisy(t testing.TB, n int) Plan {
	rnd := rand.New(rand.NewPCG(1, 2))
	rules := []string{`server after "PONG" 3 @2: stall 29m`, "server line 5 @1: chop 3..6"}
	for i := 0; len(rules) < n; i++ {
		rules = append(rules, fmt.Sprintf([]string{
			"client @%d: delay 3ms", "server @%d: delay 1ms..9ms", "client @%d: chop 2", "client line %[2]d: stall 2s",
			"server @%d: join 1ms",
		}[i%5], rnd.IntN(60), 1+rnd.IntN(10)))
		rules[len(rules)-1], _, _ = strings.Cut(rules[len(rules)-1], "%!")
	}
	rnd.Shuffle(n, func(i, j int) { rules[i], rules[j] = rules[j], rules[i] })
	p, err := ParsePlan(strings.Join(rules, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// lies reports whether the client lies under p, in a bubble of its own.
func lies(t *testing.T, p Plan) (lie bool) {
	synctest.Test(t, func(*testing.T) { lie = impatient(Options{Plan: p}) != "" })
	return lie
}

func TestFiftyRulesShrinkToTheTwoThatAreNeeded(t *testing.T) {
	p := noisy(t, 50)
	before := p.String()
	calls := 0
	fails := func(p Plan) bool {
		calls++
		return lies(t, p)
	}
	small := Shrink(p, fails)
	if want := "server @1: cut\nserver: stall 30s\n"; small.String() != want {
		t.Errorf("of %d rules are left\n%s", len(p.Rules), small)
	}
	t.Logf("50 rules to %d in %d sessions:\n%s", len(small.Rules), calls, small)
	if !lies(t, small) {
		t.Error("the client does not lie under the small plan")
	}
	for i := range small.Rules {
		if lies(t, small.Without(i)) {
			t.Errorf("rule %d is not needed:\n%s", i, small)
		}
	}
	if calls == 0 || calls > 400 {
		t.Errorf("%d sessions", calls)
	}
	if p.String() != before {
		t.Error("the plan that was given has changed")
	}
	if again := Shrink(p, fails); again.String() != small.String() {
		t.Errorf("the second time it is\n%s", again)
	}
}

// BenchmarkShrink prints how many sessions, and how much time, it takes to get
// from 50 rules to the two that are needed.
func BenchmarkShrink(b *testing.B) {
	p := noisy(b, 50)
	calls, left := 0, 0
	for b.Loop() {
		inTest(func(t *testing.T) {
			small, n := Shrinker{Fails: func(p Plan) bool { return lies(t, p) }}.Run(p)
			calls, left = n, len(small.Rules)
		})
	}
	b.ReportMetric(float64(calls), "sessions")
	b.ReportMetric(float64(left), "rules")
}

// inTest runs f in a test, which bubbles want.
func inTest(f func(t *testing.T)) {
	all := func(string, string) (bool, error) { return true, nil }
	testing.RunTests(all, []testing.InternalTest{{Name: "bench", F: f}})
}

// shrinkText shrinks the plan of that text, and counts the plans that were shown
// to fails.
func shrinkText(t *testing.T, text string, fails func(Plan) bool) (small Plan, calls int) {
	t.Helper()
	p, err := ParsePlan(text)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	return Shrinker{Fails: func(p Plan) bool {
		if err := p.Check(); err != nil {
			t.Errorf("%q was shown: %v", p, err)
		}
		if shown[p.String()] {
			t.Errorf("%q was shown twice", p)
		}
		shown[p.String()] = true
		return fails(p)
	}}.Run(p)
}

// has makes a predicate: one rule of the plan is as f says.
func has(f func(r Rule) bool) func(Plan) bool {
	return func(p Plan) bool { return slices.ContainsFunc(p.Rules, f) }
}

func TestEachPartOfARuleBecomesAsSimpleAsItMayBe(t *testing.T) {
	for _, tt := range []struct {
		name, plan, want string
		fails            func(r Rule) bool
	}{
		{"a position", "client @4711: cut", "client @38: cut", func(r Rule) bool { return r.When.At >= 38 }},
		{"a position far away", "client @4000000000: cut", "client @3999999999: cut", func(r Rule) bool { return r.When.At >= 3999999999 }},
		{"a line", "server line 3 @5: cut", "server @5: cut", func(r Rule) bool { return r.When.At == 5 }},
		{"the number of a line", "server line 90: cut", "server line 33: cut", func(r Rule) bool { return r.When.Line > 32 }},
		{"a pattern", `server after "OK" 3 @2: cut`, "server: cut", func(r Rule) bool { return r.Fault.Kind == Cut }},
		{"the count of a pattern", `server after "OK" 9 @2: cut`, `server after "OK" 2: cut`, func(r Rule) bool { return r.When.After == "OK" && r.When.Nth > 1 }},
		{"a mark", "server literal 2 @10: cut", "server literal 1 @1: cut", func(r Rule) bool { return r.When.Mark == "literal" && r.When.At > 0 }},
		{"a duration", "server: stall 31m", "server: stall 29m", func(r Rule) bool { return r.Fault.D >= 29*time.Minute }},
		{"an odd duration", "server: stall 1m31.7s", "server: stall 1m1s", func(r Rule) bool { return r.Fault.D > time.Minute }},
		{"a long duration", "server: stall 99999h", "server: stall 1001h", func(r Rule) bool { return r.Fault.D > 1000*time.Hour }},
		{"a range", "server: delay 2s..50s", "server: delay 1ms", func(r Rule) bool { return r.Fault.Kind == Delay && r.Fault.D >= time.Millisecond }},
		{"a size", "server: chop 7..90", "server: chop 3", func(r Rule) bool { return r.Fault.Kind == Chop && r.Fault.N >= 3 }},
		{"a count", "server: drop 1000", "server: drop 500", func(r Rule) bool { return r.Fault.N >= 500 }},
		{"bytes", `server: insert "abcdefgXhij"`, `server: insert "X"`, func(r Rule) bool { return strings.Contains(string(r.Fault.Data), "X") }},
		{"a mask", "server: flip 0xff", "server: flip 0x01", func(r Rule) bool { return r.Fault.Kind == Flip }},
		{"a stall for ever", "server: stall", "server: stall", func(r Rule) bool { return r.Fault.Kind == Stall }},
		{"a duration that must not become for ever", "server: stall 1h", "server: stall 1µs", func(r Rule) bool { return r.Fault.Kind == Stall }},
		{"a repetition", "server @3 every 10 times 9: flip 0x01", "server @3: flip 0x01", func(r Rule) bool { return r.Fault.Kind == Flip && r.When.At == 3 }},
		{"the times of a repetition", "server @3 every 10 times 90: delay 9s", "server every 1 times 5: cut", func(r Rule) bool { return r.Repeat.Times >= 5 }},
		{"a repetition without end", "server @3 every 10: delay 9s", "server every 4: cut", func(r Rule) bool { return r.Repeat.Every >= 4 && r.Repeat.Times == 0 }},
		{"an end", "server line 3 until time 5s: stall 9s", "server: cut", func(r Rule) bool { return r.Fault.Kind > 0 }},
		{"an end that is needed", "client until line 9 @2: chop 7", "client until line 5: chop 1", func(r Rule) bool { return r.Fault.Kind == Chop && r.Until.Line >= 5 }},
		{"a time", "server time 90s: cut", "server time 1m1s: cut", func(r Rule) bool { return r.When.Time > time.Minute }},
		{"a chance", "server chance 0.01 seed 77: cut", "server: cut", func(r Rule) bool { return r.Fault.Kind == Cut }},
		{"a record", "server record 7 @3: reset", "server record 2: cut", func(r Rule) bool { return r.When.Record >= 2 }},
		{"a rate", "server: throttle 64KB/s", "server: throttle 1B/s", func(r Rule) bool { return r.Fault.Kind == Throttle }},
		{"a kind", "server @9: truncate", "server: cut", func(r Rule) bool { return r.Fault.Kind.Terminal() }},
		{"a kind that lasts", "server: noread 5s", "server: stall 3s", func(r Rule) bool { return r.Fault.D >= 3*time.Second }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			small, calls := shrinkText(t, tt.plan, has(tt.fails))
			if got := strings.TrimSpace(small.String()); got != tt.want {
				t.Errorf("want %q, got %q", tt.want, got)
			}
			if calls == 0 || calls > 400 {
				t.Errorf("%d calls", calls)
			}
		})
	}
}

// TestWhateverFailsStillFails shrinks random plans for random reasons.
func TestWhateverFailsStillFails(t *testing.T) {
	smaller := 0
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		var lines []string
		for range 1 + rnd.IntN(12) {
			e, tr := effects[rnd.IntN(len(effects))], triggers[rnd.IntN(len(triggers))]
			lines = append(lines, "server"+tr.when+": "+e.what)
		}
		text := strings.Join(lines, "\n")
		p, err := ParsePlan(text)
		if err != nil {
			t.Fatal(err)
		}
		var reasons []func(Plan) bool
		for range 1 + rnd.IntN(3) {
			want := p.Rules[rnd.IntN(len(p.Rules))]
			reasons = append(reasons, has(func(r Rule) bool {
				return r.Fault.Kind == want.Fault.Kind || r.When.At > want.When.At
			}))
		}
		fails := func(p Plan) bool {
			return !slices.ContainsFunc(reasons, func(holds func(Plan) bool) bool { return !holds(p) })
		}
		if !fails(p) {
			t.Fatalf("the reasons do not hold for\n%s", p)
		}
		small, _ := shrinkText(t, text, fails)
		if !fails(small) || small.Check() != nil {
			t.Errorf("%s\nbecame\n%s", p, small)
		}
		for i := range small.Rules {
			if fails(small.Without(i)) {
				t.Errorf("rule %d is not needed in\n%s", i+1, small)
			}
		}
		if again, _ := shrinkText(t, text, fails); again.String() != small.String() {
			t.Errorf("once\n%sand once\n%s", small, again)
		}
		if len(small.Rules) < len(p.Rules) {
			smaller++
		}
	}
	if smaller < 150 {
		t.Errorf("only %d of 300 plans lost a rule", smaller)
	}
}

func TestAPlanThatDoesNotFailComesBackAsItIs(t *testing.T) {
	small, calls := shrinkText(t, "client @38: reset; server: stall 9s", func(Plan) bool { return false })
	if small.String() != "client @38: reset\nserver: stall 9s\n" || calls != 1 {
		t.Errorf("%d calls, %q", calls, small)
	}
	bad := Plan{Rules: []Rule{{Side: Client}}}
	small, calls = Shrinker{Fails: func(Plan) bool { return true }}.Run(bad)
	if len(small.Rules) != 1 || calls != 0 {
		t.Errorf("a plan that cannot be: %d calls, %q", calls, small)
	}
}

func TestAShrinkerKeepsToItsBudget(t *testing.T) {
	for _, budget := range []int{1, 2, 7, 30} {
		calls := 0
		small, told := Shrinker{Budget: budget, Fails: func(Plan) bool { calls++; return true }}.Run(noisy(t, 50))
		if calls > budget || calls != told || len(small.Rules) == 50 && budget > 1 {
			t.Errorf("budget %d: %d calls, told %d, %d rules left", budget, calls, told, len(small.Rules))
		}
	}
}

func TestEverythingCanFallAway(t *testing.T) {
	if small := Shrink(noisy(t, 50), func(Plan) bool { return true }); len(small.Rules) != 0 {
		t.Errorf("left are\n%s", small)
	}
}

// TestEveryKindHasSomethingSimpler but the simplest of all.
func TestEveryKindHasSomethingSimpler(t *testing.T) {
	for _, e := range effects {
		f, err := ParseFault(e.what)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, g := range simplerFaults(f) {
			if g.Check() == nil && g.String() != f.String() {
				n++
			}
		}
		if n == 0 && f.Kind != Cut {
			t.Errorf("nothing is simpler than %q", f)
		}
	}
}
