package fuzz

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// engineRoot is where the packages live that run and judge cases.
const engineRoot = "github.com/imapfuzz/imapfuzz/"

// enginePackages are they.
var enginePackages = [...]string{"faultnet.", "corpus.", "harness.", "fuzz.", "internal/imapwire."}

// An ownFailure is a run that imapfuzz itself has ended, and not the target.
type ownFailure struct{ text string }

// Error says what has failed.
func (e *ownFailure) Error() string { return "imapfuzz itself failed, not the target: " + e.text }

// ownFailureOf returns what went wrong if imapfuzz itself has ended a worker that
// said output, or nil: on the stack that panicked the first function that is not the
// runtime's is the engine's, and not the target's, whose packages are these.
func ownFailureOf(summary, output string, packages []string) error {
	i := strings.Index("\n"+output, "\ngoroutine ")
	if i < 0 || strings.Contains(output, "stack exceeds") || strings.Contains(output, "out of memory") {
		return nil
	}
	stack, _, _ := strings.Cut(output[i:], "\n\n")
	if j := strings.LastIndex(stack, "\npanic("); j >= 0 {
		stack = stack[j+1:]
	}
	for _, line := range strings.Split(stack, "\n")[1:] {
		switch {
		case strings.HasPrefix(line, "\t"), strings.HasPrefix(line, "runtime."), strings.HasPrefix(line, "sync."), strings.HasPrefix(line, "internal/"):
		case isEngine(line) && !hasPrefix(line, packages):
			return &ownFailure{summary + ", in " + line}
		default:
			return nil
		}
	}
	return nil
}

// ours notes that a case has ended a worker through no fault of the target, and
// keeps the case.
func (r *running) ours(err error, text string) {
	c, bad := corpus.Parse("case", []byte(text))
	if bad != nil {
		r.problem(err.Error())
		return
	}
	name := filepath.Join(r.Dir, "failed-"+c.ID()+".case")
	if bad := corpus.WriteFile(name, corpus.Format(c)); bad != nil {
		r.broken(bad)
	}
	r.problem(fmt.Sprintf("%v; its case is %s", err, name))
}

func hasPrefix(s string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}

func isEngine(frame string) bool {
	name, ok := strings.CutPrefix(frame, engineRoot)
	return ok && hasPrefix(name, enginePackages[:])
}
