package fuzz

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus/trace"
	"github.com/imapfuzz/imapfuzz/harness"
)

// A campaign and its workers talk in lines of JSON: requests on the worker's
// standard input, answers on its standard output. A worker answers a request
// with any number of answers, the last of which has Done set.

// request asks a worker for something.
type request struct {
	Do     string `json:"do"` // "describe", "open", "search" or "run"
	Target string `json:"target"`
	State  string `json:"state"` // the file in which the worker notes what it runs

	// open: make a stream, and bring it, by what it has kept, to where it was; further
	// requests, without Begin, bring more of what it has kept.
	UIDs string `json:"uids,omitempty"` // the file of the ledger of UIDs, "" if it is kept nowhere

	// search: go on with it, for so long and so many cases; 0 is no limit.
	Seed   uint64   `json:"seed,omitempty"`
	Stream uint64   `json:"stream,omitempty"`
	Begin  bool     `json:"begin,omitempty"` // open: make the stream anew from Inputs
	From   uint64   `json:"from,omitempty"`
	Inputs []string `json:"inputs,omitempty"`
	Kept   []Kept   `json:"kept,omitempty"`
	Words  []string `json:"words,omitempty"` // that the target compares with
	Banned []uint64 `json:"banned,omitempty"`
	Deadly []string `json:"deadly,omitempty"` // buckets that have ended workers before
	Limit  int      `json:"limit,omitempty"`
	News   []string `json:"news,omitempty"` // cases of other campaigns, to be run next
	Ms     int      `json:"ms,omitempty"`
	N      int      `json:"n,omitempty"`

	// run: run one case so often, and show what happened in the first runs.
	Case  string `json:"case,omitempty"`
	Times int    `json:"times,omitempty"`
	Show  int    `json:"show,omitempty"`

	Spin time.Duration `json:"spin,omitempty"` // run: how long a run may compute, 0: as usual

	Features bool `json:"features,omitempty"` // run: tell Features and Taken of each run

	// run, for a report card: the name of the case, and by which RFC it is judged.
	Trial   string          `json:"trial,omitempty"`
	Profile harness.Profile `json:"profile,omitempty"`
}

// answer is what a worker says.
type answer struct {
	Kept    *Kept            `json:"kept,omitempty"`
	Found   *found           `json:"found,omitempty"`
	Counts  *counts          `json:"counts,omitempty"`
	Stalled *harness.Finding `json:"stalled,omitempty"` // by the watchdog: the worker ends
	Spins   bool             `json:"spins,omitempty"`   // what is Stalled still computes
	Runs    []runReport      `json:"runs,omitempty"`
	About   *description     `json:"about,omitempty"`
	Err     string           `json:"err,omitempty"` // of the request: nothing was done
	Done    bool             `json:"done,omitempty"`
}

// found is a finding and the case that shows it.
type found struct {
	Finding harness.Finding `json:"finding"`
	Case    string          `json:"case"`
	K       uint64          `json:"k,omitempty"`
}

// counts is what happened since the last counts.
type counts struct {
	Next    uint64         `json:"next"` // cases of the stream so far
	Cases   int64          `json:"cases"`
	Steps   int64          `json:"steps"`
	Faults  int64          `json:"faults"`
	Failed  int64          `json:"failed"` // cases that the harness could not run
	Why     string         `json:"why,omitempty"`
	Buckets map[string]int `json:"buckets,omitempty"`
	Reach   reach          `json:"reach"`

	// Yield is, by the name of what made cases, how many it had a part in, and how
	// many of these were kept.
	Yield map[string][2]int64 `json:"yield,omitempty"`
}

// runReport is what came of one run.
type runReport struct {
	Findings   []harness.Finding `json:"findings,omitempty"`
	Steps      int               `json:"steps"`
	Faults     int               `json:"faults"`
	Diverged   []string          `json:"diverged,omitempty"`
	Unfired    []string          `json:"unfired,omitempty"`
	Transcript string            `json:"transcript,omitempty"`
	Log        []string          `json:"log,omitempty"`
	Trace      []trace.Conn      `json:"trace,omitempty"`
	Wires      []wire            `json:"wires,omitempty"`
	Edges      int               `json:"edges,omitempty"` // that were taken
	Features   []uint64          `json:"features,omitempty"`
	Taken      []byte            `json:"taken,omitempty"` // the edges, packed
	Err        string            `json:"err,omitempty"`

	// Skipped is why the target's author leaves the case out; it was not run.
	Skipped string `json:"skipped,omitempty"`

	// Trial is all that a report card needs to know, and nothing else then is.
	Trial *harness.Trial `json:"trial,omitempty"`

	// Spun: the watchdog has ended the run, which still computed.
	Spun bool `json:"spun,omitempty"`

	// Inconclusive has the stacks of a run that could not go on in fake time.
	Inconclusive string `json:"inconclusive,omitempty"`
}

// bucket returns the finding of that bucket, if the run has one.
func (r *runReport) bucket(name string) *harness.Finding {
	for i := range r.Findings {
		if r.Findings[i].Bucket() == name {
			return &r.Findings[i]
		}
	}
	return nil
}

// stateHead is the length of what precedes the case in a state file: its
// number, its parent's number, its length.
const stateHead = 8 + 8 + 4

// putState completes the head of a state whose case follows it.
func putState(b []byte, k, parent uint64) {
	binary.BigEndian.PutUint64(b, k)
	binary.BigEndian.PutUint64(b[8:], parent)
	binary.BigEndian.PutUint32(b[16:], uint32(len(b)-stateHead))
}

// getState reads a state file.
func getState(b []byte) (k, parent uint64, text []byte, err error) {
	if len(b) < stateHead {
		return 0, 0, nil, errors.New("no case was begun")
	}
	n := int(binary.BigEndian.Uint32(b[16:]))
	if n > len(b)-stateHead {
		return 0, 0, nil, errors.New("the case is not whole")
	}
	return binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:]), b[stateHead : stateHead+n], nil
}
