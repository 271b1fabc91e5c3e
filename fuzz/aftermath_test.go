package fuzz_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/fuzz"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/plants"
)

// plantVariable names the planted bug that FuzzPlants is to meet, in a child.
const plantVariable = "IMAPFUZZ_TEST_PLANT"

// FuzzPlants fuzzes the clean planted server; in a child of the test below, a
// target with a bug that ends processes, and its case is among the seeds.
func FuzzPlants(f *testing.F) {
	var target harness.Target = plants.Server()
	for _, p := range plants.Bugs() {
		if p.Name == os.Getenv(plantVariable) {
			target = p.Target(false)
			f.Add([]byte(p.Text()))
		}
	}
	o := fuzz.Options{Known: ruleIDs()}
	switch target := target.(type) {
	case *harness.Server:
		fuzz.ServerWith(f, target, o)
	case *harness.Client:
		fuzz.ClientWith(f, target, o)
	}
}

func TestASearchThatATargetEndsSaysWhy(t *testing.T) {
	for _, tt := range []struct {
		name, plant string
		want        []string
	}{
		{"the watchdog's finding is told, with its case", "client-spins",
			[]string{"no-hang", "bucket hang/", "RFC 2683", "imapfuzz replay FILE", "imapfuzz case 1", "C: NOOP"}},
		{"a panic is told, with its place", "panic-kills",
			[]string{"no-crash", "bucket crash/no-crash/plants.", "the process died: panic: "}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^$", "-test.fuzz=^FuzzPlants$", "-test.fuzzcachedir="+t.TempDir())
			cmd.Env = append(os.Environ(), plantVariable+"="+tt.plant)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatalf("the search ended well:\n%s", out)
			}
			for _, want := range tt.want {
				if !strings.Contains(string(out), want) {
					t.Errorf("no %q in:\n%s", want, out)
				}
			}
		})
	}
}
