package harness

import (
	"bytes"
	"runtime"
	"strconv"
	"strings"
)

// A Stack is the stack of one goroutine: its state and its frames, innermost
// first.
type Stack struct {
	ID      string // the goroutine's number
	State   string // "chan receive", "sync.Mutex.Lock", ...
	Frames  []Frame
	Creator string // the function that started the goroutine
	Text    string // as the runtime printed it
}

// A Frame is one function on a stack.
type Frame struct {
	Func string // with import path: "github.com/x/y.(*T).M"
	File string
}

// goroutines returns the stacks of the goroutines of the calling goroutine's
// bubble, without the caller and those that the bubble itself needs. Outside
// a bubble it returns nil.
func goroutines() []Stack {
	all := parseStacks(allStacks())
	if len(all) == 0 {
		return nil
	}
	bubble := bubbleOf(all[0].State)
	if bubble == "" {
		return nil
	}
	var out []Stack
	for _, s := range all[1:] {
		if bubbleOf(s.State) == bubble && !s.ofBubble() {
			out = append(out, s)
		}
	}
	return out
}

// ofBubble reports whether s is one of the goroutines that synctest.Test
// itself keeps.
func (s Stack) ofBubble() bool {
	for _, f := range s.Frames {
		if strings.HasPrefix(f.Func, "testing/synctest.") || strings.HasPrefix(f.Func, "testing.testingSynctestTest") {
			return true
		}
	}
	return false
}

func bubbleOf(state string) string {
	_, rest, ok := strings.Cut(state, "synctest bubble ")
	if !ok {
		return ""
	}
	n, _, _ := strings.Cut(rest, ",")
	return strings.TrimSpace(n)
}

// allStacks returns what the runtime prints of all goroutines, the caller's
// first.
func allStacks() []byte {
	for n := 64 << 10; ; n *= 4 {
		buf := make([]byte, n)
		if m := runtime.Stack(buf, true); m < n || n >= 64<<20 {
			return buf[:m]
		}
	}
}

// parseStacks reads what the runtime prints of goroutines, in a stack dump or
// in a panic's message. What it does not understand it leaves out.
func parseStacks(text []byte) []Stack {
	var out []Stack
	for block := range bytes.SplitSeq(text, []byte("\n\n")) {
		block = bytes.TrimLeft(block, "\n")
		i := bytes.Index(block, []byte("goroutine "))
		if i < 0 {
			continue
		}
		if s, ok := parseStack(string(block[i:])); ok {
			out = append(out, s)
		}
	}
	return out
}

func parseStack(text string) (Stack, bool) {
	head, rest, _ := strings.Cut(text, "\n")
	id, state, ok := strings.Cut(head, "[")
	if !ok {
		return Stack{}, false
	}
	state, _, _ = strings.Cut(state, "]")
	s := Stack{ID: strings.TrimSpace(strings.TrimPrefix(id, "goroutine ")), State: state, Text: strings.TrimRight(text, "\n")}
	lines := strings.Split(rest, "\n")
	for i := 0; i < len(lines); i++ {
		fn := strings.TrimPrefix(lines[i], "created by ")
		if fn != lines[i] {
			s.Creator, _, _ = strings.Cut(fn, " in goroutine")
		}
		if fn == "" || strings.HasPrefix(fn, "\t") || fn != lines[i] {
			continue // positions, and the creator: it is not on the stack
		}
		if j := strings.LastIndexByte(fn, '('); j > 0 {
			fn = fn[:j]
		}
		f := Frame{Func: fn}
		if i+1 < len(lines) && strings.HasPrefix(lines[i+1], "\t") {
			f.File = strings.TrimSpace(lines[i+1])
		}
		s.Frames = append(s.Frames, f)
	}
	return s, true
}

// own returns the frames of s that are the target's own code, innermost first,
// with closures and type parameters folded: they name where a defect is, in
// words that do not change from run to run.
func (s Stack) own(packages []string) []string {
	var out []string
	for _, f := range s.afterPanic() {
		if name := foldFunc(f.Func); ownFrame(f, packages) && (len(out) == 0 || out[len(out)-1] != name) {
			out = append(out, name)
		}
	}
	return out
}

// afterPanic returns the frames below the panic, if there was one: what is
// above it is the recovery's own.
func (s Stack) afterPanic() []Frame {
	for i := len(s.Frames) - 1; i >= 0; i-- {
		if s.Frames[i].Func == "panic" || s.Frames[i].Func == "runtime.gopanic" {
			return s.Frames[i+1:]
		}
	}
	return s.Frames
}

func ownFrame(f Frame, packages []string) bool {
	if len(packages) > 0 {
		for _, p := range packages {
			if strings.HasPrefix(f.Func, p) {
				return true
			}
		}
		return false
	}
	first, _, _ := strings.Cut(f.Func, "/")
	return strings.Contains(first, ".") && strings.Contains(f.Func, "/") && !strings.HasPrefix(f.Func, modulePath)
}

const modulePath = "github.com/imapfuzz/imapfuzz/"

// foldFunc shortens a function's name to package and function, without type
// parameters and closure numbers.
func foldFunc(fn string) string {
	if i := strings.Index(fn, "[..."); i >= 0 {
		if j := strings.IndexByte(fn[i:], ']'); j >= 0 {
			fn = fn[:i] + fn[i+j+1:]
		}
	}
	if i := strings.LastIndexByte(fn, '/'); i >= 0 {
		fn = fn[i+1:]
	}
	parts := strings.Split(fn, ".")
	for len(parts) > 2 {
		last := parts[len(parts)-1]
		digits := strings.TrimPrefix(strings.TrimPrefix(last, "gowrap"), "func")
		if _, err := strconv.Atoi(digits); err != nil {
			break
		}
		parts = parts[:len(parts)-1]
	}
	return strings.Join(parts, ".")
}
