package fuzz

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// targets are both sides, for tests that hold for either.
var targets = [...]corpus.Target{corpus.Server, corpus.Client}

// checkCase fails the test unless c is a case that its own text brings back.
func checkCase(t *testing.T, c *corpus.Case, what string) {
	t.Helper()
	if err := c.Valid(); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	text := corpus.Format(c)
	d, err := corpus.Parse("case", text)
	if err != nil {
		t.Fatalf("%s: %v\n%.2000s", what, err, text)
	}
	if !c.Equal(d) {
		t.Fatalf("%s: the text does not bring the case back:\n%.2000s\nread as\n%.2000s", what, text, corpus.Format(d))
	}
	if again := corpus.Format(d); !bytes.Equal(text, again) {
		t.Fatalf("%s: the text is no fixed point", what)
	}
}

func TestGenerateGolden(t *testing.T) {
	for _, target := range targets {
		t.Run("the first cases for a "+target.String()+" are the same in every release", func(t *testing.T) {
			var b bytes.Buffer
			for k := range uint64(20) {
				fmt.Fprintf(&b, "# case %d\n", k)
				b.Write(corpus.Format(Generate(NewRand(1, k), target, nil)))
			}
			golden(t, "golden_"+target.String()+".txt", b.Bytes())
		})
	}
}

// figures are what a stretch of generated cases has.
type figures struct {
	cases, steps, bytes, honest       int
	faultless, oneFault, many         int
	times, expects                    int
	commands, wellFormed, large, deep int
	conns                             [maxConns + 1]int
	kinds                             map[faultnet.Kind]int
	marks                             map[string]int
	verbs                             map[string]int
}

func measure(t *testing.T, target corpus.Target, n uint64) figures {
	f := figures{kinds: map[faultnet.Kind]int{}, marks: map[string]int{}, verbs: map[string]int{}}
	v := DefaultVocabulary(target)
	for k := range n {
		c := Generate(NewRand(2, k), target, v)
		checkCase(t, c, fmt.Sprintf("%s %d", target, k))
		f.add(c)
	}
	return f
}

func (f *figures) add(c *corpus.Case) {
	f.cases++
	f.steps += len(c.Steps)
	f.conns[c.Conns()]++
	if c.Honest {
		f.honest++
	} else {
		switch countFaults(c) {
		case 0:
			f.faultless++
		case 1:
			f.oneFault++
		default:
			f.many++
		}
	}
	for _, r := range faultRefs(c) {
		f.kinds[r.rule(c).Fault.Kind]++
		f.marks[r.rule(c).When.Mark]++
	}
	size := 0
	for i := range c.Steps {
		s := &c.Steps[i]
		size += len(s.Data)
		if s.Op == corpus.Time {
			f.times++
		}
		if s.Expects(c.Target) {
			f.expects++
		}
		if bytes.Contains(s.Data, bytes.Repeat([]byte("("), 10000)) {
			f.deep++
		}
		if c.Target == corpus.Server && s.Sends(c.Target) && tagLen(s.Data) > 0 && blockEnd(c, i) == i+1 && len(s.Data) < 1<<16 {
			f.command(s.Data)
		}
	}
	f.bytes += size
	if size > 10000 {
		f.large++
	}
}

func (f *figures) command(d []byte) {
	f.commands++
	cmd, err := imapwire.ParseCommand(d, imapwire.Any)
	f.verbs[strings.ToUpper(cmd.Name)]++
	if err == nil {
		f.wellFormed++
	}
}

func between(t *testing.T, what string, part, whole, low, high int) {
	t.Helper()
	if p := 100 * part / max(1, whole); p < low || p > high {
		t.Errorf("%s: %d of %d, that is %d %%, want %d to %d %%", what, part, whole, p, low, high)
	}
}

func TestGenerateServer(t *testing.T) {
	f := measure(t, corpus.Server, 3000)
	t.Logf("%.1f steps, %d bytes a case; %d of %d commands well-formed; %d large, %d deep", float64(f.steps)/float64(f.cases), f.bytes/f.cases, f.wellFormed, f.commands, f.large, f.deep)
	between(t, "cases without a fault", f.faultless, f.cases, 50, 60)
	between(t, "cases with one fault", f.oneFault, f.cases, 30, 40)
	between(t, "cases with several faults", f.many, f.cases, 5, 15)
	between(t, "cases with one connection", f.conns[1], f.cases, 60, 85)
	between(t, "well-formed commands", f.wellFormed, f.commands, 65, 88)
	between(t, "large cases", f.large, f.cases, 1, 12)
	if f.times < 100 || f.deep == 0 || f.expects != 0 || f.conns[3] == 0 {
		t.Errorf("%d steps of time, %d deep nestings, %d expectations, %d cases with three connections", f.times, f.deep, f.expects, f.conns[3])
	}
	for i := range serverVerbs {
		if v := serverVerbs[i].name; f.verbs[v] < 10 {
			t.Errorf("%s was sent %d times in %d cases", v, f.verbs[v], f.cases)
		}
	}
}

