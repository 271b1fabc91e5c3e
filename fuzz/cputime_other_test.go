//go:build !unix

package fuzz_test

import "time"

var begun = time.Now()

// cpuTime returns how long the process has run so far: how much of that it
// computed is not known here.
func cpuTime() time.Duration { return time.Since(begun) }
