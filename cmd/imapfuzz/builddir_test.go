package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestBuildDirectories(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	if os.TempDir() != temp {
		t.Skip("the temporary directory has no such variable here")
	}
	age := func(dir string) {
		t.Helper()
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(filepath.Join(dir, buildLock), old, old); err != nil {
			t.Skip("no file system with locks: ", err)
		}
	}
	left := func() (n int) {
		dirs, _ := filepath.Glob(filepath.Join(temp, buildDirs+"*"))
		return len(dirs)
	}
	mine, remove, err := newBuildDir()
	if err != nil {
		t.Fatal(err)
	}
	age(mine)
	killed := filepath.Join(temp, buildDirs+"1") // nobody holds its lock
	if err := os.Mkdir(killed, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(killed, buildLock), nil, 0o666); err != nil {
		t.Fatal(err)
	}

	sweepBuildDirs(temp)
	if left() != 2 {
		t.Errorf("%d are left, want the one in use, and the one that may be about to be locked", left())
	}
	age(killed)
	sweepBuildDirs(temp)
	if _, err := os.Stat(mine); err != nil || left() != 1 {
		t.Errorf("%d are left, want the one in use: %v", left(), err)
	}
	if remove(); left() != 0 {
		t.Errorf("%d are left at the end", left())
	}
}

func TestARunLeavesNothingBuiltBehind(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	if got := imapfuzz(t, t.TempDir(), "run", "-side", "server", "-t", "1s", "-dir", "d"); got.status > statusFinding {
		t.Fatalf("status %d\n%s%s", got.status, got.out, got.err)
	}
	if dirs, _ := filepath.Glob(filepath.Join(temp, "imapfuzz-*")); len(dirs) > 0 {
		t.Errorf("left behind: %v", dirs)
	}
}
