package fuzz

import (
	"bufio"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// How many moments there are, of each kind. Under -short there are fewer.
const (
	killParents = 18
	killGroups  = 16
	killWorkers = 16

	// latest is how long after its start a campaign is killed at most: after a half of
	// that it searches.
	latest = 1400 * time.Millisecond

	// goneAfter is how long workers may outlive their parent.
	goneAfter = 10 * time.Second
)

// TestKill kills campaigns with SIGKILL at random moments of real time: a kernel's
// kill cannot be had in a bubble. /proc tells which processes are whose.
func TestKill(t *testing.T) {
	t.Parallel() // it waits more than it works
	parents, groups, workers := killParents, killGroups, killWorkers
	if testing.Short() {
		parents, groups, workers = 4, 3, 4
		t.Logf("-short: %d moments of %d", parents+groups+workers, killParents+killGroups+killWorkers)
	}
	k := newKiller(t)
	for range parents {
		k.kill("the parent", func(c *victim) { c.Process.Kill() })
	}
	for range groups {
		k.kill("all at once", func(c *victim) { syscall.Kill(-c.Process.Pid, syscall.SIGKILL) })
	}
	for left := workers; left > 0; left -= 4 {
		k.killWorkers(min(left, 4))
	}
	k.last()
	t.Logf("%d moments, %d cases and %d findings at the end; workers outlived their parents by %v at most",
		parents+groups+workers, len(k.cases), len(k.findings), k.outlived.Round(time.Millisecond))
}

// A killer kills campaigns in one directory, and looks after each what is left.
type killer struct {
	*testing.T
	dir, tmp        string
	r               *rand.Rand
	cases, findings map[string]bool // that were on the disk at any time
	outlived        time.Duration
}

func newKiller(t *testing.T) *killer {
	return &killer{T: t, dir: t.TempDir(), tmp: t.TempDir(), r: rand.New(rand.NewPCG(5, 50)), cases: map[string]bool{}, findings: map[string]bool{}}
}

// A victim is a campaign in a process of its own, the leader of a group.
type victim struct {
	*exec.Cmd
	ended chan struct{} // its output is at an end

	mu   sync.Mutex
	told Progress // the last
}

// begin starts a victim.
func (k *killer) begin() *victim {
	v := &victim{Cmd: exec.Command(os.Args[0], "campaign", k.dir), ended: make(chan struct{})}
	v.Env = append(os.Environ(), "TMPDIR="+k.tmp)
	v.Stderr = &tail{}
	v.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := v.StdoutPipe()
	if err == nil {
		err = v.Start()
	}
	if err != nil {
		k.Fatal(err)
	}
	go func() {
		defer close(v.ended)
		for in := bufio.NewScanner(out); in.Scan(); {
			var p Progress
			if json.Unmarshal(in.Bytes(), &p) == nil {
				v.mu.Lock()
				v.told = p
				v.mu.Unlock()
			}
		}
	}()
	return v
}

func (v *victim) last() Progress {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.told
}

// moment waits for a random one.
func (k *killer) moment() { time.Sleep(time.Duration(k.r.Int64N(int64(latest)))) }

// kill starts a campaign, ends it in its own way, and looks at what is left.
func (k *killer) kill(what string, end func(*victim)) {
	k.Helper()
	before := len(k.caseFiles())
	v := k.begin()
	k.moment()
	end(v)
	at := time.Now()
	<-v.ended
	v.Wait()
	for group := v.Process.Pid; len(members(group)) > 0; time.Sleep(5 * time.Millisecond) {
		if k.outlived = max(k.outlived, time.Since(at)); time.Since(at) > goneAfter {
			k.Fatalf("%s killed: processes %v are left", what, members(group))
		}
	}
	k.look(what, v.last(), before)
}

// killWorkers starts a campaign and kills n of its workers, one after the other: it
// goes on each time.
func (k *killer) killWorkers(n int) {
	k.Helper()
	before := len(k.caseFiles())
	v := k.begin()
	for range n {
		k.moment()
		var workers []int
		for k.wait(v, "a worker", func() bool {
			workers = slices.DeleteFunc(members(v.Process.Pid), func(pid int) bool { return pid == v.Process.Pid })
			return len(workers) > 0
		}) {
		}
		cases := v.last().Cases
		syscall.Kill(workers[k.r.IntN(len(workers))], syscall.SIGKILL)
		for k.wait(v, "more cases", func() bool { return v.last().Cases > cases+20 }) {
		}
	}
	v.Process.Signal(os.Interrupt)
	<-v.ended
	if err := v.Wait(); err != nil {
		k.Errorf("%v\n%s", err, v.Stderr)
	}
	k.look("a worker", v.last(), before)
}

// wait returns true, after a while, as long as good does not hold.
func (k *killer) wait(v *victim, what string, good func() bool) bool {
	k.Helper()
	select {
	case <-v.ended:
		v.Wait()
		k.Fatalf("the campaign has ended before there was %s:\n%s", what, v.Stderr)
	default:
	}
	if good() {
		return false
	}
	time.Sleep(5 * time.Millisecond)
	return true
}

// look checks the directory after a campaign that told p last; before is how many
// cases there were when it began.
func (k *killer) look(what string, p Progress, before int) {
	k.Helper()
	for _, name := range k.caseFiles() {
		id := strings.TrimSuffix(filepath.Base(name), ".case")
		if c := k.parse(name); c != nil && c.ID() != id {
			k.Errorf("%s killed: %s is torn: its content is that of %s", what, name, c.ID())
		}
		k.cases[id] = true
	}
	if n := len(k.caseFiles()); n != len(k.cases) {
		k.Fatalf("%s killed: %d cases, there were %d", what, n, len(k.cases))
	}
	if p.Cases > int64(before) && p.Corpus < before && p.States > 0 { // it searches
		k.Errorf("%s killed: the corpus had %d cases, the campaign began with %d", what, before, p.Corpus)
	}
	k.lookAtFindings(what)
	if len(k.findings) < p.Findings {
		k.Errorf("%s killed: %d findings were told, %d are there", what, p.Findings, len(k.findings))
	}
	k.lookAtProgress(what)
	if left, _ := os.ReadDir(k.tmp); len(left) > 0 {
		k.Errorf("%s killed: %v is left", what, left)
	}
}

func (k *killer) caseFiles() []string {
	all, _ := filepath.Glob(filepath.Join(k.dir, "corpus", "*.case"))
	return all
}

// parse reads a case, strictly.
func (k *killer) parse(name string) *corpus.Case {
	k.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		k.Error(err)
		return nil
	}
	c, err := corpus.Parse(name, text)
	if err != nil {
		k.Error(err)
	}
	return c
}

