package fuzz

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/corpus/capture"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/plants"
)

// sweptSpecs are a sound server and the same with a defect each.
func sweptSpecs() []Spec {
	specs := []Spec{{Name: "sound", New: func() harness.Target { return plants.Server() }}}
	for _, bug := range []string{"append-partial", "append-twice", "bad-mute"} {
		specs = append(specs, Spec{Name: bug, New: func() harness.Target { return plants.Server(bug) }})
	}
	return specs
}

// appendSteps: the command of the message is the client's bytes 22 to 43, the
// message those from 44 to 70, and 71 and 72 end the command.
const appendSteps = `C: a1 LOGIN test test
S: a1 OK
C: a2 APPEND INBOX {27}
S: +
C= "From: a@example.com\r\n\r\nhi\r\n"
C= "\r\n"
S: a2 OK
`

// sweepOf is a sweep of the case against the server of that name.
func sweepOf(t *testing.T, target string, c *corpus.Case, faults ...faultnet.Fault) Sweep {
	t.Helper()
	spec, err := specByName(append(plantedSpecs(), sweptSpecs()...), target)
	if err != nil {
		t.Fatal(err)
	}
	return Sweep{Dir: t.TempDir(), Targets: []Spec{spec}, Case: c, Faults: faults, Workers: 2, Capture: capture.NG}
}

func runSweep(t *testing.T, s Sweep) *SweepSummary {
	t.Helper()
	sum, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if sum.Ran != sum.Points || sum.FaultsFired != sum.Points || sum.Points == 0 || sum.RulesArmed == 0 {
		t.Errorf("not everything was reached: %+v", sum)
	}
	return sum
}

func sweepLines(all []Stretch) []string {
	var out []string
	for _, s := range all {
		out = append(out, s.String())
	}
	return out
}

var (
	cutFault   = faultnet.Fault{Kind: faultnet.Cut}
	resetFault = faultnet.Fault{Kind: faultnet.Reset}
)

func TestASweepFindsAPlantInItsStretchAndNowhereElse(t *testing.T) {
	c := serverCase(t, appendSteps)
	s := sweepOf(t, "append-partial", c, cutFault)
	s.Sides = []faultnet.Side{faultnet.Client}
	sum := runSweep(t, s)
	at := int64(len("a1 LOGIN test test\r\na2 APPEND INBOX {27}\r\n"))
	if int(sum.ClientBytes) != int(at)+29 || sum.Points != int(at)+30 {
		t.Errorf("client %d bytes, %d points", sum.ClientBytes, sum.Points)
	}
	if len(sum.Stretches) != 1 {
		t.Fatalf("want one stretch, got\n%s", strings.Join(sweepLines(sum.Stretches), "\n"))
	}
	got := sum.Stretches[0]
	// After the whole literal the command has still to end; before its first byte
	// the defect stores nothing.
	if got.From != at+1 || got.To != at+28 || got.Rule != "R-AT-1" || got.Fault != "cut" ||
		got.Place != "from the APPEND literal to the rest of the APPEND command" {
		t.Errorf("%+v", got)
	}
	if len(sum.Findings) != 1 || sum.Findings[0].Bucket != got.Bucket || sum.Findings[0].Reproduces != "10/10" || sum.Findings[0].Known {
		t.Errorf("%+v", sum.Findings)
	}
	text, err := os.ReadFile(sum.Findings[0].Case)
	if err != nil || !strings.HasSuffix(sum.Findings[0].Case, minFile) {
		t.Fatalf("%v, %s", err, sum.Findings[0].Case)
	}
	if small, err := corpus.Parse("min", text); err != nil || len(small.Steps) > len(c.Steps) {
		t.Errorf("%v, %s", err, text)
	}
	for _, name := range []string{originalFile, transcriptFile, captureFile, corpus.FindingFile} {
		if _, err := os.Stat(filepath.Join(filepath.Dir(sum.Findings[0].Case), name)); err != nil {
			t.Error(err)
		}
	}
	again := runSweep(t, s)
	if len(again.Findings) != 1 || !again.Findings[0].Known || !slices.Equal(again.Stretches, sum.Stretches) {
		t.Errorf("the second time: %+v", again)
	}
}

