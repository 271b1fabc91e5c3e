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
		(&Record{Conns: []*Session{s}}).Features(func(f uint64) { out = append(out, f) })
		return out
	}
	first, second := of("a1", "done"), of("b2", "NOOP completed")
	if len(first) < 6 || !slices.Equal(first, second) {
		t.Errorf("features are %x and %x", first, second)
	}
}
