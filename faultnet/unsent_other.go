//go:build !linux && !darwin

package faultnet

import (
	"errors"
	"net"
)

// unsent returns how many bytes written to c its peer's kernel has not
// acknowledged yet; only Linux and macOS say so.
func unsent(*net.TCPConn) (int, error) { return 0, errors.ErrUnsupported }

// dead reports whether c is known to be no connection any more.
func dead(*net.TCPConn) bool { return false }
