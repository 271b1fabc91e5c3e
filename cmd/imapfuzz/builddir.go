package main

import (
	"os"
	"path/filepath"
	"time"
)

const (
	buildDirs = "imapfuzz-build-"
	buildLock = "lock"

	// lockTime is how old the file of a lock must be before somebody else tries
	// it: its owner may be about to.
	lockTime = time.Minute
)

// newBuildDir makes a temporary directory for what is built, and returns what
// removes it. It removes those, too, that processes have left which were killed:
// the lock of a process goes with it.
func newBuildDir() (dir string, remove func(), err error) {
	sweepBuildDirs(os.TempDir())
	if dir, err = os.MkdirTemp("", buildDirs); err != nil {
		return "", nil, err
	}
	lock, err := os.Create(filepath.Join(dir, buildLock))
	if err != nil {
		os.RemoveAll(dir)
		return "", nil, err
	}
	if err := tryLock(lock); err != nil {
		lock.Close() // a file system without locks: nobody else will think it is left over
		os.Remove(lock.Name())
		return dir, func() { os.RemoveAll(dir) }, nil
	}
	return dir, func() {
		os.RemoveAll(dir)
		lock.Close()
	}, nil
}

// sweepBuildDirs removes what was left over in temp. What cannot be removed stays.
func sweepBuildDirs(temp string) {
	dirs, _ := filepath.Glob(filepath.Join(temp, buildDirs+"*"))
	for _, dir := range dirs {
		lock, err := os.OpenFile(filepath.Join(dir, buildLock), os.O_RDWR, 0)
		if err != nil {
			continue
		}
		info, err := lock.Stat()
		if err == nil && time.Since(info.ModTime()) >= lockTime && tryLock(lock) == nil {
			os.RemoveAll(dir)
		}
		lock.Close()
	}
}
