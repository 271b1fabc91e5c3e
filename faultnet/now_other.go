//go:build !unix

package faultnet

import (
	"net"
	"time"
)

// readNow reads what has come in on c, within a millisecond: zero bytes and no
// error mean that there is nothing. c must have no other reader.
func readNow(c *net.TCPConn, b []byte) (int, error) {
	c.SetReadDeadline(time.Now().Add(time.Millisecond))
	defer c.SetReadDeadline(time.Time{})
	n, err := c.Read(b)
	if isTimeout(err) {
		err = nil
	}
	return n, err
}

// writeNow writes to c what its kernel takes within a millisecond. c must have no
// other writer.
func writeNow(c *net.TCPConn, b []byte) (int, error) {
	c.SetWriteDeadline(time.Now().Add(time.Millisecond))
	defer c.SetWriteDeadline(time.Time{})
	n, err := c.Write(b)
	if isTimeout(err) {
		err = nil
	}
	return n, err
}
