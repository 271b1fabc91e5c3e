//go:build !(imapfuzz_cover && (amd64 || arm64))

package fuzz

// programCounters returns nil: the program is not instrumented. `imapfuzz run`
// builds one that is, with the tag imapfuzz_cover.
func programCounters() *counters { return nil }
