package corpus

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/imapfuzz/imapfuzz/faultnet"
)

func lineCase(line string) *Case {
	return &Case{Steps: []Step{{Conn: 1, Side: faultnet.Client, Data: []byte(line + "\r\n")}}}
}

func mustOpen(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// names lists the files below dir, with slashes.
func names(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			all = append(all, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestStore(t *testing.T) {
	t.Run("a new directory is made, and is empty", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "a", "b")
		s := mustOpen(t, dir)
		all, errs := s.All()
		if len(all) != 0 || len(errs) != 0 || len(names(t, dir)) != 0 || s.Dir() != dir {
			t.Errorf("got %v, %v, %v", all, errs, names(t, dir))
		}
	})
	t.Run("a case is kept once, under its ID, in canonical form", func(t *testing.T) {
		dir := t.TempDir()
		s := mustOpen(t, dir)
		c := everythingCase(t)
		for i := range 3 {
			id, fresh, err := s.Add(c)
			if err != nil || id != c.ID() || fresh != (i == 0) {
				t.Fatalf("got %s, %v, %v", id, fresh, err)
			}
		}
		if got := names(t, dir); !slices.Equal(got, []string{"corpus/" + c.ID() + ".case"}) {
			t.Errorf("got %v", got)
		}
		text, err := os.ReadFile(s.Path(c.ID()))
		if err != nil || string(text) != everything {
			t.Errorf("got %v\n%s", err, text)
		}
	})
	t.Run("all cases come back after a restart, sorted by ID", func(t *testing.T) {
		dir := t.TempDir()
		s := mustOpen(t, dir)
		var want []string
		for i := range 20 {
			id, _, err := s.Add(lineCase(fmt.Sprint("a NOOP ", i)))
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, id)
		}
		slices.Sort(want)
		all, errs := mustOpen(t, dir).All()
		var got []string
		for _, c := range all {
			got = append(got, c.ID())
		}
		if len(errs) > 0 || !slices.Equal(got, want) {
			t.Errorf("got %v, %v, want %v", got, errs, want)
		}
	})
}

func TestAdd(t *testing.T) {
	t.Run("of equal cases added at the same time one is fresh", func(t *testing.T) {
		s := mustOpen(t, t.TempDir())
		var wg sync.WaitGroup
		var mu sync.Mutex
		count := 0
		for i := range 24 {
			wg.Go(func() {
				_, fresh, err := s.Add(lineCase(fmt.Sprint("x ", i%3)))
				if err != nil {
					t.Error(err)
				}
				if fresh {
					mu.Lock()
					count++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if all, errs := s.All(); count != 3 || len(all) != 3 || len(errs) > 0 {
			t.Errorf("%d fresh, %d kept, %v", count, len(all), errs)
		}
	})
	t.Run("a case that cannot be written down is refused", func(t *testing.T) {
		dir := t.TempDir()
		if _, fresh, err := mustOpen(t, dir).Add(&Case{}); err == nil || fresh || len(names(t, dir)) > 0 {
			t.Errorf("got %v, %v", fresh, err)
		}
	})
	t.Run("a damaged file is written anew", func(t *testing.T) {
		s := mustOpen(t, t.TempDir())
		c := lineCase("x")
		if err := os.WriteFile(s.Path(c.ID()), Format(c)[:20], 0o666); err != nil {
			t.Fatal(err)
		}
		if _, fresh, err := s.Add(c); !fresh || err != nil {
			t.Errorf("got %v, %v", fresh, err)
		}
		if all, errs := s.All(); len(all) != 1 || len(errs) != 0 {
			t.Errorf("got %v, %v", all, errs)
		}
	})
}

func TestBrokenCorpus(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	good := lineCase("good")
	if _, _, err := s.Add(good); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"0-future.case":   "imapfuzz case 2\ntarget: server\n\nC: x\n",
		"1-zeros.case":    strings.Repeat("\x00", 100),
		"2-empty.case":    "",
		"3-repaired.case": "imapfuzz case 1\ntarget: server\n\nC: x\nT: soon\nnonsense\n",
		"notes.txt":       "not a case",
	} {
		if err := os.WriteFile(filepath.Join(dir, "corpus", name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, sub := range []string{"4-directory.case", "sub"} {
		if err := os.Mkdir(filepath.Join(dir, "corpus", sub), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "corpus", "5-dangling.case")); err != nil {
		t.Logf("no symbolic links here: %v", err)
	}
	all, errs := mustOpen(t, dir).All()
	t.Run("what is good is read, and what can be repaired", func(t *testing.T) {
		repaired, err := Parse("", []byte("imapfuzz case 1\ntarget: server\n\nC: x\nC: nonsense\n"))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []*Case{good, repaired} {
			if !slices.ContainsFunc(all, want.Equal) {
				t.Errorf("missing:\n%s", Format(want))
			}
		}
		if len(all) != 2 {
			t.Errorf("got %d cases", len(all))
		}
	})
	t.Run("each broken file is reported with its name", func(t *testing.T) {
		for i, want := range []string{"0-future", "1-zeros", "2-empty", "3-repaired", "5-dangling"} {
			if i == 4 && len(errs) == 4 {
				break // no symbolic links
			}
			if i >= len(errs) || !strings.Contains(errs[i].Error(), want) {
				t.Fatalf("want %s in error %d of %v", want, i, errs)
			}
		}
		var version *VersionError
		var repaired *RepairedError
		if !errors.As(errs[0], &version) || !errors.As(errs[3], &repaired) || len(repaired.Repairs) != 2 {
			t.Errorf("got %T, %T", errs[0], errs[3])
		}
		if !strings.Contains(errs[3].Error(), "repaired: line 5: ") || !strings.HasSuffix(errs[3].Error(), "(and 1 more)") {
			t.Errorf("got %v", errs[3])
		}
	})
	t.Run("a corpus that is gone is an error", func(t *testing.T) {
		if err := os.RemoveAll(filepath.Join(dir, "corpus")); err != nil {
			t.Fatal(err)
		}
		if all, errs := s.All(); all != nil || len(errs) != 1 {
			t.Errorf("got %v, %v", all, errs)
		}
	})
}
