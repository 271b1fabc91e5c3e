package faultnet

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// words is a marker for tests: every '{' is a mark "brace" that stands before
// it, and every LF a mark "end" that stands behind it.
type words struct{}

func (words) Scan(side Side, p []byte, emit func(string, int)) {
	for i, c := range p {
		switch c {
		case '{':
			emit("brace", i)
		case '\n':
			emit("end", i+1)
		}
	}
}

func newWords() Marker { return words{} }

const stream = "* OK hi\r\na1 {5}\r\nhello {3}\r\nbye\r\n"

// outcome is what both applications of one run saw.
type outcome struct {
	got    string // what the client read of the server's stream
	end    string // how its reading ended
	writes string // how the server's writing ended
	took   time.Duration
}

// deliver has the server write stream in pieces of the given size and close for
// writing, while the client reads to the end.
func deliver(l *Link, size int) outcome { return deliverOver(l.Client(), l.Server(), size) }

func deliverOver(client, server full, size int) outcome {
	var o outcome
	start := time.Now()
	done := make(chan struct{})
	go func() {
		defer close(done)
		var b []byte
		p := make([]byte, 7)
		for {
			n, err := client.Read(p)
			b = append(b, p[:n]...)
			if err != nil {
				o.end = short(err)
				break
			}
		}
		o.got, o.took = string(b), time.Since(start)
	}()
	o.writes = "nil"
	for rest := stream; rest != ""; {
		n := min(size, len(rest))
		if _, err := server.Write([]byte(rest[:n])); err != nil {
			o.writes = short(err)
			break
		}
		rest = rest[n:]
	}
	server.CloseWrite()
	synctest.Wait()
	select {
	case <-done:
	case <-time.After(100 * time.Hour):
		o.end = "silence"
		client.Close()
		<-done
		o.end = "silence"
	}
	client.Close()
	server.Close()
	return o
}

func short(err error) string {
	for _, known := range []error{io.EOF, syscall.ECONNRESET, syscall.EPIPE, os.ErrDeadlineExceeded} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return err.Error()
}

var triggers = []struct {
	when string
	at   int // where it stands in stream
}{
	{"", 0},
	{" @0", 0},
	{" @1", 1},
	{" @12", 12},
	{" line 1 @3", 3},
	{" line 2", 9},
	{" line 3", 17},
	{" line 3 @4", 21},
	{" line 5", len(stream)},
	{` after "a1"`, 11},
	{` after "{" 2`, 24},
	{` after "l"`, 20},
	{` after "ll" @1`, 22},
	{` after "\r\n" 3 @2`, 30},
	{" brace 1", 12},
	{" brace 2", 23},
	{" brace 2 @5", 28},
	{" end 1", 9},
	{" end 2 @1", 18},
	{" write 1", 0},
	{" write 1 @20", 20},
	{" chance 1 seed 3", 0},
	{fmt.Sprintf(" @%d", len(stream)), len(stream)},
}

// line cuts s behind its first LF.
func line(s string) (string, string) {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return s[:i+1], s[i+1:]
	}
	return s, ""
}

func first(s string, n int) (string, string) { n = min(n, len(s)); return s[:n], s[n:] }

// effects are the faults with what the client must see of "before|after".
var effects = []struct {
	what string
	want func(before, after string) (got, end string)
	took time.Duration
}{
	{"cut", func(b, a string) (string, string) { return b, "EOF" }, 0},
	{"half", func(b, a string) (string, string) { return b, "EOF" }, 0},
	{"reset", func(b, a string) (string, string) { return b, "connection reset by peer" }, 0},
	{"hole", func(b, a string) (string, string) { return b, "silence" }, 0},
	{"stall 29m", func(b, a string) (string, string) { return b + a, "EOF" }, 29 * time.Minute},
	{"noread 3s", func(b, a string) (string, string) { return b + a, "EOF" }, 3 * time.Second},
	{"delay 2s", func(b, a string) (string, string) { return b + a, "EOF" }, 2 * time.Second},
	{"chop 1..3", func(b, a string) (string, string) { return b + a, "EOF" }, 0},
	{"join 5s", func(b, a string) (string, string) { return b + a, "EOF" }, 0},
	{"truncate", func(b, a string) (string, string) { return b, "EOF" }, 0},
	{`insert "XYZ"`, func(b, a string) (string, string) { return b + "XYZ" + a, "EOF" }, 0},
	{`replace "XYZ"`, func(b, a string) (string, string) {
		x, y := first(a, 3)
		return b + "XYZ"[:len(x)] + y, "EOF"
	}, 0},
	{"drop 4", func(b, a string) (string, string) { _, y := first(a, 4); return b + y, "EOF" }, 0},
	{"drop line", func(b, a string) (string, string) { _, y := line(a); return b + y, "EOF" }, 0},
	{"duplicate 4", func(b, a string) (string, string) { x, y := first(a, 4); return b + x + x + y, "EOF" }, 0},
	{"duplicate line", func(b, a string) (string, string) { x, y := line(a); return b + x + x + y, "EOF" }, 0},
	{"truncate 4", func(b, a string) (string, string) { return b, "EOF" }, 0},
	{"throttle 1GB/s", func(b, a string) (string, string) { return b + a, "EOF" }, 0},
	{"drip 3 1s", func(b, a string) (string, string) { return b + a, "EOF" }, 0},
	{"heal", func(b, a string) (string, string) { return b + a, "EOF" }, 0},
	{"quiet", func(b, a string) (string, string) { return b + a, "EOF" }, 0},
	{"flip 0x20", func(b, a string) (string, string) {
		x, y := first(a, 1)
		if x != "" {
			x = string([]byte{x[0] ^ 0x20})
		}
		return b + x + y, "EOF"
	}, 0},
}

