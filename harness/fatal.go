package harness

import (
	"regexp"
	"strings"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

// FatalFinding makes a finding of what a process printed that died during a run
// against target: a panic that nobody recovered, a fatal error of the runtime
// (a stack that overflowed, no memory, maps written at the same time), a report of
// the race detector, or nothing at all, if something ended it from outside.
func FatalFinding(target Target, output []byte) Finding {
	f := Finding{Rule: ruleCrash, Kind: Crash, Severity: Error, Side: faultnet.Server, Where: "unknown", Summary: "the process ended without a word"}
	var packages []string
	switch t := target.(type) {
	case *Server:
		packages = t.Packages
	case *Client:
		packages = t.Packages
	}
	if target.Tests() == corpus.Client {
		f.Side = faultnet.Client
	}
	text := string(output)
	if raceFinding(&f, text, packages) {
		return f
	}
	head := fatalLine(text)
	if head == "" {
		return f
	}
	f.Stack = clipString(text, 64<<10)
	f.Summary = "the process died: " + oneLine(head)
	stacks := parseStacks(output)
	switch {
	case strings.Contains(text, "stack overflow") || strings.Contains(text, "goroutine stack exceeds"):
		f.Rule = ruleNesting
		f.Where = recursive(stacks, packages)
		return f
	case strings.Contains(head, "out of memory"):
		f.Rule, f.Kind = ruleMemory, Resource
	case strings.Contains(head, "concurrent map"):
		f.Kind = Race
	}
	for _, s := range stacks {
		if own := s.own(packages); len(own) > 0 {
			f.Where = own[0]
			break
		}
	}
	return f
}

var fatalHead = regexp.MustCompile(`(?m)^(panic: .*|fatal error: .*|runtime: goroutine stack exceeds .*|SIG[A-Z]+: .*|unexpected fault address.*)$`)

func fatalLine(text string) string { return fatalHead.FindString(text) }

// recursive names the function that a stack overflowed in: of those that stand
// on it again and again the one that sorts first, since where the overflow
// strikes is chance.
func recursive(stacks []Stack, packages []string) string {
	count := make(map[string]int)
	best := ""
	for _, s := range stacks {
		for _, f := range s.Frames {
			if !ownFrame(f, packages) {
				continue
			}
			name := foldFunc(f.Func)
			if count[name]++; count[name] >= 3 && (best == "" || name < best) {
				best = name
			}
		}
		if best != "" {
			return best
		}
	}
	return "unknown"
}

func clipString(s string, n int) string { return s[:min(len(s), n)] }
