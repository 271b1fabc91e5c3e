package corpus

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// FindingFile is the file that makes the folder of a finding whole: it is
// written last.
const FindingFile = "finding.json"

// A FindingDir is the folder of one bucket: its case, its transcript, and, last,
// its FindingFile.
type FindingDir struct {
	Slug string // the name of the folder
	Path string
	disk disk
}

// Finding returns the folder of the bucket named slug and makes it if need be. A
// slug has 1 to 120 of a-z, A-Z, 0-9, "-", "_" and ".", and does not start with
// ".".
func (s *Store) Finding(slug string) (*FindingDir, error) {
	if !isSlug(slug) {
		return nil, fmt.Errorf("corpus: finding: %q is no name for a folder", slug)
	}
	d := s.finding(slug)
	err := os.Mkdir(d.Path, 0o777)
	if errors.Is(err, fs.ErrExist) {
		info, e := os.Stat(d.Path)
		if e == nil && info.IsDir() {
			return d, nil
		}
	}
	if err == nil {
		err = s.disk.SyncDir(s.findings())
	}
	if err != nil {
		return nil, fmt.Errorf("corpus: finding: %w", err)
	}
	return d, nil
}

func (s *Store) finding(slug string) *FindingDir {
	return &FindingDir{Slug: slug, Path: filepath.Join(s.findings(), slug), disk: s.disk}
}

// Findings returns the folders of all findings, sorted by name, half-written ones
// included: ask [FindingDir.Whole].
func (s *Store) Findings() ([]*FindingDir, error) {
	entries, err := os.ReadDir(s.findings())
	if err != nil {
		return nil, fmt.Errorf("corpus: findings: %w", err)
	}
	var dirs []*FindingDir
	for _, e := range entries {
		if e.IsDir() && isSlug(e.Name()) {
			dirs = append(dirs, s.finding(e.Name()))
		}
	}
	return dirs, nil
}

// Whole reports whether the folder was written to its end: a run that is killed
// before leaves a folder without FindingFile.
func (d *FindingDir) Whole() bool {
	info, err := os.Stat(filepath.Join(d.Path, FindingFile))
	return err == nil && info.Mode().IsRegular()
}

// WriteFile writes a file of the folder on the terms of the function [WriteFile].
func (d *FindingDir) WriteFile(name string, data []byte) error {
	if !isSlug(name) {
		return fmt.Errorf("corpus: finding %s: %q is no name for a file", d.Slug, name)
	}
	return writeFile(d.disk, filepath.Join(d.Path, name), data)
}

// ReadFile reads a file of the folder.
func (d *FindingDir) ReadFile(name string) ([]byte, error) {
	if !isSlug(name) {
		return nil, fmt.Errorf("corpus: finding %s: %q is no name for a file", d.Slug, name)
	}
	data, err := os.ReadFile(filepath.Join(d.Path, name))
	if err != nil {
		return nil, fmt.Errorf("corpus: finding %s: %w", d.Slug, err)
	}
	return data, nil
}

// isSlug reports whether s is a name that is safe on every file system.
func isSlug(s string) bool {
	if s == "" || len(s) > 120 || s[0] == '.' {
		return false
	}
	for i := 0; i < len(s); i++ {
		b := s[i]
		switch {
		case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', isDigit(b), b == '-', b == '_', b == '.':
		default:
			return false
		}
	}
	return true
}
