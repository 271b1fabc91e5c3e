// Yardstick measures how soon engines find planted bugs: our campaign on a Go
// package, `go test -fuzz` over the same decoding of bytes to cases, `go test
// -fuzz` over raw wire bytes, which is what people write today, and go-fuzz over
// raw wire bytes. All have the same targets (package plants), one bug at a time,
// the same harness and rules, the same time and cores.
//
//	go run ./internal/yardstick                  # everything, five times
//	go run ./internal/yardstick -quick           # ours alone, once
//
// It prints a line a plant, `plant NAME OURS GOTEST_CASES GOTEST_RAW GOFUZZ_RAW`
// (seconds, medians; "-" for not found), and `total FOUND/ALL SPEEDUP_OVER_RAW`.
package main
