package faultnet

import (
	"net"
	"syscall"
	"unsafe"
)

// unsent returns how many bytes written to c its peer's kernel has not
// acknowledged yet; the end of the stream counts as one.
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

// tcpClose is TCP_CLOSE of Linux's tcp_states.h: no connection any more.
const tcpClose = 7

// dead reports whether c is no connection any more, because it was reset, timed
// out or ended both ways.
func dead(c *net.TCPConn) bool {
	raw, err := c.SyscallConn()
	if err != nil {
		return true
	}
	var info [8]byte // struct tcp_info begins with the state
	size := uint32(len(info))
	var errno syscall.Errno
	err = raw.Control(func(fd uintptr) {
		_, _, errno = syscall.Syscall6(syscall.SYS_GETSOCKOPT, fd, syscall.IPPROTO_TCP, syscall.TCP_INFO,
			uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	})
	return err != nil || errno == 0 && info[0] == tcpClose
}
