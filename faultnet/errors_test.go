package faultnet

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// full is what both TCP connections and the pipe's ends can do.
type full interface {
	net.Conn
	CloseRead() error
	CloseWrite() error
}

// a rig is the two ends of a connection, of the kernel or in memory: near is
// looked at, far does things to it.
type rig struct {
	near, far full
	reset     func() // far aborts
	arrive    func() // waits until what far did is known at near, and vice versa
	log       []string
}

func (r *rig) add(format string, args ...any) { r.log = append(r.log, fmt.Sprintf(format, args...)) }

// read reads once and writes down what came.
func (r *rig) read(n int) {
	b := make([]byte, n)
	n, err := r.near.Read(b)
	r.add("read %q %s", b[:n], describe(err))
}

// write writes once and writes down how many bytes went.
func (r *rig) write(s string) {
	n, err := r.near.Write([]byte(s))
	r.add("write %d %s", n, describe(err))
	r.arrive()
}

// describe says of an error all that a program may ask it, but for addresses.
func describe(err error) string {
	if err == nil || err == io.EOF {
		return fmt.Sprint(err)
	}
	var b strings.Builder
	var op *net.OpError
	if !errors.As(err, &op) {
		return "not an OpError: " + err.Error()
	}
	fmt.Fprintf(&b, "%s source=%t addr=%t timeout=%t", op.Op, op.Source != nil, op.Addr != nil, op.Timeout())
	var sys *os.SyscallError
	if errors.As(err, &sys) {
		fmt.Fprintf(&b, " in %s", sys.Syscall)
	}
	for _, known := range []error{syscall.ECONNRESET, syscall.EPIPE, syscall.ENOTCONN, syscall.ECONNREFUSED, net.ErrClosed, os.ErrDeadlineExceeded} {
		if errors.Is(err, known) {
			fmt.Fprintf(&b, " is %v", known)
		}
	}
	return b.String()
}

// errorTable is every state of a connection in which the kernel answers in its
// own way.
var errorTable = []struct {
	name string
	do   func(r *rig)
}{
	{"a read after the peer's end", func(r *rig) {
		r.far.Close()
		r.arrive()
		r.read(9)
		r.read(9)
	}},
	{"writes after the peer's end", func(r *rig) {
		r.far.Close()
		r.arrive()
		r.write("abc")
		r.write("abc")
		r.write("abc")
		r.read(9)
		r.read(9)
	}},
	{"writes after the peer's end with bytes to read", func(r *rig) {
		r.far.Write([]byte("left"))
		r.far.Close()
		r.arrive()
		r.write("abc")
		r.write("abc")
		r.read(2)
		r.read(9)
		r.read(9)
	}},
	{"a reset met by a read", func(r *rig) {
		r.reset()
		r.arrive()
		r.read(9)
		r.read(9)
		r.write("abc")
		r.write("abc")
		r.read(9)
	}},
	{"a reset met by a write", func(r *rig) {
		r.reset()
		r.arrive()
		r.write("abc")
		r.write("abc")
		r.read(9)
		r.read(9)
	}},
	{"a reset behind bytes", func(r *rig) {
		r.far.Write([]byte("left"))
		r.reset()
		r.arrive()
		r.read(2)
		r.read(9)
		r.read(9)
		r.read(9)
		r.write("abc")
	}},
	{"a reset behind bytes, met by a write", func(r *rig) {
		r.far.Write([]byte("left"))
		r.reset()
		r.arrive()
		r.write("abc")
		r.read(9)
		r.read(9)
	}},
	{"the peer closes with bytes unread", func(r *rig) {
		r.write("unread")
		r.far.Close()
		r.arrive()
		r.read(9)
		r.read(9)
		r.write("abc")
	}},
	{"the peer closes with bytes unread, met by a write", func(r *rig) {
		r.write("unread")
		r.far.Close()
		r.arrive()
		r.write("abc")
		r.write("abc")
		r.read(9)
	}},
	{"a reset during a write", func(r *rig) {
		done := make(chan error, 1)
		go func() {
			n, err := r.near.Write(make([]byte, 64<<20))
			if n == 0 || n == 64<<20 {
				err = fmt.Errorf("wrote %d", n)
			}
			done <- err
		}()
		io.ReadFull(r.far, make([]byte, 1))
		r.arrive()
		r.reset()
		r.add("write %s", describe(<-done))
		r.write("abc")
		r.read(9)
	}},
	{"the peer closes for writing", func(r *rig) {
		r.far.CloseWrite()
		r.arrive()
		r.read(9)
		r.write("abc")
		r.write("abc")
		b := make([]byte, 6)
		io.ReadFull(r.far, b)
		r.add("far read %q", b)
	}},
	{"the peer closes for reading", func(r *rig) {
		r.far.CloseRead()
		r.arrive()
		r.write("abc")
		r.write("abc")
		r.far.Write([]byte("still"))
		r.read(9)
	}},
	{"closed for writing", func(r *rig) {
		r.add("closewrite %s", describe(r.near.CloseWrite()))
		r.write("abc")
		r.write("")
		r.add("closewrite %s", describe(r.near.CloseWrite()))
		r.far.Write([]byte("back"))
		r.arrive()
		r.read(9)
	}},
	{"closed for reading", func(r *rig) {
		r.far.Write([]byte("left"))
		r.arrive()
		r.add("closeread %s", describe(r.near.CloseRead()))
		r.read(9)
		r.read(9)
		r.write("abc")
		r.far.Write([]byte("late"))
		r.arrive()
		r.read(9)
		r.read(9)
		r.add("closeread %s", describe(r.near.CloseRead()))
	}},
	{"closed", func(r *rig) {
		r.add("close %s", describe(r.near.Close()))
		r.read(9)
		r.read(0)
		r.write("abc")
		r.write("")
		r.add("close %s", describe(r.near.Close()))
		r.add("closewrite %s", describe(r.near.CloseWrite()))
		r.add("closeread %s", describe(r.near.CloseRead()))
		r.add("set %s", describe(r.near.SetDeadline(time.Time{})))
		r.add("set %s", describe(r.near.SetReadDeadline(time.Time{})))
		r.add("set %s", describe(r.near.SetWriteDeadline(time.Time{})))
	}},
	{"shut down after a reset", func(r *rig) {
		r.reset()
		r.arrive()
		r.add("closewrite %s", describe(r.near.CloseWrite()))
		r.add("closeread %s", describe(r.near.CloseRead()))
		r.add("set %s", describe(r.near.SetDeadline(time.Time{})))
		r.add("close %s", describe(r.near.Close()))
	}},
	{"a deadline that has passed", func(r *rig) {
		r.far.Write([]byte("ready"))
		r.arrive()
		r.near.SetDeadline(time.Unix(1, 0))
		r.read(9)
		r.read(0)
		r.write("abc")
		r.write("")
		r.near.SetDeadline(time.Time{})
		r.read(9)
		r.write("abc")
	}},
	{"a deadline that passes in a read", func(r *rig) {
		r.near.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		r.read(9)
		r.near.SetReadDeadline(time.Time{})
		r.far.Write([]byte("late"))
		r.read(9)
	}},
	{"a deadline that passes in a write", func(r *rig) {
		b := make([]byte, 64<<20)
		r.near.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
		n, err := r.near.Write(b)
		r.add("wrote some %t %s", n > 0 && n < 64<<20, describe(err))
	}},
	{"a reset after the end", func(r *rig) {
		r.far.CloseWrite()
		r.arrive()
		r.reset()
		r.arrive()
		r.read(9)
		r.read(9)
		r.write("abc")
		r.write("abc")
	}},
	{"a reset of one's own writing half", func(r *rig) {
		r.near.CloseWrite()
		r.reset()
		r.arrive()
		r.write("abc")
		r.read(9)
		r.read(9)
	}},
	{"both have ended", func(r *rig) {
		r.far.CloseWrite()
		r.arrive()
		r.add("closewrite %s", describe(r.near.CloseWrite()))
		r.arrive()
		r.add("closewrite %s", describe(r.near.CloseWrite()))
		r.read(9)
		r.write("abc")
	}},
	{"closing after the peer's end", func(r *rig) {
		r.far.Close()
		r.arrive()
		r.add("close %s", describe(r.near.Close()))
	}},
}

