package corpus

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
)

// Version is the version of the case language that Format writes.
const Version = 1

// The bounds of a case: a hostile text cannot exceed them.
const (
	MaxConns = 64       // the highest number of a connection
	MaxData  = 64 << 20 // bytes of Data in all steps together
)

// Target says which side of the wire a case tests.
type Target uint8

// The targets of a case.
const (
	Server Target = iota // the target is a server; the harness plays the client
	Client               // the target is a client; the harness plays the server
)

// String returns the word that stands in a case: "server" or "client".
func (t Target) String() string {
	if t == Client {
		return "client"
	}
	return "server"
}

// Sends returns the side whose bytes a case for t scripts; lines of the other
// side are expectations.
func (t Target) Sends() faultnet.Side {
	if t == Client {
		return faultnet.Server
	}
	return faultnet.Client
}

// A Case is one test input: the steps of one or more connections, and the
// faults. It is a value: functions that change a case work on a Clone.
type Case struct {
	Note   []string // comment lines at the head, without "# "
	Target Target
	Honest bool       // a client case whose replies come from an honest server ("peer: honest")
	Rules  []string   // ids of the rules that the case was written for
	Plan   []PlanRule // faults at positions of a connection's whole stream
	Steps  []Step
	End    []string // comment lines after the last step; part of Note if there is no step
}

// A PlanRule is one rule of a connection's plan.
type PlanRule struct {
	Conn int // 1-based
	Rule faultnet.Rule
}

// Op says what a step does.
type Op uint8

// The kinds of steps.
const (
	Bytes    Op = iota // one side sends Data, or is expected to (line "C:", "S:", "C=", "S=")
	Time               // fake time passes ("T:")
	Strike             // a fault strikes here and now ("!")
	Do                 // the client under test is asked to do something ("D:")
	StartTLS           // both sides start TLS on the connection ("TLS:")
	Restart            // server cases: the target ends and starts again, over the same store ("RESTART:")
)

// A Step is one step of a case: bytes that one side sends, or time that passes,
// or a fault.
type Step struct {
	Op     Op
	Conn   int             // 1-based; 0 in a Time or Restart step
	Side   faultnet.Side   // Bytes: who sends
	Data   []byte          // Bytes: as on the wire, CRLF included. Do: the call's text
	D      time.Duration   // Time
	Fault  faultnet.Rule   // Strike: Fault.When is zero
	Faults []faultnet.Rule // Bytes, Do: faults that count from the step's first byte
	Note   []string        // comment lines before the step, without "# "
}

// alone reports whether a step of that kind is of no connection.
func (op Op) alone() bool { return op == Time || op == Restart }

// Restarts returns how often c restarts its target.
func (c *Case) Restarts() (n int) {
	for i := range c.Steps {
		if c.Steps[i].Op == Restart {
			n++
		}
	}
	return n
}

// Sends reports whether s is a step in which the harness sends bytes, in a case
// for t; a Bytes step that is none is an expectation.
func (s *Step) Sends(t Target) bool { return s.Op == Bytes && s.Side == t.Sends() }

// Expects reports whether s states what the target is expected to send.
func (s *Step) Expects(t Target) bool { return s.Op == Bytes && s.Side != t.Sends() }

// Conns returns the highest number of a connection that c uses.
func (c *Case) Conns() int {
	n := 0
	for i := range c.Steps {
		n = max(n, c.Steps[i].Conn)
	}
	for i := range c.Plan {
		n = max(n, c.Plan[i].Conn)
	}
	return n
}

// Faults returns the faults of c, those of plans first.
func (c *Case) Faults() []faultnet.Rule {
	var all []faultnet.Rule
	for i := range c.Plan {
		all = append(all, c.Plan[i].Rule)
	}
	for i := range c.Steps {
		if c.Steps[i].Op == Strike {
			all = append(all, c.Steps[i].Fault)
		}
		all = append(all, c.Steps[i].Faults...)
	}
	return all
}

// ID returns the name of c: the first 16 hexadecimal digits of the SHA-256 of
// its canonical text. Notes count.
func (c *Case) ID() string { return textID(Format(c)) }

