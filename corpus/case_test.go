package corpus

import (
	"strings"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
)

func TestTarget(t *testing.T) {
	for _, tt := range []struct {
		target Target
		word   string
		sends  faultnet.Side
	}{{Server, "server", faultnet.Client}, {Client, "client", faultnet.Server}} {
		if tt.target.String() != tt.word || tt.target.Sends() != tt.sends {
			t.Errorf("%v sends %v", tt.target, tt.target.Sends())
		}
		for _, side := range []faultnet.Side{faultnet.Client, faultnet.Server} {
			s := Step{Side: side}
			if s.Sends(tt.target) != (side == tt.sends) || s.Expects(tt.target) == s.Sends(tt.target) {
				t.Errorf("target %v, step of the %v", tt.target, side)
			}
		}
		for op := Time; op <= Restart; op++ {
			if s := (Step{Op: op, Side: tt.sends}); s.Sends(tt.target) || s.Expects(tt.target) {
				t.Errorf("operation %d has bytes", op)
			}
		}
	}
}

func TestConns(t *testing.T) {
	c := everythingCase(t)
	if n := c.Conns(); n != 3 {
		t.Errorf("got %d", n)
	}
	c.Plan[1].Conn = 9
	if n := c.Conns(); n != 9 {
		t.Errorf("with a plan for connection 9: got %d", n)
	}
	if n := (&Case{}).Conns(); n != 0 {
		t.Errorf("no case: got %d", n)
	}
}

// The ID of a case names its file in every corpus ever written: it never changes.
func TestID(t *testing.T) {
	const want = "a82def6ae1ef22fd"
	c := everythingCase(t)
	if got := c.ID(); got != want {
		t.Errorf("got %s, want %s: the canonical text has changed", got, want)
	}
	c.Steps[0].Note = nil
	if c.ID() == want {
		t.Error("a note does not count")
	}
}

// changes are ways to change a case, each in one place.
var changes = []struct {
	name   string
	change func(c *Case)
}{
	{"a note", func(c *Case) { c.Note[0] = "b" }},
	{"no note", func(c *Case) { c.Note = c.Note[:1] }},
	{"another target", func(c *Case) { c.Target, c.Honest = Server, false }},
	{"another peer", func(c *Case) { c.Honest = false }},
	{"another rule", func(c *Case) { c.Rules[0] = "X" }},
	{"a plan rule of another connection", func(c *Case) { c.Plan[0].Conn = 7 }},
	{"another plan rule", func(c *Case) { c.Plan[0].Rule.Side = faultnet.Client }},
	{"no plan", func(c *Case) { c.Plan = nil }},
	{"a step less", func(c *Case) { c.Steps = c.Steps[1:] }},
	{"a byte", func(c *Case) { c.Steps[0].Data[0]++ }},
	{"a byte more", func(c *Case) { c.Steps[0].Data = append(c.Steps[0].Data, 0) }},
	{"another side", func(c *Case) { c.Steps[0].Side = faultnet.Server }},
	{"another connection", func(c *Case) { c.Steps[0].Conn = 4 }},
	{"another operation", func(c *Case) { c.Steps[0].Op = Do }},
	{"a step's note", func(c *Case) { c.Steps[0].Note[0] = "x" }},
	{"a fault of a step", func(c *Case) { c.Steps[1].Faults[0].Fault.D++ }},
	{"the data of a fault", func(c *Case) { c.Steps[1].Faults[1].Fault.Data = []byte("y") }},
	{"no fault of a step", func(c *Case) { c.Steps[1].Faults = nil }},
	{"a strike", func(c *Case) { c.Steps[3].Fault.Fault.Kind = faultnet.Half }},
	{"a time", func(c *Case) { c.Steps[5].D++ }},
	{"a call", func(c *Case) { c.Steps[8].Data[0]++ }},
	{"TLS elsewhere", func(c *Case) { c.Steps[10].Conn = 5 }},
}

