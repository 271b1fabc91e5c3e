//go:build !unix

package fuzz

import "os"

// quit ends a process: there is no way to ask for its stacks.
func quit(p *os.Process) { p.Kill() }
