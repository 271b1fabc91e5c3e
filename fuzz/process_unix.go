//go:build unix

package fuzz

import (
	"os"
	"syscall"
)

// quit asks a Go process to print the stacks of its goroutines and to end.
func quit(p *os.Process) { p.Signal(syscall.SIGQUIT) }
