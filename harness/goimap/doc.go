// Package goimap offers the server and the client of
// github.com/emersion/go-imap/v2 as targets for package harness: what
// `imapfuzz run` tests when it is told nothing else, and honest peers for the
// targets of others.
package goimap
