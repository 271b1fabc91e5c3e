package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/imapfuzz/imapfuzz/fuzz"
)

// plainEvery is how often a status line is printed where it cannot be redrawn.
const plainEvery = 5 * time.Second

// statusLine shows how far a campaign or a sweep is: in place on a terminal, a line every
// few seconds elsewhere.
type statusLine struct {
	mu       sync.Mutex
	w        io.Writer
	terminal bool
	drawn    bool
	last     time.Duration
}

func newStatusLine(w io.Writer) *statusLine {
	f, ok := w.(*os.File)
	return &statusLine{w: w, terminal: ok && term.IsTerminal(int(f.Fd()))}
}

func (l *statusLine) progress(p fuzz.Progress) {
	edges := ""
	if p.Edges > 0 {
		edges = fmt.Sprintf("  edges %d", p.Edges)
	}
	text := fmt.Sprintf("%v  %d cases (%.0f/s)  corpus %d  states %d%s  faults %d  rules %d  findings %d",
		p.Elapsed.Round(time.Second), p.Cases, p.Rate, p.Corpus, p.States, edges, p.Faults, p.Rules, p.Findings)
	if p.Waiting > 0 {
		text += fmt.Sprintf(" (%d to minimize)", p.Waiting)
	}
	if p.Restarts > 0 {
		text += fmt.Sprintf("  restarts %d", p.Restarts)
	}
	l.show(text, p.Elapsed, p.Final)
}

// show shows text, which is how far it was after so long. The last one is shown
// in any case.
func (l *statusLine) show(text string, elapsed time.Duration, last bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.terminal:
		fmt.Fprintf(l.w, "\r\x1b[K%s", text)
		l.drawn = true
	case last || elapsed-l.last >= plainEvery:
		l.last = elapsed
		fmt.Fprintln(l.w, text)
	}
}

func (l *statusLine) problem(text string) {
	l.end()
	fmt.Fprintln(l.w, "imapfuzz:", text)
}

// end leaves the line as it is and begins a new one.
func (l *statusLine) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.drawn {
		fmt.Fprintln(l.w)
		l.drawn = false
	}
}
