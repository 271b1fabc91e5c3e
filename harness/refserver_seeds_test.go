package harness_test

import (
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/plants"
)

// seedStrays are the seeds whose expectations the reference server does not meet,
// each with the reason. They must raise no finding all the same.
func seedStrays() map[string]string {
	return map[string]string{}
}

func TestTheReferenceServerKeepsToEveryServerSeed(t *testing.T) {
	target := plants.Server()
	why := seedStrays()
	ran := 0
	for _, seed := range corpus.Seeds() {
		if seed.Case.Target != corpus.Server {
			continue
		}
		ran++
		t.Run(seed.Name, func(t *testing.T) {
			r := harness.Run(t, target, seed.Case, harness.Options{})
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			wantNone(t, r)
			if r.Record.Steps != len(seed.Case.Steps) {
				t.Errorf("%d of %d steps were done", r.Record.Steps, len(seed.Case.Steps))
			}
			for _, rule := range r.Record.Unfired {
				t.Errorf("a fault did not strike: %s", rule)
			}
			reason, left := why[seed.Name], strings.Join(r.Record.Diverged, "; ")
			switch {
			case reason != "" && left == "":
				t.Errorf("listed as a stray (%s), but every expectation was met", reason)
			case reason == "" && left != "":
				t.Errorf("left the dialogue: %s\n%s", left, r.Record.Transcript())
			}
		})
	}
	if ran < 130 {
		t.Errorf("%d seeds of servers, want at least 130", ran)
	}
}
