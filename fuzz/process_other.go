//go:build !unix

package fuzz

import "os"

// quit ends a process: there is no way to ask for its stacks.
func quit(p *os.Process) { p.Kill() }

// lend tells the worker the name of the state file.
func (p *process) lend() { p.path = p.state.Name() }

// killed returns false: what has ended a process is not known here.
func killed(*os.ProcessState) bool { return false }
