//go:build imapfuzz_cover && (amd64 || arm64)

package fuzz

import "unsafe"

// counterBounds returns where the counters of the program begin and end. The
// linker lays out those of all packages that are built with -cover in one piece,
// and names its ends.
func counterBounds() (start, stop unsafe.Pointer)

// programCounters returns the counters of the program, nil if it has none.
func programCounters() *counters {
	start, stop := counterBounds()
	n := (uintptr(stop) - uintptr(start)) / unsafe.Sizeof(uint32(0))
	if n == 0 {
		return nil
	}
	return &counters{words: unsafe.Slice((*uint32)(start), n)}
}
