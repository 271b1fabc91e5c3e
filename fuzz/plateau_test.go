package fuzz

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAPlateau(t *testing.T) {
	t.Run("a search ends when nothing new has come for so long, and says why that may be", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var said []string
			r := &running{Campaign: Campaign{UntilNew: 5 * time.Minute, OnProblem: func(line string) { said = append(said, line) }}}
			r.total.Cases = 4
			r.total.Reach.add(&reach{Commands: 8, Bad: 4, Deaf: 1, EndBad: 2, EndBye: 3, Again: 2, Same: 1, Phases: map[string]int64{"selected": 1}})
			begun := time.Now()
			ended := make(chan time.Duration, 1)
			go r.watch(t.Context(), func() { ended <- time.Since(begun) })
			time.Sleep(4 * time.Minute)
			r.mu.Lock()
			r.edges.n = 1
			r.news()
			r.mu.Unlock()
			if took := <-ended; took < 9*time.Minute || took > 9*time.Minute+2*progressEvery {
				t.Errorf("it ended after %v", took)
			}
			all := strings.Join(said, "\n")
			for _, want := range []string{
				"no new state or reply for 1m", "no new edge for 1m", "no new edge for 5m",
				"50% of commands were refused with BAD; of the cases 25% got nothing else, 50% ended with BAD, 75% with BYE",
				"states never reached: not-authenticated, authenticated, logout", "stability 50%",
			} {
				if !strings.Contains(all, want) {
					t.Errorf("want %q in\n%s", want, all)
				}
			}
		})
	})
	t.Run("a search that is not told to goes on for ever", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := &running{}
			go r.watch(t.Context(), func() { t.Error("it has ended") })
			time.Sleep(24 * time.Hour)
		})
	})
}

func TestTheLogOfProgressIsLinesOfJSON(t *testing.T) {
	dir := t.TempDir()
	for range 2 { // a second run appends
		l, err := openProgressLog(dir)
		if err != nil {
			t.Fatal(err)
		}
		for s := range 41 {
			if err := l.add(&Progress{Elapsed: time.Duration(s) * time.Second, Cases: int64(s), Edges: 7, Final: s == 40}); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.close(); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "progress.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var at []float64
	for line := range strings.Lines(string(text)) {
		var l progressLine
		if err := json.Unmarshal([]byte(line), &l); err != nil || l.Edges != 7 || l.Time.IsZero() {
			t.Fatalf("%v in %q", err, line)
		}
		at = append(at, l.ElapsedS)
	}
	if half := at[:len(at)/2]; len(at) != 46 || !slices.Equal(half, at[len(at)/2:]) || half[22] != 40 || half[21] != 30 {
		t.Errorf("lines at %v", at)
	}
}

func TestALineThatAKilledRunHasNotFinishedStaysAlone(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, progressFile)
	if err := os.WriteFile(name, []byte("{\"time\":1}\n{\"ti"), 0o666); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		l, err := openProgressLog(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.add(&Progress{Final: true}); err != nil {
			t.Fatal(err)
		}
		l.close()
	}
	text, err := os.ReadFile(name)
	lines := strings.Split(string(text), "\n")
	if err != nil || len(lines) != 5 || lines[1] != "{\"ti" || !json.Valid([]byte(lines[2])) || !json.Valid([]byte(lines[3])) || lines[4] != "" {
		t.Errorf("%v, %q", err, lines)
	}
}
