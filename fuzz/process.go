package fuzz

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/harness"
)

const (
	// hungAfter is how long, in real time, a worker may say nothing. Its own
	// watchdog is faster; this is for workers that cannot even watch.
	hungAfter = 20 * time.Second

	// memoryEvery is how often a worker's memory is looked at.
	memoryEvery = 250 * time.Millisecond

	// maxOutput bounds what is kept of a worker's standard error: the end.
	maxOutput = 256 << 10

	// graceToQuit is how long a worker that hangs has to print its stacks.
	graceToQuit = 2 * time.Second

	// maxState bounds what is read of a state file.
	maxState = corpus.MaxData * 8
)

// launch says how workers are started.
type launch struct {
	exe  string
	args []string
	mem  int64 // bytes that a worker may have resident
	env  []string
	dir  string

	uids string // the file of the ledger of UIDs, "" if it is kept nowhere

	memory *gauge // nil: nobody wants to know
}

// of returns how the workers of p are started; nil is l's own program.
func (l launch) of(p *Program) launch {
	if p == nil {
		return l
	}
	mem := l.mem
	if p.Race {
		mem *= raceMemory
	}
	return launch{exe: p.Exe, args: p.Args, env: p.Env, dir: p.Dir, mem: mem, memory: l.memory, uids: l.uids}
}

// memoryLimit returns what lets the garbage collector of a worker that may have mem
// bytes begin early: what cases leave behind is not to be taken for what the target
// needs. Otherwise a worker, which collects seldom, grows with its largest cases.
func memoryLimit(mem int64) []string {
	if os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	if mem <= 0 {
		mem = DefaultMem
	}
	return []string{fmt.Sprintf("GOMEMLIMIT=%d", max(mem/8, 64<<20))}
}

// raceMemory is how much more memory a program takes with the race detector.
const raceMemory = 4

// A process is a worker process, as seen by its parent. It belongs to one
// goroutine.
type process struct {
	launch
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	answers chan answer // closed when the worker's standard output is
	output  *tail
	state   *os.File // what the worker runs
	path    string   // of that, for the worker
	hidden  bool     // the state file has no name, or none any more
	killed  string   // why the parent ended it, "" if it did not
	stall   *harness.Finding
	spun    bool // stall still computed

	oomKills int // when it was started
}

// A death is how a worker ended that should not have.
type death struct {
	Finding harness.Finding
	Case    string // what it ran; "" if unknown
	K       uint64
	Parent  uint64
	Output  string

	ours error // set by judge: the failure is not the target's

	// Inconclusive: the run could not go on in fake time, which says nothing
	// about the target. There is no Finding then.
	Inconclusive bool

	// outside: somebody has killed the process, and not its parent. If that was the
	// system, for want of memory, the case may be the reason: it is run again. spared:
	// the system says that it was not.
	outside, spared bool

	spun bool // the watchdog has ended it, while it computed
}

// start starts a worker. The caller must call close.
func (l launch) start() (*process, error) {
	state, hidden, err := newState()
	if err != nil {
		return nil, fmt.Errorf("fuzz: start a worker: %w", err)
	}
	p := &process{launch: l, state: state, hidden: hidden, output: &tail{}, answers: make(chan answer, 64)}
	p.oomKills = oomKills()
	p.cmd = exec.Command(l.exe, l.args...)
	p.lend()
	p.cmd.Stderr = p.output
	p.cmd.WaitDelay = time.Second
	p.cmd.Dir = l.dir
	p.cmd.Env = append(append(os.Environ(), memoryLimit(l.mem)...), l.env...)
	p.stdin, err = p.cmd.StdinPipe()
	var out io.ReadCloser
	if err == nil {
		out, err = p.cmd.StdoutPipe()
	}
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		p.hide()
		state.Close()
		return nil, fmt.Errorf("fuzz: start a worker: %w", err)
	}
	go readAnswers(out, p.answers, p.output)
	return p, nil
}

// readAnswers hands on what a worker says, until it says no more. A test binary
// may print before its worker takes over: that belongs to the rest of its output.
func readAnswers(r io.Reader, to chan<- answer, rest io.Writer) {
	defer close(to)
	in := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := in.ReadBytes('\n')
		var a answer
		switch {
		case len(line) > 0 && line[0] == '{' && json.Unmarshal(line, &a) == nil:
			to <- a
		default:
			rest.Write(line)
		}
		if err != nil {
			return
		}
	}
}

