package plants

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

const (
	// inactivity is how long a client may be silent: RFC 9051, section 5.4,
	// grants 30 minutes.
	inactivity = 31 * time.Minute

	// commandTime is how long a command may take to come, from its first octet
	// on: who sends an octet now and then does not hold a session for ever.
	commandTime = time.Hour

	// writeTime is how long a client may let a response wait.
	writeTime = 10 * time.Minute
)

// A wire is a connection whose reads end when the client has been silent for
// too long, and whose reads in IDLE end when there is something to tell. It
// has no goroutine.
type wire struct {
	net.Conn
	limit func() time.Duration
	since time.Time // when the first octet of what is read now came, if any has

	mu     sync.Mutex
	idling bool
	dirty  bool
}

// Read reads within the time that the client has. In IDLE it fails with
// [os.ErrDeadlineExceeded] as soon as wake is called.
func (w *wire) Read(p []byte) (int, error) {
	w.mu.Lock()
	if w.idling && w.dirty {
		w.mu.Unlock()
		return 0, os.ErrDeadlineExceeded
	}
	w.Conn.SetReadDeadline(time.Now().Add(w.limit()))
	w.mu.Unlock()
	n, err := w.Conn.Read(p)
	if n > 0 && w.since.IsZero() {
		w.since = time.Now()
	}
	return n, err
}

// Write gives up on a client that does not read.
func (w *wire) Write(p []byte) (int, error) {
	w.Conn.SetWriteDeadline(time.Now().Add(writeTime))
	return w.Conn.Write(p)
}

// wake says that the selected mailbox has changed. It does not block.
func (w *wire) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dirty = true
	if w.idling {
		w.Conn.SetReadDeadline(time.Unix(1, 0))
	}
}

// idle begins or ends the time in which reads can be woken.
func (w *wire) idle(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.idling = on
}

// woken reports whether wake was called since the last time that it was asked.
func (w *wire) woken() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	was := w.dirty
	w.dirty = false
	return was
}

func timedOut(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
