package fuzz

import (
	"bytes"
	"slices"
	"strings"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// Bounds of what a vocabulary remembers.
const (
	maxWords = 512
	minWord  = 2
	maxWord  = 48

	minAwaited = 3
	maxAwaited = 512
)

// A Vocabulary is what the generator knows about one target beyond the RFCs. It
// is not safe for concurrent use while it learns.
type Vocabulary struct {
	// Words is what the target said itself: capabilities, mailboxes, UIDs. Learn
	// fills it. A caller who fills it himself does so before the first Learn.
	Words [][]byte
	// Calls are examples of what a client under test can be asked to do, each the
	// text of a "D:" step. Empty for a server.
	Calls []string
	// Honest says that the client under test has an honest peer, and Scripted
	// that the harness may play its peer. At least one of them should be set for
	// a client; with none, its cases are scripted.
	Honest, Scripted bool
	// Restarts says that the server under test can be restarted.
	Restarts bool

	awaited []string // what the target's code compares with, and no table has

	known map[string]struct{} // Words
	next  int                 // index of the oldest word
}

// DefaultVocabulary returns the vocabulary to begin with for a target. The
// caller owns it.
func DefaultVocabulary(target corpus.Target) *Vocabulary {
	v := new(Vocabulary)
	if target == corpus.Client {
		v.Calls = slices.Clone(defaultCalls[:])
		v.Honest, v.Scripted = true, true
	}
	return v
}

// Learn takes the words of b, which the target has sent, in the order of their
// bytes: a target may say the same flags in another order each time. At most 512
// words are kept, in the order in which they were learned; a new one then takes the
// place of the oldest. b is not kept.
func (v *Vocabulary) Learn(b []byte) {
	if v.known == nil {
		v.known = make(map[string]struct{}, maxWords)
		for _, w := range v.Words {
			v.known[string(w)] = struct{}{}
		}
	}
	var words [][]byte
	start := -1
	for i := 0; i <= len(b); i++ {
		if i < len(b) && isWordByte(b[i]) {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 && i-start >= minWord && i-start <= maxWord {
			words = append(words, b[start:i])
		}
		start = -1
	}
	slices.SortFunc(words, bytes.Compare)
	for _, w := range words {
		v.learn(w)
	}
}

func (v *Vocabulary) learn(w []byte) {
	if _, ok := v.known[string(w)]; ok {
		return
	}
	v.known[string(w)] = struct{}{}
	if len(v.Words) < maxWords {
		v.Words = append(v.Words, slices.Clone(w))
		return
	}
	if v.next >= len(v.Words) {
		v.next = 0
	}
	delete(v.known, string(v.Words[v.next]))
	v.Words[v.next] = slices.Clone(w)
	v.next++
}

// await takes what the target's code compares with: words that are printable and
// that no table has, the first 512 of them.
func (v *Vocabulary) await(words []string) {
	for _, w := range words {
		printable := len(w) >= minAwaited && len(w) <= maxWord
		for i := 0; printable && i < len(w); i++ {
			printable = isWordByte(w[i])
		}
		if printable && len(v.awaited) < maxAwaited && !inTables(w) && !slices.Contains(v.awaited, w) {
			v.awaited = append(v.awaited, w)
		}
	}
}

// inTables reports whether the generator knows w, in any case of letters.
func inTables(w string) bool {
	same := func(s string) bool { return strings.EqualFold(s, w) }
	for _, table := range [][]string{
		atoms[:], capabilities[:], systemFlags[:], mailboxAttributes[:], specialUses[:], statusItems[:], messageItems[:], simpleKeys[:],
	} {
		if slices.ContainsFunc(table, same) {
			return true
		}
	}
	return slices.ContainsFunc(serverVerbs[:], func(v serverVerb) bool { return same(v.name) })
}

// word returns a word that the target said or compares with, or one of the RFCs'
// atoms.
func (v *Vocabulary) word(r *Rand) string {
	if v != nil && len(v.awaited) > 0 && r.Chance(1, 4) {
		return Pick(r, v.awaited)
	}
	if v != nil && len(v.Words) > 0 && r.Chance(2, 3) {
		return string(Pick(r, v.Words))
	}
	return Pick(r, atoms[:])
}

// isWordByte reports whether c belongs in a word: an atom, with the characters
// that names, flags and capabilities have.
func isWordByte(c byte) bool {
	switch c {
	case '(', ')', '{', '}', '[', ']', '"', '<', '>', ',', '%', '*':
		return false
	}
	return c > ' ' && c < 0x7f
}
