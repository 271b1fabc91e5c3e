package goimap_test

import (
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
)

// strays are the seeds whose dialogue go-imap leaves, each with what it does.
// They stay in the corpus for what they lead to.
func strays() map[string]string {
	return map[string]string{}
}

// A dead seed spoils a campaign unseen, so every seed is run, every expectation
// must be met, and every fault must strike.

func TestServerSeeds(t *testing.T) { runSeeds(t, "server/", 100) }

func TestClientSeeds(t *testing.T) { runSeeds(t, "client/", 50) }

func TestServerCutSeeds(t *testing.T) { runSeeds(t, "cut/server_", 30) }

func TestStraysAreSeeds(t *testing.T) {
	have := map[string]bool{}
	for _, seed := range corpus.Seeds() {
		have[seed.Name] = true
	}
	for name, reason := range strays() {
		if !have[name] || reason == "" {
			t.Errorf("%s (%q) is no seed, or has no reason", name, reason)
		}
	}
}

// TestSeedsOfTheCutPoints holds the seeds against the points at which parsers
// differ: each has a case on either side, where that side can be cut there.
func TestSeedsOfTheCutPoints(t *testing.T) {
	points := map[string]string{ // the start of the names of their cases
		"before the greeting":                             "server_before_greeting client_before_greeting",
		"inside the greeting":                             "server_mid_greeting client_mid_greeting",
		"between CR and LF":                               "server_between_cr_and_lf client_between_cr_and_lf",
		"inside the braces":                               "server_inside_literal_header client_inside_literal_header",
		"between the header of a literal and its octets":  "server_before_literal client_before_literal",
		"inside a literal":                                "server_inside_literal client_inside_literal",
		"after the last octet of a literal":               "server_after_literal client_after_literal",
		"between an untagged line and the tagged one":     "server_between_untagged_and_tagged client_between_untagged_and_tagged",
		"inside the tag of the completion":                "server_inside_completion_tag client_inside_completion_tag",
		"after the command was done, before its OK":       "server_after_append client_after_append",
		"after + was sent, before it was seen":            "server_after_continuation client_before_continuation",
		"between the OK of STARTTLS and the client hello": "server_before_client_hello client_before_client_hello",
		"inside IDLE, before +":                           "server_idle_before_continuation client_idle_before_continuation",
		"while idling":                                    "server_while_idling client_while_idling",
		"after DONE":                                      "server_after_done client_after_done",
	}
	have := map[string]bool{}
	for _, seed := range corpus.Seeds() {
		have[seed.Name] = true
	}
	for point, names := range points {
		for name := range strings.FieldsSeq(names) {
			if !have["cut/"+name] {
				t.Errorf("no seed cuts %s: want cut/%s", point, name)
			}
		}
	}
}

// runSeeds runs the seeds whose names begin with prefix, of which there must be
// at least want.
func runSeeds(t *testing.T, prefix string, want int) {
	server, client := goimap.Server(), goimap.Client()
	why := strays()
	found, ran := 0, 0
	for _, seed := range corpus.Seeds() {
		if !strings.HasPrefix(seed.Name, prefix) {
			continue
		}
		found++
		t.Run(strings.TrimPrefix(seed.Name, prefix), func(t *testing.T) {
			var target harness.Target = server
			if seed.Case.Target == corpus.Client {
				target = client
			}
			r := harness.Run(t, target, seed.Case, harness.Options{})
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			ran++
			judgeSeed(t, seed, r, why[seed.Name])
		})
	}
	if found < want || ran == 0 {
		t.Errorf("%d seeds of %s, want at least %d; %d ran", found, prefix, want, ran)
	}
	t.Logf("%d seeds of %s, %d ran", found, prefix, ran)
}

// judgeSeed fails t if the target left the dialogue of the seed, and also if it
// did not although a reason says that it does.
func judgeSeed(t *testing.T, seed corpus.Seed, r *harness.Result, reason string) {
	t.Helper()
	if r.Record.Steps != len(seed.Case.Steps) {
		t.Errorf("%d of %d steps were done", r.Record.Steps, len(seed.Case.Steps))
	}
	for _, rule := range r.Record.Unfired {
		t.Errorf("a fault did not strike: %s", rule)
	}
	for _, f := range r.Findings {
		t.Logf("finding %s: %s", f.Bucket(), f.String())
	}
	left := strings.Join(r.Record.Diverged, "; ")
	switch {
	case reason != "" && left == "":
		t.Errorf("listed as a stray (%s), but every expectation was met", reason)
	case reason != "":
		t.Logf("a stray, since %s: %s", reason, left)
	case left != "":
		t.Errorf("left the dialogue: %s\n%s", left, r.Record.Transcript())
	}
}
