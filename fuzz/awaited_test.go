package fuzz

import (
	"fmt"
	"slices"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
)

func TestAwaitedWords(t *testing.T) {
	t.Run("are words, known from no table, each once", func(t *testing.T) {
		v := new(Vocabulary)
		v.await([]string{"plover-Xyzzy", "fetch", "\\seen", "two words", "ab", "nul\x00", "", "plover-Xyzzy", "caf\xc3\xa9", "X-LIST"})
		if !slices.Equal(v.awaited, []string{"plover-Xyzzy", "X-LIST"}) {
			t.Errorf("%q", v.awaited)
		}
	})
	t.Run("are bounded", func(t *testing.T) {
		v := new(Vocabulary)
		for i := range 1000 {
			v.await([]string{fmt.Sprintf("word-%d", i)})
		}
		if len(v.awaited) != maxAwaited {
			t.Errorf("%d", len(v.awaited))
		}
	})
	t.Run("come up as arguments of mutants", func(t *testing.T) {
		v := DefaultVocabulary(corpus.Server)
		v.await([]string{"plover-Xyzzy"})
		n := 0
		for k := range uint64(500) {
			c, _ := Mutate(NewRand(3, k), someInputs(t)[1], nil, v)
			for i := range c.Steps {
				if slices.Contains(splitWords(c.Steps[i].Data), "plover-Xyzzy") {
					n++
					break
				}
			}
		}
		if n < 10 {
			t.Errorf("in %d of 500", n)
		}
	})
}
