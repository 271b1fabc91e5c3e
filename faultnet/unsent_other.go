//go:build !linux

package faultnet

import (
	"errors"
	"net"
)

// unsent returns how many bytes written to c its peer's kernel has not
// acknowledged yet; only Linux says so.
func unsent(*net.TCPConn) (int, error) { return 0, errors.ErrUnsupported }
