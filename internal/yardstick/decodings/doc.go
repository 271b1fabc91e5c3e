// Command decodings measures which total decoding of bytes finds planted bugs under
// go test -fuzz: the text of cases, the compact code, and records of a fixed size.
//
//	go run ./internal/yardstick/decodings
//
// It prints a line a plant, with a column a decoding: executions until it was found,
// "seed" if it came before the first mutation, "-" if it was not found. The last line says how many were.
package main
