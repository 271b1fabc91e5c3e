package corpus

import (
	"io/fs"
	"slices"
	"strings"
)

// A Seed is a case that comes with the program.
type Seed struct {
	Name string // path below the seeds, slashes between, without ".case"
	Case *Case  // the caller's own
}

// Seeds returns the embedded cases from which campaigns start, sorted by name.
// They are read anew by each call, so that the caller may change them.
func Seeds() []Seed { return embedded("seeds") }

// Scenarios returns the embedded cases by which rules are judged, sorted by name,
// on the terms of [Seeds]. The line "rules:" of each names the rules that it is
// for; it brings the target to where these can be kept or broken.
func Scenarios() []Seed { return embedded("scenarios") }

func embedded(root string) []Seed {
	var seeds []Seed
	err := fs.WalkDir(seedFiles, root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, caseExt) {
			return err
		}
		text, err := fs.ReadFile(seedFiles, path)
		if err != nil {
			return err
		}
		c, err := Parse(path, text)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(strings.TrimPrefix(path, root+"/"), caseExt)
		seeds = append(seeds, Seed{Name: name, Case: c})
		return nil
	})
	if err != nil {
		panic("corpus: broken seed: " + err.Error()) // the tests read every one
	}
	slices.SortFunc(seeds, func(a, b Seed) int { return strings.Compare(a.Name, b.Name) })
	return seeds
}
