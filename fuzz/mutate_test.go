package fuzz

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// pool is what mutants are made of: generated cases and the seeds.
func pool(target corpus.Target, v *Vocabulary) []*corpus.Case {
	var all []*corpus.Case
	for k := range uint64(50) {
		all = append(all, Generate(NewRand(1, k), target, v))
	}
	for _, s := range corpus.Seeds() {
		if s.Case.Target == target {
			all = append(all, s.Case)
		}
	}
	return all
}

func TestMutants(t *testing.T) {
	used := make(map[string]int)
	count := func(name string) {
		for n := range strings.SplitSeq(name, "+") {
			used[n]++
		}
	}
	for _, target := range targets {
		t.Run("10,000 mutants of mutants for a "+target.String()+" are cases within bounds", func(t *testing.T) {
			v := DefaultVocabulary(target)
			all := pool(target, v)
			for k := range uint64(10000) {
				r := NewRand(2, k)
				c, other := Pick(r, all), Pick(r, all)
				before := c.Clone()
				got, name := Mutate(r, c, other, v)
				count(name)
				what := fmt.Sprintf("%d %s", k, name)
				if !c.Equal(before) {
					t.Fatalf("%s: the case itself was changed", what)
				}
				checkCase(t, got, what)
				checkBounds(t, got, c, what)
				all[r.N(len(all))] = got
			}
		})
	}
	// Three mutations need what few cases and no default vocabulary has.
	v := DefaultVocabulary(corpus.Server)
	v.await([]string{"sesame"})
	v.Restarts = true
	tls := serverCase(t, "C: a1 STARTTLS\nC: a2 LOGIN test test\nC: a3 SELECT INBOX\n")
	for k := range uint64(4000) {
		_, name := Mutate(NewRand(3, k), tls, tls, v)
		count(name)
	}
	t.Run("every mutation pays its way", func(t *testing.T) {
		for i := range mutations {
			if n := used[mutations[i].name]; n < 20 {
				t.Errorf("%s: %d times of 24,000", mutations[i].name, n)
			}
		}
		if used["generate"] > 400 {
			t.Errorf("%d times of 20,000 nothing could be changed", used["generate"])
		}
	})
}

// checkBounds fails the test if a mutant is beyond the limits and was not before.
func checkBounds(t *testing.T, c, before *corpus.Case, what string) {
	t.Helper()
	size, was := 0, 0
	for i := range c.Steps {
		size += len(c.Steps[i].Data)
	}
	for i := range before.Steps {
		was = max(was, len(before.Steps[i].Data))
	}
	steps := maxSteps
	if strings.HasSuffix(what, "generate") {
		steps = 64 // nothing could be changed: the case is a new one
	}
	if len(c.Steps) > max(steps, len(before.Steps)) || c.Conns() > max(maxConns, before.Conns()) || size > max(maxRare, was) || countFaults(c) > max(maxFaults, countFaults(before)) {
		t.Fatalf("%s: %d steps, %d connections, %d bytes, %d faults", what, len(c.Steps), c.Conns(), size, countFaults(c))
	}
}

