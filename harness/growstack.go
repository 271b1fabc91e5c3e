package harness

// stackRoom is how much GrowStack asks for: a stack then has 8 KiB. Few sessions
// need more, and 16 KiB cost more than they save.
const stackRoom = 4 << 10

// GrowStack gives the calling goroutine a stack that is deep enough for a
// session, at once. A stack begins with 2 KiB and doubles when it is full, each
// time with all its frames adjusted: a twentieth of the time of a run, which is
// short. A target may call it first thing in a goroutine that serves a
// connection; it does not have to.
//
//go:noinline
func GrowStack() { touch(new([stackRoom]byte)) }

// touch keeps the array from being optimized away, and on the stack.
//
//go:noinline
func touch(b *[stackRoom]byte) { b[0], b[stackRoom-1] = 1, 1 }
