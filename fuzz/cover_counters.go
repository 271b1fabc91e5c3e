//go:build imapfuzz_cover && (amd64 || arm64)

package fuzz

import "unsafe"

// counterBounds returns where the edge counters of the program begin and end.
// The linker lays out those of all instrumented packages in one piece, and names
// its ends; without such a package the link fails.
func counterBounds() (start, stop unsafe.Pointer)

// edgeCounters returns the counters of the program: one byte an edge, which the
// instrumented code counts up, round and round, whichever goroutine runs it.
func edgeCounters() []byte {
	start, stop := counterBounds()
	return unsafe.Slice((*byte)(start), uintptr(stop)-uintptr(start))
}