// ask sends q and calls each with every answer until the last one. It returns
// how the worker died if it did, and an error if ctx is done or the worker
// refuses q; the worker is then of no more use.
func (p *process) ask(ctx context.Context, q request, each func(*answer)) (*death, error) {
	q.State, q.UIDs = p.path, p.uids
	line, err := json.Marshal(&q)
	if err != nil {
		return nil, err
	}
	sent := make(chan error, 1)
	go func() {
		_, err := p.stdin.Write(append(line, '\n'))
		sent <- err
	}()
	defer func() { <-sent }() // ends: the worker reads, or is gone
	quiet := time.Now()
	look := time.NewTicker(memoryEvery)
	defer look.Stop()
	for {
		select {
		case a, ok := <-p.answers:
			quiet = time.Now()
			p.hide()
			switch {
			case !ok:
				return p.autopsy(), nil
			case a.Stalled != nil:
				p.stall, p.spun = a.Stalled, a.Spins
			default:
				each(&a)
			}
			if a.Err != "" {
				return nil, errors.New("worker: " + a.Err)
			}
			if a.Done {
				return nil, nil
			}
		case <-look.C:
			if n := p.resident(); p.mem > 0 && n > p.mem {
				p.killed = "memory"
				p.cmd.Process.Kill()
			} else if time.Since(quiet) > hungAfter && p.killed == "" {
				p.killed = "hang"
				quit(p.cmd.Process)
				time.AfterFunc(graceToQuit, func() { p.cmd.Process.Kill() })
			}
		case <-ctx.Done():
			p.cmd.Process.Kill()
			for range p.answers { // the pipe is drained so that it ends
			}
			return nil, ctx.Err()
		}
	}
}

// autopsy says why a worker ended.
func (p *process) autopsy() *death {
	p.stdin.Close()
	err := p.cmd.Wait()
	d := &death{Output: p.output.String()}
	if state, e := io.ReadAll(io.NewSectionReader(p.state, 0, maxState)); e == nil {
		if k, parent, text, e := getState(state); e == nil {
			d.K, d.Parent, d.Case = k, parent, string(text)
		}
	}
	switch {
	case p.stall != nil && p.stall.Rule == "":
		d.Inconclusive, d.Output = true, p.stall.Stack
	case p.stall != nil:
		d.Finding, d.Output, d.spun = *p.stall, p.stall.Stack, p.spun
	case p.killed == "memory":
		d.Finding = outOfMemory("the process had more than %d MiB of memory and was ended", p.mem)
	case p.killed == "hang":
		d.Finding = harness.Finding{
			Rule: "no-hang", Kind: harness.Hang, Severity: harness.Error, Where: "process",
			Summary: fmt.Sprintf("nothing moved for %v of real time", hungAfter),
		}
	default:
		d.outside = killed(p.cmd.ProcessState)
		before, now := p.oomKills, oomKills()
		d.spared = before >= 0 && now == before
		if d.outside && now > before {
			d.Finding = outOfMemory("the system has killed the process for want of memory; it had %d MiB at most", mostResident(p.cmd.ProcessState))
		}
		d.Output += fmt.Sprintf("\n%v\n", err)
	}
	return d
}

// outOfMemory returns the finding of a process that had so many bytes, which text names
// in MiB.
func outOfMemory(text string, bytes int64) harness.Finding {
	return harness.Finding{
		Rule: "bounded-memory", Kind: harness.Resource, Severity: harness.Error, Where: "process", Summary: fmt.Sprintf(text, bytes>>20),
	}
}

// killer says who has killed a process from outside, as far as is known.
func (d *death) killer() string {
	if d.spared {
		return "somebody"
	}
	return "somebody, or the system for want of memory,"
}

// judge completes the finding of a death, which needs the target. An
// inconclusive death has none.
func (d *death) judge(target harness.Target) *harness.Finding {
	if d.Finding.Rule == "" {
		d.Finding = harness.FatalFinding(target, []byte(d.Output))
		d.ours = ownFailureOf(d.Finding.Summary, d.Output, describe(target).Packages)
	}
	if d.Finding.Stack == "" {
		d.Finding.Stack = d.Output
	}
	if d.Finding.Side == 0 {
		d.Finding.Side = sideOf(target)
	}
	return &d.Finding
}

func sideOf(target harness.Target) faultnet.Side { return target.Tests().Sends().Other() }

// close ends the worker and removes its state file. It may be called twice.
func (p *process) close() {
	p.stdin.Close()
	p.cmd.Process.Kill()
	go func() {
		for range p.answers { // the reader ends when the pipe does
		}
	}()
	p.cmd.Wait()
	p.hide()
	p.state.Close()
}

// hide removes the name of the state file. Where a process cannot inherit it (see
// lend) both have it open once the worker has answered.
func (p *process) hide() {
	if !p.hidden {
		p.hidden = os.Remove(p.state.Name()) == nil
	}
}

// A tail is an io.Writer that keeps the last maxOutput bytes, or a bit more.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

// Write never fails.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, b...)
	if extra := len(t.buf) - maxOutput; extra > maxOutput {
		t.buf = append(t.buf[:0], t.buf[extra:]...)
	}
	return len(b), nil
}

// String returns what is kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.ToValidUTF8(string(t.buf[max(0, len(t.buf)-maxOutput):]), "?")
}
