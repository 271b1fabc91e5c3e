package faultnet

import (
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// seen is what became of a stream.
type seen struct {
	got, end string
	journal  []Strike
}

// carry sends stream in pieces of the given size and ends, and returns what came.
func carry(from, to full, size int) seen {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for rest := stream; rest != ""; {
			n := min(size, len(rest))
			if _, err := io.WriteString(from, rest[:n]); err != nil {
				break
			}
			rest = rest[n:]
		}
		from.CloseWrite()
	}()
	b, err := io.ReadAll(to)
	if err == nil {
		err = io.EOF
	}
	<-done
	from.Close()
	to.Close()
	return seen{got: string(b), end: short(err)}
}

// forms are the ways to put a plan on a connection, as one that carries the stream
// of the given side.
var forms = []struct {
	name string
	do   func(t *testing.T, p Plan, side Side, size int) seen
}{
	{"a pipe", func(t *testing.T, p Plan, side Side, size int) seen {
		l := NewLink(Options{Plan: p, NewMarker: newWords})
		s := carry(&l.conn[side-1], &l.conn[side.Other()-1], size)
		s.journal = l.Journal()
		return s
	}},
	{"a sender that is wrapped", func(t *testing.T, p Plan, side Side, size int) seen {
		a, b := tcpPair(t)
		w, err := Wrap(a, side, Options{Plan: p, NewMarker: newWords})
		if err != nil {
			t.Fatal(err)
		}
		s := carry(w, b, size)
		s.journal = w.Journal()
		return s
	}},
	{"a receiver that is wrapped", func(t *testing.T, p Plan, side Side, size int) seen {
		a, b := tcpPair(t)
		w, err := Wrap(b, side.Other(), Options{Plan: p, NewMarker: newWords})
		if err != nil {
			t.Fatal(err)
		}
		s := carry(a, w, size)
		s.journal = w.Journal()
		return s
	}},
}

// TestAPlanDoesTheSameInAllForms makes random plans of several faults.
func TestAPlanDoesTheSameInAllForms(t *testing.T) {
	base(t)
	const plans = 400
	r := newProxyRig(t, ProxyOptions{NewMarker: newWords})
	ran, struck, resets := 0, 0, 0
	for seed := range uint64(plans) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		side := Side(1 + rnd.IntN(2))
		var p Plan
		for range 1 + rnd.IntN(4) {
			rule := randomRule(t, rnd, side)
			at0 := rule.Fault.Kind == Reset // a dial may be told of it, if it is at the start
			switch k := rule.Fault.Kind; {
			case k == Stall, k == NoRead, k == Delay, k == Drip, k == Join, k == Hole: // in real time
			case at0 && (rule.When.At == 0 && rule.When.plain() || rule.When.Line == 1 || rule.When.Chance > 0):
			case ProxyForm.Check(rule) != nil: // what nobody sees
			default:
				p.Rules = append(p.Rules, rule)
			}
		}
		size := 1 + rnd.IntN(len(stream))
		want := forms[0].do(t, p, side, size)
		struck += len(want.journal)
		if strings.HasPrefix(want.end, "connection") {
			resets++
		}
		check := func(name string, got seen) {
			if got.got != want.got || got.end != want.end || !reflect.DeepEqual(places(got.journal), places(want.journal)) {
				t.Errorf("%s%s gives\n%q %s %v\na pipe\n%q %s %v", p, name,
					got.got, got.end, places(got.journal), want.got, want.end, places(want.journal))
			}
			ran++
		}
		for _, f := range forms[1:] {
			check(f.name, f.do(t, p, side, size))
		}
		if err := r.p.SetPlan(p); err != nil {
			t.Fatal(err)
		}
		c, s, err := r.connect()
		if err != nil {
			t.Fatal(err)
		}
		from, to := c, s
		if side == Server {
			from, to = s, c
		}
		got := carry(from, to, size)
		n := int(seed) + 1
		until(t, r.p, "the connection is over", func() bool { return r.p.Conns()[r.p.index(n)].Ended })
		if got.journal, err = r.p.Journal(n); err != nil {
			t.Fatal(err)
		}
		check("a proxy", got)
	}
	if ran != plans*3 || struck < plans || resets < plans/20 {
		t.Errorf("%d of %d ran, %d faults struck, %d connections were reset", ran, plans*3, struck, resets)
	}
}

// index returns where the connection n stands in Conns.
func (p *Proxy) index(n int) int {
	for i, c := range p.Conns() {
		if c.N == n {
			return i
		}
	}
	return -1
}
