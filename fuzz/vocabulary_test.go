package fuzz

import (
	"fmt"
	"slices"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
)

func TestVocabulary(t *testing.T) {
	t.Run("it learns words once, in an order that is not the target's", func(t *testing.T) {
		v := new(Vocabulary)
		v.Learn([]byte("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n* LIST (\\Noselect) \"/\" \"Boîte 1\"\r\na CAPABILITY"))
		var got []string
		for _, w := range v.Words {
			got = append(got, string(w))
		}
		want := []string{"AUTH=PLAIN", "Bo", "CAPABILITY", "IMAP4rev1", "LIST", `\Noselect`, "te"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		one, other := new(Vocabulary), new(Vocabulary)
		one.Learn([]byte(`(\Seen \Draft $one)`))
		other.Learn([]byte(`($one \Draft \Seen)`))
		if len(one.Words) != 3 || fmt.Sprint(one.Words) != fmt.Sprint(other.Words) {
			t.Errorf("%q and %q", one.Words, other.Words)
		}
	})
	t.Run("it keeps 512 words, the newest", func(t *testing.T) {
		v := new(Vocabulary)
		for i := range 2000 {
			v.Learn(fmt.Appendf(nil, "word%d", i))
		}
		if len(v.Words) != maxWords || len(v.known) != maxWords {
			t.Fatalf("got %d words, %d known", len(v.Words), len(v.known))
		}
		for i := 2000 - maxWords; i < 2000; i++ {
			if _, ok := v.known[fmt.Sprintf("word%d", i)]; !ok {
				t.Fatalf("word%d is lost", i)
			}
		}
	})
	t.Run("words that were there before are known", func(t *testing.T) {
		v := &Vocabulary{Words: [][]byte{[]byte("INBOX")}}
		v.Learn([]byte("INBOX Sent"))
		if len(v.Words) != 2 {
			t.Errorf("got %q", v.Words)
		}
	})
	t.Run("it keeps nothing of the caller's", func(t *testing.T) {
		v := new(Vocabulary)
		b := []byte("Trash")
		v.Learn(b)
		b[0] = 'x'
		if string(v.Words[0]) != "Trash" {
			t.Errorf("got %q", v.Words[0])
		}
	})
	t.Run("what a target said comes up in cases", func(t *testing.T) {
		v := DefaultVocabulary(corpus.Server)
		v.Learn([]byte("Qwertyuiop"))
		n := 0
		for k := range uint64(500) {
			for _, s := range Generate(NewRand(4, k), corpus.Server, v).Steps {
				if slices.Contains(splitWords(s.Data), "Qwertyuiop") {
					n++
				}
			}
		}
		if n < 10 {
			t.Errorf("%d times in 500 cases", n)
		}
	})
	t.Run("the default of a server has no calls, that of a client has", func(t *testing.T) {
		if v := DefaultVocabulary(corpus.Server); len(v.Calls) > 0 || v.Honest || v.Scripted {
			t.Errorf("server: %+v", v)
		}
		if v := DefaultVocabulary(corpus.Client); len(v.Calls) == 0 || !v.Honest || !v.Scripted {
			t.Errorf("client: %+v", v)
		}
	})
}

// splitWords cuts b as Learn does.
func splitWords(b []byte) (words []string) {
	start := -1
	for i := 0; i <= len(b); i++ {
		switch in := i < len(b) && isWordByte(b[i]); {
		case in && start < 0:
			start = i
		case !in && start >= 0:
			words = append(words, string(b[start:i]))
			start = -1
		}
	}
	return words
}
