package fuzz

import (
	"os"

	"golang.org/x/sys/unix"
)

// newState returns a file for what a worker runs, and whether it has no name: one that
// has none cannot be left behind by a kill, at whatever moment that comes.
func newState() (state *os.File, hidden bool, err error) {
	fd, err := unix.MemfdCreate(stateName, unix.MFD_CLOEXEC)
	if err != nil { // a kernel, or a filter of its calls, that has none
		return namedState()
	}
	return os.NewFile(uintptr(fd), stateName), true, nil
}
