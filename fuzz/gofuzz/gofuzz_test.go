package gofuzz

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
)

const childEnv = "IMAPFUZZ_GOFUZZ_TEST"

// TestMain lets the tests' child processes be what a binary of go-fuzz is: a
// program in which package testing has not begun.
func TestMain(m *testing.M) {
	switch os.Getenv(childEnv) {
	case "":
		os.Exit(m.Run())
	case "server":
		n := FuzzServer(nil) + FuzzServer([]byte{0xff, 0, 1})
		exitWith(n + seeds(corpus.Server, FuzzServer))
	case "client":
		exitWith(FuzzClient(nil) + seeds(corpus.Client, FuzzClient))
	case "finding":
		// A partial that reaches beyond 63 bits (RFC 9051, section 6.4.5).
		Run(goimap.Server(), []byte("imapfuzz case 1\ntarget: server\n\n"+
			"C: a1 LOGIN test test\nC: a2 SELECT INBOX\nC: a3 FETCH 1 (BODY.PEEK[]<1.9223372036854775807>)\n"), nil)
		os.Exit(0)
	}
}

// seeds runs the seeds of one side, and returns how often that was interesting.
func seeds(side corpus.Target, run func([]byte) int) int {
	n := 0
	for _, s := range corpus.Seeds() {
		if s.Case.Target == side {
			n += run(corpus.Format(s.Case))
		}
	}
	return n
}

// exitWith ends the process: well, if anything was interesting.
func exitWith(interesting int) {
	if interesting == 0 {
		os.Exit(4)
	}
	os.Exit(0)
}

// child runs this test binary as something else.
func child(t *testing.T, what string, env ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), childEnv+"="+what), env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestEntryPoints(t *testing.T) {
	t.Run("seeds, bytes and nothing at all run outside package testing", func(t *testing.T) {
		if out, err := child(t, "server"); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	})
	t.Run("the target is reached with the defaults of an old Go, which a binary of go-fuzz has", func(t *testing.T) {
		out, err := child(t, "finding", "GODEBUG=asynctimerchan=1")
		if err == nil || !strings.Contains(out, "bucket crash/") {
			t.Fatalf("want the finding, got %v: %s", err, out)
		}
	})
	t.Run("a finding that is not known is a panic with its bucket and its case", func(t *testing.T) {
		out, err := child(t, "finding")
		if err == nil {
			t.Fatalf("the process went on: %s", out)
		}
		for _, want := range []string{"panic: ", "bucket crash/", "imapfuzz case 1"} {
			if !strings.Contains(out, want) {
				t.Errorf("no %q in: %s", want, out)
			}
		}
	})
}