func TestASweepOfASoundServerFindsNothing(t *testing.T) {
	sum := runSweep(t, sweepOf(t, "sound", serverCase(t, appendSteps)))
	if len(sum.Findings) != 0 || len(sum.Stretches) != 0 || len(sum.Unreached) != 0 || len(sum.Inconclusive) != 0 {
		t.Errorf("%+v", sum)
	}
	if want := 3 * int(sum.ClientBytes+sum.ServerBytes+2); sum.Points != want {
		t.Errorf("want %d points, got %d", want, sum.Points)
	}
}

func TestWhatTheCaseShowsByItselfIsNoNews(t *testing.T) {
	sum := runSweep(t, sweepOf(t, "append-twice", serverCase(t, appendSteps), cutFault))
	if len(sum.Known) != 1 || !strings.Contains(sum.Known[0], "R-AT-1") {
		t.Errorf("known: %q", sum.Known)
	}
	for _, f := range sum.Findings {
		if slices.Contains(sum.Known, f.Bucket) {
			t.Errorf("%s is counted", f.Bucket)
		}
	}
}

func TestAHangIsNamedWithItsPlace(t *testing.T) {
	c := serverCase(t, "C: a1 LOGIN test test\nS: a1 OK\nC: a2 SELECT INBOX\nS: a2 OK\nC: a3 FETCH 1 (FLAGS)\nS: a3 OK\n")
	s := sweepOf(t, "bad-mute", c, faultnet.Fault{Kind: faultnet.Drop, N: 1})
	s.Sides = []faultnet.Side{faultnet.Client}
	sum := runSweep(t, s)
	got := strings.Join(sweepLines(sum.Stretches), "\n")
	t.Log(got)
	if !strings.Contains(got, ", inside the FETCH command: drop 1: hang R-FR-7") {
		t.Error(got)
	}
}

// TestAPointThatEndsItsProcessCostsOnlyThat sweeps with a word that takes the
// server down wherever it is inserted.
func TestAPointThatEndsItsProcessCostsOnlyThat(t *testing.T) {
	c := serverCase(t, "C: a1 NOOP\nS: a1 OK\n")
	s := sweepOf(t, "planted server", c, faultnet.Fault{Kind: faultnet.Insert, Data: []byte("XPANIC")})
	s.Sides = []faultnet.Side{faultnet.Client}
	sum := runSweep(t, s)
	i := slices.IndexFunc(sum.Stretches, func(s Stretch) bool { return s.Bucket == bucketPanic })
	if i < 0 || sum.Stretches[i].From != 0 || sum.Stretches[i].To != sum.ClientBytes {
		t.Errorf("want %s all over, got %q", bucketPanic, sweepLines(sum.Stretches))
	}
	if f := find(&Summary{Findings: sum.Findings}, "plantedPanic"); f == nil || f.Reproduces != "10/10" {
		t.Errorf("%+v", sum.Findings)
	}
}

func TestASweepDoesNotDependOnItsWorkers(t *testing.T) {
	var all []string
	for _, workers := range []int{1, 3} {
		s := sweepOf(t, "append-partial", serverCase(t, appendSteps), cutFault, resetFault)
		s.Workers = workers
		sum := runSweep(t, s)
		all = append(all, strings.Join(sweepLines(sum.Stretches), "\n"))
	}
	if all[0] != all[1] || all[0] == "" {
		t.Errorf("one worker:\n%s\nthree:\n%s", all[0], all[1])
	}
}

func TestTheNumberOfPointsIsKnownBeforehand(t *testing.T) {
	s := sweepOf(t, "sound", serverCase(t, appendSteps), cutFault)
	var told []SweepProgress
	s.OnProgress = func(p SweepProgress) { told = append(told, p) }
	sum := runSweep(t, s)
	if len(told) < 2 || told[0].Done != 0 || told[0].Points != sum.Points || told[0].Final {
		t.Fatalf("%+v", told)
	}
	if last := told[len(told)-1]; last.Done != sum.Points || !last.Final {
		t.Errorf("%+v", last)
	}
}

func TestASweepThatIsEndedReportsWhatItHas(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := sweepOf(t, "sound", serverCase(t, appendSteps), cutFault, resetFault)
	s.OnProgress = func(SweepProgress) { cancel() } // before the first point
	sum, err := s.Run(ctx)
	if err != nil || sum == nil || sum.Ran >= sum.Points || len(sum.Findings) != 0 {
		t.Errorf("%+v, %v", sum, err)
	}
}

