package main

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
)

// message is a case that shows nothing unless its literal is cut: go-imap's
// server then stores what had come of it.
const message = `imapfuzz case 1
target: server

C: a1 LOGIN test test
S: a1 OK
C: a2 APPEND INBOX {27}
S: +
C= "From: a@example.com\r\n\r\nhi\r\n"
C= "\r\n"
S: a2 OK
`

// The names in what sweep prints for programs.
var (
	sweepNames   = []string{"client_bytes", "conn", "elapsed_s", "faults_fired", "findings", "inconclusive", "known", "points", "ran", "rules_armed", "server_bytes", "stretches", "target", "unreached"}
	stretchNames = []string{"bucket", "fault", "from", "kind", "place", "rule", "side", "to"}
)

func TestSweepPrintsItsStretchesAndTheClosingTable(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "message.case", message)
	got := imapfuzz(t, dir, "sweep", "-faults", "cut", "-side", "client", "-dir", "d", "message.case")
	if got.status != statusFinding {
		t.Fatalf("status %d\n%s%s", got.status, got.out, got.err)
	}
	for _, want := range []string{
		`^go-imap server, connection 1: client 71 bytes, server \d+ bytes\n`,
		`(?m)^72 of 72 points in \d+\.\d+s, 72 faults fired, \d+ rules armed$`,
		`(?m)^client bytes 4\d\.\.70, from the APPEND literal to the rest of the APPEND command: cut: data-loss R-AT-1 \(partial\)$`,
		`(?m)^SIDE +RULE +KIND`,
		`(?m)^server +R-AT-1 +data-loss +error +10/10 `,
		`(?m)^    imapfuzz replay d/findings/data-loss-r-at-1-partial-\w+/min.case$`,
	} {
		if !regexp.MustCompile(want).MatchString(got.out) {
			t.Errorf("%s is missing in\n%s", want, got.out)
		}
	}
	if !strings.Contains(got.err, "message.case: 72 points to go over\n") {
		t.Errorf("the number of points is not told beforehand: %q", got.err)
	}
	cases, err := filepath.Glob(filepath.Join(dir, "d", "findings", "data-loss-r-at-1-*", "min.case"))
	if err != nil || len(cases) != 1 {
		t.Fatalf("%q, %v", cases, err)
	}
	if again := imapfuzz(t, dir, "replay", "-n", "2", cases[0]); again.status != statusFinding || !strings.Contains(again.out, "reproduces 2/2") {
		t.Errorf("%+v", again)
	}
}

func TestSweepJSON(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "message.case", message)
	got := imapfuzz(t, dir, "sweep", "-faults", "cut", "-side", "client", "-dir", "d", "-json", "message.case")
	var s struct {
		Points, Ran int
		Stretches   []json.RawMessage
		Findings    []json.RawMessage
	}
	if err := json.Unmarshal([]byte(got.out), &s); err != nil || strings.Count(got.out, "\n") != 1 {
		t.Fatalf("not one object on one line: %v\n%s", err, got.out)
	}
	if n := names(t, []byte(got.out)); !slices.Equal(n, sweepNames) {
		t.Errorf("%q", n)
	}
	if got.status != statusFinding || s.Points != 72 || s.Ran != 72 || len(s.Stretches) == 0 || len(s.Findings) == 0 {
		t.Errorf("status %d, %+v", got.status, s)
	}
	for _, one := range s.Stretches {
		if n := names(t, one); !slices.Equal(n, stretchNames) {
			t.Errorf("%q", n)
		}
	}
	for _, one := range s.Findings {
		if n := names(t, one); !slices.Equal(n, findingNames) {
			t.Errorf("%q", n)
		}
	}
}

func TestASweepThatFindsNothingSaysSo(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "quiet.case", quiet)
	got := imapfuzz(t, dir, "sweep", "-faults", "cut,reset", "-dir", "d", "quiet.case")
	if got.status != statusClean || !strings.Contains(got.out, "nothing found\n") || !strings.Contains(got.out, " faults fired") {
		t.Errorf("%+v", got)
	}
	got = imapfuzz(t, dir, "sweep", "-faults", "cut", "-dir", "d", "-json", "quiet.case")
	if got.status != statusClean || !strings.Contains(got.out, `"stretches":[]`) || !strings.Contains(got.out, `"findings":[]`) || !strings.Contains(got.out, `"known":[]`) {
		t.Errorf("%+v", got)
	}
}

func TestAClientCaseIsSwept(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "client.case", "imapfuzz case 1\ntarget: client\npeer: honest\n\nD: login test test\nD: logout\n")
	got := imapfuzz(t, dir, "sweep", "-faults", "cut", "-side", "server", "-dir", "d", "client.case")
	if got.status == statusError || !regexp.MustCompile(`go-imap client, connection 1: client \d+ bytes, server \d\d+ bytes\n(\d+) of \d+ points`).MatchString(got.out) {
		t.Errorf("%+v", got)
	}
}

func TestCtrlCEndsASweepWithWhatItHas(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "message.case", message+strings.Repeat("C: a3 NOOP\nS: a3 OK\n", 200))
	c := child(t, dir, "sweep", "-dir", "d", "message.case")
	var out strings.Builder
	begun := make(notice, 1)
	c.Stdout, c.Stderr = &out, begun
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	<-begun // the points are known
	c.Process.Signal(syscall.SIGINT)
	asked := time.Now()
	c.Wait()
	if status := c.ProcessState.ExitCode(); status == statusError || !strings.Contains(out.String(), " points in ") || time.Since(asked) > 10*time.Second {
		t.Errorf("status %d after %v\n%s", status, time.Since(asked), out.String())
	}
}

// A notice tells that something was written.
type notice chan bool

func (n notice) Write(b []byte) (int, error) {
	select {
	case n <- true:
	default:
	}
	return len(b), nil
}

func TestFaultsHaveCommasBetween(t *testing.T) {
	var f faultsFlag
	if err := f.Set(`cut, insert "a,\"b", delay 1s..2s`); err != nil {
		t.Fatal(err)
	}
	if len(f.all) != 3 || string(f.all[1].Data) != `a,"b` || f.all[2].Kind != faultnet.Delay || f.String() == "" {
		t.Errorf("%+v", f.all)
	}
	if err := f.Set("cut,, reset"); err == nil {
		t.Error("nothing between two commas is no fault")
	}
}
