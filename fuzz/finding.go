package fuzz

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/corpus/trace"
	"github.com/imapfuzz/imapfuzz/harness"
)

// The files of a finding's folder, beside [corpus.FindingFile].
const (
	minFile        = "min.case"
	originalFile   = "original.case"
	transcriptFile = "transcript.txt"
	captureFile    = "session.pcapng"
	logFile        = "log.txt"
	stackFile      = "stack.txt"
)

// A Finding is a bucket as a campaign reports it.
type Finding struct {
	Bucket     string `json:"bucket"`
	Kind       string `json:"kind"`
	Rule       string `json:"rule"`
	Severity   string `json:"severity"`
	Side       string `json:"side"` // whose defect: "server" or "client"
	Summary    string `json:"summary"`
	Case       string `json:"case"`       // file of the smallest case known
	Steps      int    `json:"steps"`      // of that case
	Reproduces string `json:"reproduces"` // "10/10": how many of how many runs of it showed the finding
	Known      bool   `json:"known"`      // an earlier run had found it
}

// ByDetector reports whether only the race detector shows the finding.
func (f *Finding) ByDetector() bool { return strings.HasPrefix(f.Summary, harness.RaceSummary) }

// findingJSON is what a finding's folder says of it.
type findingJSON struct {
	Finding
	Section   string            `json:"section,omitempty"`
	Where     string            `json:"where"`
	Step      int               `json:"step"` // of the case, from 1
	Conn      int               `json:"conn,omitempty"`
	Target    string            `json:"target"`
	Minimized bool              `json:"minimized"`
	Runs      int               `json:"runs,omitempty"` // that minimizing took
	FirstSeen time.Time         `json:"first_seen"`
	Go        string            `json:"go"`
	System    string            `json:"system"`
	Modules   map[string]string `json:"modules,omitempty"`
}

// evidence is what a run left of a finding.
type evidence struct {
	transcript string
	log        []string
	trace      []trace.Conn
	stack      string
}

// describe fills in what f says.
func (j *findingJSON) describe(f *harness.Finding) {
	j.Bucket, j.Kind, j.Rule, j.Severity = f.Bucket(), string(f.Kind), f.Rule, string(f.Severity)
	j.Side, j.Summary, j.Where, j.Step, j.Conn = f.Side.String(), f.Summary, f.Where, f.Step+1, f.Conn
	if r, ok := harness.RuleFor(f.Rule, f.Side); ok {
		j.Section = r.Section
	}
}

// built says with what the program was built.
func (j *findingJSON) built() {
	j.Go, j.System = runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return
	}
	j.Modules = map[string]string{}
	for _, m := range info.Deps {
		j.Modules[m.Path] = m.Version
	}
}

// write writes the folder of a finding; what says that it is whole comes last.
// capture makes its capture file.
func (j *findingJSON) write(dir *corpus.FindingDir, original, smallest string, ev evidence, capture func([]trace.Conn) ([]byte, error)) error {
	var packets []byte
	if capture != nil && len(ev.trace) > 0 {
		var err error
		if packets, err = capture(ev.trace); err != nil {
			return fmt.Errorf("fuzz: finding %s: %w", dir.Slug, err)
		}
	}
	j.Case = filepath.Join(dir.Path, j.caseFile())
	if !j.Minimized {
		smallest = "" // not there yet
	}
	files := []struct {
		name string
		data []byte
	}{
		{originalFile, []byte(original)},
		{minFile, []byte(smallest)},
		{transcriptFile, []byte(ev.transcript)},
		{captureFile, packets},
		{logFile, []byte(strings.Join(ev.log, "\n"))},
		{stackFile, []byte(ev.stack)},
	}
	for _, f := range files {
		if len(f.data) == 0 {
			continue
		}
		if err := dir.WriteFile(f.name, f.data); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(j, "", "  ")
	if err != nil {
		return fmt.Errorf("fuzz: finding %s: %w", dir.Slug, err)
	}
	return dir.WriteFile(corpus.FindingFile, append(text, '\n'))
}

// caseFile returns the name of the file with the smallest case known.
func (j *findingJSON) caseFile() string {
	if j.Minimized {
		return minFile
	}
	return originalFile
}

// readFinding reads the folder of a finding.
func readFinding(dir *corpus.FindingDir) (*findingJSON, error) {
	text, err := dir.ReadFile(corpus.FindingFile)
	if err != nil {
		return nil, err
	}
	var j findingJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return nil, fmt.Errorf("fuzz: finding %s: %w", dir.Slug, err)
	}
	j.Case = filepath.Join(dir.Path, j.caseFile())
	return &j, nil
}

// caseSteps returns how many steps the case of that text has, 0 if none.
func caseSteps(text string) int {
	c, err := corpus.Parse("", []byte(text))
	if err != nil {
		return 0
	}
	return len(c.Steps)
}
