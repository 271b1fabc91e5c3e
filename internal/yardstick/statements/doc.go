// Command statements measures how many statements of go-imap's server are reached
// by an equal number of executions: by go test -fuzz over raw bytes and over our
// decoding, and by our campaign.
//
//	go run ./internal/yardstick/statements               # 150,000 executions each
//	go run ./internal/yardstick/statements -t 10m        # ten minutes each
//	go run ./internal/yardstick/statements -uncovered    # and what the campaign left out
//
// What an engine has kept is run once more, in a test binary that counts
// statements: a line a row, `ROW imapserver P% imapmemserver P% edges N inputs N`. Edges are
// those of all packages of go-imap.
package main
