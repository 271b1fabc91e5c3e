//go:build unix

package fuzz

import (
	"os"
	"syscall"
)

// quit asks a Go process to print the stacks of its goroutines and to end.
func quit(p *os.Process) { p.Signal(syscall.SIGQUIT) }

// inherited is what a process calls the first file that it is lent.
const inherited = "/dev/fd/3"

// lend lets the worker inherit the state file, whose name, if it has one, is removed
// at once.
func (p *process) lend() {
	p.hide()
	if p.path = p.state.Name(); p.hidden {
		p.path = inherited
		p.cmd.ExtraFiles = []*os.File{p.state}
	}
}

// killed reports whether a process ended by a signal that it cannot have caught.
func killed(s *os.ProcessState) bool {
	status, ok := s.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}
