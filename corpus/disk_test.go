package corpus

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A brokenDisk fails at one point of a write. With crash set it fails as a killed
// process does: nothing is tidied up.
type brokenDisk struct {
	osDisk
	at      string // "create", "write", "sync", "close", "rename", "syncdir"
	match   string // part of the paths that it fails for
	err     error
	crash   bool
	reached int
}

func (d *brokenDisk) fails(at, path string) error {
	if at != d.at || !strings.Contains(filepath.ToSlash(path), d.match) {
		return nil
	}
	d.reached++
	if d.crash {
		panic(d)
	}
	return d.err
}

func (d *brokenDisk) Create(path string) (file, error) {
	if err := d.fails("create", path); err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	f, err := d.osDisk.Create(path)
	return &brokenFile{f, d, path}, err
}

func (d *brokenDisk) Rename(from, to string) error {
	if err := d.fails("rename", from); err != nil {
		return err
	}
	return d.osDisk.Rename(from, to)
}

func (d *brokenDisk) SyncDir(path string) error {
	if err := d.fails("syncdir", path); err != nil {
		return err
	}
	return d.osDisk.SyncDir(path)
}

type brokenFile struct {
	file
	d    *brokenDisk
	path string
}

func (f *brokenFile) Write(p []byte) (int, error) {
	if f.d.at == "write" {
		if n, err := f.file.Write(p[:len(p)/2]); err != nil {
			return n, err
		}
	}
	if err := f.d.fails("write", f.path); err != nil {
		return len(p) / 2, err
	}
	if f.d.at == "write" {
		n, err := f.file.Write(p[len(p)/2:])
		return len(p)/2 + n, err
	}
	return f.file.Write(p)
}

func (f *brokenFile) Sync() error {
	if err := f.d.fails("sync", f.path); err != nil {
		return err
	}
	return f.file.Sync()
}

func (f *brokenFile) Close() error {
	err := f.file.Close()
	if e := f.d.fails("close", f.path); e != nil {
		return e
	}
	return err
}

var writePoints = []string{"create", "write", "sync", "close", "rename", "syncdir"}

func TestFullDisk(t *testing.T) {
	for _, at := range writePoints {
		t.Run("ENOSPC at "+at+" is reported by Add with the file's name", func(t *testing.T) {
			dir := t.TempDir()
			mustOpen(t, dir)
			d := &brokenDisk{at: at, match: "no such path", err: syscall.ENOSPC}
			s, err := open(d, dir)
			if err != nil {
				t.Fatal(err)
			}
			d.match = "corpus"
			c := lineCase("x")
			_, _, err = s.Add(c)
			if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), c.ID()+".case") || d.reached != 1 {
				t.Errorf("reached %d times: %v", d.reached, err)
			}
			if left := names(t, dir); len(left) > 0 && at != "syncdir" {
				t.Errorf("left behind: %v", left)
			}
		})
		t.Run("ENOSPC at "+at+" is reported by Open", func(t *testing.T) {
			for _, sub := range []string{"corpus", "findings"} {
				dir := filepath.Join(t.TempDir(), "store")
				s, err := open(&brokenDisk{at: at, match: "store/" + sub, err: syscall.ENOSPC}, dir)
				if s != nil || !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), dir) {
					t.Errorf("%s: got %v", sub, err)
				}
			}
		})
	}
}

func TestUnwritableDirectory(t *testing.T) {
	t.Run("a file in the place of the directory is reported by Open", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		for _, dir := range []string{path, filepath.Join(path, "below")} {
			if s, err := Open(dir); s != nil || !errors.Is(err, syscall.ENOTDIR) || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v", err)
			}
		}
	})
	t.Run("a directory without permission is reported by Open", func(t *testing.T) {
		dir := t.TempDir()
		s, err := open(&brokenDisk{at: "create", match: dir, err: syscall.EACCES}, dir)
		if s != nil || !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "not writable") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a directory that goes away is reported by Add", func(t *testing.T) {
		dir := t.TempDir()
		s := mustOpen(t, dir)
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Add(lineCase("x")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %v", err)
		}
	})
}

// crashes runs f and reports whether it crashed at d.
func crashes(d *brokenDisk, f func()) (crashed bool) {
	defer func() {
		if r := recover(); r != nil {
			if r != any(d) {
				panic(r)
			}
			crashed = true
		}
	}()
	f()
	return false
}

func TestKilledRun(t *testing.T) {
	for _, at := range writePoints {
		t.Run("killed at "+at+", the corpus is whole and the next run tidies up", func(t *testing.T) {
			dir := t.TempDir()
			d := &brokenDisk{at: at, match: "no such path", crash: true}
			s, err := open(d, dir)
			if err != nil {
				t.Fatal(err)
			}
			old, lost := lineCase("old"), lineCase("lost")
			if _, _, err := s.Add(old); err != nil {
				t.Fatal(err)
			}
			d.match = "corpus"
			if !crashes(d, func() { _, _, _ = s.Add(lost) }) {
				t.Fatal("it was not killed")
			}
			age(t, dir)
			all, errs := mustOpen(t, dir).All()
			want := 1
			if at == "syncdir" {
				want = 2 // the new name was already there
			}
			if len(errs) > 0 || len(all) != want || len(names(t, dir)) != want {
				t.Errorf("got %d cases, %v, files %v", len(all), errs, names(t, dir))
			}
		})
		t.Run("killed at "+at+", an older content of a file is not harmed", func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.json")
			if err := WriteFile(path, []byte("old")); err != nil {
				t.Fatal(err)
			}
			d := &brokenDisk{at: at, match: filepath.ToSlash(filepath.Dir(path)), crash: true}
			if !crashes(d, func() { _ = writeFile(d, path, []byte("a longer new content")) }) {
				t.Fatal("it was not killed")
			}
			got, err := os.ReadFile(path)
			want := "old"
			if at == "syncdir" {
				want = "a longer new content"
			}
			if err != nil || string(got) != want {
				t.Errorf("got %q, %v", got, err)
			}
			if err := WriteFile(path, []byte("newer")); err != nil {
				t.Errorf("writing after the crash: %v", err)
			}
		})
	}
}