func TestGenerateClient(t *testing.T) {
	f := measure(t, corpus.Client, 3000)
	t.Logf("%.1f steps, %d bytes a case; %d large, %d deep", float64(f.steps)/float64(f.cases), f.bytes/f.cases, f.large, f.deep)
	scripted := f.cases - f.honest
	between(t, "cases with an honest peer", f.honest, f.cases, 15, 35)
	between(t, "scripted cases without a fault", f.faultless, scripted, 50, 60)
	between(t, "cases with one connection", f.conns[1], f.cases, 100, 100)
	if f.deep == 0 || f.expects < f.cases {
		t.Errorf("%d deep nestings, %d expectations", f.deep, f.expects)
	}
}

func TestGenerateFaults(t *testing.T) {
	for _, target := range targets {
		f := measure(t, target, 3000)
		t.Run("every kind of fault comes up in cases for a "+target.String(), func(t *testing.T) {
			for _, k := range faultnet.Kinds() {
				if f.kinds[k] < 5 && !k.Connecting() {
					t.Errorf("%s: %d times", k, f.kinds[k])
				}
			}
		})
		t.Run("every mark comes up in cases for a "+target.String(), func(t *testing.T) {
			for _, m := range append(serverMarks[:len(serverMarks):len(serverMarks)], clientMarks[:]...) {
				if f.marks[m] < 3 {
					t.Errorf("%s: %d times", m, f.marks[m])
				}
			}
		})
	}
}

func TestGenerateLaws(t *testing.T) {
	t.Run("the same key gives the same case", func(t *testing.T) {
		for _, target := range targets {
			for k := range uint64(200) {
				a, b := Generate(NewRand(3, k), target, nil), Generate(NewRand(3, k), target, nil)
				if !a.Equal(b) {
					t.Fatalf("%s %d differs", target, k)
				}
			}
		}
	})
	t.Run("a client that has no honest peer gets none, and one that has only it nothing else", func(t *testing.T) {
		for k := range uint64(200) {
			if c := Generate(NewRand(3, k), corpus.Client, &Vocabulary{Scripted: true}); c.Honest {
				t.Fatal("an honest peer")
			}
			c := Generate(NewRand(3, k), corpus.Client, &Vocabulary{Honest: true})
			for i := range c.Steps {
				if c.Steps[i].Op == corpus.Bytes {
					t.Fatalf("a script:\n%s", corpus.Format(c))
				}
			}
		}
	})
	t.Run("the calls of the vocabulary are those that are made", func(t *testing.T) {
		v := &Vocabulary{Calls: []string{"frobnicate"}, Scripted: true}
		for k := range uint64(100) {
			for _, s := range Generate(NewRand(3, k), corpus.Client, v).Steps {
				if s.Op == corpus.Do && string(s.Data) != "frobnicate" && string(s.Data) != "done" {
					t.Fatalf("call %q", s.Data)
				}
			}
		}
	})
	t.Run("tags are unique on their connection", func(t *testing.T) {
		for k := range uint64(300) {
			c := Generate(NewRand(3, k), corpus.Server, nil)
			seen := map[string]bool{}
			for i := range c.Steps {
				s := &c.Steps[i]
				n := tagLen(s.Data)
				key := fmt.Sprint(s.Conn, string(s.Data[:n]))
				if n > 0 && seen[key] && !bytes.HasPrefix(s.Data, []byte("a1 ")) && !bytes.HasPrefix(s.Data, []byte("a9 ")) {
					t.Fatalf("%s twice:\n%.1000s", s.Data[:n], corpus.Format(c))
				}
				seen[key] = true
			}
		}
	})
	t.Run("no command asks for the canary by itself", func(t *testing.T) {
		for k := range uint64(1000) {
			c := Generate(NewRand(3, k), corpus.Server, nil)
			for i := range c.Steps {
				if d := c.Steps[i].Data; bytes.HasPrefix(d, []byte("zz9")) && !opensLiteral(c.Steps[max(0, i-1)].Data) {
					t.Fatalf("%q stands by itself:\n%.2000s", d, corpus.Format(c))
				}
			}
		}
	})
}

func BenchmarkGenerate(b *testing.B) {
	for _, target := range targets {
		b.Run(target.String(), func(b *testing.B) {
			v := DefaultVocabulary(target)
			b.ReportAllocs()
			for k := uint64(0); b.Loop(); k++ {
				Generate(NewRand(1, k), target, v)
			}
		})
	}
}