func textID(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// Clone returns a copy of c that shares nothing with it that is ever written;
// fault rules are values that nobody changes in place, and are shared.
func (c *Case) Clone() *Case {
	d := *c
	d.Note = slices.Clone(c.Note)
	d.Rules = slices.Clone(c.Rules)
	d.Plan = slices.Clone(c.Plan)
	d.Steps = slices.Clone(c.Steps)
	d.End = slices.Clone(c.End)
	size := 0
	for i := range c.Steps {
		size += len(c.Steps[i].Data)
	}
	all := make([]byte, 0, size)
	for i := range d.Steps {
		s := &d.Steps[i]
		if s.Data != nil {
			at := len(all)
			all = append(all, s.Data...)
			s.Data = all[at:len(all):len(all)]
		}
		s.Faults = slices.Clone(s.Faults)
		s.Note = slices.Clone(s.Note)
	}
	return &d
}

// Clone returns a copy of s on the terms of [Case.Clone].
func (s *Step) Clone() Step {
	d := *s
	d.Data = bytes.Clone(s.Data)
	d.Faults = slices.Clone(s.Faults)
	d.Note = slices.Clone(s.Note)
	return d
}

// Equal reports whether c and d have the same text. Nil and empty slices are the
// same.
func (c *Case) Equal(d *Case) bool {
	return slices.Equal(c.Note, d.Note) && slices.Equal(c.End, d.End) && c.Target == d.Target && c.Honest == d.Honest &&
		slices.Equal(c.Rules, d.Rules) &&
		slices.EqualFunc(c.Plan, d.Plan, func(a, b PlanRule) bool {
			return a.Conn == b.Conn && sameRule(a.Rule, b.Rule)
		}) &&
		slices.EqualFunc(c.Steps, d.Steps, func(a, b Step) bool { return a.Equal(&b) })
}

// Equal reports whether s and t have the same text, notes included.
func (s *Step) Equal(t *Step) bool {
	if s.Op != t.Op || s.Conn != t.Conn || !slices.Equal(s.Note, t.Note) {
		return false
	}
	switch s.Op {
	case Time:
		return s.D == t.D
	case Strike:
		return sameRule(s.Fault, t.Fault)
	case StartTLS, Restart:
		return true
	}
	return (s.Op == Do || s.Side == t.Side) && bytes.Equal(s.Data, t.Data) &&
		slices.EqualFunc(s.Faults, t.Faults, sameRule)
}

// sameRule reports whether a and b have the same text: a default that is written
// out is the same as one that is not.
func sameRule(a, b faultnet.Rule) bool {
	f, g := a.Fault, b.Fault
	if a.Side == b.Side && a.When == b.When && f.Kind == g.Kind && f.D == g.D && f.DMax == g.DMax &&
		f.N == g.N && f.NMax == g.NMax && f.Line == g.Line && f.Mask == g.Mask && bytes.Equal(f.Data, g.Data) {
		return true
	}
	return a.String() == b.String()
}

// Valid returns nil if c can be written down exactly, and otherwise says what
// cannot. Everything that Parse and ParseLenient return is valid.
func (c *Case) Valid() error {
	if len(c.Steps) == 0 {
		return errors.New("case: no step")
	}
	if c.Target > Client {
		return fmt.Errorf("case: target %d", c.Target)
	}
	if c.Honest && c.Target == Server {
		return errors.New("case: an honest peer in a server case")
	}
	for _, id := range c.Rules {
		if !isRuleID(id) {
			return fmt.Errorf("case: rule id %q", id)
		}
	}
	for i := range c.Plan {
		if n := c.Plan[i].Conn; n < 1 || n > MaxConns {
			return fmt.Errorf("case: plan rule %d: connection %d", i+1, n)
		}
		if err := check(c.Plan[i].Rule); err != nil {
			return fmt.Errorf("case: plan rule %d: %w", i+1, err)
		}
	}
	if err := validNote(c.Note); err != nil {
		return fmt.Errorf("case: %w", err)
	}
	if err := validNote(c.End); err != nil {
		return fmt.Errorf("case: end: %w", err)
	}
	if len(c.Steps) == 0 && len(c.End) > 0 {
		return errors.New("case: end: comments after the last step, and no step")
	}
	size := 0
	for i := range c.Steps {
		size += len(c.Steps[i].Data)
		if err := c.Steps[i].valid(); err != nil {
			return fmt.Errorf("case: step %d: %w", i+1, err)
		}
		if c.Target == Client && c.Steps[i].Op == Restart {
			return fmt.Errorf("case: step %d: a restart in a client case", i+1)
		}
	}
	if size > MaxData {
		return fmt.Errorf("case: %d bytes of data", size)
	}
	return nil
}

func (s *Step) valid() error {
	switch {
	case s.Op > Restart:
		return fmt.Errorf("operation %d", s.Op)
	case s.Op == Time && s.D < 0:
		return fmt.Errorf("duration %v", s.D)
	case s.Op.alone() && s.Conn != 0, !s.Op.alone() && (s.Conn < 1 || s.Conn > MaxConns):
		return fmt.Errorf("connection %d", s.Conn)
	case s.Op == Bytes && s.Side != faultnet.Client && s.Side != faultnet.Server:
		return fmt.Errorf("side %d", s.Side)
	case s.Op == Strike && !hereAndNow(s.Fault):
		return errors.New("a strike at a position")
	case s.Op != Bytes && s.Op != Do && (len(s.Data) > 0 || len(s.Faults) > 0):
		return errors.New("data or faults where none can be written")
	}
	if s.Op == Strike {
		if err := check(s.Fault); err != nil {
			return err
		}
	}
	for _, r := range s.Faults {
		if err := check(r); err != nil {
			return err
		}
	}
	return validNote(s.Note)
}

// check reports whether r can be of a connection that stands.
func check(r faultnet.Rule) error {
	if err := r.Check(); err != nil {
		return err
	}
	return faultnet.LinkForm.Check(r)
}

// hereAndNow reports whether r strikes once, at the base.
func hereAndNow(r faultnet.Rule) bool {
	return r.When == faultnet.When{} && r.Repeat == faultnet.Repeat{} && r.Until == faultnet.When{}
}

func isRuleID(id string) bool {
	if id == "" || id[0] == '#' {
		return false
	}
	for i := 0; i < len(id); i++ {
		if id[i] <= ' ' || id[i] > '~' {
			return false
		}
	}
	return true
}

func validNote(note []string) error {
	for _, line := range note {
		if strings.Contains(line, "\n") || line != trimNote(line) {
			return fmt.Errorf("note line %q", line)
		}
	}
	return nil
}

// trimNote cuts what a comment does not keep at its end.
func trimNote(s string) string { return strings.TrimRight(s, " \t\r") }
