package harness

import (
	"bytes"
	"sync"
)

// maxLog bounds what is kept of a target's log in one run.
const maxLog = 256 << 10

// maxLogLine bounds what an event keeps of one line.
const maxLogLine = 512

// logBuffer is the io.Writer into which a target logs during one run.
type logBuffer struct {
	mu  sync.Mutex
	buf []byte
	rec *recorder // nil: the log of a server that is not judged
}

// Write keeps p, up to maxLog bytes in all, and never fails.
func (l *logBuffer) Write(p []byte) (int, error) {
	if l.rec != nil {
		l.rec.add(Event{Kind: Logged, Text: string(p[:min(len(p), maxLogLine)])})
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if room := maxLog - len(l.buf); room > 0 {
		l.buf = append(l.buf, p[:min(len(p), room)]...)
	}
	return len(p), nil
}

func (l *logBuffer) reset() { l.buf = l.buf[:0] }

// lines returns the lines that were logged.
func (l *logBuffer) lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.buf) == 0 {
		return nil
	}
	var out []string
	for line := range bytes.Lines(l.buf) {
		out = append(out, string(bytes.TrimRight(line, "\r\n")))
	}
	return out
}
