package harness_test

import (
	"testing"

	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/plants"
)

func TestTheSameCaseGivesTheSameTranscriptAndFindings(t *testing.T) {
	const times = 100
	run := func(t *testing.T, target harness.Target, text string) {
		t.Helper()
		c := parse(t, text)
		scratch := new(harness.Scratch)
		var first, found string
		for i := range times {
			r := harness.Run(t, target, c, harness.Options{Scratch: scratch})
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			now, f := r.Record.Transcript().String(), list(r.Findings)
			if i == 0 {
				first, found = now, f
				continue
			}
			if d := harness.Diff(first, now); len(d) > 0 {
				t.Fatalf("run %d differs: %+v", i+1, d[0])
			}
			if f != found {
				t.Fatalf("run %d found\n%s, the first\n%s", i+1, f, found)
			}
		}
	}
	t.Run("a clean server, on a good network", func(t *testing.T) { run(t, plants.Server(), newDialogue(7, false)) })
	t.Run("a clean server, on a bad one", func(t *testing.T) {
		for seed := range uint64(10) {
			run(t, plants.Server(), newDialogue(seed, true))
		}
	})
	t.Run("a server and a client with bugs", func(t *testing.T) {
		ran := 0
		for _, p := range plants.Bugs() {
			switch p.Name {
			case "timer-mute", "append-partial", "client-short-literal", "client-waits-at-end":
				ran++
				run(t, p.Target(false), p.Text())
			}
		}
		if ran != 4 {
			t.Errorf("want 4 plants, got %d", ran)
		}
	})
}
