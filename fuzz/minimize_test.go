package fuzz

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

// parseLines reads a case of the test's own.
func parseLines(t *testing.T, lines ...string) *corpus.Case {
	t.Helper()
	c, err := corpus.Parse("test", []byte("imapfuzz case 1\n"+strings.Join(lines, "\n")+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// sent returns what connection conn of c sends, in one.
func sent(c *corpus.Case, conn int) []byte {
	var b []byte
	for i := range c.Steps {
		if c.Steps[i].Conn == conn && c.Steps[i].Sends(c.Target) {
			b = append(b, c.Steps[i].Data...)
		}
	}
	return b
}

// long is a case of which every test needs little.
func long(t *testing.T) *corpus.Case {
	return parseLines(t, "# A note.", "target: server", "rules: R-AT-1", "plan: server @54: stall 29m", "plan 2: client @9: reset", "",
		"C: a1 LOGIN test test", "S: a1 OK", "C2: b1 LOGIN test test", "C: a2 SELECT INBOX", "C2: b2 SELECT INBOX", "# Here.", "C: a3 NOOP", "T: 31m",
		"C: a4 APPEND INBOX (\\Seen \\Draft) {5000}", `C= "x"*5000`, `  + "\r\n"`, "  ! client @40: chop 3..9", "C: a5 FETCH 1:*,2,3 (FLAGS UID BODY.PEEK[HEADER]<0.10>)",
		"C3: c1 NOOP", "! client: delay 2s..4s", "C2: b3 STORE 1 +FLAGS (\\Deleted)", "C2: b4 EXPUNGE", "C: a6 NOOP", "C: a7 SEARCH OR ALL NOT (SEEN)", "C: a8 LOGOUT")
}

func TestMinimizer(t *testing.T) {
	tests := []struct {
		name  string
		keep  func(c *corpus.Case) bool
		steps int // at most
		text  []string
		not   []string
	}{
		{"one command is left of a long case", func(c *corpus.Case) bool { return bytes.Contains(sent(c, 1), []byte("FETCH")) }, 1, []string{"C: a1 FETCH\n"}, []string{"#", "rules", "plan"}},
		{"two commands in their order", func(c *corpus.Case) bool {
			b := sent(c, 1)
			i := bytes.Index(b, []byte("SELECT INBOX\r\n"))
			return i >= 0 && bytes.Contains(b[i:], []byte("SEARCH OR"))
		}, 2, []string{"C: a1 SELECT INBOX\nC: a2 SEARCH OR"}, nil},
		{"two connections stay two", func(c *corpus.Case) bool {
			return bytes.Contains(sent(c, 1), []byte("SELECT")) && bytes.Contains(sent(c, 2), []byte("EXPUNGE"))
		}, 2, []string{"C: a1 SELECT", "C2: b1 EXPUNGE"}, []string{"C3"}},
		{"connections that are left move up", func(c *corpus.Case) bool {
			return bytes.Contains(bytes.Join([][]byte{sent(c, 1), sent(c, 2)}, nil), []byte("EXPUNGE"))
		}, 1, []string{"C: a1 EXPUNGE"}, nil},
		{"a literal over 4096 shrinks to 4097 octets, which are announced", func(c *corpus.Case) bool {
			for _, l := range literalsOf(c) {
				if l.b-l.a > 4096 {
					return bytes.Contains(c.Steps[l.step].Data, []byte("APPEND"))
				}
			}
			return false
		}, 2, []string{"APPEND", "{4097}", `"x"*4097`}, []string{"5000", "chop"}},
		{"time is as short as will do", func(c *corpus.Case) bool {
			var d time.Duration
			for i := range c.Steps {
				d += c.Steps[i].D
			}
			return d > 30*time.Minute
		}, 1, []string{"T: 30m1s"}, nil},
		{"a fault that is needed stays, in its simplest form", func(c *corpus.Case) bool {
			for _, f := range faultRefs(c) {
				if f.rule(c).Fault.Kind == faultnet.Chop {
					return true
				}
			}
			return false
		}, 1, []string{"! client: chop 1\n"}, []string{"plan", "delay"}},
		{"an argument shrinks to the simplest of its kind", func(c *corpus.Case) bool {
			return strings.Contains(string(sent(c, 1)), "FETCH 1") && strings.Contains(string(sent(c, 1)), " BODY")
		}, 1, []string{"C: a1 FETCH 1 "}, []string{"FLAGS", "UID", "PEEK", "2,3"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := long(t)
			before := corpus.Format(c)
			m := &Minimizer{Keep: tt.keep}
			got, calls := m.Run(c)
			checkCase(t, got, "minimized")
			text := string(corpus.Format(got))
			if !tt.keep(got) || len(got.Steps) > tt.steps || calls < 2 || calls > defaultBudget {
				t.Errorf("%d steps, %d calls, kept %v:\n%s", len(got.Steps), calls, tt.keep(got), text)
			}
			for _, s := range tt.text {
				if !strings.Contains(text, s) {
					t.Errorf("want %q in\n%s", s, text)
				}
			}
			for _, s := range tt.not {
				if strings.Contains(text, s) {
					t.Errorf("want no %q in\n%s", s, text)
				}
			}
			if !bytes.Equal(before, corpus.Format(c)) {
				t.Error("the case itself was changed")
			}
		})
	}
}

func TestMinimizerRuns(t *testing.T) {
	t.Run("a nesting of 100,000 shrinks to the least that shows it", func(t *testing.T) {
		c := parseLines(t, "target: server", "", "C: a1 LOGIN test test", `C= "a2 SEARCH " + "("*100000 + "ALL" + ")"*100000 + "\r\n"`, "C: a3 NOOP")
		const least = 1234
		keep := func(c *corpus.Case) bool {
			b := sent(c, 1)
			return bytes.Contains(b, bytes.Repeat([]byte("("), least)) && bytes.Count(b, []byte("(")) == bytes.Count(b, []byte(")"))
		}
		got, calls := (&Minimizer{Keep: keep}).Run(c)
		if n := bytes.Count(sent(got, 1), []byte("(")); n != least || len(got.Steps) != 1 {
			t.Errorf("%d parentheses after %d calls:\n%.300s", n, calls, corpus.Format(got))
		}
	})
	t.Run("an over-long line shrinks to the limit that it passes", func(t *testing.T) {
		c := parseLines(t, "target: server", "", `C= "a2 NOOP " + "x"*200000 + "\r\n"`, "C: a3 NOOP")
		got, _ := (&Minimizer{Keep: func(c *corpus.Case) bool { return len(c.Steps) > 0 && len(c.Steps[0].Data) > 8192 }}).Run(c)
		if n := len(got.Steps[0].Data); n != 8193 || len(got.Steps) != 1 {
			t.Errorf("got %d bytes:\n%.300s", n, corpus.Format(got))
		}
	})
}

func TestMinimizerLaws(t *testing.T) {
	t.Run("a case that does not show the bucket comes back as it is", func(t *testing.T) {
		c := long(t)
		got, calls := (&Minimizer{Keep: func(*corpus.Case) bool { return false }}).Run(c)
		if !got.Equal(c) || calls != 1 {
			t.Errorf("%d calls:\n%s", calls, corpus.Format(got))
		}
	})
	t.Run("the budget is kept, and what was reached by then comes back", func(t *testing.T) {
		for _, budget := range []int{1, 2, 5, 20, 100} {
			n := 0
			keep := func(c *corpus.Case) bool { n++; return bytes.Contains(sent(c, 1), []byte("FETCH")) }
			got, calls := (&Minimizer{Keep: keep, Budget: budget}).Run(long(t))
			if calls != n || n > budget || !keep(got) {
				t.Errorf("budget %d: %d calls, %d said", budget, n-1, calls)
			}
		}
	})
	t.Run("no candidate is shown twice, and none that cannot be written", func(t *testing.T) {
		seen := make(map[string]bool)
		keep := func(c *corpus.Case) bool {
			text := string(corpus.Format(c))
			if err := c.Valid(); err != nil || seen[text] {
				t.Errorf("again, or invalid (%v):\n%s", err, text)
			}
			seen[text] = true
			return len(sent(c, 1))%3 == 0
		}
		c := long(t)
		if len(sent(c, 1))%3 != 0 {
			c.Steps[0].Data = append(c.Steps[0].Data, "xxx"[:3-len(sent(c, 1))%3]...)
		}
		if (&Minimizer{Keep: keep}).Run(c); len(seen) < 10 {
			t.Errorf("only %d candidates", len(seen))
		}
	})
	t.Run("the result is one that was kept, whatever Keep says", func(t *testing.T) {
		for k := range uint64(30) {
			for _, target := range targets {
				r := NewRand(7, k)
				c := Generate(r, target, nil)
				kept := map[string]bool{}
				keep := func(d *corpus.Case) bool {
					ok := len(kept) == 0 || r.Chance(1, 3)
					if ok {
						kept[string(corpus.Format(d))] = true
					}
					return ok
				}
				got, _ := (&Minimizer{Keep: keep, Budget: 300}).Run(c)
				if !kept[string(corpus.Format(got))] {
					t.Fatalf("never kept:\n%s", corpus.Format(got))
				}
			}
		}
	})
	t.Run("a case for a client loses what nobody needs", func(t *testing.T) {
		c := parseLines(t, "target: client", "", "S: * OK hi", "D: noop", "C: NOOP", "S: * 3 EXISTS", "S: $ OK done", "D: select INBOX", "C: SELECT", "S: * 3 EXISTS",
			`S= "* 1 FETCH (BODYSTRUCTURE " + "("*5000 + "\r\n"`, "S: $ OK [READ-WRITE] done", "D: logout", "C: LOGOUT", "S: * BYE x", "S: $ OK done")
		keep := func(c *corpus.Case) bool {
			return bytes.Contains(sent(c, 1), []byte("BODYSTRUCTURE ((((((((((((((((((((")) && bytes.HasPrefix(sent(c, 1), []byte("* OK"))
		}
		got, calls := (&Minimizer{Keep: keep}).Run(c)
		if len(got.Steps) != 2 || len(sent(got, 1)) > 60 {
			t.Errorf("%d calls:\n%s", calls, corpus.Format(got))
		}
	})
}

// A minimizer needs no more of a target than whether it still fails.
func ExampleMinimizer() {
	c, _ := corpus.Parse("bug.case", []byte("imapfuzz case 1\ntarget: server\n\nC: a1 LOGIN test test\nC: a2 SELECT INBOX\nC: a3 FETCH 1:* (FLAGS UID)\nC: a4 LOGOUT\n"))
	m := &Minimizer{Keep: func(c *corpus.Case) bool { // the imagined bug: FETCH kills the server
		return strings.Contains(string(corpus.Format(c)), "FETCH")
	}}
	small, _ := m.Run(c)
	fmt.Printf("%s", corpus.Format(small))
	// Output:
	// imapfuzz case 1
	// target: server
	//
	// C: a1 FETCH
}
