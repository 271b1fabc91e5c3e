//go:build !linux

package fuzz

import "os"

// newState returns a file for what a worker runs. It has a name until it is hidden: a
// kill between the two leaves it in the directory of temporary files.
func newState() (state *os.File, hidden bool, err error) { return namedState() }