// age makes all files of dir as old as those that nobody writes any more.
func age(t *testing.T, dir string) {
	t.Helper()
	then := time.Now().Add(-staleAfter - time.Minute)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			err = os.Chtimes(path, then, then)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSharedDirectory(t *testing.T) {
	t.Run("opening leaves alone what another run writes at that moment", func(t *testing.T) {
		dir := t.TempDir()
		s := mustOpen(t, dir)
		c := lineCase("theirs")
		id, _, err := s.Add(c)
		if err != nil {
			t.Fatal(err)
		}
		tmp := s.Path(id) + ".0" + tmpExt
		if err := os.WriteFile(tmp, []byte("half"), 0o666); err != nil {
			t.Fatal(err)
		}
		mustOpen(t, dir)
		if _, err := os.Stat(tmp); err != nil {
			t.Error(err)
		}
		age(t, dir)
		mustOpen(t, dir)
		if _, err := os.Stat(tmp); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("an old one is still there: %v", err)
		}
	})
	t.Run("many stores of one directory open, write and read at the same time", func(t *testing.T) {
		dir := t.TempDir()
		const stores, each = 8, 20
		var wg sync.WaitGroup
		for i := range stores {
			wg.Go(func() {
				s, err := Open(dir)
				if err != nil {
					t.Error(err)
					return
				}
				for k := range each {
					if _, _, err := s.Add(lineCase(string(rune('a' + (i+k)%each)))); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		all, errs := mustOpen(t, dir).All()
		if len(errs) > 0 || len(all) != each {
			t.Errorf("%d cases, %v", len(all), errs)
		}
	})
	t.Run("what others have added since is read once", func(t *testing.T) {
		dir := t.TempDir()
		mine, theirs := mustOpen(t, dir), mustOpen(t, dir)
		seen := map[string]bool{}
		add := func(s *Store, word string) {
			if _, _, err := s.Add(lineCase(word)); err != nil {
				t.Fatal(err)
			}
		}
		add(mine, "a")
		if got, errs := mine.Unseen(seen); len(got) != 1 || len(errs) > 0 {
			t.Fatalf("got %d, %v", len(got), errs)
		}
		add(theirs, "b")
		add(theirs, "c")
		if got, errs := mine.Unseen(seen); len(got) != 2 || len(errs) > 0 {
			t.Fatalf("got %d, %v", len(got), errs)
		}
		if got, errs := mine.Unseen(seen); len(got) != 0 || len(errs) > 0 {
			t.Fatalf("got %d, %v", len(got), errs)
		}
	})
}

func TestWriteFile(t *testing.T) {
	t.Run("many writers of one file leave one content and nothing else", func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "x")
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				if err := WriteFile(path, []byte(strings.Repeat(string(rune('a'+i)), 1000))); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		got, err := os.ReadFile(path)
		if err != nil || len(got) != 1000 || strings.Trim(string(got), string(got[:1])) != "" || len(names(t, dir)) != 1 {
			t.Errorf("got %.20q, %v, files %v", got, err, names(t, dir))
		}
	})
	t.Run("a directory in the place of the file is an error that names it", func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "x")
		if err := os.MkdirAll(filepath.Join(path, "y"), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := WriteFile(path, nil); err == nil || !strings.Contains(err.Error(), path) || len(names(t, dir)) > 0 {
			t.Errorf("got %v, files %v", err, names(t, dir))
		}
	})
}

// A countingDisk counts what is synced.
type countingDisk struct {
	osDisk
	dirs int
}

func (d *countingDisk) SyncDir(path string) error {
	d.dirs++
	return d.osDisk.SyncDir(path)
}

func TestAddAll(t *testing.T) {
	a, b := lineCase("a"), lineCase("b")
	t.Run("many cases are kept with one sync of the directory, equal ones once", func(t *testing.T) {
		d := &countingDisk{}
		s, err := open(d, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		d.dirs = 0
		if fresh, err := s.AddAll([]*Case{a, b, a}); fresh != 2 || err != nil || d.dirs != 1 {
			t.Errorf("%d fresh, %d syncs, %v", fresh, d.dirs, err)
		}
		if all, errs := s.All(); len(all) != 2 || len(errs) > 0 {
			t.Errorf("%d cases are there, %v", len(all), errs)
		}
		if fresh, err := s.AddAll([]*Case{b, a}); fresh != 0 || err != nil || d.dirs != 1 {
			t.Errorf("again: %d fresh, %d syncs, %v", fresh, d.dirs, err)
		}
	})
	for _, at := range writePoints {
		t.Run("a disk that fails at "+at+" for one case keeps the other, and leaves nothing half", func(t *testing.T) {
			dir := t.TempDir()
			d := &brokenDisk{at: at, match: "no such path", err: syscall.ENOSPC}
			s, err := open(d, dir)
			if err != nil {
				t.Fatal(err)
			}
			d.match, err = a.ID(), nil
			want := 1
			if at == "syncdir" {
				d.match, want = "corpus", 2
			}
			fresh, err := s.AddAll([]*Case{a, b})
			if fresh != want || !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("%d fresh, %v", fresh, err)
			}
			if left := names(t, dir); len(left) != want {
				t.Errorf("there are %v", left)
			}
		})
	}
}
