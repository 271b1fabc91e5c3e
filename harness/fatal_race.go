package harness

import (
	"slices"
	"strings"
)

// raceHead begins a report of the race detector.
const raceHead = "WARNING: DATA RACE"

// RaceSummary begins the summary of a finding that only the race detector shows.
const RaceSummary = "two goroutines use the same memory at the same time, and one writes"

// raceFinding completes f from the first report of the race detector in text; ok
// is false if there is none. Where is the two functions of the target that meet,
// in an order that is not chance.
func raceFinding(f *Finding, text string, packages []string) (ok bool) {
	_, report, ok := strings.Cut(text, raceHead)
	if !ok {
		return false
	}
	report, _, _ = strings.Cut(report, "\n==================")
	f.Kind, f.Stack = Race, clipString(raceHead+report, 64<<10)
	var places []string
	for part := range strings.SplitSeq(report, "\n\n") {
		part = strings.TrimLeft(part, "\n")
		if head, _, _ := strings.Cut(part, "\n"); !strings.Contains(head, " at 0x") || !strings.Contains(head, "by ") {
			continue // who created the goroutines
		}
		if own := raceStack(part).own(packages); len(own) > 0 && !slices.Contains(places, own[0]) {
			places = append(places, own[0])
		}
	}
	slices.Sort(places)
	f.Summary = RaceSummary
	if len(places) > 0 {
		f.Where = strings.Join(places, ", ")
		f.Summary += ": " + strings.Join(places, " and ")
	}
	return true
}

// raceStack reads one stack of a report: lines of functions, each with its place
// below.
func raceStack(part string) Stack {
	s := Stack{Text: part}
	lines := strings.Split(part, "\n")
	for i := 1; i < len(lines); i++ {
		name, ok := strings.CutPrefix(lines[i], "  ")
		if !ok || strings.HasPrefix(name, " ") {
			continue
		}
		if j := strings.LastIndexByte(name, '('); j > 0 {
			name = name[:j]
		}
		s.Frames = append(s.Frames, Frame{Func: name})
	}
	return s
}
