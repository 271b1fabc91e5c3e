package fuzz

import (
	"bytes"
	"slices"
	"strings"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// maxArgs is up to how many bytes of a step are looked at word by word.
const maxArgs = 2048

// words returns the arguments of step i of c; those inside lists too if deep.
func words(c *corpus.Case, i int, deep bool) []token {
	s := &c.Steps[i]
	if !s.Sends(c.Target) || len(s.Data) > maxArgs {
		return nil
	}
	l, ok := parseLine(s.Data, c.Target == corpus.Server, nil)
	if !ok {
		return nil
	}
	toks := slices.Clone(l.toks)
	for k := 0; deep && k < len(toks) && len(toks) < 4*maxTokens; k++ {
		toks = append(toks, inner(nil, s.Data, toks[k])...)
	}
	return slices.DeleteFunc(toks, func(t token) bool { // those of a literal's header go by themselves
		return bytes.IndexByte(s.Data[t.a:t.b], '{') >= 0
	})
}

// shrinkArgs takes out arguments and writes simpler ones.
func (s *shrinker) shrinkArgs() {
	for i := 0; i < len(s.best.Steps) && s.calls < s.budget; i++ {
		s.remove(func() int { return len(words(s.best, i, true)) }, func(a, b int) bool {
			if b-a != 1 {
				return false // one by one: lists lie within others
			}
			return s.replaceWord(i, a, "")
		})
		for k := len(words(s.best, i, true)) - 1; k >= 0; k-- {
			s.simplerWord(i, k)
		}
	}
}

// replaceWord writes another word for the kth of step i; "" takes it out with the
// space before it.
func (s *shrinker) replaceWord(i, k int, word string) bool {
	return s.edit(func(c *corpus.Case) bool {
		all := words(c, i, true)
		if k >= len(all) {
			return false
		}
		t := all[k]
		d := c.Steps[i].Data
		if word == "" && t.a > 0 && d[t.a-1] == ' ' {
			t.a--
		} else if word == "" && t.b < len(d) && d[t.b] == ' ' {
			t.b++
		}
		c.Steps[i].Data = slices.Concat(d[:t.a], []byte(word), d[t.b:])
		return len(c.Steps[i].Data) > 0
	})
}

// simplerWord tries simpler words of the same class for the kth of step i.
func (s *shrinker) simplerWord(i, k int) {
	all := words(s.best, i, true)
	if k >= len(all) {
		return
	}
	old := string(s.best.Steps[i].Data[all[k].a:all[k].b])
	for _, w := range simplerWords(old) {
		if w == old || len(w) > len(old) {
			return
		}
		if s.replaceWord(i, k, w) {
			return
		}
	}
}

// simplerWords are words that may do in the place of one, the simplest first.
func simplerWords(w string) []string {
	upper := strings.ToUpper(w)
	switch {
	case w == "":
		return nil
	case isSetWord(w) || w == "*":
		return []string{"1", "1:*", "0"}
	case w[0] == '(':
		return []string{"()"}
	case strings.HasPrefix(upper, "BODY.PEEK[") || strings.HasPrefix(upper, "BODY["):
		return []string{"BODY[]", "BODY[1]"}
	case strings.HasPrefix(upper, "BINARY"):
		return []string{"BINARY[]", "BINARY[1]"}
	case w[0] == '"':
		return []string{`""`, "x", `"x"`, "INBOX"}
	case w[0] == '\\':
		return []string{`\Seen`}
	}
	return []string{"x", "ALL", "UID", "FLAGS", "INBOX"}
}
