package corpus

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

const caseExt = ".case"

// A Store keeps cases and findings in a directory:
//
//	corpus/ID.case            a case, in canonical form, named by its ID
//	findings/SLUG/...         one folder a bucket
//
// A store belongs to one process at a time; its methods may be called from
// several goroutines. It never leaves a file half written (see [WriteFile]).
type Store struct {
	dir  string
	disk disk
	mu   sync.Mutex // one Add at a time, so that only one of two equal cases is fresh
}

// Open opens the store in dir, which it makes if need be. It finds out at once
// whether the directory can be written to, and removes temporary files that a
// killed run has left.
func Open(dir string) (*Store, error) { return open(osDisk{}, dir) }

func open(d disk, dir string) (*Store, error) {
	s := &Store{dir: dir, disk: d}
	for _, sub := range []string{s.cases(), s.findings()} {
		if err := os.MkdirAll(sub, 0o777); err != nil {
			return nil, fmt.Errorf("corpus: open %s: %w", dir, err)
		}
		if err := s.sweep(sub); err != nil {
			return nil, fmt.Errorf("corpus: open %s: %w", dir, err)
		}
		probe := filepath.Join(sub, "probe")
		if err := writeFile(d, probe, []byte("imapfuzz can write here\n")); err != nil {
			return nil, fmt.Errorf("corpus: open %s: not writable: %w", dir, err)
		}
		if err := d.Remove(probe); err != nil {
			return nil, fmt.Errorf("corpus: open %s: %w", dir, err)
		}
	}
	return s, nil
}

// sweep removes temporary files in dir and in the folders right below it.
func (s *Store) sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case e.IsDir() && dir == s.findings():
			err = s.sweep(path)
		case e.Type().IsRegular() && strings.HasSuffix(path, tmpExt):
			err = s.disk.Remove(path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Dir returns the directory that the store was opened with.
func (s *Store) Dir() string { return s.dir }

func (s *Store) cases() string    { return filepath.Join(s.dir, "corpus") }
func (s *Store) findings() string { return filepath.Join(s.dir, "findings") }

// Path returns the name of the file that keeps the case with this ID.
func (s *Store) Path(id string) string { return filepath.Join(s.cases(), id+caseExt) }

// Add keeps c; fresh is false if the store has it already. When Add returns, the
// case is on the disk. A case that is not valid is an error, and so is a full or
// unwritable disk; errors name the file.
func (s *Store) Add(c *Case) (id string, fresh bool, err error) {
	text := Format(c)
	id = textID(text)
	if err := c.Valid(); err != nil {
		return id, false, fmt.Errorf("corpus: add %s: %w", id, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	path := s.Path(id)
	old, err := os.ReadFile(path)
	if err == nil && bytes.Equal(old, text) {
		return id, false, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return id, false, fmt.Errorf("corpus: add: %w", err)
	}
	// A file of that name with another content is damaged: it is written anew.
	return id, true, writeFile(s.disk, path, text)
}

// A RepairedError says that a file of the corpus is not right, and what was read
// in its place.
type RepairedError struct {
	File    string
	Repairs []Repair
}

// Error names the file and the first repair.
func (e *RepairedError) Error() string {
	s := fmt.Sprintf("corpus: %s: repaired: %v", e.File, e.Repairs[0])
	if n := len(e.Repairs) - 1; n > 0 {
		s += fmt.Sprintf(" (and %d more)", n)
	}
	return s
}

// All returns the cases of the corpus, sorted by the names of their files, that
// is, by ID. A file that strict reading refuses is read leniently, and reported
// as a *[RepairedError]; one that does not start like a case, has another version
// or cannot be read is left out and reported. Broken files are never fatal.
func (s *Store) All() ([]*Case, []error) {
	entries, err := os.ReadDir(s.cases())
	if err != nil {
		return nil, []error{fmt.Errorf("corpus: %w", err)}
	}
	var all []*Case
	var errs []error
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), caseExt) {
			continue
		}
		c, err := readCase(filepath.Join(s.cases(), e.Name()))
		if err != nil {
			errs = append(errs, err)
		}
		if c != nil {
			all = append(all, c)
		}
	}
	return all, errs
}

// readCase reads a file of the corpus; both results are set if it was repaired.
func readCase(path string) (*Case, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	c, err := Parse(path, text)
	if err == nil {
		return c, nil
	}
	if !bytes.HasPrefix(text, []byte(firstLine)) {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	c, repairs, lerr := ParseLenient(text)
	if lerr != nil {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	if len(repairs) == 0 {
		repairs = []Repair{{1, err.Error()}}
	}
	return c, &RepairedError{File: path, Repairs: repairs}
}
