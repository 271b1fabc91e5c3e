package harness

import (
	"slices"
	"testing"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// Features are compared between processes, and between releases where they are
// kept.
func TestFeaturesAreTheSameInEveryProcess(t *testing.T) {
	noop := aFeature.word("selected").word("NOOP")
	if want := feature(0xf4cd84e4da3af6cc); noop != want {
		t.Errorf("the feature of NOOP is %#x, want %#x", uint64(noop), uint64(want))
	}
}

func TestFeaturesKeepTheOrderAndTheEndsOfWords(t *testing.T) {
	var all []feature
	for _, f := range []feature{
		aFeature,
		aFeature.word(""),
		aFeature.word("ab"),
		aFeature.word("a").word("b"),
		aFeature.word("b").word("a"),
		aFeature.word("a").then(aFeature.word("b")),
		aFeature.word("b").then(aFeature.word("a")),
	} {
		if slices.Contains(all, f) {
			t.Errorf("two features have the hash %#x", uint64(f))
		}
		all = append(all, f)
	}
}

// A record of one command and its answer.
func TestTagsAndNumbersMakeNoFeature(t *testing.T) {
	of := func(tag, text string) (out []uint64) {
		s := &Session{
			Commands:  []Command{{Command: imapwire.Command{Tag: []byte(tag), Name: "NOOP"}, Phase: Selected}},
			Responses: []Response{{Response: imapwire.Response{Type: imapwire.Tagged, Name: "OK", Text: []byte(text)}}},
			Items:     []Item{{Kind: CommandItem}, {Kind: ResponseItem}},
		}
		rec := &Record{Conns: []*Session{s}, Events: make([]Event, 1)}
		rec.Features(func(f uint64, _ int) { out = append(out, f) })
		return out
	}
	first, second := of("a1", "done"), of("b2", "NOOP completed")
	if len(first) < 6 || !slices.Equal(first, second) {
		t.Errorf("features are %x and %x", first, second)
	}
}

func TestNamesThatAreNoneMakeOneFeature(t *testing.T) {
	command := func(name string) feature {
		s := &Session{Commands: []Command{{Command: imapwire.Command{Name: name}}}}
		return s.commandFeature(0)
	}
	reply := func(name, code string) feature {
		return (&Response{Response: imapwire.Response{Type: imapwire.Untagged, Name: name, Code: code}}).feature()
	}
	if command("NOZZ9") != command("NO\xb6P") || reply("OKAY", "") != reply("EXISTZ", "") || reply("OK", "X") != reply("OK", "Y") {
		t.Error("two names that are none are told apart")
	}
	for _, f := range []feature{command("NOOP"), command("UID FETCH"), command("")} {
		if f == command("NOZZ9") {
			t.Error("a name is taken for none")
		}
	}
	if reply("FETCH", "") == reply("OKAY", "") || reply("OK", "ALERT") == reply("OK", "X") || reply("OK", "") == reply("OK", "X") {
		t.Error("a name is taken for none")
	}
}

func TestAFeatureHasTheStepByWhichItShowed(t *testing.T) {
	s := &Session{
		Commands:  []Command{{Command: imapwire.Command{Name: "NOOP"}}, {Command: imapwire.Command{Name: "LOGOUT"}}},
		Responses: []Response{{Response: imapwire.Response{Type: imapwire.Tagged, Name: "OK"}, Command: -1}},
		Items:     []Item{{Kind: CommandItem, Event: 0}, {Kind: ResponseItem, Event: 1}, {Kind: CommandItem, Index: 1, Event: 2}},
	}
	rec := &Record{Conns: []*Session{s}, Events: []Event{{Step: 0}, {Step: 1}, {Step: 4}}, Steps: 3}
	step := map[uint64]int{}
	rec.Features(func(f uint64, n int) { step[f] = n })
	for what, want := range map[feature]int{
		aFeature.word("1").then(s.commandFeature(0)):                          1,
		aFeature.word("1").then(s.Responses[0].feature()):                     2,
		aFeature.word("1").then(s.commandFeature(1)):                          3, // after the last step: nothing could be left out
		aFeature.word("end").word(s.Phase.String()).then(s.commandFeature(1)): 3,
	} {
		if got, ok := step[uint64(what)]; got != want || !ok {
			t.Errorf("a feature of step %d shows by step %d (%v)", want, got, ok)
		}
	}
}
