package fuzz

import (
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// memfdCreate has the number of the system call memfd_create, which package syscall
// lacks: packages that are tested depend on no other module for its sake.
var memfdCreate = map[string]uintptr{
	"386": 356, "amd64": 319, "arm": 385, "arm64": 279, "loong64": 279, "ppc64": 360, "ppc64le": 360, "riscv64": 279, "s390x": 350,
}

// newState returns a file for what a worker runs, and whether it has no name: one that
// has none cannot be left behind by a kill, at whatever moment that comes.
func newState() (state *os.File, hidden bool, err error) {
	const closeOnExec = 1 // MFD_CLOEXEC
	call, ok := memfdCreate[runtime.GOARCH]
	name, err := syscall.BytePtrFromString(stateName)
	if !ok || err != nil {
		return namedState()
	}
	fd, _, errno := syscall.Syscall(call, uintptr(unsafe.Pointer(name)), closeOnExec, 0)
	if errno != 0 { // a kernel, or a filter of its calls, that has none
		return namedState()
	}
	return os.NewFile(fd, stateName), true, nil
}
