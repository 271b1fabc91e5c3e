package faultnet

import "net"

// TryRead reads what has arrived, up to len(b) bytes, and never waits: zero
// bytes and no error mean that there is nothing to read now. Otherwise it is
// Read, whose deadline it ignores.
func (c *Conn) TryRead(b []byte) (int, error) {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	switch {
	case c.closed:
		return 0, c.opError("read", net.ErrClosed)
	case len(b) == 0:
		return 0, nil
	}
	c.l.tick()
	if c.in.ready > c.in.read {
		return c.in.take(b), nil
	}
	return 0, c.readEnd()
}
