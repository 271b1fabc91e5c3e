package goimap

import (
	"net"
	"sync"
)

// tap is a connection that knows whether the client is waiting for more to
// read, and how often it has written. It changes nothing.
//
// imapclient sends CAPABILITY by itself, in a goroutine of its own, after a
// greeting or a login that told no capabilities. Whether that command or the
// case's next one goes first would be a matter of luck, and so would be the
// tags; and if the next one holds imapclient's lock while it waits for the
// server (IDLE, a literal), the other waits for a lock, which stops a bubble's
// clock. Looking at the tap, the driver lets CAPABILITY go first.
type tap struct {
	net.Conn

	mu           sync.Mutex
	reading      bool
	writes       int
	writesAtRead int           // writes when the last bytes came
	changed      chan struct{} // closed at the next change, nil if nobody waits
}

func (t *tap) Read(p []byte) (int, error) {
	t.change(func() { t.reading = true })
	n, err := t.Conn.Read(p)
	t.change(func() {
		t.reading = false
		if n > 0 {
			t.writesAtRead = t.writes
		}
	})
	return n, err
}

func (t *tap) Write(p []byte) (int, error) {
	n, err := t.Conn.Write(p)
	t.change(func() { t.writes++ })
	return n, err
}

func (t *tap) change(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f()
	if t.changed != nil {
		close(t.changed)
		t.changed = nil
	}
}

// look returns the state, and a channel that is closed when it has changed.
func (t *tap) look() (reading bool, writes int, changed <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.changed == nil {
		t.changed = make(chan struct{})
	}
	return t.reading, t.writes, t.changed
}

// written returns how many writes there were, and how many when the last bytes
// came.
func (t *tap) written() (now, atRead int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.writes, t.writesAtRead
}

// settle returns when imapclient has dealt with what it has read so far, and
// either knows the server's capabilities or has asked for them: when it has
// written since the first `before` writes. It gives up when the connection ends,
// and after imapclient's own 30 seconds for a reply.
func (d *driver) settle(before int) {
	c := d.client.Load()
	for {
		reading, _, changed := d.conn.look()
		if reading {
			break
		}
		select {
		case <-changed:
		case <-c.Closed():
			return
		}
	}
	known := make(chan struct{})
	d.helpers.Go(func() {
		defer close(known)
		c.Caps()
	})
	for {
		_, writes, changed := d.conn.look()
		if writes > before {
			return
		}
		select {
		case <-known:
			return
		case <-changed:
		case <-c.Closed():
			return
		}
	}
}
