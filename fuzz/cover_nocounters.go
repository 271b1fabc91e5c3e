//go:build !(imapfuzz_cover && (amd64 || arm64))

package fuzz

// edgeCounters returns nil: the program is not instrumented. `imapfuzz run`
// builds one that is, with the tag imapfuzz_cover.
func edgeCounters() []byte { return nil }
