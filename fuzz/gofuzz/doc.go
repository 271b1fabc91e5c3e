// Package gofuzz has entry points for go-fuzz (github.com/dvyukov/go-fuzz), the
// second engine, over the same decoding as `go test -fuzz`. [FuzzServer] and
// [FuzzClient] test go-imap's two sides; a function of five lines around [Run]
// tests a target of your own.
//
// Runs need a testing.T, since they happen in fake time; a binary of go-fuzz has
// none. The first call therefore starts package testing in the background, with
// one test that never ends and serves the calls.
package gofuzz
