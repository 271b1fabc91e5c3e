package corpus

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
)

func TestSeeds(t *testing.T) { checkEmbedded(t, "seeds", Seeds) }

func TestScenarios(t *testing.T) {
	checkEmbedded(t, "scenarios", Scenarios)
	t.Run("every scenario names the rules that it is for", func(t *testing.T) {
		for _, s := range Scenarios() {
			if len(s.Case.Rules) == 0 {
				t.Errorf("%s names no rules", s.Name)
			}
		}
	})
}

func checkEmbedded(t *testing.T, root string, read func() []Seed) {
	seeds := read()
	t.Run("every file of the directory is a seed", func(t *testing.T) {
		files := 0
		err := fs.WalkDir(seedFiles, root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			files++
			if !strings.HasSuffix(path, caseExt) {
				t.Errorf("%s is no case", path)
			}
			return nil
		})
		if err != nil || files != len(seeds) || files < 1 {
			t.Errorf("%d files, %d seeds, %v", files, len(seeds), err)
		}
	})
	t.Run("every seed is in canonical form, and says what it is for", func(t *testing.T) {
		for _, s := range seeds {
			text, err := fs.ReadFile(seedFiles, root+"/"+s.Name+caseExt)
			if err != nil {
				t.Fatal(err)
			}
			if want := string(Format(s.Case)); string(text) != want {
				t.Errorf("%s is not canonical: got\n%s\nwant\n%s", s.Name, text, want)
			}
			if len(s.Case.Note) == 0 {
				t.Errorf("%s has no note", s.Name)
			}
			checkRoundTrip(t, s.Case)
		}
	})
	t.Run("seeds are sorted by name, and lie where their target says", func(t *testing.T) {
		if !slices.IsSortedFunc(seeds, func(a, b Seed) int { return strings.Compare(a.Name, b.Name) }) {
			t.Error("not sorted")
		}
		for _, s := range seeds {
			dir, _, _ := strings.Cut(s.Name, "/")
			if (dir == "server" || dir == "client") && dir != s.Case.Target.String() {
				t.Errorf("%s is for a %v", s.Name, s.Case.Target)
			}
		}
	})
	t.Run("no two seeds are the same", func(t *testing.T) {
		have := map[string]string{}
		for _, s := range seeds {
			c := s.Case.Clone()
			c.Note = nil
			if other, ok := have[c.ID()]; ok {
				t.Errorf("%s is %s", s.Name, other)
			}
			have[c.ID()] = s.Name
		}
	})
	t.Run("each call gives cases of its own", func(t *testing.T) {
		read()[0].Case.Steps[0].Data[0] ^= 0xff
		if !read()[0].Case.Equal(seeds[0].Case) {
			t.Error("a change shows in the next call")
		}
	})
}
