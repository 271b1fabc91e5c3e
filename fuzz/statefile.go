package fuzz

import "os"

// stateName is what state files are called.
const stateName = "imapfuzz"

// namedState returns a new temporary file for what a worker runs.
func namedState() (state *os.File, hidden bool, err error) {
	state, err = os.CreateTemp("", stateName+"-*.state")
	return state, false, err
}
