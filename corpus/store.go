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
	"time"
)

const caseExt = ".case"

// A Store keeps cases and findings in a directory:
//
//	corpus/ID.case            a case, in canonical form, named by its ID
//	findings/SLUG/...         one folder a bucket
//
// Several processes may have stores in the same directory, also over a network
// file system: cases are named by their content, and no file is ever half written
// (see [WriteFile]). A store's methods may be called from several goroutines.
type Store struct {
	dir  string
	disk disk
	mu   sync.Mutex // one Add at a time, so that only one of two equal cases is fresh
}

// Existing opens the store that is in dir, and makes nothing. It is an error if
// there is no corpus.
func Existing(dir string) (*Store, error) {
	s := &Store{dir: dir, disk: osDisk{}}
	if info, err := os.Stat(s.cases()); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("corpus: %s: want the directory of a campaign, got one without a folder %q", dir, filepath.Base(s.cases()))
	}
	return s, nil
}

// staleAfter is how old a temporary file must be before nobody is writing it any
// more, by the clock of the file system.
const staleAfter = 10 * time.Minute

// Open opens the store in dir, which it makes if need be. It finds out at once
// whether the directory can be written to, and removes temporary files that a
// killed run has left ten minutes ago or earlier: younger ones may be another
// run's, which writes them now.
func Open(dir string) (*Store, error) { return open(osDisk{}, dir) }

func open(d disk, dir string) (*Store, error) {
	s := &Store{dir: dir, disk: d}
	for _, sub := range []string{s.cases(), s.findings()} {
		if err := os.MkdirAll(sub, 0o777); err != nil {
			return nil, fmt.Errorf("corpus: open %s: %w", dir, err)
		}
		now, err := s.probe(sub)
		if err == nil {
			err = s.sweep(sub, now.Add(-staleAfter))
		}
		if err != nil {
			return nil, fmt.Errorf("corpus: open %s: %w", dir, err)
		}
	}
	return s, nil
}

// probe finds out whether dir can be written to, and what time its file system
// has.
func (s *Store) probe(dir string) (time.Time, error) {
	path := filepath.Join(dir, "probe")
	if err := writeFile(s.disk, path, []byte("imapfuzz can write here\n")); err != nil {
		return time.Time{}, fmt.Errorf("not writable: %w", err)
	}
	now := time.Now()
	if info, err := os.Stat(path); err == nil {
		now = info.ModTime()
	}
	if err := s.disk.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, err // another run may have removed it
	}
	return now, nil
}

// sweep removes temporary files in dir, and in the folders right below it, that
// were last written before then.
func (s *Store) sweep(dir string, then time.Time) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case e.IsDir() && dir == s.findings():
			err = s.sweep(path, then)
		case e.Type().IsRegular() && strings.HasSuffix(path, tmpExt):
			if info, e := e.Info(); e == nil && info.ModTime().Before(then) {
				err = s.disk.Remove(path)
			}
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
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
	s.mu.Lock()
	defer s.mu.Unlock()
	id, w, err := s.begin(c)
	if err != nil || w == nil {
		return id, false, err
	}
	if err = w.publish(s.disk); err == nil {
		if err = s.disk.SyncDir(s.cases()); err != nil {
			err = fmt.Errorf("corpus: write %s: %w", w.path, err)
		}
	}
	return id, true, err
}

// AddAll is Add for many cases, for less: the directory is synced once. It returns
// how many of them are fresh, and what went wrong with the others.
func (s *Store) AddAll(cases []*Case) (fresh int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	var drafts []*draft
	drafted := map[string]bool{}
	for _, c := range cases {
		if drafted[c.ID()] {
			continue
		}
		id, w, err := s.begin(c)
		if err != nil {
			errs = append(errs, err)
		} else if w != nil {
			drafted[id] = true
			drafts = append(drafts, w)
		}
	}
	for _, w := range drafts {
		if err := w.publish(s.disk); err != nil {
			errs = append(errs, err)
		} else {
			fresh++
		}
	}
	if fresh > 0 {
		if err := s.disk.SyncDir(s.cases()); err != nil {
			errs = append(errs, fmt.Errorf("corpus: write %s: %w", s.cases(), err))
		}
	}
	return fresh, errors.Join(errs...)
}

// begin writes the draft of c's file; there is none if the file is there already.
func (s *Store) begin(c *Case) (id string, w *draft, err error) {
	text := Format(c)
	id = textID(text)
	if err := c.Valid(); err != nil {
		return id, nil, fmt.Errorf("corpus: add %s: %w", id, err)
	}
	path := s.Path(id)
	old, err := os.ReadFile(path)
	if err == nil && bytes.Equal(old, text) {
		return id, nil, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return id, nil, fmt.Errorf("corpus: add: %w", err)
	}
	// A file of that name with another content is damaged: it is written anew.
	return id, begin(s.disk, path, text), nil
}

// Remove removes the case with this ID from the corpus. One that is not there, or
// not any more, is no error.
func (s *Store) Remove(id string) error {
	if err := s.disk.Remove(s.Path(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("corpus: remove: %w", err)
	}
	return nil
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
func (s *Store) All() ([]*Case, []error) { return s.Unseen(nil) }

// Unseen is All, but for the cases whose IDs are in seen, to which it adds those
// that it returns or reports. Asked now and then, it tells what other runs have
// added to the directory. A nil seen is not added to.
func (s *Store) Unseen(seen map[string]bool) ([]*Case, []error) {
	entries, err := os.ReadDir(s.cases())
	if err != nil {
		return nil, []error{fmt.Errorf("corpus: %w", err)}
	}
	var all []*Case
	var errs []error
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), caseExt)
		if e.IsDir() || !ok || seen[id] {
			continue
		}
		if seen != nil {
			seen[id] = true
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