func TestMutateLaws(t *testing.T) {
	t.Run("the same key gives the same mutant", func(t *testing.T) {
		for _, target := range targets {
			all := pool(target, DefaultVocabulary(target))
			for k := range uint64(300) {
				c, other := all[k%50], all[(k*7)%50]
				a, an := Mutate(NewRand(5, k), c, other, nil)
				b, bn := Mutate(NewRand(5, k), c, other, nil)
				if !a.Equal(b) || an != bn {
					t.Fatalf("%s %d differs", target, k)
				}
			}
		}
	})
	t.Run("a mutant has another text, nearly always", func(t *testing.T) {
		same := 0
		c := Generate(NewRand(1, 2), corpus.Server, nil)
		for k := range uint64(1000) {
			if d, _ := Mutate(NewRand(6, k), c, nil, nil); d.Equal(c) {
				same++
			}
		}
		if same > 50 {
			t.Errorf("%d of 1000 are the same", same)
		}
	})
	t.Run("expectations of a server hold up to the first change only", func(t *testing.T) {
		c := parseLines(t, "target: server", "", "C: a1 LOGIN test test", "S: a1 OK", "C: a2 SELECT INBOX", "S: a2 OK", "C: a3 NOOP", "S: a3 OK", "C: a4 LOGOUT", "S: a4 OK")
		kept, dropped := 0, 0
		for k := range uint64(500) {
			d, name := Mutate(NewRand(8, k), c, nil, nil)
			same := true
			for i := range d.Steps {
				same = same && i < len(c.Steps) && d.Steps[i].Equal(&c.Steps[i])
				if d.Steps[i].Expects(d.Target) {
					if kept++; !same {
						t.Fatalf("%s: step %d is expected behind a change:\n%s", name, i+1, corpus.Format(d))
					}
				}
			}
			if !same {
				dropped++
			}
		}
		if kept < 100 || dropped < 100 {
			t.Errorf("%d kept, %d cases changed", kept, dropped)
		}
	})
	t.Run("expectations of a client stay", func(t *testing.T) {
		c := parseLines(t, "target: client", "", "S: * OK hi", "D: noop", "C: NOOP", "S: $ OK done", "D: logout", "C: LOGOUT", "S: * BYE x", "S: $ OK done")
		n := 0
		for k := range uint64(500) {
			d, _ := Mutate(NewRand(8, k), c, nil, nil)
			for i := range d.Steps {
				if d.Steps[i].Expects(d.Target) {
					n++
				}
			}
		}
		if n < 700 {
			t.Errorf("%d of about 1000", n)
		}
	})
	t.Run("notes and rule ids are dropped", func(t *testing.T) {
		c := long(t)
		for k := range uint64(200) {
			d, _ := Mutate(NewRand(9, k), c, nil, nil)
			if len(d.Note) > 0 || len(d.Rules) > 0 || bytes.Contains(corpus.Format(d), []byte("# Here")) {
				t.Fatalf("got\n%s", corpus.Format(d))
			}
		}
	})
	t.Run("literals are announced as they are, most of the time", func(t *testing.T) {
		c := parseLines(t, "target: server", "", "C: a1 APPEND INBOX {5}", `C= "hello\r\n"`)
		right, wrong := 0, 0
		for k := range uint64(3000) {
			d, name := Mutate(NewRand(10, k), c, nil, nil)
			if name != "arg-literal" {
				continue
			}
			if l := literalsOf(d); len(l) == 1 && string(d.Steps[l[0].content].Data[l[0].b:]) == "\r\n" {
				right++
			} else {
				wrong++
			}
		}
		if right < 20 || right < 2*wrong {
			t.Errorf("%d right, %d wrong", right, wrong)
		}
	})
}

func TestTokens(t *testing.T) {
	tests := []struct {
		line string
		want []string
	}{
		{"a1 NOOP\r\n", []string{"a1", "NOOP"}},
		{"a1 FETCH 1:* (FLAGS BODY[HEADER.FIELDS (A B)]<0.10>)\r\n", []string{"a1", "FETCH", "1:*", "(FLAGS BODY[HEADER.FIELDS (A B)]<0.10>)"}},
		{`a1 LOGIN "a b" "c\"d"` + "\r\n", []string{"a1", "LOGIN", `"a b"`, `"c\"d"`}},
		{"a1 APPEND x {5}\r\nhello\r\n", []string{"a1", "APPEND", "x", "{5}", "hello"}},
		{"a1 X ((\r\n", []string{"a1", "X", "(("}},
		{`a1 X "abc` + "\r\n", []string{"a1", "X", `"abc`}},
		{"a1 X )) y", []string{"a1", "X", ")", ")", "y"}},
		{"a1  \\", []string{"a1", "\\"}},
		{"\r\n", nil},
		{"", nil},
	}
	for _, tt := range tests {
		var got []string
		for _, k := range tokenize(nil, []byte(tt.line), 0, len(tt.line)) {
			got = append(got, tt.line[k.a:k.b])
		}
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", tt.want) {
			t.Errorf("%q: got %q, want %q", tt.line, got, tt.want)
		}
	}
}

// FuzzTokenize: tokens lie in their order within the line, whatever it is.
func FuzzTokenize(f *testing.F) {
	f.Add([]byte("a1 FETCH 1:* (FLAGS BODY[HEADER.FIELDS (A B)]<0.10>)\r\n"))
	f.Add([]byte("* LIST () \"\\\" {3}\r\nabc\r\n"))
	f.Fuzz(func(t *testing.T, d []byte) {
		at := 0
		for _, k := range tokenize(nil, d, 0, len(d)) {
			if k.a < at || k.b <= k.a || k.b > len(d) {
				t.Fatalf("token %v behind %d in %q", k, at, d)
			}
			at = k.b
			for _, in := range inner(nil, d, k) {
				if in.a <= k.a || in.b >= k.b {
					t.Fatalf("token %v reaches out of %v in %q", in, k, d)
				}
			}
		}
		parseLine(d, true, nil)
		parseLine(d, false, nil)
		opener(d)
		for _, r := range repetitions(d) {
			if r.times < 2 || r.at+r.unit*r.times > len(d) {
				t.Fatalf("repetition %+v in %q", r, d)
			}
		}
	})
}

func BenchmarkMutate(b *testing.B) {
	for _, target := range targets {
		b.Run(target.String(), func(b *testing.B) {
			v := DefaultVocabulary(target)
			all := pool(target, v)
			b.ReportAllocs()
			for k := uint64(0); b.Loop(); k++ {
				Mutate(NewRand(1, k), all[k%50], all[(k*7)%50], v)
			}
		})
	}
}
