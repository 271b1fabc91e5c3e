package faultnet

import (
	"net"
	"syscall"
)

// soNWrite is SO_NWRITE of Darwin's sys/socket.h.
const soNWrite = 0x1024

// unsent returns how many bytes written to c its peer's kernel has not
// acknowledged yet.
func unsent(c *net.TCPConn) (int, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	var n int
	var opt error
	if err = raw.Control(func(fd uintptr) { n, opt = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, soNWrite) }); err == nil {
		err = opt
	}
	return n, err
}

// dead reports whether c is no connection any more. Darwin empties the buffer of
// one that was reset, so that unsent is enough.
func dead(*net.TCPConn) bool { return false }
