package fuzz

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// progressFile is the file in a campaign's directory that says how it went on over
// time: a line of JSON every logEvery. All runs append to it.
const progressFile = "progress.jsonl"

// logEvery is how often a line is written; at the beginning, when most is new, it
// is every second.
const (
	logEvery   = 10 * time.Second
	logDensely = 20 * time.Second
)

// progressLine is one line.
type progressLine struct {
	Time      time.Time `json:"time"`
	Process   int       `json:"pid"`       // of the campaign: one run has one
	ElapsedS  float64   `json:"elapsed_s"` // of this run
	Cases     int64     `json:"cases"`     // of this run
	CasesPerS float64   `json:"cases_per_s"`
	Corpus    int       `json:"corpus"`
	States    int       `json:"states"`
	Edges     int       `json:"edges"`
	Findings  int       `json:"findings"`
	MemoryMB  int64     `json:"memory_mb"`  // of the campaign's own process, resident; 0: unknown
	WorkersMB int64     `json:"workers_mb"` // the most that one worker had since the last line; 0: unknown

	Yield []KindYield `json:"yield,omitempty"` // in the last line of a run
}

// progressLog writes progressFile.
type progressLog struct {
	file *os.File
	last time.Duration

	memory *gauge // of the workers, nil: unknown
}

// openProgressLog opens the file in dir. A line that a run which was killed has left
// unfinished stays alone.
func openProgressLog(dir string) (*progressLog, error) {
	f, err := os.OpenFile(filepath.Join(dir, progressFile), os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, fmt.Errorf("fuzz: %w", err)
	}
	var last [1]byte
	if info, e := f.Stat(); e == nil && info.Size() > 0 {
		if _, err = f.ReadAt(last[:], info.Size()-1); err == nil && last[0] != '\n' {
			_, err = f.Write([]byte("\n"))
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("fuzz: %w", err)
	}
	return &progressLog{file: f}, nil
}

// add writes a line if it is time to.
func (l *progressLog) add(p *Progress) error {
	if !p.Final && p.Elapsed > logDensely && p.Elapsed-l.last < logEvery {
		return nil
	}
	l.last = p.Elapsed
	line, err := json.Marshal(&progressLine{
		Time: time.Now().UTC().Truncate(time.Millisecond), Process: os.Getpid(), ElapsedS: p.Elapsed.Seconds(), Cases: p.Cases,
		CasesPerS: p.Rate, Corpus: p.Corpus, States: p.States, Edges: p.Edges, Findings: p.Findings,
		MemoryMB: resident(os.Getpid()) >> 20, WorkersMB: l.memory.read() >> 20, Yield: p.Yield,
	})
	if err != nil {
		return err
	}
	_, err = l.file.Write(append(line, '\n'))
	return err
}

func (l *progressLog) close() error { return l.file.Close() }