func TestEachFaultStrikesAtTheExactByteOfEachTrigger(t *testing.T) {
	ran := 0
	for _, e := range effects {
		for _, tr := range triggers {
			rule, err := ParseRule("server" + tr.when + ": " + e.what)
			if err != nil {
				t.Fatal(err)
			}
			got, end := e.want(stream[:tr.at], stream[tr.at:])
			for _, size := range []int{1, 5, len(stream)} {
				ran++
				synctest.Test(t, func(t *testing.T) {
					l := NewLink(Options{Plan: Plan{Rules: []Rule{rule}}, NewMarker: newWords})
					o := deliver(l, size)
					if o.got != got || o.end != end {
						t.Errorf("%s, writes of %d:\nread %q, %s\nwant %q, %s", rule, size, o.got, o.end, got, end)
					}
					if o.took < e.took || o.took > e.took && end != "silence" && e.took > 0 {
						t.Errorf("%s, writes of %d: took %v, want %v", rule, size, o.took, e.took)
					}
					checkJournal(t, l, rule, tr.at, size, o)
				})
			}
		}
	}
	if want := len(effects) * len(triggers) * 3; ran != want {
		t.Errorf("%d of %d ran", ran, want)
	}
}

// checkJournal checks that the one strike is in the journal, and that the
// journal as a plan does the same again.
func checkJournal(t *testing.T, l *Link, rule Rule, at, size int, o outcome) {
	j := l.Journal()
	if len(j) != 1 || j[0].At != int64(at) || j[0].Side != Server || j[0].Rule != rule.String() || j[0].Order != 1 {
		t.Errorf("%s, writes of %d: the journal is %+v, want one strike at %d", rule, size, j, at)
		return
	}
	if u := l.Unfired(); len(u) != 0 {
		t.Errorf("%s struck and is unfired: %v", rule, u)
	}
	plan := JournalPlan(j)
	again := NewLink(Options{Plan: plan})
	if p := deliver(again, size); p != o {
		t.Errorf("%s gave %+v, its journal %s gives %+v", rule, o, plan, p)
	}
	if k := again.Journal(); len(k) != 1 || len(plan.Rules) != 1 || k[0].At != j[0].At || !reflect.DeepEqual(k[0].Fault, plan.Rules[0].Fault) {
		t.Errorf("the journal %+v was replayed as %+v", j, k)
	}
}

func TestKindsAreAllInTheTable(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range effects {
		f, err := ParseFault(e.what)
		if err != nil {
			t.Fatal(err)
		}
		seen[f.Kind.String()] = true
	}
	for _, k := range Kinds() {
		if !seen[k.String()] && !k.Connecting() { // those: TestConnectionsAreMadeAsThePlanSays
			t.Errorf("%s is in no row", k)
		}
	}
}

func TestARuleThatIsNotReachedIsUnfired(t *testing.T) {
	ran := 0
	for _, text := range []string{
		"server @99: cut", "server line 9: cut", `server after "nowhere": cut`, "server brace 3: cut", "client @1: reset",
		"server end 1 @900: stall 1m", "server nothing 1: cut",
	} {
		synctest.Test(t, func(t *testing.T) {
			p, err := ParsePlan(text)
			if err != nil {
				t.Fatal(err)
			}
			l := NewLink(Options{Plan: p, NewMarker: newWords})
			if o := deliver(l, 3); o.got != stream || o.end != "EOF" || o.writes != "nil" {
				t.Errorf("%s changed the stream: %+v", text, o)
			}
			if u := l.Unfired(); !reflect.DeepEqual(u, p.Rules) || len(l.Journal()) != 0 {
				t.Errorf("unfired: %v, journal %v", u, l.Journal())
			}
			ran++
		})
	}
	if ran != 7 {
		t.Errorf("%d ran", ran)
	}
}
