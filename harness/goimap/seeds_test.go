package goimap_test

import (
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
)

// strays are the seeds on which go-imap does not answer as a correct peer would,
// each with what it does instead. They stay in the corpus: the harness finds the
// defect there.
func strays() map[string]string {
	return map[string]string{
		"server/starttls_pipelined": "it closes the connection, which is right, where another server would start TLS",
	}
}

// TestSeeds runs every embedded seed against go-imap. A dead seed spoils a
// campaign unseen, so every expectation of every seed must be met.
func TestSeeds(t *testing.T) {
	server, client := goimap.Server(), goimap.Client()
	why := strays()
	ran := map[string]int{}
	for _, seed := range corpus.Seeds() {
		t.Run(seed.Name, func(t *testing.T) {
			var target harness.Target = server
			if seed.Case.Target == corpus.Client {
				target = client
			}
			r := harness.Run(t, target, seed.Case, harness.Options{})
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			if r.Record.Steps != len(seed.Case.Steps) {
				t.Errorf("%d of %d steps were done", r.Record.Steps, len(seed.Case.Steps))
			}
			for _, rule := range r.Record.Unfired {
				t.Errorf("a fault did not strike: %s", rule)
			}
			judgeDialogue(t, r, why[seed.Name])
			delete(why, seed.Name)
			dir, _, _ := strings.Cut(seed.Name, "/")
			ran[dir]++
		})
	}
	for name, reason := range why {
		t.Errorf("%s (%s) is no seed", name, reason)
	}
	for _, dir := range []string{"server", "client", "cut"} {
		if ran[dir] == 0 {
			t.Errorf("no seed of %s ran", dir)
		}
	}
	t.Logf("ran %d of server, %d of client, %d of cut", ran["server"], ran["client"], ran["cut"])
}

// judgeDialogue fails t if the target left the dialogue of the seed, and also if
// it did not although a reason says that it does.
func judgeDialogue(t *testing.T, r *harness.Result, reason string) {
	t.Helper()
	for _, f := range r.Findings {
		t.Logf("finding %s: %s", f.Bucket(), f.String())
	}
	switch {
	case reason != "" && len(r.Record.Diverged) == 0:
		t.Errorf("listed as a stray (%s), but every expectation was met", reason)
	case reason != "":
		t.Logf("stray, since %s: %s", reason, strings.Join(r.Record.Diverged, "; "))
	case len(r.Record.Diverged) > 0:
		t.Errorf("left the dialogue: %s\n%s", strings.Join(r.Record.Diverged, "; "), r.Record.Transcript())
	}
}
