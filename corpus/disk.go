package corpus

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// tmpExt ends the name of a file that is not whole yet.
const tmpExt = ".tmp"

// WriteFile writes data to path so that after a crash at any moment path has its
// old content, or none, or the new one, and never a part: it writes a temporary
// file in the same directory, syncs it, renames it and syncs the directory. It
// blocks until the data is on the disk. Errors name the file; on an error the
// temporary file is removed where that is possible.
func WriteFile(path string, data []byte) error { return writeFile(osDisk{}, path, data) }

// A disk is what writing needs; tests have one that breaks.
type disk interface {
	Create(path string) (file, error) // fails with fs.ErrExist if path is there
	Rename(from, to string) error
	Remove(path string) error
	SyncDir(path string) error
}

type file interface {
	Write(p []byte) (int, error)
	Sync() error
	Close() error
}

// maxTemps bounds the names that are tried for a temporary file.
const maxTemps = 1000

func writeFile(d disk, path string, data []byte) error {
	if err := begin(d, path, data).publish(d); err != nil {
		return err
	}
	if err := d.SyncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("corpus: write %s: %w", path, err)
	}
	return nil
}

// A draft is a file that is written under another name, and not synced.
type draft struct {
	tmp, path string
	f         file // nil: there is none
	err       error
}

// begin writes data to a temporary file beside path. What goes wrong is told by
// publish, which must be called.
func begin(d disk, path string, data []byte) *draft {
	w := &draft{path: path}
	if w.tmp, w.f, w.err = createTemp(d, path); w.err != nil {
		w.f = nil
		return w
	}
	_, w.err = w.f.Write(data)
	return w
}

// publish syncs the draft and puts it into its place. The directory is not synced.
func (w *draft) publish(d disk) error {
	if w.f == nil {
		return fmt.Errorf("corpus: write %s: %w", w.path, w.err)
	}
	err := w.err
	if err == nil {
		err = w.f.Sync()
	}
	if e := w.f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = d.Rename(w.tmp, w.path)
	}
	if err == nil {
		return nil
	}
	if e := d.Remove(w.tmp); e != nil && !errors.Is(e, fs.ErrNotExist) {
		err = errors.Join(err, e)
	}
	return fmt.Errorf("corpus: write %s: %w", w.path, err)
}

// createTemp opens the first of path.0.tmp, path.1.tmp, ... that nobody has.
func createTemp(d disk, path string) (name string, f file, err error) {
	for n := range maxTemps {
		name = fmt.Sprintf("%s.%d%s", path, n, tmpExt)
		f, err = d.Create(name)
		if !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	return name, f, err
}

// osDisk is the disk of the operating system.
type osDisk struct{}

func (osDisk) Create(path string) (file, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (osDisk) Rename(from, to string) error { return os.Rename(from, to) }
func (osDisk) Remove(path string) error     { return os.Remove(path) }

func (osDisk) SyncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil // directories cannot be synced there
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	err = d.Sync()
	if e := d.Close(); err == nil {
		err = e
	}
	return err
}