// lookAtFindings checks that folders that are whole are, and stay so.
func (k *killer) lookAtFindings(what string) {
	k.Helper()
	whole, _ := filepath.Glob(filepath.Join(k.dir, "findings", "*", corpus.FindingFile))
	for _, name := range whole {
		folder := filepath.Dir(name)
		var j findingJSON
		if text, err := os.ReadFile(name); err != nil || json.Unmarshal(text, &j) != nil {
			k.Errorf("%s killed: %s is torn: %v\n%s", what, name, err, text)
			continue
		}
		if j.Where == "unknown" {
			k.Errorf("%s killed: the kill was taken for a finding: %s", what, j.Summary)
		}
		k.findings[folder] = true
		k.parse(filepath.Join(folder, originalFile))
		if j.Minimized {
			k.parse(filepath.Join(folder, minFile))
			k.parse(filepath.Join(folder, transcriptFile))
		}
	}
	if len(whole) != len(k.findings) {
		k.Fatalf("%s killed: %d findings, there were %d", what, len(whole), len(k.findings))
	}
}

// lookAtProgress checks the log of progress: only a run's last line may be torn.
func (k *killer) lookAtProgress(what string) {
	k.Helper()
	text, _ := os.ReadFile(filepath.Join(k.dir, progressFile))
	lines := strings.SplitAfter(string(text), "\n")
	for i, line := range lines {
		var l progressLine
		if err := json.Unmarshal([]byte(line), &l); err != nil && i < len(lines)-1 {
			k.Errorf("%s killed: %s: %v in %q", what, progressFile, err, line)
		}
	}
}

// last runs a campaign to an orderly end: it has all that was found, and nothing that
// is half written is left.
func (k *killer) last() {
	then := time.Now().Add(-2 * time.Hour) // younger ones may be another run's
	torn, _ := filepath.Glob(filepath.Join(k.dir, "*", "*.tmp"))
	deeper, _ := filepath.Glob(filepath.Join(k.dir, "*", "*", "*.tmp"))
	torn = append(torn, deeper...)
	for _, name := range torn {
		os.Chtimes(name, then, then)
	}
	s, err := runUntil(k.T, campaignIn(k.dir), func(p Progress) bool { return p.Cases > int64(len(k.cases))+300 })
	if err != nil {
		k.Fatal(err)
	}
	for _, name := range torn {
		if _, err := os.Stat(name); err == nil {
			k.Errorf("%s is left", name)
		}
	}
	known := 0
	for _, f := range s.Findings {
		if f.Known {
			known++
		}
	}
	// One that does not show each time may not have shown.
	if known < len(k.findings)*9/10 || s.Corpus < len(k.cases) || known < 5 || len(k.cases) < 50 {
		k.Errorf("%d of %d findings are known, the corpus has %d of %d cases", known, len(k.findings), s.Corpus, len(k.cases))
	}
	k.Logf("%d temporary files were left, and are gone", len(torn))
}

// members returns the processes of a group that live.
func members(group int) []int {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	var pids []int
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(text), ") ") // after the command
		f := strings.Fields(rest)                     // state, parent, group
		if len(f) > 2 && f[2] == strconv.Itoa(group) && f[0] != "Z" {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
			pids = append(pids, pid)
		}
	}
	return pids
}
