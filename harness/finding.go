package harness

import (
	"fmt"
	"strings"

	"github.com/imapfuzz/imapfuzz/faultnet"
)

// Kind is the kind of a finding.
type Kind string

// The kinds of findings.
const (
	Crash     Kind = "crash"
	Hang      Kind = "hang"
	Leak      Kind = "leak"
	Resource  Kind = "resource"
	DataLoss  Kind = "data-loss"
	Duplicate Kind = "duplicate"
	Lie       Kind = "lie"
	Protocol  Kind = "protocol"
	State     Kind = "state"
	Injection Kind = "injection"
	Race      Kind = "race"
)

// Severity is how bad the breach of a rule is.
type Severity string

// The severities.
const (
	Error Severity = "error" // a MUST, or a robustness that nobody can do without
	Warn  Severity = "warn"  // a SHOULD
	Info  Severity = "info"  // advice
)

// A Finding is a rule broken, with its evidence.
type Finding struct {
	Rule     string
	Kind     Kind
	Severity Severity
	Side     faultnet.Side // the side that is at fault
	Where    string        // what tells one defect from another: frames of the target's own code, or the shape of the exchange
	Summary  string        // one line of what happened
	Step     int           // index of the step during which it happened
	Conn     int           // connection, 0 for none
	Stack    string        // if there is one
	Close    bool          // a limit was passed by so little that another run may keep it
	event    int           // index of the event that shows it: orders causes
	from     int           // index of the event that it began with, 0 for event: tells the step
	local    bool          // it leads to no other
}

// Bucket returns the name of the defect: findings with the same bucket are the
// same defect. It holds no number that changes from run to run.
func (f *Finding) Bucket() string {
	return strings.TrimSuffix(string(f.Kind)+"/"+f.Rule+"/"+f.Where, "/")
}

// String returns a line that a person can read.
func (f *Finding) String() string {
	return fmt.Sprintf("%s: %s [%s, %s] %s", f.Side, f.Rule, f.Kind, f.Severity, f.Summary)
}