func TestErrorsAreTheKernels(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the pipe's errors are those of Linux, and this is", runtime.GOOS)
	}
	ran := 0
	for _, row := range errorTable {
		t.Run(row.name, func(t *testing.T) {
			kernel, memory := kernelRig(t), memoryRig()
			for _, r := range []*rig{kernel, memory} {
				row.do(r)
				r.near.Close()
				r.far.Close()
			}
			k, m := strings.Join(kernel.log, "\n"), strings.Join(memory.log, "\n")
			if k != m || k == "" {
				t.Errorf("the kernel says\n%s\nthe pipe says\n%s", k, m)
			}
			ran++
		})
	}
	if ran != len(errorTable) {
		t.Errorf("%d of %d rows ran", ran, len(errorTable))
	}
}

func memoryRig() *rig {
	near, far := Pipe(Options{})
	return &rig{near: near, far: far, reset: func() { far.Reset() }, arrive: func() {}}
}

// kernelRig connects two sockets over loopback. Loopback delivers in the call
// that sends, but for what a full buffer held back.
func kernelRig(t *testing.T) *rig {
	near, far := tcpPair(t)
	return &rig{near: near, far: far,
		reset:  func() { far.SetLinger(0); far.Close() },
		arrive: func() { settle(near); settle(far) }}
}

// settle waits until what c sent has been acknowledged.
func settle(c *net.TCPConn) {
	for i := 0; i < 3; i++ {
		if n, err := unsent(c); err != nil || n == 0 {
			return
		}
	}
}

func tcpPair(t testing.TB) (near, far *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return a.(*net.TCPConn), b.(*net.TCPConn)
}

func TestADialToAClosedListenerIsRefusedAsByTheKernel(t *testing.T) {
	kernel, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	kernel.Close()
	_, kerr := net.Dial("tcp", kernel.Addr().String())
	memory := NewListener(ListenOptions{})
	memory.Close()
	_, merr := memory.Dial(t.Context(), Options{})
	if describe(kerr) != describe(merr) || !errors.Is(merr, syscall.ECONNREFUSED) {
		t.Errorf("the kernel says %s, the listener %s", describe(kerr), describe(merr))
	}
	_, kerr = kernel.Accept()
	_, merr = memory.Accept()
	if describe(kerr) != describe(merr) {
		t.Errorf("accept: the kernel says %s, the listener %s", describe(kerr), describe(merr))
	}
	if k, m := describe(kernel.Close()), describe(memory.Close()); k != m {
		t.Errorf("close: the kernel says %s, the listener %s", k, m)
	}
}
