package fuzz

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
	"github.com/imapfuzz/imapfuzz/internal/plants"
)

// checkedSpecs are servers and clients with bugs that end the process, and what
// is no target at all.
func checkedSpecs() []Spec {
	var specs []Spec
	for _, bug := range []string{"panic-kills", "list-spins"} {
		specs = append(specs, Spec{Name: bug, New: func() harness.Target { return plants.Server(bug) }})
	}
	return append(specs,
		Spec{Name: "sound client", New: func() harness.Target { return plants.Client() }},
		Spec{Name: "nobody", New: func() harness.Target {
			s := goimap.Server()
			s.Password = "wrong"
			return s
		}},
		Spec{Name: "no start", New: func() harness.Target { return &harness.Server{Start: noStart} }},
	)
}

var errNoStart = errors.New("not today")

func noStart(net.Listener, io.Writer) (func(), error) { return nil, errNoStart }

// checkOf makes a card of the target of that name.
func checkOf(t *testing.T, name string, own ...string) (*harness.Card, error) {
	t.Helper()
	for _, s := range append(checkedSpecs(), append(sweptSpecs(), plantedSpecs()...)...) {
		if s.Name == name {
			s.Seeds, s.Version = own, "v1"
			return Check{Targets: []Spec{s}}.Run(t.Context())
		}
	}
	t.Fatalf("there is no target %q", name)
	return nil, nil
}

// broken returns the rows of a card in which something was found.
func broken(c *harness.Card) []string {
	var out []string
	for _, r := range c.Rows {
		if r.Verdict == harness.Failed || r.Verdict == harness.Warned {
			out = append(out, string(r.Verdict)+" "+r.Rule.ID+": "+r.Why)
		}
	}
	return out
}

func TestASoundTargetFailsNothing(t *testing.T) {
	for _, name := range []string{"sound", "sound client"} {
		t.Run(name, func(t *testing.T) {
			c, err := checkOf(t, name)
			if err != nil {
				t.Fatal(err)
			}
			if found := broken(c); len(found) > 0 {
				t.Errorf("%s", strings.Join(found, "\n"))
			}
			if c.Count(harness.Pass) < 6 || c.Targets[0].Version != "v1" {
				t.Errorf("%d passes, %+v", c.Count(harness.Pass), c.Targets[0].Version)
			}
		})
	}
}

func TestADefectFailsInItsRow(t *testing.T) {
	c, err := checkOf(t, "append-partial", "imapfuzz case 1\ntarget: server\n\n"+strings.Replace(appendSteps, "C= \"From", "  ! client @50: cut\nC= \"From", 1))
	if err != nil {
		t.Fatal(err)
	}
	failed := false
	for _, r := range c.Rows {
		bad := r.Verdict == harness.Failed
		if own := r.Rule.ID == "R-AT-1"; own {
			failed = bad && r.Trial != nil && r.Trial.Ladder != nil
		} else if bad && (r.As == nil || r.As.Rule.ID != "R-AT-1") {
			t.Errorf("%s fails: %s", r.Rule.ID, r.Why)
		}
	}
	if !failed {
		t.Error("R-AT-1 does not fail")
	}
}

func TestACrashIsAVerdict(t *testing.T) {
	c, err := checkOf(t, "planted server", "imapfuzz case 1\ntarget: server\n\n"+deadlySteps)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range c.Rows {
		if r.Rule.ID != "no-crash" {
			continue
		}
		if r.Verdict != harness.Failed || r.Trial.Name != "planted server/1" || r.Trial.Lost == "" || !strings.Contains(r.Shown[0].Finding.Stack, "plantedPanic") {
			t.Errorf("%s: %s, %+v", r.Verdict, r.Why, r.Trial)
		}
		return
	}
	t.Error("there is no row for no-crash")
}

func TestALoopIsAVerdict(t *testing.T) {
	var spins plants.Plant
	for _, p := range plants.Bugs() {
		if p.Name == "list-spins" {
			spins = p
		}
	}
	c, err := checkOf(t, "list-spins", spins.Text())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range c.Rows {
		if r.Rule.ID == "no-hang" && r.Side == faultnet.Server {
			if r.Verdict != harness.Failed {
				t.Errorf("%s: %s", r.Verdict, r.Why)
			}
			return
		}
	}
	t.Error("there is no row for no-hang")
}

func TestWhatCannotLogInGetsNoCard(t *testing.T) {
	for name, want := range map[string]string{
		"nobody":   `nobody: no card: greeting, login and selection were tried first: step 3: want "a1 OK\r\n", got "a1 NO`,
		"no start": "no start: no card: greeting, login and selection were tried first: start server: not today",
	} {
		_, err := checkOf(t, name)
		if not := (*NotReadyError)(nil); !errors.As(err, &not) || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("want %s, got %v", want, err)
		}
	}
}