func TestCloneAndEqual(t *testing.T) {
	t.Run("a clone is equal and has the same text", func(t *testing.T) {
		c := everythingCase(t)
		d := c.Clone()
		if !c.Equal(d) || string(Format(d)) != everything {
			t.Errorf("got\n%s", Format(d))
		}
		for i := range c.Steps {
			if s := c.Steps[i].Clone(); !s.Equal(&d.Steps[i]) {
				t.Errorf("step %d differs", i+1)
			}
		}
	})
	for _, tt := range changes {
		t.Run("a clone with "+tt.name+" differs and leaves the original alone", func(t *testing.T) {
			c := everythingCase(t)
			d := c.Clone()
			tt.change(d)
			if c.Equal(d) || d.Equal(c) {
				t.Error("still equal")
			}
			if string(Format(c)) != everything {
				t.Errorf("the original has changed:\n%s", Format(c))
			}
			if string(Format(d)) == everything {
				t.Error("the same text")
			}
		})
	}
	t.Run("growing the data of one step of a clone leaves the next alone", func(t *testing.T) {
		d := everythingCase(t).Clone()
		next := string(d.Steps[1].Data)
		d.Steps[0].Data = append(d.Steps[0].Data, "overwritten?"...)
		if string(d.Steps[1].Data) != next {
			t.Errorf("got %q", d.Steps[1].Data)
		}
	})
	t.Run("a default that is written out is equal", func(t *testing.T) {
		a := &Case{Steps: []Step{{Conn: 1, Side: faultnet.Client, Data: []byte{}, Faults: []faultnet.Rule{{
			Side: faultnet.Client, When: faultnet.When{After: "x", Nth: 1}, Fault: faultnet.Fault{Kind: faultnet.Join, D: 200 * time.Millisecond}}}}}}
		b := &Case{Note: []string{}, Steps: []Step{{Conn: 1, Side: faultnet.Client, Faults: []faultnet.Rule{{
			Side: faultnet.Client, When: faultnet.When{After: "x"}, Fault: faultnet.Fault{Kind: faultnet.Join}}}}}}
		if !a.Equal(b) {
			t.Errorf("got\n%s\nand\n%s", Format(a), Format(b))
		}
	})
}

func TestValid(t *testing.T) {
	cut := faultnet.Rule{Side: faultnet.Client, Fault: faultnet.Fault{Kind: faultnet.Cut}}
	at := cut
	at.When.At = 3
	tests := []struct {
		want string
		c    Case
	}{
		{"no step", Case{}},
		{"target 2", Case{Target: 2, Steps: []Step{{Op: Time}}}},
		{"honest peer in a server case", Case{Honest: true, Steps: []Step{{Op: Time}}}},
		{`rule id ""`, Case{Rules: []string{""}, Steps: []Step{{Op: Time}}}},
		{`rule id "#a"`, Case{Rules: []string{"#a"}, Steps: []Step{{Op: Time}}}},
		{`rule id "a b"`, Case{Rules: []string{"a b"}, Steps: []Step{{Op: Time}}}},
		{"plan rule 1: connection 0", Case{Plan: []PlanRule{{0, cut}}, Steps: []Step{{Op: Time}}}},
		{"plan rule 1: faultnet:", Case{Plan: []PlanRule{{1, faultnet.Rule{}}}, Steps: []Step{{Op: Time}}}},
		{`note line "a\nb"`, Case{Note: []string{"a\nb"}, Steps: []Step{{Op: Time}}}},
		{`note line "a "`, Case{Steps: []Step{{Op: Time, Note: []string{"a "}}}}},
		{"step 1: operation 6", Case{Steps: []Step{{Op: 6}}}},
		{"step 2: a restart in a client case", Case{Target: Client, Steps: []Step{{Op: Time}, {Op: Restart}}}},
		{"step 1: connection 1", Case{Steps: []Step{{Op: Restart, Conn: 1}}}},
		{"step 1: duration -1ns", Case{Steps: []Step{{Op: Time, D: -1}}}},
		{"step 1: connection 1", Case{Steps: []Step{{Op: Time, Conn: 1}}}},
		{"step 2: connection 0", Case{Steps: []Step{{Op: Time}, {Op: StartTLS}}}},
		{"step 1: connection 65", Case{Steps: []Step{{Op: Do, Conn: 65}}}},
		{"step 1: side 0", Case{Steps: []Step{{Conn: 1}}}},
		{"step 1: a strike at a position", Case{Steps: []Step{{Op: Strike, Conn: 1, Fault: at}}}},
		{"step 1: faultnet:", Case{Steps: []Step{{Op: Strike, Conn: 1}}}},
		{"step 1: faultnet:", Case{Steps: []Step{{Op: Do, Conn: 1, Faults: []faultnet.Rule{{}}}}}},
		{"step 1: data or faults", Case{Steps: []Step{{Op: StartTLS, Conn: 1, Data: []byte("x")}}}},
		{"step 1: data or faults", Case{Steps: []Step{{Op: Time, Faults: []faultnet.Rule{cut}}}}},
		{"67108865 bytes of data", Case{Steps: []Step{{Op: Do, Conn: 1, Data: make([]byte, MaxData+1)}}}},
	}
	for _, tt := range tests {
		if err := tt.c.Valid(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
	if err := everythingCase(t).Valid(); err != nil {
		t.Error(err)
	}
}
