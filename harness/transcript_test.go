package harness_test

import (
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/plants"
)

const head = "imapfuzz case 1\ntarget: server\n"

func TestATranscriptIsACaseThatReplaysWhatItShows(t *testing.T) {
	again := func(t *testing.T, target harness.Target, c *corpus.Case) {
		t.Helper()
		one := play(t, target, c).Record.Transcript().String()
		two := play(t, target, parse(t, one))
		if len(two.Record.Diverged) > 0 {
			t.Errorf("the replay saw something else: %v\n%s", two.Record.Diverged, abridged(one))
		}
		if d := harness.Diff(steps(one), steps(two.Record.Transcript().String())); len(d) > 0 {
			t.Errorf("the replay differs: %+v\n%s", d[0], abridged(one))
		}
	}
	ran := 0
	for seed := range uint64(inShort(t, 200)) {
		ran++
		again(t, plants.Server(), parse(t, newDialogue(seed, false)))
	}
	for _, p := range plants.Bugs() {
		if p.Dies || strings.Contains(p.Case, "TLS:") {
			continue // what is said inside TLS differs each time
		}
		c := parse(t, p.Text())
		if c.Honest {
			continue // what an honest peer says is its own to say, and would be said twice
		}
		ran++
		again(t, p.Target(true), c)
	}
	if ran <= 200 {
		t.Fatal("no plant's case was replayed")
	}
}

// steps leaves the comments of a transcript out: they tell of times and ends.
func steps(transcript string) string {
	var out []string
	for line := range strings.Lines(transcript) {
		if !strings.HasPrefix(strings.TrimSpace(line), "#") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

func TestATranscriptShowsBothViews(t *testing.T) {
	r := play(t, plants.Server(), parse(t, head+"\nC: a1 LOGIN test test\nS: a1 OK\n! server: cut\nC: a2 NOOP\n"))
	text := r.Record.Transcript().String()
	for _, want := range []string{
		"logged in", "struck at byte", "the client read the end", "the server read the end",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("want %q in\n%s", want, text)
		}
	}
	var views [4]int
	for i := range r.Record.Events {
		if e := &r.Record.Events[i]; e.Kind <= harness.ClientGot {
			views[e.Kind] += len(e.Data)
		}
	}
	if views[harness.ClientSent] <= views[harness.ServerGot] {
		t.Errorf("what was sent behind the cut was received: %v", views)
	}
	if views[harness.ServerSent] == 0 || views[harness.ServerSent] != views[harness.ClientGot] {
		t.Errorf("what the server sent before the cut was not all received: %v", views)
	}
}

func TestDiffTellsListsWithoutOrderApart(t *testing.T) {
	d := harness.Diff("S: * FLAGS (\\Seen \\Deleted)\nS: a\n", "S: * FLAGS (\\Deleted \\Seen)\nS: b\n")
	if len(d) != 2 || !d[0].Unordered || d[1].Unordered || d[1].Line != 2 {
		t.Errorf("got %+v", d)
	}
}
