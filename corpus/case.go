package corpus

import (
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
)

// Version is the version of the case language that Format writes.
const Version = 1

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
)

// A Step is one step of a case: bytes that one side sends, or time that passes,
// or a fault.
type Step struct {
	Op     Op
	Conn   int             // 1-based; 0 in a Time step
	Side   faultnet.Side   // Bytes: who sends
	Data   []byte          // Bytes: as on the wire, CRLF included. Do: the call's text
	D      time.Duration   // Time
	Fault  faultnet.Rule   // Strike: Fault.When is zero
	Faults []faultnet.Rule // Bytes, Do: faults that count from the step's first byte
	Note   []string        // comment lines before the step, without "# "
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
