package fuzz

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/corpus/trace"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/plants"
)

const beforeRestart = "imapfuzz case 1\ntarget: server\n\nC: a1 LOGIN test test\nC: a2 SELECT INBOX\nC: a3 STORE 2 +FLAGS (\\Draft)\nC: a4 FETCH 2 (FLAGS)\n"

// dead reports whether a step is of a connection that a restart has ended.
func dead(c *corpus.Case) bool {
	used, ended := map[int]bool{}, map[int]bool{}
	for i := range c.Steps {
		s := &c.Steps[i]
		if ended[s.Conn] {
			return true
		}
		if s.Op != corpus.Restart {
			used[s.Conn] = s.Conn > 0
			continue
		}
		for conn, yes := range used {
			ended[conn] = yes
		}
	}
	return false
}

func TestRestartsAreMadeForServersThatCanBe(t *testing.T) {
	can, cannot := vocabulary(plants.Server()), vocabulary(&harness.Server{})
	t.Run("by the generator", func(t *testing.T) {
		with := 0
		for k := range uint64(1000) {
			c := Generate(NewRand(3, k), corpus.Server, can)
			checkCase(t, c, "generated")
			if dead(c) {
				t.Fatalf("a step of a connection that has ended:\n%s", corpus.Format(c))
			}
			with += min(1, c.Restarts())
			if n := Generate(NewRand(3, k), corpus.Server, cannot).Restarts(); n > 0 {
				t.Fatal("a restart for a server that cannot be restarted")
			}
		}
		if with < 30 || with > 200 {
			t.Errorf("%d of 1000 cases restart the server", with)
		}
	})
	t.Run("by mutations, which take them away too", func(t *testing.T) {
		plain, err := corpus.Parse("x", []byte(beforeRestart))
		if err != nil {
			t.Fatal(err)
		}
		added, dropped, most := 0, 0, 0
		c := plain
		for k := range uint64(20000) {
			d, _ := Mutate(NewRand(4, k), c, plain, can)
			checkCase(t, d, "mutant")
			if d.Restarts() > 0 && dead(d) {
				t.Fatalf("a step of a connection that has ended:\n%s", corpus.Format(d))
			}
			added += min(1, max(0, d.Restarts()-c.Restarts()))
			dropped += min(1, max(0, c.Restarts()-d.Restarts()))
			most = max(most, d.Restarts())
			if c = d; k%50 == 49 {
				c = plain
			}
			if e, _ := Mutate(NewRand(4, k), plain, plain, cannot); e.Restarts() > 0 {
				t.Fatal("a restart for a server that cannot be restarted")
			}
		}
		if added < 200 || dropped < 50 || most != maxRestarts {
			t.Errorf("%d mutants restart more often, %d less often, %d times at most", added, dropped, most)
		}
	})
	t.Run("by Decode, from what Encode writes", func(t *testing.T) {
		text := beforeRestart + "RESTART:\nC2: b1 LOGIN test test\nRESTART:\n"
		c, err := corpus.Parse("x", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		data, ok := Encode(c)
		if !ok || strings.HasPrefix(string(data), textStart) || !Decode(corpus.Server, data, can).Equal(c) {
			t.Errorf("got %q, %v", data, ok)
		}
		if d := Decode(corpus.Server, data, cannot); d.Restarts() > 0 || d.Valid() != nil {
			t.Errorf("for a server that cannot be restarted:\n%s", corpus.Format(d))
		}
		if d := Decode(corpus.Client, []byte(text), nil); d.Restarts() > 0 || d.Valid() != nil {
			t.Errorf("for a client:\n%s", corpus.Format(d))
		}
		if d := Decode(corpus.Client, []byte("imapfuzz case 1\ntarget: server\n\nRESTART:\n"), nil); d.Valid() != nil {
			t.Errorf("of nothing but a restart, for a client: %v", d.Valid())
		}
	})
}

// A restart that is inserted lets what goes on go on with another connection.
func TestARestartMovesWhatGoesOn(t *testing.T) {
	c, err := corpus.Parse("x", []byte(beforeRestart))
	if err != nil {
		t.Fatal(err)
	}
	for k := range uint64(100) {
		m := newMutator(newGen(NewRand(5, k), corpus.Server, vocabulary(plants.Server())), c, nil)
		if !m.stepRestart() {
			t.Fatal("nothing was restarted")
		}
		at := slices.IndexFunc(m.c.Steps, func(s corpus.Step) bool { return s.Op == corpus.Restart })
		if at < 3 || m.c.Steps[len(m.c.Steps)-1].Op == corpus.Restart {
			continue
		}
		rest := ""
		for _, s := range m.c.Steps[at+1:] {
			if s.Conn != 2 {
				t.Fatalf("got\n%s", corpus.Format(m.c))
			}
			rest += string(s.Data)
		}
		if !strings.HasPrefix(rest, "b1 LOGIN test test\r\nb2 SELECT INBOX\r\n") {
			t.Fatalf("got\n%s", corpus.Format(m.c))
		}
		return
	}
	t.Error("no restart stood between two commands")
}

func TestARestartIsMinimized(t *testing.T) {
	const text = beforeRestart + "RESTART:\nC2: b1 LOGIN test test\nRESTART:\nC3: c1 LOGIN test test\nC3: c2 SELECT INBOX\nC3: c3 NOOP\nC3: c4 FETCH 1:3 (FLAGS)\nC3: c5 NOOP\nRESTART:\n"
	c, err := corpus.Parse("x", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	target := plants.Server("restart-loses-flags")
	keep := func(c *corpus.Case) bool {
		r := harness.Run(t, target, c, harness.Options{})
		return r.Err == nil && slices.ContainsFunc(r.Findings, func(f harness.Finding) bool { return f.Bucket() == "lie/store-flags/restart" })
	}
	min, _ := (&Minimizer{Keep: keep}).Run(c)
	if n := len(min.Steps); n > 4 || min.Restarts() != 1 || !keep(min) {
		t.Errorf("got\n%s", corpus.Format(min))
	}
}

func TestWhoCannotBeRestartedIsNamed(t *testing.T) {
	c, err := corpus.Parse("x", []byte(beforeRestart+"RESTART:\n"))
	if err != nil {
		t.Fatal(err)
	}
	specs := []Spec{{Name: "mine", New: func() harness.Target { return &harness.Server{Name: "my server"} }}}
	if _, err := specFor(specs, c); !errors.Is(err, harness.ErrNoRestart) || !strings.Contains(err.Error(), "my server") {
		t.Errorf("got %v", err)
	}
	if fits(describe(&harness.Server{}).standIn(), c) || !fits(describe(plants.Server()).standIn(), c) {
		t.Error("what stands for a server does not say whether it can be restarted")
	}
}

func TestACaptureHasTheConnectionsBehindARestart(t *testing.T) {
	c, err := corpus.Parse("x", []byte(beforeRestart+"RESTART:\nC2: b1 LOGIN test test\n"))
	if err != nil {
		t.Fatal(err)
	}
	conns := traceOf(harness.Run(t, plants.Server(), c, harness.Options{}).Record)
	if len(conns) != 2 {
		t.Fatalf("%d connections", len(conns))
	}
	for i, conn := range conns {
		has := func(k trace.Kind) bool {
			return slices.ContainsFunc(conn.Events, func(e trace.Event) bool { return e.Kind == k })
		}
		if !has(trace.Open) || !has(trace.Data) || !has(trace.FIN) {
			t.Errorf("connection %d: %v", i+1, conn.Events)
		}
	}
}
