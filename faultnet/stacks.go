package faultnet

import (
	"path"
	"runtime"
	"strings"
)

// Goroutines returns the stacks of the other goroutines of the caller's
// testing/synctest bubble, without those that the bubble itself needs; outside a
// bubble those of the process. It stops the world for a moment. "" says that there
// are none.
func Goroutines() string {
	_, others := goroutines()
	return join(others)
}

// A goroutine is the stack of one, as the runtime prints it.
type goroutine struct {
	id     string
	bubble string // "" for none
	text   string
}

// goroutines returns the calling goroutine and, on the terms of Goroutines, the
// others.
func goroutines() (self goroutine, others []goroutine) {
	buf := make([]byte, 32<<10)
	for n := runtime.Stack(buf, true); ; n = runtime.Stack(buf, true) {
		if n < len(buf) || len(buf) >= 64<<20 {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 4*len(buf))
	}
	for i, text := range strings.Split(strings.TrimSpace(string(buf)), "\n\n") {
		g := parseGoroutine(text)
		switch {
		case i == 0:
			self = g
		case self.bubble == "" || g.bubble == self.bubble && !strings.Contains(text, "\ntesting/synctest.Test"):
			others = append(others, g)
		}
	}
	return self, others
}

// parseGoroutine reads "goroutine 7 [chan receive, synctest bubble 3]:" and what
// follows.
func parseGoroutine(text string) goroutine {
	g := goroutine{text: text}
	head, _, _ := strings.Cut(text, "\n")
	id, state, _ := strings.Cut(strings.TrimPrefix(head, "goroutine "), " ")
	g.id = id
	if _, b, ok := strings.Cut(state, "synctest bubble "); ok {
		g.bubble = strings.TrimRight(b, "]:")
	}
	return g
}

func join(all []goroutine) string {
	var b strings.Builder
	for _, g := range all {
		b.WriteString(g.text)
		b.WriteString("\n\n")
	}
	return b.String()
}

// The functions whose frames on a session's goroutine are not the session's own;
// the first one is the outermost.
const (
	sessionFrames = "github.com/imapfuzz/imapfuzz/faultnet.Session.run("
	bubbleFrames  = "github.com/imapfuzz/imapfuzz/faultnet/faulttest."
)

// sessionLine returns where g stands, "file.go:12", if it is a session that the
// goroutine called parent has started, and "" otherwise. It is the innermost line
// in the package of the session's function: it names what the session was doing.
func (g goroutine) sessionLine(parent string) string {
	frames, by, _ := strings.Cut(g.text, "\ncreated by ")
	by, _, _ = strings.Cut(by, "\n")
	if !strings.Contains(frames, "\n"+sessionFrames) || !strings.HasSuffix(by, " in goroutine "+parent) {
		return ""
	}
	lines := strings.Split(frames, "\n")
	pkg, at := "", ""
	for i := len(lines) - 2; i > 0; i -= 2 {
		fn := lines[i]
		if pkg == "" && !strings.HasPrefix(fn, sessionFrames) && !strings.HasPrefix(fn, bubbleFrames) {
			pkg = packageOf(fn)
		}
		if pkg != "" && packageOf(fn) == pkg {
			at, _, _ = strings.Cut(strings.TrimSpace(lines[i+1]), " ")
		}
	}
	return path.Base(at)
}

// packageOf returns the import path in the name of a function.
func packageOf(fn string) string {
	slash := strings.LastIndexByte(fn[:max(strings.IndexByte(fn, '('), 0)], '/') + 1
	dot := strings.IndexByte(fn[slash:], '.')
	return fn[:slash+max(dot, 0)]
}
