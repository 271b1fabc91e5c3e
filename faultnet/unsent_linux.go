package faultnet

import (
	"net"
	"syscall"
	"unsafe"
)

// unsent returns how many bytes written to c its peer's kernel has not
// acknowledged yet.
func unsent(c *net.TCPConn) (int, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	var n int32
	var errno syscall.Errno
	err = raw.Control(func(fd uintptr) {
		// SIOCOUTQ, which is TIOCOUTQ.
		_, _, errno = syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCOUTQ, uintptr(unsafe.Pointer(&n)))
	})
	if err == nil && errno != 0 {
		err = errno
	}
	return int(n), err
}
