//go:build unix

package faultnet

import (
	"io"
	"net"
	"syscall"
)

// readNow reads what has come in on c and never waits: zero bytes and no error
// mean that there is nothing. c must have no read deadline, and no other reader.
func readNow(c *net.TCPConn, b []byte) (n int, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	if e := raw.Read(func(fd uintptr) bool { n, err = syscall.Read(int(fd), b); return true }); e != nil {
		return 0, e
	}
	switch {
	case err == syscall.EAGAIN || err == syscall.EINTR:
		return 0, nil
	case err == nil && n == 0:
		return 0, io.EOF
	}
	return max(n, 0), err
}

// writeNow writes to c what its kernel takes at once, and never waits. c must have
// no write deadline, and no other writer.
func writeNow(c *net.TCPConn, b []byte) (n int, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	if e := raw.Write(func(fd uintptr) bool { n, err = syscall.Write(int(fd), b); return true }); e != nil {
		return 0, e
	}
	if err == syscall.EAGAIN || err == syscall.EINTR {
		return 0, nil
	}
	return max(n, 0), err
}