func TestACaseThatCannotBeSweptSaysWhy(t *testing.T) {
	fine := serverCase(t, "C: a1 NOOP\n")
	other := sweepOf(t, "sound", fine)
	other.Conn = 2
	bad := sweepOf(t, "sound", fine, faultnet.Fault{Kind: faultnet.Refuse})
	client := sweepOf(t, "sound", fine)
	client.Targets = plantedSpecs()[1:2]
	nowhere := sweepOf(t, "sound", fine)
	nowhere.Dir = filepath.Join(nowhere.Dir, "file", "below")
	if err := os.WriteFile(filepath.Dir(nowhere.Dir), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		sweep Sweep
		want  string
		is    error
	}{
		{other, "which has 1, got 2", nil},
		{bad, "refuse has no point in a stream", nil},
		{client, "no target for a server case", nil},
		{nowhere, "file", nil},
		{sweepOf(t, "planted server", serverCase(t, deadlySteps)), "plantedPanic", ErrBareCase},
	} {
		sum, err := tt.sweep.Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), tt.want) || tt.is != nil && !errors.Is(err, tt.is) || sum != nil {
			t.Errorf("want %q, got %v", tt.want, err)
		}
	}
}

func TestASecondConnectionIsSwept(t *testing.T) {
	s := sweepOf(t, "append-partial", serverCase(t, strings.ReplaceAll(strings.ReplaceAll(
		"C1: x1 NOOP\nS1: x1 OK\n"+appendSteps, "C", "C2"), "S:", "S2:")), cutFault)
	s.Conn = 2
	sum := runSweep(t, s)
	if len(sum.Stretches) == 0 || sum.Stretches[0].Rule != "R-AT-1" || sum.Conn != 2 {
		t.Errorf("%+v", sum)
	}
}

func TestPlacesHaveIMAPsNames(t *testing.T) {
	w := &wire{
		Client: direction{Len: 100, Plain: []byte("a1 LOGIN {4}\r\ntest {4+}\r\ntest\r\na2 UID FETCH 1 BODY[]\r\na3 IDLE\r\nDONE\r\n\x00\r\n")},
		Server: direction{Len: 200, Plain: []byte("* OK hi\r\n+ go\r\na1 OK in\r\n* 1 FETCH (BODY[] {3}\r\nabc)\r\na2 OK [X] done\r\n* BYE\r\nzz BAD\r\n* half")},
	}
	p := placesOf(w)
	for _, tt := range []struct {
		side faultnet.Side
		at   string // stands in the stream where the position is
		off  int
		want string
	}{
		{faultnet.Client, "a1", 0, "before the LOGIN command"},
		{faultnet.Client, "a1", 1, "inside the LOGIN command"},
		{faultnet.Client, "test {", 2, "inside the LOGIN literal"},
		{faultnet.Client, " {4+", 1, "inside the rest of the LOGIN command"},
		{faultnet.Client, "FETCH", 0, "inside the UID FETCH command"},
		{faultnet.Client, "DONE", 2, "inside DONE"},
		{faultnet.Client, "\x00", 1, "inside a line that continues a command"},
		{faultnet.Client, "\x00", 5, "inside TLS"},
		{faultnet.Server, "* OK", 0, "before the greeting"},
		{faultnet.Server, "+ go", 3, "inside the continuation request"},
		{faultnet.Server, "a1 OK", 3, "inside the completion of LOGIN"},
		{faultnet.Server, "abc", 1, "inside the FETCH literal"},
		{faultnet.Server, "abc", 3, "before the rest of the FETCH response"},
		{faultnet.Server, "a2 OK", 3, "inside the completion of UID FETCH"},
		{faultnet.Server, "BYE", 0, "inside the BYE response"},
		{faultnet.Server, "zz", 1, "inside a completion"},
		{faultnet.Server, "* half", 3, "inside the HALF response"},
	} {
		at := int64(strings.Index(string(w.of(tt.side).Plain), tt.at) + tt.off)
		if got := p.name(tt.side, at, at); got != tt.want {
			t.Errorf("%s %q + %d: want %q, got %q", tt.side, tt.at, tt.off, tt.want, got)
		}
	}
	if got := p.name(faultnet.Server, 0, 200); got != "from the greeting to the end" {
		t.Error(got)
	}
	if got := p.name(faultnet.Server, 200, 200); got != "at the end" {
		t.Error(got)
	}
}
