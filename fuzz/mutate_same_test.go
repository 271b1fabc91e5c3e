package fuzz

import (
	"bytes"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// apply returns what one mutation makes of c, over n draws; what it leaves alone is
// left out.
func apply(c *corpus.Case, n uint64, mutate func(*mutator) bool) (out []*corpus.Case) {
	for k := range n {
		m := newMutator(newGen(NewRand(9, k), c.Target, DefaultVocabulary(c.Target)), c, nil)
		if mutate(m) {
			out = append(out, m.c)
		}
	}
	return out
}

func TestArgumentsThatAreDoubled(t *testing.T) {
	c := serverCase(t, "C: a1 LIST \"\" %x*/\n")
	longest, rising := 0, map[int]bool{}
	for _, d := range apply(c, 3000, (*mutator).argDouble) {
		n := bytes.Count(d.Steps[0].Data, []byte("*"))
		longest, rising[n] = max(longest, n), true
		if len(d.Steps[0].Data) > maxData+64 || !bytes.HasSuffix(d.Steps[0].Data, []byte("\r\n")) {
			t.Fatalf("%d bytes", len(d.Steps[0].Data))
		}
	}
	if longest < 1000 || !rising[3] || !rising[17] || !rising[65] {
		t.Errorf("wildcards stand up to %d times, of a few and of many: %v", longest, rising)
	}
}

func TestArgumentsThatAreTheSame(t *testing.T) {
	c := serverCase(t, "C: a1 LOGIN user secret\nC: a2 CREATE plum\nC: a3 STATUS pear (MESSAGES)\nC: a4 FETCH 17 FLAGS\nC: a5 STORE 4:5 FLAGS (\\Seen)\n")
	seen := map[string]int{}
	for _, d := range apply(c, 2000, (*mutator).argSame) {
		for i := range d.Steps {
			seen[strings.TrimSpace(string(d.Steps[i].Data))]++
		}
	}
	for _, want := range []string{"a3 STATUS plum (MESSAGES)", "a2 CREATE pear", "a4 FETCH 4:5 FLAGS", "a5 STORE 17 FLAGS (\\Seen)", "a3 STATUS pear (\\Seen)"} {
		if seen[want] == 0 {
			t.Errorf("never: %s", want)
		}
	}
	for line := range seen {
		if strings.Contains(line, "STATUS 17") || strings.Contains(line, "FETCH plum") || strings.Contains(line, "CREATE secret") {
			t.Errorf("what is no such thing: %s", line)
		}
	}
}

func TestWhatNestsInMails(t *testing.T) {
	deepest := 0
	for k := range uint64(2000) {
		b := newGen(NewRand(4, k), corpus.Server, nil).deepMail()
		deepest = max(deepest, bytes.Count(b, []byte("(")))
		if len(b) > maxData {
			t.Fatalf("%d bytes", len(b))
		}
	}
	if deepest != 500_000 {
		t.Errorf("%d deep", deepest)
	}
}
