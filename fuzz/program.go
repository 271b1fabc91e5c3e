package fuzz

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
)

// A Program is an executable whose processes are workers of a campaign: they run
// the cases of one target. A test binary is one if it is started with what
// [TestProgram] says.
type Program struct {
	Exe  string
	Args []string
	Env  []string // beside the environment of the campaign: "NAME=value"
	Dir  string   // in which it runs; empty: that of the campaign
	Race bool     // built with the race detector
}

// workerVariable says to a FuzzXxx that it is run by a campaign: it has the name
// under which the campaign knows the target.
const workerVariable = "IMAPFUZZ_WORKER"

// TestProgram returns the program that the test binary exe is when it runs only
// the fuzz target of that name, which hands its target to [Server] or [Client], as
// a worker. dir is the directory of its package, where its testdata is.
func TestProgram(exe, dir, name string, race bool) *Program {
	p := &Program{
		Exe: exe, Dir: dir, Race: race,
		Args: []string{"-test.run=^" + name + "$", "-test.timeout=0"},
		Env:  []string{workerVariable + "=" + name},
	}
	if race {
		p.Env = append(p.Env, "GORACE=halt_on_error=1 atexit_sleep_ms=0")
	}
	return p
}

// protocol counts the changes of what a campaign and its workers say to each
// other: the two may come from different versions of this package.
const protocol = 1

// description is what a worker says of its target.
type description struct {
	Protocol int           `json:"protocol"`
	Tests    corpus.Target `json:"tests"`
	Name     string        `json:"name,omitempty"`
	Packages []string      `json:"packages,omitempty"`
	Calls    []string      `json:"calls,omitempty"`
	Honest   bool          `json:"honest,omitempty"`   // a client that has an honest peer
	Restarts bool          `json:"restarts,omitempty"` // a server that can be restarted
	Known    []string      `json:"known,omitempty"`    // Options.Known
	Own      []string      `json:"own,omitempty"`      // cases that the user has added, as text
	Edges    int           `json:"edges,omitempty"`    // that the program counts
}

// describe is what a worker says of target.
func describe(target harness.Target) *description {
	d := &description{Protocol: protocol, Tests: target.Tests(), Name: target.TargetName(), Edges: programCounters().len()}
	switch t := target.(type) {
	case *harness.Server:
		d.Packages, d.Restarts = t.Packages, harness.CanRestart(t)
	case *harness.Client:
		d.Packages, d.Calls, d.Honest = t.Packages, t.Calls, t.Peer != nil
	}
	return d
}

// standIn returns what stands for the target in processes that do not have it: it
// can be asked about, and not be run.
func (d *description) standIn() harness.Target {
	if d.Tests == corpus.Server {
		s := &harness.Server{Name: d.Name, Packages: d.Packages}
		if d.Restarts {
			s.Open = func() (harness.StartFunc, error) { return nil, errStandIn }
		}
		return s
	}
	c := &harness.Client{Name: d.Name, Packages: d.Packages, Calls: d.Calls}
	if d.Honest {
		c.Peer = &harness.Server{}
	}
	return c
}

var errStandIn = errors.New("what stands for a target cannot be run")

// describeTime is how long a program may take to say what its target is: it may
// have a TestMain that prepares much.
const describeTime = time.Minute

// ErrNoTarget is the error of a program that ends before it says anything: its
// FuzzXxx hands no target to this package.
var ErrNoTarget = errors.New("no target: it ends without having called fuzz.Server or fuzz.Client")

// describe starts p, and asks what it is. The caller closes the process.
func (p *Program) describe(ctx context.Context) (*process, *description, error) {
	proc, err := launch{mem: DefaultMem}.of(p).start()
	if err != nil {
		return nil, nil, err
	}
	var about *description
	d, err := proc.ask(ctx, request{Do: "describe"}, func(a *answer) { about = a.About })
	switch {
	case err != nil:
	case d != nil && passed(d.Output):
		err = ErrNoTarget
	case d != nil:
		err = fmt.Errorf("it ends before it runs a case:\n%s", strings.TrimSpace(d.Output))
	case about == nil || about.Protocol != protocol:
		err = errors.New("it is built with another version of imapfuzz: want that of this command")
	default:
		return proc, about, nil
	}
	proc.close()
	return nil, nil, err
}

// passed reports whether a test binary has printed out, and no test has failed.
func passed(out string) bool {
	return strings.HasPrefix(out, "PASS\n") || strings.Contains(out, "\nPASS\n")
}

// Edges starts p and returns how many edges it counts, 0 without coverage.
func (p *Program) Edges(ctx context.Context) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, describeTime)
	defer cancel()
	proc, about, err := p.describe(ctx)
	if err != nil {
		return 0, err
	}
	proc.close()
	return about.Edges, nil
}

// Probe starts p, asks what its target is, runs the empty case, and returns the
// target as a campaign can search it, under the name given; edges is how many
// edges of the target's code the empty case takes, 0 without coverage. It is an
// error if the target cannot run the empty case, or dies of it; findings that the
// empty case shows already are returned, as lines.
func (p *Program) Probe(ctx context.Context, name string) (spec Spec, edges int, shows []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, describeTime)
	defer cancel()
	proc, about, err := p.describe(ctx)
	if err != nil {
		return Spec{}, 0, nil, err
	}
	defer proc.close()
	target := about.standIn()
	spec = Spec{Name: name, New: func() harness.Target { return target }, Program: p, Known: about.Known, Seeds: about.Own}
	var runs []runReport
	empty := string(corpus.Format(Decode(about.Tests, nil, vocabulary(target))))
	d, err := proc.ask(ctx, request{Do: "run", Case: empty, Times: 2}, func(a *answer) { runs = a.Runs })
	switch {
	case err != nil:
		return spec, 0, nil, err
	case d != nil:
		return spec, 0, nil, fmt.Errorf("it dies of the empty case: %s\n%s", d.judge(target).Summary, strings.TrimSpace(d.Output))
	case len(runs) != 2:
		return spec, 0, nil, errors.New("it does not run the empty case")
	case runs[0].Err != "":
		return spec, 0, nil, fmt.Errorf("it fails on the empty case: %s", runs[0].Err)
	}
	for i := range runs[0].Findings {
		if f := &runs[0].Findings[i]; !spec.known(f) {
			shows = append(shows, fmt.Sprintf("%s: %s", f.Rule, f.Summary))
		}
	}
	return spec, runs[1].Edges, shows, nil
}
